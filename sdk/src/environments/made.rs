//! Builds an index from the model, the desired state and the observed state.

use std::collections::BTreeMap;

use super::index::{ACTIVE, AccountEntry, EnvironmentEntry, FORMAT, Index, NetworkEntry, OrganizationEntry, RoleEntry, SubnetEntry};
use crate::address::{Address, Scope};
use crate::aws::tags::Owner;
use crate::desired::DesiredState;
use crate::desired::access::asks_reason;
use crate::id::iam_arn;
use crate::kind::organizations::account::{self, State};
use crate::kind::{Desired, Kind, Observed};
use crate::model::{Account, Environment, Organization};
use crate::observed::Observation;
use crate::ours;

/// The id of every account in an expected index; AWS never assigns it.
const NOBODY: &str = "000000000000";

impl Index {
    /// Returns the index of an observed organization. Roles are listed once their account exists.
    #[must_use]
    pub fn of(organization: &Organization, desired: &DesiredState, observation: &Observation) -> Self {
        let address = Address::organization("organization", &organization.name);
        let id = observation.facts.find(&address, "id").map(str::to_owned);
        Self::with(organization, id, observation.management.as_str(), |account| account_entry(organization, desired, observation, account))
    }

    /// Returns the index that is expected once everything is built, so that invalid requests are refused before any call.
    ///
    /// Every account in it is active; every id is `000000000000`, so no account can be entered with it.
    #[must_use]
    pub fn expected(organization: &Organization, desired: &DesiredState) -> Self {
        Self::with(organization, None, NOBODY, |account| entry(organization, desired, account, Some(NOBODY.to_owned()), ACTIVE.to_owned()))
    }

    fn with(organization: &Organization, id: Option<String>, management: &str, entry: impl Fn(&Account) -> AccountEntry) -> Self {
        Self {
            landfall: FORMAT,
            organization: OrganizationEntry {
                name: organization.name.to_string(),
                id,
                management: management.to_owned(),
                partition: organization.partition.to_string(),
                region: organization.region.to_string(),
                regions: organization.regions.iter().map(ToString::to_string).collect(),
            },
            environments: organization
                .environments
                .iter()
                .map(|environment| EnvironmentEntry {
                    name: environment.name.to_string(),
                    tier: environment.tier.to_string(),
                    follows: environment.follows.as_ref().map(ToString::to_string),
                    accounts: accounts_of(organization, environment).map(&entry).collect(),
                })
                .collect(),
            accounts: organization.accounts.values().filter(|account| account.environment.is_none()).map(&entry).collect(),
        }
    }
}

/// Returns an environment's accounts by key, an order that an index read from AWS has too.
fn accounts_of<'a>(organization: &'a Organization, environment: &Environment) -> impl Iterator<Item = &'a Account> {
    organization.accounts.values().filter(|account| environment.accounts.contains(&account.key))
}

fn account_entry(organization: &Organization, desired: &DesiredState, observation: &Observation, account: &Account) -> AccountEntry {
    let address = Address::organization("account", &account.key);
    let id = observation.facts.find(&address, "id").map(str::to_owned);
    let state = desired
        .wanted
        .iter()
        .find_map(|wanted| match &wanted.thing {
            Desired::Account(thing) if wanted.address == address => Some(thing),
            _ => None,
        })
        .and_then(|thing| {
            observation.of(&Scope::Organization).find_map(|observed| match observed {
                Observed::Account(found) if account::Account::matches(thing, found) => Some(&found.state),
                _ => None,
            })
        });
    let state = match state {
        None => "absent".to_owned(),
        Some(State::Creating(_)) => "creating".to_owned(),
        Some(State::Active) => ACTIVE.to_owned(),
        Some(State::Inactive(word) | State::Closed(word)) => word.clone(),
    };
    AccountEntry {
        network: network_entry(organization, observation, account),
        terraform_bucket: terraform_bucket(organization, observation, account),
        ..entry(organization, desired, account, id, state)
    }
}

/// Returns the entry of an account as far as the manifest determines it: everything but its network.
fn entry(organization: &Organization, desired: &DesiredState, account: &Account, id: Option<String>, state: String) -> AccountEntry {
    let roles = match &id {
        None => BTreeMap::new(),
        Some(id) => desired
            .roles_of(account)
            // AWS Backup assumes it, and no one else.
            .filter(|role| role.name != ours::BACKUP)
            .map(|role| {
                let arn = iam_arn(organization.partition, id, ours::role(&role.name));
                let max_session = u32::try_from(role.session_seconds).unwrap_or(0);
                (role.name.clone(), RoleEntry { arn, max_session, reason: asks_reason(organization, account, &role.name) })
            })
            .collect(),
    };
    AccountEntry {
        key: account.key.to_string(),
        id,
        name: organization.account_name(&account.key),
        state,
        unit: Some(account.unit.to_string()),
        workload: account.workload.as_ref().map(ToString::to_string),
        tags: account.tags.clone(),
        roles,
        network: None,
        terraform_bucket: None,
    }
}

/// Returns the network that was found in an account's home Region; `None` if there is no managed VPC.
fn network_entry(organization: &Organization, observation: &Observation, account: &Account) -> Option<NetworkEntry> {
    let scope = Scope::Region(account.key.clone(), organization.region.clone());
    let mut vpc = None;
    let mut subnets = BTreeMap::new();
    let mut nat_addresses = Vec::new();
    for thing in observation.of(&scope) {
        let Owner::Ours(address) = thing.owner(&organization.name) else { continue };
        match thing {
            Observed::Vpc(found) => vpc = Some((found.id.to_string(), found.cidr.to_string())),
            Observed::Subnet(found) => {
                let entry = SubnetEntry { id: found.id.to_string(), cidr: found.cidr.to_string(), zone: found.zone.clone() };
                subnets.insert(address.name().to_owned(), entry);
            }
            // One that is not attached yet, and every one that a NAT gateway uses: addresses may have been added by hand.
            Observed::Eip(found) => nat_addresses.push(found.ip.clone()),
            Observed::Nat(found) => nat_addresses.extend(found.ips.iter().cloned()),
            _ => {}
        }
    }
    let (vpc, cidr) = vpc?;
    nat_addresses.sort();
    nat_addresses.dedup();
    Some(NetworkEntry { region: organization.region.to_string(), vpc, cidr, subnets, nat_addresses })
}

/// Returns the name of the managed bucket for Terraform's state that was found in an account's home Region.
fn terraform_bucket(organization: &Organization, observation: &Observation, account: &Account) -> Option<String> {
    let scope = Scope::Region(account.key.clone(), organization.region.clone());
    observation.of(&scope).find_map(|thing| match (thing, thing.owner(&organization.name)) {
        (Observed::Bucket(found), Owner::Ours(address)) if address.name() == ours::TERRAFORM => Some(found.name.clone()),
        _ => None,
    })
}
