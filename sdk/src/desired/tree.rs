//! The tree: the organization, its units, an account per environment or workload.
//!
//! Their tags hold what programs read from the organization without a manifest: the environments, the accounts that belong to them,
//! and the roles that can be assumed there.

use super::access::{Roles, asks_reason};
use super::address::{organization_address, unit_address};
use super::state::DesiredState;
use crate::address::Address;
use crate::aws::tags;
use crate::kind::iam::role;
use crate::kind::organizations::{account, organization, unit};
use crate::kind::{Desired, Text};
use crate::model::{Account, Organization};

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

pub(super) fn accounts(organization: &Organization, roles: &Roles, state: &mut DesiredState) {
    for account in organization.accounts.values() {
        let address = Address::organization("account", &account.key);
        let mut tags = account.tags.clone();
        tags.extend(tags::ours(&organization.name, &address));
        tags.extend(account.environment.iter().map(|name| (tags::ENVIRONMENT.to_owned(), name.to_string())));
        tags.extend(account.workload.iter().map(|name| (tags::WORKLOAD.to_owned(), name.to_string())));
        let words = roles.get(&account.key).into_iter().flatten().map(|role| role_word(organization, account, role));
        tags.extend(tags::in_parts(tags::ROLES, words));
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

/// Returns the value of an account's tag about one of its roles.
fn role_word(organization: &Organization, account: &Account, role: &role::Desired) -> String {
    // A tag cannot contain a comma, and a role's name cannot contain a slash.
    let name = role.name.replace(',', "/");
    let reason = if asks_reason(organization, account, &role.name) { ":reason" } else { "" };
    format!("{name}:{}{reason}", role.session_seconds)
}
