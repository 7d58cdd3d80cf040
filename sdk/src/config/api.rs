//! The operations of Parameter Store and Secrets Manager that apps' values take, and what is read of their answers.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::secret::Secret;
use crate::aws::client::{Done, Paged, requests};

/// Most names in one read (SSM API, `GetParameters`).
pub(super) const NAMES_MAX: usize = 10;
/// Parameters and versions in a page (SSM API, `DescribeParameters` and `GetParameterHistory`).
pub(super) const PAGE: u8 = 50;
/// The code of a parameter that does not exist.
pub(super) const NOT_FOUND: &[&str] = &["ParameterNotFound"];

requests! { SSM, "ssm":
    pub(super) DescribeParameters { parameter_filters: Vec<Filter>, max_results: u8, next_token: Option<String> } -> Described,
    pub(super) GetParameter { name: String, with_decryption: bool } -> Got,
    pub(super) GetParameters { names: Vec<String>, with_decryption: bool } -> GotMany,
    pub(super) GetParameterHistory { name: String, max_results: u8, next_token: Option<String> } -> History,
    pub(super) PutParameter {
        name: String, value: Sent, r#type: &'static str, overwrite: bool, tier: Option<&'static str>,
    } -> Put,
    pub(super) DeleteParameter { name: String } -> Done,
}

requests! { SECRETS_MANAGER, "secretsmanager":
    pub(super) ListSecrets {
        filters: Vec<NameFilter>, include_planned_deletion: bool, max_results: u8, next_token: Option<String>,
    } -> SecretList,
    pub(super) CreateSecret { name: String, secret_string: Sent, client_request_token: String } -> SecretPut,
    pub(super) PutSecretValue { secret_id: String, secret_string: Sent, client_request_token: String } -> SecretPut,
    pub(super) GetSecretValue { secret_id: String } -> SecretValue,
    pub(super) DeleteSecret { secret_id: String, recovery_window_in_days: u8 } -> SecretDeleted,
    pub(super) RestoreSecret { secret_id: String } -> Done,
    pub(super) ListSecretVersionIds { secret_id: String, max_results: u8, next_token: Option<String> } -> SecretVersions,
}

/// A condition on what is listed.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Filter {
    pub(super) key: &'static str,
    pub(super) option: &'static str,
    pub(super) values: [String; 1],
}

/// A condition on the names of secrets: each begins with one of these.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NameFilter {
    pub(super) key: &'static str,
    pub(super) values: [String; 1],
}

/// A value on its way to AWS. `Debug` does not show it.
#[derive(Clone)]
pub(super) struct Sent(SecretString);

impl Sent {
    pub(super) fn new(value: &str) -> Self {
        Self(value.into())
    }
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(a value)")
    }
}

impl Serialize for Sent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose_secret())
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Described {
    #[serde(default)]
    parameters: Vec<Listed>,
    next_token: Option<String>,
}

/// A parameter in a list, without its value.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Listed {
    pub(super) name: String,
    #[serde(default)]
    pub(super) r#type: String,
    #[serde(default)]
    pub(super) version: u64,
    #[serde(default, rename = "LastModifiedDate", deserialize_with = "seconds")]
    pub(super) changed: Option<SystemTime>,
    #[serde(rename = "LastModifiedUser")]
    pub(super) by: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Got {
    pub(super) parameter: Parameter,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GotMany {
    #[serde(default)]
    pub(super) parameters: Vec<Parameter>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) value: Secret<String>,
    #[serde(default)]
    pub(super) version: u64,
    #[serde(default, rename = "LastModifiedDate", deserialize_with = "seconds")]
    pub(super) changed: Option<SystemTime>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct History {
    #[serde(default)]
    parameters: Vec<Listed>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Put {
    pub(super) version: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SecretList {
    #[serde(default)]
    secret_list: Vec<ListedSecret>,
    next_token: Option<String>,
}

/// A secret in a list, without its value.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListedSecret {
    pub(super) name: String,
    #[serde(default, rename = "LastChangedDate", deserialize_with = "seconds")]
    pub(super) changed: Option<SystemTime>,
    #[serde(default, rename = "DeletedDate", deserialize_with = "seconds")]
    pub(super) deleted: Option<SystemTime>,
    #[serde(default, rename = "SecretVersionsToStages")]
    pub(super) stages: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SecretPut {
    pub(super) version_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SecretDeleted {
    /// The end of the time in which it can be restored.
    #[serde(default, rename = "DeletionDate", deserialize_with = "seconds")]
    pub(super) until: Option<SystemTime>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SecretValue {
    /// Absent for a secret of bytes, which landfall does not write.
    pub(super) secret_string: Option<Secret<String>>,
    pub(super) version_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SecretVersions {
    #[serde(default)]
    versions: Vec<SecretVersion>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SecretVersion {
    pub(super) version_id: String,
    #[serde(default, rename = "CreatedDate", deserialize_with = "seconds")]
    pub(super) made: Option<SystemTime>,
}

impl Paged for ListSecrets {
    type Item = ListedSecret;

    fn at(&mut self, token: String) {
        self.next_token = Some(token);
    }

    fn items(page: SecretList) -> (Vec<ListedSecret>, Option<String>) {
        (page.secret_list, page.next_token)
    }
}

impl Paged for ListSecretVersionIds {
    type Item = SecretVersion;

    fn at(&mut self, token: String) {
        self.next_token = Some(token);
    }

    fn items(page: SecretVersions) -> (Vec<SecretVersion>, Option<String>) {
        (page.versions, page.next_token)
    }
}

impl Paged for DescribeParameters {
    type Item = Listed;

    fn at(&mut self, token: String) {
        self.next_token = Some(token);
    }

    fn items(page: Described) -> (Vec<Listed>, Option<String>) {
        (page.parameters, page.next_token)
    }
}

impl Paged for GetParameterHistory {
    type Item = Listed;

    fn at(&mut self, token: String) {
        self.next_token = Some(token);
    }

    fn items(page: History) -> (Vec<Listed>, Option<String>) {
        (page.parameters, page.next_token)
    }
}

/// Reads a time, in seconds with decimals; one that makes no sense is no time.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SystemTime>, D::Error> {
    let seconds = Option::<f64>::deserialize(deserializer)?;
    Ok(seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).and_then(|since| UNIX_EPOCH.checked_add(since)))
}
