//! The index of tags, which may be behind the tags themselves.

use std::collections::BTreeMap;

use super::World;
use crate::simulator::stored::Tags;

/// How the index of tags follows the tags of accounts. AWS does not say how late it is (docs/AWS.md 10.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TagIndex {
    /// At once.
    Current,
    /// No longer: it shows the tags of this moment.
    Stopped,
    /// Not at all: it has no accounts.
    Empty,
}

impl World {
    /// Decides what the index shows from now on.
    pub(in crate::simulator) fn set_tag_index(&mut self, index: TagIndex) {
        self.tag_index = match index {
            TagIndex::Current => None,
            TagIndex::Stopped => Some(self.organization.as_ref().map(|organization| organization.tags.clone()).unwrap_or_default()),
            TagIndex::Empty => Some(BTreeMap::new()),
        };
    }

    /// Returns the tags that the index shows, by the ids of Organizations.
    pub(crate) fn indexed_tags(&self) -> impl Iterator<Item = (&String, &Tags)> {
        let current = self.organization.as_ref().map(|organization| &organization.tags);
        self.tag_index.as_ref().or(current).into_iter().flatten()
    }
}
