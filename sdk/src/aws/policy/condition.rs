//! The `Condition` element, with every operator of the policy language; others are errors.

use std::cmp::Ordering;
use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::Value;

use super::context::Scope;
use super::pattern::{Pattern, Variables, Wildcards};
use super::{PolicyError, date};

/// One operator with one key and its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The operator.
    pub operator: Operator,
    /// The key as written.
    pub key: String,
    /// The values as written; numbers and booleans as their text.
    pub values: Vec<String>,
    lower_key: String,
    operands: Vec<Operand>,
}

/// An operator: the test, and the meaning of absent and many values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operator {
    /// The prefix `ForAllValues:` or `ForAnyValue:`.
    pub quantifier: Quantifier,
    /// The comparison.
    pub test: Test,
    /// Whether it matches when nothing is equal: `StringNotEquals`, `NotIpAddress` and so on.
    pub negated: bool,
    /// The suffix `IfExists`: matches when the key is absent.
    pub if_exists: bool,
}

/// How several values of a key are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the grammar has these three")]
pub enum Quantifier {
    /// No prefix: the key has one value.
    Single,
    /// `ForAllValues:`: every value must match; no value at all matches.
    AllValues,
    /// `ForAnyValue:`: one value must match; no value at all does not match.
    AnyValue,
}

/// The comparison of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Test {
    /// Texts, exactly.
    Text,
    /// Texts in any letter case.
    TextIgnoreCase,
    /// Texts with wildcards.
    TextLike,
    /// Numbers in this order.
    Number(Order),
    /// Points in time in this order.
    Date(Order),
    /// Booleans.
    Flag,
    /// Bytes as base64.
    Binary,
    /// An address that must be in a network.
    Address,
    /// ARNs, part by part, with wildcards.
    Arn,
    /// Whether the key is absent.
    Absent,
}

/// The order that two values must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "numbers have these five")]
pub enum Order {
    /// Equal.
    Equal,
    /// The request's value is smaller.
    Less,
    /// The request's value is smaller or equal.
    LessEqual,
    /// The request's value is greater.
    Greater,
    /// The request's value is greater or equal.
    GreaterEqual,
}

/// Every operator without prefix and suffix (IAM User Guide, "Condition operators"): its name, its test, whether it is negated.
const OPERATORS: [(&str, Test, bool); 27] = [
    ("StringEquals", Test::Text, false),
    ("StringNotEquals", Test::Text, true),
    ("StringEqualsIgnoreCase", Test::TextIgnoreCase, false),
    ("StringNotEqualsIgnoreCase", Test::TextIgnoreCase, true),
    ("StringLike", Test::TextLike, false),
    ("StringNotLike", Test::TextLike, true),
    ("NumericEquals", Test::Number(Order::Equal), false),
    ("NumericNotEquals", Test::Number(Order::Equal), true),
    ("NumericLessThan", Test::Number(Order::Less), false),
    ("NumericLessThanEquals", Test::Number(Order::LessEqual), false),
    ("NumericGreaterThan", Test::Number(Order::Greater), false),
    ("NumericGreaterThanEquals", Test::Number(Order::GreaterEqual), false),
    ("DateEquals", Test::Date(Order::Equal), false),
    ("DateNotEquals", Test::Date(Order::Equal), true),
    ("DateLessThan", Test::Date(Order::Less), false),
    ("DateLessThanEquals", Test::Date(Order::LessEqual), false),
    ("DateGreaterThan", Test::Date(Order::Greater), false),
    ("DateGreaterThanEquals", Test::Date(Order::GreaterEqual), false),
    ("Bool", Test::Flag, false),
    ("BinaryEquals", Test::Binary, false),
    ("IpAddress", Test::Address, false),
    ("NotIpAddress", Test::Address, true),
    ("ArnLike", Test::Arn, false),
    ("ArnNotLike", Test::Arn, true),
    // AWS compares these two like the two above.
    ("ArnEquals", Test::Arn, false),
    ("ArnNotEquals", Test::Arn, true),
    ("Null", Test::Absent, false),
];

/// One value of a policy, ready to be compared.
#[derive(Debug, Clone, PartialEq)]
enum Operand {
    Text(Pattern),
    TextIgnoreCase(Pattern),
    Arn(Pattern),
    Number(Order, f64),
    Date(Order, i64),
    Flag(bool),
    Binary(String),
    Address(IpNet),
    /// Whether the key must be absent.
    Absent(bool),
}

/// Reads the value of `Condition`.
pub(super) fn parse(value: &Value, variables: Variables, place: &str) -> Result<Vec<Condition>, PolicyError> {
    let object = |value: &'_ Value, place: &str| match value {
        Value::Object(map) => Ok(map.clone()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(PolicyError::new(place, "must be an object"))
        }
    };
    let mut conditions = Vec::new();
    for (name, keys) in object(value, place)? {
        let place = format!("{place}.{name}");
        let operator = Operator::parse(&name).map_err(|problem| PolicyError::new(&place, problem))?;
        for (key, values) in object(&keys, &place)? {
            let place = format!("{place}.{key}");
            if key.split_once(':').is_none_or(|(service, name)| service.is_empty() || name.is_empty()) {
                return Err(PolicyError::new(place, "is not a condition key such as `aws:PrincipalArn`"));
            }
            let values = scalars(&values, &place)?;
            let operands = values
                .iter()
                .map(|value| operand(operator.test, value, variables).map_err(|problem| PolicyError::new(&place, problem)))
                .collect::<Result<_, _>>()?;
            conditions.push(Condition { operator, lower_key: key.to_lowercase(), key, values, operands });
        }
    }
    Ok(conditions)
}

