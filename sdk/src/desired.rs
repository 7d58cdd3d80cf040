//! The desired state: every resource with all its settings, computed from the model alone.
//!
//! One file per feature: the tree of units and accounts, guardrails, access, the audit trail, networks, settings, monitoring, delivery. Pure: the same organization
//! gives the same list, in the same order. It does not know what exists in AWS.

pub mod access;
mod address;
mod apps;
mod audit;
mod backup;
pub mod baseline;
mod delivery;
mod drafts;
pub(crate) mod exempt;
pub mod guardrails;
mod monitoring;
mod network;
mod perimeter;
pub mod policies;
pub(crate) mod principals;
mod settings;
pub mod sizes;
mod state;
#[cfg(test)]
mod tests;
mod tree;
mod trust;
mod vpc_block;
pub(crate) mod way_in;

pub use state::{DesiredState, Notice, Wanted};

use crate::model::Organization;

/// Returns all resources that an organization should have.
#[must_use]
pub fn desired(organization: &Organization) -> DesiredState {
    let mut state = DesiredState { organization: Some(organization.name.clone()), ..DesiredState::default() };
    tree::organization(organization, &mut state);
    tree::units(organization, &mut state);
    guardrails::guardrails(organization, &mut state);
    let roles = access::roles(organization, &mut state);
    tree::accounts(organization, &roles, &mut state);
    guardrails::attachments(organization, &mut state);
    access::access(organization, roles, &mut state);
    way_in::way_in(organization, &mut state);
    audit::audit(organization, &mut state);
    network::networks(organization, &mut state);
    settings::settings(organization, &mut state);
    monitoring::monitoring(organization, &mut state);
    backup::backups(organization, &mut state);
    delivery::delivery(organization, &mut state);
    state.notices.sort();
    state.notices.dedup();
    state
}

/// Returns the same, and what should be in the Regions that are not in use: no default VPC. Observing it takes a call for each account and
/// Region that AWS enables by itself.
#[must_use]
pub fn deep(organization: &Organization) -> DesiredState {
    let mut state = desired(organization);
    settings::elsewhere(organization, &mut state);
    state
}
