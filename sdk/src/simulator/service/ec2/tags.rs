//! Tags of all resources with an id.

use serde_json::json;

use super::look::{Fact, Filters, PAGE_MAX, one, read_page};
use super::want::{Want, done, failure};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::stored::{Tags, add_tags, read_tags};
use crate::simulator::wire::Params;
use crate::simulator::world::World;
use crate::simulator::world::network::{Kind, Label};

pub(super) const OPERATIONS: &[Operation] =
    &[write("CreateTags", create_tags), write("DeleteTags", delete_tags), read("DescribeTags", describe_tags)];

fn create_tags(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (things, tags) = (read_things(&params)?, read_tags(&params, "Tag")?);
    let want = things.iter().fold(Want::to("ec2:CreateTags").tagging(&tags), |want, (kind, id)| want.on(*kind, id));
    let pass = want.enter(world, call, params)?;
    let network = world.network_mut(call)?;
    // Either all resources get the tags, or none.
    let mut tagged = Vec::new();
    for (kind, id) in &things {
        let mut kept = network.label(*kind, id).map(|label| label.tags.clone()).unwrap_or_default();
        add_tags(call.service, &mut kept, tags.clone())?;
        tagged.push(kept);
    }
    for ((kind, id), kept) in things.iter().zip(tagged) {
        if let Some(label) = network.label_mut(*kind, id) {
            label.tags = kept;
        }
    }
    Ok(pass.answer(done()))
}

fn delete_tags(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let things = read_things(&params)?;
    let mut removed = Vec::new();
    for tag in params.structures("Tag")? {
        removed.push((tag.text("Key")?, tag.optional_text("Value")?));
        tag.finish()?;
    }
    let asked: Tags = removed.iter().map(|(key, value)| ((*key).to_owned(), value.unwrap_or_default().to_owned())).collect();
    let want = things.iter().fold(Want::to("ec2:DeleteTags").tagging(&asked), |want, (kind, id)| want.on(*kind, id));
    let pass = want.enter(world, call, params)?;
    let network = world.network_mut(call)?;
    for (kind, id) in &things {
        if let Some(label) = network.label_mut(*kind, id) {
            // With a value, only a tag with that value is deleted; without tags in the request, every tag (EC2 API, "DeleteTags").
            label.tags.retain(|key, value| {
                !removed.is_empty() && !removed.iter().any(|(gone, of)| gone == key && of.is_none_or(|of| of == value))
            });
        }
    }
    Ok(pass.answer(done()))
}

fn describe_tags(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (page, filters) = (read_page(&params, PAGE_MAX)?, Filters::read(&params)?);
    let pass = Want::to("ec2:DescribeTags").enter(world, call, params)?;
    let facts: [Fact<'_, Tagged<'_>>; 4] = [
        ("resource-id", &|tagged| one(&tagged.label.id)),
        ("resource-type", &|tagged| one(tagged.kind.name())),
        ("key", &|tagged| one(tagged.key)),
        ("value", &|tagged| one(tagged.value)),
    ];
    filters.check(&facts)?;
    let labels = world.network(call)?.labels();
    let tagged = labels.into_iter().flat_map(|(kind, label)| label.tags.iter().map(move |(key, value)| Tagged { kind, label, key, value }));
    let meant = tagged.filter(|tagged| filters.match_all(&tagged.label.tags, tagged, &facts));
    let page = page.cut(meant.map(|tagged| {
        let Tagged { kind, label, key, value } = tagged;
        (format!("{} {key}", label.id), json!({ "resourceId": label.id, "resourceType": kind.name(), "key": key, "value": value }))
    }));
    Ok(pass.answer(json!({ "tagSet": page.items, "nextToken": page.next })))
}

/// One tag of one resource.
struct Tagged<'n> {
    kind: Kind,
    label: &'n Label,
    key: &'n str,
    value: &'n str,
}

fn read_things<'a>(params: &Params<'a>) -> Result<Vec<(Kind, &'a str)>, Failure> {
    let kind = |id: &'a str| Ok((Kind::of(id).ok_or_else(|| failure("InvalidID", format!("The ID '{id}' is not valid")))?, id));
    let things: Vec<_> = params.texts("ResourceId")?.into_iter().map(kind).collect::<Result<_, Failure>>()?;
    if things.is_empty() { Err(failure("MissingParameter", "The request must contain the parameter resourceIdSet")) } else { Ok(things) }
}
