//! A world as text: its format, and the errors of reading it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::simulator::clock::Timestamp;
use crate::simulator::world::World;

/// The number of the format of a whole world; it rises for a change that older programs must refuse.
pub const FORMAT: u64 = 1;
/// The format of a world that a [`Journal`](super::Journal) continues: a program without journals must refuse it, or it would lose
/// the changes in the journal.
pub const BEGUN: u64 = 2;
const MARK: &str = "landfall_sandbox";

/// Why a text is not a world.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorldError {
    /// It is not what [`Simulator::to_json`](crate::simulator::Simulator::to_json) wrote.
    #[error("this is not a sandbox that landfall wrote")]
    NotAWorld,
    /// It was written by a newer landfall.
    #[error("this sandbox has format {found}, this landfall reads up to {BEGUN}")]
    Newer {
        /// The format of the text.
        found: u64,
    },
    /// It is damaged.
    #[error("this sandbox is damaged")]
    Damaged(#[source] serde_json::Error),
    /// A line of its journal is damaged, and it is not the last.
    #[error("line {line} of the journal of this sandbox is damaged")]
    DamagedJournal {
        /// The line, from 1 on.
        line: usize,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// Its journal was written by a landfall that simulates AWS differently.
    #[error("the journal of this sandbox was written by landfall {version}; line {line} ({what}) has another result in this version")]
    OtherCourse {
        /// The line, from 1 on.
        line: usize,
        /// The call in that line.
        what: String,
        /// The version that wrote the journal.
        version: String,
    },
}

#[derive(Serialize)]
struct Written<'a> {
    landfall_sandbox: u64,
    /// The journal that continues this world.
    #[serde(skip_serializing_if = "Option::is_none")]
    journal: Option<u64>,
    now: Timestamp,
    world: &'a World,
}

#[derive(Deserialize)]
struct Read {
    #[serde(default)]
    journal: Option<u64>,
    now: Timestamp,
    world: World,
}

/// Writes a world, complete or as the start of a journal.
pub(super) fn text(now: Timestamp, journal: Option<u64>, world: &World) -> String {
    let landfall_sandbox = if journal.is_some() { BEGUN } else { FORMAT };
    let written = Written { landfall_sandbox, journal, now, world };
    serde_json::to_string_pretty(&written).expect("a world has only maps with text keys, lists, texts and numbers")
}

/// Reads a world, and the number of the journal that continues it.
pub(super) fn read(text: &str) -> Result<(Timestamp, World, Option<u64>), WorldError> {
    let value: Value = serde_json::from_str(text).map_err(WorldError::Damaged)?;
    let found = value.get(MARK).and_then(Value::as_u64).ok_or(WorldError::NotAWorld)?;
    if found > BEGUN {
        return Err(WorldError::Newer { found });
    }
    let Read { journal, now, world } = serde_json::from_value(value).map_err(WorldError::Damaged)?;
    Ok((now, world, journal.filter(|_| found == BEGUN)))
}
