//! `landfall config unset`: removes the value of a secret.

use std::time::SystemTime;

use landfall::config::{Config, Removed};
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
    if !args.undo {
        let declared = context.app.settings.iter().find(|setting| setting.key.as_str() == args.key);
        let after = match declared.and_then(|setting| setting.secret) {
            Some(Store::SecretsManager) => ": it can be restored for a week",
            _ => ", for good if it is in ssm",
        };
        ask::confirm(args.yes, &format!("remove all versions of `{}` in {}{after}?", args.key, args.at.environment))?;
    }
    context
        .online(async |online| {
            let config = online.at(&args.at).await?;
            if args.undo {
                return restore(online.context, args, &config).await;
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
            if what != "removed" {
                missed(online.context, args);
            }
            Ok(Exit::Done)
        })
        .await
}

/// Undoes a removal, unless the secret has a value again.
async fn restore(context: &AppContext<'_>, args: &Args, config: &Config) -> Result<Exit, Failure> {
    let (place, key) = (context.named(&args.at.environment), &args.key);
    let in_ssm = config.secrets(&[Store::Ssm]).await.map_err(|error| refused(&error))?.contains_key(key);
    let managed = config.secrets(&[Store::SecretsManager]).await.map_err(|error| refused(&error))?;
    match managed.get(key) {
        Some(secret) if secret.is_deleting && in_ssm => {
            Err(Failure::failed(format!("`{key}` in {place} has a value in ssm since; nothing was restored"))
                .hinted("two values would be one too many: remove that one first, if the other one is right"))
        }
        Some(secret) if secret.is_deleting => {
            config.restore(key).await.map_err(|error| refused(&error))?;
            say(context, args, "restored", None)?;
            Ok(Exit::Done)
        }
        Some(_) => {
            say(context, args, "nothing to restore, it has a value:", None)?;
            Ok(Exit::Done)
        }
        None if in_ssm || context.app.secrets().any(|(setting, store)| setting.key.as_str() == key && store == Store::Ssm) => {
            Err(Failure::usage(format!("`{key}` is kept in ssm, where nothing removed comes back"))
                .hinted("give it a value again: `landfall config set`"))
        }
        None => {
            say(context, args, "nothing to restore:", None)?;
            Ok(Exit::Done)
        }
    }
}

/// Says why there may have been nothing to remove.
fn missed(context: &AppContext<'_>, args: &Args) {
    let keys = || context.app.settings.iter().map(|setting| setting.key.as_str());
    let text = match context.app.settings.iter().find(|setting| setting.key.as_str() == args.key) {
        Some(setting) if setting.secret.is_none() => format!("`{}` is no secret: its value is in a file", args.key),
        Some(_) => return,
        None => match landfall::name::nearest(&args.key, keys()) {
            Some(near) => format!("`{}` is not declared in app.toml; did you mean `{near}`?", args.key),
            None => return,
        },
    };
    context.settings.screen.note("warning:", &text);
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
        let again = context.line("unset", environment, &args.key, "--undo");
        settings.screen.data(&format!("{} until {until} it can be restored: {again}\n", hint("hint:")))?;
    }
    Ok(())
}
