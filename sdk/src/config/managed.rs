//! Secrets in AWS Secrets Manager: `landfall/apps/APP/KEY`.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};

use super::api::{
    CreateSecret, DeleteSecret, GetSecretValue, ListSecretVersionIds, ListSecrets, ListedSecret, NameFilter, PutSecretValue, RestoreSecret,
    Sent,
};
use super::error::ConfigError;
use super::handle::{Config, Present, Removed, Version};
use super::secret::Secret;
use crate::aws::error::AwsError;
use crate::aws::retry::RetryPolicy;
use crate::name::{SettingKey, Store};

/// Secrets and versions in a page (Secrets Manager API).
const PAGE: u8 = 100;
/// How long a removed secret can be restored: the shortest time that AWS takes.
const WINDOW_DAYS: u8 = 7;
const NOT_FOUND: &[&str] = &["ResourceNotFoundException"];
/// The code of a secret that is being deleted, among other things.
const DELETING: &[&str] = &["InvalidRequestException"];
/// The label of the version that programs read.
const CURRENT: &str = "AWSCURRENT";
/// Characters of a version's id that are shown: it is random.
const SHOWN: usize = 8;

/// Returns the secrets of the app by key, those that are being deleted, too.
pub(super) async fn secrets(config: &Config) -> Result<BTreeMap<String, Present>, ConfigError> {
    let prefix = format!("{}/", config.secret_path()?);
    let filter = NameFilter { key: "name", values: [prefix.clone()] };
    let ask = ListSecrets { filters: vec![filter], include_planned_deletion: true, max_results: PAGE, next_token: None };
    let present = |listed: ListedSecret| {
        let key = listed.name.strip_prefix(&prefix)?.to_owned();
        // One of another form is none of the app's.
        let _: SettingKey = key.parse().ok()?;
        let current = listed.stages.iter().find(|(_, stages)| stages.iter().any(|stage| stage == CURRENT));
        let is_deleting = listed.deleted.is_some();
        if current.is_none() && !is_deleting {
            // It was made without a value.
            return None;
        }
        let version = current.map(|(id, _)| shown(id)).unwrap_or_default();
        Some((key.clone(), Present { key, store: Store::SecretsManager, version, changed: listed.changed, is_deleting, problem: None }))
    };
    Ok(config.pages(ask).await?.into_iter().filter_map(present).collect())
}

/// Reads a secret and its version's id; `None` if it has no value.
pub(super) async fn value(config: &Config, key: &str) -> Result<Option<(Secret<String>, String)>, ConfigError> {
    let ask = GetSecretValue { secret_id: config.secret_name(key)? };
    match config.session().request(&config.retry, &ask).await {
        Ok(found) => Ok(found.secret_string.map(|value| (value, found.version_id))),
        Err(error) if error.is(NOT_FOUND) || is_deleting(&error) => Ok(None),
        Err(error) => Err(refused(config, key, error)),
    }
}

/// Writes a secret, and returns its version.
pub(super) async fn set(config: &Config, key: &str, value: &Secret<String>) -> Result<String, ConfigError> {
    let name = config.secret_name(key)?;
    let retry = RetryPolicy::repeatable();
    // One for both calls, and for every repetition of each: the second of two equal writes does nothing.
    let client_request_token = token();
    let put = PutSecretValue {
        secret_id: name.clone(),
        secret_string: Sent::new(value.expose()),
        client_request_token: client_request_token.clone(),
    };
    let written = match config.session().request(&retry, &put).await {
        Err(error) if error.is(NOT_FOUND) => {
            let create = CreateSecret { name, secret_string: Sent::new(value.expose()), client_request_token };
            config.session().request(&retry, &create).await
        }
        other => other,
    };
    written.map(|put| shown(&put.version_id)).map_err(|error| refused(config, key, error))
}

/// Removes a secret, so that it can be restored for a week.
pub(super) async fn unset(config: &Config, key: &str) -> Result<Removed, ConfigError> {
    let ask = DeleteSecret { secret_id: config.secret_name(key)?, recovery_window_in_days: WINDOW_DAYS };
    match config.session().request(&RetryPolicy::repeatable(), &ask).await {
        Ok(deleted) => Ok(Removed::Until(deleted.until)),
        // It is being deleted already.
        Err(error) if error.is(NOT_FOUND) || error.is(DELETING) => Ok(Removed::Nothing),
        Err(error) => Err(error.into()),
    }
}

/// Undoes the removal of a secret; returns whether there is one.
pub(super) async fn restore(config: &Config, key: &str) -> Result<bool, ConfigError> {
    let ask = RestoreSecret { secret_id: config.secret_name(key)? };
    match config.session().request(&RetryPolicy::repeatable(), &ask).await {
        Ok(_) => Ok(true),
        Err(error) if error.is(NOT_FOUND) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Returns the versions of a secret, oldest first.
pub(super) async fn history(config: &Config, key: &str) -> Result<Vec<Version>, ConfigError> {
    let ask = ListSecretVersionIds { secret_id: config.secret_name(key)?, max_results: PAGE, next_token: None };
    match config.pages(ask).await {
        Ok(mut versions) => {
            versions.sort_by_key(|version| version.made);
            let version =
                |version: super::api::SecretVersion| Version { name: shown(&version.version_id), changed: version.made, by: None };
            Ok(versions.into_iter().map(version).collect())
        }
        Err(error) if error.is(NOT_FOUND) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

fn refused(config: &Config, key: &str, error: AwsError) -> ConfigError {
    if is_deleting(&error) {
        return ConfigError::Deleting { key: key.to_owned(), account: config.session().account().to_string() };
    }
    config.denied(&[key], error)
}

fn is_deleting(error: &AwsError) -> bool {
    error.is(DELETING) && error.to_string().contains("deletion")
}

fn shown(id: &str) -> String {
    id.chars().take(SHOWN).collect()
}

/// Returns 32 random characters. Nothing of the value is in them: AWS logs the token, and a digest could be guessed.
fn token() -> String {
    format!("{:016x}{:016x}", RandomState::new().hash_one(0_u8), RandomState::new().hash_one(1_u8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_new_each_time_and_as_long_as_aws_wants_it() {
        let tokens: Vec<String> = (0..100).map(|_| token()).collect();
        let different: std::collections::BTreeSet<&String> = tokens.iter().collect();
        assert!(different.len() == tokens.len() && tokens.iter().all(|token| token.len() == 32));
    }
}
