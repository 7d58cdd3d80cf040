//! Roles: created, shown, changed, deleted, and their trust policies.

use serde_json::{Value, json};

use super::document;
use super::entities::{NAME_MAX, read_description, read_name, read_new_path, read_path};
use super::page::Page;
use super::permissions::{known_boundary, show_boundary};
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::stored::{add_tags, read_tags, remove_tags, show_tags};
use crate::simulator::wire::{Params, percent_encode};
use crate::simulator::world::{Role, World};

/// Most roles of an account (docs/AWS.md 3.1).
const ROLES_MAX: usize = 1000;
/// The limits of `MaxSessionDuration` in seconds, and its default (docs/AWS.md 3.1).
const MAX_SESSION: std::ops::RangeInclusive<i64> = 3600..=43_200;

pub(super) const OPERATIONS: &[Operation] = &[
    write("CreateRole", create_role),
    read("GetRole", get_role),
    write("UpdateRole", update_role),
    write("DeleteRole", delete_role),
    read("ListRoles", list_roles),
    write("UpdateAssumeRolePolicy", update_trust),
    write("TagRole", tag_role),
    write("UntagRole", untag_role),
    read("ListRoleTags", list_role_tags),
];

fn create_role(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, path) = (read_name(&params, "RoleName", NAME_MAX)?, read_new_path(&params)?);
    let (trust, description) = (params.text("AssumeRolePolicyDocument")?, read_description(&params)?);
    let max_session = params.optional_integer("MaxSessionDuration", MAX_SESSION)?.unwrap_or(*MAX_SESSION.start());
    let boundary = params.optional_text("PermissionsBoundary")?;
    let tags = read_tags(&params, "Tags")?;

    let account = call.account()?.clone();
    let mut ask = Ask::new("iam:CreateRole", format!("arn:aws:iam::{account}:role{path}{name}")).request_tags(&tags);
    if let Some(boundary) = boundary {
        ask = ask.with("iam:PermissionsBoundary", boundary);
    }
    let pass = call.authorize(world, params, ask.clone())?;
    if !tags.is_empty() {
        call.may(world, ask.but("iam:TagRole"))?;
    }
    let trust = document::trust(world, call.now, trust)?;
    if let Some(boundary) = boundary {
        known_boundary(world, call, boundary)?;
    }
    let iam = world.iam(call)?;
    if iam.role(name).is_some() {
        return Err(Failure::already_exists(format!("Role with name {name} already exists.")));
    }
    if iam.roles.len() >= ROLES_MAX {
        return Err(Failure::limit_exceeded(format!("Cannot exceed quota for RolesPerAccount: {ROLES_MAX}")));
    }
    let id = world.unique_id("AROA");
    let mut role = Role::new(&account, path, name, id, trust, call.now);
    role.arrives = call.now.plus(world.timing().propagation);
    role.description = description.map(str::to_owned);
    role.max_session = max_session;
    role.tags = tags;
    // The boundary is effective at once: a new role is never seen without it.
    role.permissions.change(call.now, std::time::Duration::ZERO, |permissions| permissions.boundary = boundary.map(str::to_owned));
    let shown = show_role(&role, Detail::Full);
    world.iam_mut(call)?.insert_role(role);
    Ok(pass.answer(json!({ "Role": shown })))
}

fn get_role(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let name = read_name(&params, "RoleName", NAME_MAX)?;
    let ask = world.ask_about_role(call, "iam:GetRole", name)?;
    let pass = call.authorize(world, params, ask)?;
    let shown = show_role(world.role(call, name)?, Detail::Full);
    Ok(pass.answer(json!({ "Role": shown })))
}

fn update_role(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, description) = (read_name(&params, "RoleName", NAME_MAX)?, read_description(&params)?);
    let max_session = params.optional_integer("MaxSessionDuration", MAX_SESSION)?;
    let ask = world.ask_about_bounded(call, "iam:UpdateRole", name)?;
    let pass = call.authorize(world, params, ask)?;
    let role = world.role_mut(call, name)?;
    // The API reference: without a value the default of one hour is applied.
    role.max_session = max_session.unwrap_or(*MAX_SESSION.start());
    if let Some(description) = description {
        role.description = Some(description.to_owned());
    }
    Ok(pass.answer(json!({})))
}

fn delete_role(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let name = read_name(&params, "RoleName", NAME_MAX)?;
    let ask = world.ask_about_bounded(call, "iam:DeleteRole", name)?;
    let pass = call.authorize(world, params, ask)?;
    let role = world.role_mut(call, name)?;
    let permissions = role.permissions.latest();
    if !permissions.attached.is_empty() {
        return Err(Failure::delete_conflict("Cannot delete entity, must detach all policies first."));
    }
    if !permissions.inline.is_empty() {
        return Err(Failure::delete_conflict("Cannot delete entity, must delete policies first."));
    }
    let (arn, id) = (role.arn.clone(), role.id.clone());
    world.iam_mut(call)?.roles.remove(&name.to_ascii_lowercase());
    orphan_trusts(world, &arn, &id);
    Ok(pass.answer(json!({})))
}

