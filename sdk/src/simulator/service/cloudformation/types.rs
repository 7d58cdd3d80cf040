//! The types of resources: what each must have, what cannot change, and who makes it.

mod kept;
mod parameter;
mod policy;
mod role;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

pub(super) use kept::is_alarm;

use super::actor::By;
use super::template::{Resource, Scope, Template, plain_text};
use crate::simulator::failure::Failure;
use crate::simulator::stored::Tags;
use crate::simulator::world::World;

/// A type of resource.
pub(super) struct Sort {
    pub(super) name: &'static str,
    required: &'static [&'static str],
    /// The properties that are simulated.
    known: &'static [&'static str],
    /// The other properties that AWS has.
    untaught: &'static [&'static str],
    /// Properties whose change makes another resource (resource schemas, `createOnlyProperties`).
    pub(super) create_only: &'static [&'static str],
    /// The property with the name that a resource may have been given.
    pub(super) naming: &'static str,
    tags: TagForm,
    hands: Hands,
}

/// How the tags of a type are written; tags of the stack are added.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TagForm {
    None,
    Map,
    List,
}

/// Who makes resources of a type.
#[derive(Clone, Copy)]
enum Hands {
    Parameter,
    Role,
    Policy,
    Kept(&'static kept::Kept),
}

/// A resource that was made or changed.
pub(super) struct Made {
    pub(super) physical: String,
    pub(super) attributes: BTreeMap<String, String>,
}

/// What a resource is made for.
pub(super) struct Job<'a> {
    pub(super) by: &'a By,
    pub(super) stack_name: &'a str,
    pub(super) logical: &'a str,
}

/// Every type; another is not simulated.
const SORTS: &[&Sort] =
    &[&parameter::SORT, &policy::SORT, &role::SORT, &kept::LOG_GROUP, &kept::ALARM, &kept::COMPOSITE_ALARM, &kept::REPOSITORY];

/// Returns a type by its name.
pub(super) fn find(name: &str) -> Result<&'static Sort, Failure> {
    let found = SORTS.iter().copied().find(|sort| sort.name == name);
    found.ok_or_else(|| Failure::not_implemented(format_args!("resources of type {name}")))
}

/// Refuses a template with types or properties that are not simulated.
pub(super) fn check(template: &Template) -> Result<(), Failure> {
    for resource in template.resources.values() {
        let sort = find(&resource.sort)?;
        let Some(members) = resource.properties.as_object() else { continue };
        if let Some(other) = members.keys().find(|name| sort.untaught.contains(&name.as_str())) {
            return Err(Failure::not_implemented(format_args!("the property {other} of {}", sort.name)));
        }
    }
    Ok(())
}

/// Returns the capability that a template needs: names of its own for resources of IAM need the stronger one.
pub(super) fn needed_capability(template: &Template) -> Option<&'static str> {
    let of_iam = || template.resources.values().filter(|resource| resource.sort.starts_with("AWS::IAM::"));
    let is_named = |resource: &Resource| {
        let naming = find(&resource.sort).map_or("", |sort| sort.naming);
        // The names of inline policies do not count: they are names in their roles.
        resource.sort != policy::SORT.name && resource.properties.get(naming).is_some()
    };
    match (of_iam().any(is_named), of_iam().next()) {
        (true, _) => Some("CAPABILITY_NAMED_IAM"),
        (false, Some(_)) => Some("CAPABILITY_IAM"),
        (false, None) => None,
    }
}

impl Sort {
    /// Evaluates the properties of a resource, with the tags of its stack.
    pub(super) fn evaluate(&self, scope: &Scope<'_>, written: &Value, stack_tags: &Tags) -> Result<Value, Failure> {
        let Some(Value::Object(mut properties)) = scope.value(written)? else {
            return Err(Failure::validation("Properties of a resource must be an object"));
        };
        self.tag(&mut properties, stack_tags);
        Ok(Value::Object(properties))
    }

    /// Adds the tags of the stack to those of a resource, which come first.
    pub(super) fn tag(&self, properties: &mut Map<String, Value>, stack_tags: &Tags) {
        if stack_tags.is_empty() || self.tags == TagForm::None {
            return;
        }
        let mut tags = stack_tags.clone();
        tags.extend(tags_of(properties.get("Tags")));
        let written = match self.tags {
            TagForm::None => return,
            TagForm::Map => json!(tags),
            TagForm::List => tag_list(&tags),
        };
        properties.insert("Tags".to_owned(), written);
    }

    /// Returns what is wrong with evaluated properties, as the registry says it.
    pub(super) fn mismatch(&self, logical: &str, properties: &Value) -> Option<String> {
        let members = properties.as_object()?;
        let missing = self.required.iter().find(|name| !members.contains_key(**name));
        let problem = match (missing, members.keys().find(|name| !self.known.contains(&name.as_str()))) {
            (Some(name), _) => format!("#: required key [{name}] not found"),
            (None, Some(name)) => format!("#: extraneous key [{name}] is not permitted"),
            (None, None) => return None,
        };
        Some(format!("Properties validation failed for resource {logical} with message:\n[{problem}]"))
    }

