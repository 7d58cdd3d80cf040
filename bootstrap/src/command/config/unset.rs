//! `landfall config unset`: removes the value of a secret.

use std::time::SystemTime;

use landfall::config::Removed;
use landfall::name::{SettingKey, Store};
use serde_json::json;

use super::context::{AppContext, At, refused};
use crate::ask;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::format::{good, hint};
use crate::settings::Settings;
use crate::system_clock;

/// What `config unset` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    at: At,
    /// The secret's key; one that app.toml no longer declares may be removed, too
    #[arg(value_name = "KEY")]
    key: String,
    /// Undo it: in Secrets Manager a secret can be restored for a week
    #[arg(long)]
    undo: bool,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
}

/// Removes it, with all its versions.
pub(super) async fn run(settings: &Settings, args: &Args) -> Result<Exit, Failure> {
    let context = AppContext::open(settings, &args.at.of)?;
    context.stage(&args.at.environment)?;
    let key: Result<SettingKey, _> = args.key.parse();
    key.map_err(|error| Failure::usage(format!("a key {error}")))?;
    // One that is a setting now may have been a secret before.
    let declared = context.app.settings.iter().find(|setting| setting.key.as_str() == args.key);
    let is_of_ssm = declared.is_some_and(|setting| setting.secret == Some(Store::Ssm));
    if args.undo && is_of_ssm {
        return Err(Failure::usage(format!("`{}` is kept in ssm, where nothing removed comes back", args.key))
            .hinted("give it a value again: `landfall config set`"));
    }
    if !args.undo {
        ask::confirm(args.yes, &format!("remove all versions of `{}` in {}?", args.key, args.at.environment))?;
    }
    context
        .online(async |online| {
            let config = online.at(&args.at).await?;
            if args.undo {
                let restored = config.restore(&args.key).await.map_err(|error| refused(&error))?;
                say(online.context, args, if restored { "restored" } else { "nothing to restore:" }, None)?;
                return Ok(Exit::Done);
            }
            let mut what = "nothing to remove:";
            let mut until = None;
            // Its store may have been another one before.
            for store in &Store::ALL {
                match config.unset(&args.key, *store).await.map_err(|error| refused(&error))? {
                    Removed::Nothing => continue,
                    Removed::Until(date) => until = date,
                    _ => {}
                }
                what = "removed";
            }
            say(online.context, args, what, until)?;
            Ok(Exit::Done)
        })
        .await
}

fn say(context: &AppContext<'_>, args: &Args, what: &str, until: Option<SystemTime>) -> Result<(), Failure> {
    let (settings, environment) = (context.settings, &args.at.environment);
    let until = until.map(system_clock::iso);
    if settings.is_json() {
        let done = what.trim_end_matches(':');
        return settings
            .screen
            .json(&json!({ "v": 1, "environment": environment, "key": args.key, "done": done, "restorable_until": until }));
    }
    settings.screen.data(&format!("{} `{}` in {}\n", good(what), args.key, context.named(environment)))?;
    if let Some(until) = until {
        let again = settings.rerun.line(&format!("config unset {environment} {} --undo", args.key), &context.files());
        settings.screen.data(&format!("{} until {until} it can be restored: {again}\n", hint("hint:")))?;
    }
    Ok(())
}
