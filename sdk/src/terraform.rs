//! For those who leave: everything that landfall owns and that exists, as Terraform imports it. Pure; the text of the blocks is not made here.
//!
//! What each kind is to Terraform is the kind's own line ([`Kind::terraform`](crate::kind::Kind::terraform)).

use std::collections::BTreeMap;

use crate::address::{Address, Scope};
use crate::aws::tags::Owner;
use crate::desired::DesiredState;
use crate::id::AccountId;
use crate::kind::terraform::{Import, Place};
use crate::kind::{Adoption, Desired, Observed};
use crate::model::Organization;
use crate::name::AccountKey;
use crate::observed::Observation;

/// What Terraform can take over, and what it cannot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imports {
    /// What it can, the organization first, then account by account.
    pub imported: Vec<Imported>,
    /// What it cannot.
    pub left: Vec<Left>,
}

/// A resource that Terraform can take over.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// Its address.
    pub address: Address,
    /// The account that it is in; the management account for what is the organization's.
    pub account: AccountKey,
    /// The type of the resource: `aws_vpc`.
    pub resource: &'static str,
    /// The id that it is imported by; with `@` and the Region outside the home Region, as version 6 of the provider reads it.
    pub id: String,
}

/// A resource that is landfall's, and that Terraform does not take over.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Left {
    /// Its address.
    pub address: Address,
    /// Why not.
    pub reason: String,
}

/// Returns everything that exists and is landfall's: by its tags, or because it has none and is as the manifest wants it.
#[must_use]
pub fn imports(organization: &Organization, desired: &DesiredState, observation: &Observation) -> Imports {
    let mut wanted: BTreeMap<&Scope, Vec<(&Address, Desired)>> = BTreeMap::new();
    for one in &desired.wanted {
        wanted.entry(one.address.scope()).or_default().push((&one.address, observation.resolved(&one.thing)));
    }
    let id_of = |kind, name: &str| observation.facts.find(&Address::organization(kind, name), "id");
    let organization_id = id_of("organization", organization.name.as_str()).unwrap_or_default();
    let mut imports = Imports::default();
    for (scope, things) in observation.by_scope() {
        let key = scope.account().cloned().unwrap_or_else(AccountKey::management);
        let account = if key.is_management() {
            Some(observation.management.clone())
        } else {
            id_of("account", key.as_str()).and_then(|id| id.parse::<AccountId>().ok())
        };
        let Some(account) = account else {
            let own = things.iter().filter_map(|thing| match thing.owner(&organization.name) {
                Owner::Ours(address) => Some(address.within(scope)),
                Owner::Other(_) | Owner::Nobody => None,
            });
            imports.left.extend(own.map(|address| Left { address, reason: "its account is not in the manifest".to_owned() }));
            continue;
        };
        let region = scope.region().unwrap_or(&organization.region);
        let place = Place { partition: organization.partition, organization: organization_id, account: &account, region };
        let here = wanted.get(scope).map(Vec::as_slice).unwrap_or_default();
        for thing in things {
            let Some((address, problem)) = owned(organization, here, thing, scope) else { continue };
            let retired = thing.retired().map(|blocked| blocked.reason);
            match problem.or(retired).map_or_else(|| thing.terraform(&place), Import::left) {
                Import::Left(reason) => imports.left.push(Left { address, reason: reason.into_owned() }),
                Import::As { resource, id } => {
                    let id = if *region == organization.region { id } else { format!("{id}@{region}") };
                    imports.imported.push(Imported { address, account: key.clone(), resource, id });
                }
            }
        }
    }
    // AWS lists in an order of its own.
    imports.imported.sort_by_cached_key(|one| (one.address.scope().clone(), one.address.to_string(), one.id.clone()));
    imports.left.sort_by_cached_key(|one| (one.address.scope().clone(), one.address.to_string()));
    imports
}

/// Returns the address of a thing that is landfall's, and why it must not be imported as it is now.
fn owned(organization: &Organization, here: &[(&Address, Desired)], thing: &Observed, scope: &Scope) -> Option<(Address, Option<String>)> {
    let matching = here.iter().find(|(_, desired)| desired.matches(thing));
    match (thing.owner(&organization.name), matching) {
        (Owner::Ours(_), Some((address, _))) => Some(((*address).clone(), None)),
        (Owner::Ours(address), None) => Some((address.within(scope), None)),
        (Owner::Nobody, Some((address, desired))) if desired.adoption(thing) == Some(Adoption::Adopt) => {
            // What has no tags is landfall's by being as it wants it.
            let is_short = thing.tags().is_none() && !matches!(desired.diff(thing), Ok(None));
            let problem = is_short.then(|| "it is not as the manifest wants it yet".to_owned());
            Some(((*address).clone(), problem))
        }
        (Owner::Nobody | Owner::Other(_), _) => None,
    }
}
