//! The baseline that policies of the organization hold: what EC2 and S3 have as their settings in every account, present and future,
//! and who may use its resources.
//!
//! No call per account makes it, and no account can undo it. Nothing is attached to the root: these policies would bind the management
//! account, too.

use serde_json::{Value, json};

pub use super::perimeter::{DATA_PERIMETER, S3_PERIMETER};
use super::perimeter::{data_perimeter, s3_perimeter};
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
pub(super) fn shipped(organization: &Organization) -> [Shipped; 5] {
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
        Shipped {
            name: DATA_PERIMETER,
            policy_type: PolicyType::ResourceControl,
            description: "Data is for principals of the organization, by TLS",
            document: data_perimeter(organization),
            applies: |_| true,
        },
        Shipped {
            name: S3_PERIMETER,
            policy_type: PolicyType::ResourceControl,
            description: "Buckets are for principals of the organization, by TLS",
            document: s3_perimeter(organization),
            applies: |account| !account.baseline.public_buckets,
        },
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::aws::policy::Document;
    use crate::id::PolicyType;

    /// The settings of AWS's syntax pages that landfall uses, with the values that they take (docs/AWS.md D.8); `-1` to `64` for hops.
    const SYNTAX: [(&str, &[&str]); 9] = [
        ("ec2_attributes.instance_metadata_defaults.http_tokens", &["required", "optional", "no_preference"]),
        ("ec2_attributes.instance_metadata_defaults.http_put_response_hop_limit", &["2"]),
        ("ec2_attributes.instance_metadata_defaults.http_endpoint", &["enabled", "disabled", "no_preference"]),
        ("ec2_attributes.instance_metadata_defaults.instance_metadata_tags", &["enabled", "disabled", "no_preference"]),
        ("ec2_attributes.serial_console_access.status", &["enabled", "disabled"]),
        ("ec2_attributes.image_block_public_access.state", &["block_new_sharing", "unblocked"]),
        ("ec2_attributes.snapshot_block_public_access.state", &["block_all_sharing", "block_new_sharing", "unblocked"]),
        ("ec2_attributes.exception_message", &[SET_BY]),
        ("s3_attributes.public_access_block_configuration", &["all", "none"]),
    ];

    fn leaves(path: &str, value: &Value, found: &mut BTreeMap<String, String>) {
        for (key, inner) in value.as_object().expect("settings are in objects") {
            match (key.as_str(), inner) {
                ("@@assign", Value::String(text)) => {
                    assert!(found.insert(path.trim_start_matches('.').to_owned(), text.clone()).is_none(), "{path} twice");
                }
                (key, inner) => leaves(&format!("{path}.{key}"), inner, found),
            }
        }
    }

    #[test]
    fn the_baseline_is_in_the_words_of_awss_syntax() {
        let text = "schema = 1\n[organization]\nname = \"acme\"\nemail = \"aws+{account}@acme.example\"\nregion = \"eu-west-1\"\n\
                    regions = [\"eu-west-1\"]\n[environments.dev]\ntier = \"development\"\n";
        let source = crate::manifest::Source { name: "m".to_owned(), text: text.to_owned() };
        let organization = crate::manifest::parse(&source, &|_| Err("no files".to_owned())).organization.expect("right");
        let mut found = BTreeMap::new();
        for shipped in shipped(&organization) {
            assert_eq!(PolicyType::of(&shipped.document), Some(shipped.policy_type), "{}", shipped.name);
            if shipped.policy_type.is_authorization() {
                let text = shipped.document.to_string();
                Document::parse_resource_control(&text).unwrap_or_else(|error| panic!("{}: {error}", shipped.name));
            } else {
                leaves("", &shipped.document, &mut found);
            }
            // A file of this name would be another guardrail at the same address.
            let text = format!("{text}guardrails = [\"{}.json\"]\n", shipped.name);
            let taken =
                crate::manifest::parse(&crate::manifest::Source { name: "m".to_owned(), text }, &|_| Ok(r#"{"Statement": []}"#.to_owned()));
            assert!(taken.diagnostics.iter().any(|found| found.message.contains("is the name of a shipped guardrail")), "{}", shipped.name);
        }
        let known: BTreeMap<&str, &[&str]> = SYNTAX.into_iter().collect();
        assert_eq!(found.keys().map(String::as_str).collect::<Vec<_>>(), known.keys().copied().collect::<Vec<_>>());
        for (path, value) in found {
            assert!(known[path.as_str()].contains(&value.as_str()), "{path}: {value}");
        }
    }
}
