//! Principals that can have credentials.

use serde::{Deserialize, Serialize};

use crate::id::AccountId;

/// A principal that can have credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Principal {
    /// An account's root user.
    Root(AccountId),
    /// An IAM user by account and name.
    User(AccountId, String),
    /// A session of a role: account, role name, session name. The role's trust policy is not checked.
    Session(AccountId, String, String),
    /// A person of the management account with this permission set of IAM Identity Center, which allows everything there; its role
    /// is created if it does not exist.
    PermissionSet(String),
}
