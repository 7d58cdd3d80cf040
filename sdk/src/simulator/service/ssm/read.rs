//! Values of parameters: one, up to ten, and those below a path.

use serde_json::{Value, json};

use super::filters::{Filters, Reader};
use super::list::{answer, read_page};
use super::name::{Found, Named, arn, is_below, not_found, version_not_found};
use super::secure;
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read};
use crate::simulator::wire::Params;
use crate::simulator::world::{ParameterVersion, World};

pub(super) const OPERATIONS: &[Operation] =
    &[read("GetParameter", get), read("GetParameters", get_several), read("GetParametersByPath", by_path)];

/// Most names in one call, and most parameters on a page (SSM API, `GetParameters`, `GetParametersByPath`).
const NAMES_MAX: usize = 10;
const PAGE: i64 = 10;

fn get(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let named = world.named(call, params.text("Name")?)?;
    let decrypt = params.optional_boolean("WithDecryption")?.unwrap_or(false);
    let ask = world.about_parameter(call, "ssm:GetParameter", &named.name)?;
    let pass = call.authorize(world, params, ask)?;
    match world.selected(call, &named)? {
        Found::Version(version) => Ok(pass.answer(json!({ "Parameter": show(world, call, &named, version, decrypt)? }))),
        Found::NoParameter => Err(not_found()),
        Found::NoVersion => Err(version_not_found(&named)),
    }
}

fn get_several(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let given = params.texts("Names")?;
    let decrypt = params.optional_boolean("WithDecryption")?.unwrap_or(false);
    let named = given.iter().map(|name| world.named(call, name)).collect::<Result<Vec<Named<'_>>, Failure>>()?;
    let Some((first, rest)) = named.split_first() else { return Err(params.invalid("Names", "Member must not be empty")) };
    if named.len() > NAMES_MAX {
        return Err(params.invalid("Names", "Member must have length less than or equal to 10"));
    }
    let ask = world.about_parameter(call, "ssm:GetParameters", &first.name)?;
    let pass = call.authorize(world, params, ask)?;
    for named in rest {
        call.may(world, world.about_parameter(call, "ssm:GetParameters", &named.name)?)?;
    }
    let (mut shown, mut unknown) = (Vec::new(), Vec::new());
    for (given, named) in given.iter().zip(&named) {
        match world.selected(call, named)? {
            Found::Version(version) => shown.push((&named.name, show(world, call, named, version, decrypt)?)),
            Found::NoParameter | Found::NoVersion => unknown.push(*given),
        }
    }
    shown.sort_by_key(|(name, _)| *name);
    let shown: Vec<Value> = shown.into_iter().map(|(_, value)| value).collect();
    Ok(pass.answer(json!({ "Parameters": shown, "InvalidParameters": unknown })))
}

fn by_path(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let path = params.text("Path")?.trim_end_matches('/');
    let recursive = params.optional_boolean("Recursive")?.unwrap_or(false);
    let decrypt = params.optional_boolean("WithDecryption")?.unwrap_or(false);
    let filters = Filters::read(&params, Reader::ByPath)?;
    let page = read_page(&params, PAGE)?;
    let ask = world.about_parameter(call, "ssm:GetParametersByPath", path)?.with("ssm:Recursive", recursive.to_string());
    let pass = call.authorize(world, params, ask)?;
    let found = world.parameters_of(call)?.filter(|(name, parameter)| is_below(name, path, recursive) && filters.admit(name, parameter));
    let page = page.cut(found.map(|(name, _)| (name.to_owned(), name.into())));
    let mut shown = Vec::new();
    for name in page.items.as_array().into_iter().flatten().filter_map(Value::as_str) {
        // A label is a selector of the version that has it.
        let named = Named { name: name.to_owned(), selector: filters.label() };
        if let Found::Version(version) = world.selected(call, &named)? {
            shown.push(show(world, call, &named, version, decrypt)?);
        }
    }
    Ok(pass.answer(answer(shown.into(), page.next)))
}

fn show(world: &World, call: &Call<'_>, named: &Named<'_>, version: &ParameterVersion, decrypt: bool) -> Result<Value, Failure> {
    let mut shown = json!({
        "Name": named.name,
        "Type": version.kind.name(),
        "Value": secure::reveal(world, call, &named.name, version, decrypt)?,
        "Version": version.number,
        "LastModifiedDate": version.modified.epoch_seconds(),
        "ARN": arn(call, &named.name)?,
        "DataType": "text",
    });
    if let Some(selector) = named.selector {
        shown["Selector"] = format!(":{selector}").into();
    }
    Ok(shown)
}
