//! AWS Systems Manager: Parameter Store, plain texts in the standard tier, and service settings (`ssm/settings.rs`).
//!
//! Secure strings, lists, the advanced tier, labels, policies and sharing are not simulated. Paths are recursive only if requested,
//! and a page has at most ten parameters.

mod settings;

use serde_json::{Value, json};

use super::{Operation, page, read, write};
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::stored::read_tags;
use crate::simulator::wire::Params;
use crate::simulator::world::{Parameter, World};

/// Quotas that landfall checks as well.
#[cfg(test)]
pub(super) const QUOTAS: &[(&str, usize)] = &[("parameter", VALUE_MAX)];

pub(super) const OPERATIONS: &[&[Operation]] = &[PARAMETERS, settings::OPERATIONS];

const PARAMETERS: &[Operation] =
    &[write("PutParameter", put), read("GetParameter", get), read("GetParametersByPath", by_path), write("DeleteParameters", delete)];

/// Longest value in the standard tier (docs/AWS.md 8.1).
const VALUE_MAX: usize = 4096;
/// Most levels of a name (docs/AWS.md 8.1).
const LEVELS_MAX: usize = 15;
/// Most parameters on a page, and in one deletion (SSM API, `GetParametersByPath`, `DeleteParameters`).
const PAGE: i64 = 10;

fn put(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, value) = (params.text("Name")?, params.text("Value")?);
    let overwrite = params.optional_boolean("Overwrite")?.unwrap_or(false);
    let tags = read_tags(&params, "Tags")?;
    let kind = params.optional_text("Type")?;
    params.optional_text("Description")?;
    for (parameter, only) in [("Tier", "Standard"), ("DataType", "text")] {
        if let Some(other) = params.optional_text(parameter)?.filter(|given| *given != only) {
            return Err(Failure::not_implemented(format_args!("parameters with {parameter} {other}")));
        }
    }
    let ask = Ask::new("ssm:PutParameter", arn(call, name)?).request_tags(&tags).with("ssm:Overwrite", overwrite.to_string());
    let pass = call.authorize(world, params, ask.clone())?;
    if !tags.is_empty() {
        call.may(world, ask.but("ssm:AddTagsToResource"))?;
    }
    check_name(name)?;
    if overwrite && !tags.is_empty() {
        return Err(invalid("Invalid request: tags and overwrite can't be used together."));
    }
    if value.is_empty() || value.contains("{{") {
        return Err(invalid("Parameter value can't nest another parameter, and can't be empty."));
    }
    if value.chars().count() > VALUE_MAX {
        return Err(invalid("Standard tier parameters support a maximum parameter value of 4096 characters."));
    }
    if let Some(other) = kind.filter(|kind| *kind != "String") {
        return Err(Failure::not_implemented(format_args!("parameters of type {other}")));
    }
    let modified = call.now;
    let parameters = world.parameters.entry(call.account()?.clone()).or_default().entry(call.region.to_owned()).or_default();
    let version = match parameters.get_mut(name) {
        Some(_) if !overwrite => {
            let message = "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.";
            return Err(failure("ParameterAlreadyExists", message));
        }
        Some(known) => {
            let version = known.version + 1;
            *known = Parameter { value: value.to_owned(), version, modified, tags: std::mem::take(&mut known.tags) };
            version
        }
        None if kind.is_none() => return Err(invalid("A parameter type is required when you create a parameter.")),
        None => {
            parameters.insert(name.to_owned(), Parameter { value: value.to_owned(), version: 1, modified, tags });
            1
        }
    };
    Ok(pass.answer(json!({ "Version": version, "Tier": "Standard" })))
}

fn get(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let name = params.text("Name")?;
    params.optional_boolean("WithDecryption")?;
    let pass = call.authorize(world, params, Ask::new("ssm:GetParameter", arn(call, name)?))?;
    let found = world.parameters_of(call)?.find(|(known, _)| *known == name);
    let (name, parameter) = found.ok_or_else(|| failure("ParameterNotFound", ""))?;
    Ok(pass.answer(json!({ "Parameter": show(call, name, parameter)? })))
}

