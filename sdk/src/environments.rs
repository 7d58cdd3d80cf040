//! Environments as programs see them: the index that `landfall outputs` writes, format 1.
//!
//! Plain data, readable by any program; reaching an account is the business of [`session`](crate::session).
//! Readers ignore fields they do not know; the format's number rises only when a reader must refuse.

#[cfg(feature = "operate")]
mod made;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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
    /// Its id; none before it exists.
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
    /// The environment that must be good before this one is.
    pub follows: Option<String>,
    /// Its accounts.
    pub accounts: Vec<AccountEntry>,
}

/// One account in an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccountEntry {
    /// Its key in the manifest.
    pub key: String,
    /// Its id; none before it exists.
    pub id: Option<String>,
    /// AWS's name for it.
    pub name: String,
    /// Where it stands: `active`, `creating`, `absent`, or AWS's word for an account that does not work.
    pub state: String,
    /// The workload it was made for.
    pub workload: Option<String>,
    /// The roles that can be assumed in it, by name.
    pub roles: BTreeMap<String, RoleEntry>,
    /// Its network, once one is built.
    pub network: Option<NetworkEntry>,
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
    /// The public addresses by which private subnets reach the internet: what a partner lets in.
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
