//! AWS CloudTrail: trails of one account, and of an organization. Nothing is recorded here.
//!
//! It checks what the real service checks: trusted access, the policies of bucket and key, the quota, the home Region. Topics, log
//! groups and delegated administrators are not simulated.

mod delivery;
mod place;
mod selectors;
mod settings;
mod state;
mod tags;
mod trails;

use super::Operation;

/// Quotas that landfall checks as well.
#[cfg(test)]
pub(super) const QUOTAS: &[(&str, usize)] = &[("event selectors", selectors::SELECTORS_MAX)];

pub(super) const OPERATIONS: &[&[Operation]] =
    &[trails::OPERATIONS, settings::OPERATIONS, state::OPERATIONS, selectors::OPERATIONS, tags::OPERATIONS];
