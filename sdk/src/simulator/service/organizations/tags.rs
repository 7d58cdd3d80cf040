//! Tags of the root, units, accounts and policies.

use serde_json::json;

use super::node::enter;
use super::page::Page;
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::stored::{add_tags, read_tags, remove_tags};
use crate::simulator::wire::Params;
use crate::simulator::world::World;

pub(super) const OPERATIONS: &[Operation] =
    &[write("TagResource", tag_resource), write("UntagResource", untag_resource), read("ListTagsForResource", list_tags)];

fn tag_resource(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (id, tags) = (params.text("ResourceId")?, read_tags(&params, "Tags")?);
    let ask = world.ask_about("organizations:TagResource", id).request_tags(&tags);
    let pass = enter(world, call, params, ask)?;
    known_resource(world, id)?;
    let mut kept = world.organization()?.tags.get(id).cloned().unwrap_or_default();
    add_tags(call.service, &mut kept, tags)?;
    world.organization_mut()?.tags.insert(id.to_owned(), kept);
    Ok(pass.answer(json!({})))
}

fn untag_resource(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (id, keys) = (params.text("ResourceId")?, params.texts("TagKeys")?);
    let ask = world.ask_about("organizations:UntagResource", id).tag_keys(keys.iter().copied());
    let pass = enter(world, call, params, ask)?;
    known_resource(world, id)?;
    if let Some(tags) = world.organization_mut()?.tags.get_mut(id) {
        remove_tags(call.service, tags, &keys);
    }
    Ok(pass.answer(json!({})))
}

fn list_tags(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (page, id) = (Page::read_unsized(&params)?, params.text("ResourceId")?);
    let ask = world.ask_about("organizations:ListTagsForResource", id);
    let pass = enter(world, call, params, ask)?;
    known_resource(world, id)?;
    let tags = world.organization()?.tags.get(id).into_iter().flatten();
    let shown = tags.map(|(key, value)| (key.clone(), json!({ "Key": key, "Value": value })));
    Ok(pass.answer(page.cut("Tags", shown)))
}

fn known_resource(world: &World, id: &str) -> Result<(), Failure> {
    let is_own = world.organization()?.policies.get(id).is_none_or(|policy| !policy.aws_managed);
    if world.target(id).is_some() && is_own {
        return Ok(());
    }
    Err(Failure::organizations("TargetNotFoundException", "We can't find a resource with the ID that you specified."))
}