fn by_path(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let path = params.text("Path")?.trim_end_matches('/');
    let recursive = params.optional_boolean("Recursive")?.unwrap_or(false);
    params.optional_boolean("WithDecryption")?;
    let size = params.optional_integer("MaxResults", 1..=PAGE)?.unwrap_or(PAGE);
    let page = page::Page::after(size, params.optional_text("NextToken")?);
    let page = page.ok_or_else(|| failure("InvalidNextToken", "The specified token isn't valid."))?;
    let pass = call.authorize(world, params, Ask::new("ssm:GetParametersByPath", arn(call, path)?))?;
    let below =
        |name: &str| name.strip_prefix(path).and_then(|rest| rest.strip_prefix('/')).is_some_and(|rest| recursive || !rest.contains('/'));
    let mut found = Vec::new();
    for (name, parameter) in world.parameters_of(call)?.filter(|(name, _)| below(name)) {
        found.push((name.to_owned(), show(call, name, parameter)?));
    }
    let page = page.cut(found);
    let mut answer = json!({ "Parameters": page.items });
    if let Some(next) = page.next {
        answer["NextToken"] = next.into();
    }
    Ok(pass.answer(answer))
}

fn delete(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let names = params.texts("Names")?;
    let Some((first, rest)) = names.split_first() else { return Err(params.invalid("Names", "Member must not be empty")) };
    if names.len() > usize::try_from(PAGE).unwrap_or_default() {
        return Err(params.invalid("Names", "Member must have length less than or equal to 10"));
    }
    let pass = call.authorize(world, params, Ask::new("ssm:DeleteParameters", arn(call, first)?))?;
    for name in rest {
        call.may(world, Ask::new("ssm:DeleteParameters", arn(call, name)?))?;
    }
    let parameters = world.parameters.entry(call.account()?.clone()).or_default().entry(call.region.to_owned()).or_default();
    let (gone, unknown): (Vec<&str>, Vec<&str>) = names.into_iter().partition(|name| parameters.remove(*name).is_some());
    Ok(pass.answer(json!({ "DeletedParameters": gone, "InvalidParameters": unknown })))
}

impl World {
    fn parameters_of(&self, call: &Call<'_>) -> Result<impl Iterator<Item = (&str, &Parameter)>, Failure> {
        let found = self.parameters.get(call.account()?).and_then(|regions| regions.get(call.region));
        Ok(found.into_iter().flatten().map(|(name, parameter)| (name.as_str(), parameter)))
    }
}

fn show(call: &Call<'_>, name: &str, parameter: &Parameter) -> Result<Value, Failure> {
    Ok(json!({
        "Name": name,
        "Type": "String",
        "Value": parameter.value,
        "Version": parameter.version,
        "LastModifiedDate": parameter.modified.epoch_seconds(),
        "ARN": arn(call, name)?,
        "DataType": "text",
    }))
}

/// Returns a parameter's ARN; its name begins with the slash that the ARN already has.
fn arn(call: &Call<'_>, name: &str) -> Result<String, Failure> {
    Ok(format!("arn:aws:ssm:{}:{}:parameter/{}", call.region, call.account()?, name.trim_start_matches('/')))
}

fn check_name(name: &str) -> Result<(), Failure> {
    let reserved =
        name.trim_start_matches('/').get(..3).is_some_and(|start| start.eq_ignore_ascii_case("aws") || start.eq_ignore_ascii_case("ssm"));
    let alphabet = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-/".contains(&byte));
    if reserved || !alphabet || name.is_empty() || name.ends_with('/') || name.contains("//") {
        return Err(invalid(format!(
            "Parameter name {name} is not valid: only a mix of letters, numbers and the symbols .-_/ is allowed."
        )));
    }
    if name.contains('/') && !name.starts_with('/') {
        return Err(invalid("Parameter name must be a fully qualified name."));
    }
    if name.matches('/').count() > LEVELS_MAX {
        return Err(failure("HierarchyLevelLimitExceededException", "A hierarchy can have a maximum of 15 levels."));
    }
    Ok(())
}

fn failure(code: &'static str, message: impl Into<String>) -> Failure {
    Failure::new(code, 400, message)
}

fn invalid(message: impl Into<String>) -> Failure {
    failure("ValidationException", message)
}
