//! Errors: a name that is not in the index, and an account that could not be entered.

use crate::name::nearest;
use crate::session::{AssumeError, Failure, RequestError, SessionError};

/// Why a lookup by name failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LookupError {
    /// The index has nothing with that name.
    #[error("there is no {what} `{name}`{}", more(.nearest.as_deref(), .known))]
    Unknown {
        /// What was looked up: `environment`, `account`, `tier` …
        what: &'static str,
        /// The name that was given.
        name: String,
        /// The nearest name that exists.
        nearest: Option<String>,
        /// Every name that exists.
        known: Vec<String>,
    },
    /// An environment has several accounts and none of them is the main one.
    #[error("environment `{environment}` has several accounts: name one of {} with `.account(\"…\")`", .keys.join(", "))]
    AmbiguousAccount {
        /// The environment.
        environment: String,
        /// The keys of its accounts.
        keys: Vec<String>,
    },
}

fn more(nearest: Option<&str>, known: &[String]) -> String {
    match nearest {
        Some(near) => format!("; the nearest is `{near}`"),
        None if known.is_empty() => String::new(),
        None => format!("; there are {}", known.join(", ")),
    }
}

impl LookupError {
    pub(super) fn unknown<'k>(what: &'static str, name: &str, known: impl IntoIterator<Item = &'k str>) -> Self {
        let mut all: Vec<&str> = Vec::new();
        for name in known {
            if !all.contains(&name) {
                all.push(name);
            }
        }
        let nearest = nearest(name, all.iter().copied()).map(str::to_owned);
        Self::Unknown { what, name: name.to_owned(), nearest, known: all.into_iter().map(str::to_owned).collect() }
    }
}

/// Why an account could not be entered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnterError {
    /// The name matches no account, or several.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// No AWS is attached to these environments.
    #[error("no AWS is attached: call `.with_aws(&config)` on the environments first")]
    NoAws,
    /// The account does not exist, or is not active.
    #[error("account `{account}` is {state}")]
    NotActive {
        /// The account's key.
        account: String,
        /// Its state in the index: `absent`, `creating`, or AWS's word for an account that is not active.
        state: String,
    },
    /// The account has no such role.
    #[error("there is no role `{role}` in account `{account}`{}", match .nearest {
        Some(near) => format!("; the nearest is `{near}`"),
        None if .defined.is_empty() => "; it has none".to_owned(),
        None => format!("; there are {}", .defined.join(", ")),
    })]
    RoleUndefined {
        /// The requested role.
        role: String,
        /// The account's key.
        account: String,
        /// The nearest name that exists.
        nearest: Option<String>,
        /// The roles that the account has.
        defined: Vec<String>,
    },
    /// AWS does not accept the caller's own credentials.
    #[error("could not open AWS with the caller's own credentials")]
    Open(#[source] SessionError),
    /// AWS or the role could not accept the request (then nothing was sent), or AWS refused the role.
    #[error(transparent)]
    Assume(Box<AssumeError>),
}

impl EnterError {
    /// Returns whether only a reason is missing. A session of the role itself needs none.
    #[must_use]
    pub fn is_reason_missing(&self) -> bool {
        matches!(self, Self::Assume(error) if error.failure == Failure::Request(RequestError::ReasonMissing))
    }

    /// Returns what to do about it, if that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Assume(error) => error.hint(),
            Self::NotActive { .. } => Some("the index may be out of date: write it again with `landfall outputs`".to_owned()),
            Self::Lookup(_) | Self::NoAws | Self::RoleUndefined { .. } | Self::Open(_) => None,
        }
    }
}
