//! Which access roles pass the guardrails, and where.

use std::collections::BTreeSet;

use crate::id::AccountId;
use crate::model::{Account, DEFAULT_ACCESS_ROLE, Organization};
use crate::name::RoleName;

/// Of so many accounts an access role's ARNs are written out: each takes some 60 characters in seven statements of `base`, which keeps
/// 1,500 of its 10,240 free (docs/GUARDRAILS.md).
const BY_ACCOUNT: usize = 3;

/// Returns the names of access roles that pass the guardrails in every account: those of accounts that landfall makes, since no id is
/// known before there is an account; the one that `CreateAccount` uses unless told otherwise, so that `base` stays as it is when the
/// first account is made; and those of many accounts. An adopted account may have a role of such a name that is not its access role:
/// `plan::exempt` says so.
pub(crate) fn exempt_everywhere(organization: &Organization) -> BTreeSet<&RoleName> {
    let accounts = || organization.accounts.values();
    let is_shared = |name: &RoleName| accounts().filter(|account| account.access_role == *name).count() > BY_ACCOUNT;
    let is_made = |account: &&Account| account.id.is_none() || account.access_role.as_str() == DEFAULT_ACCESS_ROLE;
    let everywhere = accounts().filter(|account| is_made(account) || is_shared(&account.access_role));
    everywhere.map(|account| &account.access_role).collect()
}

/// Returns the adopted accounts whose access role has another name: it passes the guardrails
/// there only.
pub(crate) fn exempt_by_account(organization: &Organization) -> impl Iterator<Item = (&AccountId, &Account)> {
    let everywhere = exempt_everywhere(organization);
    let others = organization.accounts.values().filter(move |account| !everywhere.contains(&account.access_role));
    others.filter_map(|account| account.id.as_ref().map(|id| (id, account)))
}
