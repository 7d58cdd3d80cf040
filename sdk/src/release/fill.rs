//! The first step from a release to what CloudFormation is given: what an environment is told is written into the template.
//!
//! The settings and the record of what runs are resources of the same stack as the workload, so that they change with it and are rolled
//! back with it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::canonical::{Digest, canonical};
use super::document::Release;
use super::problem::Problem;
use super::template::Template;
use crate::id::{AccountId, Partition};
use crate::name::{EnvironmentName, Region, SettingKey, Store};
use crate::ours::APPS_PATH;

/// The resource with the settings.
pub const CONFIG_RESOURCE: &str = "LandfallConfig";
/// The resource with the record of what runs. It changes with every deployment.
pub const RECORD_RESOURCE: &str = "LandfallRelease";

/// Where a release is filled in for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "callers construct it")]
pub struct Place {
    /// The environment.
    pub environment: EnvironmentName,
    /// Its tier, by name: templates have values of their own for each.
    pub tier: String,
    /// The app's account there.
    pub account: AccountId,
    /// The home Region.
    pub region: Region,
    /// The partition of both.
    pub partition: Partition,
    /// What the plan that runs now is called; none before the first.
    pub was: Option<Digest>,
    /// The version that each secret has now; one without a value is not in here.
    pub secrets: BTreeMap<SettingKey, String>,
    /// The ARN of each secret in Secrets Manager: six characters of it are AWS's own (docs/AWS.md 8.2).
    pub arns: BTreeMap<SettingKey, String>,
    /// Parameters that the environment has: its network, for example.
    pub parameters: BTreeMap<String, String>,
}

/// Returns the template with everything that an environment is told.
///
/// # Errors
///
/// Every place that cannot be filled in.
pub fn fill(release: &Release, place: &Place) -> Result<Value, Vec<Problem>> {
    let template = Template::parse(&release.template.to_string())?;
    let mut problems = Vec::new();
    let told = release.environments.get(&place.environment);
    let Some(told) = told else {
        let message = format!("the release has no configuration of `{}`", place.environment);
        return Err(vec![Problem::new("", message).hinted("make a release anew: the environment was added since")]);
    };
    let secrets = secrets(release, place, &mut problems);
    let (variables, references) = (template.pointers("environment"), template.pointers("secrets"));
    let mut whole = Value::Object(template.into_members());
    for pointer in variables {
        let values = told.config.iter().map(|(key, value)| (key.to_uppercase(), "Value", text(value)));
        let all = values.chain([
            ("LANDFALL_CONFIG".to_owned(), "Value", canonical(&Value::Object(told.config.clone()))),
            ("LANDFALL_SECRETS".to_owned(), "Value", versions(release, place)),
        ]);
        put(&mut whole, &pointer, all, &mut problems);
    }
    for pointer in references {
        let all = secrets.iter().map(|(key, arn)| (key.as_str().to_uppercase(), "ValueFrom", arn.clone()));
        put(&mut whole, &pointer, all, &mut problems);
    }
    add(
        &mut whole,
        CONFIG_RESOURCE,
        parameter(release, "config", "Configuration", &canonical(&Value::Object(told.config.clone()))),
        &mut problems,
    );
    add(&mut whole, RECORD_RESOURCE, parameter(release, "release", "What runs", &canonical(&record(release, place))), &mut problems);
    if problems.is_empty() { Ok(whole) } else { Err(problems) }
}

/// Returns the record of what runs.
fn record(release: &Release, place: &Place) -> Value {
    json!({
        "landfall": super::document::RELEASE_FORM, "release": release.digest(), "label": release.label, "was": place.was,
        "secrets": place.secrets,
    })
}

/// Returns the keys of secrets with the version that each has now, as programs are told them.
fn versions(release: &Release, place: &Place) -> String {
    let version = |key: &SettingKey| Some(format!("{key}={}", place.secrets.get(key)?));
    release.secrets.keys().filter_map(version).collect::<Vec<_>>().join(",")
}

/// Returns the ARN of each secret, after reporting those without a value.
fn secrets<'a>(release: &'a Release, place: &Place, problems: &mut Vec<Problem>) -> BTreeMap<&'a SettingKey, String> {
    let Place { environment, partition, region, account, .. } = place;
    let mut arns = BTreeMap::new();
    for (key, store) in &release.secrets {
        let arn = match store {
            Store::Ssm => Some(format!("arn:{partition}:ssm:{region}:{account}:parameter{APPS_PATH}/{}/secret/{key}", release.app)),
            Store::SecretsManager => place.arns.get(key).cloned(),
        };
        match arn.filter(|_| place.secrets.contains_key(key)) {
            Some(arn) => drop(arns.insert(key, arn)),
            None => problems.push(
                Problem::new("", format!("secret `{key}` has no value in {environment}"))
                    .hinted(format!("landfall config set {environment} {key}")),
            ),
        }
    }
    arns
}

fn parameter(release: &Release, name: &str, what: &str, value: &str) -> Value {
    let app = &release.app;
    // Up to 4 KB it stays in the free tier.
    json!({ "Type": "AWS::SSM::Parameter", "Properties": {
        "Name": format!("{APPS_PATH}/{app}/{name}"), "Type": "String", "Tier": "Intelligent-Tiering",
        "Description": format!("{what} of {app}, by landfall"), "Value": value,
    } })
}

/// A list is joined by commas, as in the variables of `landfall exec`.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(|item| item.as_str().unwrap_or_default()).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// Adds a resource whose name is landfall's.
fn add(whole: &mut Value, name: &str, resource: Value, problems: &mut Vec<Problem>) {
    let Some(resources) = whole.get_mut("Resources").and_then(Value::as_object_mut) else { return };
    if resources.insert(name.to_owned(), resource).is_some() {
        problems.push(Problem::new(format!("/Resources/{name}"), "is landfall's own name").hinted("give the resource another name"));
    }
}

/// Writes names with values to a place: a list gets objects, an object gets members.
fn put(whole: &mut Value, pointer: &str, all: impl Iterator<Item = (String, &'static str, String)>, problems: &mut Vec<Problem>) {
    let taken =
        |name: &str| Problem::new(pointer, format!("has `{name}` already, which is the name of a setting")).hinted("rename one of the two");
    match whole.pointer_mut(pointer) {
        Some(Value::Array(items)) => {
            for (name, member, value) in all {
                if items.iter().any(|item| item.get("Name").and_then(Value::as_str) == Some(&name)) {
                    problems.push(taken(&name));
                } else {
                    items.push(Value::Object(Map::from_iter([("Name".to_owned(), name.into()), (member.to_owned(), value.into())])));
                }
            }
        }
        Some(Value::Object(members)) => {
            for (name, _, value) in all {
                if members.contains_key(&name) {
                    problems.push(taken(&name));
                } else {
                    members.insert(name, Value::String(value));
                }
            }
        }
        Some(_) => problems.push(Problem::new(pointer, "is neither a list nor an object, so that no variable can be added to it")),
        None => problems.push(
            Problem::new(pointer, "is named in Metadata.Landfall, and is not in the template")
                .hinted("write an empty list or object there"),
        ),
    }
}
