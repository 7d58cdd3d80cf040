//! Tags of topics.

use serde_json::json;

use super::place::enter;
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::stored::{add_tags, read_tags, remove_tags, show_tags};
use crate::simulator::wire::Params;
use crate::simulator::world::{Topic, World};

pub(super) const OPERATIONS: &[Operation] =
    &[write("TagResource", tag), write("UntagResource", untag), read("ListTagsForResource", list_tags)];

fn tag(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (arn, tags) = (params.text("ResourceArn")?, read_tags(&params, "Tags")?);
    let pass = enter(world, call, params, Ask::new("sns:TagResource", "").request_tags(&tags), arn)?;
    let topic = resource(world, arn)?;
    let mut kept = topic.tags.clone();
    add_tags(call.service, &mut kept, tags)?;
    topic.tags = kept;
    Ok(pass.answer(json!({})))
}

fn untag(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (arn, keys) = (params.text("ResourceArn")?, params.texts("TagKeys")?);
    let pass = enter(world, call, params, Ask::new("sns:UntagResource", "").tag_keys(keys.iter().copied()), arn)?;
    remove_tags(call.service, &mut resource(world, arn)?.tags, &keys);
    Ok(pass.answer(json!({})))
}

fn list_tags(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let arn = params.text("ResourceArn")?;
    let pass = enter(world, call, params, Ask::new("sns:ListTagsForResource", ""), arn)?;
    let tags = show_tags(&resource(world, arn)?.tags);
    Ok(pass.answer(json!({ "Tags": tags })))
}

/// The calls about tags have an error of their own for a topic that does not exist.
fn resource<'w>(world: &'w mut World, arn: &str) -> Result<&'w mut Topic, Failure> {
    world.topics.get_mut(arn).ok_or_else(|| Failure::new("ResourceNotFound", 404, "Resource does not exist"))
}
