//! Roles that the guardrails exempt by their names, and that landfall did not make: whoever assumes them is past every guardrail.
//!
//! The exemption goes by the role's ARN, and can be bound to nothing else: a tag of the role's would be what a session tag says, and
//! whom the role trusts may set that. So the plan says it aloud, above all else.

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
        // What blocks one of our own is another matter: the caller, for example, who is not among the administrators.
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

/// Where IAM keeps roles that were made without a path; what exempts an access role has none.
const NO_PATH: &str = "/";

/// Returns a notice for each role that has the name of other accounts' access roles and is not its own account's: a former organization
/// leaves its role behind (Organizations User Guide, "Removing a member account": access roles are not deleted).
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
            "{} is past every guardrail: other accounts' access roles are called so, and account/{account} is entered by {access_role}. It \
             lets in {who}; made by a former organization?",
            role.arn
        ),
        format!(
            "if nobody needs it, detach its policies, then `landfall exec {account} --role provisioner -- aws iam delete-role --role-name \
             {name}`; else make it anew under another name"
        ),
    )
}

fn listed(who: &[String]) -> String {
    if who.is_empty() { "nobody that could be named".to_owned() } else { who.join(", ") }
}

fn notice(role: &role::Observed, address: &Address) -> Notice {
    let who = listed(&role.lets_in());
    Notice::new(
        format!(
            "{} is not landfall's, and the guardrails exempt it by its name: it lets in {who}, past what guards this account",
            role.arn
        ),
        format!(
            "find out who made it; then delete or rename it, and landfall makes {address}. Until then keep the account out of the manifest"
        ),
    )
}
