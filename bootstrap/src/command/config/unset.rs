//! `landfall config unset`: removes the value of a secret.

use super::context::{AppContext, As, Of, only_ssm, refused};
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
    if let Some(setting) = context.app.settings.iter().find(|setting| setting.key.as_str() == args.key) {
        let (_, store) = context.secret(setting.key.as_str())?;
        only_ssm(&args.key, store)?;
    }
    confirm(args)?;
    context
        .online(async |online| {
            let config = online.config(&args.environment, None, args.who.reason.as_deref()).await?;
            let removed = config.unset(&args.key).await.map_err(|error| refused(&error))?;
            let what = if removed { good("removed") } else { good("nothing to remove:") };
            settings.screen.data(&format!("{what} `{}` in {}\n", args.key, online.context.named(&args.environment)))?;
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
