//! The baseline that policies of the organization hold: what EC2 and S3 have as their settings in every account, present and future.
//!
//! No call per account makes it, and no account can undo it. Nothing is attached to the root: these policies would bind the management
//! account, too.

use serde_json::{Value, json};

use crate::id::PolicyType;
use crate::model::{Account, Organization};

/// A policy that landfall ships, and the accounts that have it.
pub(super) struct Shipped {
    /// The guardrail's name.
    pub(super) name: &'static str,
    pub(super) policy_type: PolicyType,
    pub(super) description: &'static str,
    pub(super) document: Value,
    /// Whether an account has it; units without accounts do.
    pub(super) applies: fn(&Account) -> bool,
}

/// Settings of EC2 that nobody has a reason to change.
pub const EC2_DEFAULTS: &str = "ec2-defaults";
/// What of EC2 is shared with everyone.
pub const EC2_SHARING: &str = "ec2-sharing";
/// Whether buckets are public.
pub const S3_PUBLIC_ACCESS: &str = "s3-public-access";

/// What a caller is told whose change EC2 refuses.
const SET_BY: &str = "Set by the organization's landfall.toml.";
/// A container is one hop away from its instance, so that it needs two (docs/AWS.md 6.2).
const HOPS: &str = "2";

/// Returns the policies, by name.
pub(super) fn shipped(_: &Organization) -> [Shipped; 3] {
    let set = |value: &str| json!({"@@assign": value});
    [
        Shipped {
            name: EC2_DEFAULTS,
            policy_type: PolicyType::Ec2,
            description: "New instances ask for their metadata with a token, and have no serial console",
            // All four members, as AWS's example has them (docs/AWS.md D.8).
            document: json!({"ec2_attributes": {
                "exception_message": set(SET_BY),
                "instance_metadata_defaults": {
                    "http_tokens": set("required"),
                    "http_put_response_hop_limit": set(HOPS),
                    "http_endpoint": set("no_preference"),
                    "instance_metadata_tags": set("no_preference"),
                },
                "serial_console_access": {"status": set("disabled")},
            }}),
            applies: |_| true,
        },
        Shipped {
            name: EC2_SHARING,
            policy_type: PolicyType::Ec2,
            description: "No AMI and no snapshot is shared with everyone",
            document: json!({"ec2_attributes": {
                "image_block_public_access": {"state": set("block_new_sharing")},
                "snapshot_block_public_access": {"state": set("block_all_sharing")},
            }}),
            applies: |account| !account.baseline.public_images,
        },
        Shipped {
            name: S3_PUBLIC_ACCESS,
            policy_type: PolicyType::S3,
            description: "No bucket is public",
            document: json!({"s3_attributes": {"public_access_block_configuration": set("all")}}),
            applies: |account| !account.baseline.public_buckets,
        },
    ]
}
