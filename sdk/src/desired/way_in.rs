//! The access of administrators: narrows the role that AWS creates in each account to them.
//!
//! No guardrail applies to a session of an access role. With `access.administrators` only those may assume it, like `provisioner`;
//! but only if that cannot lock everyone out: there must be a second way to get access, and landfall must have created the account.

use std::collections::BTreeSet;

use super::access::{caller, trusting_administrators};
use super::{DesiredState, Notice};
use crate::address::Address;
use crate::aws::tags;
use crate::kind::iam::access_role;
use crate::kind::{Desired, Kind, Text};
use crate::model::{Account, Organization, Principal};
use crate::ours::PROVISIONER;

/// The role of AWS Control Tower. It belongs to that landing zone, even if a manifest names it as the access role.
const CONTROL_TOWER_ROLE: &str = "AWSControlTowerExecution";

pub(super) fn way_in(organization: &Organization, state: &mut DesiredState) {
    let access = &organization.access;
    if access.administrators.is_empty() {
        state.notices.push(Notice::new(
            "everyone who may assume roles in the management account is administrator of every account, past every guardrail: \
             access.administrators is not written",
            "name who runs landfall, for example administrators = [\"sso:AdministratorAccess\"], and a second way in: break_glass",
        ));
        return;
    }
    if !narrows(organization) {
        // The notice depends on the current roles: see `plan::way_in`.
        return;
    }
    for account in organization.accounts.values() {
        if is_made_by_us(account) {
            narrowed(organization, account, state);
        } else {
            state.notices.push(Notice::new(
                format!("{} of account/{} is left as it is: landfall did not make that account", account.access_role, account.key),
                "everyone who can assume it is administrator there, past every guardrail; narrow its trust to your administrators yourself",
            ));
        }
    }
}

/// Returns whether the access roles are narrowed to the administrators. An emergency needs access that does not fail together with
/// the first: break-glass, or administrators of two kinds.
pub(crate) fn narrows(organization: &Organization) -> bool {
    let access = &organization.access;
    let kinds: BTreeSet<SignIn> = access.administrators.iter().map(sign_in).collect();
    !access.administrators.is_empty() && (!access.break_glass.is_empty() || kinds.len() > 1)
}

/// How an administrator signs in; ways of one kind fail together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum SignIn {
    IdentityCenter,
    Role,
    User,
    /// Everyone to whom the management account grants it: that may be any kind, so it counts as a kind of its own.
    Whole,
}

fn sign_in(principal: &Principal) -> SignIn {
    match principal {
        Principal::PermissionSet(..) => SignIn::IdentityCenter,
        Principal::Arn(arn) if arn.contains("AWSReservedSSO_") => SignIn::IdentityCenter,
        Principal::Arn(arn) if arn.contains(":user/") => SignIn::User,
        Principal::Arn(_) | Principal::Role(..) | Principal::Github(_) => SignIn::Role,
        Principal::Account(_) => SignIn::Whole,
    }
}

fn is_made_by_us(account: &Account) -> bool {
    account.id.is_none() && account.access_role.as_str() != CONTROL_TOWER_ROLE
}

fn narrowed(organization: &Organization, account: &Account, state: &mut DesiredState) {
    let address = Address::account(&account.key, access_role::AccessRole::NAME, &account.access_role);
    let (trust, trusts) = trusting_administrators(organization, account);
    let desired = access_role::Desired {
        name: account.access_role.to_string(),
        trust,
        trusts,
        provisioner: Text::fact(&Address::account(&account.key, "iam-role", PROVISIONER), "arn"),
        caller: caller(organization),
        tags: tags::ours(&organization.name, &address),
    };
    state.want(address, Desired::AccessRole(desired));
}
