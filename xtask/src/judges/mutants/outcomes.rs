//! What cargo-mutants found, held against the changes that are known to go unnoticed.

use serde_json::Value;

use super::shard::Shard;
use crate::step::Failure;

/// A change that no unit test notices, and why that is right. Of changes with one name, it means all.
struct Survivor {
    /// As cargo-mutants names it, without line and column.
    change: &'static str,
    #[expect(dead_code, reason = "for those who read this table")]
    because: &'static str,
}

const SURVIVORS: &[Survivor] = &[
    Survivor {
        change: "sdk/src/aws/policy/json.rs: replace <impl Visitor<'de> for Unique>::expecting -> fmt::Result with Ok(Default::default())",
        because: "serde requires it, for a value of a type that JSON does not have",
    },
    Survivor {
        change: "sdk/src/aws/policy/json.rs: replace <impl Visitor<'de> for Unique>::visit_unit -> Result<Value, E> with Ok(Default::default())",
        because: "the same: the default of a JSON value is null",
    },
];

/// Sorts what was tried; returns one line that says how much.
///
/// # Errors
///
/// Every change that was not noticed and is not listed; and, where all changes there are were tried, every listed one that
/// is none any more: the list stays true.
pub(super) fn judge(shard: Shard, all: &Value, outcomes: &Value) -> Result<String, Failure> {
    judge_by(SURVIVORS, shard, all, outcomes)
}

fn judge_by(survivors: &[Survivor], shard: Shard, all: &Value, outcomes: &Value) -> Result<String, Failure> {
    let tried: Vec<(&str, &str)> = outcomes["outcomes"].as_array().into_iter().flatten().filter_map(mutant).collect();
    let count = |summary: &str| tried.iter().filter(|(_, found)| *found == summary).count();
    let missed: Vec<&str> = tried.iter().filter(|(_, found)| *found == "MissedMutant").map(|(name, _)| *name).collect();
    let left = all.as_array().map_or(0, Vec::len).saturating_sub(tried.len());
    let unlisted = missed.iter().filter(|name| survivors.iter().all(|survivor| survivor.change != without_place(name)));
    let mut problems: Vec<String> = unlisted.map(|name| format!("  no unit test notices: {name}")).collect();
    if shard.of == 1 && left == 0 {
        let noticed = survivors.iter().filter(|survivor| missed.iter().all(|name| survivor.change != without_place(name)));
        problems.extend(noticed.map(|Survivor { change, .. }| {
            format!("  noticed or gone by now; take it out of xtask/src/judges/mutants/outcomes.rs: {change}")
        }));
    }
    let said = format!(
        "{} changes tried: {} noticed, {} not noticed, {} endless, {} that do not compile; {left} not tried",
        tried.len(),
        count("CaughtMutant"),
        count("MissedMutant"),
        count("Timeout"),
        count("Unviable")
    );
    if tried.is_empty() {
        Err(Failure("no change was tried in this time; the first run compiles the dependencies".to_owned()))
    } else if problems.is_empty() {
        Ok(said)
    } else {
        Err(Failure(format!("{said}\n{}", problems.join("\n"))))
    }
}

/// Returns name and summary of what was tried, unless that is the tests without a change.
fn mutant(outcome: &Value) -> Option<(&str, &str)> {
    Some((outcome["scenario"]["Mutant"]["name"].as_str()?, outcome["summary"].as_str()?))
}

/// Returns a name such as `sdk/src/plan.rs:142:9: replace …` without the numbers, which move with every edit.
fn without_place(name: &str) -> String {
    let mut parts = name.splitn(4, ':');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(file), Some(_), Some(_), Some(change)) => format!("{file}:{change}"),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KNOWN: &[Survivor] = &[Survivor { change: "a.rs: replace f -> bool with true", because: "a test" }];

    fn tried(rows: &[(&str, &str)]) -> Value {
        let baseline = json!({"scenario": "Baseline", "summary": "Success"});
        let rows = rows.iter().map(|(name, summary)| json!({"scenario": {"Mutant": {"name": name}}, "summary": summary}));
        json!({"outcomes": std::iter::once(baseline).chain(rows).collect::<Vec<_>>()})
    }

    #[test]
    fn what_survives_is_listed_or_a_failure() {
        let (all, part, whole) = (json!([1, 2, 3, 4, 5]), Shard { part: 0, of: 2 }, Shard { part: 0, of: 1 });
        let known = "a.rs:7:3: replace f -> bool with true";
        let told =
            judge_by(KNOWN, part, &all, &tried(&[(known, "MissedMutant"), ("b.rs:1:1: x", "CaughtMutant"), ("b.rs:2:1: y", "Timeout")]));
        assert_eq!(told, Ok("3 changes tried: 1 noticed, 1 not noticed, 1 endless, 0 that do not compile; 2 not tried".to_owned()));
        for (rows, shard, all, expected) in [
            (&[("b.rs:1:1: x", "MissedMutant")][..], part, &all, "\n  no unit test notices: b.rs:1:1: x"),
            (&[(known, "CaughtMutant")], whole, &json!([1]), "mutants/outcomes.rs: a.rs: replace f"),
            (&[], part, &all, "no change was tried"),
        ] {
            let Err(Failure(message)) = judge_by(KNOWN, shard, all, &tried(rows)) else { panic!("{expected}") };
            assert!(message.contains(expected), "{message}");
        }
        for (shard, all) in [(part, json!([1])), (whole, json!([1, 2]))] {
            assert!(judge_by(KNOWN, shard, &all, &tried(&[(known, "CaughtMutant")])).is_ok(), "another of that name was not tried");
        }
        assert!(judge_by(KNOWN, part, &Value::Null, &Value::Null).is_err());
    }
}
