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

pub(super) const OPERATIONS: &[&[Operation]] =
    &[organization::OPERATIONS, tree::OPERATIONS, accounts::OPERATIONS, tags::OPERATIONS, policies::OPERATIONS];
