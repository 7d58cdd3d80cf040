//! `landfall config diff`: the settings that two environments do not share, without AWS; on request, which secrets do.

use std::collections::BTreeMap;

use landfall::app::{Setting, Valued};
use landfall::config::{Present, Secret};
use landfall::name::Store;
use serde_json::{Value, json};

use super::context::{AppContext, As, Of, Online, printable, refused};
use super::values::read;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::format::{count, faint, warned};
use crate::settings::Settings;

/// What `config diff` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
With `--secrets`, also says of each secret whether it is set in both, in which versions, and whether it is the same value, which no two \
tiers should have. Values are compared here, and not shown.")]
pub(crate) struct Args {
    /// The environment that is shown first
    #[arg(value_name = "ENV")]
    from: String,
    /// The other one
    #[arg(value_name = "ENV")]
    to: String,
    /// Compare secrets, too: reads them in both environments
    #[arg(long)]
    secrets: bool,
    #[command(flatten)]
    of: Of,
    #[command(flatten)]
    who: As,
}

/// A setting of two environments, from -> to.
type Pair<'a> = (&'a Setting, Option<&'a Valued>, Option<&'a Valued>);

/// A secret of two environments.
struct Compared<'a> {
    key: &'a str,
    /// The version in each, where it has a value.
    versions: [Option<String>; 2],
    /// Whether both have the same value.
    is_same: bool,
}

/// Shows each setting that differs, from -> to, and compares secrets where that is asked for.
pub(super) async fn run(settings: &Settings, args: &Args) -> Result<Exit, Failure> {
    let context = AppContext::open(settings, &args.of)?;
    let (from, to) = (context.stage(&args.from)?, context.stage(&args.to)?);
    let declared = || context.app.settings.iter().filter(|setting| setting.secret.is_none());
    let differing: Vec<Pair<'_>> = declared()
        .map(|setting| (setting, from.value(setting.key.as_str()), to.value(setting.key.as_str())))
        .filter(|(_, from, to)| from.map(|valued| &valued.value) != to.map(|valued| &valued.value))
        .collect();
    let same = declared().count() - differing.len();
    if !args.secrets || context.app.secrets().next().is_none() {
        return show(&context, args, &differing, same, None);
    }
    context
        .online(async |online| {
            let (from, to) = (secrets(online, args, &args.from).await?, secrets(online, args, &args.to).await?);
            let version = |of: &BTreeMap<String, (Secret<String>, String)>, key: &str| of.get(key).map(|(_, version)| version.clone());
            let compared = online.context.app.secrets().map(|(setting, _)| setting.key.as_str()).map(|key| Compared {
                key,
                versions: [version(&from, key), version(&to, key)],
                is_same: from.get(key).zip(to.get(key)).is_some_and(|((one, _), (other, _))| one.expose() == other.expose()),
            });
            show(online.context, args, &differing, same, Some(&compared.collect::<Vec<_>>()))
        })
        .await
}

/// Returns the secrets of the app that an environment has, each with its version.
async fn secrets(online: &Online<'_>, args: &Args, environment: &str) -> Result<BTreeMap<String, (Secret<String>, String)>, Failure> {
    let config = online.config(environment, None, &args.who).await?;
    let mut present: BTreeMap<String, Present> = config.secrets(&Store::ALL).await.map_err(|error| refused(&error))?;
    let is_declared = |key: &str| online.context.app.secrets().any(|(setting, _)| setting.key.as_str() == key);
    present.retain(|key, secret| !secret.is_deleting && is_declared(key));
    read(&config, &present).await.map_err(|error| refused(&error))
}

fn show(
    context: &AppContext<'_>,
    args: &Args,
    differing: &[Pair<'_>],
    same: usize,
    secrets: Option<&[Compared<'_>]>,
) -> Result<Exit, Failure> {
    if context.settings.is_json() {
        context.settings.screen.json(&document(context, args, differing, secrets))?;
    } else {
        context.settings.screen.data(&text(args, differing, same, secrets.unwrap_or_default()))?;
    }
    Ok(Exit::Done)
}

fn document(context: &AppContext<'_>, args: &Args, differing: &[Pair<'_>], secrets: Option<&[Compared<'_>]>) -> Value {
    let value = |valued: Option<&Valued>| valued.map_or(Value::Null, |valued| valued.value.json());
    let changes: Vec<Value> = differing
        .iter()
        .map(|(setting, from, to)| json!({ "key": setting.key.as_str(), "from": value(*from), "to": value(*to) }))
        .collect();
    let mut document = json!({ "v": 1, "app": context.app.name.as_str(), "from": args.from, "to": args.to, "differences": changes });
    if let Some(secrets) = secrets {
        document["secrets"] = secrets
            .iter()
            .map(|one| json!({ "key": one.key, "from_version": one.versions[0], "to_version": one.versions[1], "same": one.is_same }))
            .collect();
    }
    document
}

fn text(args: &Args, differing: &[Pair<'_>], same: usize, secrets: &[Compared<'_>]) -> String {
    let keys = differing.iter().map(|(setting, ..)| setting.key.as_str()).chain(secrets.iter().map(|one| one.key));
    let width = keys.map(str::len).max().unwrap_or_default();
    let mut text = String::new();
    for (setting, from, to) in differing {
        let shown = |valued: Option<&Valued>| valued.map_or_else(|| "(none)".to_owned(), |valued| printable(&valued.value));
        let place = to.or(*from).map(|valued| valued.place.to_string()).unwrap_or_default();
        text.push_str(&format!("  {} {:width$}  {} -> {}  {}\n", warned("~"), setting.key, shown(*from), shown(*to), faint(place)));
    }
    for one in secrets {
        let (sign, words) = match &one.versions {
            [Some(from), Some(to)] if one.is_same => (warned("!"), format!("set in both (versions {from} and {to}): the same value")),
            [Some(from), Some(to)] => (warned(" "), format!("set in both (versions {from} and {to}): not the same value")),
            [Some(from), None] => (warned("~"), format!("set in {} only (version {from})", args.from)),
            [None, Some(to)] => (warned("~"), format!("set in {} only (version {to})", args.to)),
            [None, None] => (warned("~"), "set in neither".to_owned()),
        };
        text.push_str(&format!("  {sign} {:width$}  secret, {words}\n", one.key));
    }
    let (differ, are) = (differing.len(), if same == 1 { "is" } else { "are" });
    let of_secrets = if secrets.is_empty() {
        String::new()
    } else {
        let both = secrets.iter().filter(|one| one.versions.iter().all(Option::is_some)).count();
        let alike = secrets.iter().filter(|one| one.is_same).count();
        format!("; of {}, {both} set in both, {alike} with the same value", count(secrets.len(), "secret"))
    };
    text.push_str(&format!("{differ} {}, {same} {are} the same{of_secrets}\n", if differ == 1 { "differs" } else { "differ" }));
    text
}
