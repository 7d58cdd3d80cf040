//! The index: every environment, account and role of an organization as plain data, in format 1.
//!
//! `landfall outputs` writes it, and any program can read it. Readers ignore fields they do not know; the number of the format
//! rises only for a change that readers must refuse.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::id::AccountId;
use crate::name::{AccountKey, EnvironmentName, NameError, OrganizationName, Region, RoleName};
use crate::session::request::check::role_arn;

/// The index's format, in its field `landfall`.
pub const FORMAT: u32 = 1;

/// Every environment and account of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Index {
    /// The format, [`FORMAT`].
    pub landfall: u32,
    /// The organization.
    pub organization: OrganizationEntry,
    /// The environments, in promotion order.
    pub environments: Vec<EnvironmentEntry>,
    /// Accounts of no environment, the log archive among them.
    pub accounts: Vec<AccountEntry>,
}

/// The organization in an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrganizationEntry {
    /// Its name.
    pub name: String,
    /// Its id; `None` before it exists.
    pub id: Option<String>,
    /// The management account's id.
    pub management: String,
    /// The partition, always `aws` today.
    pub partition: String,
    /// The home Region.
    pub region: String,
    /// The Regions that guardrails allow.
    pub regions: Vec<String>,
}

/// One environment in an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EnvironmentEntry {
    /// Its name.
    pub name: String,
    /// Its tier.
    pub tier: String,
    /// The environment that comes before this one in promotion order.
    pub follows: Option<String>,
    /// Its accounts, by key.
    pub accounts: Vec<AccountEntry>,
}

/// One account in an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccountEntry {
    /// Its key in the manifest.
    pub key: String,
    /// Its id; `None` before it exists.
    pub id: Option<String>,
    /// AWS's name for it.
    pub name: String,
    /// Its state: `active`, `creating`, `absent`, or AWS's word for an account that is not active.
    pub state: String,
    /// The path of its unit: `Workloads/Production`.
    #[serde(default)]
    pub unit: Option<String>,
    /// The workload it was made for.
    pub workload: Option<String>,
    /// The tags from the manifest; those of landfall are left out.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// The roles that can be assumed in it, by name.
    pub roles: BTreeMap<String, RoleEntry>,
    /// Its network, if one exists.
    pub network: Option<NetworkEntry>,
    /// The bucket for Terraform's state, if one exists; in the home Region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terraform_bucket: Option<String>,
}

/// A network in an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NetworkEntry {
    /// Its Region.
    pub region: String,
    /// The VPC's id.
    pub vpc: String,
    /// The VPC's address block.
    pub cidr: String,
    /// The subnets that exist, by name: `private-a`.
    pub subnets: BTreeMap<String, SubnetEntry>,
    /// The public addresses by which private subnets reach the internet, for a partner's allow list.
    pub nat_addresses: Vec<String>,
}

/// A subnet in an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SubnetEntry {
    /// Its id.
    pub id: String,
    /// Its address block.
    pub cidr: String,
    /// The id of its availability zone, which means the same zone in every account: `euw1-az1`.
    pub zone: String,
}

/// One role in an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RoleEntry {
    /// Its ARN.
    pub arn: String,
    /// Its longest session, in seconds.
    pub max_session: u32,
    /// Whether assuming it takes a reason: the session tag `landfall:reason`.
    pub reason: bool,
}

/// The state of an active account.
pub(super) const ACTIVE: &str = "active";

/// The message of the system or of a parser.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Problem(String);

impl Problem {
    pub(super) fn of(error: &dyn std::error::Error) -> Self {
        Self(error.to_string())
    }
}

