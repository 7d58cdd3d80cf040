//! The keys that a section may have: their names, meanings and types. The parser refuses others; hints and JSON Schemas are made from them.

use serde_json::{Map, Value, json};

use crate::name::Dollars;

/// One key of a section.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    /// Its meaning: the schema's description, and the hint if its value is wrong.
    pub(crate) about: &'static str,
    pub(crate) required: bool,
    pub(crate) shape: Shape,
}

/// The type of a key.
#[derive(Debug)]
pub(crate) enum Shape {
    /// A whole number.
    Number { least: i64, most: i64 },
    /// `true` or `false`.
    Flag,
    /// Text; the pattern is for editors, the manifest's own parser decides.
    Text { pattern: Option<&'static str> },
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// A list of texts. If a list that is left out has a default, an empty one would be ambiguous: `empty` is what it would name.
    List { choices: &'static [&'static str], empty: Option<&'static str> },
    /// Any value: another key decides its type.
    Any,
    /// Free keys with texts: tags.
    Map,
    /// Free keys with amounts of US dollars.
    Amounts,
    /// One section.
    Section(&'static [Key]),
    /// Any number of sections, each with a name of the user's.
    Sections { names: &'static str, keys: &'static [Key] },
}

/// Any text.
pub(crate) const TEXT: Shape = Shape::Text { pattern: None };
/// Any texts.
pub(crate) const LIST: Shape = Shape::List { choices: &[], empty: None };

pub(crate) const fn optional(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key { name, about, required: false, shape }
}

pub(crate) const fn required(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key { name, about, required: true, shape }
}

pub(crate) const fn never_empty(empty: &'static str) -> Shape {
    Shape::List { choices: &[], empty: Some(empty) }
}

pub(crate) const fn matching(pattern: &'static str) -> Shape {
    Shape::Text { pattern: Some(pattern) }
}

pub(crate) const fn sections(names: &'static str, keys: &'static [Key]) -> Shape {
    Shape::Sections { names, keys }
}

/// Returns the JSON Schema (2020-12) of a file with these keys.
pub(crate) fn schema(title: &str, description: &str, keys: &[Key]) -> Value {
    let mut schema = section(keys);
    let head =
        [("$schema", json!("https://json-schema.org/draft/2020-12/schema")), ("title", json!(title)), ("description", json!(description))];
    if let Value::Object(fields) = &mut schema {
        let rest = std::mem::take(fields);
        fields.extend(head.map(|(key, value)| (key.to_owned(), value)));
        fields.extend(rest);
    }
    schema
}

fn section(keys: &[Key]) -> Value {
    let properties: Map<String, Value> = keys.iter().map(|key| (key.name.to_owned(), property(key))).collect();
    let required: Vec<&str> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let mut schema = json!({ "type": "object", "additionalProperties": false, "properties": properties });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn property(key: &Key) -> Value {
    let mut schema = match &key.shape {
        Shape::Number { least, most } if least == most => json!({ "const": least }),
        Shape::Number { least, most } => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Any => json!({}),
        Shape::Text { pattern: None } => json!({ "type": "string" }),
        Shape::Text { pattern: Some(pattern) } => json!({ "type": "string", "pattern": pattern }),
        Shape::Choice(choices) => json!({ "enum": choices }),
        Shape::List { choices, empty } => {
            let items = if choices.is_empty() { json!({ "type": "string" }) } else { json!({ "enum": choices }) };
            let mut list = json!({ "type": "array", "uniqueItems": true, "items": items });
            if empty.is_some() {
                list["minItems"] = json!(1);
            }
            list
        }
        Shape::Amounts => json!({ "type": "object", "additionalProperties": {
            "type": "number", "exclusiveMinimum": 0, "maximum": Dollars::MAX,
        }}),
        Shape::Map => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        Shape::Section(keys) => section(keys),
        Shape::Sections { names, keys } => {
            json!({ "type": "object", "propertyNames": { "pattern": names }, "additionalProperties": section(keys) })
        }
    };
    schema["description"] = json!(key.about);
    schema
}
