//! The fields of a change, from -> to: of a tag, and of a policy document statement by statement.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::text::Text;
use crate::aws::policy;
use crate::aws::tags::{self, Tags};

/// One field of a change, from -> to; an absent side means it is added or taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Field {
    /// The field's name, for example `tags.owner` or `trust AllowManagement`.
    pub name: String,
    /// What it is now.
    pub from: Option<String>,
    /// What it will be.
    pub to: Option<String>,
}

impl Field {
    /// Returns a field with these sides. The wanted side may contain references; an unknown one is written in readable form.
    pub(crate) fn of(name: impl Into<String>, from: Option<String>, to: Option<String>) -> Self {
        Self { name: name.into(), from, to: to.map(|to| Text::new(to).to_string()) }
    }

    /// Returns a field that changes from one value to another.
    pub fn new(name: impl Into<String>, from: impl fmt::Display, to: impl fmt::Display) -> Self {
        Self::of(name, Some(from.to_string()), Some(to.to_string()))
    }

    /// Returns a field that is added.
    pub fn added(name: impl Into<String>, to: impl fmt::Display) -> Self {
        Self::of(name, None, Some(to.to_string()))
    }

    /// Returns a field that is removed.
    pub fn removed(name: impl Into<String>, from: impl fmt::Display) -> Self {
        Self::of(name, Some(from.to_string()), None)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.from, &self.to) {
            (Some(from), Some(to)) => write!(f, "{}  {from} -> {to}", self.name),
            (None, Some(to)) => write!(f, "{}  + {to}", self.name),
            (Some(from), None) => write!(f, "{}  - {from}", self.name),
            (None, None) => f.write_str(&self.name),
        }
    }
}

/// Returns a field for each tag that changes; for landfall's own tags, which are lists, one for each word that is added or removed.
#[must_use]
pub fn tag_fields(from: &Tags, to: &Tags) -> Vec<Field> {
    to.iter().flat_map(|(key, value)| tag_field(key, from.get(key).map(String::as_str), value)).collect()
}

fn tag_field(key: &str, from: Option<&str>, to: &str) -> Vec<Field> {
    let name = format!("tags.{key}");
    if let Some(from) = from
        && key.starts_with(tags::PREFIX)
    {
        let list = |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
        let (old, new) = (list(from), list(to));
        let added = new.iter().filter(|word| !old.contains(word)).map(|word| Field::added(name.as_str(), word));
        let removed = old.iter().filter(|word| !new.contains(word)).map(|word| Field::removed(name.as_str(), word));
        let fields: Vec<Field> = added.chain(removed).collect();
        // For one changed word, or another order, both values are more readable.
        if !fields.is_empty() && (old.len() > 1 || new.len() > 1) {
            return fields;
        }
    }
    vec![Field::of(name, from.map(str::to_owned), Some(to.to_owned()))]
}

/// Returns how two policy documents differ, statement by statement and leaf by leaf; empty if they have the same meaning.
///
/// A text that is not JSON (it was changed outside of landfall) is shown whole.
#[must_use]
pub fn document_fields(name: &str, from: &str, to: &str) -> Vec<Field> {
    let (Ok(old), Ok(new)) = (serde_json::from_str::<Value>(from), serde_json::from_str::<Value>(to)) else {
        return if from == to { Vec::new() } else { vec![Field::new(name, from, to)] };
    };
    let (old, new) = (policy::canonical(&old), policy::canonical(&new));
    let mut fields = Vec::new();
    let (before, after) = (statements(&old), statements(&new));
    for (sid, statement) in &after {
        match before.iter().find(|(known, _)| known == sid) {
            None => fields.push(Field::added(format!("{name} {sid}"), policy::minify(statement))),
            Some((_, known)) if known != statement => leaves(&format!("{name} {sid}"), known, statement, &mut fields),
            Some(_) => {}
        }
    }
    for (sid, statement) in &before {
        if !after.iter().any(|(known, _)| known == sid) {
            fields.push(Field::removed(format!("{name} {sid}"), policy::minify(statement)));
        }
    }
    if let (true, Value::Object(old), Value::Object(new)) = (fields.is_empty(), &old, &new) {
        // Besides statements a document has a version; an `Id` has no meaning to AWS, and is kept.
        let beside = |elements: &serde_json::Map<String, Value>| {
            let elements = elements.iter().filter(|(key, _)| !["Statement", "Id"].contains(&key.as_str()));
            Value::Object(elements.map(|(key, value)| (key.clone(), value.clone())).collect())
        };
        leaves(name, &beside(old), &beside(new), &mut fields);
    } else if fields.is_empty() && old != new {
        fields.push(Field::new(name, policy::minify(&old), policy::minify(&new)));
    }
    respell(&mut fields, [from, to]);
    fields
}

