//! Values of a template: references and functions are replaced by what they stand for.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::errors::{format_error, template_error};
use super::references::{attribute, function, plain_text};
use super::whole::Template;
use crate::simulator::failure::Failure;

/// What is known of a resource: what `Ref` and `Fn::GetAtt` give.
#[derive(Debug, Clone, Default)]
pub(in crate::simulator::service::cloudformation) struct Facts {
    pub(in crate::simulator::service::cloudformation) physical: String,
    pub(in crate::simulator::service::cloudformation) attributes: BTreeMap<String, String>,
}

/// The pseudo parameters.
#[derive(Debug, Clone)]
pub(in crate::simulator::service::cloudformation) struct Pseudo {
    pub(in crate::simulator::service::cloudformation) account: String,
    pub(in crate::simulator::service::cloudformation) region: String,
    pub(in crate::simulator::service::cloudformation) stack_id: String,
    pub(in crate::simulator::service::cloudformation) stack_name: String,
}

/// What a template is evaluated with.
#[derive(Debug)]
pub(in crate::simulator::service::cloudformation) struct Scope<'a> {
    template: &'a Template,
    pseudo: Pseudo,
    parameters: BTreeMap<String, Value>,
    pub(super) conditions: BTreeMap<String, bool>,
    pub(in crate::simulator::service::cloudformation) resources: BTreeMap<String, Facts>,
}

impl<'a> Scope<'a> {
    /// Checks the values of the parameters and the rules, and evaluates the conditions. No resource is known yet.
    pub(in crate::simulator::service::cloudformation) fn new(
        template: &'a Template,
        values: &BTreeMap<String, String>,
        pseudo: Pseudo,
    ) -> Result<Self, Failure> {
        let parameters = template.typed(values)?;
        let mut scope = Self { template, pseudo, parameters, conditions: BTreeMap::new(), resources: BTreeMap::new() };
        scope.decide(&template.conditions)?;
        scope.check_rules(&template.rules)?;
        Ok(scope)
    }

    /// Returns whether something with this condition is there.
    pub(in crate::simulator::service::cloudformation) fn is_wanted(&self, condition: Option<&String>) -> bool {
        condition.is_none_or(|name| self.conditions.get(name).copied().unwrap_or_default())
    }

    /// Evaluates a value; `None` is `AWS::NoValue`.
    pub(in crate::simulator::service::cloudformation) fn value(&self, written: &Value) -> Result<Option<Value>, Failure> {
        match written {
            Value::Object(members) => {
                if let Some((name, argument)) = function(members) {
                    return self.call(name, argument);
                }
                let mut evaluated = Map::new();
                for (name, member) in members {
                    if let Some(value) = self.value(member)? {
                        evaluated.insert(name.clone(), value);
                    }
                }
                Ok(Some(Value::Object(evaluated)))
            }
            Value::Array(items) => {
                let items = items.iter().filter_map(|item| self.value(item).transpose());
                Ok(Some(Value::Array(items.collect::<Result<_, Failure>>()?)))
            }
            Value::String(text) if text.contains("{{resolve:") => {
                Err(Failure::not_implemented("dynamic references ({{resolve:…}}) in a template"))
            }
            Value::Null => Err(format_error("[/Resources] 'null' values are not allowed in templates")),
            Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(Some(written.clone())),
        }
    }

    /// Evaluates a value that must be one text.
    pub(in crate::simulator::service::cloudformation) fn text(&self, written: &Value) -> Result<String, Failure> {
        let value = self.value(written)?;
        value.as_ref().and_then(plain_text).ok_or_else(|| template_error("a value must be a string here"))
    }

    fn list(&self, written: &Value, function: &str) -> Result<Vec<Value>, Failure> {
        match self.value(written)? {
            Some(Value::Array(items)) => Ok(items),
            _ => Err(template_error(format_args!("every {function} object requires a list"))),
        }
    }

