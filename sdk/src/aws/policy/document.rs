//! The policy document, parsed into types.
//!
//! Parsing refuses what no AWS service accepts. The `check_*` methods check a document for its use (identity, trust, guardrail).

use serde_json::{Map, Value};

use super::PolicyError;
use super::condition;
use super::condition::Condition;
use super::context::Scope;
use super::json::{self, texts};
use super::pattern::{Pattern, Variables, Wildcards};
use super::principal::{Applicability, Principals};

/// A policy document.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The version of the language.
    pub version: Version,
    /// The document's `Id`; has no effect.
    pub id: Option<String>,
    /// The statements, at least one.
    pub statements: Vec<Statement>,
}

/// The version of the policy language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Version {
    /// `2008-10-17`, also for a document without a version: `${…}` is plain text.
    V2008,
    /// `2012-10-17`: `${…}` is replaced by values of the request.
    V2012,
}

/// The effect of a statement that applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the grammar has these two effects")]
pub enum Effect {
    /// Allows, unless another statement denies.
    Allow,
    /// Denies, even if other statements allow.
    Deny,
}

/// The actions of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the grammar has these two elements")]
pub enum Actions {
    /// `Action`: these.
    Only(Vec<Pattern>),
    /// `NotAction`: all except these.
    Except(Vec<Pattern>),
}

/// The resources of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the grammar has these two elements")]
pub enum Resources {
    /// `Resource`: these.
    Only(Vec<Pattern>),
    /// `NotResource`: all except these.
    Except(Vec<Pattern>),
}

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// Its name, if it has one.
    pub sid: Option<String>,
    /// Its effect.
    pub effect: Effect,
    /// Its principals; only resource policies have them.
    pub principals: Option<Principals>,
    /// Its actions.
    pub actions: Actions,
    /// Its resources; trust policies have none.
    pub resources: Option<Resources>,
    /// Its conditions; all must match.
    pub conditions: Vec<Condition>,
}

impl Document {
    /// Parses a document from JSON text.
    ///
    /// # Errors
    ///
    /// Fails on text that is not JSON, on a key that appears twice, and on everything that [`Document::from_value`] refuses.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let value = json::parse(text).map_err(|error| PolicyError::new("", format!("is not JSON: {error}")))?;
        Self::from_value(&value)
    }

    /// Parses a document from a JSON value.
    ///
    /// # Errors
    ///
    /// Fails on elements, operators, principals and values that are missing or not part of the policy language.
    pub fn from_value(value: &Value) -> Result<Self, PolicyError> {
        let Value::Object(elements) = value else { return Err(PolicyError::new("", "must be an object")) };
        known_elements(elements, &["Version", "Id", "Statement"], "")?;
        let version = match text(elements, "Version", "")? {
            None | Some("2008-10-17") => Version::V2008,
            Some("2012-10-17") => Version::V2012,
            Some(other) => return Err(PolicyError::new("Version", format!("`{other}` is neither 2012-10-17 nor 2008-10-17"))),
        };
        let statements = match elements.get("Statement") {
            Some(Value::Array(list)) if !list.is_empty() => {
                list.iter().enumerate().map(|(n, value)| statement(value, version, &format!("Statement[{n}]"))).collect::<Result<_, _>>()?
            }
            Some(single @ Value::Object(_)) => vec![statement(single, version, "Statement")?],
            Some(Value::Array(_)) => return Err(PolicyError::new("Statement", "must have at least one statement")),
            Some(_) | None => return Err(PolicyError::new("Statement", "must be one statement or a list of them")),
        };
        Ok(Self { version, id: text(elements, "Id", "")?.map(str::to_owned), statements })
    }
}

impl Statement {
    /// Returns the place of this statement for people: its `Sid`, else `#` and its number.
    pub(super) fn name(&self, number: usize) -> String {
        self.sid.clone().unwrap_or_else(|| format!("Statement[{number}]"))
    }

    /// Returns how far the statement applies to a request; a statement without `Principal` applies to every principal that has the
    /// policy.
    pub(super) fn applicability(&self, scope: &Scope<'_>) -> Applicability {
        let applies = self.actions.matches(&scope.action)
            && self.resources.as_ref().is_none_or(|resources| resources.matches(scope))
            && self.conditions.iter().all(|condition| condition.holds(scope));
        match &self.principals {
            _ if !applies => Applicability::Nothing,
            None => Applicability::Caller,
            Some(principals) => principals.applicability(scope),
        }
    }
}

impl Actions {
    fn matches(&self, lower_case: &str) -> bool {
        let listed = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches_action(lower_case));
        match self {
            Self::Only(patterns) => listed(patterns),
            Self::Except(patterns) => !listed(patterns),
        }
    }
}

