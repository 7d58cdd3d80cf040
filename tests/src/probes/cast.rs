//! docs/ACCESS.md's table of attackers, made from the groups of the rows that say `who` tries.
//!
//! A refusal is one line for each who, and each statement that refuses: which actions it refuses them. What is refused is what our own
//! evaluator says of today's documents; `cargo xtask policies` has another one agree on each row.

use std::collections::BTreeMap;

use landfall::aws::policy::{Denial, Layer, Verdict};

use super::documents::Held;
use super::{Answer, Probe, Use};

/// The table begins behind this line of docs/ACCESS.md.
pub const BEGIN: &str = "<!-- made by `cargo xtask docs` from tests/policies; edit the rows there -->";
/// And ends before this one.
pub const END: &str = "<!-- end of what `cargo xtask docs` made -->";

/// Returns the table.
///
/// # Panics
///
/// When a row that should be refused is not.
#[must_use]
pub fn table(probes: &[Probe]) -> String {
    // In the order of the rows: who, then what refuses.
    let mut order: Vec<(&str, String)> = Vec::new();
    let mut tried: BTreeMap<(&str, String), Vec<String>> = BTreeMap::new();
    for probe in probes.iter().filter(|probe| probe.row.answer == Answer::Deny && probe.row.known.is_none()) {
        let Some(who) = probe.row.who.as_deref() else { continue };
        let Verdict::Denied(denial) = probe.question.verdict(&Held::parsed) else { panic!("{probe}: it is allowed") };
        let line = (who, refusal(probe, &denial));
        let actions = tried.entry(line.clone()).or_default();
        if actions.is_empty() {
            order.push(line);
        }
        let action = attempt(probe);
        if !actions.contains(&action) {
            actions.push(action);
        }
    }
    order.sort_by_key(|(who, _)| probes.iter().position(|probe| probe.row.who.as_deref() == Some(who)));
    let mut text = "| who | tries | refused by |\n| --- | --- | --- |\n".to_owned();
    let mut last = "";
    for line in &order {
        let who = if line.0 == last { "" } else { line.0 };
        text.push_str(&format!("| {who} | {} | {} |\n", tried[line].join(", "), line.1));
        last = line.0;
    }
    text
}

/// Returns an attempt: the action, and for roles which one; for a workflow's token also the reason.
fn attempt(probe: &Probe) -> String {
    let (action, why) = (&probe.row.action, &probe.row.why);
    match probe.question.request.resource.split_once(":role/") {
        Some((_, role)) if probe.row.by == "github" => format!("`{action}` of `{role}` ({why})"),
        Some((_, role)) if action.starts_with("sts:") => format!("`{action}` of `{role}`"),
        _ => format!("`{action}`"),
    }
}

/// Returns what refuses a call: the document and its statement, or of which documents none allows it.
fn refusal(probe: &Probe, denial: &Denial) -> String {
    let used = match denial.layer {
        Layer::ServiceControl => &[Use::Guardrail][..],
        Layer::ResourceControl => &[Use::ResourceGuardrail],
        Layer::Boundary => &[Use::Boundary],
        Layer::Identity | Layer::Session => &[Use::Identity],
        Layer::Resource => &[Use::Trust, Use::Bucket, Use::Key],
    };
    let held: Vec<&Held> = probe.question.held().map(|held| &**held).filter(|held| used.contains(&held.used)).collect();
    let Some(sid) = &denial.sid else {
        let of = match denial.layer {
            Layer::ServiceControl | Layer::ResourceControl => "guardrails",
            Layer::Boundary => "the boundary",
            Layer::Identity | Layer::Session => "its own policies",
            Layer::Resource if held.iter().any(|held| held.used == Use::Trust) => "the role's trust",
            Layer::Resource => "the resource's policy",
        };
        return format!("{of}: no statement allows it");
    };
    let has = |held: &&&Held| held.parsed().statements.iter().any(|statement| statement.sid.as_ref() == Some(sid));
    let name = held.iter().find(has).map_or("", |held| held.name.as_str());
    // `startup: guardrail/base`, `startup: dev/iam-policy/boundary`, `startup: log-archive/bucket/audit`.
    let document = match (denial.layer, name.rsplit('/').next()) {
        (Layer::ServiceControl | Layer::ResourceControl, Some(name)) => format!("`{name}`"),
        (Layer::Boundary, _) => "the boundary".to_owned(),
        (Layer::Identity | Layer::Session, _) => "its own policies".to_owned(),
        (Layer::Resource | Layer::ServiceControl | Layer::ResourceControl, _) => "the resource's policy".to_owned(),
    };
    format!("{document}: `{sid}`")
}

/// Returns the document with the table in it.
///
/// # Errors
///
/// When it has no place for the table.
pub fn written(document: &str, table: &str) -> Result<String, String> {
    let lost = |line: &str| format!("docs/ACCESS.md has no line `{line}`");
    let (before, rest) = document.split_once(BEGIN).ok_or_else(|| lost(BEGIN))?;
    let (_, after) = rest.split_once(END).ok_or_else(|| lost(END))?;
    Ok(format!("{before}{BEGIN}\n\n{table}\n{END}{after}"))
}
