//! The tree: the organization, its units, an account per environment or workload.
//!
//! Their tags say what programs look up in the organization without a manifest: which environments there are, which
//! accounts belong to them, and which roles can be assumed there.

use super::{DesiredState, access};
use crate::address::Address;
use crate::aws::tags;
use crate::kind::organizations::{account, organization, unit};
use crate::kind::{Desired, Text};
use crate::model::Organization;
use crate::name::UnitPath;

/// Returns the organization's address.
pub(super) fn organization_address(organization: &Organization) -> Address {
    Address::organization("organization", &organization.name)
}

/// Returns a unit's address.
pub(super) fn unit_address(path: &UnitPath) -> Address {
    Address::organization("unit", path)
}

pub(super) fn organization(organization: &Organization, state: &mut DesiredState) {
    let address = organization_address(organization);
    let mut tags = tags::ours(&organization.name, &address);
    tags.insert(tags::REGION.to_owned(), organization.region.to_string());
    tags.extend(tags::in_parts(tags::REGIONS, organization.regions.iter().map(ToString::to_string)));
    tags.extend(tags::in_parts(
        tags::ENVIRONMENTS,
        organization.environments.iter().map(|environment| match &environment.follows {
            None => format!("{}:{}", environment.name, environment.tier),
            Some(follows) => format!("{}:{}:{follows}", environment.name, environment.tier),
        }),
    ));
    state.want(address, Desired::Organization(organization::Desired { tags }));
}

pub(super) fn units(organization: &Organization, state: &mut DesiredState) {
    // Path order puts parents before children.
    for unit in organization.units.values() {
        let address = unit_address(&unit.path);
        let parent = match unit.path.parent() {
            Some(parent) => Text::fact(&unit_address(&parent), "id"),
            None => Text::fact(&organization_address(organization), "root"),
        };
        let tags = tags::ours(&organization.name, &address);
        let name = unit.path.name().to_owned();
        state.want(address, Desired::Unit(unit::Desired { parent, name, adopt: unit.adopt, tags }));
    }
}

pub(super) fn accounts(organization: &Organization, state: &mut DesiredState) {
    for account in organization.accounts.values() {
        let address = Address::organization("account", &account.key);
        let mut tags = account.tags.clone();
        tags.extend(tags::ours(&organization.name, &address));
        tags.extend(account.environment.iter().map(|name| (tags::ENVIRONMENT.to_owned(), name.to_string())));
        tags.extend(account.workload.iter().map(|name| (tags::WORKLOAD.to_owned(), name.to_string())));
        let desired = account::Desired {
            name: organization.account_name(&account.key),
            email: account.email.clone(),
            email_written: account.email_written,
            id: account.id.clone(),
            unit: Text::fact(&unit_address(&account.unit), "id"),
            unit_path: account.unit.to_string(),
            access_role: account.access_role.to_string(),
            tags,
        };
        state.want(address, Desired::Account(desired));
    }
}

/// Writes on every account which roles it has, once all are known.
pub(super) fn role_tags(organization: &Organization, state: &mut DesiredState) {
    for account in organization.accounts.values() {
        let words: Vec<String> = state
            .roles_of(account)
            .map(|role| {
                // A comma is no letter of a tag, and a slash none of a role's name.
                let name = role.name.replace(',', "/");
                let reason = if access::asks_reason(organization, account, &role.name) { ":reason" } else { "" };
                format!("{name}:{}{reason}", role.session_seconds)
            })
            .collect();
        let address = Address::organization("account", &account.key);
        let wanted = state.wanted.iter_mut().find(|wanted| wanted.address == address);
        if let Some(Desired::Account(desired)) = wanted.map(|wanted| &mut wanted.thing) {
            desired.tags.extend(tags::in_parts(tags::ROLES, words));
        }
    }
}
