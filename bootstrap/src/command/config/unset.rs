//! `landfall config unset`: removes the value of a secret.

use landfall::name::{SettingKey, Store};

use super::context::{AppContext, At, refused};
use crate::ask;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::format::good;
use crate::settings::Settings;

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
            let mut changed = false;
            if args.undo {
                changed = config.restore(&args.key).await.map_err(|error| refused(&error))?;
            } else {
                // Its store may have been another one before.
                for store in &Store::ALL {
                    changed |= config.unset(&args.key, *store).await.map_err(|error| refused(&error))?;
                }
            }
            let what = match (args.undo, changed) {
                (true, true) => "restored",
                (true, false) => "nothing to restore:",
                (false, true) => "removed",
                (false, false) => "nothing to remove:",
            };
            settings.screen.data(&format!("{} `{}` in {}\n", good(what), args.key, online.context.named(&args.at.environment)))?;
            Ok(Exit::Done)
        })
        .await
}
