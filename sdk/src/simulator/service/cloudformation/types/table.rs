//! The table of all types, and what they mean for a whole template.

use super::sort::Sort;
use super::{kept, parameter, policy, role};
use crate::simulator::failure::Failure;
use crate::simulator::service::cloudformation::template::{Resource, Template};

/// Every type; another is not simulated.
const SORTS: &[&Sort] =
    &[&parameter::SORT, &policy::SORT, &role::SORT, &kept::LOG_GROUP, &kept::ALARM, &kept::COMPOSITE_ALARM, &kept::REPOSITORY];

/// Returns a type by its name.
pub(in crate::simulator::service::cloudformation) fn find(name: &str) -> Result<&'static Sort, Failure> {
    let found = SORTS.iter().copied().find(|sort| sort.name == name);
    found.ok_or_else(|| Failure::not_implemented(format_args!("resources of type {name}")))
}

/// Refuses a template with types or properties that are not simulated.
pub(in crate::simulator::service::cloudformation) fn check(template: &Template) -> Result<(), Failure> {
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
pub(in crate::simulator::service::cloudformation) fn needed_capability(template: &Template) -> Option<&'static str> {
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
