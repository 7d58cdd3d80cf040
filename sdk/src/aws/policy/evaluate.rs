//! The decision: guardrails, boundary, session, identity and resource policies taken together.
//!
//! The caller passes the policies that apply to a call; nothing is looked up here. Sources: IAM User Guide, "Policy evaluation
//! logic", and docs/AWS.md 1.9, 2.1, 3.3, 3.4.

use std::fmt;

use super::context::{CallerKind, Request, Scope};
use super::document::{Document, Effect, Statement};
use super::principal::Applicability;
use super::resource_control;

/// Actions that need no permission, and on which even an explicit deny has no effect (docs/AWS.md 2.1).
const UNCHECKED_ACTIONS: [&str; 1] = ["sts:getcalleridentity"];

/// The policies that apply to one call.
///
/// The default is no policies: an account without guardrails, a caller without a policy.
#[derive(Debug, Clone, Default)]
pub struct Policies<'a> {
    /// Service control policies: one list per level from the root to the caller's account. Empty if none apply (management account).
    pub service_control: Vec<Vec<&'a Document>>,
    /// Resource control policies: one list per level from the root to the account of the resource. Empty if none apply.
    pub resource_control: Vec<Vec<&'a Document>>,
    /// The caller's identity policies.
    pub identity: Vec<&'a Document>,
    /// The caller's permissions boundary.
    pub boundary: Option<&'a Document>,
    /// The session policies of the caller's session; an empty list is the same as none.
    pub session: Option<Vec<&'a Document>>,
    /// The resource policy: a trust, bucket or key policy.
    pub resource: Option<&'a Document>,
    /// The account that owns the resource.
    pub resource_account: &'a str,
    /// What the resource policy must allow for callers of its own account.
    pub resource_rule: ResourceRule,
}

/// What a resource policy must allow for callers of its own account; for other callers both sides must always allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ResourceRule {
    /// Nothing: identity policies suffice (most services).
    #[default]
    Either,
    /// It must allow, at least the account: trust policies of roles, key policies of KMS.
    MustAllow,
}

/// The decision on a call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a verdict has no effect until it is checked"]
#[expect(clippy::exhaustive_enums, reason = "a call is allowed or denied")]
pub enum Verdict {
    /// The call is allowed.
    Allowed,
    /// The call is refused.
    Denied(Denial),
}

/// The layer that refuses a call, and how; its `Display` is the end of AWS's error message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Denial {
    /// The layer that refuses.
    pub layer: Layer,
    /// Whether a statement denies; if not, no statement allows.
    pub explicit: bool,
    /// The denying statement: its `Sid`, or else `Statement[n]`.
    pub sid: Option<String>,
    /// The action that was refused.
    pub action: String,
}

/// The kinds of policies that can refuse a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "code that explains a refusal must have a word for each")]
pub enum Layer {
    /// Service control policies: guardrails on the caller's account.
    ServiceControl,
    /// Resource control policies: guardrails on the resource's account.
    ResourceControl,
    /// The permissions boundary.
    Boundary,
    /// The session policies.
    Session,
    /// The identity policies.
    Identity,
    /// The resource's policy.
    Resource,
}

impl Verdict {
    /// Returns whether the call is allowed.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed)
    }
}

impl Denial {
    /// Returns AWS's complete message: the caller, the action, the resource and the reason.
    pub fn message(&self, request: &Request) -> String {
        let caller = request.principal.shown_arn();
        format!("User: {caller} is not authorized to perform: {} on resource: {} {self}", request.action, request.resource)
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.explicit {
            let article = if self.layer == Layer::Identity { "an" } else { "a" };
            write!(f, "with an explicit deny in {article} {}", self.layer)
        } else {
            write!(f, "because no {} allows the {} action", self.layer, self.action)
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ServiceControl => "service control policy",
            Self::ResourceControl => "resource control policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::Identity => "identity-based policy",
            Self::Resource => "resource-based policy",
        })
    }
}

/// Decides a call.
///
/// First, a statement that denies in any layer refuses the call. Then every level of guardrails must allow, in at least one of its
/// documents: those on the resource's account for every caller and the services that have them, those on the caller's account for its
/// principals. Then, inside one account, identity policies or the resource policy must allow; across accounts, both. Boundary and
/// session policies limit identity policies and a grant to a role; they do not limit a grant to a user, to one session, or to
/// everyone in the resource's own account.
pub fn evaluate(request: &Request, policies: &Policies<'_>) -> Verdict {
    let scope = Scope::new(request, policies.boundary.is_some());
    if UNCHECKED_ACTIONS.contains(&scope.action.as_str()) {
        return Verdict::Allowed;
    }
    match refusal(&scope, policies) {
        None => Verdict::Allowed,
        Some((layer, sid)) => Verdict::Denied(Denial { layer, explicit: sid.is_some(), sid, action: request.action.clone() }),
    }
}