fn list_roles(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (page, prefix) = (Page::read(&params)?, read_path(&params, "PathPrefix")?);
    let pass = call.authorize(world, params, Ask::new("iam:ListRoles", "*"))?;
    let roles = world.iam(call)?.roles.iter().filter(|(_, role)| role.path.starts_with(prefix));
    Ok(pass.answer(page.cut("Roles", roles.map(|(key, role)| (key.clone(), show_role(role, Detail::Listed))))))
}

fn update_trust(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, trust) = (read_name(&params, "RoleName", NAME_MAX)?, params.text("PolicyDocument")?);
    let ask = world.ask_about_bounded(call, "iam:UpdateAssumeRolePolicy", name)?;
    let pass = call.authorize(world, params, ask)?;
    let trust = document::trust(world, call.now, trust)?;
    let delay = world.timing().propagation;
    world.role_mut(call, name)?.trust.change(call.now, delay, |document| *document = trust);
    Ok(pass.answer(json!({})))
}

fn tag_role(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, tags) = (read_name(&params, "RoleName", NAME_MAX)?, read_tags(&params, "Tags")?);
    let ask = world.ask_about_role(call, "iam:TagRole", name)?.request_tags(&tags);
    let pass = call.authorize(world, params, ask)?;
    let role = world.role_mut(call, name)?;
    let mut kept = role.tags.clone();
    add_tags(call.service, &mut kept, tags)?;
    role.tags = kept;
    Ok(pass.answer(json!({})))
}

fn untag_role(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, keys) = (read_name(&params, "RoleName", NAME_MAX)?, params.texts("TagKeys")?);
    let ask = world.ask_about_role(call, "iam:UntagRole", name)?.tag_keys(keys.iter().copied());
    let pass = call.authorize(world, params, ask)?;
    remove_tags(call.service, &mut world.role_mut(call, name)?.tags, &keys);
    Ok(pass.answer(json!({})))
}

fn list_role_tags(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (page, name) = (Page::read(&params)?, read_name(&params, "RoleName", NAME_MAX)?);
    let ask = world.ask_about_role(call, "iam:ListRoleTags", name)?;
    let pass = call.authorize(world, params, ask)?;
    let tags = world.role(call, name)?.tags.iter();
    Ok(pass.answer(page.cut("Tags", tags.map(|(key, value)| (key.clone(), json!({ "Key": key, "Value": value }))))))
}

/// The parts of a role that are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Full,
    /// Lists omit boundary and tags (docs/AWS.md 3.2).
    Listed,
}

/// Returns a role as the answer to its creation shows it.
pub(super) fn show_made(role: &Role) -> Value {
    show_role(role, Detail::Full)
}

fn show_role(role: &Role, detail: Detail) -> Value {
    let mut shown = json!({
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": role.arn,
        "CreateDate": role.made.iso(),
        "AssumeRolePolicyDocument": percent_encode(role.trust.latest().text()),
        "Description": role.description,
        "MaxSessionDuration": role.max_session,
    });
    if detail == Detail::Full {
        shown["PermissionsBoundary"] = show_boundary(role.permissions.latest());
        shown["RoleLastUsed"] = json!({});
        if !role.tags.is_empty() {
            shown["Tags"] = show_tags(&role.tags);
        }
    }
    shown
}

/// Shows a role with its policies but without its longest session and description, as only `GetAccountAuthorizationDetails` does.
pub(super) fn show_role_whole(role: &Role) -> Value {
    let mut shown = show_role(role, Detail::Full);
    let permissions = role.permissions.latest();
    let inline = permissions.inline.iter();
    shown["RolePolicyList"] =
        inline.map(|(name, document)| json!({ "PolicyName": name, "PolicyDocument": percent_encode(document.text()) })).collect();
    shown["AttachedManagedPolicies"] =
        permissions.attached.iter().map(|arn| json!({ "PolicyName": arn.rsplit('/').next(), "PolicyArn": arn })).collect();
    shown["InstanceProfileList"] = json!([]);
    if let Some(shown) = shown.as_object_mut() {
        shown.remove("MaxSessionDuration");
        shown.remove("Description");
    }
    shown
}

/// Replaces a deleted principal in trust policies by its unique id, as IAM does; no other principal ever gets that id (docs/AWS.md
/// 3.2).
fn orphan_trusts(world: &mut World, arn: &str, id: &str) {
    for role in world.accounts.values_mut().flat_map(|account| account.iam.roles.values_mut()) {
        role.trust.change_all(|document| {
            if let Some(orphaned) = without_principal(document.text(), arn, id) {
                *document = orphaned;
            }
        });
    }
}

fn without_principal(text: &str, arn: &str, id: &str) -> Option<crate::simulator::stored::StoredDocument> {
    if !text.contains(arn) {
        return None;
    }
    let mut document: Value = serde_json::from_str(text).ok()?;
    let statements = match document.get_mut("Statement")? {
        Value::Array(statements) => statements.iter_mut().collect(),
        single => vec![single],
    };
    for principal in statements.into_iter().filter_map(|statement| statement.get_mut("Principal")?.get_mut("AWS")) {
        let names = match principal {
            Value::Array(names) => names.iter_mut().collect(),
            single => vec![single],
        };
        names.into_iter().filter(|name| name.as_str() == Some(arn)).for_each(|name| *name = id.into());
    }
    document.to_string().parse().ok()
}
