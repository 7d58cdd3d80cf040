//! IAM policy documents: parses, compares and evaluates them as AWS does.
//!
//! The simulator authorizes every call with [`evaluate`]; the planner uses it to check whether a guardrail would lock out the roles
//! that landfall needs; diffs compare documents by [`canonical`] form. Pure: no AWS crate, no clock, no network. The policies of an
//! organization are in `desired`.
//!
//! An unknown operator or element is an error when a document is parsed and is never skipped: a condition that is not evaluated
//! would be a hole.

use std::fmt;

mod canonical;
#[cfg(test)]
#[expect(clippy::needless_pass_by_value, reason = "a table of cases reads better without a borrow before every value")]
mod cases;
mod check;
mod condition;
mod context;
mod date;
mod document;
mod evaluate;
mod json;
mod pattern;
mod principal;
mod resource_control;

pub use canonical::{canonical, minify, same};
pub use condition::{Condition, Operator, Order, Quantifier, Test};
pub use context::{Caller, CallerKind, Context, Request};
pub use document::{Actions, Document, Effect, Resources, Statement, Version};
pub use evaluate::{Denial, Layer, Policies, ResourceRule, Verdict, evaluate};
pub use pattern::{Pattern, like};
pub use principal::{Principal, Principals};

/// Why a text is not a policy document, or not valid for its use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    /// The place in the document: `Statement[1].Condition.StringEquals`; empty for the document itself.
    pub place: String,
    /// What is wrong.
    pub problem: String,
}

impl PolicyError {
    fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { place: place.into(), problem: problem.into() }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() { f.write_str(&self.problem) } else { write!(f, "{}: {}", self.place, self.problem) }
    }
}

impl std::error::Error for PolicyError {}
