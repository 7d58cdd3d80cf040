//! IAM's answers about the account as a whole.

use serde_json::{Value, json};

use super::page::Page;
use super::policies::show_policy_whole;
use super::roles::show_role_whole;
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read};
use crate::simulator::wire::Params;
use crate::simulator::world::World;

pub(super) const OPERATIONS: &[Operation] = &[
    read("GetAccountSummary", get_summary),
    read("ListAccountAliases", list_aliases),
    read("GetAccountAuthorizationDetails", get_details),
];

fn get_summary(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let pass = call.authorize(world, params, Ask::new("iam:GetAccountSummary", "*"))?;
    let iam = world.iam(call)?;
    let devices = iam.users.values().filter(|user| user.device.is_some()).count();
    let counts = [
        ("Users", iam.users.len()),
        ("Roles", iam.roles.len()),
        ("Policies", iam.policies.len()),
        ("Providers", iam.providers.len()),
        ("MFADevices", devices),
        ("MFADevicesInUse", devices),
        ("Groups", 0),
        ("AccountMFAEnabled", 0),
        ("AccountAccessKeysPresent", 0),
    ];
    let entries: Value = counts.into_iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
    Ok(pass.answer(json!({ "SummaryMap": { "entry": entries } })))
}

/// Shows roles and the account's own policies, both or one of them; users, groups and AWS managed policies are not supported.
fn get_details(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (page, sorts) = (Page::read(&params)?, params.texts("Filter")?);
    if sorts.is_empty() || sorts.iter().any(|sort| !["Role", "LocalManagedPolicy"].contains(sort)) {
        return Err(Failure::not_implemented("GetAccountAuthorizationDetails with filters other than Role and LocalManagedPolicy"));
    }
    let pass = call.authorize(world, params, Ask::new("iam:GetAccountAuthorizationDetails", "*"))?;
    let iam = world.iam(call)?;
    let mut items = Vec::new();
    if sorts.contains(&"Role") {
        items.extend(iam.roles.iter().map(|(key, role)| (format!("role/{key}"), show_role_whole(role))));
    }
    if sorts.contains(&"LocalManagedPolicy") {
        for (arn, policy) in &iam.policies {
            items.push((format!("policy/{arn}"), show_policy_whole(iam, policy)?));
        }
    }
    let mut answer = page.cut("All", items);
    // One page has entities of several kinds, each kind in its own list.
    let all = answer["All"].take();
    let (roles, policies): (Vec<Value>, Vec<Value>) =
        all.as_array().into_iter().flatten().cloned().partition(|item| item.get("RoleName").is_some());
    let members = json!({
        "UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": policies,
        "IsTruncated": answer["IsTruncated"], "Marker": answer["Marker"],
    });
    Ok(pass.answer(members))
}

fn list_aliases(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let page = Page::read(&params)?;
    let pass = call.authorize(world, params, Ask::new("iam:ListAccountAliases", "*"))?;
    // There is no call that creates one.
    Ok(pass.answer(page.cut("AccountAliases", [])))
}
