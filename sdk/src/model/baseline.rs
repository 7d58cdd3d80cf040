//! What every account has as its baseline, and where the manifest leaves something open.

use crate::name::Retention;

/// The baseline of an account: what may be public in it, and how long its logs are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
}
