//! The permissions of roles and users: inline policies, attached policies, the boundary.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::document;
use super::entities::{NAME_MAX, POLICY_NAME_MAX, read_name, read_path};
use super::page::Page;
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::managed_policies::managed_document;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::stored::StoredDocument;
use crate::simulator::wire::{Params, percent_encode};
use crate::simulator::world::{Permissions, World};

/// All inline policies of a role together, without white space (docs/AWS.md 3.1).
pub(super) const INLINE_ROLE_MAX: usize = 10_240;
/// All inline policies of a user together (IAM quotas).
const INLINE_USER_MAX: usize = 2048;
/// Most managed policies on a role or user (docs/AWS.md 3.1).
pub(super) const ATTACHED_MAX: usize = 20;

pub(super) const OPERATIONS: &[Operation] = &[
    write("PutRolePolicy", put_role_policy),
    read("GetRolePolicy", get_role_policy),
    read("ListRolePolicies", list_role_policies),
    write("DeleteRolePolicy", delete_role_policy),
    write("AttachRolePolicy", attach_role_policy),
    write("DetachRolePolicy", detach_role_policy),
    read("ListAttachedRolePolicies", list_attached_role_policies),
    write("PutRolePermissionsBoundary", put_role_boundary),
    write("DeleteRolePermissionsBoundary", delete_role_boundary),
    write("PutUserPolicy", put_user_policy),
    write("AttachUserPolicy", attach_user_policy),
];

fn put_role_policy(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, policy) = (read_name(&params, "RoleName", NAME_MAX)?, read_name(&params, "PolicyName", POLICY_NAME_MAX)?);
    let text = params.text("PolicyDocument")?;
    let ask = world.ask_about_bounded(call, "iam:PutRolePolicy", name)?;
    let pass = call.authorize(world, params, ask)?;
    let delay = world.timing().propagation;
    let role = world.role_mut(call, name)?;
    let document = document::identity(text)?;
    check_inline(&role.permissions.latest().inline, policy, &document, INLINE_ROLE_MAX, &format!("role {name}"))?;
    role.permissions.change(call.now, delay, |permissions| {
        permissions.inline.insert(policy.to_owned(), document);
    });
    Ok(pass.answer(json!({})))
}

fn get_role_policy(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, policy) = (read_name(&params, "RoleName", NAME_MAX)?, read_name(&params, "PolicyName", POLICY_NAME_MAX)?);
    let ask = world.ask_about_role(call, "iam:GetRolePolicy", name)?;
    let pass = call.authorize(world, params, ask)?;
    let role = world.role(call, name)?;
    let document = role.permissions.latest().inline.get(policy).ok_or_else(|| no_inline(policy))?;
    let document = percent_encode(document.text());
    Ok(pass.answer(json!({ "RoleName": role.name, "PolicyName": policy, "PolicyDocument": document })))
}

fn list_role_policies(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (page, name) = (Page::read(&params)?, read_name(&params, "RoleName", NAME_MAX)?);
    let ask = world.ask_about_role(call, "iam:ListRolePolicies", name)?;
    let pass = call.authorize(world, params, ask)?;
    let names = world.role(call, name)?.permissions.latest().inline.keys();
    Ok(pass.answer(page.cut("PolicyNames", names.map(|name| (name.clone(), Value::from(name.as_str()))))))
}

fn delete_role_policy(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, policy) = (read_name(&params, "RoleName", NAME_MAX)?, read_name(&params, "PolicyName", POLICY_NAME_MAX)?);
    let ask = world.ask_about_bounded(call, "iam:DeleteRolePolicy", name)?;
    let pass = call.authorize(world, params, ask)?;
    let delay = world.timing().propagation;
    let role = world.role_mut(call, name)?;
    if !role.permissions.latest().inline.contains_key(policy) {
        return Err(no_inline(policy));
    }
    role.permissions.change(call.now, delay, |permissions| {
        permissions.inline.remove(policy);
    });
    Ok(pass.answer(json!({})))
}

fn attach_role_policy(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, arn) = (read_name(&params, "RoleName", NAME_MAX)?, params.text("PolicyArn")?);
    let ask = world.ask_about_bounded(call, "iam:AttachRolePolicy", name)?.with("iam:PolicyARN", arn);
    let pass = call.authorize(world, params, ask)?;
    let delay = world.timing().propagation;
    let exists = policy_exists(world, call, arn)?;
    let role = world.role_mut(call, name)?;
    check_attached(exists, role.permissions.latest(), arn)?;
    role.permissions.change(call.now, delay, |permissions| {
        permissions.attached.insert(arn.to_owned());
    });
    Ok(pass.answer(json!({})))
}

fn detach_role_policy(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, arn) = (read_name(&params, "RoleName", NAME_MAX)?, params.text("PolicyArn")?);
    let ask = world.ask_about_bounded(call, "iam:DetachRolePolicy", name)?.with("iam:PolicyARN", arn);
    let pass = call.authorize(world, params, ask)?;
    let delay = world.timing().propagation;
    let role = world.role_mut(call, name)?;
    if !role.permissions.latest().attached.contains(arn) {
        return Err(Failure::no_such_entity(format!("Policy {arn} was not found.")));
    }
    role.permissions.change(call.now, delay, |permissions| {
        permissions.attached.remove(arn);
    });
    Ok(pass.answer(json!({})))
}

