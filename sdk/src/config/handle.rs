//! An app in a session's account: the names of its values, and how calls about them are sent.

use std::time::SystemTime;

use super::error::ConfigError;
use crate::aws::client::Paged;
use crate::aws::error::AwsError;
use crate::aws::retry::RetryPolicy;
use crate::name::{AppName, SettingKey, Store};
use crate::ours::APPS_PATH;
use crate::session::Session;

/// The values of an app in a session's account.
#[derive(Debug, Clone)]
pub struct Config {
    pub(super) session: Session,
    pub(super) app: String,
    /// How its reads are retried.
    pub(super) retry: RetryPolicy,
}

/// A secret that has a value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Present {
    /// Its key.
    pub key: String,
    /// Where it is kept.
    pub store: Store,
    /// Its version: a number that rises with every write, or the beginning of a random id.
    pub version: String,
    /// When it was written.
    pub changed: Option<SystemTime>,
    /// Whether it is being deleted: it has no value for a program, and can be restored.
    pub is_deleting: bool,
    /// Why it cannot be used, if it cannot: a parameter of this name that is not encrypted, for example.
    pub problem: Option<String>,
}

/// What a removal did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Removed {
    /// Nothing: there was no value.
    Nothing,
    /// The value is gone, with all its versions.
    ForGood,
    /// It can be restored until then, if AWS said when.
    Until(Option<SystemTime>),
}

/// A version of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Version {
    /// Its number, or the beginning of its id.
    pub name: String,
    /// When it was written.
    pub changed: Option<SystemTime>,
    /// The ARN of who wrote it, if the store knows.
    pub by: Option<String>,
}

impl Session {
    /// Returns the values of an app in this session's account. Role `config-APP` reads and writes them.
    #[must_use]
    pub fn config(&self, app: impl Into<String>) -> Config {
        Config { session: self.clone(), app: app.into(), retry: RetryPolicy::repeatable() }
    }
}

impl Config {
    pub(super) fn path(&self) -> Result<String, ConfigError> {
        let app: AppName = self.app.parse().map_err(ConfigError::App)?;
        Ok(format!("{APPS_PATH}/{app}"))
    }

    /// Returns the name of the parameter that has the settings.
    pub(super) fn document_name(&self) -> Result<String, ConfigError> {
        Ok(format!("{}/config", self.path()?))
    }

    /// Returns the name of a secret's parameter.
    pub(super) fn name_of(&self, key: &str) -> Result<String, ConfigError> {
        let key: SettingKey = key.parse().map_err(ConfigError::Key)?;
        Ok(format!("{}/secret/{key}", self.path()?))
    }

    /// Returns the beginning of the names of the app's secrets in Secrets Manager.
    pub(super) fn secret_path(&self) -> Result<String, ConfigError> {
        Ok(self.path()?.trim_start_matches('/').to_owned())
    }

    pub(super) fn secret_name(&self, key: &str) -> Result<String, ConfigError> {
        let key: SettingKey = key.parse().map_err(ConfigError::Key)?;
        Ok(format!("{}/{key}", self.secret_path()?))
    }

    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    /// Names the secret that was refused, as far as AWS's message does.
    pub(super) fn denied(&self, keys: &[&str], error: AwsError) -> ConfigError {
        if !error.is(&["AccessDeniedException"]) {
            return error.into();
        }
        let text = error.to_string();
        let key = keys.iter().find(|key| text.contains(&format!("/{key}"))).copied();
        let key = key.map_or_else(|| keys.join("`, `"), str::to_owned);
        ConfigError::SecretDenied { app: self.app.clone(), key, account: self.session.account().to_string() }
    }

    pub(super) async fn pages<P: Paged>(&self, mut ask: P) -> Result<Vec<P::Item>, AwsError> {
        let mut all = Vec::new();
        loop {
            let page = self.session.request(&RetryPolicy::repeatable(), &ask).await?;
            let (items, next) = P::items(page);
            all.extend(items);
            match next.filter(|next| !next.is_empty()) {
                Some(next) => ask.at(next),
                None => return Ok(all),
            }
        }
    }
}
