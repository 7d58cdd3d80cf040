//! The values of an app in one environment as programs take them: variables, JSON, or a file of values.

use std::collections::BTreeMap;

use landfall::config::{CONFIG_VARIABLE, Config, ConfigError, Present, SECRETS_VARIABLE, Secret};
use landfall::name::Store;
use landfall::session::Session;
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::render::index::variable;

/// Settings and secrets of an app in one environment.
pub(in crate::command) struct Values {
    /// The settings by key.
    settings: Map<String, Value>,
    /// The same as the text that programs are given.
    document: String,
    /// The secrets by key, each with its version.
    secrets: BTreeMap<String, (Secret<String>, String)>,
}

impl Values {
    /// Returns settings that are not those of an account, without secrets.
    pub(super) fn of_files(document: String, settings: Map<String, Value>) -> Self {
        Self { settings, document, secrets: BTreeMap::new() }
    }

    /// Reads what a session's account has of an app; its secrets only where they are asked for.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NotDeployed`] without settings, and every other reason why they cannot be read.
    pub(in crate::command) async fn of_account(session: &Session, app: &str, with_secrets: bool) -> Result<Self, ConfigError> {
        let config = session.config(app);
        let not_deployed = || ConfigError::NotDeployed { app: app.to_owned(), account: session.account().to_string() };
        let document = config.document().await?.ok_or_else(not_deployed)?;
        let values = Self::of_files(document.text.clone(), config.values(&document)?);
        if with_secrets { values.with_secrets(&config).await } else { Ok(values) }
    }

    /// Adds the secrets that an account has.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Shape`] for one that cannot be used, and every other reason why they cannot be read.
    pub(super) async fn with_secrets(mut self, config: &Config) -> Result<Self, ConfigError> {
        let mut present = config.secrets(&Store::ALL).await?;
        // A setting that was a secret before is a setting.
        present.retain(|key, secret| !secret.is_deleting && !self.settings.contains_key(key));
        self.secrets = read(config, &present).await?;
        Ok(self)
    }

    /// Returns whether a secret is among them.
    pub(super) fn has(&self, key: &str) -> bool {
        self.secrets.contains_key(key)
    }

    /// Returns the variables of a program: each setting and secret by key in upper case, all settings as one document, and which are secrets.
    pub(in crate::command) fn variables(self) -> Vec<(String, Secret<String>)> {
        let named: Vec<String> = self.secrets.iter().map(|(key, (_, version))| format!("{key}={version}")).collect();
        let settings = self.settings.into_iter().map(|(key, value)| (key.to_uppercase(), Secret::new(text(value))));
        let secrets = self.secrets.into_iter().map(|(key, (value, _))| (key.to_uppercase(), value));
        let all = [(CONFIG_VARIABLE, self.document), (SECRETS_VARIABLE, named.join(","))];
        settings.chain(secrets).chain(all.map(|(name, value)| (name.to_owned(), Secret::new(value)))).collect()
    }

    /// Returns them as variables, one a line, for shells and for what reads `NAME=VALUE`.
    pub(super) fn lines(self) -> String {
        self.variables().iter().map(|(name, value)| variable(name, value.expose())).collect()
    }

    /// Returns them as one JSON object.
    pub(super) fn json(self) -> Map<String, Value> {
        let mut all = self.settings;
        all.extend(self.secrets.into_iter().map(|(key, (value, _))| (key, Value::String(value.expose().clone()))));
        all
    }

    /// Returns them as a file of values has them.
    ///
    /// # Errors
    ///
    /// When an account has settings that no file can have.
    pub(super) fn toml(self) -> Result<String, Failure> {
        toml::to_string(&self.json()).map_err(|error| Failure::failed("could not write TOML").because(error.to_string()))
    }
}

/// Reads the values of secrets that are there.
///
/// # Errors
///
/// [`ConfigError::Shape`] for one that cannot be used, and every other reason why they cannot be read.
pub(super) async fn read(
    config: &Config,
    present: &BTreeMap<String, Present>,
) -> Result<BTreeMap<String, (Secret<String>, String)>, ConfigError> {
    if let Some((key, problem)) = present.iter().find_map(|(key, secret)| Some((key, secret.problem.as_ref()?))) {
        return Err(ConfigError::Shape { key: key.clone(), problem: problem.clone() });
    }
    let keys: Vec<&str> = present.keys().map(String::as_str).collect();
    let values = config.values_of(&keys).await?;
    Ok(values.into_iter().filter_map(|(key, value)| Some((key.clone(), (value, present.get(&key)?.version.clone())))).collect())
}

/// A list is joined by commas.
fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Array(items) => items.iter().map(|item| item.as_str().unwrap_or_default()).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}
