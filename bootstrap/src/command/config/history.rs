//! `landfall config history`: the versions of a secret that AWS still has; no values.

use serde_json::{Value, json};

use super::context::{AppContext, As, Of, refused};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::format::faint;
use crate::settings::Settings;
use crate::system_clock;

/// What `config history` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The environment
    #[arg(value_name = "ENV")]
    environment: String,
    /// The secret's key
    #[arg(value_name = "KEY")]
    key: String,
    #[command(flatten)]
    of: Of,
    #[command(flatten)]
    who: As,
}

/// Lists versions, oldest first.
pub(super) async fn run(settings: &Settings, args: &Args) -> Result<Exit, Failure> {
    let context = AppContext::open(settings, &args.of)?;
    context.stage(&args.environment)?;
    let (_, store) = context.secret(&args.key)?;
    context
        .online(async |online| {
            let config = online.config(&args.environment, None, args.who.reason.as_deref()).await?;
            let versions = config.history(&args.key, store).await.map_err(|error| refused(&error))?;
            if settings.is_json() {
                let versions: Vec<Value> = versions
                    .iter()
                    .map(|version| json!({ "version": version.name, "changed": version.changed.map(system_clock::iso), "by": version.by }))
                    .collect();
                settings.screen.json(&versions)?;
                return Ok(Exit::Done);
            }
            if versions.is_empty() {
                return Err(Failure::failed(format!("`{}` has no value in {}", args.key, args.environment))
                    .hinted(settings.rerun.line(&format!("config set {} {}", args.environment, args.key), "")));
            }
            let line = |version: &landfall::config::Version| {
                let when = version.changed.map(system_clock::iso).unwrap_or_default();
                format!("{:>4}  {when}  {}\n", version.name, faint(version.by.as_deref().unwrap_or_default()))
            };
            settings.screen.data(&versions.iter().map(line).collect::<String>())?;
            Ok(Exit::Done)
        })
        .await
}
