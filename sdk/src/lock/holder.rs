//! Who holds the lock, and whether the holder lives.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How often a holder renews the lock.
pub const BEAT: Duration = Duration::from_secs(15);
/// How long the lock must stay as it is before another host's holder counts as dead: four beats.
pub const SILENCE: Duration = Duration::from_mins(1);
/// A process that holds the lock, or wants to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Holder {
    /// The ARN of its AWS credentials.
    pub caller: String,
    /// The host's name, for people.
    pub host: String,
    /// What tells this host, since it was started, and the numbering of its processes from all others; none where that
    /// is not known, and then its processes never count as gone.
    pub machine: Option<String>,
    /// The process's number.
    pub pid: u32,
    /// When the process started, in the host's own way of telling: numbers of processes are used again.
    pub started: String,
}

impl Holder {
    /// Returns a holder.
    pub fn new(caller: impl Into<String>, host: impl Into<String>, machine: Option<String>, pid: u32, started: impl Into<String>) -> Self {
        Self { caller: caller.into(), host: host.into(), machine, pid, started: started.into() }
    }

    /// Returns who holds a lock that cannot be read.
    pub(super) fn unknown() -> Self {
        Self::new("", "", None, 0, "")
    }

    /// Returns whether it is not known who this is: what is written in the lock is not landfall's. It may be a lock of another
    /// version's all the same, so it counts as held until it has been silent.
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

/// How the lock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the three answers are the design; code must handle each")]
pub enum Standing<'a> {
    /// Nobody holds it.
    Free,
    /// Its holder is dead.
    Left(&'a Holder, Death),
    /// Somebody holds it.
    Held(&'a Holder),
}

/// How a holder is known to be dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the two signs are the design")]
pub enum Death {
    /// It ran on this machine, and its process is gone.
    Gone,
    /// It did not renew the lock for [`SILENCE`].
    Silent,
}
