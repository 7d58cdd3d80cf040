//! What every thing of EC2 has.

use serde::{Deserialize, Serialize};

use crate::simulator::clock::Timestamp;
use crate::simulator::stored::Tags;

/// What every thing has.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Label {
    pub(crate) id: String,
    /// From when it can be found by its id, but for [`crate::simulator::NETWORK`].
    pub(crate) made: Timestamp,
    pub(crate) tags: Tags,
}

/// The client's token of the call that made a thing, and that call's other parameters.
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
