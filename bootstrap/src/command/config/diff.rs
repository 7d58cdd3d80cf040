//! `landfall config diff`: the settings that two environments do not share. No AWS.

use serde_json::{Value, json};

use super::context::{AppContext, Of, printable};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::format::{faint, warned};
use crate::settings::Settings;

/// What `config diff` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The environment that is shown first
    #[arg(value_name = "ENV")]
    from: String,
    /// The other one
    #[arg(value_name = "ENV")]
    to: String,
    #[command(flatten)]
    of: Of,
}

/// Shows each setting that differs, from -> to.
pub(super) fn run(settings: &Settings, args: &Args) -> Result<Exit, Failure> {
    let context = AppContext::open(settings, &args.of)?;
    let (from, to) = (context.stage(&args.from)?, context.stage(&args.to)?);
    let declared = || context.app.settings.iter().filter(|setting| setting.secret.is_none());
    let differing: Vec<_> = declared()
        .map(|setting| (setting, from.value(setting.key.as_str()), to.value(setting.key.as_str())))
        .filter(|(_, from, to)| from.map(|valued| &valued.value) != to.map(|valued| &valued.value))
        .collect();
    if settings.is_json() {
        let value = |valued: Option<&landfall::app::Valued>| valued.map_or(Value::Null, |valued| valued.value.json());
        let changes: Vec<Value> = differing
            .iter()
            .map(|(setting, from, to)| json!({ "key": setting.key.as_str(), "from": value(*from), "to": value(*to) }))
            .collect();
        settings
            .screen
            .json(&json!({ "v": 1, "app": context.app.name.as_str(), "from": args.from, "to": args.to, "differences": changes }))?;
        return Ok(Exit::Done);
    }
    let width = differing.iter().map(|(setting, ..)| setting.key.as_str().len()).max().unwrap_or_default();
    let mut text = String::new();
    for (setting, from, to) in &differing {
        let shown = |valued: Option<&landfall::app::Valued>| valued.map_or_else(|| "(none)".to_owned(), |valued| printable(&valued.value));
        let place = to.or(*from).map(|valued| valued.place.to_string()).unwrap_or_default();
        text.push_str(&format!("  {} {:width$}  {} -> {}  {}\n", warned("~"), setting.key, shown(*from), shown(*to), faint(place)));
    }
    let same = declared().count() - differing.len();
    let (differ, are) = (differing.len(), if same == 1 { "is" } else { "are" });
    text.push_str(&format!("{differ} {}, {same} {are} the same\n", if differ == 1 { "differs" } else { "differ" }));
    settings.screen.data(&text)?;
    Ok(Exit::Done)
}
