//! What a change set would change: each resource of the new template compared with that of the stack.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::template::{Facts, Scope, Template, references};
use super::types::{self, Sort};
use crate::simulator::failure::Failure;
use crate::simulator::stored::Tags;
use crate::simulator::world::{Fate, Resource, Stack};

/// Returns the changes as `DescribeChangeSet` shows them, in the order of the operation, removals last.
pub(super) fn changes(template: &Template, scope: &mut Scope<'_>, stack: Option<&Stack>, tags: &Tags) -> Result<Vec<Value>, Failure> {
    let mut shown = Vec::new();
    // Resources whose id or attributes are known only afterwards.
    let mut unknown = BTreeSet::new();
    let existing = stack.map(existing).unwrap_or_default();
    for logical in template.order()? {
        let Some(written) = template.resources.get(logical).filter(|written| scope.is_wanted(written.condition.as_ref())) else { continue };
        let sort = types::find(&written.sort)?;
        let Some(resource) = existing.get(logical) else {
            unknown.insert(logical.to_owned());
            shown.push(json!({ "Action": "Add", "LogicalResourceId": logical, "ResourceType": sort.name }));
            continue;
        };
        if resource.sort != sort.name {
            return Err(Failure::validation(format!(
                "Update of resource type is not permitted. The new template modifies resource type of the following resources: [{logical}]"
            )));
        }
        let evaluated = Evaluated::new(sort, scope, &written.properties, &unknown, tags)?;
        let details = evaluated.details(sort, resource);
        scope.resources.insert(logical.to_owned(), facts(resource));
        if details.is_empty() {
            continue;
        }
        let replacement = replacement(&details);
        if replacement != "False" || sort.has_changing_attributes() {
            unknown.insert(logical.to_owned());
        }
        let retains = written.on_replace.unwrap_or_default() != Fate::Delete;
        let policy = (replacement == "True").then_some(if retains { "ReplaceAndRetain" } else { "ReplaceAndDelete" });
        let is_about_tags = details.iter().any(|detail| detail["Target"]["Attribute"] == "Tags");
        let is_about_properties = details.iter().any(|detail| detail["Target"]["Attribute"] == "Properties");
        let scope = [("Properties", is_about_properties), ("Tags", is_about_tags)];
        shown.push(json!({
            "PolicyAction": policy,
            "Action": "Modify",
            "LogicalResourceId": logical,
            "PhysicalResourceId": resource.physical,
            "ResourceType": sort.name,
            "Replacement": replacement,
            "Scope": scope.iter().filter(|(_, is_there)| *is_there).map(|(name, _)| *name).collect::<Vec<_>>(),
            "Details": details,
        }));
    }
    let is_wanted = |logical: &str| template.resources.get(logical).is_some_and(|written| scope.is_wanted(written.condition.as_ref()));
    for (logical, resource) in existing.into_iter().filter(|(logical, _)| !is_wanted(logical)) {
        shown.push(json!({
            "PolicyAction": if resource.on_delete == Fate::Delete { "Delete" } else { "Retain" },
            "Action": "Remove",
            "LogicalResourceId": logical,
            "PhysicalResourceId": resource.physical,
            "ResourceType": resource.sort,
        }));
    }
    Ok(shown.into_iter().map(|change| json!({ "Type": "Resource", "ResourceChange": change })).collect())
}

/// Returns the resources of a stack that are there.
fn existing(stack: &Stack) -> BTreeMap<&str, &Resource> {
    let there = stack.resources.iter().filter(|(_, resource)| resource.physical.is_some());
    there.map(|(logical, resource)| (logical.as_str(), resource)).collect()
}

/// Returns what references to a resource give.
pub(super) fn facts(resource: &Resource) -> Facts {
    Facts { physical: resource.physical.clone().unwrap_or_default(), attributes: resource.attributes.clone() }
}

/// New properties, as far as they can be evaluated before the operation.
struct Evaluated {
    known: Map<String, Value>,
    /// The properties that depend on what is not known yet.
    unknown: BTreeSet<String>,
}

impl Evaluated {
    fn new(sort: &Sort, scope: &Scope<'_>, written: &Value, later: &BTreeSet<String>, tags: &Tags) -> Result<Self, Failure> {
        let (mut known, mut unknown) = (Map::new(), BTreeSet::new());
        for (name, value) in written.as_object().into_iter().flatten() {
            if references(value).iter().any(|name| later.contains(name)) {
                unknown.insert(name.clone());
            } else if let Some(value) = scope.value(value)? {
                known.insert(name.clone(), value);
            }
        }
        if !unknown.contains("Tags") {
            sort.tag(&mut known, tags);
        }
        Ok(Self { known, unknown })
    }

    /// Returns the properties that differ, as they are shown.
    fn details(&self, sort: &Sort, resource: &Resource) -> Vec<Value> {
        let before = resource.properties.as_object();
        let names: BTreeSet<&String> =
            before.into_iter().flatten().map(|(name, _)| name).chain(self.known.keys()).chain(&self.unknown).collect();
        let differs = |name: &&String| self.unknown.contains(*name) || resource.properties.get(name.as_str()) != self.known.get(*name);
        let detail = |name: &String| {
            let (is_unknown, is_create_only) = (self.unknown.contains(name), sort.create_only.contains(&name.as_str()));
            let recreation = match (is_create_only, is_unknown) {
                (false, _) => "Never",
                (true, false) => "Always",
                (true, true) => "Conditionally",
            };
            let target = if name == "Tags" {
                json!({ "Attribute": "Tags", "RequiresRecreation": recreation })
            } else {
                json!({ "Attribute": "Properties", "Name": name, "RequiresRecreation": recreation })
            };
            json!({
                "Target": target,
                "Evaluation": if is_unknown { "Dynamic" } else { "Static" },
                "ChangeSource": if is_unknown { "ResourceAttribute" } else { "DirectModification" },
            })
        };
        names.into_iter().filter(differs).map(detail).collect()
    }
}

/// Returns whether the details make another resource.
fn replacement(details: &[Value]) -> &'static str {
    let has = |recreation: &str| details.iter().any(|detail| detail["Target"]["RequiresRecreation"] == recreation);
    match (has("Always"), has("Conditionally")) {
        (true, _) => "True",
        (false, true) => "Conditional",
        (false, false) => "False",
    }
}
