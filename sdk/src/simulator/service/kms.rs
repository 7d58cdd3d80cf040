//! AWS KMS: symmetric keys, their policies and aliases. Nothing is encrypted here.
//!
//! The key policy decides, and IAM policies count only if it allows the account's root. `kms:ResourceAliases` and the key's tags
//! are in the context. A change of policy is effective at once for calls; other services see it later.

mod aliases;
mod keys;
mod managed;
mod place;
mod policies;
mod rotation;
mod tags;
mod via;

use super::Operation;
pub(super) use via::{KeyUse, Refusal, usual_key};

/// Quotas that landfall checks as well.
#[cfg(test)]
pub(super) const QUOTAS: &[(&str, usize)] = &[("key policy", policies::POLICY_MAX)];

pub(super) const OPERATIONS: &[&[Operation]] =
    &[keys::OPERATIONS, aliases::OPERATIONS, policies::OPERATIONS, rotation::OPERATIONS, tags::OPERATIONS];
