//! A request to evaluate: the caller, the action, the resource, and the condition keys.

use std::collections::BTreeMap;

use crate::id::{Partition, iam_arn};

/// One call, as policies see it.
#[derive(Debug, Clone)]
pub struct Request {
    /// The caller.
    pub principal: Caller,
    /// The action, for example `s3:GetObject`.
    pub action: String,
    /// The resource's ARN, or `*` for actions without a resource.
    pub resource: String,
    /// The condition keys of the call.
    pub context: Context,
}

impl Request {
    /// Returns a request without condition keys; see [`Context`] for those that are always present.
    pub fn new(principal: Caller, action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self { principal, action: action.into(), resource: resource.into(), context: Context::default() }
    }

    /// Returns the request with one more condition key.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.context.insert(key, value);
        self
    }
}

/// The caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account's id; empty for services, federated and anonymous callers.
    pub account: String,
    /// The ARN in `aws:PrincipalArn`: of the role (with its path), the user, or the account's root. Empty for services, federated
    /// and anonymous callers.
    pub arn: String,
    /// The session's ARN, `arn:aws:sts::…:assumed-role/ROLE/SESSION`, if there is a session.
    pub session_arn: Option<String>,
    /// The kind of principal.
    pub kind: CallerKind,
}

/// The kinds of principals.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallerKind {
    /// The account's root, itself or by `AssumeRoot`.
    Root,
    /// An IAM user.
    User,
    /// A session of an IAM role.
    Role,
    /// An AWS service, by the name of its principal, for example `cloudtrail.amazonaws.com`.
    Service(String),
    /// A caller with a token of an identity provider, by the provider's ARN or name.
    Federated(String),
    /// A caller without credentials.
    Anonymous,
}

impl Caller {
    /// Returns an account's root.
    pub fn root(account: &str) -> Self {
        Self { account: account.to_owned(), arn: iam_arn(Partition::Aws, account, "root"), session_arn: None, kind: CallerKind::Root }
    }

    /// Returns an IAM user by ARN.
    pub fn user(arn: &str) -> Self {
        Self { account: account_of(arn).to_owned(), arn: arn.to_owned(), session_arn: None, kind: CallerKind::User }
    }

    /// Returns a session of the role with this ARN.
    pub fn role(arn: &str, session: &str) -> Self {
        let account = account_of(arn);
        // A session's ARN has the role's name without its path.
        let name = arn.rsplit('/').next().unwrap_or(arn);
        let partition = arn.split(':').nth(1).unwrap_or(Partition::Aws.as_str());
        Self {
            account: account.to_owned(),
            arn: arn.to_owned(),
            session_arn: Some(format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}")),
            kind: CallerKind::Role,
        }
    }

    /// Returns an AWS service, for example `cloudtrail.amazonaws.com`.
    pub fn service(name: &str) -> Self {
        Self::outside(CallerKind::Service(name.to_owned()))
    }

    /// Returns a caller with a token of this identity provider.
    pub fn federated(provider: &str) -> Self {
        Self::outside(CallerKind::Federated(provider.to_owned()))
    }

    /// Returns a caller without credentials.
    pub fn anonymous() -> Self {
        Self::outside(CallerKind::Anonymous)
    }

    fn outside(kind: CallerKind) -> Self {
        Self { account: String::new(), arn: String::new(), session_arn: None, kind }
    }

    /// Returns whether the caller belongs to an account: only then do identity policies, boundaries and guardrails apply.
    pub fn is_of_an_account(&self) -> bool {
        match self.kind {
            CallerKind::Root | CallerKind::User | CallerKind::Role => true,
            CallerKind::Service(_) | CallerKind::Federated(_) | CallerKind::Anonymous => false,
        }
    }

    /// Returns whether the caller is a service-linked role, to which no guardrail applies (docs/AWS.md 1.9).
    pub fn is_service_linked(&self) -> bool {
        self.kind == CallerKind::Role && self.arn.contains(":role/aws-service-role/")
    }

