//! `AWS::IAM::Policy`: an inline policy of one or more roles, through IAM.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::sort::{Hands, Job, Made, Sort, TagForm, document, new_name, or_gone};
use crate::simulator::failure::Failure;
use crate::simulator::service::cloudformation::actor::Target;
use crate::simulator::world::World;

pub(super) static SORT: Sort = Sort {
    name: "AWS::IAM::Policy",
    required: &["PolicyDocument", "PolicyName", "Roles"],
    known: &["PolicyDocument", "PolicyName", "Roles"],
    untaught: &["Groups", "Users"],
    create_only: &[],
    // Its id is not its name: two policies in different roles may have the same one.
    naming: "",
    tags: TagForm::None,
    hands: Hands { make, change, remove, attributes: None },
    kept: None,
};

/// Longest id that is made here; AWS's are shorter.
const ID_MAX: usize = 64;

fn make(world: &mut World, job: &Job<'_>, _: &Sort, properties: &Value) -> Result<Made, (Failure, Option<String>)> {
    let id = new_name(world, job, ID_MAX);
    match put(world, job, &json!({}), properties) {
        Ok(()) => Ok(Made { physical: id, attributes: BTreeMap::new() }),
        // Some of its roles may have it.
        Err(failure) => Err((failure, Some(id).filter(|_| job.by.changes.get() > 0))),
    }
}

fn change(world: &mut World, job: &Job<'_>, _: &Sort, _: &str, before: &Value, after: &Value) -> Result<(), Failure> {
    put(world, job, before, after)?;
    let is_kept = |role: &String| name(before) == name(after) && roles(after).contains(role);
    delete(world, job, before, |role| !is_kept(role))
}

fn remove(world: &mut World, job: &Job<'_>, _: &Sort, _: &str, properties: &Value) -> Result<(), Failure> {
    delete(world, job, properties, |_| true)
}

fn put(world: &mut World, job: &Job<'_>, before: &Value, after: &Value) -> Result<(), Failure> {
    let text = document(after.get("PolicyDocument"));
    let is_same = name(before) == name(after) && document(before.get("PolicyDocument")) == text;
    for role in roles(after).into_iter().filter(|role| !(is_same && roles(before).contains(role))) {
        let put = json!({ "RoleName": role, "PolicyName": name(after), "PolicyDocument": text });
        job.by.perform(world, Target::Iam, "PutRolePolicy", &put)?;
    }
    Ok(())
}

fn delete(world: &mut World, job: &Job<'_>, properties: &Value, is_leaving: impl Fn(&String) -> bool) -> Result<(), Failure> {
    for role in roles(properties).into_iter().filter(is_leaving) {
        let delete = json!({ "RoleName": role, "PolicyName": name(properties) });
        or_gone(job.by.perform(world, Target::Iam, "DeleteRolePolicy", &delete))?;
    }
    Ok(())
}

fn name(properties: &Value) -> Option<&str> {
    properties.get("PolicyName")?.as_str()
}

fn roles(properties: &Value) -> BTreeSet<String> {
    let roles = properties.get("Roles").and_then(Value::as_array).into_iter().flatten();
    roles.filter_map(Value::as_str).map(str::to_owned).collect()
}
