//! The JSON Schema of the manifest, for editors. It describes shapes; rules between keys are checked by `parse` only.

use serde_json::{Map, Value, json};

use super::keys::{self, Key, Shape};
use crate::name::Dollars;

/// Returns the JSON Schema (2020-12) of a manifest: every key, described.
#[must_use]
pub fn schema() -> Value {
    let mut schema = section(keys::FILE);
    let head = [
        ("$schema", json!("https://json-schema.org/draft/2020-12/schema")),
        ("title", json!("Landfall manifest")),
        ("description", json!("One company's AWS organization: landfall.toml")),
    ];
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
