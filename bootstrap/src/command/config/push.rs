//! `landfall config push`: writes the settings of an environment into its account, after showing what changes.

use std::collections::BTreeSet;

use landfall::config::Pushed;
use serde_json::{Map, Value, json};

use super::context::{AppContext, At, refused};
use crate::ask;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::format::{bad, count, good, warned};
use crate::settings::Settings;

/// What `config push` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
For programs that something else deploys: they read the settings when they start, or when they refresh. Secrets are not touched.")]
pub(crate) struct Args {
    #[command(flatten)]
    at: At,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
}

/// Shows what changes, asks, and writes.
pub(super) async fn run(settings: &Settings, args: &Args) -> Result<Exit, Failure> {
    let context = AppContext::open(settings, &args.at.of)?;
    let stage = context.stage(&args.at.environment)?;
    let wanted = stage.document();
    context
        .online(async |online| {
            let config = online.at(&args.at).await?;
            let present = config.document().await.map_err(|error| refused(&error))?;
            let present = present.map(|document| config.values(&document)).transpose().map_err(|error| refused(&error))?;
            let fresh: Map<String, Value> = stage.values.iter().map(|valued| (valued.key.to_string(), valued.value.json())).collect();
            let changes = changes(present.as_ref().unwrap_or(&Map::new()), &fresh);
            if !settings.is_json() {
                let lines: Vec<String> = changes.iter().map(|(sign, text)| format!("  {sign} {text}\n")).collect();
                settings.screen.status(&lines.concat());
            }
            if present.is_some() && changes.is_empty() {
                if settings.is_json() {
                    settings.screen.json(&json!({ "v": 1, "environment": args.at.environment, "version": null, "changes": 0 }))?;
                } else {
                    settings.screen.data(&format!("{} has these settings already\n", args.at.environment))?;
                }
                return Ok(Exit::Done);
            }
            ask::confirm(args.yes, &format!("write {} to {}?", count(changes.len(), "change"), args.at.environment))?;
            let pushed = config.push(&wanted).await.map_err(|error| refused(&error))?;
            let version = match pushed {
                Pushed::Written(version) => Some(version),
                _ => None,
            };
            if settings.is_json() {
                settings
                    .screen
                    .json(&json!({ "v": 1, "environment": args.at.environment, "version": version, "changes": changes.len() }))?;
            } else {
                let number = version.map(|version| format!(", version {version}")).unwrap_or_default();
                settings.screen.data(&format!(
                    "{} {} to {}{number}\n",
                    good("pushed"),
                    count(stage.values.len(), "setting"),
                    online.context.named(&args.at.environment)
                ))?;
            }
            Ok(Exit::Done)
        })
        .await
}

/// Returns what changes, each with its sign.
fn changes(present: &Map<String, Value>, wanted: &Map<String, Value>) -> Vec<(String, String)> {
    let keys: BTreeSet<&String> = present.keys().chain(wanted.keys()).collect();
    keys.into_iter()
        .filter_map(|key| match (present.get(key), wanted.get(key)) {
            (Some(from), Some(to)) if from != to => Some((warned("~").to_string(), format!("{key}  {from} -> {to}"))),
            (None, Some(to)) => Some((good("+").to_string(), format!("{key}  {to}"))),
            (Some(from), None) => Some((bad("-").to_string(), format!("{key}  {from}"))),
            _ => None,
        })
        .collect()
}
