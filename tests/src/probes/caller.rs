//! The caller: the `by` of a row, and its own policies.

use std::rc::Rc;

use landfall::aws::policy::{Caller, CallerKind};

use super::documents::{Held, Use, World, everything, managed};

/// Identity Center's roles end in 16 characters of its own.
const SET_SUFFIX: &str = "0123456789abcdef";
/// The permission sets that have a policy of AWS's in `tests/policies/managed`; any other set is one of administrators.
const SETS: [&str; 5] = ["AdministratorAccess", "PowerUserAccess", "ReadOnlyAccess", "SecurityAudit", "ViewOnlyAccess"];

/// Identity providers of an account, each by a word and the end of its ARN.
const PROVIDERS: [(&str, &str); 3] = [
    ("github", "oidc-provider/token.actions.githubusercontent.com"),
    ("eks", "oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF"),
    ("saml", "saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"),
];
/// Accounts outside the organization, each by a word; `tests/policies/switches/landfall.toml` trusts the vendor. `CloudFront`'s legacy
/// origin access identities are users of the last, which is not a number.
const OUTSIDE: [(&str, &str); 3] = [("stranger", "999999999999"), ("vendor", "888888888888"), ("cloudfront", "cloudfront")];

/// Returns a caller whose own policies allow everything.
fn whoever(caller: Caller) -> Actor {
    Actor { caller, identity: vec![Held::foreign("everything", Use::Identity, everything())], boundary: None }
}

/// A caller, with its own policies.
#[derive(Debug)]
pub(super) struct Actor {
    pub(super) caller: Caller,
    pub(super) identity: Vec<Rc<Held>>,
    pub(super) boundary: Option<Rc<Held>>,
}

impl Actor {
    /// Reads a row's `by`, said in `account`.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(super) fn of(by: &str, world: &World, account: &str) -> Result<Self, String> {
        if let Some(host) = by.strip_prefix("service:") {
            return Ok(Self { caller: Caller::service(host), identity: Vec::new(), boundary: None });
        }
        if let Some((_, path)) = PROVIDERS.iter().find(|(name, _)| *name == by) {
            let provider = format!("arn:aws:iam::{}:{path}", world.id(account));
            return Ok(Self { caller: Caller::federated(&provider), identity: Vec::new(), boundary: None });
        }
        let outside = OUTSIDE.iter().find_map(|(name, id)| Some((id, by.strip_prefix(name)?.strip_prefix('/')?)));
        if let Some((id, name)) = outside {
            return Ok(whoever(match name.split_once(':') {
                Some(("role", name)) => Caller::role(&format!("arn:aws:iam::{id}:role/{name}"), "session"),
                Some(("user", name)) => Caller::user(&format!("arn:aws:iam::{id}:user/{name}")),
                _ => return Err(format!("`{by}` is neither a role nor a user")),
            }));
        }
        // A caller of another account is written with it: `management/sso:PowerUserAccess`.
        let (account, name) = match by.split_once('/') {
            Some((key, name)) if world.has(key) => (key, name),
            _ => (account, by),
        };
        Self::within(name, world, account)
    }

    fn within(name: &str, world: &World, account: &str) -> Result<Self, String> {
        let id = world.id(account);
        let role = |name: &str| Caller::role(&format!("arn:aws:iam::{id}:role/{name}"), "session");
        let bounded = || world.boundary(account).cloned().ok_or_else(|| format!("{account} has no boundary"));
        Ok(match name.split_once(':') {
            // Root needs no policy; another evaluator wants to see one.
            None if name == "root" => whoever(Caller::root(id)),
            None if name == "access-role" => {
                let name = &world.account(account).ok_or_else(|| format!("{account} has no access role"))?.access_role;
                whoever(role(name.as_str()))
            }
            // A role that a deployer made: it may do whatever its boundary lets it.
            None if name == "made" => Self { boundary: Some(bounded()?), ..whoever(role("made")) },
            None => {
                let own = world.role(account, name).ok_or_else(|| format!("landfall makes no role `{name}` in {account}"))?;
                let boundary = own.is_bounded.then(bounded).transpose()?;
                Self { caller: role(&format!("landfall/{name}")), identity: own.identity.clone(), boundary }
            }
            Some(("sso", set)) => {
                let caller = role(&format!("aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_{set}_{SET_SUFFIX}"));
                if SETS.contains(&set) { Self { caller, identity: vec![managed(set)], boundary: None } } else { whoever(caller) }
            }
            Some(("role", name)) => whoever(role(name)),
            Some(("user", name)) => whoever(Caller::user(&format!("arn:aws:iam::{id}:user/{name}"))),
            Some((what, _)) => return Err(format!("`{what}:` names no caller; see tests/policies/README.md")),
        })
    }

    /// Returns the principal as another evaluator wants it: a session's ARN, a user's, the root's, a provider's, a service's name.
    pub(super) fn shown(&self) -> &str {
        match &self.caller.kind {
            CallerKind::Service(name) | CallerKind::Federated(name) => name,
            _ => self.caller.shown_arn(),
        }
    }
}
