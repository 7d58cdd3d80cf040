//! Who may assume which role: principals as in the manifest, and the roles beyond the shipped ones.
//!
//! How a principal becomes a trust statement is in [`desired`](crate::desired).

use std::fmt;

use crate::name::{AccountKey, EnvironmentName, RoleName};

/// The `[access]` section. An empty list means the role's default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Access {
    /// The only principals that may assume `provisioner`; empty: the whole management account.
    pub administrators: Vec<Principal>,
    /// May assume `deployer` outside production, and `reader`.
    pub operators: Vec<Principal>,
    /// May assume `deployer`; in production with a reason.
    pub pipelines: Vec<Principal>,
    /// May assume `auditor`; empty: the management account.
    pub auditors: Vec<Principal>,
    /// May assume `auditor`, besides the auditors, to plan: principals of the management account.
    pub planners: Vec<Principal>,
    /// May assume `break-glass`: IAM users of the management account; empty: the role does not exist.
    pub break_glass: Vec<Principal>,
    /// Repositories whose workflows may assume `deployer`.
    pub github: Vec<GithubRepository>,
    /// Git refs from which workflows may deploy to production, such as `refs/heads/main`; `*` and `?` as in `StringLike`.
    pub refs: Vec<String>,
    /// Roles that a deployer cannot touch, besides landfall's own: names with an optional path, `*` in them.
    pub protected_roles: Vec<String>,
    /// Customer managed policies that a deployer cannot touch: names with an optional path, `*` in them.
    pub protected_policies: Vec<String>,
    /// The most characters that a role's trust policy may have: IAM's quota in the accounts.
    pub trust_policy_length: usize,
    /// Accounts in which the index of environments is published; empty: management.
    pub index: Vec<AccountKey>,
}

/// A principal that may be trusted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Principal {
    /// `account/KEY`: every principal that this account allows to assume roles.
    Account(AccountKey),
    /// `account/KEY/role/NAME`: one role of an account; the name may carry a path (`team/ci`).
    Role(AccountKey, String),
    /// An IAM user or role ARN, `*` only in its last part.
    Arn(String),
    /// `sso:NAME`, or `sso:NAME@KEY`: a permission set assigned in the management account, or in that one.
    PermissionSet(String, AccountKey),
    /// `github:OWNER/REPO`.
    Github(GithubRepository),
}

/// A GitHub repository, with its ids if the manifest has them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct GithubRepository {
    /// The owner's login.
    pub owner: String,
    /// The owner's numeric id.
    pub owner_id: Option<u64>,
    /// The repository's name.
    pub repository: String,
    /// The repository's numeric id.
    pub repository_id: Option<u64>,
}

/// A cross-account role of the user's, `[roles.X]`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CustomRole {
    /// Its name.
    pub name: RoleName,
    /// The environments whose accounts have it.
    pub environments: Vec<EnvironmentName>,
    /// Who may assume it.
    pub trust: Vec<Principal>,
    /// ARNs of the managed policies it carries.
    pub policies: Vec<String>,
    /// Its maximum session duration, in seconds: 3,600 to 43,200.
    pub session_seconds: u32,
    /// Whether it writes, and so needs a reason in production.
    pub writes: bool,
}

impl Principal {
    /// Returns the account that an ARN names.
    #[must_use]
    pub fn arn_account(&self) -> Option<&str> {
        match self {
            Self::Arn(arn) => arn.split(':').nth(4),
            Self::Account(_) | Self::Role(..) | Self::PermissionSet(..) | Self::Github(_) => None,
        }
    }
}

impl fmt::Display for GithubRepository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = |id: Option<u64>| id.map(|id| format!("@{id}")).unwrap_or_default();
        write!(f, "{}{}/{}{}", self.owner, id(self.owner_id), self.repository, id(self.repository_id))
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(account) => write!(f, "account/{account}"),
            Self::Role(account, role) => write!(f, "account/{account}/role/{role}"),
            Self::Arn(arn) => f.write_str(arn),
            Self::PermissionSet(name, account) if account.is_management() => write!(f, "sso:{name}"),
            Self::PermissionSet(name, account) => write!(f, "sso:{name}@{account}"),
            Self::Github(repository) => write!(f, "github:{repository}"),
        }
    }
}
