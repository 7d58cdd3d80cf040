//! Parameters of a template, and the values that they take.

use serde_json::Value;

use super::errors::format_error;
use super::references::plain_text;
use crate::simulator::failure::Failure;

/// A parameter as it is declared.
#[derive(Debug)]
pub(in crate::simulator::service::cloudformation) struct Parameter {
    kind: Kind,
    pub(super) default: Option<String>,
    allowed_values: Option<Vec<String>>,
    allowed_pattern: Option<String>,
    lengths: (Option<u64>, Option<u64>),
    range: (Option<f64>, Option<f64>),
    constraint: Option<String>,
    pub(in crate::simulator::service::cloudformation) is_hidden: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Numbers,
    Texts,
}

impl Parameter {
    pub(super) fn parse(name: &str, written: &Value) -> Result<Self, Failure> {
        let members = written.as_object().ok_or_else(|| format_error(format_args!("Every Parameters member must be an object: {name}")))?;
        let kind = match members.get("Type").and_then(Value::as_str) {
            Some("String") => Kind::Text,
            Some("Number") => Kind::Number,
            Some("CommaDelimitedList") => Kind::Texts,
            Some("List<Number>") => Kind::Numbers,
            Some(other) => return Err(Failure::not_implemented(format_args!("parameters of type {other}, such as {name}"))),
            None => return Err(format_error(format_args!("Every Parameters object must contain a Type member: {name}"))),
        };
        let mut parameter = Self {
            kind,
            default: None,
            allowed_values: None,
            allowed_pattern: None,
            lengths: (None, None),
            range: (None, None),
            constraint: None,
            is_hidden: false,
        };
        let wrong = |member: &str| format_error(format_args!("{member} of parameter {name} has a wrong type"));
        for (member, value) in members {
            let text = || plain_text(value).ok_or_else(|| wrong(member));
            match member.as_str() {
                "Type" | "Description" => {}
                "Default" => parameter.default = Some(text()?),
                "AllowedValues" => {
                    let values = value.as_array().ok_or_else(|| wrong(member))?;
                    parameter.allowed_values =
                        Some(values.iter().map(|value| plain_text(value).ok_or_else(|| wrong(member))).collect::<Result<_, _>>()?);
                }
                "AllowedPattern" => parameter.allowed_pattern = Some(text()?),
                "ConstraintDescription" => parameter.constraint = Some(text()?),
                "NoEcho" => parameter.is_hidden = text()? == "true",
                "MinLength" => parameter.lengths.0 = Some(text()?.parse().map_err(|_| wrong(member))?),
                "MaxLength" => parameter.lengths.1 = Some(text()?.parse().map_err(|_| wrong(member))?),
                "MinValue" => parameter.range.0 = Some(text()?.parse().map_err(|_| wrong(member))?),
                "MaxValue" => parameter.range.1 = Some(text()?.parse().map_err(|_| wrong(member))?),
                other => return Err(format_error(format_args!("Invalid template parameter property '{other}'"))),
            }
        }
        if let Some(pattern) = &parameter.allowed_pattern {
            whole(pattern)?;
        }
        Ok(parameter)
    }

    /// Checks a value, and returns it as references to the parameter see it.
    pub(super) fn check(&self, name: &str, given: &str) -> Result<Value, Failure> {
        let refuse = |rule: String| {
            Failure::validation(match &self.constraint {
                Some(constraint) => format!("Parameter '{name}' failed to satisfy constraint: {constraint}"),
                None => format!("Parameter '{name}' {rule}"),
            })
        };
        let parts: Vec<&str> = match self.kind {
            Kind::Text | Kind::Number => vec![given],
            // AWS takes spaces off the values of a list (CloudFormation User Guide, "CommaDelimitedList").
            Kind::Texts | Kind::Numbers => given.split(',').map(str::trim).collect(),
        };
        for part in &parts {
            if self.allowed_values.as_ref().is_some_and(|allowed| !allowed.iter().any(|allowed| allowed == part)) {
                return Err(refuse("must be one of AllowedValues".to_owned()));
            }
            if let Some(pattern) = self.allowed_pattern.as_deref().filter(|_| self.kind == Kind::Text)
                && !whole(pattern)?.is_match(part)
            {
                return Err(refuse(format!("must match pattern {pattern}")));
            }
            if matches!(self.kind, Kind::Number | Kind::Numbers) {
                let number: f64 = part.parse().map_err(|_| refuse("must be a number".to_owned()))?;
                if let Some(least) = self.range.0.filter(|least| number < *least) {
                    return Err(refuse(format!("must be a number not less than {least}")));
                }
                if let Some(most) = self.range.1.filter(|most| number > *most) {
                    return Err(refuse(format!("must be a number not greater than {most}")));
                }
            }
        }
        let length = u64::try_from(given.chars().count()).unwrap_or(u64::MAX);
        if let Some(least) = self.lengths.0.filter(|least| length < *least) {
            return Err(refuse(format!("must contain at least {least} characters")));
        }
        if let Some(most) = self.lengths.1.filter(|most| length > *most) {
            return Err(refuse(format!("must contain at most {most} characters")));
        }
        Ok(match self.kind {
            Kind::Text | Kind::Number => given.into(),
            Kind::Texts | Kind::Numbers => parts.into(),
        })
    }
}

/// AWS holds a whole value to a pattern. Its patterns are Java's, of which Rust has no look-around and no back references.
fn whole(pattern: &str) -> Result<regex::Regex, Failure> {
    regex::Regex::new(&format!("^(?:{pattern})$"))
        .map_err(|_| Failure::not_implemented(format_args!("the pattern {pattern} of a parameter")))
}