/// Why a text is not an index.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// The file cannot be read.
    #[error("could not read the index {path}")]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// Why not.
        #[source]
        problem: Problem,
    },
    /// The text is not JSON, or lacks something that format 1 has.
    #[error("the text is not an index of environments")]
    Json(#[source] Problem),
    /// The index was written by a newer landfall, in a newer format.
    #[error("the index has format {found}, this version of landfall reads up to {FORMAT}: update the crate")]
    Newer {
        /// Its format.
        found: u32,
    },
    /// A value has the wrong type, or a key is duplicated.
    #[error("the index is not consistent: {problem}")]
    Inconsistent {
        /// What is wrong.
        problem: String,
    },
}

impl From<serde_json::Error> for IndexError {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(Problem::of(&error))
    }
}

impl Index {
    /// Reads the JSON text of an index.
    ///
    /// ```
    /// use landfall::environments::{Index, IndexError};
    ///
    /// let newer = Index::from_json(r#"{"landfall": 2, "anything": []}"#);
    /// assert!(matches!(newer, Err(IndexError::Newer { found: 2 })));
    /// ```
    ///
    /// # Errors
    ///
    /// [`IndexError::Newer`] for a format that this version does not know, [`IndexError::Json`] and [`IndexError::Inconsistent`]
    /// for a text that is not an index.
    pub fn from_json(text: &str) -> Result<Self, IndexError> {
        /// What every format has.
        #[derive(Deserialize)]
        struct Head {
            landfall: u32,
        }
        let Head { landfall: found } = serde_json::from_str(text)?;
        if found > FORMAT {
            return Err(IndexError::Newer { found });
        }
        let index: Self = serde_json::from_str(text)?;
        index.check()?;
        Ok(index)
    }

    /// Returns the home Region.
    pub(super) fn home(&self) -> Result<Region, IndexError> {
        self.organization.region.parse().map_err(|error: crate::name::NameError| IndexError::Inconsistent { problem: error.to_string() })
    }

    /// Checks what every reader relies on: names are unique, and names, ids, Regions and ARNs are valid. So none contains a line
    /// break or a quote when it is written to a shell's variables or the AWS configuration.
    pub(super) fn check(&self) -> Result<(), IndexError> {
        let inconsistent = |problem: String| Err(IndexError::Inconsistent { problem });
        self.home()?;
        let is_name = |name: Result<(), NameError>, of: &str| {
            name.map_err(|error| IndexError::Inconsistent { problem: format!("the name of {of}: {error}") })
        };
        is_name(self.organization.name.parse::<OrganizationName>().map(drop), "the organization")?;
        for environment in &self.environments {
            is_name(environment.name.parse::<EnvironmentName>().map(drop), "an environment")?;
        }
        let mut names = BTreeSet::new();
        if let Some(twice) = self.environments.iter().find(|environment| !names.insert(environment.name.as_str())) {
            return inconsistent(format!("environment `{}` appears twice", twice.name));
        }
        let mut keys = BTreeSet::new();
        for account in self.environments.iter().flat_map(|environment| &environment.accounts).chain(&self.accounts) {
            is_name(account.key.parse::<AccountKey>().map(drop), "an account")?;
            let id = match account.id.as_ref().map(|id| id.parse::<AccountId>()).transpose() {
                Ok(id) => id,
                Err(error) => return inconsistent(format!("the id of account `{}`: {error}", account.key)),
            };
            for (role, entry) in &account.roles {
                is_name(role.parse::<RoleName>().map(drop), &format!("a role of account `{}`", account.key))?;
                // Others put it into a variable or a profile, and AWS is called with it unchecked.
                let arn = match &id {
                    Some(id) => role_arn(&entry.arn, id).map_err(|error| error.to_string()),
                    None => Err("the account has no id".to_owned()),
                };
                if let Err(problem) = arn {
                    return inconsistent(format!("role `{role}` of account `{}`: {problem}", account.key));
                }
            }
            if !keys.insert(account.key.as_str()) {
                return inconsistent(format!("account `{}` appears twice", account.key));
            }
        }
        Ok(())
    }
}

impl AccountEntry {
    /// Returns whether the account is active: it exists, and is neither being created nor closed.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.state == ACTIVE && self.id.is_some()
    }
}
