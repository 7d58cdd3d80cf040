//! Tags of parameters; other resources of Systems Manager are not simulated.

use serde_json::json;

use super::name::failure;
use super::value::not_in;
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, Service, read, write};
use crate::simulator::stored::{Tags, add_tags, read_tags, remove_tags, show_tags};
use crate::simulator::wire::Params;
use crate::simulator::world::World;

pub(super) const OPERATIONS: &[Operation] =
    &[write("AddTagsToResource", add), write("RemoveTagsFromResource", remove), read("ListTagsForResource", list)];

/// The other resources with tags (SSM API, `AddTagsToResource`).
const OTHERS: [&str; 9] = [
    "Document",
    "ManagedInstance",
    "MaintenanceWindow",
    "PatchBaseline",
    "OpsItem",
    "OpsMetadata",
    "Automation",
    "Association",
    "CloudConnector",
];

fn add(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, tags) = (read_name(&params)?, read_tags(&params, "Tags")?);
    let ask = world.about_parameter(call, "ssm:AddTagsToResource", name)?.request_tags(&tags);
    let pass = call.authorize(world, params, ask)?;
    add_tags(Service::Ssm, tags_mut(world, call, name)?, tags)?;
    Ok(pass.answer(json!({})))
}

fn remove(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, keys) = (read_name(&params)?, params.texts("TagKeys")?);
    let ask = world.about_parameter(call, "ssm:RemoveTagsFromResource", name)?.tag_keys(keys.iter().copied());
    let pass = call.authorize(world, params, ask)?;
    remove_tags(Service::Ssm, tags_mut(world, call, name)?, &keys);
    Ok(pass.answer(json!({})))
}

fn list(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let name = read_name(&params)?;
    let pass = call.authorize(world, params, world.about_parameter(call, "ssm:ListTagsForResource", name)?)?;
    let parameter = world.parameter(call, name)?.ok_or_else(unknown)?;
    Ok(pass.answer(json!({ "TagList": show_tags(&parameter.tags) })))
}

/// Reads the name of a parameter.
fn read_name<'a>(params: &Params<'a>) -> Result<&'a str, Failure> {
    let (kind, name) = (params.text("ResourceType")?, params.text("ResourceId")?);
    match kind {
        "Parameter" => Ok(name.trim()),
        other if OTHERS.contains(&other) => Err(Failure::not_implemented(format_args!("tags of the type {other}"))),
        other => Err(not_in("resourceType", other, &format!("[Parameter, {}]", OTHERS.join(", ")))),
    }
}

fn tags_mut<'w>(world: &'w mut World, call: &Call<'_>, name: &str) -> Result<&'w mut Tags, Failure> {
    Ok(&mut world.parameters_mut(call)?.get_mut(name).ok_or_else(unknown)?.tags)
}

fn unknown() -> Failure {
    failure("InvalidResourceId", "")
}
