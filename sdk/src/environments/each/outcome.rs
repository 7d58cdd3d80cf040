//! What is told of a round over accounts: where it goes, what happens, and what became of every account.

use std::fmt;
use std::time::Duration;

use crate::environments::EnterError;
use crate::id::AccountId;
use crate::name::Region;

/// Where a function runs: an account, in a Region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Visit {
    /// The account's key.
    pub account: String,
    /// The account's id; `None` before it exists.
    pub id: Option<AccountId>,
    /// The environment it belongs to, if any.
    pub environment: Option<String>,
    /// The Region of the session.
    pub region: Region,
}

impl fmt::Display for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.id {
            Some(id) => write!(f, "{} ({id}) in {}", self.account, self.region),
            None => write!(f, "{} in {}", self.account, self.region),
        }
    }
}

/// What became of every account, each list in the order of the index.
#[derive(Debug, Clone)]
#[non_exhaustive]
#[must_use = "what failed and what was out of reach is in here only"]
pub struct Outcome<T, E> {
    /// Where the function succeeded, with what it returned.
    pub done: Vec<(Visit, T)>,
    /// Where it failed, with its error.
    pub failed: Vec<(Visit, E)>,
    /// What could not be entered; the function did not run there.
    pub unreachable: Vec<(Visit, EnterError)>,
    /// Where the function did not come to its end: it panicked, or took longer than [`Each::within`](super::Each::within) or
    /// [`Each::deadline`](super::Each::deadline) allows.
    pub broken: Vec<(Visit, Broken)>,
    /// Accounts that do not work, with their state: closed, suspended, or not made yet.
    pub skipped: Vec<(Visit, String)>,
    /// What was not begun because of [`Each::until`](super::Each::until) or [`Each::deadline`](super::Each::deadline).
    pub not_begun: Vec<Visit>,
}

impl<T, E> Outcome<T, E> {
    /// Returns whether the function succeeded in every account that works.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.unreachable.is_empty() && self.broken.is_empty() && self.not_begun.is_empty()
    }
}

/// Why a visit did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Broken {
    /// The function panicked, with these words. What it was doing in the account is not known.
    #[error("the function panicked: {0}")]
    Panicked(String),
    /// It took too long and was dropped where it waited.
    #[error("it was not done within {} s", .0.as_secs())]
    TooLong(Duration),
}

/// What happens while a function runs over accounts: `Begun` first, `Finished` last, and for every visit one `Started` and then
/// one of `Done`, `Failed`, `Unreachable`, `Broken`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// It begins: all visits, and the accounts that are skipped, with their state.
    Begun {
        /// Where the function will run.
        visits: Vec<Visit>,
        /// Accounts that do not work.
        skipped: Vec<(Visit, String)>,
    },
    /// An account is entered.
    Started(Visit),
    /// The function succeeded.
    Done(Visit),
    /// The function failed.
    Failed(Visit),
    /// The account could not be entered.
    Unreachable(Visit, EnterError),
    /// The visit did not come to its end.
    Broken(Visit, Broken),
    /// No further visit is begun; those under way go on.
    Stopping,
    /// All is over.
    Finished,
}
