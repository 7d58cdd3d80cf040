//! What IAM says of roles: all of an account by list, or one by its name.

use std::collections::BTreeMap;

use aws_sdk_iam::types::RoleDetail;

use super::super::details::details;
use super::super::{JUST_MADE, PAGE, PATH, decoded, plain_tags};
use super::{Detail, Exposed, Observed};
use crate::aws::error::AwsError;
use crate::aws::tags::Tags;
use crate::kind::Context;

/// Reads every role of the account, two lists for all of them together.
pub(super) async fn list(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
    let sessions = sessions(cx).await?;
    let details = details(cx).await?;
    Ok(details.roles.iter().filter_map(|role| listed(role, &sessions)).collect())
}

/// Returns a role of the list; none where it is ours and was made or removed between the two lists.
fn listed(role: &RoleDetail, sessions: &BTreeMap<String, i32>) -> Option<Observed> {
    let (name, path) = (role.role_name()?.to_owned(), role.path().unwrap_or_default().to_owned());
    let detail = if path == PATH {
        let policies = role.role_policy_list().iter();
        let attached = role.attached_managed_policies().iter();
        Some(Detail {
            trust: decoded(role.assume_role_policy_document().unwrap_or_default()),
            session_seconds: *sessions.get(&name)?,
            boundary: role.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn()).map(str::to_owned),
            inline: policies.filter_map(|policy| Some((policy.policy_name()?.to_owned(), decoded(policy.policy_document()?)))).collect(),
            managed: attached.filter_map(|policy| policy.policy_arn().map(str::to_owned)).collect(),
        })
    } else {
        None
    };
    // Another path's role only stands in our way: nothing of it is ours to judge.
    let tags = if detail.is_some() { plain_tags(role.tags()) } else { Tags::new() };
    let exposed = if detail.is_some() { Exposed::default() } else { exposed(role) };
    Some(Observed { arn: role.arn().unwrap_or_default().to_owned(), name, path, detail, exposed, tags })
}

fn exposed(role: &RoleDetail) -> Exposed {
    let document = decoded(role.assume_role_policy_document().unwrap_or_default());
    let trust: serde_json::Value = serde_json::from_str(&document).unwrap_or_default();
    let statements = trust["Statement"].as_array().cloned().unwrap_or_else(|| vec![trust["Statement"].clone()]);
    let own = role.arn().and_then(|arn| arn.split(':').nth(4)).unwrap_or_default();
    let account = super::trusted::lets_in_all_of(&document, own);
    let services = statements.iter().flat_map(|statement| match &statement["Principal"]["Service"] {
        serde_json::Value::Array(services) => services.iter().filter_map(|service| service.as_str().map(str::to_owned)).collect(),
        service => service.as_str().map(str::to_owned).into_iter().collect::<Vec<_>>(),
    });
    let attached = role.attached_managed_policies().iter().filter_map(|policy| policy.policy_arn());
    // AWS's own policies have `aws` in the place of an account.
    let policies =
        attached.filter_map(|arn| arn.split_once(":policy/").filter(|(before, _)| !before.ends_with(":aws")).map(|(_, name)| name));
    Exposed {
        boundary: role.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn()).map(str::to_owned),
        services: services.collect(),
        account,
        policies: policies.map(str::to_owned).collect(),
    }
}

/// Reads the longest session of each role of ours: the one thing of them that the other list leaves out.
async fn sessions(cx: &Context<'_>) -> Result<BTreeMap<String, i32>, AwsError> {
    let client = cx.session().iam();
    let mut sessions = BTreeMap::new();
    let mut marker: Option<String> = None;
    loop {
        let list = || client.list_roles().path_prefix(PATH).max_items(PAGE).set_marker(marker.clone()).send();
        let page = cx.call("iam:ListRoles", list).await?;
        sessions.extend(page.roles().iter().map(|role| (role.role_name().to_owned(), role.max_session_duration().unwrap_or(3600))));
        marker = page.marker().map(str::to_owned);
        if !page.is_truncated() || marker.is_none() {
            return Ok(sessions);
        }
    }
}

/// Reads one role by name; none where there is none.
pub(super) async fn found(cx: &Context<'_>, name: &str) -> Result<Option<Observed>, AwsError> {
    let client = cx.session().iam();
    match cx.call("iam:GetRole", || client.get_role().role_name(name).send()).await {
        Ok(output) => {
            let Some(role) = output.role() else { return Ok(None) };
            let observed = Observed {
                arn: role.arn().to_owned(),
                name: role.role_name().to_owned(),
                path: role.path().to_owned(),
                detail: None,
                exposed: Exposed::default(),
                tags: Tags::new(),
            };
            if observed.path == PATH { Ok(Some(detailed(cx, observed).await?)) } else { Ok(Some(observed)) }
        }
        Err(error) if error.is(&["NoSuchEntity"]) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Fills in what `ListRoles` leaves out: boundary, tags, trust, policies (aws-facts 3.2).
async fn detailed(cx: &Context<'_>, observed: Observed) -> Result<Observed, AwsError> {
    const CALL: &str = "iam:GetRole";
    let client = cx.session().iam();
    let name = &observed.name;
    let patience = cx.patience().just_made(JUST_MADE);
    let output = cx.call_with(CALL, &patience, || client.get_role().role_name(name).send()).await?;
    let role = output.role().ok_or_else(|| AwsError::incomplete(CALL, "Role"))?;
    let mut inline = BTreeMap::new();
    // At most 10,240 characters of inline policies fit on a role, and 20 managed ones: neither list has a second page.
    let names = cx.call_with("iam:ListRolePolicies", &patience, || client.list_role_policies().role_name(name).send()).await?;
    for policy in names.policy_names() {
        let found =
            cx.call_with("iam:GetRolePolicy", &patience, || client.get_role_policy().role_name(name).policy_name(policy).send()).await?;
        inline.insert(policy.clone(), decoded(found.policy_document()));
    }
    let attached =
        cx.call_with("iam:ListAttachedRolePolicies", &patience, || client.list_attached_role_policies().role_name(name).send()).await?;
    Ok(Observed {
        detail: Some(Detail {
            trust: decoded(role.assume_role_policy_document().unwrap_or_default()),
            session_seconds: role.max_session_duration().unwrap_or(3600),
            boundary: role.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn()).map(str::to_owned),
            inline,
            managed: attached.attached_policies().iter().filter_map(|policy| policy.policy_arn().map(str::to_owned)).collect(),
        }),
        tags: plain_tags(role.tags()),
        ..observed
    })
}
