//! Tags of secrets, which may decide who may read them.

use serde_json::json;

use super::name::not_deleted;
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, Service, write};
use crate::simulator::stored::{add_tags, read_tags, remove_tags};
use crate::simulator::wire::Params;
use crate::simulator::world::World;

pub(super) const OPERATIONS: &[Operation] = &[write("TagResource", tag), write("UntagResource", untag)];

fn tag(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (id, tags) = (params.text("SecretId")?, read_tags(&params, "Tags")?);
    let (pass, meant) = world.enter_secret(call, params, Ask::new("secretsmanager:TagResource", "").request_tags(&tags), id)?;
    let secret = world.secret_mut(call, &meant)?;
    not_deleted(secret)?;
    add_tags(Service::SecretsManager, &mut secret.tags, tags)?;
    secret.changed = call.now;
    Ok(pass.answer(json!({})))
}

fn untag(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (id, keys) = (params.text("SecretId")?, params.texts("TagKeys")?);
    let ask = Ask::new("secretsmanager:UntagResource", "").tag_keys(keys.iter().copied());
    let (pass, meant) = world.enter_secret(call, params, ask, id)?;
    let secret = world.secret_mut(call, &meant)?;
    not_deleted(secret)?;
    remove_tags(Service::SecretsManager, &mut secret.tags, &keys);
    secret.changed = call.now;
    Ok(pass.answer(json!({})))
}
