//! AWS Organizations.
//!
//! All operations except `DescribeOrganization` are for the management account. Delegated administrators, invitations and policy
//! types other than service control policies are not simulated.

mod accounts;
mod node;
mod organization;
mod page;
mod policies;
mod tags;
mod tree;

use super::Operation;

/// Quotas that landfall checks as well.
#[cfg(test)]
pub(super) const QUOTAS: &[(&str, usize)] =
    &[("guardrail", policies::CONTENT_MAX), ("account name", accounts::ACCOUNT_NAME_MAX), ("creations in flight", accounts::CREATIONS_MAX)];

pub(super) const OPERATIONS: &[&[Operation]] =
    &[organization::OPERATIONS, tree::OPERATIONS, accounts::OPERATIONS, tags::OPERATIONS, policies::OPERATIONS];
