//! The account policy of CloudWatch Logs for retention, in one Region.

use serde::{Deserialize, Serialize};

use crate::simulator::clock::Timestamp;

/// A policy of type `RETENTION_POLICY`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LogRetention {
    pub(crate) name: String,
    /// As it was sent.
    pub(crate) document: String,
    pub(crate) changed: Timestamp,
}
