//! Whether a guardrail denies a call of which only some condition keys are known.
//!
//! A statement with a condition on any other key is not judged: whom it spares is known on AWS only.

use serde_json::{Value, json};

use crate::address::Address;
use crate::aws::policy::{Document, Policies, Request, Verdict, evaluate};
use crate::id::PolicyType;
use crate::model::Organization;
use crate::observed::Observation;

/// A call, and which of its condition keys are known.
pub(super) struct Call {
    request: Request,
    /// The account of the resource.
    account: String,
    /// The keys whose values, or whose absence, are those of the call on AWS.
    known: Vec<&'static str>,
}

impl Call {
    /// Returns a call on a resource of an account.
    pub(super) fn new(request: Request, account: &str, known: &[&'static str]) -> Self {
        Self { request, account: account.to_owned(), known: known.to_vec() }
    }

    /// Returns the call with the organization's id under these keys; they are unknown before there is an organization.
    pub(super) fn of_organization(mut self, id: Option<&str>, keys: &[&'static str]) -> Self {
        if let Some(id) = id {
            for key in keys {
                self.request.context.insert(key, id);
            }
            self.known.extend(keys);
        }
        self
    }

    /// Returns the action.
    pub(super) fn action(&self) -> &str {
        &self.request.action
    }

    fn knows(&self, key: &str) -> bool {
        self.known.iter().any(|known| known.eq_ignore_ascii_case(key))
    }
}

/// Returns the organization's id, if it exists.
pub(super) fn organization_id<'a>(organization: &Organization, observation: &'a Observation) -> Option<&'a str> {
    observation.facts.find(&Address::organization("organization", &organization.name), "id")
}

/// Returns the statement of a guardrail that denies a call: its `Sid`, or else `Statement[n]`.
pub(super) fn denying(content: &str, policy_type: PolicyType, call: &Call) -> Option<String> {
    let document: Value = serde_json::from_str(content).ok()?;
    let statements: Vec<&Value> = match document.get("Statement")? {
        Value::Array(statements) => statements.iter().collect(),
        single => vec![single],
    };
    let is_judged = |statement: &Value| {
        let operators = statement.get("Condition").and_then(Value::as_object).into_iter().flatten();
        operators.filter_map(|(_, keys)| keys.as_object()).flat_map(|keys| keys.keys()).all(|key| call.knows(key))
    };
    let denies = |statement: &Value| {
        let alone = json!({"Version": document.get("Version"), "Statement": [statement]});
        let Ok(alone) = Document::parse(&alone.to_string()) else { return false };
        let levels = vec![vec![&alone]];
        let policies = match policy_type {
            PolicyType::ResourceControl => Policies { resource_control: levels, resource_account: &call.account, ..Policies::default() },
            _ => Policies { service_control: levels, resource_account: &call.account, ..Policies::default() },
        };
        matches!(evaluate(&call.request, &policies), Verdict::Denied(denial) if denial.explicit)
    };
    let name = |(at, statement): (usize, &&Value)| {
        statement.get("Sid").and_then(Value::as_str).map_or_else(|| format!("Statement[{at}]"), str::to_owned)
    };
    statements.iter().enumerate().find(|(_, statement)| is_judged(statement) && denies(statement)).map(name)
}
