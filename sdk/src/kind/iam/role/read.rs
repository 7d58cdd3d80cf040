//! Reading roles: all of an account by list, or one by its name.

use std::collections::BTreeMap;

use super::super::api::{GetRole, GetRolePolicy, ListAttachedRolePolicies, ListRolePolicies, ListRoles, Role, RoleDetail, read};
use super::super::details::details;
use super::super::trusted::{self, allowing, texts};
use super::super::{JUST_MADE, PAGE};
use super::local::locals;
use super::{Detail, Exposed, Observed};
use crate::aws::error::AwsError;
use crate::aws::tags::Tags;
use crate::kind::Context;
use crate::ours::PATH;

/// Reads every role of the account, two lists for all of them together.
pub(super) async fn list(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
    let sessions = sessions(cx).await?;
    let details = details(cx).await?;
    Ok(details.roles.iter().filter_map(|role| listed(role, &sessions)).collect())
}

/// Returns a role of the list; `None` if it is managed and was created or removed between the two lists.
fn listed(role: &RoleDetail, sessions: &BTreeMap<String, i32>) -> Option<Observed> {
    let detail = if role.path == PATH {
        Some(Detail {
            trust: role.trust.clone(),
            session_seconds: *sessions.get(&role.name)?,
            boundary: role.boundary().map(str::to_owned),
            inline: role.inline.iter().map(|policy| (policy.name.clone(), policy.document.clone())).collect(),
            managed: role.attached.iter().map(|policy| policy.arn.clone()).collect(),
        })
    } else {
        None
    };
    // A role under another path can only block: its details are not read.
    let tags = if detail.is_some() { read(&role.tags) } else { Tags::new() };
    let exposed = if detail.is_some() { Exposed::default() } else { exposed(role) };
    Some(Observed { arn: role.arn.clone(), name: role.name.clone(), path: role.path.clone(), detail, exposed, tags })
}

fn exposed(role: &RoleDetail) -> Exposed {
    let own = role.arn.split(':').nth(4).unwrap_or_default();
    let statements = allowing(&role.trust);
    let services = statements.iter().flat_map(|statement| texts(&statement["Principal"]["Service"]));
    // AWS's own policies have `aws` in place of an account id.
    let attached = role.attached.iter().filter_map(|policy| policy.arn.split_once(":policy/"));
    let policies = attached.filter(|(before, _)| !before.ends_with(":aws")).map(|(_, name)| name);
    Exposed {
        boundary: role.boundary().map(str::to_owned),
        accounts: trusted::accounts(&role.trust).into_iter().filter(|account| account.as_str() != own).collect(),
        services: services.map(str::to_owned).collect(),
        trusts: locals(&role.trust, own),
        lets_in: trusted::trusted(&role.trust).iter().map(ToString::to_string).collect(),
        policies: policies.map(str::to_owned).collect(),
    }
}

/// Reads the longest session of each managed role: the only member that the other list leaves out.
async fn sessions(cx: &Context<'_>) -> Result<BTreeMap<String, i32>, AwsError> {
    let roles = cx.pages(ListRoles { path_prefix: PATH, marker: None, max_items: PAGE }).await?;
    Ok(roles.into_iter().map(|role| (role.name, role.session_seconds)).collect())
}

/// Reads one role by name; `None` if it does not exist.
pub(super) async fn found(cx: &Context<'_>, name: &str) -> Result<Option<Observed>, AwsError> {
    match cx.send(&GetRole { role_name: name.to_owned() }).await {
        Ok(found) if found.role.path == PATH => Ok(Some(detailed(cx, found.role).await?)),
        Ok(found) => {
            let role = found.role;
            let (exposed, tags) = (Exposed::default(), Tags::new());
            Ok(Some(Observed { arn: role.arn, name: role.name, path: role.path, detail: None, exposed, tags }))
        }
        Err(error) if error.is(&["NoSuchEntity"]) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads the policies of a managed role.
async fn detailed(cx: &Context<'_>, role: Role) -> Result<Observed, AwsError> {
    let retry = cx.retry().until_visible(JUST_MADE);
    let role_name = role.name.clone();
    // At most 10,240 characters of inline policies fit on a role, and 20 managed ones: neither list has a second page.
    let mut inline = BTreeMap::new();
    for policy_name in cx.send_with(&retry, &ListRolePolicies { role_name: role_name.clone() }).await?.names {
        let found = cx.send_with(&retry, &GetRolePolicy { role_name: role_name.clone(), policy_name }).await?;
        inline.insert(found.name, found.document);
    }
    let attached = cx.send_with(&retry, &ListAttachedRolePolicies { role_name }).await?;
    let detail = Detail {
        boundary: role.boundary().map(str::to_owned),
        trust: role.trust,
        session_seconds: role.session_seconds,
        inline,
        managed: attached.policies.into_iter().map(|policy| policy.arn).collect(),
    };
    let (exposed, tags) = (Exposed::default(), read(&role.tags));
    Ok(Observed { arn: role.arn, name: role.name, path: role.path, detail: Some(detail), exposed, tags })
}
