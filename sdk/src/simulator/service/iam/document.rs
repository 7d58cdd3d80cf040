//! IAM's checks of a policy document.

use crate::aws::policy::{Document, Principal, Principals};
use crate::id::AccountId;
use crate::simulator::clock::Timestamp;
use crate::simulator::failure::Failure;
use crate::simulator::stored::StoredDocument;
use crate::simulator::world::World;

/// Longest trust policy (docs/AWS.md 3.1). White space counts.
pub(super) const TRUST_MAX: usize = 2048;

/// Reads an identity policy.
pub(super) fn identity(text: &str) -> Result<StoredDocument, Failure> {
    let document = parse(text)?;
    document.document().check_identity().map_err(|error| Failure::malformed_policy(error.to_string()))?;
    Ok(document)
}

/// Reads a trust policy. Principals in accounts of this world must exist and have propagated.
pub(super) fn trust(world: &World, now: Timestamp, text: &str) -> Result<StoredDocument, Failure> {
    let document = parse(text)?;
    document.document().check_trust().map_err(|error| Failure::malformed_policy(error.to_string()))?;
    if text.chars().count() > TRUST_MAX {
        return Err(Failure::limit_exceeded(format!("Cannot exceed quota for ACLSizePerRole: {TRUST_MAX}")));
    }
    match unknown_principal(world, now, document.document()) {
        Some(arn) => Err(Failure::malformed_policy(format!("Invalid principal in policy: \"AWS\":\"{arn}\""))),
        None => Ok(document),
    }
}

/// Returns a principal in a resource's policy that does not exist, or has not propagated.
pub(in crate::simulator::service) fn unknown_principal<'a>(world: &World, now: Timestamp, document: &'a Document) -> Option<&'a str> {
    let named = document.statements.iter().flat_map(|statement| statement.principals.iter().flat_map(Principals::named));
    named.into_iter().find_map(|principal| match principal {
        Principal::Arn(arn) => (!exists(world, now, arn)).then_some(arn.as_str()),
        Principal::Anyone | Principal::Account(_) | Principal::UniqueId(_) | Principal::Service(_) | Principal::Federated(_) => None,
    })
}

fn parse(text: &str) -> Result<StoredDocument, Failure> {
    let allowed = |c: char| ('\u{20}'..='\u{ff}').contains(&c) || matches!(c, '\t' | '\n' | '\r');
    if !text.chars().all(allowed) {
        return Err(Failure::validation(
            "The specified value for policyDocument is invalid. It must contain only printable ASCII characters.",
        ));
    }
    text.parse().map_err(|error| Failure::malformed_policy(format!("{error}")))
}

/// Whether a role, user or session can exist. Accounts outside of this world are unknown, so their principals are accepted.
fn exists(world: &World, now: Timestamp, arn: &str) -> bool {
    let mut parts = arn.splitn(6, ':').skip(4);
    let (Some(account), Some(resource)) = (parts.next(), parts.next()) else { return false };
    let Some(account) = account.parse::<AccountId>().ok().and_then(|id| world.accounts.get(&id)) else { return true };
    let Some((kind, path)) = resource.split_once('/') else { return false };
    match kind {
        "role" => {
            let role = path.rsplit('/').next().and_then(|name| account.iam.role(name));
            role.is_some_and(|role| role.arn == arn && role.arrives <= now)
        }
        "user" => {
            let user = path.rsplit('/').next().and_then(|name| account.iam.user(name));
            user.is_some_and(|user| user.arn == arn && user.made.plus(world.timing().propagation) <= now)
        }
        "assumed-role" => path.split('/').next().is_some_and(|name| account.iam.role(name).is_some()),
        _ => false,
    }
}