    fn call(&self, name: &str, argument: &Value) -> Result<Option<Value>, Failure> {
        let wrong = || template_error(format_args!("every {name} object requires other parameters"));
        let items = argument.as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(Some(match name {
            "Ref" => return self.reference(argument.as_str().ok_or_else(wrong)?),
            "Fn::GetAtt" => {
                let (resource, attribute) = attribute(argument).ok_or_else(wrong)?;
                self.attribute(&resource, &attribute)?.into()
            }
            "Fn::Sub" => match (argument, items) {
                (Value::String(text), _) => self.substituted(text, &Map::new())?.into(),
                (_, [Value::String(text), Value::Object(own)]) => self.substituted(text, own)?.into(),
                _ => return Err(wrong()),
            },
            "Fn::If" => {
                let [Value::String(condition), then, otherwise] = items else { return Err(wrong()) };
                return self.value(if self.decided(condition)? { then } else { otherwise });
            }
            "Fn::Join" => {
                let [Value::String(between), list] = items else { return Err(wrong()) };
                let texts = self.list(list, name)?;
                let texts: Option<Vec<String>> = texts.iter().map(plain_text).collect();
                texts.ok_or_else(wrong)?.join(between).into()
            }
            "Fn::Select" => {
                let [index, list] = items else { return Err(wrong()) };
                let index: usize = self.text(index)?.parse().map_err(|_| wrong())?;
                let list = self.list(list, name)?;
                let found = list.get(index).cloned();
                found.ok_or_else(|| template_error(format_args!("Fn::Select cannot select nonexistent value at index {index}")))?
            }
            "Fn::Split" => {
                let [Value::String(between), text] = items else { return Err(wrong()) };
                self.text(text)?.split(between.as_str()).collect()
            }
            "Fn::Equals" | "Fn::And" | "Fn::Or" | "Fn::Not" | "Condition" => {
                return Err(template_error(format_args!("{name} is allowed in conditions only")));
            }
            other => return Err(Failure::not_implemented(format_args!("the function {other} of templates"))),
        }))
    }

    /// Returns what a condition was decided to be.
    pub(super) fn decided(&self, name: &str) -> Result<bool, Failure> {
        let decided = self.conditions.get(name).copied();
        decided.ok_or_else(|| format_error(format_args!("Unresolved condition dependency {name}")))
    }

    fn reference(&self, name: &str) -> Result<Option<Value>, Failure> {
        Ok(Some(match name {
            "AWS::NoValue" => return Ok(None),
            "AWS::AccountId" => self.pseudo.account.as_str().into(),
            "AWS::Region" => self.pseudo.region.as_str().into(),
            "AWS::StackId" => self.pseudo.stack_id.as_str().into(),
            "AWS::StackName" => self.pseudo.stack_name.as_str().into(),
            "AWS::Partition" => "aws".into(),
            "AWS::URLSuffix" => "amazonaws.com".into(),
            other if other.starts_with("AWS::") => return Err(Failure::not_implemented(format_args!("the pseudo parameter {other}"))),
            other => match self.parameters.get(other) {
                Some(value) => value.clone(),
                None => self.facts(other)?.physical.as_str().into(),
            },
        }))
    }

    fn attribute(&self, resource: &str, attribute: &str) -> Result<String, Failure> {
        let found = self.facts(resource)?.attributes.get(attribute).cloned();
        found.ok_or_else(|| {
            let sort = self.template.resources.get(resource).map_or("", |resource| resource.sort.as_str());
            template_error(format_args!("resource {resource} does not support attribute type {attribute} in Fn::GetAtt ({sort})"))
        })
    }

    fn facts(&self, resource: &str) -> Result<&Facts, Failure> {
        let found = self.resources.get(resource);
        found.ok_or_else(|| {
            format_error(format_args!("Unresolved resource dependencies [{resource}] in the Resources block of the template"))
        })
    }

    fn substituted(&self, text: &str, own: &Map<String, Value>) -> Result<String, Failure> {
        let (mut result, mut rest) = (String::with_capacity(text.len()), text);
        while let Some((before, after)) = rest.split_once("${") {
            result.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                return Err(template_error("String in Fn::Sub has no closing }"));
            };
            rest = after;
            if let Some(literal) = name.strip_prefix('!') {
                result.extend(["${", literal, "}"]);
                continue;
            }
            let value = match (own.get(name), name.split_once('.')) {
                (Some(value), _) => Some(Value::String(self.text(value)?)),
                (None, Some((resource, attribute))) => Some(self.attribute(resource, attribute)?.into()),
                (None, None) => self.reference(name)?,
            };
            let text = value.as_ref().and_then(plain_text);
            result.push_str(&text.ok_or_else(|| template_error(format_args!("{name} in Fn::Sub is not a string")))?);
        }
        result.push_str(rest);
        Ok(result)
    }
}
