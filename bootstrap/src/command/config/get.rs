//! `landfall config get`: settings of an environment, with the place of each. No AWS.

use serde_json::{Map, Value, json};

use super::context::{AppContext, Of, printable};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::format::faint;
use crate::screen::raw;
use crate::settings::Settings;

/// What `config get` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The environment
    #[arg(value_name = "ENV")]
    environment: String,
    /// One key [default: all settings]
    #[arg(value_name = "KEY")]
    key: Option<String>,
    #[command(flatten)]
    of: Of,
}

/// Prints one value alone, or all with their places.
pub(super) fn run(settings: &Settings, args: &Args) -> Result<Exit, Failure> {
    let context = AppContext::open(settings, &args.of)?;
    let stage = context.stage(&args.environment)?;
    let Some(key) = &args.key else {
        if settings.is_json() {
            let values: Map<String, Value> = stage
                .values
                .iter()
                .map(|valued| (valued.key.to_string(), json!({ "value": valued.value.json(), "from": valued.place.to_string() })))
                .collect();
            settings.screen.json(&json!({ "v": 1, "environment": args.environment, "values": values }))?;
            return Ok(Exit::Done);
        }
        let width = stage.values.iter().map(|valued| valued.key.as_str().len()).max().unwrap_or_default();
        let lines =
            stage.values.iter().map(|valued| format!("{:width$}  {}  {}\n", valued.key, printable(&valued.value), faint(&valued.place)));
        settings.screen.data(&lines.collect::<String>())?;
        return Ok(Exit::Done);
    };
    if let Some(valued) = stage.value(key) {
        if settings.is_json() {
            settings.screen.json(&valued.value.json())?;
        } else {
            raw(&format!("{}\n", valued.value))?;
        }
        return Ok(Exit::Done);
    }
    let declared = context.app.settings.iter().find(|setting| setting.key.as_str() == key);
    Err(match declared {
        Some(setting) if setting.secret.is_some() => Failure::usage(format!("`{key}` is a secret: it is not printed"))
            .hinted(format!("a program gets it: landfall exec {} --config {} -- CMD", args.environment, context.app.name)),
        Some(_) => Failure::failed(format!("`{key}` is optional, and has no value in {}", args.environment)),
        None => context.undeclared(key).hinted("`landfall config check` lists its keys"),
    })
}
