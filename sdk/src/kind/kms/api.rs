//! The part of KMS's API that landfall uses, by its own names.

#![expect(clippy::struct_field_names, reason = "members have the names of AWS's API")]

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde::{Deserialize, Serialize};

use crate::aws::client::{Done, Paged, requests};
use crate::aws::tags::Tags;

requests! { KMS, "kms":
    pub(super) CreateAlias { alias_name: String, target_key_id: String } -> Done,
    pub(super) CreateKey { policy: String, description: String, tags: Vec<Tag> } -> Described,
    pub(super) DescribeKey { key_id: String } -> Described,
    pub(super) EnableKey { key_id: String } -> Done,
    pub(super) EnableKeyRotation { key_id: String, rotation_period_in_days: i32 } -> Done,
    pub(super) GetKeyPolicy { key_id: String, policy_name: &'static str } -> KeyPolicy,
    pub(super) GetKeyRotationStatus { key_id: String } -> Rotation,
    pub(super) ListAliases { marker: Option<String> } -> Aliases,
    pub(super) ListKeys { marker: Option<String> } -> Keys,
    pub(super) ListResourceTags { key_id: String, marker: Option<String> } -> ResourceTags,
    pub(super) PutKeyPolicy { key_id: String, policy_name: &'static str, policy: String } -> Done,
    pub(super) TagResource { key_id: String, tags: Vec<Tag> } -> Done,
}

/// Declares that a list has pages; a truncated one has the marker of the next.
macro_rules! paged {
    ($($list:ident -> $page:ident { $items:ident: $item:ty }),+ $(,)?) => {
        $(
            #[derive(Debug, Deserialize)]
            #[serde(rename_all = "PascalCase")]
            pub(super) struct $page {
                #[serde(default)]
                $items: Vec<$item>,
                #[serde(default)]
                truncated: bool,
                next_marker: Option<String>,
            }

            impl Paged for $list {
                type Item = $item;

                fn at(&mut self, token: String) {
                    self.marker = Some(token);
                }

                fn items(page: $page) -> (Vec<$item>, Option<String>) {
                    (page.$items, page.next_marker.filter(|_| page.truncated))
                }
            }
        )+
    };
}

paged! {
    ListAliases -> Aliases { aliases: Alias },
    ListKeys -> Keys { keys: ListedKey },
    ListResourceTags -> ResourceTags { tags: Tag },
}

/// An alias; those that AWS reserves have no key.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Alias {
    pub(super) alias_name: String,
    pub(super) target_key_id: Option<String>,
}

/// A key in a list.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListedKey {
    pub(super) key_id: String,
}

/// A tag.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    tag_key: String,
    tag_value: String,
}

/// Returns tags as they are sent.
pub(super) fn written(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { tag_key: key.clone(), tag_value: value.clone() }).collect()
}

/// Returns tags as landfall compares them.
pub(super) fn read(tags: Vec<Tag>) -> Tags {
    tags.into_iter().map(|Tag { tag_key, tag_value }| (tag_key, tag_value)).collect()
}

/// What a key is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Described {
    pub(super) key_metadata: KeyMetadata,
}

/// A key.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KeyMetadata {
    pub(super) key_id: String,
    pub(super) arn: String,
    pub(super) key_state: String,
    /// `AWS` for AWS's own.
    pub(super) key_manager: Option<String>,
    /// Seconds since 1970.
    deletion_date: Option<f64>,
}

impl KeyMetadata {
    /// Returns when it will be deleted, if AWS reports it.
    pub(super) fn deleted_at(&self) -> Option<String> {
        DateTime::from_secs_f64(self.deletion_date?).fmt(Format::DateTime).ok()
    }
}

/// A key's policy.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KeyPolicy {
    pub(super) policy: String,
}

/// A key's rotation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Rotation {
    pub(super) key_rotation_enabled: bool,
    pub(super) rotation_period_in_days: Option<i32>,
}
