//! The secrets of Secrets Manager.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::SecretText;
use crate::simulator::clock::Timestamp;
use crate::simulator::stored::Tags;

/// The secrets of one account and Region, by name.
pub(crate) type Secrets = BTreeMap<String, Secret>;

/// A secret with its versions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Secret {
    /// With six characters after the name.
    pub(crate) arn: String,
    pub(crate) description: Option<String>,
    /// The customer's key as it was given; `None` for AWS's own.
    pub(crate) key_id: Option<String>,
    pub(crate) tags: Tags,
    /// By id.
    pub(crate) versions: BTreeMap<String, SecretVersion>,
    pub(crate) made: Timestamp,
    pub(crate) changed: Timestamp,
    /// When it goes, if it is scheduled for deletion.
    pub(crate) deletion: Option<Timestamp>,
}

/// One version of a secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SecretVersion {
    pub(crate) value: SecretText,
    /// The ARN of the key that protects it.
    pub(crate) key: String,
    /// Staging labels; each is on one version at most.
    pub(crate) stages: BTreeSet<String>,
    pub(crate) made: Timestamp,
}

impl Secret {
    /// Returns whether it is gone.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        self.deletion.is_some_and(|at| at <= now)
    }
}
