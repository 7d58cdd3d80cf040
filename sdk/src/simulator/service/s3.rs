//! Amazon S3: buckets, their settings, and a few small objects.
//!
//! A bucket's policy and IAM decide together, across accounts both must allow. A change of policy holds at once for
//! calls; other services see it later. Versions of objects are not kept, only that there were some.

mod buckets;
pub(super) mod delivery;
mod entrance;
mod lifecycle;
mod objects;
mod policies;
mod public;
mod settings;

use super::Operation;

/// Quotas that landfall checks as well.
#[cfg(test)]
pub(super) const QUOTAS: &[(&str, usize)] = &[("bucket policy", policies::POLICY_MAX)];

pub(super) const OPERATIONS: &[&[Operation]] =
    &[buckets::OPERATIONS, policies::OPERATIONS, settings::OPERATIONS, lifecycle::OPERATIONS, objects::OPERATIONS];
