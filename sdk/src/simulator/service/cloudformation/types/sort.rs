//! What a type of resource is, and what all of them share: names, tags, documents, and the words of a failure.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::simulator::failure::Failure;
use crate::simulator::service::cloudformation::actor::By;
use crate::simulator::service::cloudformation::template::{Scope, plain_text};
use crate::simulator::stored::Tags;
use crate::simulator::world::World;

/// A type of resource.
pub(in crate::simulator::service::cloudformation) struct Sort {
    pub(in crate::simulator::service::cloudformation) name: &'static str,
    pub(super) required: &'static [&'static str],
    /// The properties that are simulated.
    pub(super) known: &'static [&'static str],
    /// The other properties that AWS has.
    pub(super) untaught: &'static [&'static str],
    /// Properties whose change makes another resource (resource schemas, `createOnlyProperties`).
    pub(in crate::simulator::service::cloudformation) create_only: &'static [&'static str],
    /// The property with the name that a resource may have been given.
    pub(in crate::simulator::service::cloudformation) naming: &'static str,
    pub(super) tags: TagForm,
    pub(super) hands: Hands,
    /// What is kept of resources whose service is not simulated.
    pub(super) kept: Option<&'static Kept>,
}

/// How the tags of a type are written; tags of the stack are added.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TagForm {
    None,
    Map,
    List,
}

