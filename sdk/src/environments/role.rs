//! The roles that landfall makes, by name, and those of a manifest.

use std::fmt;

/// A role that can be assumed in an account. Which accounts have which roles is in the index.
///
/// ```
/// use landfall::Role;
///
/// assert_eq!(Role::named("deployer"), Role::Deployer);
/// assert_eq!(Role::named("release-bot").as_str(), "release-bot");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Role {
    /// Builds the account; equal to an administrator. In every member account, for the management account's administrators.
    Provisioner,
    /// Deploys workloads under a boundary. In environments' accounts; production asks for a reason.
    Deployer,
    /// Reads, but no data. In environments' accounts.
    Reader,
    /// Reads what audits need. In every member account.
    Auditor,
    /// An administrator for emergencies, with MFA. In every member account, where the manifest names who may.
    BreakGlass,
    /// A role of the manifest's `[roles]`.
    Named(String),
}

/// Those that landfall ships.
const SHIPPED: [Role; 5] = [Role::Provisioner, Role::Deployer, Role::Reader, Role::Auditor, Role::BreakGlass];

impl Role {
    /// Returns the role of that name, one that landfall ships or one of the manifest's.
    ///
    /// Whether an account has it shows when it is assumed there.
    pub fn named(name: impl Into<String>) -> Self {
        let name = name.into();
        SHIPPED.into_iter().find(|role| role.as_str() == name).unwrap_or(Self::Named(name))
    }

    /// Returns the role's name in IAM, without its path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Provisioner => "provisioner",
            Self::Deployer => "deployer",
            Self::Reader => "reader",
            Self::Auditor => "auditor",
            Self::BreakGlass => "break-glass",
            Self::Named(name) => name,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl From<&str> for Role {
    fn from(name: &str) -> Self {
        Self::named(name)
    }
}

impl From<String> for Role {
    fn from(name: String) -> Self {
        Self::named(name)
    }
}
