//! Volumes of EBS: size and type, without content.

use serde::{Deserialize, Serialize};

use super::label::Label;

/// A volume.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Volume {
    pub(crate) label: Label,
    pub(crate) zone: String,
    /// In GiB.
    pub(crate) size: i64,
    /// `gp3`, for example.
    pub(crate) sort: String,
    pub(crate) encrypted: bool,
    /// The snapshot that it was made from.
    pub(crate) snapshot: Option<String>,
}
