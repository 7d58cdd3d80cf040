//! Amazon S3: buckets, their settings, and a few small objects.
//!
//! The bucket policy and IAM decide together; across accounts both must allow. A change of policy is effective at once for calls;
//! other services see it later. Versions of objects are not kept, only whether there are any.

mod buckets;
pub(super) mod delivery;
mod entrance;
mod lifecycle;
mod logging;
mod objects;
mod policies;
mod public;
mod settings;

use super::Operation;

/// Quotas that landfall checks as well.
#[cfg(test)]
pub(super) const QUOTAS: &[(&str, usize)] = &[("bucket policy", policies::POLICY_MAX)];

pub(super) const OPERATIONS: &[&[Operation]] =
    &[buckets::OPERATIONS, policies::OPERATIONS, settings::OPERATIONS, lifecycle::OPERATIONS, logging::OPERATIONS, objects::OPERATIONS];