impl Condition {
    /// Returns whether the condition holds for a request.
    pub(super) fn holds(&self, scope: &Scope<'_>) -> bool {
        let Operator { quantifier, test, negated, if_exists } = self.operator;
        let actual = scope.values(&self.lower_key);
        if test == Test::Absent {
            return self.operands.contains(&Operand::Absent(actual.is_none()));
        }
        let Some(actual) = actual else {
            return match quantifier {
                Quantifier::Single => negated || if_exists,
                Quantifier::AllValues => true,
                Quantifier::AnyValue => if_exists,
            };
        };
        let passes = |value: &String| self.operands.iter().any(|operand| operand.matches(value, scope)) != negated;
        match quantifier {
            // AWS does not define several values without a quantifier. Here one must match, or none if the operator is negated.
            Quantifier::Single if negated => actual.iter().all(passes),
            Quantifier::Single | Quantifier::AnyValue => actual.iter().any(passes),
            Quantifier::AllValues => actual.iter().all(passes),
        }
    }
}

impl Operator {
    fn parse(name: &str) -> Result<Self, String> {
        let (quantifier, rest) = match name.split_once(':') {
            None => (Quantifier::Single, name),
            Some(("ForAllValues", rest)) => (Quantifier::AllValues, rest),
            Some(("ForAnyValue", rest)) => (Quantifier::AnyValue, rest),
            Some(_) => return Err("begins with neither ForAllValues: nor ForAnyValue:".to_owned()),
        };
        let (base, if_exists) = match rest.strip_suffix("IfExists") {
            Some(base) => (base, true),
            None => (rest, false),
        };
        let (_, test, negated) =
            OPERATORS.into_iter().find(|(known, ..)| *known == base).ok_or_else(|| "is not a condition operator".to_owned())?;
        if test == Test::Absent && (if_exists || quantifier != Quantifier::Single) {
            return Err("Null takes neither IfExists nor a quantifier".to_owned());
        }
        Ok(Self { quantifier, test, negated, if_exists })
    }
}

impl Order {
    fn holds(self, actual: Option<Ordering>) -> bool {
        match self {
            Self::Equal => actual == Some(Ordering::Equal),
            Self::Less => actual == Some(Ordering::Less),
            Self::LessEqual => matches!(actual, Some(Ordering::Less | Ordering::Equal)),
            Self::Greater => actual == Some(Ordering::Greater),
            Self::GreaterEqual => matches!(actual, Some(Ordering::Greater | Ordering::Equal)),
        }
    }
}

impl Operand {
    fn matches(&self, actual: &str, scope: &Scope<'_>) -> bool {
        match self {
            Self::Text(pattern) => pattern.matches_text(actual, scope),
            Self::TextIgnoreCase(pattern) => pattern.matches_ignoring_case(actual, scope),
            Self::Arn(pattern) => pattern.matches_arn(actual, scope),
            Self::Number(order, wanted) => number(actual).is_some_and(|actual| order.holds(actual.partial_cmp(wanted))),
            Self::Date(order, wanted) => date::parse(actual).is_some_and(|actual| order.holds(Some(actual.cmp(wanted)))),
            Self::Flag(wanted) => flag(actual) == Some(*wanted),
            Self::Binary(wanted) => actual == wanted,
            Self::Address(network) => actual.parse::<IpAddr>().is_ok_and(|address| network.contains(&address)),
            // Decided before the values are read.
            Self::Absent(_) => false,
        }
    }
}

/// Reads one value for a test; the error names the expected form.
fn operand(test: Test, value: &str, variables: Variables) -> Result<Operand, String> {
    let must_be = |what: &str| format!("`{value}` is not {what}");
    Ok(match test {
        Test::Text => Operand::Text(Pattern::parse(value, Wildcards::Literal, variables)?),
        Test::TextIgnoreCase => Operand::TextIgnoreCase(Pattern::parse(value, Wildcards::Literal, variables)?),
        Test::TextLike => Operand::Text(Pattern::parse(value, Wildcards::Meant, variables)?),
        Test::Arn => {
            let pattern = Pattern::parse(value, Wildcards::Meant, variables)?;
            // A pattern with fewer parts never matches, which would be a trap.
            if !pattern.may_be_arn() {
                return Err(must_be("an ARN with all six parts"));
            }
            Operand::Arn(pattern)
        }
        Test::Number(order) => Operand::Number(order, number(value).ok_or_else(|| must_be("a number"))?),
        Test::Date(order) => Operand::Date(order, date::parse(value).ok_or_else(|| must_be("a date"))?),
        Test::Flag => Operand::Flag(flag(value).ok_or_else(|| must_be("true or false"))?),
        Test::Absent => Operand::Absent(flag(value).ok_or_else(|| must_be("true or false"))?),
        Test::Binary => {
            // Base64 has only one text for the same bytes, so the texts can be compared.
            let is_base64 = value.len().is_multiple_of(4) && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b));
            if !is_base64 {
                return Err(must_be("base64"));
            }
            Operand::Binary(value.to_owned())
        }
        Test::Address => {
            let network = value.parse::<IpNet>().ok().or_else(|| value.parse::<IpAddr>().ok().map(IpNet::from));
            Operand::Address(network.ok_or_else(|| must_be("an address or a CIDR block"))?)
        }
    })
}

fn number(text: &str) -> Option<f64> {
    // The standard parser also accepts `inf` and `nan`.
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    text.parse::<f64>().ok().filter(|number| plain && number.is_finite())
}

fn flag(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Reads one text, number or boolean, or a list of them; the list may be empty and then matches nothing.
fn scalars(value: &Value, place: &str) -> Result<Vec<String>, PolicyError> {
    let one = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            Err(PolicyError::new(place, "must be a text, a number, a boolean, or a list of them"))
        }
    };
    match value {
        Value::Array(list) => list.iter().map(one).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => Ok(vec![one(value)?]),
    }
}
