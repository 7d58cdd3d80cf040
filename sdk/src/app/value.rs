//! Values of settings: their types, and how they are read and written.

use std::fmt;

use serde_json::json;
use toml::de::DeValue;

use crate::written::duration::seconds;
use crate::written::section::type_of;

/// The type of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SettingType {
    /// A text of one or more characters.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A URL: a scheme and a host.
    Url,
    /// A whole number and a unit: `90s`, `10m`, `1h`, `30d`.
    Duration,
    /// A list of texts without commas.
    List,
}

/// The value of a setting that is no secret.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// A string, a URL or a duration.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// A list of texts.
    List(Vec<String>),
}

/// Numbers are read from files, which have no `NaN`.
impl Eq for Value {}

impl SettingType {
    /// Their names in `app.toml`.
    pub(super) const NAMES: [&'static str; 7] = ["string", "integer", "number", "boolean", "url", "duration", "list"];
    const ALL: [Self; 7] = [Self::String, Self::Integer, Self::Number, Self::Boolean, Self::Url, Self::Duration, Self::List];

    /// Returns its name in `app.toml`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().zip(Self::NAMES).find(|(known, _)| **known == self).map_or("", |(_, name)| name)
    }

    pub(super) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().zip(Self::NAMES).find(|(_, known)| *known == name).map(|(found, _)| found)
    }

    /// What a value of it is, in words.
    fn wanted(self) -> &'static str {
        match self {
            Self::String => "text",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::Url => "a URL such as \"https://example.com\"",
            Self::Duration => "a duration such as \"90s\" or \"10m\"",
            Self::List => "a list of texts",
        }
    }

    /// Reads a value of a file; the error says what is wrong, without the value.
    pub(super) fn read(self, value: &DeValue<'_>) -> Result<Value, String> {
        let other = || format!("should be {}, not {}", self.wanted(), type_of(value));
        match (self, value) {
            (Self::String | Self::Url | Self::Duration, DeValue::String(text)) => self.parse(text),
            (Self::Integer, DeValue::Integer(number)) => i64::from_str_radix(number.as_str(), number.radix())
                .map(Value::Integer)
                .map_err(|_| format!("is not from {} to {}", i64::MIN, i64::MAX)),
            (Self::Number, DeValue::Integer(number)) => {
                number.as_str().parse().map(Value::Number).map_err(|_| "should be a decimal number".to_owned())
            }
            (Self::Number, DeValue::Float(number)) => {
                let finite = number.as_str().parse().ok().filter(|number: &f64| number.is_finite());
                finite.map(Value::Number).ok_or_else(|| "should be a finite number".to_owned())
            }
            (Self::Boolean, DeValue::Boolean(flag)) => Ok(Value::Boolean(*flag)),
            (Self::List, DeValue::Array(items)) => {
                let item = |item: &toml::Spanned<DeValue<'_>>| match item.get_ref() {
                    DeValue::String(text) => list_item(text),
                    other => Err(format!("should be a list of texts, and has {}", type_of(other))),
                };
                items.iter().map(item).collect::<Result<_, _>>().map(Value::List)
            }
            _ => Err(other()),
        }
    }

    /// Reads a value that is given as text: of a secret, or in a list of allowed ones. The error does not show it.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words that follow its name.
    pub fn parse(self, text: &str) -> Result<Value, String> {
        let other = || format!("is not {}", self.wanted());
        check_text(text)?;
        match self {
            Self::String => Ok(Value::Text(text.to_owned())),
            Self::Integer => text.parse().map(Value::Integer).map_err(|_| other()),
            Self::Number => text.parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Number).ok_or_else(other),
            Self::Boolean => text.parse().map(Value::Boolean).map_err(|_| other()),
            Self::Url if is_url(text) => Ok(Value::Text(text.to_owned())),
            Self::Duration if seconds(text).is_ok() => Ok(Value::Text(text.to_owned())),
            Self::List => text.split(',').map(list_item).collect::<Result<_, _>>().map(Value::List),
            Self::Url | Self::Duration => Err(other()),
        }
    }
}

impl Value {
    /// Returns it as JSON.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => json!(text),
            Self::Integer(number) => json!(number),
            Self::Number(number) => json!(number),
            Self::Boolean(flag) => json!(flag),
            Self::List(items) => json!(items),
        }
    }

    /// Returns what `min` and `max` bound: a number's value, else the number of characters or items.
    #[expect(clippy::cast_precision_loss, reason = "sizes of texts and lists are small, and a bound near 2^53 is no bound")]
    pub(super) fn size(&self) -> Option<f64> {
        match self {
            Self::Text(text) => Some(text.chars().count() as f64),
            Self::Integer(number) => Some(*number as f64),
            Self::Number(number) => Some(*number),
            Self::Boolean(_) => None,
            Self::List(items) => Some(items.len() as f64),
        }
    }
}

/// As the value of a variable: a list is joined by commas.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.pad(text),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Boolean(flag) => write!(f, "{flag}"),
            Self::List(items) => f.pad(&items.join(",")),
        }
    }
}

/// Parameter Store takes no empty value, and takes `{{` for a reference to another parameter (docs/AWS.md 8.1).
fn check_text(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("is empty".to_owned());
    }
    if text.contains("{{") {
        return Err("has `{{`, which AWS Systems Manager takes for a reference".to_owned());
    }
    if text.contains('\0') {
        return Err("has a NUL character".to_owned());
    }
    Ok(())
}

fn list_item(text: &str) -> Result<String, String> {
    check_text(text)?;
    if text.contains(',') { Err("has a comma in an item, which a variable cannot hold".to_owned()) } else { Ok(text.to_owned()) }
}

/// A scheme and a host; what follows is the program's own.
fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_lowercase())
        && scheme.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+.-".contains(&b));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    is_scheme && !host.is_empty() && !host.starts_with(':') && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_by_type() {
        for (of, good, bad) in [
            (SettingType::String, &["a", " ", "é"][..], &["", "{{x}}", "a\0"][..]),
            (SettingType::Integer, &["0", "-5"], &["1.5", "x", "99999999999999999999"]),
            (SettingType::Number, &["1", "-1.5e3"], &["NaN", "inf", "one"]),
            (SettingType::Boolean, &["true", "false"], &["yes", "True"]),
            (
                SettingType::Url,
                &["https://a.example", "postgres://u@h:5432/db?x=1"],
                &["a.example", "https://", "https:///x", "https://a b", "x://:80", "a.SECRET.example"],
            ),
            (SettingType::Duration, &["90s", "7d"], &["90", "1h30m", "soon"]),
            (SettingType::List, &["a,b", "a"], &["a,,b", ""]),
        ] {
            for text in good {
                assert!(of.parse(text).is_ok(), "{of:?} {text}");
            }
            for text in bad {
                let refused = of.parse(text).expect_err(text);
                assert!(text.len() < 10 || !refused.contains(text), "{refused} shows the value");
            }
        }
    }
}
