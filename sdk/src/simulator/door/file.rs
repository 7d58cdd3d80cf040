//! A world as text, for the next run. The caller reads and writes the file.

use super::text::{WorldError, read, text};
use crate::simulator::{Clock, Simulator};

impl Simulator {
    /// Returns the world and its time as JSON, without the received calls.
    pub fn to_json(&self) -> String {
        let now = self.clock.time.now().into();
        text(now, None, &self.state().world)
    }

    /// Returns the world in a text, with a clock made for the time at which it was written.
    ///
    /// `clock` is called with that time; [`Clock::virtual_from`] continues from there.
    ///
    /// # Errors
    ///
    /// Fails unless the text is undamaged output of [`Simulator::to_json`] of this version or an older one.
    pub fn from_json(text: &str, clock: impl FnOnce(std::time::SystemTime) -> Clock) -> Result<Self, WorldError> {
        let (now, world, _) = read(text)?;
        Ok(Self::with_world(world, clock(now.into())))
    }
}
