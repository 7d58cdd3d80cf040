//! What landfall's own things are called in AWS, and how policies name all of them.
//!
//! Whatever makes, protects, finds or looks up one of these reads its name here. Tag keys are in [`aws::tags`](crate::aws::tags).

use std::fmt::Display;

use crate::name::{OrganizationName, Region};

/// The path of all IAM roles and policies of ours.
pub const PATH: &str = "/landfall/";
/// The role by which landfall works in an account, once it is there.
pub const PROVISIONER: &str = "provisioner";
/// The role for emergencies.
pub const BREAK_GLASS: &str = "break-glass";
/// The role that deploys workloads.
pub const DEPLOYER: &str = "deployer";
/// The role that looks.
pub const READER: &str = "reader";
/// The role that audits.
pub const AUDITOR: &str = "auditor";
/// The permissions boundary of whatever a deployer makes.
pub const BOUNDARY: &str = "boundary";

/// What the names of our guardrails begin with.
pub const GUARDRAIL_PREFIX: &str = "landfall-";
/// What the aliases of our keys begin with.
pub const ALIAS_PREFIX: &str = "alias/landfall/";
/// The parameters of the index of environments.
pub const INDEX_PATH: &str = "/landfall/environments";
/// The bucket, key and trail of the audit log have it in their names and addresses.
pub const AUDIT: &str = "audit";

/// Returns the resource part of the ARN of a role of ours; `*` is all of them.
pub fn role(name: impl Display) -> String {
    format!("role{PATH}{name}")
}

/// Returns the resource part of the ARN of a policy of ours; `*` is all of them.
pub fn policy(name: impl Display) -> String {
    format!("policy{PATH}{name}")
}

/// Returns the alias of the key of the audit log.
#[must_use]
pub fn audit_alias() -> String {
    format!("{ALIAS_PREFIX}{AUDIT}")
}

/// Returns the name of the bucket of the audit log. Buckets of all accounts share one space of names (docs/AWS.md 4.4), hence its parts.
/// `*` for account and Region is any of the organization's.
pub fn audit_bucket(organization: &OrganizationName, account: impl Display, region: impl Display) -> String {
    format!("{organization}-{AUDIT}-{account}-{region}")
}

/// Returns what the name of an organization's audit bucket begins with.
#[must_use]
pub fn audit_bucket_prefix(organization: &OrganizationName) -> String {
    format!("{organization}-{AUDIT}-")
}

/// Returns the name of the bucket of the operator's lock.
pub fn lock_bucket(organization: &OrganizationName, account: impl Display, region: &Region) -> String {
    format!("{organization}-landfall-{account}-{region}")
}