    /// Returns the ARN for an error message.
    pub fn shown_arn(&self) -> &str {
        match &self.kind {
            CallerKind::Root | CallerKind::User | CallerKind::Role => self.session_arn.as_deref().unwrap_or(&self.arn),
            CallerKind::Service(name) | CallerKind::Federated(name) => name,
            CallerKind::Anonymous => "anonymous",
        }
    }
}

/// Condition keys and their values; keys are found in any letter case, including the tag part of `aws:RequestTag/…`.
///
/// `aws:PrincipalArn`, `aws:PrincipalAccount`, `aws:PrincipalType`, `aws:PrincipalIsAWSService` and `aws:PrincipalServiceName` come
/// from the caller and need not be inserted; an inserted value comes first. A key without values is the same as no key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    values: BTreeMap<String, Vec<String>>,
}

impl Context {
    /// Returns an empty context.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key to one value.
    pub fn insert(&mut self, key: &str, value: impl Into<String>) {
        self.insert_all(key, [value]);
    }

    /// Sets a key to any number of values, for example `aws:TagKeys`.
    pub fn insert_all<V: Into<String>>(&mut self, key: &str, values: impl IntoIterator<Item = V>) {
        self.values.insert(key.to_lowercase(), values.into_iter().map(Into::into).collect());
    }

    /// Returns the context with a key set to one value.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.insert(key, value);
        self
    }

    /// Returns the context with a key set to any number of values.
    #[must_use]
    pub fn with_all<V: Into<String>>(mut self, key: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.insert_all(key, values);
        self
    }

    /// Returns the values of a key, or `None` if it is absent.
    pub fn values(&self, key: &str) -> Option<&[String]> {
        self.lower_case(&key.to_lowercase())
    }

    fn lower_case(&self, key: &str) -> Option<&[String]> {
        self.values.get(key).map(Vec::as_slice).filter(|values| !values.is_empty())
    }
}

/// A request during evaluation, with its action in lower case and the keys that follow from the caller.
pub(super) struct Scope<'a> {
    pub(super) request: &'a Request,
    pub(super) action: String,
    /// Whether the caller has a permissions boundary.
    pub(super) bounded: bool,
    derived: Context,
}

impl<'a> Scope<'a> {
    pub(super) fn new(request: &'a Request, bounded: bool) -> Self {
        Self { request, action: request.action.to_ascii_lowercase(), bounded, derived: derived(&request.principal) }
    }

    /// Returns the values of a key given in lower case.
    pub(super) fn values(&self, key: &str) -> Option<&[String]> {
        self.request.context.lower_case(key).or_else(|| self.derived.lower_case(key))
    }
}

/// The keys that every request has because of its caller.
fn derived(caller: &Caller) -> Context {
    let mut context = Context::new();
    let (kind, is_service) = match &caller.kind {
        CallerKind::Root => (Some("Account"), false),
        CallerKind::User => (Some("User"), false),
        CallerKind::Role => (Some("AssumedRole"), false),
        CallerKind::Anonymous => (Some("Anonymous"), false),
        CallerKind::Federated(_) => (None, false),
        CallerKind::Service(name) => {
            context.insert("aws:PrincipalServiceName", name.as_str());
            (None, true)
        }
    };
    if let Some(kind) = kind {
        context.insert("aws:PrincipalType", kind);
    }
    context.insert("aws:PrincipalIsAWSService", if is_service { "true" } else { "false" });
    if caller.is_of_an_account() {
        context.insert("aws:PrincipalArn", caller.arn.as_str());
        context.insert("aws:PrincipalAccount", caller.account.as_str());
    }
    context
}

/// Returns the account of an ARN; empty if it has none.
fn account_of(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_in_any_letter_case_if_they_have_a_value() {
        let context = Context::new().with("aws:RequestTag/Team", "blue").with_all("aws:TagKeys", ["a", "b"]).with_all("aws:x", [""; 0]);
        for (key, expected) in
            [("AWS:requesttag/team", Some(&["blue"][..])), ("aws:TagKeys", Some(&["a", "b"][..])), ("aws:x", None), ("aws:y", None)]
        {
            let values = context.values(key).map(|values| values.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(values.as_deref(), expected, "{key}");
        }
    }
}
