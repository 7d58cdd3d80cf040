//! One account's IAM: roles, users, policies, identity providers.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{PasswordPolicy, RootPassword};
use crate::id::AccountId;
use crate::simulator::clock::Timestamp;
use crate::simulator::managed_policies::ADMINISTRATOR_ACCESS;
use crate::simulator::propagated::Propagated;
use crate::simulator::stored::{StoredDocument, Tags};

/// One account's IAM. Names are unique without regard to letter case, across paths.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Iam {
    /// By name in lower case.
    pub(crate) roles: BTreeMap<String, Role>,
    /// By name in lower case.
    pub(crate) users: BTreeMap<String, User>,
    /// By ARN.
    pub(crate) policies: BTreeMap<String, ManagedPolicy>,
    /// By ARN.
    pub(crate) providers: BTreeMap<String, Provider>,
    pub(crate) root_password: RootPassword,
    pub(crate) password_policy: Option<PasswordPolicy>,
    /// The name of the account for its sign-in page.
    #[serde(default)]
    pub(crate) alias: Option<String>,
}

/// A role.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Role {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) id: String,
    pub(crate) arn: String,
    pub(crate) made: Timestamp,
    /// When it can first be assumed, and be named by trust policies.
    pub(crate) arrives: Timestamp,
    pub(crate) description: Option<String>,
    /// In seconds.
    pub(crate) max_session: i64,
    pub(crate) trust: Propagated<StoredDocument>,
    pub(crate) permissions: Propagated<Permissions>,
    pub(crate) tags: Tags,
}

/// A user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) id: String,
    pub(crate) arn: String,
    pub(crate) made: Timestamp,
    pub(crate) permissions: Propagated<Permissions>,
    pub(crate) tags: Tags,
    pub(crate) device: Option<Device>,
}

/// An MFA device; it accepts any six digits, but not the same code twice in a row.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Device {
    pub(crate) serial: String,
    pub(crate) last_code: Option<String>,
}

/// The policies of a role or user.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Permissions {
    pub(crate) inline: BTreeMap<String, StoredDocument>,
    pub(crate) attached: BTreeSet<String>,
    pub(crate) boundary: Option<String>,
}

/// A customer's managed policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ManagedPolicy {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) id: String,
    pub(crate) arn: String,
    pub(crate) made: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) description: Option<String>,
    pub(crate) versions: BTreeMap<u32, PolicyVersion>,
    pub(crate) next_version: u32,
    pub(crate) default_version: u32,
    /// The document of the default version.
    pub(crate) document: Propagated<StoredDocument>,
    pub(crate) tags: Tags,
}

/// One version of a managed policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PolicyVersion {
    pub(crate) document: StoredDocument,
    pub(crate) made: Timestamp,
}

/// An OpenID Connect provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Provider {
    pub(crate) arn: String,
    /// Without `https://`.
    pub(crate) url: String,
    pub(crate) client_ids: Vec<String>,
    pub(crate) thumbprints: Vec<String>,
    pub(crate) made: Timestamp,
    pub(crate) tags: Tags,
}

impl Iam {
    pub(crate) fn role(&self, name: &str) -> Option<&Role> {
        self.roles.get(&name.to_ascii_lowercase())
    }

    pub(crate) fn role_mut(&mut self, name: &str) -> Option<&mut Role> {
        self.roles.get_mut(&name.to_ascii_lowercase())
    }

    pub(crate) fn insert_role(&mut self, role: Role) {
        self.roles.insert(role.name.to_ascii_lowercase(), role);
    }

    pub(crate) fn user(&self, name: &str) -> Option<&User> {
        self.users.get(&name.to_ascii_lowercase())
    }

    pub(crate) fn user_mut(&mut self, name: &str) -> Option<&mut User> {
        self.users.get_mut(&name.to_ascii_lowercase())
    }

    pub(crate) fn insert_user(&mut self, user: User) {
        self.users.insert(user.name.to_ascii_lowercase(), user);
    }

    /// Returns the names of roles and then users that have a policy attached.
    pub(crate) fn attached_to(&self, arn: &str) -> (Vec<&Role>, Vec<&User>) {
        let roles = self.roles.values().filter(|role| role.permissions.latest().attached.contains(arn)).collect();
        let users = self.users.values().filter(|user| user.permissions.latest().attached.contains(arn)).collect();
        (roles, users)
    }

    /// Returns the number of roles and users that have a policy as their boundary.
    pub(crate) fn bounded_by(&self, arn: &str) -> usize {
        let permissions = self.roles.values().map(|role| &role.permissions).chain(self.users.values().map(|user| &user.permissions));
        permissions.filter(|permissions| permissions.latest().boundary.as_deref() == Some(arn)).count()
    }
}

impl Role {
    /// Returns a role without permissions that can be used at once: AWS creates its own roles before it shows them.
    pub(crate) fn new(account: &AccountId, path: &str, name: &str, id: String, trust: StoredDocument, now: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            path: path.to_owned(),
            id,
            arn: format!("arn:aws:iam::{account}:role{path}{name}"),
            made: now,
            arrives: now,
            description: None,
            max_session: 3600,
            trust: Propagated::new(trust),
            permissions: Propagated::new(Permissions::default()),
            tags: Tags::new(),
        }
    }
}

impl User {
    /// Returns a user without permissions and without a device.
    pub(crate) fn new(account: &AccountId, path: &str, name: &str, id: String, now: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            path: path.to_owned(),
            id,
            arn: format!("arn:aws:iam::{account}:user{path}{name}"),
            made: now,
            permissions: Propagated::new(Permissions::default()),
            tags: Tags::new(),
            device: None,
        }
    }
}

impl Permissions {
    /// Returns the permissions of roles that AWS creates for administrators.
    pub(crate) fn administrator() -> Self {
        Self { attached: BTreeSet::from([ADMINISTRATOR_ACCESS.to_owned()]), ..Self::default() }
    }
}

/// Whether only AWS may change roles under this path.
pub(crate) fn is_reserved(path: &str) -> bool {
    path.starts_with("/aws-reserved/") || path.starts_with("/aws-service-role/")
}
