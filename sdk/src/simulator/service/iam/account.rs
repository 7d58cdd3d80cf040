//! IAM's answers about the account as a whole.

use serde_json::{Value, json};

use super::page::Page;
use super::policies::show_policy_whole;
use super::roles::show_role_whole;
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::wire::Params;
use crate::simulator::world::World;

pub(super) const OPERATIONS: &[Operation] = &[
    read("GetAccountSummary", get_summary),
    read("ListAccountAliases", list_aliases),
    write("CreateAccountAlias", create_alias),
    write("DeleteAccountAlias", delete_alias),
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
    let aliases = world.iam(call)?.alias.iter().map(|alias| (alias.clone(), alias.as_str().into()));
    Ok(pass.answer(page.cut("AccountAliases", aliases)))
}

/// An alias is unique in all of AWS, and a new one replaces that which the account has (IAM User Guide, "Create an account alias").
fn create_alias(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let alias = params.text("AccountAlias")?.to_owned();
    let pass = call.authorize(world, params, Ask::new("iam:CreateAccountAlias", "*"))?;
    let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_valid = (3..=63).contains(&alias.len())
        && alias.chars().all(is_inner)
        && !alias.starts_with('-')
        && !alias.ends_with('-')
        && !alias.contains("--");
    if !is_valid {
        return Err(Failure::validation(format!(
            "1 validation error detected: Value '{alias}' at 'accountAlias' failed to satisfy constraint"
        )));
    }
    if world.accounts.values().any(|account| account.iam.alias.as_ref() == Some(&alias)) {
        return Err(Failure::already_exists(format!("The account alias {alias} already exists.")));
    }
    world.account_mut(call.account()?)?.iam.alias = Some(alias);
    Ok(pass.answer(json!({})))
}

fn delete_alias(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let alias = params.text("AccountAlias")?.to_owned();
    let pass = call.authorize(world, params, Ask::new("iam:DeleteAccountAlias", "*"))?;
    let present = &mut world.account_mut(call.account()?)?.iam.alias;
    if present.as_ref() != Some(&alias) {
        return Err(Failure::no_such_entity(format!("The account alias {alias} does not exist.")));
    }
    *present = None;
    Ok(pass.answer(json!({})))
}
