//! The versions of a parameter: how many are kept, and `GetParameterHistory`.

use serde_json::Value;

use super::list::{answer, read_page};
use super::name::{failure, not_found};
use super::{describe, secure};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read};
use crate::simulator::wire::Params;
use crate::simulator::world::{Parameter, ParameterVersion, World};

pub(super) const OPERATIONS: &[Operation] = &[read("GetParameterHistory", get)];

/// Most versions of one parameter (docs/AWS.md 8.1).
const VERSIONS_MAX: usize = 100;
/// Most versions on a page (SSM API, `GetParameterHistory`).
const PAGE: i64 = 50;

/// Drops the oldest version if there is no room for another one, unless it has a label.
pub(super) fn make_room(name: &str, mut parameter: Parameter) -> Result<Parameter, Failure> {
    if parameter.versions().count() < VERSIONS_MAX {
        return Ok(parameter);
    }
    if let Some(oldest) = parameter.earlier.first().filter(|oldest| !oldest.labels.is_empty()) {
        let message = format!(
            "You attempted to create a new version of {name} by calling the PutParameter API with the overwrite flag. Version {}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.",
            oldest.number
        );
        return Err(failure("ParameterMaxVersionLimitExceeded", message));
    }
    parameter.earlier.drain(..1);
    Ok(parameter)
}

fn get(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let named = world.named(call, params.text("Name")?)?;
    let decrypt = params.optional_boolean("WithDecryption")?.unwrap_or(false);
    let page = read_page(&params, PAGE)?;
    let pass = call.authorize(world, params, world.about_parameter(call, "ssm:GetParameterHistory", &named.name)?)?;
    let parameter = world.parameter(call, &named.name)?.ok_or_else(not_found)?;
    // In the order of the numbers.
    let page = page.cut(parameter.versions().map(|version| (format!("{:020}", version.number), version.number.into())));
    let on_page: Vec<u64> = page.items.as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
    let mut shown = Vec::new();
    for version in parameter.versions().filter(|version| on_page.contains(&version.number)) {
        shown.push(show(world, call, &named.name, version, decrypt)?);
    }
    Ok(pass.answer(answer(shown.into(), page.next)))
}

fn show(world: &World, call: &Call<'_>, name: &str, version: &ParameterVersion, decrypt: bool) -> Result<Value, Failure> {
    let mut shown = describe::show(name, version);
    shown["Value"] = secure::reveal(world, call, name, version, decrypt)?.into();
    shown["Labels"] = version.labels.iter().map(String::as_str).collect();
    Ok(shown)
}
