//! The `Principal` and `NotPrincipal` elements: the callers to which a resource policy applies.

use serde_json::Value;

use super::PolicyError;
use super::context::{Caller, CallerKind, Scope};
use super::json::texts;
use crate::id::AccountId;

/// The principals of a statement in a resource policy.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the grammar has these two elements")]
pub enum Principals {
    /// `Principal`: these.
    Only(Vec<Principal>),
    /// `NotPrincipal`: all except these. Only a `Deny` may have it.
    Except(Vec<Principal>),
}

/// One principal in a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Principal {
    /// `*`: everyone, with or without credentials.
    Anyone,
    /// An account, written as its id or its root's ARN: everyone whom the account's own policies allow.
    Account(AccountId),
    /// A user, a role (and all its sessions), or one session.
    Arn(String),
    /// The unique id (`AROA…`) that AWS shows in place of a deleted role. No principal matches it.
    UniqueId(String),
    /// An AWS service.
    Service(String),
    /// An identity provider.
    Federated(String),
}

/// How directly a matching `Principal` grants; the later ones need less from other policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Applicability {
    Nothing,
    /// To the caller's account: its identity policies must allow as well; its root needs none.
    Account,
    /// To the caller's role: its boundary and session policies still limit it.
    Role,
    /// To the caller as such (user, session, `*`): in the same account nothing limits it.
    Caller,
}

impl Principals {
    /// Returns the principals in either element.
    pub fn named(&self) -> &[Principal] {
        match self {
            Self::Only(named) | Self::Except(named) => named,
        }
    }

    /// Reads the value of `Principal`.
    pub(super) fn parse(value: &Value, place: &str) -> Result<Vec<Principal>, PolicyError> {
        let groups = match value {
            Value::String(text) if text == "*" => return Ok(vec![Principal::Anyone]),
            Value::Object(groups) => groups,
            Value::String(text) => return Err(invalid(place, text)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                return Err(PolicyError::new(place, "must be `*` or an object"));
            }
        };
        let mut principals = Vec::new();
        for (group, value) in groups {
            let place = format!("{place}.{group}");
            let one = match group.as_str() {
                "AWS" => aws,
                "Service" => service,
                "Federated" => federated,
                // Canonical ids exist only in S3; the simulator assigns none.
                "CanonicalUser" => return Err(PolicyError::new(place, "canonical user ids are not supported, name the account")),
                _ => return Err(PolicyError::new(place, "is not AWS, Service or Federated")),
            };
            for text in texts(value, &place)? {
                principals.push(one(text).ok_or_else(|| invalid(&place, text))?);
            }
        }
        if principals.is_empty() { Err(PolicyError::new(place, "names no principal")) } else { Ok(principals) }
    }

    /// Returns how directly the element matches the caller.
    pub(super) fn applicability(&self, scope: &Scope<'_>) -> Applicability {
        let caller = &scope.request.principal;
        match self {
            Self::Only(named) => named.iter().map(|principal| principal.applicability(caller)).max().unwrap_or(Applicability::Nothing),
            // Every Deny with NotPrincipal applies to a principal with a boundary (docs/AWS.md 3.4).
            Self::Except(named) if !scope.bounded && is_excepted(named, caller) => Applicability::Nothing,
            Self::Except(_) => Applicability::Caller,
        }
    }
}

impl Principal {
    fn applicability(&self, caller: &Caller) -> Applicability {
        let when = |holds: bool, applicability: Applicability| if holds { applicability } else { Applicability::Nothing };
        match self {
            Self::Anyone => Applicability::Caller,
            Self::Account(id) if caller.is_of_an_account() && caller.account == id.as_str() => Applicability::Account,
            Self::Arn(arn) if caller.session_arn.as_deref() == Some(arn) => Applicability::Caller,
            Self::Arn(arn) if caller.is_of_an_account() && caller.arn == *arn => {
                if caller.kind == CallerKind::User {
                    Applicability::Caller
                } else {
                    Applicability::Role
                }
            }
            Self::Account(_) | Self::Arn(_) | Self::UniqueId(_) => Applicability::Nothing,
            Self::Service(name) => when(caller.kind == CallerKind::Service(name.clone()), Applicability::Caller),
            Self::Federated(provider) => when(caller.kind == CallerKind::Federated(provider.clone()), Applicability::Caller),
        }
    }
}

/// Whether `NotPrincipal` excludes the caller.
///
/// A caller is several principals at once: the account, the role, the session. AWS requires each of them in the list, and denies if
/// one is missing.
fn is_excepted(named: &[Principal], caller: &Caller) -> bool {
    if named.contains(&Principal::Anyone) {
        return true;
    }
    if !caller.is_of_an_account() {
        return named.iter().any(|principal| principal.applicability(caller) != Applicability::Nothing);
    }
    let has_account = named.iter().any(|principal| matches!(principal, Principal::Account(id) if id.as_str() == caller.account));
    let has = |arn: &str| named.iter().any(|principal| matches!(principal, Principal::Arn(named) if named == arn));
    has_account && (caller.kind == CallerKind::Root || has(&caller.arn)) && caller.session_arn.as_deref().is_none_or(has)
}

fn invalid(place: &str, text: &str) -> PolicyError {
    PolicyError::new(place, format!("invalid principal in policy: `{text}`"))
}

fn aws(text: &str) -> Option<Principal> {
    if text == "*" {
        return Some(Principal::Anyone);
    }
    if let Ok(account) = text.parse() {
        return Some(Principal::Account(account));
    }
    if text.contains(['*', '?']) {
        return None;
    }
    if let Some(rest) = text.strip_prefix("arn:") {
        let parts: Vec<&str> = rest.splitn(5, ':').collect();
        let &[_, service, "", account, resource] = parts.as_slice() else { return None };
        let account: AccountId = account.parse().ok()?;
        let (kind, name) = resource.split_once('/').unwrap_or((resource, ""));
        return match (service, kind) {
            ("iam", "root") if name.is_empty() => Some(Principal::Account(account)),
            ("iam", "user" | "role") | ("sts", "assumed-role" | "federated-user") if !name.is_empty() => {
                Some(Principal::Arn(text.to_owned()))
            }
            _ => None,
        };
    }
    let is_unique_id = ["AROA", "AIDA"].iter().any(|prefix| text.starts_with(prefix)) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    is_unique_id.then(|| Principal::UniqueId(text.to_owned()))
}

fn service(text: &str) -> Option<Principal> {
    let is_host = text.contains('.') && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
    is_host.then(|| Principal::Service(text.to_owned()))
}

fn federated(text: &str) -> Option<Principal> {
    let is_one = !text.contains(['*', '?']) && !text.contains(char::is_whitespace);
    let is_provider =
        if text.starts_with("arn:") { text.contains(":oidc-provider/") || text.contains(":saml-provider/") } else { text.contains('.') };
    (is_one && is_provider).then(|| Principal::Federated(text.to_owned()))
}
