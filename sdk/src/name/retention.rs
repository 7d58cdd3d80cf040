//! How long log groups keep their events.

use std::fmt;

use serde::Serialize;

/// A time, or forever; in order of length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
#[expect(clippy::exhaustive_enums, reason = "there is nothing else")]
pub enum Retention {
    /// So many days.
    Days(u16),
    /// Until somebody deletes them.
    Forever,
}

impl Retention {
    /// The days that CloudWatch Logs takes in an account's policy (docs/AWS.md 8.4).
    pub const DAYS: [u16; 17] = [30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];
}

impl fmt::Display for Retention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(days) => write!(f, "{days}d"),
            Self::Forever => f.write_str("forever"),
        }
    }
}
