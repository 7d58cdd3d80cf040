//! The parameters and service settings of Systems Manager.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::SecretText;
use crate::simulator::clock::Timestamp;
use crate::simulator::stored::Tags;

/// A parameter with its versions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Parameter {
    #[serde(flatten)]
    pub(crate) latest: ParameterVersion,
    /// The versions before it that are still kept, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) earlier: Vec<ParameterVersion>,
    pub(crate) tags: Tags,
}

/// One version of a parameter. Members with a default are missing in worlds of older versions, which had only plain texts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ParameterVersion {
    #[serde(rename = "version")]
    pub(crate) number: u64,
    pub(crate) value: SecretText,
    #[serde(default)]
    pub(crate) kind: ParameterKind,
    #[serde(default)]
    pub(crate) tier: ParameterTier,
    #[serde(default)]
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) labels: BTreeSet<String>,
    pub(crate) modified: Timestamp,
    /// The ARN of the caller who wrote it.
    #[serde(default)]
    pub(crate) modified_by: Option<String>,
}

/// The type of a parameter; a secure string has a key.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub(crate) enum ParameterKind {
    #[default]
    String,
    StringList,
    SecureString {
        /// The key as it was given.
        key_id: String,
        /// The ARN of the key that it was then.
        key: String,
    },
}

/// The tier of a version. A parameter that was advanced once stays so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) enum ParameterTier {
    #[default]
    Standard,
    Advanced,
}

impl Parameter {
    /// Returns all versions, oldest first.
    pub(crate) fn versions(&self) -> impl DoubleEndedIterator<Item = &ParameterVersion> {
        self.earlier.iter().chain([&self.latest])
    }

    /// Returns all versions, oldest first.
    pub(crate) fn versions_mut(&mut self) -> impl Iterator<Item = &mut ParameterVersion> {
        self.earlier.iter_mut().chain([&mut self.latest])
    }
}

impl ParameterKind {
    /// Returns AWS's name of the type.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::String => "String",
            Self::StringList => "StringList",
            Self::SecureString { .. } => "SecureString",
        }
    }

    /// Returns the key as it was given, if there is one.
    pub(crate) fn key_id(&self) -> Option<&str> {
        match self {
            Self::String | Self::StringList => None,
            Self::SecureString { key_id, .. } => Some(key_id),
        }
    }
}

impl ParameterTier {
    /// Returns AWS's name of the tier.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Standard => "Standard",
            Self::Advanced => "Advanced",
        }
    }
}

/// A service setting that was changed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ServiceSetting {
    pub(crate) value: String,
    pub(crate) changed: Timestamp,
}