/// Puts back the letter case that the documents use: the canonical form, which decides what differs, has lost it.
fn respell(fields: &mut [Field], documents: [&str; 2]) {
    let words: BTreeMap<String, &str> = documents
        .iter()
        .flat_map(|document| document.split('"'))
        .filter(|word| word.contains(':'))
        .map(|word| (word.to_ascii_lowercase(), word))
        .collect();
    let spell = |text: &str, quote: char| -> String {
        let spelled: Vec<&str> = text.split(quote).map(|word| words.get(word).copied().unwrap_or(word)).collect();
        spelled.join(&quote.to_string())
    };
    for field in fields {
        field.name = spell(&field.name, ' ');
        for side in [&mut field.from, &mut field.to].into_iter().flatten() {
            *side = spell(side, '"');
        }
    }
}

/// Returns the statements of a canonical document with their sids; one without a sid is named by its place.
fn statements(document: &Value) -> Vec<(String, &Value)> {
    let list: Vec<&Value> = match document.get("Statement") {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(single) => vec![single],
        None => Vec::new(),
    };
    list.into_iter()
        .enumerate()
        .map(|(index, statement)| {
            let sid = statement.get("Sid").and_then(Value::as_str).map_or_else(|| format!("#{}", index + 1), str::to_owned);
            (sid, statement)
        })
        .collect()
}

fn leaves(path: &str, from: &Value, to: &Value, fields: &mut Vec<Field>) {
    let (Value::Object(old), Value::Object(new)) = (from, to) else {
        let (old, new) = (texts(from), texts(to));
        fields.extend(new.iter().filter(|text| !old.contains(text)).map(|text| Field::added(path, text)));
        fields.extend(old.iter().filter(|text| !new.contains(text)).map(|text| Field::removed(path, text)));
        return;
    };
    for (key, value) in new {
        let path = format!("{path} {key}");
        match old.get(key) {
            Some(known) if known == value => {}
            Some(known) => leaves(&path, known, value, fields),
            None => fields.push(Field::added(path, policy::minify(value))),
        }
    }
    for (key, value) in old {
        if !new.contains_key(key) {
            fields.push(Field::removed(format!("{path} {key}"), policy::minify(value)));
        }
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::String(text) => vec![text.clone()],
        other => vec![policy::minify(other)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_shows_what_changed_in_which_statement() {
        let from = r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Deny","Action":"x:*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1"]}}},{"Sid":"B","Effect":"Deny","Action":"y:*"}]}"#;
        let to = r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Deny","Action":["x:*"],"Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1","eu-central-1"]}}},{"Sid":"C","Effect":"Deny","Action":"z:*"}]}"#;
        let shown: Vec<String> = document_fields("content", from, to).iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "content A Condition StringNotEquals aws:RequestedRegion  + eu-central-1",
                r#"content C  + {"Action":"z:*","Effect":"Deny","Sid":"C"}"#,
                r#"content B  - {"Action":"y:*","Effect":"Deny","Sid":"B"}"#,
            ]
        );
    }

    /// The environments of the organization are a list in one tag; shown as one value, it was cut off and the change not visible.
    #[test]
    fn lists_in_landfalls_tags_show_what_is_added_and_removed() {
        let tags = |key: &str, value: &str| -> Tags { [(key.to_owned(), value.to_owned())].into() };
        for (key, from, to, expected) in [
            ("landfall:environments", "lab:sandbox dev:development", "dev:development", &["tags.landfall:environments  - lab:sandbox"][..]),
            (
                "landfall:environments",
                "test:development dev:development",
                "test:production dev:development",
                &["tags.landfall:environments  + test:production", "tags.landfall:environments  - test:development"],
            ),
            ("landfall:tier", "development", "production", &["tags.landfall:tier  development -> production"]),
            ("landfall:regions", "a b", "b a", &["tags.landfall:regions  a b -> b a"]),
            ("owner", "team one", "team two", &["tags.owner  team one -> team two"]),
        ] {
            let shown: Vec<String> = tag_fields(&tags(key, from), &tags(key, to)).iter().map(ToString::to_string).collect();
            assert_eq!(shown, expected);
        }
    }

    #[test]
    fn an_id_is_not_a_change_and_another_version_is() {
        let plain = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"a:b","Resource":"*"}]}"#;
        let named = plain.replacen('{', r#"{"Id":"mine","#, 1);
        assert!(document_fields("policy", &named, plain).is_empty());
        let old = plain.replace("2012-10-17", "2008-10-17");
        let shown: Vec<String> = document_fields("policy", &old, plain).iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["policy Version  + 2012-10-17", "policy Version  - 2008-10-17"]);
        assert_eq!(document_fields("policy", "[]", plain).len(), 1, "no document at all is shown whole");
    }

    #[test]
    fn equivalent_policies_are_not_a_change() {
        let one = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:b","Resource":"*"}}"#;
        let other = r#"{ "Statement": [ {"Resource": ["*"], "Action": ["a:b"], "Effect": "Allow"} ], "Version": "2012-10-17" }"#;
        assert!(document_fields("trust", one, other).is_empty());
    }
}