impl Resources {
    fn matches(&self, scope: &Scope<'_>) -> bool {
        let listed = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches_resource(&scope.request.resource, scope));
        match self {
            Self::Only(patterns) => listed(patterns),
            Self::Except(patterns) => !listed(patterns),
        }
    }
}

fn statement(value: &Value, version: Version, place: &str) -> Result<Statement, PolicyError> {
    const ELEMENTS: [&str; 9] =
        ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];
    let Value::Object(elements) = value else { return Err(PolicyError::new(place, "must be an object")) };
    known_elements(elements, &ELEMENTS, place)?;
    let variables = match version {
        Version::V2008 => Variables::Literal,
        Version::V2012 => Variables::Replaced,
    };
    let effect = match text(elements, "Effect", place)? {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        Some(_) | None => return Err(PolicyError::new(inside(place, "Effect"), "must be Allow or Deny")),
    };
    let principals = match either(elements, "Principal", "NotPrincipal", place)? {
        None => None,
        Some(("Principal", value)) => Some(Principals::Only(Principals::parse(value, &inside(place, "Principal"))?)),
        Some((name, value)) => {
            let place = inside(place, name);
            if effect == Effect::Allow {
                return Err(PolicyError::new(place, "is for Deny only: with Allow it would allow everyone else"));
            }
            Some(Principals::Except(Principals::parse(value, &place)?))
        }
    };
    let actions = match either(elements, "Action", "NotAction", place)? {
        None => return Err(PolicyError::new(place, "has neither Action nor NotAction")),
        Some(("Action", value)) => Actions::Only(actions(value, &inside(place, "Action"))?),
        Some((name, value)) => Actions::Except(actions(value, &inside(place, name))?),
    };
    let resources = match either(elements, "Resource", "NotResource", place)? {
        None => None,
        Some(("Resource", value)) => Some(Resources::Only(resources(value, variables, &inside(place, "Resource"))?)),
        Some((name, value)) => Some(Resources::Except(resources(value, variables, &inside(place, name))?)),
    };
    let conditions = match elements.get("Condition") {
        None => Vec::new(),
        Some(value) => condition::parse(value, variables, &inside(place, "Condition"))?,
    };
    let sid = text(elements, "Sid", place)?.filter(|sid| !sid.is_empty()).map(str::to_owned);
    Ok(Statement { sid, effect, principals, actions, resources, conditions })
}

fn actions(value: &Value, place: &str) -> Result<Vec<Pattern>, PolicyError> {
    let one = |text: &str| {
        let is_service = |service: &str| !service.is_empty() && service.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let valid = text == "*"
            || text == "*:*"
            || text.split_once(':').is_some_and(|(service, action)| {
                is_service(service) && !action.is_empty() && action.bytes().all(|b| b.is_ascii_alphanumeric() || b"*?-_.".contains(&b))
            });
        if valid { Ok(Pattern::action(text)) } else { Err(PolicyError::new(place, format!("`{text}` is not `*` or `service:Action`"))) }
    };
    texts(value, place)?.into_iter().map(one).collect()
}

fn resources(value: &Value, variables: Variables, place: &str) -> Result<Vec<Pattern>, PolicyError> {
    let one = |text: &str| {
        let pattern = Pattern::parse(text, Wildcards::Meant, variables).map_err(|problem| PolicyError::new(place, problem))?;
        let valid = pattern.is_any() || text.starts_with("arn:") && (pattern.may_be_arn() || pattern.has_wildcard());
        if valid { Ok(pattern) } else { Err(PolicyError::new(place, format!("`{text}` is neither `*` nor an ARN"))) }
    };
    texts(value, place)?.into_iter().map(one).collect()
}

pub(super) fn inside(place: &str, name: &str) -> String {
    if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") }
}

fn known_elements(elements: &Map<String, Value>, known: &[&str], place: &str) -> Result<(), PolicyError> {
    match elements.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(PolicyError::new(inside(place, name), "is not an element of a policy")),
        None => Ok(()),
    }
}

fn text<'a>(elements: &'a Map<String, Value>, name: &str, place: &str) -> Result<Option<&'a str>, PolicyError> {
    match elements.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(PolicyError::new(inside(place, name), "must be a text")),
    }
}

/// Returns the one of two elements that is present; both at once are an error.
fn either<'a>(
    elements: &'a Map<String, Value>,
    name: &'static str,
    negated: &'static str,
    place: &str,
) -> Result<Option<(&'static str, &'a Value)>, PolicyError> {
    match (elements.get(name), elements.get(negated)) {
        (Some(_), Some(_)) => Err(PolicyError::new(place, format!("has both {name} and {negated}"))),
        (Some(value), None) => Ok(Some((name, value))),
        (None, Some(value)) => Ok(Some((negated, value))),
        (None, None) => Ok(None),
    }
}
