//! The label of every EC2 resource.

use serde::{Deserialize, Serialize};

use crate::simulator::clock::Timestamp;
use crate::simulator::stored::Tags;

/// The fields that every resource has.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Label {
    pub(crate) id: String,
    /// Its creation; it can be found by its id [`crate::simulator::NETWORK`] later.
    pub(crate) made: Timestamp,
    pub(crate) tags: Tags,
}

/// The client token of the call that created a resource, and that call's other parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) request: String,
}

impl Label {
    pub(crate) fn new(id: impl Into<String>, made: Timestamp, tags: Tags) -> Self {
        Self { id: id.into(), made, tags }
    }
}
