//! The organization's security settings: who is trusted outside it.

use std::collections::BTreeSet;

use crate::id::AccountId;

/// The security settings of the organization.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Security {
    /// Accounts outside the organization whose principals, and whose services' calls, the guardrails on resources let through.
    pub trusted_accounts: BTreeSet<AccountId>,
}
