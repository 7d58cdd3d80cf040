//! The door to the next run: a world as text. Reading and writing the file is the caller's.

use super::text::{WorldError, read, text};
use crate::simulator::{Clock, Simulator};

impl Simulator {
    /// Returns the world and the time in it as JSON. Calls that came are not part of it.
    pub fn to_json(&self) -> String {
        let now = self.clock.time.now().into();
        text(now, None, &self.state().world)
    }

    /// Returns the world of a text, and a clock made for the time at which it was written.
    ///
    /// `clock` gets that time; [`Clock::virtual_from`] goes on from there.
    ///
    /// # Errors
    ///
    /// Fails on anything but an undamaged text of [`Simulator::to_json`] of this version or an older one.
    pub fn from_json(text: &str, clock: impl FnOnce(std::time::SystemTime) -> Clock) -> Result<Self, WorldError> {
        let (now, world, _) = read(text)?;
        Ok(Self::with_world(world, clock(now.into())))
    }
}
