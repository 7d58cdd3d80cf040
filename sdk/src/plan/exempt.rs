//! Roles that the guardrails exempt by name, but that landfall did not create: no guardrail binds a session of them.
//!
//! The exemption matches the role's ARN and cannot be bound to anything else: a session tag overrides a tag of the role, and a
//! principal that the role trusts may set it. So the plan reports such a role before everything else.

use super::{Input, Plan};
use crate::address::{Address, Scope};
use crate::aws::tags::{self, Owner};
use crate::desired::Notice;
use crate::desired::exempt::exempt_everywhere;
use crate::kind::iam::role;
use crate::kind::{Desired, Observed};
use crate::name::AccountKey;
use crate::ours::{BREAK_GLASS, PATH, PROVISIONER};

/// Returns a notice for each such role.
pub(super) fn notices(input: &Input<'_>, plan: &Plan) -> Vec<Notice> {
    let things = input.observation.by_scope();
    let mut notices = Vec::new();
    for wanted in &input.desired.wanted {
        let Desired::IamRole(desired) = &wanted.thing else { continue };
        // `break-glass` is exempt from most of them (docs/GUARDRAILS.md).
        if ![PROVISIONER, BREAK_GLASS].contains(&desired.name.as_str()) {
            continue;
        }
        let there = things.get(wanted.address.scope()).into_iter().flatten().find_map(|observed| match observed {
            Observed::IamRole(role) if role.path == PATH && role.name.eq_ignore_ascii_case(&desired.name) => Some(role),
            _ => None,
        });
        let is_blocked = plan.blocked.iter().any(|blocked| blocked.address == wanted.address);
        // A role of landfall's own may be blocked for another reason: the caller, for example, is not among the administrators.
        let is_ours = |role: &role::Observed| {
            let owner = tags::owner(&role.tags, &input.organization.name);
            matches!(owner, Owner::Ours(address) if address.clone().within(wanted.address.scope()) == wanted.address)
        };
        if let Some(role) = there.filter(|role| is_blocked && !is_ours(role)) {
            notices.push(notice(role, &wanted.address));
        }
    }
    notices.extend(namesakes(input));
    notices
}

/// The path of roles that were created without one; the pattern that exempts access roles has none.
const NO_PATH: &str = "/";

/// Returns a notice for each role that has the name of other accounts' access roles but is not the access role of its account: a
/// former organization leaves its role behind (Organizations User Guide, "Removing a member account": access roles are not
/// deleted).
fn namesakes(input: &Input<'_>) -> Vec<Notice> {
    let organization = input.organization;
    let exempt = exempt_everywhere(organization);
    let mut notices = Vec::new();
    for account in organization.accounts.values() {
        let is_namesake = |role: &role::Observed| {
            let is_exempt = role.path == NO_PATH && exempt.iter().any(|name| name.as_str() == role.name);
            is_exempt && !role.name.eq_ignore_ascii_case(account.access_role.as_str())
        };
        for thing in input.observation.of(&Scope::Account(account.key.clone())) {
            if let Observed::IamRole(role) = thing
                && is_namesake(role)
            {
                notices.push(namesake(role, &account.key, account.access_role.as_str()));
            }
        }
    }
    notices
}

fn namesake(role: &role::Observed, account: &AccountKey, access_role: &str) -> Notice {
    let name = &role.name;
    let who = listed(&role.exposed.lets_in);
    Notice::new(
        format!(
            "{} is past every guardrail: other accounts' access roles have its name, but the one of account/{account} is {access_role}. \
             It lets in {who}; did a former organization create it?",
            role.arn
        ),
        format!(
            "if it is not needed, detach its policies, then `landfall exec {account} --role provisioner -- aws iam delete-role \
             --role-name {name}`; otherwise create it again under another name"
        ),
    )
}

fn listed(who: &[String]) -> String {
    if who.is_empty() { "no principal that could be named".to_owned() } else { who.join(", ") }
}

fn notice(role: &role::Observed, address: &Address) -> Notice {
    let who = listed(&role.lets_in());
    Notice::new(
        format!(
            "{} is not managed by landfall, and the guardrails exempt it by its name: it lets in {who}, past the guardrails of this \
             account",
            role.arn
        ),
        format!(
            "find out who created it; then delete or rename it, and landfall creates {address}. Until then keep the account out of the \
             manifest"
        ),
    )
}
