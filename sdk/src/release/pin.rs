//! The second step: every parameter is given its value, and no other is allowed any more. So the text is all that decides what happens.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::canonical::{Digest, canonical};
use super::document::Release;
use super::fill::Place;
use super::problem::Problem;
use super::template::{OURS, Template};
use crate::name::nearest;

/// The text that CloudFormation is given for one environment. Its name is its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StackPlan {
    /// The template, in its canonical form.
    pub text: String,
    /// Its name.
    pub digest: Digest,
    /// The values of its parameters, which are given beside it, too.
    pub parameters: BTreeMap<String, String>,
}

/// Pins every parameter of a filled template to its value.
///
/// Values come, lowest first, from the parameter's `Default`, the template's own for the tier, the environment (`Place::parameters`), what the
/// release tells the environment, and its images.
///
/// # Errors
///
/// Every parameter without a value or with one that it does not allow, and every value without a parameter.
pub fn pin(filled: &Value, release: &Release, place: &Place) -> Result<StackPlan, Vec<Problem>> {
    let template = Template::parse(&filled.to_string())?;
    let mut problems = Vec::new();
    let values = values(&template, release, place, &mut problems);
    let mut members = template.clone().into_members();
    let mut parameters = BTreeMap::new();
    if let Some(declared) = members.get_mut("Parameters").and_then(Value::as_object_mut) {
        for (name, declaration) in declared.iter_mut() {
            let pointer = format!("/Parameters/{name}");
            let default = declaration.get("Default").map(scalar);
            let Some(value) = values.get(name).cloned().or(default) else {
                problems.push(
                    Problem::new(pointer, "has no value")
                        .hinted("write it under [parameters] in app.toml, or in the environment's file of values"),
                );
                continue;
            };
            match declaration.as_object_mut().map(|declaration| pinned(declaration, &value)) {
                Some(Err(wrong)) => problems.push(Problem::new(pointer, wrong)),
                _ => drop(parameters.insert(name.clone(), value)),
            }
        }
    }
    // What landfall filled in is done: it is no part of what runs.
    if let Some(metadata) = members.get_mut("Metadata").and_then(Value::as_object_mut) {
        metadata.get_mut(OURS).and_then(Value::as_object_mut).map(|ours| ours.remove("tiers"));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let whole = Value::Object(members);
    Ok(StackPlan { text: canonical(&whole), digest: Digest::of(&whole), parameters })
}

fn values(template: &Template, release: &Release, place: &Place, problems: &mut Vec<Problem>) -> BTreeMap<String, String> {
    let declared: Vec<&str> = template.parameters().map(|(name, _)| name.as_str()).collect();
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    // The template and the environment offer more than every template has.
    let offered = template.of_tier(&place.tier).into_iter().map(|(name, value)| (name, scalar(&value))).chain(place.parameters.clone());
    values.extend(offered.filter(|(name, _)| declared.contains(&name.as_str())));
    let told = release.environments.get(&place.environment).map(|told| told.parameters.clone()).unwrap_or_default();
    let images = release.images.iter().map(|(name, image)| (name.clone(), image.to_string()));
    for (name, value) in told.into_iter().chain(images) {
        if declared.contains(&name.as_str()) {
            values.insert(name, value);
            continue;
        }
        let problem = Problem::new("/Parameters", format!("has no `{name}`, which the release gives a value"));
        problems.push(match nearest(&name, declared.iter().copied()) {
            Some(near) => problem.hinted(format!("did you mean `{near}`?")),
            None => problem,
        });
    }
    values
}

/// Gives a parameter its value and allows no other; what held its value to rules has done so.
fn pinned(declaration: &mut Map<String, Value>, value: &str) -> Result<(), String> {
    let of = declaration.get("Type").and_then(Value::as_str).unwrap_or_default().to_owned();
    if of.starts_with("AWS::SSM::Parameter::Value") {
        return Err(
            "reads a parameter of Parameter Store when it is deployed, so that its value is in no text; give the value itself".to_owned()
        );
    }
    let is_list = of.starts_with("List<") || of == "CommaDelimitedList";
    let items: Vec<&str> = if is_list { value.split(',').map(str::trim).collect() } else { vec![value] };
    for item in &items {
        check(declaration, &of, item)?;
    }
    for rule in ["AllowedPattern", "MinValue", "MaxValue", "MinLength", "MaxLength", "ConstraintDescription"] {
        declaration.remove(rule);
    }
    if is_list {
        declaration.insert("Type".to_owned(), "CommaDelimitedList".into());
    } else if of.starts_with("AWS::") {
        declaration.insert("Type".to_owned(), "String".into());
    }
    declaration.insert("Default".to_owned(), value.into());
    declaration.insert("AllowedValues".to_owned(), items.into());
    Ok(())
}

/// Checks one item of a value by the rules that CloudFormation would hold it to.
fn check(declaration: &Map<String, Value>, of: &str, item: &str) -> Result<(), String> {
    let number = |name: &str| declaration.get(name).map(scalar).and_then(|text| text.parse::<f64>().ok());
    if let Some(allowed) = declaration.get("AllowedValues").and_then(Value::as_array) {
        let allowed: Vec<String> = allowed.iter().map(scalar).collect();
        if !allowed.iter().any(|one| one == item) {
            return Err(format!("`{item}` is none of {}", allowed.join(", ")));
        }
    }
    if let Some(pattern) = declaration.get("AllowedPattern").and_then(Value::as_str) {
        // CloudFormation matches the whole value, and its expressions are Java's: one that is not ours, too, is left to it.
        if regex::Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|pattern| !pattern.is_match(item)) {
            return Err(format!("`{item}` does not match {pattern}"));
        }
    }
    let is_number = matches!(of, "Number" | "List<Number>");
    let (size, least, most) = if is_number {
        let value = item.parse::<f64>().ok().filter(|value| value.is_finite()).ok_or_else(|| format!("`{item}` is not a number"))?;
        (value, number("MinValue"), number("MaxValue"))
    } else {
        (f64::from(u32::try_from(item.chars().count()).unwrap_or(u32::MAX)), number("MinLength"), number("MaxLength"))
    };
    let unit = if is_number { "" } else { " characters" };
    match (least, most) {
        (Some(least), _) if size < least => Err(format!("`{item}` is less than {least}{unit}")),
        (_, Some(most)) if size > most => Err(format!("`{item}` is more than {most}{unit}")),
        _ => Ok(()),
    }
}

/// Returns a value of a template as the text that CloudFormation takes it for.
fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(scalar).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}
