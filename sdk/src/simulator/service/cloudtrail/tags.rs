//! Tags of trails.

use serde_json::{Value, json};

use super::place::{ask, enter_to_change, failure};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::stored::{add_tags, read_tags, remove_tags, show_tags};
use crate::simulator::wire::Params;
use crate::simulator::world::World;

pub(super) const OPERATIONS: &[Operation] = &[write("AddTags", add), write("RemoveTags", remove), read("ListTags", list_tags)];

/// Most trails in one call (CloudTrail API, `ListTags`).
const RESOURCES_MAX: usize = 20;

fn add(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (arn, tags) = (trail_arn(params.text("ResourceId")?)?, read_tags(&params, "TagsList")?);
    let (pass, place) = enter_to_change(world, call, params, "cloudtrail:AddTags", arn)?;
    let trail = world.trail_mut(&place)?;
    let mut kept = trail.tags.clone();
    add_tags(call.service, &mut kept, tags)?;
    trail.tags = kept;
    Ok(pass.answer(json!({})))
}

fn remove(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let arn = trail_arn(params.text("ResourceId")?)?;
    let mut keys = Vec::new();
    for tag in params.structures("TagsList")? {
        // The value may be given, but is not compared.
        tag.optional_text("Value")?;
        keys.push(tag.text("Key")?);
        tag.finish()?;
    }
    let (pass, place) = enter_to_change(world, call, params, "cloudtrail:RemoveTags", arn)?;
    remove_tags(call.service, &mut world.trail_mut(&place)?.tags, &keys);
    Ok(pass.answer(json!({})))
}

fn list_tags(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let arns = params.texts("ResourceIdList")?;
    params.optional_text("NextToken")?;
    let Some((first, rest)) = arns.split_first() else { return Err(params.invalid("ResourceIdList", "Member must not be empty")) };
    let pass = call.authorize(world, params, ask(call, "cloudtrail:ListTags", first)?)?;
    if arns.len() > RESOURCES_MAX {
        return Err(failure("InvalidParameterCombinationException", "ListTags takes up to 20 resources."));
    }
    for arn in rest {
        call.may(world, ask(call, "cloudtrail:ListTags", arn)?)?;
    }
    let mut shown: Vec<Value> = Vec::new();
    for arn in arns {
        let place = world.find_trail(call, trail_arn(arn)?)?;
        shown.push(json!({ "ResourceId": arn, "TagsList": show_tags(&world.trail(&place)?.tags) }));
    }
    Ok(pass.answer(json!({ "ResourceTagList": shown })))
}

fn trail_arn(arn: &str) -> Result<&str, Failure> {
    if arn.starts_with("arn:") && arn.contains(":trail/") {
        return Ok(arn);
    }
    Err(failure("CloudTrailARNInvalidException", format!("{arn} is not the ARN of a trail.")))
}
