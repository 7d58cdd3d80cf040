//! What a run over accounts reports: its visits, its events, and the result for every account.

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

/// The result for every account, each list in the order of the index.
#[derive(Debug, Clone)]
#[non_exhaustive]
#[must_use = "failures and unreachable accounts are reported only here"]
pub struct Outcome<T, E> {
    /// Visits in which the function succeeded, with its result.
    pub done: Vec<(Visit, T)>,
    /// Visits in which the function failed, with its error.
    pub failed: Vec<(Visit, E)>,
    /// Visits whose account could not be entered; the function did not run there.
    pub unreachable: Vec<(Visit, EnterError)>,
    /// Visits in which the function did not finish: it panicked, or took longer than [`Each::within`](super::Each::within) or
    /// [`Each::deadline`](super::Each::deadline) allows.
    pub broken: Vec<(Visit, Broken)>,
    /// Accounts that are not active, with their state: closed, suspended, or not created yet.
    pub skipped: Vec<(Visit, String)>,
    /// Visits that were not started because of [`Each::until`](super::Each::until) or [`Each::deadline`](super::Each::deadline).
    pub not_begun: Vec<Visit>,
}

impl<T, E> Outcome<T, E> {
    /// Returns whether the function succeeded in every active account.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.unreachable.is_empty() && self.broken.is_empty() && self.not_begun.is_empty()
    }
}

/// Why a visit did not finish.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Broken {
    /// The function panicked with this message. It may have done part of its work in the account.
    #[error("the function panicked: {0}")]
    Panicked(String),
    /// It took too long and was dropped at an await point.
    #[error("it did not finish within {} s", .0.as_secs())]
    TooLong(Duration),
}

/// What happens while a function runs over accounts: `Begun` first, `Finished` last, and for every visit one `Started` and then
/// one of `Done`, `Failed`, `Unreachable`, `Broken`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// The run begins: all visits, and the accounts that are skipped, with their state.
    Begun {
        /// The visits to make.
        visits: Vec<Visit>,
        /// Accounts that are not active.
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
    /// The visit did not finish.
    Broken(Visit, Broken),
    /// No further visit is started; running ones go on.
    Stopping,
    /// The run is over.
    Finished,
}
