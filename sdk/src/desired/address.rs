//! Addresses that several features name.

use crate::address::Address;
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
