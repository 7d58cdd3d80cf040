//! The parameters of a call, with a record of those that were read.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value, json};

use crate::simulator::failure::Failure;
use crate::simulator::service::Service;

/// A structure of parameters. A parameter that was not read before [`Params::finish`] is refused, never ignored.
pub(crate) struct Params<'a> {
    service: Service,
    place: String,
    members: &'a Map<String, Value>,
    read: RefCell<BTreeSet<&'a str>>,
}

/// Without values, which may be secret.
impl fmt::Debug for Params<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.members.keys().collect();
        f.debug_struct("Params").field("place", &self.place).field("names", &names).finish_non_exhaustive()
    }
}

impl<'a> Params<'a> {
    pub(crate) fn new(service: Service, operation: &str, members: &'a Map<String, Value>) -> Self {
        Self { service, place: operation.to_owned(), members, read: RefCell::default() }
    }

    pub(crate) fn service(&self) -> Service {
        self.service
    }

    /// Returns a text.
    pub(crate) fn text(&self, name: &str) -> Result<&'a str, Failure> {
        self.optional_text(name)?.ok_or_else(|| self.missing(name))
    }

    /// Returns a text that may be absent.
    pub(crate) fn optional_text(&self, name: &str) -> Result<Option<&'a str>, Failure> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.mistyped(name, "a string")),
        }
    }

    /// Returns a number that may be absent and must be in a range.
    pub(crate) fn optional_integer(&self, name: &str, range: std::ops::RangeInclusive<i64>) -> Result<Option<i64>, Failure> {
        let number = match self.value(name) {
            None => return Ok(None),
            Some(Value::Number(number)) => number.as_i64(),
            // Query has only texts.
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => None,
        };
        let number = number.ok_or_else(|| self.mistyped(name, "an integer"))?;
        if range.contains(&number) {
            return Ok(Some(number));
        }
        let (bound, limit) = if number < *range.start() { ("greater", range.start()) } else { ("less", range.end()) };
        let message = format!(
            "1 validation error detected: Value '{number}' at '{}' failed to satisfy constraint: Member must have value {bound} than or equal to {limit}",
            lower_first(name)
        );
        Err(if self.service == Service::Organizations {
            let reason = if number < *range.start() { "MIN_VALUE_EXCEEDED" } else { "MAX_VALUE_EXCEEDED" };
            Failure::invalid_argument(reason, message)
        } else {
            invalid(self.service, message)
        })
    }

    /// Returns a boolean that may be absent.
    pub(crate) fn optional_boolean(&self, name: &str) -> Result<Option<bool>, Failure> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(*value)),
            Some(Value::String(text)) if text == "true" || text == "false" => Ok(Some(text == "true")),
            Some(_) => Err(self.mistyped(name, "a boolean")),
        }
    }

    /// Returns a list of texts; absent is empty.
    pub(crate) fn texts(&self, name: &str) -> Result<Vec<&'a str>, Failure> {
        self.list(name)?.iter().map(|value| value.as_str().ok_or_else(|| self.mistyped(name, "a list of strings"))).collect()
    }

    /// Returns a list of structures; absent is empty. Each needs its own [`Params::finish`].
    pub(crate) fn structures(&self, name: &str) -> Result<Vec<Params<'a>>, Failure> {
        let one = |value: &'a Value| match value {
            Value::Object(members) => {
                Ok(Params { service: self.service, place: format!("{}.{name}", self.place), members, read: RefCell::default() })
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                Err(self.mistyped(name, "a list of structures"))
            }
        };
        self.list(name)?.iter().map(one).collect()
    }

    /// Returns a structure that may be absent. It needs its own [`Params::finish`].
    pub(crate) fn structure(&self, name: &str) -> Result<Option<Params<'a>>, Failure> {
        static EMPTY: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
        let members = match self.value(name) {
            None => return Ok(None),
            Some(Value::Object(members)) => members,
            // XML has one way to write an empty text and an empty structure.
            Some(Value::String(text)) if text.is_empty() => &*EMPTY,
            Some(_) => return Err(self.mistyped(name, "a structure")),
        };
        Ok(Some(Params { service: self.service, place: format!("{}.{name}", self.place), members, read: RefCell::default() }))
    }

    /// Returns a map of texts; absent is empty.
    pub(crate) fn texts_by_key(&self, name: &str) -> Result<std::collections::BTreeMap<String, String>, Failure> {
        let text = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
        match self.value(name) {
            None => Ok(std::collections::BTreeMap::new()),
            Some(Value::Object(members)) => members.iter().map(|member| text(member).ok_or_else(|| self.mistyped(name, "a map"))).collect(),
            Some(_) => Err(self.mistyped(name, "a map")),
        }
    }

    /// Fails if a parameter was given that was not read.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let read = self.read.borrow();
        match self.members.iter().find(|(name, value)| !value.is_null() && !read.contains(name.as_str())) {
            Some((name, _)) => Err(Failure::not_implemented(format_args!("the parameter {name} of {}", self.place))),
            None => Ok(()),
        }
    }

    /// Returns the service's error for a parameter with an invalid value.
    pub(crate) fn invalid(&self, name: &str, rule: &str) -> Failure {
        let name = lower_first(name);
        let message = format!("1 validation error detected: Value at '{name}' failed to satisfy constraint: {rule}");
        invalid(self.service, message)
    }

    /// Returns a parameter as it is, for numbers with a fraction and members with free names.
    pub(crate) fn any(&self, name: &str) -> Option<&'a Value> {
        self.value(name)
    }

    /// Returns all parameters but one as a text, which identifies a repeated call.
    pub(crate) fn all_but(&self, name: &str) -> String {
        let others: std::collections::BTreeMap<&String, &Value> = self.members.iter().filter(|(member, _)| *member != name).collect();
        json!(others).to_string()
    }

    fn value(&self, name: &str) -> Option<&'a Value> {
        let (name, value) = self.members.get_key_value(name)?;
        self.read.borrow_mut().insert(name);
        Some(value).filter(|value| !value.is_null())
    }

    fn list(&self, name: &str) -> Result<&'a [Value], Failure> {
        match self.value(name) {
            None => Ok(&[]),
            Some(Value::Array(list)) => Ok(list),
            // Query writes an empty list as an empty text.
            Some(Value::String(text)) if text.is_empty() => Ok(&[]),
            Some(_) => Err(self.mistyped(name, "a list")),
        }
    }

    fn missing(&self, name: &str) -> Failure {
        let message = format!(
            "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null",
            lower_first(name)
        );
        match self.service {
            Service::Organizations => Failure::invalid_argument("INPUT_REQUIRED", message),
            Service::Ec2 => Failure::new("MissingParameter", 400, format!("The request must contain the parameter {name}")),
            other => invalid(other, message),
        }
    }

    fn mistyped(&self, name: &str, wanted: &str) -> Failure {
        match self.service {
            Service::Organizations
            | Service::Kms
            | Service::CloudTrail
            | Service::Ssm
            | Service::Account
            | Service::Backup
            | Service::Logs
            | Service::Tagging
            | Service::Budgets
            | Service::SecretsManager => Failure::new("SerializationException", 400, format!("{}.{name} must be {wanted}", self.place)),
            Service::S3 => Failure::new("MalformedXML", 400, format!("{}.{name} must be {wanted}", self.place)),
            Service::Ec2 => Failure::new("InvalidParameterValue", 400, format!("{name} must be {wanted}")),
            Service::Sns => Failure::new("InvalidParameter", 400, format!("Invalid parameter: {name} must be {wanted}")),
            Service::Iam | Service::Sts | Service::CloudFormation => {
                Failure::new("MalformedInput", 400, format!("{name} must be {wanted}"))
            }
        }
    }
}

