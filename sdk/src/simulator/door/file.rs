//! The door to the next run: a world as text. Reading and writing the file is the caller's.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::simulator::clock::Timestamp;
use crate::simulator::world::World;
use crate::simulator::{Clock, Simulator};

/// The number of the format; it rises when an older program must refuse the text.
pub const FORMAT: u64 = 1;
const MARK: &str = "landfall_sandbox";

/// Why a text is no world.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorldError {
    /// It is not what [`Simulator::to_json`] wrote.
    #[error("this is not a sandbox that landfall wrote")]
    NotAWorld,
    /// A newer landfall wrote it.
    #[error("this sandbox has format {found}, this landfall reads up to {FORMAT}")]
    Newer {
        /// The format of the text.
        found: u64,
    },
    /// It is damaged.
    #[error("this sandbox is damaged")]
    Damaged(#[source] serde_json::Error),
}

#[derive(Serialize)]
struct Written<'a> {
    landfall_sandbox: u64,
    now: Timestamp,
    world: &'a World,
}

#[derive(Deserialize)]
struct Read {
    now: Timestamp,
    world: World,
}

impl Simulator {
    /// Returns the world and the time in it as JSON. Calls that came are not part of it.
    pub fn to_json(&self) -> String {
        let now = self.clock.time.now().into();
        let written = Written { landfall_sandbox: FORMAT, now, world: &self.state().world };
        serde_json::to_string_pretty(&written).expect("a world is maps with text keys, lists, texts and numbers")
    }

    /// Returns the world of a text, and a clock made for the time at which it was written.
    ///
    /// `clock` gets that time; [`Clock::virtual_from`] goes on from there.
    ///
    /// # Errors
    ///
    /// Fails on anything but an undamaged text of [`Simulator::to_json`] of this version or an older one.
    pub fn from_json(text: &str, clock: impl FnOnce(std::time::SystemTime) -> Clock) -> Result<Self, WorldError> {
        let value: Value = serde_json::from_str(text).map_err(WorldError::Damaged)?;
        let found = value.get(MARK).and_then(Value::as_u64).ok_or(WorldError::NotAWorld)?;
        if found > FORMAT {
            return Err(WorldError::Newer { found });
        }
        let Read { now, world } = serde_json::from_value(value).map_err(WorldError::Damaged)?;
        Ok(Self::with_world(world, clock(now.into())))
    }
}
