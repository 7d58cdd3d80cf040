//! What is in an account beside its roles: its network, and in the log archive where the audit trail writes.

use std::time::SystemTime;

use landfall::address::Scope;
use landfall::aws::tags::Owner;
use landfall::kind::Observed;
use landfall::model::Organization;
use landfall::name::AccountKey;
use landfall::observed::Observation;
use serde::Serialize;

/// A network, as far as it exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Network {
    /// The VPC's address block.
    pub(crate) cidr: String,
    /// How many subnets there are.
    pub(crate) subnets: usize,
    /// How many NAT gateways there are.
    pub(crate) nat_gateways: usize,
}

/// The organization's trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Trail {
    /// Whether it is on.
    pub(crate) logging: bool,
    /// How long ago it last wrote into the bucket, in seconds.
    pub(crate) delivered_seconds_ago: Option<u64>,
    /// Why it could not the last time, in AWS's word.
    pub(crate) trouble: Option<String>,
}

/// Returns the network of an account; `None` if landfall manages no VPC in it.
pub(super) fn network(organization: &Organization, observation: &Observation, account: &AccountKey) -> Option<Network> {
    let scope = Scope::Region(account.clone(), organization.region.clone());
    let ours = |thing: &&Observed| matches!(thing.owner(&organization.name), Owner::Ours(_));
    let (mut cidr, mut subnets, mut nat_gateways) = (None, 0, 0);
    for thing in observation.of(&scope).filter(ours) {
        match thing {
            Observed::Vpc(vpc) => cidr = Some(vpc.cidr.to_string()),
            Observed::Subnet(_) => subnets += 1,
            Observed::Nat(_) => nat_gateways += 1,
            _ => {}
        }
    }
    cidr.map(|cidr| Network { cidr, subnets, nat_gateways })
}

/// Returns the organization's trail, to be shown at the account that keeps its files.
pub(super) fn trail(organization: &Organization, observation: &Observation, now: SystemTime) -> Option<Trail> {
    let scope = Scope::Region(AccountKey::management(), organization.region.clone());
    observation.of(&scope).find_map(|thing| match thing {
        Observed::Trail(trail) if matches!(thing.owner(&organization.name), Owner::Ours(_)) => Some(Trail {
            logging: trail.logging,
            delivered_seconds_ago: trail.delivered.and_then(|at| now.duration_since(at).ok()).map(|age| age.as_secs()),
            trouble: trail.trouble.clone(),
        }),
        _ => None,
    })
}
