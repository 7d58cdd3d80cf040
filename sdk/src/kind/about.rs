//! Static facts about a kind: for estimates, summaries and the display of plans.

use std::time::Duration;

use super::organizations::account::Account;
use super::seam::Kind;
pub use super::seam::SHORT;
use crate::address::{Address, Scope};

/// Static facts about a kind. Each kind defines them in its own file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct About {
    /// The kind's name in addresses.
    pub name: &'static str,
    /// The service's usual name.
    pub service: &'static str,
    /// The usual duration of a create.
    pub usual: Duration,
    /// Whether a shortened plan still shows it by name.
    pub is_notable: bool,
    /// The noun for one of them in a summary's counts: accounts, roles, networks.
    pub counted: Option<&'static str>,
}

impl About {
    pub(super) const fn of<K: Kind>() -> Self {
        Self { name: K::NAME, service: K::SERVICE, usual: K::USUAL, is_notable: K::IS_NOTABLE, counted: K::COUNTED }
    }
}

/// Returns whether an address is the address of an account itself.
#[must_use]
pub fn is_account(address: &Address) -> bool {
    *address.scope() == Scope::Organization && address.kind() == Account::NAME
}

/// Returns the key of the account that an address is about: the account it is in, or the account itself.
#[must_use]
pub fn account_of(address: &Address) -> Option<&str> {
    match address.scope().account() {
        Some(account) => Some(account.as_str()),
        None => is_account(address).then(|| address.name()),
    }
}
