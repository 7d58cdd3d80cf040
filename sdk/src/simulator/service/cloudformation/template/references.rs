//! What values of a template refer to.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Returns an object's function and its argument, if it is a call of one.
pub(super) fn function(members: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = members.iter().next().filter(|_| members.len() == 1)?;
    (name == "Ref" || name.starts_with("Fn::")).then_some((name.as_str(), argument))
}

/// Returns the resource and the attribute of `Fn::GetAtt`.
pub(super) fn attribute(argument: &Value) -> Option<(String, String)> {
    match argument {
        Value::String(text) => text.split_once('.').map(|(resource, attribute)| (resource.to_owned(), attribute.to_owned())),
        Value::Array(items) => match items.as_slice() {
            [Value::String(resource), Value::String(attribute)] => Some((resource.clone(), attribute.clone())),
            _ => None,
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

/// Returns every name that a value refers to: parameters, resources and pseudo parameters, in both branches of an `Fn::If`.
pub(in crate::simulator::service::cloudformation) fn references(written: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(written, &mut found);
    found
}

fn collect(written: &Value, found: &mut BTreeSet<String>) {
    match written {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(members) => {
            let Some((name, argument)) = function(members) else {
                return members.values().for_each(|member| collect(member, found));
            };
            match name {
                "Ref" => found.extend(argument.as_str().map(str::to_owned)),
                "Fn::GetAtt" => found.extend(attribute(argument).map(|(resource, _)| resource)),
                "Fn::Sub" => {
                    let (text, own) = match argument {
                        Value::Array(items) => (items.first(), items.get(1)),
                        other => (Some(other), None),
                    };
                    if let Some(own) = own {
                        collect(own, found);
                    }
                    let mut rest = text.and_then(Value::as_str).unwrap_or_default();
                    while let Some((name, after)) = rest.split_once("${").and_then(|(_, after)| after.split_once('}')) {
                        rest = after;
                        let is_own = own.is_some_and(|own| own.get(name).is_some());
                        if !is_own && !name.starts_with('!') {
                            found.insert(name.split('.').next().unwrap_or(name).to_owned());
                        }
                    }
                }
                _ => collect(argument, found),
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Returns a text, number or boolean as CloudFormation writes it: a text.
pub(in crate::simulator::service::cloudformation) fn plain_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
