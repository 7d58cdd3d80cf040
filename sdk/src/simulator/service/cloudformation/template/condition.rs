//! Conditions, and the rules about values of parameters.

use serde_json::{Map, Value};

use super::errors::{format_error, template_error};
use super::evaluate::Scope;
use super::references::plain_text;
use crate::simulator::failure::Failure;

impl Scope<'_> {
    /// Evaluates every condition, those first on which others depend.
    pub(super) fn decide(&mut self, conditions: &Map<String, Value>) -> Result<(), Failure> {
        for name in conditions.keys() {
            decide_one(self, conditions, name, conditions.len())?;
        }
        Ok(())
    }

    /// Checks the assertions of every rule whose condition holds.
    pub(super) fn check_rules(&self, rules: &Map<String, Value>) -> Result<(), Failure> {
        for (name, rule) in rules {
            let applies = rule.get("RuleCondition").map_or(Ok(true), |condition| is_true(self, condition))?;
            let assertions = rule.get("Assertions").and_then(Value::as_array);
            let assertions = assertions.ok_or_else(|| format_error(format_args!("Rule {name} must have Assertions")))?;
            for assertion in assertions.iter().filter(|_| applies) {
                let assert =
                    assertion.get("Assert").ok_or_else(|| format_error(format_args!("Rule {name} has an assertion without Assert")))?;
                if !is_true(self, assert)? {
                    let why = assertion.get("AssertDescription").and_then(Value::as_str).unwrap_or("Assertion failed");
                    return Err(Failure::validation(format!("Template validation error: Rule {name} failed: {why}")));
                }
            }
        }
        Ok(())
    }
}

/// `deeper` is how many conditions may still depend on each other: with more, there is a circle.
fn decide_one(scope: &mut Scope<'_>, conditions: &Map<String, Value>, name: &str, deeper: usize) -> Result<(), Failure> {
    if scope.conditions.contains_key(name) {
        return Ok(());
    }
    let Some(deeper) = deeper.checked_sub(1) else {
        return Err(format_error(format_args!("Circular dependency between conditions: {name}")));
    };
    let written = conditions.get(name).ok_or_else(|| format_error(format_args!("Unresolved condition dependency {name}")))?;
    let mut others = Vec::new();
    named(written, &mut others);
    for other in others {
        decide_one(scope, conditions, other, deeper)?;
    }
    let decided = is_true(scope, written)?;
    scope.conditions.insert(name.to_owned(), decided);
    Ok(())
}

/// Collects the conditions that a condition names.
fn named<'a>(written: &'a Value, found: &mut Vec<&'a str>) {
    match written {
        Value::Array(items) => items.iter().for_each(|item| named(item, found)),
        Value::Object(members) => {
            for (name, member) in members {
                match (name.as_str(), member) {
                    ("Condition", Value::String(other)) => found.push(other),
                    ("Fn::If", Value::Array(items)) => {
                        found.extend(items.first().and_then(Value::as_str));
                        for item in items {
                            named(item, found);
                        }
                    }
                    _ => named(member, found),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Evaluates a condition, or an assertion of a rule.
fn is_true(scope: &Scope<'_>, written: &Value) -> Result<bool, Failure> {
    let members = written.as_object().filter(|members| members.len() == 1);
    let Some((name, argument)) = members.and_then(|members| members.iter().next()) else {
        return Err(format_error("Conditions can only be boolean operations on parameters and other conditions"));
    };
    let items = argument.as_array().map(Vec::as_slice).unwrap_or_default();
    let wrong = || template_error(format_args!("every {name} object requires other parameters"));
    Ok(match (name.as_str(), items) {
        ("Condition", _) => scope.decided(argument.as_str().ok_or_else(wrong)?)?,
        ("Fn::Equals", [one, other]) => {
            let (one, other) = (scope.value(one)?, scope.value(other)?);
            as_texts(one) == as_texts(other)
        }
        ("Fn::Not", [one]) => !is_true(scope, one)?,
        ("Fn::And", [_, _, ..]) => {
            let each: Vec<bool> = items.iter().map(|item| is_true(scope, item)).collect::<Result<_, _>>()?;
            each.into_iter().all(|item| item)
        }
        ("Fn::Or", [_, _, ..]) => {
            let each: Vec<bool> = items.iter().map(|item| is_true(scope, item)).collect::<Result<_, _>>()?;
            each.into_iter().any(|item| item)
        }
        ("Fn::Contains", [list, one]) => texts(scope, list)?.contains(&scope.text(one)?),
        ("Fn::EachMemberEquals", [list, one]) => {
            let wanted = scope.text(one)?;
            texts(scope, list)?.iter().all(|item| *item == wanted)
        }
        ("Fn::EachMemberIn", [list, allowed]) => {
            let allowed = texts(scope, allowed)?;
            texts(scope, list)?.iter().all(|item| allowed.contains(item))
        }
        ("Fn::Equals" | "Fn::Not" | "Fn::And" | "Fn::Or" | "Fn::Contains" | "Fn::EachMemberEquals" | "Fn::EachMemberIn", _) => {
            return Err(wrong());
        }
        _ => return Err(Failure::not_implemented(format_args!("the function {name} in conditions and rules"))),
    })
}

fn texts(scope: &Scope<'_>, written: &Value) -> Result<Vec<String>, Failure> {
    let value = scope.value(written)?;
    let items = value.as_ref().and_then(Value::as_array);
    let texts = items.map(|items| items.iter().filter_map(plain_text).collect());
    texts.ok_or_else(|| template_error("a rule needs a list here"))
}

/// `true` and `"true"` are equal, and so are 1 and `"1"`.
fn as_texts(value: Option<Value>) -> Option<Value> {
    match value {
        Some(Value::Array(items)) => Some(items.into_iter().map(|item| as_texts(Some(item))).collect()),
        Some(other) => Some(plain_text(&other).map_or(other, Value::String)),
        None => None,
    }
}
