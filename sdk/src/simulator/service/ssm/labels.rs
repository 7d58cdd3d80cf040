//! Labels of versions: a label is on one version of a parameter at most, and moves.

use serde_json::json;

use super::name::{failure, not_found};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, write};
use crate::simulator::wire::Params;
use crate::simulator::world::World;

pub(super) const OPERATIONS: &[Operation] = &[write("LabelParameterVersion", label), write("UnlabelParameterVersion", unlabel)];

/// Most labels of one version, and in one call, and the longest label (SSM API, `LabelParameterVersion`).
const LABELS_MAX: usize = 10;
const LABEL_MAX: usize = 100;

fn label(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let name = params.text("Name")?.trim();
    let (number, labels) = (read_number(&params)?, read_labels(&params)?);
    let pass = call.authorize(world, params, world.about_parameter(call, "ssm:LabelParameterVersion", name)?)?;
    let (valid, invalid): (Vec<&str>, Vec<&str>) = labels.into_iter().partition(|label| is_valid(label));
    let parameter = world.parameters_mut(call)?.get_mut(name).ok_or_else(not_found)?;
    let number = number.unwrap_or(parameter.latest.number);
    let version = parameter.versions().find(|version| version.number == number).ok_or_else(|| no_version(name, number))?;
    let more = valid.iter().filter(|label| !version.labels.contains(**label)).count();
    if version.labels.len() + more > LABELS_MAX {
        let message = "A parameter version can have maximum 10 labels. Move one or more labels to another version and try again.";
        return Err(failure("ParameterVersionLabelLimitExceeded", message));
    }
    for version in parameter.versions_mut() {
        version.labels.retain(|label| !valid.contains(&label.as_str()));
        if version.number == number {
            version.labels.extend(valid.iter().map(|label| (*label).to_owned()));
        }
    }
    Ok(pass.answer(json!({ "InvalidLabels": invalid, "ParameterVersion": number })))
}

fn unlabel(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let name = params.text("Name")?.trim();
    let number = read_number(&params)?.ok_or_else(|| params.invalid("ParameterVersion", "Member must not be null"))?;
    let labels = read_labels(&params)?;
    let pass = call.authorize(world, params, world.about_parameter(call, "ssm:UnlabelParameterVersion", name)?)?;
    let parameter = world.parameters_mut(call)?.get_mut(name).ok_or_else(not_found)?;
    let version = parameter.versions_mut().find(|version| version.number == number).ok_or_else(|| no_version(name, number))?;
    let (removed, invalid): (Vec<&str>, Vec<&str>) = labels.into_iter().partition(|label| version.labels.remove(*label));
    Ok(pass.answer(json!({ "RemovedLabels": removed, "InvalidLabels": invalid })))
}

fn read_number(params: &Params<'_>) -> Result<Option<u64>, Failure> {
    let number = params.optional_integer("ParameterVersion", 0..=i64::MAX)?;
    Ok(number.map(|number| u64::try_from(number).unwrap_or_default()))
}

fn read_labels<'a>(params: &Params<'a>) -> Result<Vec<&'a str>, Failure> {
    let labels = params.texts("Labels")?;
    if labels.is_empty() {
        return Err(params.invalid("Labels", "Member must have length greater than or equal to 1"));
    }
    if labels.len() > LABELS_MAX {
        return Err(params.invalid("Labels", "Member must have length less than or equal to 10"));
    }
    if labels.iter().any(|label| label.is_empty() || label.chars().count() > LABEL_MAX) {
        return Err(params.invalid("Labels", "Member must have 1 to 100 characters"));
    }
    Ok(labels)
}

/// Returns whether a label is one that AWS takes; others are listed in the answer (SSM API, `LabelParameterVersion`).
fn is_valid(label: &str) -> bool {
    let begins = |word: &str| label.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let alphabet = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    alphabet && !label.starts_with(|first: char| first.is_ascii_digit()) && !begins("aws") && !begins("ssm")
}

fn no_version(name: &str, number: u64) -> Failure {
    let message = format!("Systems Manager could not find version {number} of {name}. Verify the version and try again.");
    failure("ParameterVersionNotFound", message)
}
