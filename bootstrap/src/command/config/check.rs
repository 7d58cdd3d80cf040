//! `landfall config check`: one table of every key in every environment, and what is missing.

use std::collections::BTreeMap;

use landfall::app::{Setting, Stage};
use landfall::config::Present;
use landfall::name::Store;
use landfall::ours::READER;
use serde_json::{Value, json};

use super::context::{AppContext, As, Of, Online, printable, refused};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::format::{bad, count, cut, faint, good, head, hint};
use crate::settings::Settings;

/// Widest column of values.
const VALUE_MAX: usize = 24;

/// What `config check` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Checks all files, then lists the secrets of each environment's account: their names, never their values. What CI runs: exit 4 where a \
value is missing. `--role config-APP` is for a job that may assume no `reader`.")]
pub(crate) struct Args {
    #[command(flatten)]
    of: Of,
    #[command(flatten)]
    who: As,
    /// Check the files only, without AWS
    #[arg(long)]
    offline: bool,
    /// The role that lists the secrets
    #[arg(long, value_name = "ROLE", default_value = READER)]
    role: String,
}

/// The secrets of an environment that have a value, by key; `None` if none were listed.
type Found = BTreeMap<String, Option<BTreeMap<String, Present>>>;

/// Checks files and secrets.
pub(super) async fn run(settings: &Settings, args: &Args) -> Result<Exit, Failure> {
    let context = AppContext::open(settings, &args.of)?;
    let has_secrets = context.app.secrets().next().is_some();
    if args.offline || !has_secrets {
        let found = context.app.stages.iter().map(|stage| (stage.name.to_string(), None)).collect();
        return show(&context, &found);
    }
    context.online(async |online| show(online.context, &look(online, args).await?)).await
}

async fn look(online: &Online<'_>, args: &Args) -> Result<Found, Failure> {
    let mut found = Found::new();
    for stage in &online.context.app.stages {
        let config = online.config(stage.name.as_str(), Some(&args.role), &args.who).await?;
        found.insert(stage.name.to_string(), Some(config.secrets(&Store::ALL).await.map_err(|error| refused(&error))?));
    }
    Ok(found)
}

/// What is wrong with a secret in an environment.
struct Wrong<'a> {
    stage: &'a Stage,
    key: &'a str,
    problem: String,
    /// The command that repairs it, and its option.
    verb: &'static str,
    more: &'static str,
}

fn show(context: &AppContext<'_>, found: &Found) -> Result<Exit, Failure> {
    let wrong = wrong(context, found);
    if context.settings.is_json() {
        context.settings.screen.json(&document(context, found, &wrong))?;
    } else {
        context.settings.screen.data(&table(context, found))?;
        for one in &wrong {
            let line = context.line(one.verb, one.stage.name.as_str(), one.key, one.more);
            context.settings.screen.data(&format!(
                "{} `{}` {} in {}\n  {} {line}\n",
                bad("error:"),
                one.key,
                one.problem,
                context.named(one.stage.name.as_str()),
                hint("hint:"),
            ))?;
        }
        context.settings.screen.data(&last(context, found, wrong.len()))?;
    }
    Ok(if wrong.is_empty() { Exit::Done } else { Exit::Partial })
}

fn wrong<'a>(context: &'a AppContext<'_>, found: &Found) -> Vec<Wrong<'a>> {
    let mut wrong = Vec::new();
    for (setting, store) in context.app.secrets() {
        for stage in &context.app.stages {
            let Some(Some(present)) = found.get(stage.name.as_str()) else { continue };
            let (problem, verb, more) = match present.get(setting.key.as_str()) {
                None if setting.is_optional(stage.tier) => continue,
                None => ("has no value".to_owned(), "set", ""),
                Some(present) if present.is_deleting && setting.is_optional(stage.tier) => continue,
                Some(present) if present.is_deleting => ("is being deleted".to_owned(), "unset", "--undo"),
                Some(present) => match &present.problem {
                    Some(problem) => (problem.clone(), "unset", ""),
                    // Given a value again, it moves.
                    None if present.store != store => {
                        (format!("is kept in {}, and declared in {}", present.store.as_str(), store.as_str()), "set", "")
                    }
                    None => continue,
                },
            };
            wrong.push(Wrong { stage, key: setting.key.as_str(), problem, verb, more });
        }
    }
    wrong
}

