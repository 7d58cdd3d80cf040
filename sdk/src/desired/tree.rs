//! The tree: the organization, its units, an account per environment or workload.

use super::DesiredState;
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
        let desired = account::Desired {
            name: organization.account_name(&account.key),
            email: account.email.to_string(),
            email_written: account.email_written,
            id: account.id.as_ref().map(ToString::to_string),
            unit: Text::fact(&unit_address(&account.unit), "id"),
            unit_path: account.unit.to_string(),
            access_role: account.access_role.to_string(),
            tags,
        };
        state.want(address, Desired::Account(desired));
    }
}
