//! The lock: one operator at a time, by conditional writes to one object of Amazon S3.
//!
//! The object is read before observing, and taking the lock is a write on the condition that the object has not changed: so taking
//! it also proves that there was no other run since the plan. A live holder renews it. A lock that is not renewed for [`SILENCE`]
//! may be taken over; if its process ran on this host and is gone, at once.
//!
//! It is not a step and has no address: it is not planned. The caller passes in the holder, and whether a process is gone, since
//! the library does not read the environment.

mod bucket;
mod held;
mod object;
#[cfg(all(test, feature = "simulator"))]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

pub use held::Held;

use crate::aws::error::AwsError;
use crate::name::{OrganizationName, Region};
use crate::session::Sessions;
use object::{Found, Object, Record, Written};

/// How often a holder renews the lock.
pub const BEAT: Duration = Duration::from_secs(15);
/// How long the lock must stay unchanged before another host's holder counts as dead: four renewals.
pub const SILENCE: Duration = Duration::from_mins(1);
/// How often a waiter reads the lock.
const LOOK: Duration = Duration::from_secs(5);

/// A process that holds the lock, or wants to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Holder {
    /// The ARN of its AWS credentials.
    pub caller: String,
    /// The host's name, for people.
    pub host: String,
    /// An id of this host, of its boot and of its process namespace; `None` if unknown, and then its processes never count as gone.
    pub machine: Option<String>,
    /// The process's number.
    pub pid: u32,
    /// When the process started, in the host's own format: process numbers are reused.
    pub started: String,
}

impl Holder {
    /// Returns a holder.
    pub fn new(caller: impl Into<String>, host: impl Into<String>, machine: Option<String>, pid: u32, started: impl Into<String>) -> Self {
        Self { caller: caller.into(), host: host.into(), machine, pid, started: started.into() }
    }

    /// Returns the holder of a lock that cannot be read.
    fn unknown() -> Self {
        Self::new("", "", None, 0, "")
    }

    /// Returns whether the holder is unknown: the object's content is not a landfall lock. It may be the lock of another version,
    /// so it counts as held until it has been silent.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        *self == Self::unknown()
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_unknown() {
            return f.write_str("an unknown holder (the lock cannot be read)");
        }
        write!(f, "{} on {} (process {})", self.caller, self.host, self.pid)
    }
}

/// Returns whether a process of the same machine is gone; not called for others.
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

/// The state of the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the three answers are the design; code must handle each")]
pub enum Standing<'a> {
    /// It is free.
    Free,
    /// Its holder is dead.
    Left(&'a Holder, Death),
    /// It is held.
    Held(&'a Holder),
}

/// Why a holder counts as dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the two signs are the design")]
pub enum Death {
    /// It ran on this machine, and its process is gone.
    Gone,
    /// It did not renew the lock for [`SILENCE`].
    Silent,
}

/// Which lock may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are these two")]
pub enum Force {
    /// A free lock, or one with a dead holder.
    None,
    /// A live holder's, too. Both then work at once, until the other one notices.
    Break,
}

/// The result of taking the lock.
#[derive(Debug)]
#[must_use = "the lock may not have been taken"]
#[expect(clippy::exhaustive_enums, reason = "there are these two")]
pub enum Attempt {
    /// It is taken.
    Taken(Held),
    /// It has changed since it was read, or is held: what was observed since may be wrong.
    Moved(Seen),
}

/// Why the lock cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// AWS refused, or did not answer.
    #[error("could not {doing} the lock {place}")]
    Aws {
        /// The attempted action: `read`, `take`, `renew`, `release`.
        doing: &'static str,
        /// The object.
        place: String,
        /// AWS's error.
        source: AwsError,
    },
    /// Another AWS account has a bucket of that name.
    #[error("the bucket name {0} is taken by another AWS account; all AWS accounts in the world share these names")]
    NameTaken(String),
    /// Another operator took it over while it was held.
    #[error("the lock was taken over by {0}")]
    TakenOver(String),
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

    /// Takes it, if it has not changed since it was read.
    ///
    /// # Guarantees
    ///
    /// Of all who read the same state and try, one gets it. If an answer is lost, the lock is read again; a lost answer never
    /// counts as a refusal.
    ///
    /// # Errors
    ///
    /// [`LockError::Aws`] if it cannot be written, [`LockError::NameTaken`] if its bucket cannot be created.
    pub async fn take(&self, seen: &Seen, force: Force) -> Result<Attempt, LockError> {
        if matches!((self.standing(seen), force), (Standing::Held(_), Force::None)) {
            return Ok(Attempt::Moved(seen.clone()));
        }
        if seen.found.is_none() {
            // The object is written last, so if it exists, the bucket has all its settings.
            bucket::make(&self.object).await?;
        }
        let generation = seen.found.as_ref().map_or(0, |found| found.record.generation) + 1;
        let since = self.object.clock().now().duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs());
        let record = Record { generation, beat: 0, holder: Some(self.me.clone()), since };
        match self.object.write(&record, seen.etag()).await.map_err(|source| self.error("take", source))? {
            Written::Done(etag) => Ok(Attempt::Taken(Held::new(Arc::new(self.clone()), record, etag))),
            Written::Otherwise(found) => Ok(Attempt::Moved(Seen { found, silent: false })),
        }
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
