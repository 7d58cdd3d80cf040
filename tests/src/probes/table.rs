//! The rows, as `tests/policies/*.toml` has them.
//!
//! A file is a subject and holds groups; a group names places (`EXAMPLE/ACCOUNT`), the caller and the keys that its rows share.
//! `tests/policies/README.md` explains how to add a row.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::rc::Rc;

use landfall::aws::policy::Verdict;
use serde::Deserialize;

/// One row: a question and its right answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where it is asked: `EXAMPLE/ACCOUNT`, one or more.
    pub places: Vec<String>,
    /// Who asks.
    pub by: String,
    /// Who that is, for people: the group is part of docs/ACCESS.md's table of attackers.
    pub who: Option<String>,
    /// The action.
    pub action: String,
    /// The resource, with placeholders.
    pub resource: String,
    /// The condition keys, with placeholders in their values; a key without values is taken away.
    pub keys: BTreeMap<String, Vec<String>>,
    /// The layers that are taken away: what the others do by themselves.
    pub without: Vec<String>,
    /// A policy of AWS's that is attached to the caller, besides its own.
    pub given: Option<String>,
    /// Whether the resource's own policy lets the caller in.
    pub granted: bool,
    /// The right answer.
    pub answer: Answer,
    /// Why it is right, in a few words.
    pub why: String,
    /// Where it is documented that today's documents answer wrongly; such a row must be wrong.
    pub known: Option<String>,
}

/// What comes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a call is allowed or denied")]
pub enum Answer {
    /// It goes through.
    Allow,
    /// It is refused.
    Deny,
}

impl Answer {
    /// Returns what a verdict comes to.
    #[must_use]
    pub fn of(verdict: &Verdict) -> Self {
        if verdict.is_allowed() { Self::Allow } else { Self::Deny }
    }

    /// Returns it as the rows write it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    group: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    #[serde(rename = "in")]
    places: OneOrMore,
    by: String,
    who: Option<String>,
    #[serde(default)]
    keys: BTreeMap<String, OneOrMore>,
    #[serde(default)]
    without: Vec<String>,
    given: Option<String>,
    #[serde(default)]
    granted: bool,
    rows: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    allow: Option<String>,
    deny: Option<String>,
    #[serde(default = "any")]
    on: String,
    #[serde(default)]
    keys: BTreeMap<String, OneOrMore>,
    why: String,
    known: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    fn list(&self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one.clone()],
            Self::More(more) => more.clone(),
        }
    }
}

fn any() -> String {
    "*".to_owned()
}

/// Reads all rows, each with its subject.
///
/// # Panics
///
/// When the folder or a file in it cannot be read.
#[must_use]
pub fn rows() -> Vec<(Rc<str>, Rc<Row>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let entries = std::fs::read_dir(&folder).expect("the folder of the rows is part of this crate");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("readable").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    let mut rows = Vec::new();
    for path in files {
        let subject: Rc<str> = path.file_stem().unwrap_or_default().to_string_lossy().into();
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{subject}: {error}"));
        let file: File = toml::from_str(&text).unwrap_or_else(|error| panic!("{subject}: {error}"));
        for group in &file.group {
            rows.extend(group.rows.iter().map(|written| {
                let row = read(group, written).unwrap_or_else(|problem| panic!("{subject}: {problem}: {}", written.why));
                (Rc::clone(&subject), Rc::new(row))
            }));
        }
    }
    rows
}

fn read(group: &Group, written: &Written) -> Result<Row, &'static str> {
    let (answer, action) = match (&written.allow, &written.deny) {
        (Some(action), None) => (Answer::Allow, action),
        (None, Some(action)) => (Answer::Deny, action),
        _ => return Err("a row has either `allow` or `deny`"),
    };
    let keys = group.keys.iter().chain(&written.keys);
    Ok(Row {
        places: group.places.list(),
        by: group.by.clone(),
        who: group.who.clone(),
        action: action.clone(),
        resource: written.on.clone(),
        keys: keys.map(|(key, values)| (key.clone(), values.list())).collect(),
        without: group.without.clone(),
        given: group.given.clone(),
        granted: group.granted,
        answer,
        why: written.why.clone(),
        known: written.known.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(row: &str) -> Result<Row, &'static str> {
        let text = format!("[[group]]\nin = \"a/b\"\nby = \"x\"\nkeys = {{ k = \"1\", l = \"1\" }}\nrows = [{row}]");
        let file: File = toml::from_str(&text).expect("the form is right");
        read(&file.group[0], &file.group[0].rows[0])
    }

    #[test]
    fn a_row_has_one_answer_and_the_keys_of_its_group() {
        let row = parse(r#"{ deny = "s3:GetObject", keys = { l = [], m = ["2", "3"] }, why = "w" }"#).expect("right");
        assert_eq!((row.answer, row.action.as_str(), row.resource.as_str()), (Answer::Deny, "s3:GetObject", "*"));
        let keys: Vec<(&str, usize)> = row.keys.iter().map(|(key, values)| (key.as_str(), values.len())).collect();
        assert_eq!(keys, [("k", 1), ("l", 0), ("m", 2)]);
        assert!(parse(r#"{ why = "w" }"#).is_err());
        assert!(parse(r#"{ allow = "a:B", deny = "a:B", why = "w" }"#).is_err());
    }
}
