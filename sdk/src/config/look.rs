//! How a program reads an app's values: all that a type asks for, and later whether any of it has changed. Lists and writes are in
//! `store`.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::api::{GetParameter, GetParameters, NAMES_MAX, NOT_FOUND, Parameter};
use super::error::ConfigError;
use super::fields;
use super::handle::Config;
use super::managed;
use super::read::typed;
use super::secret::Secret;
use crate::aws::error::AwsError;
use crate::name::SettingKey;

/// What an account has for a type.
pub(super) struct Found {
    settings: Map<String, Value>,
    secrets: BTreeMap<String, Secret<String>>,
    pub(super) versions: Versions,
}

/// The versions of everything that was read, by which it is known again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Versions {
    document: Version,
    /// By key; `None` for one that had no value.
    secrets: BTreeMap<String, Option<Version>>,
}

/// One version of a value, and the store that it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Version {
    /// With the time of its writing: a parameter that was deleted begins again at version 1.
    Parameter(u64, Option<SystemTime>),
    Managed(String),
}

impl Version {
    fn of(parameter: &Parameter) -> Self {
        Self::Parameter(parameter.version, parameter.changed)
    }
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
        self.typed(self.look(fields::of::<T>().unwrap_or_default()).await?)
    }

    /// Reads secrets by key, wherever they are kept; those without a value are left out.
    ///
    /// One call for each ten in Parameter Store, and one for each that is not there.
    ///
    /// # Errors
    ///
    /// [`ConfigError::SecretDenied`], [`ConfigError::Deleting`] and [`ConfigError::Aws`].
    pub async fn values_of(&self, keys: &[&str]) -> Result<BTreeMap<String, Secret<String>>, ConfigError> {
        Ok(self.secrets_of(keys).await?.into_iter().map(|(key, (value, _))| (key, value)).collect())
    }

    /// Reads the settings, and those of some fields that are no settings, as secrets.
    pub(super) async fn look(&self, fields: &[&str]) -> Result<Found, ConfigError> {
        let not_deployed = || ConfigError::NotDeployed { app: self.app.clone(), account: self.session.account().to_string() };
        let document = self.document().await?.ok_or_else(not_deployed)?;
        let settings = self.values(&document)?;
        // A field that has no setting's name is not asked for: it may have a default.
        let is_key = |field: &&str| field.parse::<SettingKey>().is_ok();
        let absent: Vec<&str> = fields.iter().copied().filter(|field| !settings.contains_key(*field)).filter(is_key).collect();
        let mut found = self.secrets_of(&absent).await?;
        let document = Version::Parameter(document.version, document.changed);
        let mut versions = Versions { document, secrets: BTreeMap::new() };
        let mut secrets = BTreeMap::new();
        for key in absent {
            let (value, version) = found.remove(key).unzip();
            versions.secrets.insert(key.to_owned(), version);
            secrets.extend(value.map(|value| (key.to_owned(), value)));
        }
        Ok(Found { settings, secrets, versions })
    }

    /// Returns whether everything has the version that it had. No value is decrypted in Parameter Store.
    ///
    /// One call for the settings with up to nine secrets of Parameter Store, one for each ten more, and one for each secret of Secrets
    /// Manager. One that had no value is not looked for in Secrets Manager: that would be a call each time, for what few programs have.
    pub(super) async fn is_unchanged(&self, known: &Versions) -> Result<bool, ConfigError> {
        let is_managed = |version: &Option<Version>| matches!(version, Some(Version::Managed(_)));
        let (managed, parameters): (Vec<_>, Vec<_>) = known.secrets.iter().partition(|(_, version)| is_managed(version));
        let keys: Vec<&str> = parameters.iter().map(|(key, _)| key.as_str()).collect();
        let mut wanted = BTreeMap::from([(self.document_name()?, Some(&known.document))]);
        for (key, version) in parameters {
            wanted.insert(self.name_of(key)?, version.as_ref());
        }
        let found = if keys.is_empty() { self.alone().await? } else { self.versions_of(wanted.keys(), &keys).await? };
        if wanted.iter().any(|(name, version)| found.get(name) != *version) {
            return Ok(false);
        }
        for (key, version) in managed {
            if managed::value(self, key).await?.map(|(_, id)| Version::Managed(id)) != *version {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns the values as a type.
    pub(super) fn typed<T: DeserializeOwned>(&self, found: Found) -> Result<T, ConfigError> {
        let Found { settings: mut values, secrets, versions } = found;
        let is_missing = versions.secrets.values().any(Option::is_none);
        values.extend(secrets.into_iter().map(|(key, value)| (key, Value::String(value.expose().clone()))));
        typed(values).map_err(|error| match error {
            ConfigError::Shape { key, problem } if problem == "is missing" && is_missing => {
                ConfigError::SecretMissing { key, account: self.session.account().to_string() }
            }
            other => other,
        })
    }

    /// Reads secrets and their versions, wherever they are kept.
    async fn secrets_of(&self, keys: &[&str]) -> Result<BTreeMap<String, (Secret<String>, Version)>, ConfigError> {
        let mut found = BTreeMap::new();
        for keys in keys.chunks(NAMES_MAX) {
            let names: Vec<String> = keys.iter().map(|key| self.name_of(key)).collect::<Result<_, _>>()?;
            let got = self.session.request(&self.retry, &GetParameters { names, with_decryption: true }).await;
            let got = got.map_err(|error| self.denied(keys, error))?;
            found.extend(got.parameters.into_iter().filter_map(|parameter| {
                let (key, version) = (parameter.name.rsplit('/').next()?.to_owned(), Version::of(&parameter));
                Some((key, (parameter.value, version)))
            }));
        }
        for key in keys {
            if !found.contains_key(*key)
                && let Some((value, id)) = managed::value(self, key).await?
            {
                found.insert((*key).to_owned(), (value, Version::Managed(id)));
            }
        }
        Ok(found)
    }

    /// Returns the version of the settings: by the call that `read` makes, for a policy that allows no other.
    async fn alone(&self) -> Result<BTreeMap<String, Version>, ConfigError> {
        let name = self.document_name()?;
        match self.session.request(&self.retry, &GetParameter { name, with_decryption: false }).await {
            Ok(got) => Ok(BTreeMap::from([(got.parameter.name.clone(), Version::of(&got.parameter))])),
            Err(error) if error.is(NOT_FOUND) => Ok(BTreeMap::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the versions of parameters by name: settings, and secrets of these keys.
    async fn versions_of(&self, names: impl Iterator<Item = &String>, keys: &[&str]) -> Result<BTreeMap<String, Version>, ConfigError> {
        let names: Vec<String> = names.cloned().collect();
        let mut found = BTreeMap::new();
        for names in names.chunks(NAMES_MAX) {
            let ask = GetParameters { names: names.to_vec(), with_decryption: false };
            let got = self.session.request(&self.retry, &ask).await.map_err(|error| self.refused(keys, error))?;
            found.extend(got.parameters.into_iter().map(|parameter| (parameter.name.clone(), Version::of(&parameter))));
        }
        Ok(found)
    }

    /// Names the secret that was refused, unless AWS names the settings.
    fn refused(&self, keys: &[&str], error: AwsError) -> ConfigError {
        let text = error.to_string();
        let is_about_settings = self.document_name().is_ok_and(|name| text.contains(&name)) && !text.contains("/secret/");
        if is_about_settings { error.into() } else { self.denied(keys, error) }
    }
}