    /// Returns the id that a resource with these properties will have, if its name is given.
    pub(super) fn named<'p>(&self, properties: &'p Value) -> Option<&'p str> {
        properties.get(self.naming)?.as_str()
    }

    /// Makes a resource. What was made before a failure is found by its id, which is then in the error.
    pub(super) fn make(&self, world: &mut World, job: &Job<'_>, properties: &Value) -> Result<Made, (Failure, Option<String>)> {
        match self.hands {
            Hands::Parameter => parameter::make(world, job, properties),
            Hands::Role => role::make(world, job, properties),
            Hands::Policy => policy::make(world, job, properties),
            Hands::Kept(kept) => kept.make(world, job, self, properties).map_err(|failure| (failure, None)),
        }
    }

    /// Changes a resource from some properties to others.
    pub(super) fn change(&self, world: &mut World, job: &Job<'_>, id: &str, before: &Value, after: &Value) -> Result<(), Failure> {
        match self.hands {
            Hands::Parameter => parameter::change(world, job, id, before, after),
            Hands::Role => role::change(world, job, id, before, after),
            Hands::Policy => policy::change(world, job, id, before, after),
            Hands::Kept(kept) => kept.change(world, job, id),
        }
    }

    /// Returns the attributes after a change, which not every type keeps.
    pub(super) fn attributes(&self, before: BTreeMap<String, String>, after: &Value) -> BTreeMap<String, String> {
        match self.hands {
            Hands::Parameter => parameter::attributes(after),
            Hands::Role | Hands::Policy | Hands::Kept(_) => before,
        }
    }

    /// Returns whether a change in place may change what others get from a resource.
    pub(super) fn has_changing_attributes(&self) -> bool {
        match self.hands {
            Hands::Parameter => true,
            Hands::Role | Hands::Policy | Hands::Kept(_) => false,
        }
    }

    /// Removes a resource; one that is gone is removed.
    pub(super) fn remove(&self, world: &mut World, job: &Job<'_>, id: &str, properties: &Value) -> Result<(), Failure> {
        match self.hands {
            Hands::Parameter => parameter::remove(world, job, id),
            Hands::Role => role::remove(world, job, id, properties),
            Hands::Policy => policy::remove(world, job, id, properties),
            Hands::Kept(kept) => kept.remove(world, job, id),
        }
    }

    /// Returns the reason of a failed resource, in the words of its handler.
    pub(super) fn reason(&self, world: &mut World, failure: &Failure, id: Option<&str>) -> String {
        let (service, token) = (self.name.split("::").nth(1).unwrap_or_default(), world.uuid());
        let (code, message) = match (handler_code(&failure.code), id) {
            ("AlreadyExists", Some(id)) => {
                ("AlreadyExists", format!("Resource of type '{}' with identifier '{id}' already exists.", self.name))
            }
            (code, _) => {
                let (status, request) = (failure.status, world.uuid());
                (code, format!("{} (Service: {service}, Status Code: {status}, Request ID: {request})", failure.message))
            }
        };
        format!("Resource handler returned message: \"{message}\" (RequestToken: {token}, HandlerErrorCode: {code})")
    }
}

/// Returns the error code of a handler for that of a service.
fn handler_code(code: &str) -> &'static str {
    match code {
        "AccessDenied" | "AccessDeniedException" => "AccessDenied",
        "ParameterAlreadyExists" | "EntityAlreadyExists" => "AlreadyExists",
        "ParameterNotFound" | "NoSuchEntity" => "NotFound",
        "LimitExceeded" | "ParameterLimitExceeded" => "ServiceLimitExceeded",
        "ValidationException" | "ValidationError" | "MalformedPolicyDocument" | "InvalidInput" => "InvalidRequest",
        _ => "GeneralServiceException",
    }
}

/// Returns a new name for a resource that was not given one.
fn new_name(world: &mut World, job: &Job<'_>, longest: usize) -> String {
    let end = world.lower_id("-", 12).to_ascii_uppercase();
    let begin = format!("{}-{}", job.stack_name, job.logical);
    format!("{}{end}", begin.get(..longest.saturating_sub(end.len())).unwrap_or(&begin))
}

/// Returns tags from either form.
fn tags_of(written: Option<&Value>) -> Tags {
    let pair = |item: &Value| Some((plain_text(item.get("Key")?)?, plain_text(item.get("Value")?)?));
    match written {
        Some(Value::Object(members)) => members.iter().filter_map(|(key, value)| Some((key.clone(), plain_text(value)?))).collect(),
        Some(Value::Array(items)) => items.iter().filter_map(pair).collect(),
        _ => Tags::new(),
    }
}

fn tag_list(tags: &Tags) -> Value {
    tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
}

/// Returns the tags to set and the keys to remove, from one form of properties to another.
fn tag_changes(before: &Value, after: &Value) -> (Tags, Vec<String>) {
    let (old, new) = (tags_of(before.get("Tags")), tags_of(after.get("Tags")));
    let gone = old.keys().filter(|key| !new.contains_key(*key)).cloned().collect();
    (new.into_iter().filter(|(key, value)| old.get(key) != Some(value)).collect(), gone)
}

/// Returns a policy document, written as an object or as a text, as a text.
fn document(written: Option<&Value>) -> Value {
    match written {
        None => Value::Null,
        Some(Value::String(text)) => text.as_str().into(),
        Some(other) => other.to_string().into(),
    }
}

/// Returns success where something is already gone.
fn or_gone(result: Result<Value, Failure>) -> Result<(), Failure> {
    match result {
        Err(failure) if handler_code(&failure.code) != "NotFound" => Err(failure),
        Ok(_) | Err(_) => Ok(()),
    }
}
