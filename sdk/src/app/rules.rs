//! The rules of a setting: its own, and what a tier has instead of some of them.

use regex::Regex;

use super::value::{SettingType, Value};
use crate::written::diagnostic::{Diagnostic, Diagnostics};
use crate::written::section::Section;

/// Largest compiled expression: a pattern that needs more is no rule for a setting.
const EXPRESSION_BYTES_MAX: usize = 1 << 20;

/// Rules; `None` where nothing is said.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Rules {
    pub(super) default: Option<Value>,
    pub(super) optional: Option<bool>,
    min: Option<f64>,
    max: Option<f64>,
    one_of: Option<Vec<String>>,
    pattern: Option<String>,
}

/// Bounds are finite numbers.
impl Eq for Rules {}

impl Rules {
    /// Reads the rules of a section.
    pub(super) fn read(section: &Section<'_>, of: SettingType, is_secret: bool, diagnostics: &mut Diagnostics) -> Self {
        let rules = Self {
            default: default(section, of, is_secret, diagnostics),
            optional: section.flag(diagnostics, "optional").map(|flag| flag.value),
            min: bound(section, "min", of, diagnostics),
            max: bound(section, "max", of, diagnostics),
            one_of: if is_secret {
                no_list(section, diagnostics)
            } else {
                section
                    .list(diagnostics, "one_of", |text| {
                        of.parse(text).map(|_| text.to_owned()).map_err(|wrong| format!("a value of `one_of` {wrong}"))
                    })
                    .map(|list| list.value.into_iter().map(|text| text.value).collect())
            },
            pattern: section.value(diagnostics, "pattern", |text| expression(text).map(|_| text.to_owned())).map(|text| text.value),
        };
        if let (Some(min), Some(max)) = (rules.min, rules.max)
            && min > max
            && let Some((name, value)) = section.any("min")
        {
            let message = format!("{name} is {min}, above `max`, which is {max}");
            diagnostics.report(Diagnostic::error(value.span(), message).with_label("no value is allowed"));
        }
        rules
    }

    /// Returns these rules with those of a tier in their place, where it has any.
    pub(super) fn with(&self, tier: Option<&Self>) -> Self {
        let Some(tier) = tier else { return self.clone() };
        Self {
            default: tier.default.clone().or_else(|| self.default.clone()),
            optional: tier.optional.or(self.optional),
            min: tier.min.or(self.min),
            max: tier.max.or(self.max),
            one_of: tier.one_of.clone().or_else(|| self.one_of.clone()),
            pattern: tier.pattern.clone().or_else(|| self.pattern.clone()),
        }
    }

    /// Checks a value; the error does not show it.
    pub(super) fn check(&self, value: &Value) -> Result<(), String> {
        let what = match value {
            Value::Text(_) => " characters",
            Value::List(_) => " items",
            Value::Integer(_) | Value::Number(_) | Value::Boolean(_) => "",
        };
        let size = value.size();
        if let Some(min) = self.min.filter(|min| size.is_some_and(|size| size < *min)) {
            return Err(format!("is less than {min}{what}"));
        }
        if let Some(max) = self.max.filter(|max| size.is_some_and(|size| size > *max)) {
            return Err(format!("is more than {max}{what}"));
        }
        let texts = || match value {
            Value::List(items) => items.clone(),
            other => vec![other.to_string()],
        };
        if let Some(allowed) = &self.one_of
            && !texts().iter().all(|text| allowed.contains(text))
        {
            return Err(format!("is not one of {}", allowed.join(", ")));
        }
        if let Some(pattern) = &self.pattern {
            let expression = expression(pattern)?;
            if !texts().iter().all(|text| expression.is_match(text)) {
                return Err(format!("does not match `{pattern}`"));
            }
        }
        Ok(())
    }

