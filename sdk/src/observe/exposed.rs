//! Roles that a deployer could use to get past the boundary: only the manifest can declare that they are protected.
//!
//! `PassRole` and the writes to policies have no condition on the boundary (docs/AWS.md 3.4), so a role without landfall's boundary must be
//! named if a service or the whole account can assume it, or if it has a policy of the account.

use std::collections::BTreeSet;

use crate::address::{Address, Scope};
use crate::aws::policy::like;
use crate::desired::principals::named;
use crate::desired::{DesiredState, Notice};
use crate::kind::Observed;
use crate::kind::iam::role;
use crate::model::Organization;
use crate::name::AccountKey;
use crate::observed::Observation;
use crate::ours::{BOUNDARY, DEPLOYER, PATH};

/// Paths that IAM reserves for AWS: roles of services and of Identity Center, which cannot be passed or changed.
const OF_AWS: &[&str] = &["/aws-service-role/", "/aws-reserved/"];

/// Returns a notice for each account with a deployer and such roles, with the line that protects them.
pub(super) fn roles(organization: &Organization, desired: &DesiredState, observation: &Observation) -> Vec<Notice> {
    let has_deployer = |key: &AccountKey| {
        let address = Address::account(key, "iam-role", DEPLOYER);
        desired.wanted.iter().any(|wanted| wanted.address == address)
    };
    let keys = organization.accounts.keys().filter(|key| has_deployer(key));
    keys.flat_map(|key| [unbounded(organization, key, observation), running(organization, key, observation)]).flatten().collect()
}

/// Returns the roles without the boundary, with their paths, as the manifest writes them.
fn open<'a>(organization: &Organization, key: &AccountKey, observation: &'a Observation) -> Vec<(String, &'a role::Exposed)> {
    let access_role = organization.accounts.get(key).map(|account| account.access_role.to_string()).unwrap_or_default();
    let scope = Scope::Account(key.clone());
    let open = observation.of(&scope).filter_map(|thing| match thing {
        Observed::IamRole(role) if is_open(role, &access_role) => {
            Some((format!("{}{}", role.path.trim_start_matches('/'), role.name), &role.exposed))
        }
        _ => None,
    });
    open.collect()
}

fn is_protected(organization: &Organization, name: &str) -> bool {
    organization.access.protected_roles.iter().any(|pattern| like(pattern, name))
}

/// Protected roles that a service can assume: a deployer cannot pass them, but can change the code that already runs as them.
fn running(organization: &Organization, key: &AccountKey, observation: &Observation) -> Option<Notice> {
    let roles = open(organization, key, observation)
        .into_iter()
        .filter(|(name, exposed)| !exposed.services.is_empty() && is_protected(organization, name))
        .map(|(name, _)| name)
        .collect::<BTreeSet<_>>();
    let names = roles.into_iter().collect::<Vec<_>>().join(", ");
    (!names.is_empty()).then(|| {
        Notice::new(
            format!(
                "protected_roles keeps deployers of account/{key} from passing {names}, but not from changing code that already runs as \
                 them: a function, a build project, a stack"
            ),
            "put the boundary on these roles, or let nothing of the deployers' account run as them",
        )
    })
}

fn unbounded(organization: &Organization, key: &AccountKey, observation: &Observation) -> Option<Notice> {
    let access = &organization.access;
    let let_in = named(organization).remove(key).unwrap_or_default();
    let (mut roles, mut entered, mut policies) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (name, exposed) in open(organization, key, observation) {
        let is_let_in = let_in.iter().any(|resource| like(resource, &format!("role/{name}")));
        if !is_let_in && !is_protected(organization, &name) {
            if !exposed.services.is_empty() {
                roles.insert(name.clone());
            }
            if exposed.trusts.contains(&role::Local::Account) {
                entered.insert(name);
            }
        }
        let open = exposed.policies.iter().filter(|policy| !access.protected_policies.iter().any(|pattern| like(pattern, policy)));
        policies.extend(open.cloned());
    }
    if roles.is_empty() && entered.is_empty() && policies.is_empty() {
        return None;
    }
    let listed = |names: &BTreeSet<String>| names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    let words = |names: &BTreeSet<String>| names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let (mut texts, mut lines) = (Vec::new(), Vec::new());
    if !roles.is_empty() {
        texts.push(format!("have a service act as {}", words(&roles)));
    }
    if !entered.is_empty() {
        let trust = if entered.len() == 1 { "trusts" } else { "trust" };
        texts.push(format!("assume {}, which {trust} the account as a whole", words(&entered)));
    }
    let unprotected: BTreeSet<String> = roles.union(&entered).cloned().collect();
    if !unprotected.is_empty() {
        lines.push(format!("protected_roles = [{}]", listed(&unprotected)));
    }
    if !policies.is_empty() {
        texts.push(format!("rewrite {}, which roles without the boundary carry", words(&policies)));
        lines.push(format!("protected_policies = [{}]", listed(&policies)));
    }
    Some(Notice::new(
        format!("deployers of account/{key} get past the boundary: they may {}", texts.join(", and ")),
        format!("under [access] write {}; or put the boundary on these roles", lines.join(" and ")),
    ))
}

/// Returns whether a role lacks landfall's boundary, and is not a role that the boundary protects anyway.
fn is_open(role: &role::Observed, access_role: &str) -> bool {
    let boundary = format!("policy{PATH}{BOUNDARY}");
    let is_bounded = role.exposed.boundary.as_ref().is_some_and(|arn| arn.ends_with(&boundary));
    let is_of_aws = OF_AWS.iter().any(|path| role.path.starts_with(path));
    role.path != PATH && !is_of_aws && !is_bounded && !role.name.eq_ignore_ascii_case(access_role)
}
