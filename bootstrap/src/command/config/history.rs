//! `landfall config history`: the versions of a secret that AWS still has; no values.

use serde_json::{Value, json};

use super::context::{AppContext, At, refused};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::format::faint;
use crate::settings::Settings;
use crate::system_clock;

/// What `config history` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    at: At,
    /// The secret's key
    #[arg(value_name = "KEY")]
    key: String,
}

/// Lists versions, oldest first.
pub(super) async fn run(settings: &Settings, args: &Args) -> Result<Exit, Failure> {
    let context = AppContext::open(settings, &args.at.of)?;
    context.stage(&args.at.environment)?;
    let (_, store) = context.secret(&args.key)?;
    context
        .online(async |online| {
            let config = online.at(&args.at).await?;
            let versions = config.history(&args.key, store).await.map_err(|error| refused(&error))?;
            if versions.is_empty() {
                return Err(Failure::failed(format!("`{}` has no value in {}", args.key, args.at.environment))
                    .hinted(online.context.line("set", &args.at.environment, &args.key, "")));
            }
            if settings.is_json() {
                let versions: Vec<Value> = versions
                    .iter()
                    .map(|version| json!({ "version": version.name, "changed": version.changed.map(system_clock::iso), "by": version.by }))
                    .collect();
                settings.screen.json(&json!({ "v": 1, "environment": args.at.environment, "key": args.key, "versions": versions }))?;
                return Ok(Exit::Done);
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
