//! One change of a world, as it is written to its journal.

use serde::Serialize;

use super::text::text;
use crate::simulator::clock::Timestamp;
use crate::simulator::world::{Deed, World};

/// One change of a kept world, and the world after it.
#[derive(Debug)]
pub struct Change<'a> {
    now: Timestamp,
    world: &'a World,
    deed: Deed,
}

/// Every other line. The counter of ids after the change detects a replay with another result.
#[derive(Serialize)]
struct Written<'a> {
    at: Timestamp,
    ids: u64,
    deed: &'a Deed,
}

impl<'a> Change<'a> {
    pub(in crate::simulator) fn new(now: Timestamp, world: &'a World, deed: Deed) -> Self {
        Self { now, world, deed }
    }

    /// Returns the next line of the journal.
    pub fn line(&self) -> String {
        line(&Written { at: self.now, ids: self.world.ids, deed: &self.deed })
    }

    /// Returns the world after the change as the text that the journal with this number continues.
    pub fn world(&self, journal: u64) -> String {
        text(self.now, Some(journal), self.world)
    }
}

/// Returns one line of a journal.
pub(super) fn line(what: &impl Serialize) -> String {
    let mut line = serde_json::to_string(what).expect("a deed has only structures with text keys, texts and numbers");
    line.push('\n');
    line
}