fn list_attached_role_policies(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (page, name) = (Page::read(&params)?, read_name(&params, "RoleName", NAME_MAX)?);
    let prefix = read_path(&params, "PathPrefix")?;
    let ask = world.ask_about_role(call, "iam:ListAttachedRolePolicies", name)?;
    let pass = call.authorize(world, params, ask)?;
    let attached = world.role(call, name)?.permissions.latest().attached.iter();
    let shown = attached.filter_map(|arn| {
        let path = arn.split_once(":policy")?.1;
        let policy = path.rsplit('/').next()?;
        path.starts_with(prefix).then(|| (arn.clone(), json!({ "PolicyName": policy, "PolicyArn": arn })))
    });
    Ok(pass.answer(page.cut("AttachedPolicies", shown)))
}

fn put_role_boundary(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, boundary) = (read_name(&params, "RoleName", NAME_MAX)?, params.text("PermissionsBoundary")?);
    // Here the condition key is the requested boundary, not the current one.
    let ask = world.ask_about_role(call, "iam:PutRolePermissionsBoundary", name)?.with("iam:PermissionsBoundary", boundary);
    let pass = call.authorize(world, params, ask)?;
    let delay = world.timing().propagation;
    known_boundary(world, call, boundary)?;
    let role = world.role_mut(call, name)?;
    role.permissions.change(call.now, delay, |permissions| permissions.boundary = Some(boundary.to_owned()));
    Ok(pass.answer(json!({})))
}

fn delete_role_boundary(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let name = read_name(&params, "RoleName", NAME_MAX)?;
    let ask = world.ask_about_bounded(call, "iam:DeleteRolePermissionsBoundary", name)?;
    let pass = call.authorize(world, params, ask)?;
    let delay = world.timing().propagation;
    let role = world.role_mut(call, name)?;
    if role.permissions.latest().boundary.is_none() {
        return Err(Failure::no_such_entity(format!("Role {name} has no permissions boundary.")));
    }
    role.permissions.change(call.now, delay, |permissions| permissions.boundary = None);
    Ok(pass.answer(json!({})))
}

fn put_user_policy(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, policy) = (read_name(&params, "UserName", NAME_MAX)?, read_name(&params, "PolicyName", POLICY_NAME_MAX)?);
    let text = params.text("PolicyDocument")?;
    let ask = world.ask_about_user(call, "iam:PutUserPolicy", name)?;
    let pass = call.authorize(world, params, ask)?;
    let delay = world.timing().propagation;
    let user = world.user_mut(call, name)?;
    let document = document::identity(text)?;
    check_inline(&user.permissions.latest().inline, policy, &document, INLINE_USER_MAX, &format!("user {name}"))?;
    user.permissions.change(call.now, delay, |permissions| {
        permissions.inline.insert(policy.to_owned(), document);
    });
    Ok(pass.answer(json!({})))
}

fn attach_user_policy(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, arn) = (read_name(&params, "UserName", NAME_MAX)?, params.text("PolicyArn")?);
    let ask = world.ask_about_user(call, "iam:AttachUserPolicy", name)?.with("iam:PolicyARN", arn);
    let pass = call.authorize(world, params, ask)?;
    let delay = world.timing().propagation;
    let exists = policy_exists(world, call, arn)?;
    let user = world.user_mut(call, name)?;
    check_attached(exists, user.permissions.latest(), arn)?;
    user.permissions.change(call.now, delay, |permissions| {
        permissions.attached.insert(arn.to_owned());
    });
    Ok(pass.answer(json!({})))
}

/// Fails if no policy with this ARN can be a boundary.
pub(super) fn known_boundary(world: &World, call: &Call<'_>, arn: &str) -> Result<(), Failure> {
    if policy_exists(world, call, arn)? {
        return Ok(());
    }
    Err(Failure::no_such_entity(format!("Scope ARN: {arn} does not exist or is not attachable.")))
}

/// Shows the boundary of a role or user; null if there is none.
pub(super) fn show_boundary(permissions: &Permissions) -> Value {
    match &permissions.boundary {
        // The model's only value is `PermissionsBoundaryPolicy`; the service answers `Policy`.
        Some(arn) => json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn }),
        None => Value::Null,
    }
}

fn policy_exists(world: &World, call: &Call<'_>, arn: &str) -> Result<bool, Failure> {
    Ok(managed_document(arn).is_some() || world.iam(call)?.policies.contains_key(arn))
}

fn check_attached(exists: bool, permissions: &Permissions, arn: &str) -> Result<(), Failure> {
    if !exists {
        return Err(Failure::no_such_entity(format!("Policy {arn} does not exist or is not attachable.")));
    }
    if permissions.attached.len() >= ATTACHED_MAX && !permissions.attached.contains(arn) {
        return Err(Failure::limit_exceeded(format!("Cannot exceed quota for PoliciesPerRole: {ATTACHED_MAX}")));
    }
    Ok(())
}

fn check_inline(
    inline: &BTreeMap<String, StoredDocument>,
    name: &str,
    document: &StoredDocument,
    longest: usize,
    holder: &str,
) -> Result<(), Failure> {
    let others: usize = inline.iter().filter(|(other, _)| *other != name).map(|(_, document)| document.size()).sum();
    if others + document.size() > longest {
        return Err(Failure::limit_exceeded(format!("Maximum policy size of {longest} bytes exceeded for {holder}")));
    }
    Ok(())
}

fn no_inline(policy: &str) -> Failure {
    Failure::no_such_entity(format!("The role policy with name {policy} cannot be found."))
}
