//! An app's values from the variables that its program was started with.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::ConfigError;
use super::read::typed;

/// The variable with all settings as one JSON document.
pub const CONFIG_VARIABLE: &str = "LANDFALL_CONFIG";
/// The variable with the keys of all secrets, each with its version: `stripe_key=8,signing_key=2`. Their values are in variables of their
/// own, by key in upper case.
pub const SECRETS_VARIABLE: &str = "LANDFALL_SECRETS";

/// Reads an app's values from variables: of this process with `std::env::vars()`.
///
/// `LANDFALL_CONFIG` has the settings, `LANDFALL_SECRETS` names the secrets, of which each is in a variable of its own. `landfall exec
/// --config` and releases set them.
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct Config {
///     max_items: u32,
///     stripe_key: landfall::config::Secret<String>,
/// }
///
/// # fn main() -> Result<(), landfall::config::ConfigError> {
/// let variables = [("LANDFALL_CONFIG", r#"{"max_items": 5}"#), ("LANDFALL_SECRETS", "stripe_key=8"), ("STRIPE_KEY", "sk_live_1")];
/// let config: Config = landfall::config::from_variables(variables.map(|(name, value)| (name.to_owned(), value.to_owned())))?;
/// assert_eq!((config.max_items, config.stripe_key.expose().as_str()), (5, "sk_live_1"));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// [`ConfigError::NoVariables`] without `LANDFALL_CONFIG`, [`ConfigError::BadVariable`] if one is not as landfall writes it or a named
/// secret is absent, and [`ConfigError::Shape`] for a value of another type than the program expects. None shows a value.
pub fn from_variables<T: DeserializeOwned>(variables: impl IntoIterator<Item = (String, String)>) -> Result<T, ConfigError> {
    let variables: BTreeMap<String, String> = variables.into_iter().collect();
    let document = variables.get(CONFIG_VARIABLE).ok_or(ConfigError::NoVariables(CONFIG_VARIABLE))?;
    let bad = |name: &str| ConfigError::BadVariable(name.to_owned());
    let mut values: Map<String, Value> = serde_json::from_str(document).map_err(|_| bad(CONFIG_VARIABLE))?;
    let named = variables.get(SECRETS_VARIABLE).map(String::as_str).unwrap_or_default();
    for one in named.split(',').filter(|one| !one.is_empty()) {
        let key = one.split('=').next().unwrap_or_default();
        let name = key.to_uppercase();
        let value = variables.get(&name).ok_or_else(|| bad(&name))?;
        values.insert(key.to_owned(), Value::String(value.clone()));
    }
    typed(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Config {
        url: String,
        key: String,
    }

    #[test]
    fn a_start_without_the_variables_says_what_is_missing() {
        let read = |variables: &[(&str, &str)]| {
            let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            from_variables::<Config>(variables).map(|_| ()).map_err(|error| error.to_string())
        };
        let config = ("LANDFALL_CONFIG", r#"{"url": "x"}"#);
        assert_eq!(read(&[config, ("LANDFALL_SECRETS", "key=3"), ("KEY", "SECRET")]), Ok(()));
        for (variables, expected) in [
            (&[("KEY", "SECRET")][..], "there is no variable LANDFALL_CONFIG"),
            (&[("LANDFALL_CONFIG", "SECRET")], "variable LANDFALL_CONFIG is not as landfall writes it"),
            (&[config, ("LANDFALL_SECRETS", "key=3")], "variable KEY is not as landfall writes it"),
            (&[config, ("KEY", "SECRET")], "`key` is missing"),
        ] {
            let refused = read(variables).expect_err(expected);
            assert!(refused.starts_with(expected) && !refused.contains("SECRET"), "{refused}");
        }
    }
}
