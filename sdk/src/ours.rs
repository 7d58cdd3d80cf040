//! The names of landfall's own resources in AWS, and the patterns by which policies name all of them.
//!
//! All code that makes, protects, finds or looks up one of these takes its name from here. Tag keys are in [`aws::tags`](crate::aws::tags).

use std::fmt::Display;

use crate::name::{OrganizationName, Region};

/// The path of all IAM roles and policies that landfall manages.
pub const PATH: &str = "/landfall/";
/// The role that landfall assumes in an account, once it exists.
pub const PROVISIONER: &str = "provisioner";
/// The role for emergencies.
pub const BREAK_GLASS: &str = "break-glass";
/// The role that deploys workloads.
pub const DEPLOYER: &str = "deployer";
/// The role that only looks at an account.
pub const READER: &str = "reader";
/// The role that audits.
pub const AUDITOR: &str = "auditor";
/// The permissions boundary of every role that a deployer makes.
pub const BOUNDARY: &str = "boundary";

/// The role as which AWS Backup works.
pub const BACKUP: &str = "backup";
/// The vault of AWS Backup, in each account and Region with backups.
pub const VAULT: &str = "landfall";
/// The tag, by key and value, of what is backed up every day. Teams set it, so it is none of `landfall:*`.
pub const BACKED_UP: (&str, &str) = ("backup", "daily");

/// The prefix of the names of landfall's guardrails.
pub const GUARDRAIL_PREFIX: &str = "landfall-";
/// The prefix of the aliases of landfall's keys.
pub const ALIAS_PREFIX: &str = "alias/landfall/";
/// The prefix of the names of landfall's topics.
pub const TOPIC_PREFIX: &str = "landfall-";
/// The topic of what someone has to act on at once.
pub const URGENT: &str = "urgent";
/// The topic of what is spent.
pub const MONEY: &str = "money";
/// The prefix of the names of landfall's budgets.
pub const BUDGET_PREFIX: &str = "landfall-";
/// The parameters of the index of environments.
pub const INDEX_PATH: &str = "/landfall/environments";
/// The parameters of apps, `/landfall/apps/APP/…`; the secrets of AWS Secrets Manager have the same names without the first slash.
pub const APPS_PATH: &str = "/landfall/apps";
/// The prefix of the roles that read and write an app's values: `config-shop`.
pub const CONFIG_PREFIX: &str = "config-";
/// Part of the names and addresses of the bucket, key and trail of the audit log.
pub const AUDIT: &str = "audit";
/// Part of the name and address of the bucket with the access logs of the audit bucket.
pub const ACCESS_LOGS: &str = "access";
/// What the bucket of Terraform's state is called.
pub const TERRAFORM: &str = "terraform";

/// Returns the resource part of the ARN of a role that landfall manages; `*` is all of them.
pub fn role(name: impl Display) -> String {
    format!("role{PATH}{name}")
}

/// Returns the resource part of the ARN of a policy that landfall manages; `*` is all of them.
pub fn policy(name: impl Display) -> String {
    format!("policy{PATH}{name}")
}

/// Returns the alias of the key of the audit log.
#[must_use]
pub fn audit_alias() -> String {
    format!("{ALIAS_PREFIX}{AUDIT}")
}

/// Returns the name of the bucket of the audit log. The buckets of all accounts share one namespace (docs/AWS.md 4.4), hence its parts.
/// `*` for account and Region is any of the organization's.
pub fn audit_bucket(organization: &OrganizationName, account: impl Display, region: impl Display) -> String {
    format!("{organization}-{AUDIT}-{account}-{region}")
}

/// Returns the name of the bucket with the access logs of the audit bucket: it begins like that one's, so that what protects the one by its
/// name protects the other.
pub fn access_log_bucket(organization: &OrganizationName, account: impl Display, region: impl Display) -> String {
    format!("{}{ACCESS_LOGS}-{account}-{region}", audit_bucket_prefix(organization))
}

/// Returns the prefix of the names of an organization's audit bucket and of that of its access logs.
#[must_use]
pub fn audit_bucket_prefix(organization: &OrganizationName) -> String {
    format!("{organization}-{AUDIT}-")
}

/// Returns the name of the bucket in which Terraform keeps its state of an account.
pub fn terraform_bucket(organization: &OrganizationName, account: impl Display, region: impl Display) -> String {
    format!("{}{account}-{region}", terraform_bucket_prefix(organization))
}

/// Returns the prefix of the names of an organization's buckets for Terraform's state.
#[must_use]
pub fn terraform_bucket_prefix(organization: &OrganizationName) -> String {
    format!("{organization}-{TERRAFORM}-")
}

/// Returns the name of the bucket of the operator's lock.
pub fn lock_bucket(organization: &OrganizationName, account: impl Display, region: &Region) -> String {
    format!("{organization}-landfall-{account}-{region}")
}