fn table(context: &AppContext<'_>, found: &Found) -> String {
    let stages = &context.app.stages;
    let mut rows = vec![[String::new()].into_iter().chain(stages.iter().map(|stage| stage.name.to_string())).collect::<Vec<_>>()];
    rows.extend(context.app.settings.iter().map(|setting| {
        let cells = stages.iter().map(|stage| cell(setting, stage, found));
        [setting.key.to_string()].into_iter().chain(cells).collect()
    }));
    let widths: Vec<usize> =
        (0..=stages.len()).map(|at| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or_default()).collect();
    let words = std::iter::once(String::new()).chain(context.app.settings.iter().map(Setting::words));
    let mut text = String::new();
    for (n, (row, words)) in rows.iter().zip(words).enumerate() {
        for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let is_last = at + 1 == row.len() && words.is_empty();
            let padded = if is_last { cell.clone() } else { format!("{cell:width$}  ") };
            match (n, cell.as_str()) {
                (0, _) => text.push_str(&head(padded).to_string()),
                (_, "missing") => text.push_str(&bad(padded).to_string()),
                _ => text.push_str(&padded),
            }
        }
        text.push_str(&format!("{}\n", faint(words)));
    }
    text
}

fn cell(setting: &Setting, stage: &Stage, found: &Found) -> String {
    if setting.secret.is_none() {
        return stage.value(setting.key.as_str()).map_or_else(|| "-".to_owned(), |valued| cut(&printable(&valued.value), VALUE_MAX));
    }
    match found.get(stage.name.as_str()) {
        Some(Some(present)) => match present.get(setting.key.as_str()) {
            Some(present) if present.is_deleting && setting.is_optional(stage.tier) => "-".to_owned(),
            Some(present) if present.is_deleting || present.problem.is_some() => "unusable".to_owned(),
            Some(present) => format!("set, v{}", present.version),
            None if setting.is_optional(stage.tier) => "-".to_owned(),
            None => "missing".to_owned(),
        },
        Some(None) | None => "?".to_owned(),
    }
}

fn last(context: &AppContext<'_>, found: &Found, wrong: usize) -> String {
    let stages = &context.app.stages;
    let values = context.app.settings.len() * stages.len();
    if wrong > 0 {
        let verb = if wrong == 1 { "is" } else { "are" };
        return format!("{wrong} of {} {verb} missing or unusable\n", count(values, "value"));
    }
    let looked = found.values().any(Option::is_some) || context.app.secrets().next().is_none();
    let rest = if looked { "" } else { "; secrets were not looked at" };
    format!("{}: {} in {}{rest}\n", good("good"), count(context.app.settings.len(), "key"), count(stages.len(), "environment"))
}

fn document(context: &AppContext<'_>, found: &Found, wrong: &[Wrong<'_>]) -> Value {
    let environments: Vec<Value> = context
        .app
        .stages
        .iter()
        .map(|stage| {
            let values: serde_json::Map<String, Value> = stage
                .values
                .iter()
                .map(|valued| (valued.key.to_string(), json!({ "value": valued.value.json(), "from": valued.place.to_string() })))
                .collect();
            let secrets: serde_json::Map<String, Value> = context
                .app
                .secrets()
                .filter_map(|(setting, store)| {
                    let present = found.get(stage.name.as_str())?.as_ref()?.get(setting.key.as_str());
                    let entry = json!({
                        "store": store.as_str(), "set": present.is_some_and(|present| !present.is_deleting && present.problem.is_none()), "version": present.map(|present| &present.version),
                        "changed": present.and_then(|present| present.changed).map(crate::system_clock::iso),
                    });
                    Some((setting.key.to_string(), entry))
                })
                .collect();
            json!({ "name": stage.name.as_str(), "tier": stage.tier.as_str(), "values": values, "secrets": secrets })
        })
        .collect();
    let missing: Vec<Value> =
        wrong.iter().map(|wrong| json!({ "environment": wrong.stage.name.as_str(), "key": wrong.key, "problem": wrong.problem })).collect();
    json!({ "v": 1, "app": context.app.name.as_str(), "environments": environments, "missing": missing })
}
