//! Encryption of new EBS volumes by default, off in a new account.

use serde_json::json;

use super::want::Want;
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::wire::Params;
use crate::simulator::world::World;

pub(super) const OPERATIONS: &[Operation] = &[
    write("EnableEbsEncryptionByDefault", enable),
    write("DisableEbsEncryptionByDefault", disable),
    read("GetEbsEncryptionByDefault", get),
];

fn enable(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    put(world, call, params, "ec2:EnableEbsEncryptionByDefault", true)
}

fn disable(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    put(world, call, params, "ec2:DisableEbsEncryptionByDefault", false)
}

fn put(world: &mut World, call: &Call<'_>, params: Params<'_>, action: &'static str, is_on: bool) -> Result<Answer, Failure> {
    let pass = Want::to(action).enter(world, call, params)?;
    world.network_mut(call)?.ebs_encryption = is_on;
    Ok(pass.answer(json!({ "ebsEncryptionByDefault": is_on })))
}

fn get(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let pass = Want::to("ec2:GetEbsEncryptionByDefault").enter(world, call, params)?;
    let is_on = world.network(call)?.ebs_encryption;
    Ok(pass.answer(json!({ "ebsEncryptionByDefault": is_on })))
}
