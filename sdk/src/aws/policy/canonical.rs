//! The canonical form, which is equal for all documents with the same meaning.
//!
//! AWS returns documents with other white space, lists in another order, and lists of one as texts. None of that is a change.
//! Elements without meaning that were written on purpose (`Id`, `Sid`) are kept. The form is for comparing; AWS is sent the
//! original document, without white space ([`minify`]).

use serde_json::{Map, Value};

use crate::id::{AccountId, Partition};

/// Returns the canonical form of a policy document; in a value that is not a document only the keys are sorted.
///
/// It is idempotent. In the form, statements are a sorted list; unordered lists are sorted without repetition, and a text if they
/// have one item; keys are sorted; actions and condition keys are in lower case; numbers and booleans of conditions are texts; an
/// account's root is the account's id; a missing version becomes the old one.
pub fn canonical(value: &Value) -> Value {
    let Value::Object(elements) = value else { return sorted_keys(value) };
    let Some(statements) = elements.get("Statement") else { return sorted_keys(value) };
    let mut list: Vec<Value> = match statements {
        Value::Array(list) => list.iter().map(statement).collect(),
        single @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => vec![statement(single)],
    };
    sort(&mut list);
    let mut document: Map<String, Value> = elements.iter().map(|(name, value)| (name.clone(), sorted_keys(value))).collect();
    document.insert("Statement".to_owned(), Value::Array(list));
    document.entry("Version").or_insert_with(|| "2008-10-17".into());
    sorted(document)
}

/// Returns whether two documents have the same meaning.
pub fn same(one: &Value, other: &Value) -> bool {
    canonical(one) == canonical(other)
}

/// Returns the original document without white space.
pub fn minify(value: &Value) -> String {
    value.to_string()
}

fn statement(value: &Value) -> Value {
    let Value::Object(elements) = value else { return sorted_keys(value) };
    let mut statement = Map::new();
    for (name, value) in elements {
        let value = match name.as_str() {
            "Sid" if value == "" => continue,
            "Condition" if value.as_object().is_some_and(Map::is_empty) => continue,
            "Action" | "NotAction" => set(value, &str::to_ascii_lowercase),
            "Resource" | "NotResource" => set(value, &str::to_owned),
            "Principal" | "NotPrincipal" => principals(value),
            "Condition" => condition(value),
            _ => sorted_keys(value),
        };
        statement.insert(name.clone(), value);
    }
    sorted(statement)
}

fn principals(value: &Value) -> Value {
    match value {
        // For resource policies the two ways to name everyone are equal.
        Value::String(text) if text == "*" => serde_json::json!({ "AWS": "*" }),
        Value::Object(groups) => {
            let group = |(name, value): (&String, &Value)| {
                let value = if name == "AWS" { set(value, &account_id) } else { set(value, &str::to_owned) };
                (name.clone(), value)
            };
            sorted(groups.iter().map(group).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => sorted_keys(value),
    }
}

fn condition(value: &Value) -> Value {
    let Value::Object(operators) = value else { return sorted_keys(value) };
    let operator = |(name, keys): (&String, &Value)| {
        let Value::Object(keys) = keys else { return (name.clone(), sorted_keys(keys)) };
        let mut block = Map::new();
        for (key, values) in keys {
            block.insert(key.to_lowercase(), set(values, &str::to_owned));
        }
        if block.len() < keys.len() {
            // Two keys that differ only in letter case are two conditions, and are not merged.
            block = keys.iter().map(|(key, values)| (key.clone(), set(values, &str::to_owned))).collect();
        }
        (name.clone(), sorted(block))
    };
    sorted(operators.iter().map(operator).collect())
}

/// A text, or an unordered list of texts; numbers and booleans become texts.
fn set(value: &Value, spell: &dyn Fn(&str) -> String) -> Value {
    let one = |value: &Value| match value {
        Value::String(text) => Value::String(spell(text)),
        Value::Bool(_) | Value::Number(_) => Value::String(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => sorted_keys(value),
    };
    match value {
        Value::Array(list) => {
            let mut list: Vec<Value> = list.iter().map(one).collect();
            sort(&mut list);
            match list.as_slice() {
                [single @ Value::String(_)] => single.clone(),
                _ => Value::Array(list),
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => one(value),
    }
}

/// Writes an account's root as the account's id; AWS converts between the two when it stores a policy.
fn account_id(text: &str) -> String {
    let account = || {
        Partition::of_arn(text)?;
        let (_, rest) = text.strip_prefix("arn:")?.split_once(":iam::")?;
        rest.strip_suffix(":root")?.parse::<AccountId>().ok()
    };
    account().map_or_else(|| text.to_owned(), |id| id.to_string())
}

fn sort(list: &mut Vec<Value>) {
    list.sort_by_cached_key(Value::to_string);
    list.dedup();
}

fn sorted(map: Map<String, Value>) -> Value {
    let mut entries: Vec<(String, Value)> = map.into_iter().collect();
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    Value::Object(entries.into_iter().collect())
}

fn sorted_keys(value: &Value) -> Value {
    match value {
        Value::Array(list) => Value::Array(list.iter().map(sorted_keys).collect()),
        Value::Object(map) => sorted(map.iter().map(|(key, value)| (key.clone(), sorted_keys(value))).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}
