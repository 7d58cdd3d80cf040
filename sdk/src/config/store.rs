//! The values of an app in one account: which secrets have one, and how they are written and removed. How a program reads them is in `look`.
//!
//! Plain values are the parameter `/landfall/apps/APP/config`. A secret is the parameter `/landfall/apps/APP/secret/KEY`, encrypted with the
//! key that AWS manages in the account for Parameter Store, or is in Secrets Manager (`managed`).

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde_json::{Map, Value};

use super::api::{
    DeleteParameter, DescribeParameters, Filter, GetParameter, GetParameterHistory, Listed, NOT_FOUND, PAGE, PutParameter, Sent,
};
use super::error::ConfigError;
use super::handle::{Config, Present, Removed, Version};
use super::managed;
use super::secret::Secret;
use crate::aws::retry::RetryPolicy;
use crate::name::{SettingKey, Store};
use crate::ours::APPS_PATH;

/// The type of an encrypted parameter.
const SECURE: &str = "SecureString";

/// The settings as they are in an account.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Document {
    /// The JSON text.
    pub text: String,
    /// The parameter's version.
    pub version: u64,
    /// When it was written.
    pub changed: Option<SystemTime>,
}

/// What a push did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pushed {
    /// The account had exactly these settings.
    Unchanged,
    /// They were written, as this version.
    Written(u64),
}

impl Config {
    /// Returns the secrets that have a value in some stores, by key. Values are not read.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Aws`].
    pub async fn secrets(&self, stores: &[Store]) -> Result<BTreeMap<String, Present>, ConfigError> {
        let mut found = if stores.contains(&Store::Ssm) { self.parameters().await? } else { BTreeMap::new() };
        if stores.contains(&Store::SecretsManager) {
            for (key, secret) in managed::secrets(self).await? {
                match found.get_mut(&key) {
                    // One that is being deleted is out of the way.
                    Some(_) if secret.is_deleting => {}
                    Some(other) => {
                        other.problem =
                            Some("is in ssm and in secrets-manager: `landfall config unset` removes both, then set it".to_owned());
                    }
                    None => drop(found.insert(key, secret)),
                }
            }
        }
        Ok(found)
    }

    async fn parameters(&self) -> Result<BTreeMap<String, Present>, ConfigError> {
        let path = format!("{}/secret", self.path()?);
        let filter = Filter { key: "Path", option: "OneLevel", values: [path.clone()] };
        let listed = self.pages(DescribeParameters { parameter_filters: vec![filter], max_results: PAGE, next_token: None }).await?;
        let present = listed.into_iter().filter_map(|listed| {
            let key = listed.name.strip_prefix(&path)?.strip_prefix('/')?.to_owned();
            // One of another form is none of the app's.
            let _: SettingKey = key.parse().ok()?;
            let problem = (listed.r#type != SECURE)
                .then(|| format!("is a parameter of type {}, which is not encrypted: remove it, then set it anew", listed.r#type));
            let version = listed.version.to_string();
            Some((key.clone(), Present { key, store: Store::Ssm, version, changed: listed.changed, is_deleting: false, problem }))
        });
        Ok(present.collect())
    }

    /// Gives a secret a value, and returns its version.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Key`], [`ConfigError::Deleting`] and [`ConfigError::Aws`].
    pub async fn set(&self, key: &str, store: Store, value: &Secret<String>) -> Result<String, ConfigError> {
        if store == Store::SecretsManager {
            return managed::set(self, key, value).await;
        }
        let name = self.name_of(key)?;
        let put = PutParameter { name, value: Sent::new(value.expose()), r#type: SECURE, overwrite: true, tier: None };
        Ok(self.session.request(&RetryPolicy::repeatable(), &put).await?.version.to_string())
    }

    /// Removes the value of a secret. In Secrets Manager it can be restored for a week.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Key`] and [`ConfigError::Aws`].
    pub async fn unset(&self, key: &str, store: Store) -> Result<Removed, ConfigError> {
        if store == Store::SecretsManager {
            return managed::unset(self, key).await;
        }
        let name = self.name_of(key)?;
        match self.session.request(&RetryPolicy::repeatable(), &DeleteParameter { name }).await {
            Ok(_) => Ok(Removed::ForGood),
            Err(error) if error.is(NOT_FOUND) => Ok(Removed::Nothing),
            Err(error) => Err(error.into()),
        }
    }

    /// Undoes the removal of a secret in Secrets Manager; returns whether there is one.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Key`] and [`ConfigError::Aws`].
    pub async fn restore(&self, key: &str) -> Result<bool, ConfigError> {
        managed::restore(self, key).await
    }

    /// Returns the versions of a secret that AWS still has, oldest first; none if it has no value. Values are not read.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Key`] and [`ConfigError::Aws`].
    pub async fn history(&self, key: &str, store: Store) -> Result<Vec<Version>, ConfigError> {
        if store == Store::SecretsManager {
            return managed::history(self, key).await;
        }
        let name = self.name_of(key)?;
        let version = |listed: Listed| Version { name: listed.version.to_string(), changed: listed.changed, by: listed.by };
        match self.pages(GetParameterHistory { name, max_results: PAGE, next_token: None }).await {
            Ok(listed) => Ok(listed.into_iter().map(version).collect()),
            Err(error) if error.is(NOT_FOUND) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the settings of the app in this account; `None` if nothing has written any.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Aws`].
    pub async fn document(&self) -> Result<Option<Document>, ConfigError> {
        let name = self.document_name()?;
        match self.session.request(&self.retry, &GetParameter { name, with_decryption: false }).await {
            Ok(got) => {
                let parameter = got.parameter;
                Ok(Some(Document { text: parameter.value.expose().clone(), version: parameter.version, changed: parameter.changed }))
            }
            Err(error) if error.is(NOT_FOUND) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes the settings of the app in this account, unless it has exactly these.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Aws`].
    pub async fn push(&self, document: &str) -> Result<Pushed, ConfigError> {
        if self.document().await?.is_some_and(|present| present.text == document) {
            return Ok(Pushed::Unchanged);
        }
        let name = self.document_name()?;
        // Up to 4 KB it stays in the free tier.
        let put = PutParameter { name, value: Sent::new(document), r#type: "String", overwrite: true, tier: Some("Intelligent-Tiering") };
        Ok(Pushed::Written(self.session.request(&RetryPolicy::repeatable(), &put).await?.version))
    }

    /// Returns the settings of a document by key.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Parameter`] if the document is not as landfall writes it.
    pub fn values(&self, document: &Document) -> Result<Map<String, Value>, ConfigError> {
        let refused = |problem: &str| ConfigError::Parameter {
            name: format!("{APPS_PATH}/{}/config", self.app),
            problem: format!("{problem}: landfall did not write it"),
        };
        let values: Map<String, Value> = serde_json::from_str(&document.text).map_err(|_| refused("is not a JSON object"))?;
        // They become variables of programs, and another key could be one that starts another program.
        if values.keys().any(|key| key.parse::<SettingKey>().is_err()) {
            return Err(refused("has a key that is none of a setting"));
        }
        let is_text = |value: &Value| value.as_str().is_some_and(|text| !text.contains('\0'));
        let is_good = |value: &Value| match value {
            Value::Number(_) | Value::Bool(_) => true,
            Value::Array(items) => items.iter().all(is_text),
            other => is_text(other),
        };
        if !values.values().all(is_good) {
            return Err(refused("has a value of no setting"));
        }
        Ok(values)
    }
}
