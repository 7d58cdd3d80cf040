//! The access roles that are exempt from the guardrails, and in which accounts.

use std::collections::BTreeSet;

use crate::id::AccountId;
use crate::model::{Account, DEFAULT_ACCESS_ROLE, Organization};
use crate::name::RoleName;

/// Most accounts of one access role whose ARNs are written out: each takes some 60 characters in eight statements of `base`, which
/// keeps 1,500 of its 10,240 free (docs/GUARDRAILS.md).
const BY_ACCOUNT: usize = 3;

/// Returns the names of access roles that are exempt in every account: those of accounts that landfall creates, since no id is
/// known before the account exists; the default of `CreateAccount`, so that `base` does not change when the first account is
/// created; and those of many accounts. An adopted account may have a role with such a name that is not its access role:
/// `plan::exempt` reports it.
pub(crate) fn exempt_everywhere(organization: &Organization) -> BTreeSet<&RoleName> {
    let accounts = || organization.accounts.values();
    let is_shared = |name: &RoleName| accounts().filter(|account| account.access_role == *name).count() > BY_ACCOUNT;
    let is_made = |account: &&Account| account.id.is_none() || account.access_role.as_str() == DEFAULT_ACCESS_ROLE;
    let everywhere = accounts().filter(|account| is_made(account) || is_shared(&account.access_role));
    everywhere.map(|account| &account.access_role).collect()
}

/// Returns the adopted accounts whose access role has another name: it is exempt in that account only.
pub(crate) fn exempt_by_account(organization: &Organization) -> impl Iterator<Item = (&AccountId, &Account)> {
    let everywhere = exempt_everywhere(organization);
    let others = organization.accounts.values().filter(move |account| !everywhere.contains(&account.access_role));
    others.filter_map(|account| account.id.as_ref().map(|id| (id, account)))
}
