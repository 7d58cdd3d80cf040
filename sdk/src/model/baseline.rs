//! What every account has as its baseline, and where the manifest leaves something open.

use crate::name::{GuardrailName, Region, Retention};

/// The baseline of an account: what may be public in it, and how long its logs and backups are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Baseline {
    /// Whether buckets may be public.
    pub public_buckets: bool,
    /// Whether AMIs and snapshots may be shared with everyone.
    pub public_images: bool,
    /// Whether default VPCs stay.
    pub default_vpcs: bool,
    /// How long new log groups keep their events.
    pub log_group_retention: Retention,
    /// Its daily backups, if it has any.
    pub backup: Option<Backup>,
    /// What its VPCs are cut off from, if anything.
    pub vpc_block: Option<VpcBlock>,
}

/// The daily backups of an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Backup {
    /// The name of the backup policy, which is that of whatever decides: all accounts of an environment have one, unless an account's own
    /// section says otherwise. So another time is a change of the policy, and not another policy.
    pub policy: GuardrailName,
    /// How long a backup is kept, in days.
    pub days: u32,
    /// The Region that has a copy of each.
    pub copy: Option<Region>,
}

impl Backup {
    /// The policy of accounts of no environment; with the environment's name, that of an environment.
    pub const POLICY: &str = "daily-backup";
    /// The beginning of the name of the policy of an account whose own section decides.
    pub const OWN_POLICY: &str = "own-backup";

    /// Returns whether a guardrail has the name of such a policy.
    #[must_use]
    pub fn is_policy(name: &str) -> bool {
        begins_with(name, [Self::POLICY, Self::OWN_POLICY])
    }
}

/// What the VPCs of an account are cut off from: VPC block public access.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct VpcBlock {
    /// The name of the policy, which is that of whatever decides, as for backups: so another mode is a change of the policy, and no account
    /// has two modes in between.
    pub policy: GuardrailName,
    /// What is cut off.
    pub mode: VpcBlockMode,
}

/// What is cut off, in every VPC of an account and in every Region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum VpcBlockMode {
    /// Everything through internet gateways but what NAT gateways send.
    Ingress,
    /// Everything through internet gateways, NAT gateways included.
    Bidirectional,
}

impl VpcBlock {
    /// The policy of accounts of no environment; with the environment's name, that of an environment.
    pub const POLICY: &str = "vpc-access";
    /// The beginning of the name of the policy of an account whose own section decides.
    pub const OWN_POLICY: &str = "own-vpc-access";

    /// Returns whether a guardrail has the name of such a policy.
    #[must_use]
    pub fn is_policy(name: &str) -> bool {
        begins_with(name, [Self::POLICY, Self::OWN_POLICY])
    }
}

impl VpcBlockMode {
    /// Returns the name in the manifest, which is that of EC2's API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingress => "block-ingress",
            Self::Bidirectional => "block-bidirectional",
        }
    }
}

fn begins_with(name: &str, beginnings: [&str; 2]) -> bool {
    beginnings.into_iter().any(|own| name.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')))
}