/// Returns the layer that refuses, with the statement if one denies.
fn refusal(scope: &Scope<'_>, policies: &Policies<'_>) -> Option<(Layer, Option<String>)> {
    let caller = &scope.request.principal;
    let of_an_account = caller.is_of_an_account();
    let levels: &[Vec<&Document>] = if of_an_account && !caller.is_service_linked() { &policies.service_control } else { &[] };
    let on_resource: &[Vec<&Document>] = if resource_control::apply_to(scope) { &policies.resource_control } else { &[] };
    let identity: &[&Document] = if of_an_account { &policies.identity } else { &[] };
    let boundary = policies.boundary.filter(|_| matches!(caller.kind, CallerKind::User | CallerKind::Role));
    let session = policies.session.as_deref().unwrap_or_default();

    let resource: Vec<&Document> = policies.resource.into_iter().collect();
    let denying = on_resource
        .iter()
        .map(|level| (Layer::ResourceControl, level.as_slice()))
        .chain(levels.iter().map(|level| (Layer::ServiceControl, level.as_slice())))
        .chain([(Layer::Resource, resource.as_slice()), (Layer::Identity, identity)])
        .chain([(Layer::Boundary, boundary.as_slice()), (Layer::Session, session)]);
    for (layer, documents) in denying {
        if let Some(sid) = documents.iter().find_map(|document| denial(document, layer, scope)) {
            return Some((layer, Some(sid)));
        }
    }

    let passes =
        |documents: &[&Document], layer: Layer| documents.iter().any(|document| grant(document, layer, scope) != Applicability::Nothing);
    let allows = |documents: &[&Document]| passes(documents, Layer::Identity);
    if on_resource.iter().any(|level| !passes(level, Layer::ResourceControl)) {
        return Some((Layer::ResourceControl, None));
    }
    if levels.iter().any(|level| !allows(level)) {
        return Some((Layer::ServiceControl, None));
    }
    let granted = policies.resource.map_or(Applicability::Nothing, |document| grant(document, Layer::Resource, scope));
    if !of_an_account {
        return (granted == Applicability::Nothing).then_some((Layer::Resource, None));
    }

    // Root needs no policy.
    let by_identity = caller.kind == CallerKind::Root || allows(identity);
    if caller.account == policies.resource_account {
        match (granted, policies.resource_rule) {
            (Applicability::Caller, ResourceRule::Either | ResourceRule::MustAllow) => return None,
            (Applicability::Nothing, ResourceRule::MustAllow) => return Some((Layer::Resource, None)),
            (Applicability::Role, ResourceRule::Either | ResourceRule::MustAllow) => {}
            (Applicability::Nothing, ResourceRule::Either) | (Applicability::Account, ResourceRule::Either | ResourceRule::MustAllow) => {
                if !by_identity {
                    return Some((Layer::Identity, None));
                }
            }
        }
    } else {
        if !by_identity {
            return Some((Layer::Identity, None));
        }
        if granted == Applicability::Nothing {
            return Some((Layer::Resource, None));
        }
    }
    if boundary.is_some_and(|document| !allows(&[document])) {
        return Some((Layer::Boundary, None));
    }
    (!session.is_empty() && !allows(session)).then_some((Layer::Session, None))
}

/// Returns the first statement of a document that denies the request.
fn denial(document: &Document, layer: Layer, scope: &Scope<'_>) -> Option<String> {
    let statements = document.statements.iter().enumerate();
    statements.filter(|(_, statement)| statement.effect == Effect::Deny).find_map(|(number, statement)| {
        let applies = applicability(statement, layer, scope) != Applicability::Nothing;
        applies.then(|| statement.name(number))
    })
}

/// Returns how far the statements of a document allow the request.
fn grant(document: &Document, layer: Layer, scope: &Scope<'_>) -> Applicability {
    let allowing = document.statements.iter().filter(|statement| statement.effect == Effect::Allow);
    allowing.map(|statement| applicability(statement, layer, scope)).max().unwrap_or(Applicability::Nothing)
}

fn applicability(statement: &Statement, layer: Layer, scope: &Scope<'_>) -> Applicability {
    // A resource policy without principals applies to no caller.
    let needs_principal = matches!(layer, Layer::Resource | Layer::ResourceControl);
    if needs_principal && statement.principals.is_none() { Applicability::Nothing } else { statement.applicability(scope) }
}
