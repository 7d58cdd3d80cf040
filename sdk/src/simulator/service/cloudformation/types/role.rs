//! `AWS::IAM::Role`, through IAM.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::sort::{Hands, Job, Made, Sort, TagForm, document, new_name, or_gone, tag_changes, tag_list, tags_of};
use crate::simulator::failure::Failure;
use crate::simulator::service::cloudformation::actor::Target;
use crate::simulator::world::World;

pub(super) static SORT: Sort = Sort {
    name: "AWS::IAM::Role",
    required: &["AssumeRolePolicyDocument"],
    known: &[
        "AssumeRolePolicyDocument",
        "Description",
        "ManagedPolicyArns",
        "MaxSessionDuration",
        "Path",
        "PermissionsBoundary",
        "Policies",
        "RoleName",
        "Tags",
    ],
    untaught: &[],
    create_only: &["Path", "RoleName"],
    naming: "RoleName",
    tags: TagForm::List,
    hands: Hands { make, change, remove, attributes: None },
    kept: None,
};

/// Longest name of a role (docs/AWS.md 3.1).
const NAME_MAX: usize = 64;

fn make(world: &mut World, job: &Job<'_>, _: &Sort, properties: &Value) -> Result<Made, (Failure, Option<String>)> {
    let name = match SORT.named(properties) {
        Some(name) => name.to_owned(),
        None => new_name(world, job, NAME_MAX),
    };
    let property = |name: &str| properties.get(name).cloned().unwrap_or_default();
    let create = json!({
        "RoleName": name,
        "AssumeRolePolicyDocument": document(properties.get("AssumeRolePolicyDocument")),
        "Description": property("Description"),
        "MaxSessionDuration": property("MaxSessionDuration"),
        "Path": property("Path"),
        "PermissionsBoundary": property("PermissionsBoundary"),
        "Tags": tag_list(&tags_of(properties.get("Tags"))),
    });
    let answer = job.by.perform(world, Target::Iam, "CreateRole", &create).map_err(|failure| (failure, None))?;
    let attribute = |of: &str, member: &str| Some((of.to_owned(), answer.get("Role")?.get(member)?.as_str()?.to_owned()));
    let attributes: BTreeMap<String, String> = [attribute("Arn", "Arn"), attribute("RoleId", "RoleId")].into_iter().flatten().collect();
    give(world, job, &name, &json!({}), properties).map_err(|failure| (failure, Some(name.clone())))?;
    Ok(Made { physical: name, attributes })
}

fn change(world: &mut World, job: &Job<'_>, _: &Sort, name: &str, before: &Value, after: &Value) -> Result<(), Failure> {
    let is_other = |property: &str| before.get(property) != after.get(property);
    let mut iam = |operation: &str, parameters: Value| job.by.perform(world, Target::Iam, operation, &parameters).map(drop);
    if is_other("AssumeRolePolicyDocument") {
        let text = document(after.get("AssumeRolePolicyDocument"));
        iam("UpdateAssumeRolePolicy", json!({ "RoleName": name, "PolicyDocument": text }))?;
    }
    if is_other("Description") || is_other("MaxSessionDuration") {
        let description = after.get("Description").cloned().unwrap_or_else(|| "".into());
        iam("UpdateRole", json!({ "RoleName": name, "Description": description, "MaxSessionDuration": after.get("MaxSessionDuration") }))?;
    }
    if is_other("PermissionsBoundary") {
        match after.get("PermissionsBoundary") {
            Some(arn) => iam("PutRolePermissionsBoundary", json!({ "RoleName": name, "PermissionsBoundary": arn }))?,
            None => iam("DeleteRolePermissionsBoundary", json!({ "RoleName": name }))?,
        }
    }
    let (set, gone) = tag_changes(before, after);
    if !set.is_empty() {
        iam("TagRole", json!({ "RoleName": name, "Tags": tag_list(&set) }))?;
    }
    if !gone.is_empty() {
        iam("UntagRole", json!({ "RoleName": name, "TagKeys": gone }))?;
    }
    give(world, job, name, before, after)?;
    take(world, job, name, before, after)
}

fn remove(world: &mut World, job: &Job<'_>, _: &Sort, name: &str, properties: &Value) -> Result<(), Failure> {
    take(world, job, name, properties, &json!({}))?;
    or_gone(job.by.perform(world, Target::Iam, "DeleteRole", &json!({ "RoleName": name })))
}

/// Attaches and writes the policies that are new or other than before.
fn give(world: &mut World, job: &Job<'_>, name: &str, before: &Value, after: &Value) -> Result<(), Failure> {
    let had = attached(before);
    for arn in attached(after).difference(&had) {
        job.by.perform(world, Target::Iam, "AttachRolePolicy", &json!({ "RoleName": name, "PolicyArn": arn }))?;
    }
    let had = inline(before);
    for (policy, text) in inline(after).into_iter().filter(|(policy, text)| had.get(policy) != Some(text)) {
        let put = json!({ "RoleName": name, "PolicyName": policy, "PolicyDocument": text });
        job.by.perform(world, Target::Iam, "PutRolePolicy", &put)?;
    }
    Ok(())
}

/// Detaches and deletes the policies that are no longer there.
fn take(world: &mut World, job: &Job<'_>, name: &str, before: &Value, after: &Value) -> Result<(), Failure> {
    let has = attached(after);
    for arn in attached(before).difference(&has) {
        or_gone(job.by.perform(world, Target::Iam, "DetachRolePolicy", &json!({ "RoleName": name, "PolicyArn": arn })))?;
    }
    let has = inline(after);
    for policy in inline(before).into_keys().filter(|policy| !has.contains_key(policy)) {
        or_gone(job.by.perform(world, Target::Iam, "DeleteRolePolicy", &json!({ "RoleName": name, "PolicyName": policy })))?;
    }
    Ok(())
}

fn attached(properties: &Value) -> BTreeSet<String> {
    let arns = properties.get("ManagedPolicyArns").and_then(Value::as_array).into_iter().flatten();
    arns.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Returns the inline policies: documents by name.
fn inline(properties: &Value) -> BTreeMap<String, Value> {
    let policies = properties.get("Policies").and_then(Value::as_array).into_iter().flatten();
    policies.filter_map(|policy| Some((policy.get("PolicyName")?.as_str()?.to_owned(), document(policy.get("PolicyDocument"))))).collect()
}
