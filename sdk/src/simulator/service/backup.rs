//! AWS Backup: vaults, and by hand one backup and one restore of an EBS volume.
//!
//! No plan runs here, neither an account's own nor that of a policy of the organization; there are no copies, no locks, no policies of
//! vaults, and nothing expires. A job is complete as soon as it is asked about.

mod jobs;
mod place;
mod points;
mod vaults;

use super::Operation;

pub(super) const OPERATIONS: &[&[Operation]] = &[vaults::OPERATIONS, points::OPERATIONS, jobs::OPERATIONS];
