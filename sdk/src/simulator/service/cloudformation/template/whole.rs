//! A template as it is written, with everything checked that does not depend on values.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::errors::format_error;
use super::parameter::Parameter;
use super::references::references;
use crate::simulator::failure::Failure;
use crate::simulator::world::Fate;

/// A template. Names are those of its sections.
#[derive(Debug)]
pub(in crate::simulator::service::cloudformation) struct Template {
    pub(in crate::simulator::service::cloudformation) description: Option<String>,
    pub(in crate::simulator::service::cloudformation) parameters: BTreeMap<String, Parameter>,
    pub(in crate::simulator::service::cloudformation) conditions: Map<String, Value>,
    pub(super) rules: Map<String, Value>,
    pub(in crate::simulator::service::cloudformation) resources: BTreeMap<String, Resource>,
    pub(in crate::simulator::service::cloudformation) outputs: BTreeMap<String, Output>,
}

/// A resource as it is written.
#[derive(Debug)]
pub(in crate::simulator::service::cloudformation) struct Resource {
    pub(in crate::simulator::service::cloudformation) sort: String,
    pub(in crate::simulator::service::cloudformation) properties: Value,
    pub(in crate::simulator::service::cloudformation) condition: Option<String>,
    pub(in crate::simulator::service::cloudformation) on_delete: Option<Fate>,
    pub(in crate::simulator::service::cloudformation) on_replace: Option<Fate>,
    pub(super) depends_on: BTreeSet<String>,
}

/// An output as it is written.
#[derive(Debug, PartialEq)]
pub(in crate::simulator::service::cloudformation) struct Output {
    pub(in crate::simulator::service::cloudformation) value: Value,
    pub(in crate::simulator::service::cloudformation) condition: Option<String>,
    pub(in crate::simulator::service::cloudformation) description: Option<String>,
}

/// The sections that have no effect on what is made.
const SILENT: [&str; 2] = ["AWSTemplateFormatVersion", "Metadata"];

impl Template {
    /// Reads a template and checks everything that does not depend on values.
    pub(in crate::simulator::service::cloudformation) fn parse(text: &str) -> Result<Self, Failure> {
        if !text.trim_start().starts_with('{') {
            return Err(Failure::not_implemented("templates that are not JSON, such as YAML"));
        }
        let mut sections: Map<String, Value> = serde_json::from_str(text)
            .map_err(|error| format_error(format_args!("JSON not well-formed. (line {}, column {})", error.line(), error.column())))?;
        for name in SILENT {
            sections.remove(name);
        }
        let description = match sections.remove("Description") {
            None => None,
            Some(Value::String(text)) => Some(text),
            Some(_) => return Err(format_error("Description must be a string")),
        };
        let parameters = members(sections.remove("Parameters"), "Parameters")?;
        let parameters = parameters.into_iter().map(|(name, written)| {
            let parameter = Parameter::parse(&name, &written)?;
            Ok((name, parameter))
        });
        let parameters = parameters.collect::<Result<_, Failure>>()?;
        let conditions = members(sections.remove("Conditions"), "Conditions")?;
        let rules = members(sections.remove("Rules"), "Rules")?;
        let resources = members(sections.remove("Resources"), "Resources")?;
        let resources: BTreeMap<String, Resource> = resources
            .into_iter()
            .map(|(name, written)| {
                let resource = Resource::parse(&name, written)?;
                Ok((name, resource))
            })
            .collect::<Result<_, Failure>>()?;
        let outputs = members(sections.remove("Outputs"), "Outputs")?;
        let outputs = outputs.into_iter().map(|(name, written)| {
            let output = Output::parse(&name, written)?;
            Ok((name, output))
        });
        let outputs = outputs.collect::<Result<_, Failure>>()?;
        if let Some(other) = sections.keys().next() {
            return Err(if ["Mappings", "Transform", "Hooks"].contains(&other.as_str()) {
                Failure::not_implemented(format_args!("the section {other} of templates"))
            } else {
                format_error(format_args!("Invalid template property or properties [{other}]"))
            });
        }
        if resources.is_empty() {
            return Err(format_error("At least one Resources member must be defined."));
        }
        let template = Self { description, parameters, conditions, rules, resources, outputs };
        template.check()?;
        Ok(template)
    }