type Attributes = fn(&Value) -> BTreeMap<String, String>;
type Make = fn(&mut World, &Job<'_>, &Sort, &Value) -> Result<Made, (Failure, Option<String>)>;
/// By id, and with the properties before and after.
type Change = fn(&mut World, &Job<'_>, &Sort, &str, &Value, &Value) -> Result<(), Failure>;
type Remove = fn(&mut World, &Job<'_>, &Sort, &str, &Value) -> Result<(), Failure>;

/// Who makes resources of a type, through which service.
pub(super) struct Hands {
    /// Makes a resource. What was made before a failure is found by its id, which is then in the error.
    pub(super) make: Make,
    /// Changes a resource from some properties to others.
    pub(super) change: Change,
    /// Removes a resource; one that is gone is removed.
    pub(super) remove: Remove,
    /// The attributes after a change, for types that do not keep theirs.
    pub(super) attributes: Option<Attributes>,
}

/// What a type has whose service is not simulated.
pub(super) struct Kept {
    /// One action each that decides whether a resource may be made, changed and removed.
    pub(super) create: &'static str,
    pub(super) change: &'static str,
    pub(super) delete: &'static str,
    /// The ARN by the name.
    pub(super) arn: fn(&By, &str) -> String,
    pub(super) attributes: fn(&By, &str) -> Vec<(&'static str, String)>,
    pub(super) is_lower_case: bool,
    pub(super) longest: usize,
}

/// A resource that was made or changed.
pub(in crate::simulator::service::cloudformation) struct Made {
    pub(in crate::simulator::service::cloudformation) physical: String,
    pub(in crate::simulator::service::cloudformation) attributes: BTreeMap<String, String>,
}

/// What a resource is made for.
pub(in crate::simulator::service::cloudformation) struct Job<'a> {
    pub(in crate::simulator::service::cloudformation) by: &'a By,
    pub(in crate::simulator::service::cloudformation) stack_name: &'a str,
    pub(in crate::simulator::service::cloudformation) logical: &'a str,
}

impl Sort {
    /// Evaluates the properties of a resource, with the tags of its stack.
    pub(in crate::simulator::service::cloudformation) fn evaluate(
        &self,
        scope: &Scope<'_>,
        written: &Value,
        stack_tags: &Tags,
    ) -> Result<Value, Failure> {
        let Some(Value::Object(mut properties)) = scope.value(written)? else {
            return Err(Failure::validation("Properties of a resource must be an object"));
        };
        self.tag(&mut properties, stack_tags);
        Ok(Value::Object(properties))
    }

    /// Adds the tags of the stack to those of a resource, which come first.
    pub(in crate::simulator::service::cloudformation) fn tag(&self, properties: &mut Map<String, Value>, stack_tags: &Tags) {
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
    pub(in crate::simulator::service::cloudformation) fn mismatch(&self, logical: &str, properties: &Value) -> Option<String> {
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
    pub(in crate::simulator::service::cloudformation) fn named<'p>(&self, properties: &'p Value) -> Option<&'p str> {
        properties.get(self.naming)?.as_str()
    }

    /// Makes a resource.
    pub(in crate::simulator::service::cloudformation) fn make(
        &self,
        world: &mut World,
        job: &Job<'_>,
        properties: &Value,
    ) -> Result<Made, (Failure, Option<String>)> {
        (self.hands.make)(world, job, self, properties)
    }

    /// Changes a resource.
    pub(in crate::simulator::service::cloudformation) fn change(
        &self,
        world: &mut World,
        job: &Job<'_>,
        id: &str,
        before: &Value,
        after: &Value,
    ) -> Result<(), Failure> {
        (self.hands.change)(world, job, self, id, before, after)
    }

    /// Returns the attributes after a change.
    pub(in crate::simulator::service::cloudformation) fn attributes(
        &self,
        before: BTreeMap<String, String>,
        after: &Value,
    ) -> BTreeMap<String, String> {
        self.hands.attributes.map_or(before, |attributes| attributes(after))
    }

    /// Returns whether a change in place may change what others get from a resource.
    pub(in crate::simulator::service::cloudformation) fn has_changing_attributes(&self) -> bool {
        self.hands.attributes.is_some()
    }

    /// Removes a resource.
    pub(in crate::simulator::service::cloudformation) fn remove(
        &self,
        world: &mut World,
        job: &Job<'_>,
        id: &str,
        properties: &Value,
    ) -> Result<(), Failure> {
        (self.hands.remove)(world, job, self, id, properties)
    }

    /// Returns the reason of a failed resource, in the words of its handler.
    pub(in crate::simulator::service::cloudformation) fn reason(&self, world: &mut World, failure: &Failure, id: Option<&str>) -> String {
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
pub(super) fn new_name(world: &mut World, job: &Job<'_>, longest: usize) -> String {
    let end = world.lower_id("-", 12).to_ascii_uppercase();
    let begin = format!("{}-{}", job.stack_name, job.logical);
    format!("{}{end}", begin.get(..longest.saturating_sub(end.len())).unwrap_or(&begin))
}

/// Returns tags from either form.
pub(super) fn tags_of(written: Option<&Value>) -> Tags {
    let pair = |item: &Value| Some((plain_text(item.get("Key")?)?, plain_text(item.get("Value")?)?));
    match written {
        Some(Value::Object(members)) => members.iter().filter_map(|(key, value)| Some((key.clone(), plain_text(value)?))).collect(),
        Some(Value::Array(items)) => items.iter().filter_map(pair).collect(),
        _ => Tags::new(),
    }
}

pub(super) fn tag_list(tags: &Tags) -> Value {
    tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
}

/// Returns the tags to set and the keys to remove, from one form of properties to another.
pub(super) fn tag_changes(before: &Value, after: &Value) -> (Tags, Vec<String>) {
    let (old, new) = (tags_of(before.get("Tags")), tags_of(after.get("Tags")));
    let gone = old.keys().filter(|key| !new.contains_key(*key)).cloned().collect();
    (new.into_iter().filter(|(key, value)| old.get(key) != Some(value)).collect(), gone)
}

/// Returns a policy document, written as an object or as a text, as a text.
pub(super) fn document(written: Option<&Value>) -> Value {
    match written {
        None => Value::Null,
        Some(Value::String(text)) => text.as_str().into(),
        Some(other) => other.to_string().into(),
    }
}

/// Returns success where something is already gone.
pub(super) fn or_gone(result: Result<Value, Failure>) -> Result<(), Failure> {
    match result {
        Err(failure) if handler_code(&failure.code) != "NotFound" => Err(failure),
        Ok(_) | Err(_) => Ok(()),
    }
}
