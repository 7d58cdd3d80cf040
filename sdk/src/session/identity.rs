//! Whose credentials are used.

use crate::id::{AccountId, Partition};

/// Who the given credentials are.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity {
    /// The account.
    pub account: AccountId,
    /// The caller's ARN as STS prints it.
    pub arn: String,
}

impl Identity {
    /// Returns whether these are root user credentials, which cannot assume roles.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.arn.ends_with(":root")
    }

    /// Returns whether these are a role's credentials; what is assumed with them is chained, and lives one hour at most.
    #[must_use]
    pub fn is_role(&self) -> bool {
        self.role_name().is_some()
    }

    /// Returns the name of the role that these are a session of, without its path, which STS does not print; `None` for a user
    /// or root.
    #[must_use]
    pub fn role_name(&self) -> Option<&str> {
        self.arn.splitn(6, ':').nth(5)?.strip_prefix("assumed-role/")?.split('/').next()
    }

    /// Returns whether these are credentials of exactly this role. A role's name is one role's in its account, whatever its path.
    #[must_use]
    pub fn is_session_of(&self, account: &AccountId, role_arn: &str) -> bool {
        let name = role_arn.splitn(6, ':').nth(5).and_then(|resource| resource.strip_prefix("role/"));
        let name = name.and_then(|path| path.rsplit('/').next());
        self.account == *account
            && name.is_some()
            && name == self.role_name()
            && Partition::of_arn(role_arn) == Partition::of_arn(&self.arn)
    }
}