    /// Returns the rules in a few words: `1 to 500`.
    pub(super) fn words(&self) -> String {
        let range = match (self.min, self.max) {
            (Some(min), Some(max)) => Some(format!("{min} to {max}")),
            (Some(min), None) => Some(format!("at least {min}")),
            (None, Some(max)) => Some(format!("at most {max}")),
            (None, None) => None,
        };
        let one_of = self.one_of.as_ref().map(|allowed| format!("one of {}", allowed.join(", ")));
        let pattern = self.pattern.as_ref().map(|pattern| format!("matching {pattern}"));
        [range, one_of, pattern].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// Returns the rules as members of a JSON Schema.
    pub(super) fn schema(&self, of: SettingType, schema: &mut serde_json::Value) {
        let (min, max) = match of {
            SettingType::Integer | SettingType::Number => ("minimum", "maximum"),
            SettingType::List => ("minItems", "maxItems"),
            SettingType::String | SettingType::Url | SettingType::Duration | SettingType::Boolean => ("minLength", "maxLength"),
        };
        for (name, bound) in [(min, self.min), (max, self.max)] {
            if let Some(bound) = bound {
                schema[name] = number(bound);
            }
        }
        if let Some(pattern) = self.pattern.as_ref().filter(|_| of != SettingType::List) {
            schema["pattern"] = serde_json::json!(pattern);
        }
        if let Some(allowed) = self.one_of.as_ref().filter(|_| of != SettingType::List) {
            let values: Vec<_> = allowed.iter().filter_map(|text| of.parse(text).ok()).map(|value| value.json()).collect();
            schema["enum"] = serde_json::json!(values);
        }
        if let Some(default) = &self.default {
            schema["default"] = default.json();
        }
    }
}

/// A bound as it was written: without decimals where it has none.
#[expect(clippy::cast_possible_truncation, reason = "only whole numbers that an i64 has are cut")]
fn number(bound: f64) -> serde_json::Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if bound.fract() == 0.0 && bound.abs() < EXACT { serde_json::json!(bound as i64) } else { serde_json::json!(bound) }
}

fn expression(pattern: &str) -> Result<Regex, String> {
    let built = regex::RegexBuilder::new(pattern).size_limit(EXPRESSION_BYTES_MAX).build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "the pattern is too large".to_owned(),
        // The last line says what is wrong; those before show where.
        other => format!(
            "the pattern is no regular expression: {}",
            other.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ")
        ),
    })
}

/// A list of a secret's values would have the secret in it.
fn no_list(section: &Section<'_>, diagnostics: &mut Diagnostics) -> Option<Vec<String>> {
    let (_, value) = section.any("one_of")?;
    diagnostics.hide(value.span());
    diagnostics.report(
        Diagnostic::error(value.span(), "a secret has no list of values: everyone who reads the file would know them")
            .with_hint("describe its form by `pattern`"),
    );
    None
}

fn default(section: &Section<'_>, of: SettingType, is_secret: bool, diagnostics: &mut Diagnostics) -> Option<Value> {
    let (name, value) = section.any("default")?;
    if is_secret {
        diagnostics.hide(value.span());
        diagnostics.report(
            Diagnostic::error(value.span(), "a secret has no default: everybody who reads the file would know it")
                .with_hint("remove it; if it is the real one, make a new one, since it has been written down"),
        );
        return None;
    }
    match of.read(value.get_ref()) {
        Ok(read) => Some(read),
        Err(wrong) => {
            diagnostics.report(Diagnostic::error(value.span(), format!("{name} {wrong}")).with_hint("its type is `type`, else string"));
            None
        }
    }
}

fn bound(section: &Section<'_>, which: &str, of: SettingType, diagnostics: &mut Diagnostics) -> Option<f64> {
    let (name, value) = section.any(which)?;
    if let SettingType::Boolean | SettingType::Duration = of {
        let what = if of == SettingType::Boolean { "true or false" } else { "a duration" };
        diagnostics.report(Diagnostic::error(value.span(), format!("{name} has no meaning for {what}")).with_hint("remove it"));
        return None;
    }
    match SettingType::Number.read(value.get_ref()) {
        Ok(Value::Number(number)) => Some(number),
        Ok(_) => None,
        Err(wrong) => {
            diagnostics.report(Diagnostic::error(value.span(), format!("{name} {wrong}")).with_hint("write a number"));
            None
        }
    }
}
