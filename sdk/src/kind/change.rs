//! Changes: what a step would do to one resource, as typed data that can be shown.
//!
//! A change contains everything that is needed to apply it, except outputs that the executor fills in. How a change is displayed is up to
//! the renderers.

use serde::{Deserialize, Serialize};

pub use super::field::{Field, document_fields, tag_fields};
use super::seam::Kind;
use super::settle::Edit;

/// What happens to one thing.
#[derive(Debug, Clone)]
#[expect(clippy::exhaustive_enums, reason = "there are no other changes")]
pub enum Change<K: Kind> {
    /// It does not exist and is created.
    Create(K::Desired),
    /// It exists and differs in these ways; each edit is one repeatable call.
    Edit {
        /// What it should be.
        desired: K::Desired,
        /// What it is; carries the ids.
        observed: K::Observed,
        /// How it differs.
        edits: Vec<Edit<K>>,
    },
    /// It exists, is managed by landfall, and is no longer wanted.
    Remove(K::Observed),
}

/// What a step does, in Terraform's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "there are no other actions")]
pub enum Action {
    /// `+`
    Create,
    /// `~`
    Change,
    /// `-`
    Remove,
}

impl Action {
    /// Returns the sign that plans show.
    #[must_use]
    pub fn sign(self) -> char {
        match self {
            Self::Create => '+',
            Self::Change => '~',
            Self::Remove => '-',
        }
    }
}
