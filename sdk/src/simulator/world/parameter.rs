//! The parameters and service settings of Systems Manager.

use serde::{Deserialize, Serialize};

use crate::simulator::clock::Timestamp;
use crate::simulator::stored::Tags;

/// A parameter of type `String` in the standard tier.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Parameter {
    pub(crate) value: String,
    pub(crate) version: u64,
    pub(crate) modified: Timestamp,
    pub(crate) tags: Tags,
}

/// A service setting that was changed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ServiceSetting {
    pub(crate) value: String,
    pub(crate) changed: Timestamp,
}
