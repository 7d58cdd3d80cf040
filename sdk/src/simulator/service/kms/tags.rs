//! Tags of keys.

use serde_json::json;

use super::place::{Page, alias_of, enter, enter_with, not_found, not_pending};
use crate::simulator::authorize::{Answer, Ask, Call, Pass};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::stored::{add_tags, read_tags, remove_tags};
use crate::simulator::wire::Params;
use crate::simulator::world::World;

pub(super) const OPERATIONS: &[Operation] =
    &[write("TagResource", tag_resource), write("UntagResource", untag_resource), read("ListResourceTags", list_tags)];

/// Most tags on a page (KMS API, `ListResourceTags`).
const PAGE_MAX: i64 = 50;

fn tag_resource(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (key, tags) = (params.text("KeyId")?, read_tags(&params, "Tags")?);
    let (pass, place) = enter_tagging(world, call, params, Ask::new("kms:TagResource", "").request_tags(&tags), key)?;
    let key = world.key_mut(&place)?;
    not_pending(key)?;
    let mut kept = key.tags.clone();
    add_tags(call.service, &mut kept, tags)?;
    key.tags = kept;
    Ok(pass.answer(json!({})))
}

fn untag_resource(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (key, keys) = (params.text("KeyId")?, params.texts("TagKeys")?);
    let (pass, place) = enter_tagging(world, call, params, Ask::new("kms:UntagResource", "").tag_keys(keys.iter().copied()), key)?;
    let key = world.key_mut(&place)?;
    not_pending(key)?;
    remove_tags(call.service, &mut key.tags, &keys);
    Ok(pass.answer(json!({})))
}

fn list_tags(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (page, key) = (Page::read(&params, PAGE_MAX, PAGE_MAX)?, params.text("KeyId")?);
    let (pass, place) = enter(world, call, params, "kms:ListResourceTags", key)?;
    let tags = world.key(&place)?.tags.iter();
    let shown = tags.map(|(key, value)| (key.clone(), json!({ "TagKey": key, "TagValue": value })));
    Ok(pass.answer(page.cut("Tags", shown)))
}

fn enter_tagging(world: &World, call: &Call<'_>, params: Params<'_>, ask: Ask, key: &str) -> Result<(Pass, super::place::Place), Failure> {
    if alias_of(key).is_some() {
        params.finish()?;
        return Err(not_found(format_args!("Invalid keyId '{key}'")));
    }
    enter_with(world, call, params, ask, key)
}
