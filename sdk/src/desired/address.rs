//! Addresses that several features name, and the trusted access that several need.

use super::state::DesiredState;
use crate::address::Address;
use crate::kind::named::{Named, Wanted};
use crate::kind::organizations::trusted_access::TrustedAccess;
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

/// Wants trusted access for a service, by its principal; returns the reference of what needs it.
pub(super) fn trusted(service: &str, state: &mut DesiredState) -> Text {
    let name = service.strip_suffix(".amazonaws.com").unwrap_or(service);
    let address = Address::organization(TrustedAccess::NAME, name);
    let thing = TrustedAccess { service: service.to_owned() };
    state.want(address.clone(), Desired::TrustedAccess(Wanted { thing, tags: None }));
    Text::fact(&address, TrustedAccess::ID)
}
