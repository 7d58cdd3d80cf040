//! A trail of CloudTrail.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::simulator::clock::Timestamp;
use crate::simulator::stored::Tags;

/// A trail. The world has it by account and home Region.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "CloudTrail has these switches")]
pub(crate) struct Trail {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) home: String,
    pub(crate) made: Timestamp,
    pub(crate) bucket: String,
    pub(crate) prefix: Option<String>,
    /// The ARN of the key.
    pub(crate) key: Option<String>,
    pub(crate) of_organization: bool,
    pub(crate) multi_region: bool,
    pub(crate) global_events: bool,
    pub(crate) validation: bool,
    pub(crate) logging: bool,
    pub(crate) started: Option<Timestamp>,
    pub(crate) stopped: Option<Timestamp>,
    pub(crate) tags: Tags,
    /// The selectors as they were set.
    pub(crate) selectors: Option<Value>,
    /// Whether these are advanced ones.
    #[serde(default)]
    pub(crate) advanced_selectors: bool,
}
