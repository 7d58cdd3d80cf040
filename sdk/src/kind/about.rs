//! What is known of a kind without having one of it: for estimates, summaries and whoever draws a plan.

use std::time::Duration;

use super::Kind;
use super::organizations::account::Account;
use crate::address::{Address, Scope};

/// What a create takes that is a call or three.
pub const SHORT: Duration = Duration::from_secs(1);

/// What is known of a kind. Each kind says it in its own file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct About {
    /// The kind's name in addresses.
    pub name: &'static str,
    /// What people call its service.
    pub service: &'static str,
    /// What creating one usually takes.
    pub usual: Duration,
    /// Whether a plan that is too long to show names it all the same.
    pub is_notable: bool,
    /// What a summary calls one of those that it counts: accounts, roles, networks.
    pub counted: Option<&'static str>,
}

impl About {
    pub(super) const fn of<K: Kind>() -> Self {
        Self { name: K::NAME, service: K::SERVICE, usual: K::USUAL, is_notable: K::IS_NOTABLE, counted: K::COUNTED }
    }
}

/// Returns whether an address is that of an account itself.
#[must_use]
pub fn is_account(address: &Address) -> bool {
    *address.scope() == Scope::Organization && address.kind() == Account::NAME
}

/// Returns the key of the account that an address is about: the one it is in, or the one it is.
#[must_use]
pub fn account_of(address: &Address) -> Option<&str> {
    match address.scope().account() {
        Some(account) => Some(account.as_str()),
        None => is_account(address).then(|| address.name()),
    }
}
