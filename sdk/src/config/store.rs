//! The values of an app in one account: which secrets have one, and how they are read, written and removed.
//!
//! Plain values are the parameter `/landfall/apps/APP/config`. A secret is the parameter `/landfall/apps/APP/secret/KEY`, encrypted with the
//! key that AWS manages in the account for Parameter Store, or is in Secrets Manager (`managed`).

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::api::{
    DeleteParameter, DescribeParameters, Filter, GetParameter, GetParameterHistory, GetParameters, Listed, NAMES_MAX, NOT_FOUND, PAGE,
    PutParameter, Sent,
};
use super::error::ConfigError;
use super::fields;
use super::handle::{Config, Present, Removed, Version};
use super::managed;
use super::read::typed;
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
    /// Reads what a type asks for: the settings, and those of its fields that are no settings, as secrets.
    ///
    /// One call for the settings, and one for each ten secrets; one more for each that is not in Parameter Store. A field with a default, or of
    /// type `Option`, may be absent. A type with `#[serde(flatten)]` does not say its fields: it is given the settings only.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NotDeployed`] without settings, [`ConfigError::SecretMissing`] and [`ConfigError::SecretDenied`] for a secret,
    /// [`ConfigError::Shape`] for a value of another type than the program expects, and [`ConfigError::Aws`].
    pub async fn read<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        let not_deployed = || ConfigError::NotDeployed { app: self.app.clone(), account: self.session.account().to_string() };
        let document = self.document().await?.ok_or_else(not_deployed)?;
        let mut values = self.values(&document)?;
        let wanted = fields::of::<T>().unwrap_or_default();
        // A field that has no setting's name is not asked for: it may have a default.
        let is_key = |field: &&str| field.parse::<SettingKey>().is_ok();
        let absent: Vec<&str> = wanted.iter().copied().filter(|field| !values.contains_key(*field)).filter(is_key).collect();
        let found = self.values_of(&absent).await?;
        let missing = absent.iter().find(|key| !found.contains_key(**key)).map(|key| (*key).to_owned());
        values.extend(found.into_iter().map(|(key, value)| (key, Value::String(value.expose().clone()))));
        typed(values).map_err(|error| match (error, missing) {
            (ConfigError::Shape { key, problem }, Some(_)) if problem == "is missing" => {
                ConfigError::SecretMissing { key, account: self.session.account().to_string() }
            }
            (other, _) => other,
        })
    }

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
            let problem = (listed.r#type != SECURE).then(|| {
                format!("is a parameter of type {}, which is not encrypted: delete {} and set it anew", listed.r#type, listed.name)
            });
            let version = listed.version.to_string();
            Some((key.clone(), Present { key, store: Store::Ssm, version, changed: listed.changed, is_deleting: false, problem }))
        });
        Ok(present.collect())
    }

    /// Reads secrets by key, wherever they are kept; those without a value are left out.
    ///
    /// One call for each ten in Parameter Store, and one for each that is not there.
    ///
    /// # Errors
    ///
    /// [`ConfigError::SecretDenied`], [`ConfigError::Deleting`] and [`ConfigError::Aws`].
    pub async fn values_of(&self, keys: &[&str]) -> Result<BTreeMap<String, Secret<String>>, ConfigError> {
        let mut found = BTreeMap::new();
        for keys in keys.chunks(NAMES_MAX) {
            let names: Vec<String> = keys.iter().map(|key| self.name_of(key)).collect::<Result<_, _>>()?;
            let got = self.session.request(&RetryPolicy::repeatable(), &GetParameters { names, with_decryption: true }).await;
            let got = got.map_err(|error| self.denied(keys, error))?;
            found.extend(got.parameters.into_iter().filter_map(|parameter| {
                let key = parameter.name.rsplit('/').next()?.to_owned();
                Some((key, parameter.value))
            }));
        }
        for key in keys {
            if !found.contains_key(*key)
                && let Some(value) = managed::value(self, key).await?
            {
                found.insert((*key).to_owned(), value);
            }
        }
        Ok(found)
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
        let name = format!("{}/config", self.path()?);
        match self.session.request(&RetryPolicy::repeatable(), &GetParameter { name, with_decryption: false }).await {
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
        let name = format!("{}/config", self.path()?);
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
        serde_json::from_str(&document.text).map_err(|_| ConfigError::Parameter {
            name: format!("{APPS_PATH}/{}/config", self.app),
            problem: "is not a JSON object: landfall did not write it".to_owned(),
        })
    }
}
