//! The password policy of an account.

use serde::{Deserialize, Serialize};

/// A policy of the account's own; without one AWS's default applies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the members of AWS's API")]
pub(crate) struct PasswordPolicy {
    pub(crate) minimum_length: i64,
    pub(crate) symbols: bool,
    pub(crate) numbers: bool,
    pub(crate) uppercase: bool,
    pub(crate) lowercase: bool,
    pub(crate) users_may_change: bool,
    /// In days; none if passwords do not expire.
    pub(crate) max_age: Option<i64>,
    pub(crate) reuse_prevention: Option<i64>,
    pub(crate) hard_expiry: bool,
}
