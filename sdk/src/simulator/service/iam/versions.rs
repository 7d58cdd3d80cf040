//! The versions of managed policies.

use serde_json::{Value, json};

use super::page::Page;
use super::policies::{aws_policy, check_document, no_version, show_version};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::managed_policies::managed_document;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::wire::Params;
use crate::simulator::world::{PolicyVersion, World};

/// Most versions of a policy (docs/AWS.md 3.1).
pub(super) const VERSIONS_MAX: usize = 5;

pub(super) const OPERATIONS: &[Operation] = &[
    write("CreatePolicyVersion", create_version),
    read("GetPolicyVersion", get_version),
    read("ListPolicyVersions", list_versions),
    write("DeletePolicyVersion", delete_version),
    write("SetDefaultPolicyVersion", set_default_version),
];

fn create_version(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (arn, text) = (params.text("PolicyArn")?, params.text("PolicyDocument")?);
    let set_default = params.optional_boolean("SetAsDefault")?.unwrap_or(false);
    let ask = world.ask_about_managed(call, "iam:CreatePolicyVersion", arn)?;
    let pass = call.authorize(world, params, ask)?;
    let document = check_document(text)?;
    let delay = world.timing().propagation;
    let policy = world.policy_mut(call, arn)?;
    if policy.versions.len() >= VERSIONS_MAX {
        let message = "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.";
        return Err(Failure::limit_exceeded(message));
    }
    let number = policy.next_version;
    policy.next_version = number.saturating_add(1);
    policy.versions.insert(number, PolicyVersion { document: document.clone(), made: call.now });
    if set_default {
        policy.default_version = number;
        policy.updated = call.now;
        policy.document.change(call.now, delay, |effective| *effective = document);
    }
    let mut shown = show_version(policy, number)?;
    // The answer to a creation has no document.
    shown["Document"] = Value::Null;
    Ok(pass.answer(json!({ "PolicyVersion": shown })))
}

fn get_version(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (arn, version) = (params.text("PolicyArn")?, params.text("VersionId")?);
    let ask = world.ask_about_managed(call, "iam:GetPolicyVersion", arn)?;
    let pass = call.authorize(world, params, ask)?;
    let shown = match managed_document(arn) {
        Some(document) => show_version(&aws_policy(arn, document), number(version)?)?,
        None => show_version(world.policy(call, arn)?, number(version)?)?,
    };
    Ok(pass.answer(json!({ "PolicyVersion": shown })))
}

fn list_versions(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (page, arn) = (Page::read(&params)?, params.text("PolicyArn")?);
    let ask = world.ask_about_managed(call, "iam:ListPolicyVersions", arn)?;
    let pass = call.authorize(world, params, ask)?;
    let policy = world.policy(call, arn)?;
    let mut shown = Vec::new();
    for number in policy.versions.keys() {
        let mut version = show_version(policy, *number)?;
        // Lists have no documents.
        version["Document"] = Value::Null;
        shown.push((format!("{number:010}"), version));
    }
    Ok(pass.answer(page.cut("Versions", shown)))
}

fn delete_version(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (arn, version) = (params.text("PolicyArn")?, params.text("VersionId")?);
    let ask = world.ask_about_managed(call, "iam:DeletePolicyVersion", arn)?;
    let pass = call.authorize(world, params, ask)?;
    let policy = world.policy_mut(call, arn)?;
    let number = number(version)?;
    if !policy.versions.contains_key(&number) {
        return Err(no_version(arn, number));
    }
    if policy.default_version == number {
        return Err(Failure::delete_conflict("Cannot delete the default version of a policy."));
    }
    policy.versions.remove(&number);
    Ok(pass.answer(json!({})))
}

fn set_default_version(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (arn, version) = (params.text("PolicyArn")?, params.text("VersionId")?);
    let ask = world.ask_about_managed(call, "iam:SetDefaultPolicyVersion", arn)?;
    let pass = call.authorize(world, params, ask)?;
    let delay = world.timing().propagation;
    let policy = world.policy_mut(call, arn)?;
    let number = number(version)?;
    let document = policy.versions.get(&number).ok_or_else(|| no_version(arn, number))?.document.clone();
    policy.default_version = number;
    policy.updated = call.now;
    policy.document.change(call.now, delay, |effective| *effective = document);
    Ok(pass.answer(json!({})))
}

/// Reads `v2`.
fn number(version: &str) -> Result<u32, Failure> {
    let number = version.strip_prefix('v').and_then(|number| number.parse().ok());
    number.ok_or_else(|| Failure::validation(format!("Value '{version}' at 'versionId' failed to satisfy constraint: v[1-9][0-9]*")))
}
