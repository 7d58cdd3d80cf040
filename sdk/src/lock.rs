//! The lock: one operator at a time, by conditional writes to one object of Amazon S3.
//!
//! The object is read before observing, and taking the lock is a write on the condition that the object has not changed: so taking
//! it also proves that there was no other run since the plan. A live holder renews it. A lock that is not renewed for [`SILENCE`]
//! may be taken over; if its process ran on this host and is gone, at once.
//!
//! It is not a step and has no address: it is not planned. The caller passes in the holder, and whether a process is gone, since
//! the library does not read the environment.

mod bucket;
mod error;
mod held;
mod holder;
mod object;
#[cfg(all(test, feature = "simulator"))]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub use error::LockError;
pub use held::{Attempt, Held};
pub use holder::{BEAT, Death, Holder, SILENCE, Standing};

use crate::aws::error::AwsError;
use crate::name::{OrganizationName, Region};
use crate::session::Sessions;
use object::{Found, Object};

/// How often a waiter looks.
const LOOK: Duration = Duration::from_secs(5);

/// Says whether a process of the same machine is gone; asked about no other.
pub type IsGone = Arc<dyn Fn(&Holder) -> bool + Send + Sync>;

/// The lock of one organization.
#[derive(Clone)]
pub struct Lock {
    object: Object,
    me: Holder,
    is_gone: IsGone,
}

/// The lock as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    found: Option<Found>,
    silent: bool,
}

/// Whose lock may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are these two")]
pub enum Force {
    /// A free lock, or one with a dead holder.
    None,
    /// A live holder's, too. Both then work at once, until the other one notices.
    Break,
}

impl Lock {
    /// Returns the lock of an organization, in the management account and the home Region. Nothing is sent.
    #[must_use]
    pub fn new(sessions: &Sessions, organization: &OrganizationName, region: &Region, me: Holder, is_gone: IsGone) -> Self {
        Self { object: Object::new(sessions, organization, region), me, is_gone }
    }

    /// Returns where it is, for people: `s3://BUCKET/lock.json`.
    #[must_use]
    pub fn place(&self) -> String {
        self.object.place()
    }

    /// Reads it.
    ///
    /// # Errors
    ///
    /// [`LockError::Aws`] if it cannot be read. A missing lock object is not an error.
    pub async fn look(&self) -> Result<Seen, LockError> {
        let found = self.object.read().await.map_err(|source| self.error("read", source))?;
        Ok(Seen { found, silent: false })
    }

    /// Returns its state when it was read.
    #[must_use]
    pub fn standing<'a>(&self, seen: &'a Seen) -> Standing<'a> {
        let Some(holder) = seen.found.as_ref().and_then(|found| found.record.holder.as_ref()) else { return Standing::Free };
        if seen.silent {
            Standing::Left(holder, Death::Silent)
        } else if holder.machine.is_some() && holder.machine == self.me.machine && (self.is_gone)(holder) {
            Standing::Left(holder, Death::Gone)
        } else {
            Standing::Held(holder)
        }
    }

    /// Waits until it is free or its holder is dead. Observe again before taking it.
    ///
    /// Time is counted by sleeps, so setting a clock neither shortens nor lengthens the silence.
    ///
    /// # Errors
    ///
    /// [`LockError::Aws`] if it cannot be read.
    pub async fn wait(&self, seen: Seen) -> Result<Seen, LockError> {
        let (mut last, mut quiet) = (seen, Duration::ZERO);
        while let Standing::Held(_) = self.standing(&last) {
            self.object.clock().sleep(LOOK).await;
            let now = self.look().await?;
            quiet = if now.etag() == last.etag() { quiet + LOOK } else { Duration::ZERO };
            last = Seen { silent: quiet >= SILENCE, ..now };
        }
        Ok(last)
    }

    fn error(&self, doing: &'static str, source: AwsError) -> LockError {
        LockError::Aws { doing, place: self.place(), source }
    }
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lock").field("place", &self.place()).field("me", &self.me).finish_non_exhaustive()
    }
}

impl Seen {
    /// Returns when its holder took it, by the clock of the holder's host; `None` if it is free or that is unknown.
    #[must_use]
    pub fn since(&self) -> Option<SystemTime> {
        let seconds = self.found.as_ref()?.record.since?;
        UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
    }

    fn etag(&self) -> Option<&str> {
        self.found.as_ref().map(|found| found.etag.as_str())
    }
}
