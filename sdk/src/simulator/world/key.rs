//! The keys of KMS in one account and Region, and their aliases.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::simulator::clock::Timestamp;
use crate::simulator::propagated::Propagated;
use crate::simulator::stored::{StoredDocument, Tags};

/// The keys of one account and Region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Keys {
    /// By id.
    pub(crate) keys: BTreeMap<String, Key>,
    /// By name, `alias/` included.
    pub(crate) aliases: BTreeMap<String, Alias>,
}

/// A symmetric key for encryption.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) arn: String,
    pub(crate) made: Timestamp,
    pub(crate) description: String,
    pub(crate) policy: Propagated<StoredDocument>,
    pub(crate) tags: Tags,
    pub(crate) state: KeyState,
    /// Whether AWS made it for one of its services, whose alias it then has.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_aws_managed: bool,
    /// In days, if the key is rotated.
    pub(crate) rotation: Option<Rotation>,
}

/// The rotation of a key.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Rotation {
    pub(crate) days: i64,
    pub(crate) since: Timestamp,
}

/// The life of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub(crate) enum KeyState {
    Enabled,
    Disabled,
    PendingDeletion { at: Timestamp },
}

/// Another name of a key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Alias {
    /// The key's id.
    pub(crate) target: String,
    pub(crate) made: Timestamp,
    pub(crate) updated: Timestamp,
}

impl Keys {
    /// Returns the names of a key.
    pub(crate) fn aliases_of(&self, id: &str) -> impl Iterator<Item = &str> {
        self.aliases.iter().filter(move |(_, alias)| alias.target == id).map(|(name, _)| name.as_str())
    }

    /// Deletes the keys whose deletion is due, with their aliases.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        self.keys.retain(|_, key| match key.state {
            KeyState::Enabled | KeyState::Disabled => true,
            KeyState::PendingDeletion { at } => at > now,
        });
        let keys = &self.keys;
        self.aliases.retain(|_, alias| keys.contains_key(&alias.target));
    }
}
