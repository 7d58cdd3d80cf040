//! The roles that landfall creates, by name, and those of a manifest.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// A role that can be assumed in an account. Which accounts have which roles is in the index.
///
/// ```
/// use landfall::Role;
///
/// assert_eq!(Role::named("deployer"), Role::Deployer);
/// assert_eq!(Role::named("release-bot").as_str(), "release-bot");
/// // Roles are equal if their names are.
/// assert_eq!(Role::Named("deployer".to_owned()), Role::Deployer);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Role {
    /// Builds the account; has the permissions of an administrator. In every member account, for the management account's
    /// administrators.
    Provisioner,
    /// Deploys workloads under a boundary. In environments' accounts; production requires a reason.
    Deployer,
    /// Reads configuration, but no data. In environments' accounts.
    Reader,
    /// Reads everything that audits need. In every member account.
    Auditor,
    /// An administrator for emergencies, with MFA. In every member account, if the manifest names its users.
    BreakGlass,
    /// A role of the manifest's `[roles]`.
    Named(String),
}

/// The roles that landfall ships.
const SHIPPED: [Role; 5] = [Role::Provisioner, Role::Deployer, Role::Reader, Role::Auditor, Role::BreakGlass];

impl Role {
    /// Returns the role with that name, shipped or from the manifest.
    ///
    /// Whether an account has it is checked when it is assumed there.
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

impl PartialEq for Role {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Role {}

impl PartialOrd for Role {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Role {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Role {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
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
