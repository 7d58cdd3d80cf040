//! `landfall config unset`: removes the value of a secret.

use super::context::{AppContext, As, Of, refused};
use landfall::name::Store;

use crate::ask;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::format::good;
use crate::settings::Settings;

/// What `config unset` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The environment
    #[arg(value_name = "ENV")]
    environment: String,
    /// The secret's key; one that app.toml no longer declares may be removed, too
    #[arg(value_name = "KEY")]
    key: String,
    /// Undo it: in Secrets Manager a secret can be restored for a week
    #[arg(long)]
    undo: bool,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    of: Of,
    #[command(flatten)]
    who: As,
}

/// Removes it, with all its versions.
pub(super) async fn run(settings: &Settings, args: &Args) -> Result<Exit, Failure> {
    let context = AppContext::open(settings, &args.of)?;
    context.stage(&args.environment)?;
    let declared = context.app.settings.iter().find(|setting| setting.key.as_str() == args.key);
    if declared.is_some() {
        context.secret(&args.key)?;
    }
    let is_of_ssm = declared.is_some_and(|setting| setting.secret == Some(Store::Ssm));
    if args.undo && is_of_ssm {
        return Err(Failure::usage(format!("`{}` is kept in ssm, where nothing removed comes back", args.key))
            .hinted("give it a value again: `landfall config set`"));
    }
    if !args.undo {
        confirm(args)?;
    }
    context
        .online(async |online| {
            let config = online.config(&args.environment, None, args.who.reason.as_deref()).await?;
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
            settings.screen.data(&format!("{} `{}` in {}\n", good(what), args.key, online.context.named(&args.environment)))?;
            Ok(Exit::Done)
        })
        .await
}

fn confirm(args: &Args) -> Result<(), Failure> {
    if args.yes {
        return Ok(());
    }
    if !ask::is_possible() {
        return Err(Failure::failed("this needs a confirmation, and there is no terminal to ask on; nothing was changed")
            .hinted("`--yes` confirms it"));
    }
    let question = format!("remove all versions of `{}` in {}? [y/N]", args.key, args.environment);
    if matches!(ask::ask(&question)?.as_str(), "y" | "yes") { Ok(()) } else { Err(Failure::failed("not confirmed; nothing was changed")) }
}
