//! What a simulated world consists of, without the names that chance gave: two worlds of one shape hold the same things,
//! each as often.

use std::collections::BTreeMap;

use serde_json::Value;

/// What AWS's ids begin with, where the rest is the world's counter.
const PREFIXES: &[&str] = &[
    "acl-",
    "aclassoc-",
    "car-",
    "dopt-",
    "eipalloc-",
    "eipassoc-",
    "eni-",
    "eni-attach-",
    "fl-",
    "igw-",
    "nat-",
    "o-",
    "ou-",
    "p-",
    "r-",
    "rtb-",
    "rtbassoc-",
    "sg-",
    "sgr-",
    "subnet-",
    "vpc-",
    "vpc-cidr-assoc-",
    "vpce-",
    "landfall-",
];
/// Members that say when or by which counter something came to be; the names of zones follow from the account's number.
const CHANCE: &[&str] = &[
    "arrives",
    "at",
    "changed",
    "created",
    "due",
    "ids",
    "ip",
    "joined",
    "made",
    "members_made",
    "now",
    "private_ip",
    "public_ip",
    "requested",
    // Whether an account was made before or after central root access was turned on, which do not wait for each other.
    "root_password",
    "since",
    "started",
    "stopped",
    "until",
    "updated",
    "zone_name",
];
/// What belongs to runs and not to the things that they make.
const RUNS: &[&str] = &["credentials", "landfall_sandbox", "options"];
/// The operators' lock, too.
const LOCK: &str = "lock.json";

/// Returns a line for every text, number and flag of a world as [`landfall::simulator::Simulator::to_json`] writes it, sorted.
///
/// # Panics
///
/// When it is no JSON.
#[must_use]
pub fn shape(world: &str) -> Vec<String> {
    let world: Value = serde_json::from_str(world).expect("a world is JSON");
    let mut lines = Vec::new();
    flatten("", &world, &mut lines);
    lines.sort();
    lines
}

/// Returns the lines that two shapes do not have equally often, with how much oftener the second has them.
#[must_use]
pub fn difference(one: &[String], other: &[String]) -> Vec<String> {
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for (lines, weight) in [(one, -1), (other, 1)] {
        for line in lines {
            *counts.entry(line).or_default() += weight;
        }
    }
    let differences = counts.into_iter().filter(|(_, count)| *count != 0);
    differences.map(|(line, count)| format!("{count:+} {line}")).collect()
}

fn flatten(path: &str, value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if members.is_empty() {
                lines.push(format!("{path}={{}}"));
            }
            for (name, value) in members {
                if (["", ".world"].contains(&path) && RUNS.contains(&name.as_str())) || CHANCE.contains(&name.as_str()) || name == LOCK {
                    continue;
                }
                flatten(&format!("{path}.{}", plain(name)), value, lines);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| flatten(&format!("{path}[]"), item, lines)),
        Value::String(text) => lines.push(format!("{path}={}", plain(text))),
        // Moments, in milliseconds since 1970.
        Value::Number(number) if number.as_u64().is_some_and(|number| number > 1_000_000_000_000) => lines.push(format!("{path}=TIME")),
        Value::Number(_) | Value::Bool(_) | Value::Null => lines.push(format!("{path}={value}")),
    }
}

/// Replaces every id in a text.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut token = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_alphanumeric() || c == '-' {
            token.push(c);
        } else {
            plain.push_str(&known(&accounts(&std::mem::take(&mut token))));
            plain.push(c);
        }
    }
    plain.pop();
    plain
}

/// Replaces the numbers of member accounts.
fn accounts(token: &str) -> String {
    match token.find("22220000") {
        Some(at) if token.len() >= at + 12 => format!("{}ACCOUNT{}", &token[..at], accounts(&token[at + 12..])),
        _ => token.to_owned(),
    }
}

/// Replaces a token that is an id.
fn known(token: &str) -> String {
    let is_unique = token.len() == 20 && ["AROA", "ANPA", "AIDA", "ASIA", "AKIA"].iter().any(|prefix| token.starts_with(prefix));
    let is_uuid = token.len() == 36 && token.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
    if is_unique || is_uuid {
        return "ID".to_owned();
    }
    let id = PREFIXES.iter().find(|prefix| {
        token.strip_prefix(**prefix).is_some_and(|rest| {
            let length = if **prefix == "r-" { 4 } else { 8 };
            rest.len() >= length && rest.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') && {
                rest.chars().any(|c| c.is_ascii_digit()) || matches!(**prefix, "o-" | "ou-" | "p-" | "r-" | "car-")
            }
        })
    });
    id.map_or_else(|| token.to_owned(), |prefix| format!("{prefix}ID"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_and_ids_go() {
        for (text, expected) in [
            ("arn:aws:iam::222200000003:role/landfall/reader", "arn:aws:iam::ACCOUNT:role/landfall/reader"),
            ("acme-audit-222200000001-eu-west-1", "acme-audit-ACCOUNT-eu-west-1"),
            ("vpc-0123456789abcdef0", "vpc-ID"),
            ("landfall-boundary", "landfall-boundary"),
            ("111111111111", "111111111111"),
        ] {
            assert_eq!(plain(text), expected);
        }
    }

    #[test]
    fn a_second_of_a_kind_is_a_difference() {
        let one = shape(r#"{ "vpcs": { "vpc-00000000000000001": { "cidr": "10.0.0.0/16" } } }"#);
        let renamed = shape(r#"{ "vpcs": { "vpc-00000000000000007": { "cidr": "10.0.0.0/16" } } }"#);
        let two = shape(
            r#"{ "vpcs": { "vpc-00000000000000001": { "cidr": "10.0.0.0/16" }, "vpc-00000000000000002": { "cidr": "10.0.0.0/16" } } }"#,
        );
        assert_eq!(one, renamed);
        assert_eq!(difference(&one, &two), ["+1 .vpcs.vpc-ID.cidr=10.0.0.0/16"]);
    }
}
