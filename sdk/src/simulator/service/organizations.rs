//! AWS Organizations.
//!
//! All operations except `DescribeOrganization` are for the management account. Delegated administrators and invitations
//! are not simulated, and not every policy type.

mod accounts;
mod effective;
mod node;
mod organization;
mod page;
mod policies;
mod policy_types;
mod tags;
mod tree;

use super::Operation;
pub(super) use node::arn;

/// Quotas that landfall checks as well.
#[cfg(test)]
pub(super) const QUOTAS: &[(&str, usize)] =
    &[("guardrail", 10_240), ("account name", accounts::ACCOUNT_NAME_MAX), ("creations in flight", accounts::CREATIONS_MAX)];

pub(super) const OPERATIONS: &[&[Operation]] = &[
    organization::OPERATIONS,
    tree::OPERATIONS,
    accounts::OPERATIONS,
    tags::OPERATIONS,
    policies::OPERATIONS,
    policy_types::OPERATIONS,
    effective::OPERATIONS,
];
