//! A release: one document with everything that is the same wherever it is deployed, and what each environment is told.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::canonical::Digest;
use super::image::Image;
use crate::name::{AppName, EnvironmentName, SettingKey, Store};

/// The form of the documents that this version writes and reads.
pub const RELEASE_FORM: u32 = 1;

/// What is built once and walks from environment to environment. Its name is its digest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "callers construct it")]
pub struct Release {
    /// The form of the document.
    pub landfall: u32,
    /// The app.
    pub app: AppName,
    /// What people call it, a version for example.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The commit that it was built from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The template, as it was written.
    pub template: Value,
    /// Images by the parameter's name that they are for.
    #[serde(default)]
    pub images: BTreeMap<String, Image>,
    /// Keys of its secrets, and where each is kept.
    #[serde(default)]
    pub secrets: BTreeMap<SettingKey, Store>,
    /// What each environment is told.
    pub environments: BTreeMap<EnvironmentName, Told>,
}

/// What an environment is told by a release.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "callers construct it")]
pub struct Told {
    /// Its settings by key.
    #[serde(default)]
    pub config: Map<String, Value>,
    /// Its parameters of the template by name.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
}

/// Why a text is no release.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReleaseError {
    /// It is not a document that landfall wrote.
    #[error("is no release: {0}")]
    Json(#[source] serde_json::Error),
    /// Another version of landfall wrote it.
    #[error("has form {0}, and this landfall reads {RELEASE_FORM}: use the version that made it")]
    Form(u32),
    /// It is not what it is called.
    #[error("is not release {wanted}: its content has the digest {found}")]
    Other {
        /// The digest that it was asked for by.
        wanted: Digest,
        /// The digest of what was found.
        found: Digest,
    },
}

impl Release {
    /// Returns it as JSON, of which the digest is its name.
    #[must_use]
    pub fn json(&self) -> Value {
        // Keys are texts, and every value is JSON already.
        serde_json::to_value(self).unwrap_or_default()
    }

    /// Returns its name.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.json())
    }

    /// Reads the release of a name, and proves that it is that one.
    ///
    /// # Errors
    ///
    /// [`ReleaseError`].
    pub fn read(text: &str, wanted: &Digest) -> Result<Self, ReleaseError> {
        #[derive(Deserialize)]
        struct Form {
            landfall: u32,
        }
        let Form { landfall } = serde_json::from_str(text).map_err(ReleaseError::Json)?;
        if landfall != RELEASE_FORM {
            return Err(ReleaseError::Form(landfall));
        }
        let release: Self = serde_json::from_str(text).map_err(ReleaseError::Json)?;
        let found = release.digest();
        if found == *wanted { Ok(release) } else { Err(ReleaseError::Other { wanted: wanted.clone(), found }) }
    }
}
