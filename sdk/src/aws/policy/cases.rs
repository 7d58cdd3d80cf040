//! AWS's decisions as a table: each case is one call under a few policies, and the verdict.
//!
//! A verdict is `allowed`, the layer without an allow (`identity-based policy`), or `deny: ` and the layer that denies.

use serde_json::{Value, json};

use super::{Caller, Document, Policies, Request, ResourceRule, Verdict, evaluate};

mod conditions;
mod documents;
mod layers;
mod ours;
mod statements;

const ACCOUNT: &str = "222222222222";
const OTHER_ACCOUNT: &str = "333333333333";
const ROLE: &str = "arn:aws:iam::222222222222:role/team/builder";
const USER: &str = "arn:aws:iam::222222222222:user/ada";
const OBJECT: &str = "arn:aws:s3:::logs/2026/a.gz";

const ALLOWED: &str = "allowed";
const NO_IDENTITY: &str = "identity-based policy";
const NO_RESOURCE: &str = "resource-based policy";
const NO_BOUNDARY: &str = "permissions boundary";
const NO_SESSION: &str = "session policy";
const NO_GUARDRAIL: &str = "service control policy";
const NO_RESOURCE_GUARDRAIL: &str = "resource control policy";
const IDENTITY_DENIES: &str = "deny: identity-based policy";
const RESOURCE_DENIES: &str = "deny: resource-based policy";
const GUARDRAIL_DENIES: &str = "deny: service control policy";
const RESOURCE_GUARDRAIL_DENIES: &str = "deny: resource control policy";
const BOUNDARY_DENIES: &str = "deny: permissions boundary";
const SESSION_DENIES: &str = "deny: session policy";

/// One call and the policies that apply to it. By default the caller is a role of the resource's account.
struct Case {
    name: &'static str,
    expected: &'static str,
    request: Request,
    levels: Vec<Vec<Value>>,
    resource_levels: Vec<Vec<Value>>,
    identity: Vec<Value>,
    boundary: Option<Value>,
    session: Option<Vec<Value>>,
    resource: Option<Value>,
    rule: ResourceRule,
}

fn case(name: &'static str, expected: &'static str) -> Case {
    Case {
        name,
        expected,
        request: Request::new(Caller::role(ROLE, "run-1"), "s3:GetObject", OBJECT),
        levels: Vec::new(),
        resource_levels: Vec::new(),
        identity: Vec::new(),
        boundary: None,
        session: None,
        resource: None,
        rule: ResourceRule::Either,
    }
}

impl Case {
    fn call(mut self, action: &str, resource: &str) -> Self {
        self.request.action = action.to_owned();
        self.request.resource = resource.to_owned();
        self
    }

    fn by(mut self, caller: Caller) -> Self {
        self.request.principal = caller;
        self
    }

    fn with(mut self, key: &str, value: &str) -> Self {
        self.request.context.insert(key, value);
        self
    }

    fn with_all(mut self, key: &str, values: &[&str]) -> Self {
        self.request.context.insert_all(key, values.iter().copied());
        self
    }

    /// Adds an identity policy of these statements (one or a list).
    fn identity(mut self, statements: Value) -> Self {
        self.identity.push(policy(statements));
        self
    }

    /// Adds an identity policy that allows everything under a condition.
    fn when(self, condition: Value) -> Self {
        self.identity(json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition }))
    }

    /// Allows everything, but denies everything under a condition.
    fn denied_when(self, condition: Value) -> Self {
        self.identity(json!([everything(), { "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition }]))
    }

    /// Adds a level of guardrails, each document given by its statements.
    fn level(mut self, documents: Vec<Value>) -> Self {
        self.levels.push(documents.into_iter().map(policy).collect());
        self
    }

    /// Adds a level of guardrails on the resource's account, beside AWS's own that allows everything.
    fn resource_level(mut self, statements: Value) -> Self {
        self.resource_levels.push(vec![policy(everyone("Allow", "*")), policy(statements)]);
        self
    }

    fn boundary(mut self, statements: Value) -> Self {
        self.boundary = Some(policy(statements));
        self
    }

    fn session(mut self, documents: Vec<Value>) -> Self {
        self.session = Some(documents.into_iter().map(policy).collect());
        self
    }

    fn resource(mut self, statements: Value) -> Self {
        self.resource = Some(policy(statements));
        self
    }

    /// Sets the trust policy of a role that is assumed.
    fn trust(mut self, statements: Value) -> Self {
        if self.request.action == "s3:GetObject" {
            self = self.call("sts:AssumeRole", "arn:aws:iam::222222222222:role/landfall/deployer");
        }
        self.rule = ResourceRule::MustAllow;
        self.resource(statements)
    }
}

fn policy(statements: Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn everything() -> Value {
    json!({ "Effect": "Allow", "Action": "*", "Resource": "*" })
}

fn allow(action: &str, resource: &str) -> Value {
    json!({ "Effect": "Allow", "Action": action, "Resource": resource })
}

fn deny(action: &str, resource: &str) -> Value {
    json!({ "Effect": "Deny", "Action": action, "Resource": resource })
}

/// A statement of a resource control policy.
fn everyone(effect: &str, action: &str) -> Value {
    json!({ "Effect": effect, "Principal": "*", "Action": action, "Resource": "*" })
}

/// A statement of a bucket's policy about everything in it.
fn bucket(effect: &str, principal: Value) -> Value {
    json!({ "Effect": effect, "Principal": principal, "Action": "s3:*", "Resource": "arn:aws:s3:::logs/*" })
}

/// A statement of a trust policy.
fn trusting(principal: Value) -> Value {
    json!({ "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole" })
}

/// Another account's role that may assume everything.
fn outsider(case: Case) -> Case {
    case.by(Caller::role("arn:aws:iam::333333333333:role/landfall/ci", "run-2")).identity(allow("sts:AssumeRole", "*"))
}

fn document(value: &Value) -> Document {
    Document::from_value(value).unwrap_or_else(|error| panic!("{value}: {error}"))
}

fn check(cases: Vec<Case>) {
    let mut wrong = Vec::new();
    for case in cases {
        let levels: Vec<Vec<Document>> = case.levels.iter().map(|level| level.iter().map(document).collect()).collect();
        let on_resource: Vec<Vec<Document>> = case.resource_levels.iter().map(|level| level.iter().map(document).collect()).collect();
        let identity: Vec<Document> = case.identity.iter().map(document).collect();
        let boundary = case.boundary.as_ref().map(document);
        let session: Option<Vec<Document>> = case.session.as_ref().map(|documents| documents.iter().map(document).collect());
        let resource = case.resource.as_ref().map(document);
        let policies = Policies {
            service_control: levels.iter().map(|level| level.iter().collect()).collect(),
            resource_control: on_resource.iter().map(|level| level.iter().collect()).collect(),
            identity: identity.iter().collect(),
            boundary: boundary.as_ref(),
            session: session.as_ref().map(|documents| documents.iter().collect()),
            resource: resource.as_ref(),
            resource_account: ACCOUNT,
            resource_rule: case.rule,
        };
        let actual = match evaluate(&case.request, &policies) {
            Verdict::Allowed => ALLOWED.to_owned(),
            Verdict::Denied(denial) if denial.explicit => format!("deny: {}", denial.layer),
            Verdict::Denied(denial) => denial.layer.to_string(),
        };
        if actual != case.expected {
            wrong.push(format!("{}: expected {}, is {actual}", case.name, case.expected));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
