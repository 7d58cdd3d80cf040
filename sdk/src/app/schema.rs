//! JSON Schemas for editors: of `app.toml`, and of an app's files of values.

use serde_json::{Map, Value, json};

use super::App;
use super::keys;
use super::value::SettingType;
use crate::written::shape;

/// Returns the JSON Schema (2020-12) of `app.toml`.
#[must_use]
pub fn app_schema() -> Value {
    shape::schema("Landfall app", "What an app can be told: app.toml", keys::FILE)
}

/// Returns the JSON Schema (2020-12) of an app's files of values. Rules of tiers are not in it.
#[must_use]
pub fn config_schema(app: &App) -> Value {
    let properties: Map<String, Value> = app
        .settings
        .iter()
        .filter(|setting| setting.secret.is_none())
        .map(|setting| {
            let mut schema = match setting.of {
                SettingType::String | SettingType::Url | SettingType::Duration => json!({ "type": "string" }),
                SettingType::Integer => json!({ "type": "integer" }),
                SettingType::Number => json!({ "type": "number" }),
                SettingType::Boolean => json!({ "type": "boolean" }),
                SettingType::List => json!({ "type": "array", "items": { "type": "string" } }),
            };
            setting.rules.schema(setting.of, &mut schema);
            if !setting.about.is_empty() {
                schema["description"] = json!(setting.about);
            }
            (setting.key.to_string(), schema)
        })
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("Settings of {}", app.name),
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    })
}
