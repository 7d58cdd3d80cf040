//! Parameters are deleted with all versions, one or up to ten.

use serde_json::json;

use super::name::not_found;
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, write};
use crate::simulator::wire::Params;
use crate::simulator::world::World;

pub(super) const OPERATIONS: &[Operation] = &[write("DeleteParameter", delete), write("DeleteParameters", delete_several)];

/// Most names in one call (SSM API, `DeleteParameters`).
const NAMES_MAX: usize = 10;

fn delete(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let name = params.text("Name")?.trim();
    let pass = call.authorize(world, params, world.about_parameter(call, "ssm:DeleteParameter", name)?)?;
    world.parameters_mut(call)?.remove(name).ok_or_else(not_found)?;
    Ok(pass.answer(json!({})))
}

fn delete_several(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let names = params.texts("Names")?;
    let Some((first, rest)) = names.split_first() else { return Err(params.invalid("Names", "Member must not be empty")) };
    if names.len() > NAMES_MAX {
        return Err(params.invalid("Names", "Member must have length less than or equal to 10"));
    }
    let pass = call.authorize(world, params, world.about_parameter(call, "ssm:DeleteParameters", first)?)?;
    for name in rest {
        call.may(world, world.about_parameter(call, "ssm:DeleteParameters", name)?)?;
    }
    let parameters = world.parameters_mut(call)?;
    let (gone, unknown): (Vec<&str>, Vec<&str>) = names.into_iter().partition(|name| parameters.remove(*name).is_some());
    Ok(pass.answer(json!({ "DeletedParameters": gone, "InvalidParameters": unknown })))
}
