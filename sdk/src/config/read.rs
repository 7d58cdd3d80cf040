//! From a document and secrets to a program's type.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::ConfigError;

/// Reads a type from its values. The error names the key and the types, never a value.
pub(super) fn typed<T: DeserializeOwned>(values: Map<String, Value>) -> Result<T, ConfigError> {
    let found = values.clone();
    serde_path_to_error::deserialize(Value::Object(values)).map_err(|error| {
        let (path, words) = (error.path().to_string(), error.inner().to_string());
        let missing = words.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
        if let Some(key) = missing {
            return ConfigError::Shape { key: key.to_owned(), problem: "is missing".to_owned() };
        }
        let key = path.split(['.', '[']).next().unwrap_or_default().to_owned();
        // What was found would show the value.
        let wanted = words.rsplit_once("expected ").map_or("of another form", |(_, wanted)| wanted);
        let is = found.get(&key).map_or("absent", type_of);
        ConfigError::Shape { key, problem: format!("should be {wanted}, and is {is}") }
    })
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "absent",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Secret;
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Config {
        max_items: u32,
        key: Secret<String>,
        note: Option<String>,
    }

    #[test]
    fn what_is_wrong_is_named_without_the_value() {
        let read = |values: Value| match values {
            Value::Object(values) => typed::<Config>(values).map(|_| ()).map_err(|error| error.to_string()),
            _ => panic!("a table"),
        };
        assert_eq!(read(json!({"max_items": 5, "key": "SECRET"})), Ok(()));
        for (values, expected) in [
            (json!({"key": "SECRET"}), "`max_items` is missing"),
            (json!({"max_items": "SECRET", "key": "SECRET"}), "`max_items` should be u32, and is a text"),
            (json!({"max_items": -1, "key": "SECRET"}), "`max_items` should be u32, and is a number"),
            (json!({"max_items": 1, "key": ["SECRET"]}), "`key` should be a string, and is a list"),
            (json!({"max_items": 1, "key": "SECRET", "note": 5}), "`note` should be a string, and is a number"),
        ] {
            let refused = read(values).expect_err(expected);
            assert!(refused.starts_with(expected) && !refused.contains("SECRET"), "{refused}");
        }
    }
}
