//! AWS Backup in one account and Region: vaults with their recovery points, and what was restored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::network::Volume;
use crate::simulator::clock::Timestamp;
use crate::simulator::stored::Tags;

/// The state of AWS Backup in one account and Region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Backups {
    /// By name.
    pub(crate) vaults: BTreeMap<String, Vault>,
    /// Backup jobs, by id.
    pub(crate) jobs: BTreeMap<String, Job>,
    /// Restore jobs, by id.
    pub(crate) restores: BTreeMap<String, Restore>,
}

/// A vault.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Vault {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) made: Timestamp,
    pub(crate) tags: Tags,
    /// By ARN.
    pub(crate) points: BTreeMap<String, RecoveryPoint>,
    #[serde(default)]
    pub(crate) lock: Option<VaultLock>,
}

/// The lock of a vault: for how long its backups are kept.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct VaultLock {
    pub(crate) least: Option<i64>,
    pub(crate) most: Option<i64>,
}

/// A recovery point: a volume as it was.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RecoveryPoint {
    pub(crate) arn: String,
    /// The ARN of what was backed up.
    pub(crate) resource: String,
    /// The ARN of the role that made it.
    pub(crate) role: String,
    pub(crate) made: Timestamp,
    /// After how many days it is deleted; never if absent.
    pub(crate) days: Option<i64>,
    pub(crate) volume: Volume,
}

/// A backup job.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) vault: String,
    pub(crate) point: String,
}

/// A restore job.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Restore {
    pub(crate) point: String,
    pub(crate) role: String,
    pub(crate) made: Timestamp,
    /// The ARN of what was made.
    pub(crate) created: String,
}
