//! The lock: one operator at a time, by conditional writes to one object of Amazon S3.
//!
//! The object is looked at before observing, and taking it is a write on the condition that it is still what was seen:
//! so taking it also proves that nobody applied since the plan. A living holder renews it; what is not renewed for
//! [`SILENCE`] may be taken over, and a holder of this host whose process is gone at once.
//!
//! It is no step and has no address: nothing of it is planned. Who holds it is handed in, since the library reads no
//! environment; so is whether a process is gone.

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

/// The lock as it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    found: Option<Found>,
    silent: bool,
}

/// Whose lock may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are these two")]
pub enum Force {
    /// One that is free, or was left.
    None,
    /// A living holder's, too. Both then work at once, until the other one notices.
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

    /// Looks at it.
    ///
    /// # Errors
    ///
    /// [`LockError::Aws`] where it cannot be read. A missing lock object is not an error.
    pub async fn look(&self) -> Result<Seen, LockError> {
        let found = self.object.read().await.map_err(|source| self.error("read", source))?;
        Ok(Seen { found, silent: false })
    }

    /// Returns how it stood when it was seen.
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

    /// Waits until nobody living holds it. Observe again before taking it.
    ///
    /// Time is counted by sleeps, so that a clock that is set neither shortens nor lengthens the silence.
    ///
    /// # Errors
    ///
    /// [`LockError::Aws`] where it cannot be read.
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
    /// Returns when its holder took it, by the clock of the holder's host; none where nobody holds it, or that is not known.
    #[must_use]
    pub fn since(&self) -> Option<SystemTime> {
        let seconds = self.found.as_ref()?.record.since?;
        UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
    }

    fn etag(&self) -> Option<&str> {
        self.found.as_ref().map(|found| found.etag.as_str())
    }
}