    /// Checks that what is referred to is there.
    fn check(&self) -> Result<(), Failure> {
        let mut missing = BTreeSet::new();
        for resource in self.resources.values() {
            let named = references(&resource.properties).into_iter().chain(resource.depends_on.iter().cloned());
            missing.extend(named.filter(|name| !self.is_known(name)));
        }
        if !missing.is_empty() {
            return Err(unresolved(&missing, "Resources"));
        }
        let of_outputs = self.outputs.values().flat_map(|output| references(&output.value));
        let missing: BTreeSet<String> = of_outputs.filter(|name| !self.is_known(name)).collect();
        if !missing.is_empty() {
            return Err(unresolved(&missing, "Outputs"));
        }
        let of_conditions = self.conditions.values().flat_map(references);
        if let Some(name) = of_conditions.into_iter().find(|name| !self.parameters.contains_key(name) && !name.starts_with("AWS::")) {
            return Err(format_error(format_args!(
                "Unresolved dependencies [{name}]. Cannot reference resources in the Conditions block of the template"
            )));
        }
        let used = self.resources.values().filter_map(|resource| resource.condition.as_ref());
        let used = used.chain(self.outputs.values().filter_map(|output| output.condition.as_ref()));
        if let Some(name) = used.into_iter().find(|name| !self.conditions.contains_key(*name)) {
            return Err(format_error(format_args!("Unresolved condition dependency {name} in the Resources block of the template")));
        }
        self.order().map(|_| ())
    }

    fn is_known(&self, name: &str) -> bool {
        name.starts_with("AWS::") || self.parameters.contains_key(name) || self.resources.contains_key(name)
    }
}

impl Resource {
    fn parse(name: &str, written: Value) -> Result<Self, Failure> {
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(format_error(format_args!("Resource name {name} is non alphanumeric.")));
        }
        let mut members = members(Some(written), name)?;
        members.remove("Metadata");
        let Some(Value::String(sort)) = members.remove("Type") else {
            return Err(format_error(format_args!("[/Resources/{name}] Every Resources object must contain a Type member.")));
        };
        let properties = match members.remove("Properties") {
            None => Value::Object(Map::new()),
            Some(properties @ Value::Object(_)) => properties,
            Some(_) => return Err(format_error(format_args!("Every Properties member must be an object: {name}"))),
        };
        let condition = text_member(&mut members, name, "Condition")?;
        let mut fate = |member: &str| -> Result<Option<Fate>, Failure> {
            match text_member(&mut members, name, member)?.as_deref() {
                None => Ok(None),
                Some("Delete") => Ok(Some(Fate::Delete)),
                Some("Retain") => Ok(Some(Fate::Retain)),
                Some("RetainExceptOnCreate") if member == "DeletionPolicy" => Ok(Some(Fate::RetainExceptOnCreate)),
                Some("Snapshot") => Err(Failure::not_implemented(format_args!("the {member} Snapshot of {name}"))),
                Some(other) => Err(format_error(format_args!("Unrecognized {member} {other} for resource {name}"))),
            }
        };
        let (on_delete, on_replace) = (fate("DeletionPolicy")?, fate("UpdateReplacePolicy")?);
        let depends_on = match members.remove("DependsOn") {
            None => BTreeSet::new(),
            Some(Value::String(other)) => BTreeSet::from([other]),
            Some(Value::Array(others)) => {
                let text = |value: &Value| value.as_str().map(str::to_owned);
                let wrong = || format_error(format_args!("DependsOn of {name} must be a list of strings"));
                others.iter().map(|other| text(other).ok_or_else(wrong)).collect::<Result<_, _>>()?
            }
            Some(_) => return Err(format_error(format_args!("DependsOn of {name} must be a string or a list of strings"))),
        };
        match members.keys().next() {
            None => Ok(Self { sort, properties, condition, on_delete, on_replace, depends_on }),
            Some(other) if ["CreationPolicy", "UpdatePolicy"].contains(&other.as_str()) => {
                Err(Failure::not_implemented(format_args!("the {other} of {name}")))
            }
            Some(other) => Err(format_error(format_args!("Invalid template resource property '{other}'"))),
        }
    }
}

impl Output {
    fn parse(name: &str, written: Value) -> Result<Self, Failure> {
        let mut members = members(Some(written), name)?;
        let (condition, description) = (text_member(&mut members, name, "Condition")?, text_member(&mut members, name, "Description")?);
        let value = members.remove("Value").ok_or_else(|| format_error(format_args!("Output {name} must have a Value")))?;
        match members.keys().next() {
            None => Ok(Self { value, condition, description }),
            Some(other) => Err(Failure::not_implemented(format_args!("the {other} of the output {name}"))),
        }
    }
}

/// Takes the members of an object; absent is empty.
fn members(written: Option<Value>, name: &str) -> Result<Map<String, Value>, Failure> {
    match written {
        None => Ok(Map::new()),
        Some(Value::Object(members)) => Ok(members),
        Some(_) => Err(format_error(format_args!("{name} must be an object"))),
    }
}

fn text_member(members: &mut Map<String, Value>, of: &str, name: &str) -> Result<Option<String>, Failure> {
    match members.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format_error(format_args!("The {name} of {of} must be a string"))),
    }
}

fn unresolved(names: &BTreeSet<String>, section: &str) -> Failure {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    format_error(format_args!("Unresolved resource dependencies [{}] in the {section} block of the template", names.join(", ")))
}
