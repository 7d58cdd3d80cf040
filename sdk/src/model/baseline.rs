//! What every account has as its baseline, and where the manifest leaves something open.

/// The baseline of an account: what may be public in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Baseline {
    /// Whether buckets may be public.
    pub public_buckets: bool,
    /// Whether AMIs and snapshots may be shared with everyone.
    pub public_images: bool,
}
