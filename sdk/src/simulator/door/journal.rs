//! The journal of a world, for the next run: the changes since it was last written completely, one line for each.
//!
//! A line contains the call, not its effect: it is replayed. So a line costs the same in a world of a thousand accounts as in an
//! empty one, and a process that is killed loses nothing that was answered. The caller reads and writes the lines. A line that was
//! cut off while it was written does not count.

use serde::{Deserialize, Serialize};

use super::change::line;
use super::text::{WorldError, read};
use crate::simulator::clock::Timestamp;
use crate::simulator::dispatch::redo;
use crate::simulator::world::{Deed, World};
use crate::simulator::{Change, Clock, Simulator};

/// A journal that continues: its number, and the length of its complete lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Journal {
    /// Its number, which is also in the text of the world.
    pub number: u64,
    /// The length of its complete lines in bytes; anything after them was cut off while it was written.
    pub length: usize,
}

/// A world that was read from its text and its journal.
#[derive(Debug)]
#[non_exhaustive]
pub struct Reopened {
    /// The world after the last complete line.
    pub simulator: Simulator,
    /// The journal to continue, if there is one; otherwise write the whole world first.
    pub journal: Option<Journal>,
}

/// The first line.
#[derive(Serialize, Deserialize)]
struct Head {
    landfall_sandbox_journal: u64,
    landfall: String,
}

#[derive(Deserialize)]
struct Read {
    at: Timestamp,
    ids: u64,
    deed: Deed,
}

impl From<Simulator> for Reopened {
    /// A world that has not been written yet.
    fn from(simulator: Simulator) -> Self {
        Self { simulator, journal: None }
    }
}

impl Journal {
    /// Returns the first line of the journal with this number.
    pub fn head(number: u64) -> String {
        line(&Head { landfall_sandbox_journal: number, landfall: env!("CARGO_PKG_VERSION").to_owned() })
    }
}

impl Simulator {
    /// Calls `keeper` with every change from now on, in order, before the call is answered.
    ///
    /// It is called while the world is locked, so it must not call the simulator.
    pub fn keep(&self, keeper: impl FnMut(&Change<'_>) + Send + 'static) {
        self.state().keeper = Some(Box::new(keeper));
    }

    /// Returns the world of a text and of the journal that continues it; the journal of another text is ignored.
    ///
    /// `clock` is called with the time of the last change.
    ///
    /// # Errors
    ///
    /// Fails as [`Simulator::from_json`] does, on a journal that is damaged anywhere but at its end, and on one whose calls have
    /// another result in this version.
    pub fn reopen(text: &str, journal: &[u8], clock: impl FnOnce(std::time::SystemTime) -> Clock) -> Result<Reopened, WorldError> {
        let (mut now, mut world, number) = read(text)?;
        let journal = match number {
            Some(number) => replay(&mut world, &mut now, journal, number)?,
            None => None,
        };
        Ok(Reopened { simulator: Self::with_world(world, clock(now.into())), journal })
    }
}

/// Replays the journal with this number; returns `None` if the journal is empty or has another number.
fn replay(world: &mut World, now: &mut Timestamp, journal: &[u8], number: u64) -> Result<Option<Journal>, WorldError> {
    // A line without its end was cut off, and is the last.
    let whole = journal.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
    let mut lines = whole.zip(1_usize..).peekable();
    let Some((first, _)) = lines.next() else { return Ok(None) };
    let head = serde_json::from_slice::<Head>(first).ok().filter(|head| head.landfall_sandbox_journal == number);
    let Some(head) = head else { return Ok(None) };
    let mut length = first.len();
    while let Some((text, line)) = lines.next() {
        let Read { at, ids, deed } = match serde_json::from_slice(text) {
            Ok(read) => read,
            Err(_) if lines.peek().is_none() => break,
            Err(source) => return Err(WorldError::DamagedJournal { line, source }),
        };
        redo(world, at, &deed);
        if world.ids != ids {
            return Err(WorldError::OtherCourse { line, what: deed.name(), version: head.landfall });
        }
        *now = at.max(*now);
        length += text.len();
    }
    Ok(Some(Journal { number, length }))
}