/// Returns the error for a value, in the service's words.
fn invalid(service: Service, message: String) -> Failure {
    match service {
        Service::Organizations => Failure::invalid_argument("INVALID_PATTERN", message),
        Service::Iam | Service::Sts | Service::CloudFormation => Failure::validation(message),
        Service::Kms | Service::CloudTrail | Service::Ssm | Service::Account | Service::SecretsManager => {
            Failure::new("ValidationException", 400, message)
        }
        Service::Logs | Service::Tagging | Service::Budgets => Failure::new("InvalidParameterException", 400, message),
        Service::Backup => Failure::new("InvalidParameterValueException", 400, message),
        Service::S3 => Failure::new("InvalidArgument", 400, message),
        Service::Sns => Failure::new("InvalidParameter", 400, message),
        Service::Ec2 => Failure::new("InvalidParameterValue", 400, message),
    }
}

/// AWS's validation messages name members with a small first letter.
fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unread_parameters_are_refused() {
        let Value::Object(members) = json!({ "Name": "a", "Max": 5, "Deep": [{ "Key": "k", "More": 1 }], "Nothing": null }) else {
            unreachable!("an object was written");
        };
        let params = Params::new(Service::Organizations, "CreateThing", &members);
        assert_eq!(params.text("Name"), Ok("a"));
        assert_eq!(params.optional_integer("Max", 1..=20), Ok(Some(5)));
        let deep = params.structures("Deep").expect("structures").remove(0);
        assert_eq!(deep.text("Key"), Ok("k"));
        let failure = deep.finish().expect_err("More was not read");
        assert_eq!((failure.code.as_ref(), failure.status), ("NotImplemented", 501));
        assert!(failure.message.ends_with("the parameter More of CreateThing.Deep"), "{}", failure.message);
        assert_eq!(params.finish(), Ok(()));

        let params = Params::new(Service::Iam, "CreateThing", &members);
        assert_eq!(params.text("Missing").expect_err("missing").code, "ValidationError");
        assert!(params.finish().is_err());
    }
}
