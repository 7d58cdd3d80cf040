//! The part of CloudTrail's API that landfall uses, by its own names.

#![expect(clippy::struct_field_names, reason = "members have the names of AWS's API")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::aws::client::{Done, requests};
use crate::aws::tags::{Tag, Tags, read};

pub(super) use crate::aws::tags::written;

requests! { CLOUDTRAIL, "cloudtrail":
    pub(super) AddTags { resource_id: String, tags_list: Vec<Tag> } -> Done,
    pub(super) CreateTrail {
        name: String, s3_bucket_name: String, include_global_service_events: bool, is_multi_region_trail: bool,
        enable_log_file_validation: bool, kms_key_id: String, is_organization_trail: bool, tags_list: Vec<Tag>,
    } -> Created,
    pub(super) DescribeTrails {
        #[serde(rename = "includeShadowTrails")]
        include_shadow_trails: bool,
    } -> Trails,
    pub(super) GetEventSelectors { trail_name: String } -> EventSelectors,
    pub(super) GetTrailStatus { name: String } -> Status,
    pub(super) ListTags { resource_id_list: Vec<String> } -> TaggedResources,
    pub(super) PutEventSelectors {
        trail_name: String, event_selectors: Option<Vec<EventSelector>>, advanced_event_selectors: Option<Vec<AdvancedEventSelector>>,
    } -> Done,
    pub(super) StartLogging { name: String } -> Done,
    /// A member that is not sent keeps its value.
    pub(super) UpdateTrail {
        name: String, s3_bucket_name: String, s3_key_prefix: Option<String>, include_global_service_events: bool,
        is_multi_region_trail: bool, enable_log_file_validation: bool, kms_key_id: String, is_organization_trail: bool,
    } -> Done,
}

/// What was created.
#[derive(Debug, Deserialize)]
pub(super) struct Created {
    #[serde(rename = "TrailARN")]
    pub(super) arn: String,
}

/// Trails, including shadow trails.
#[derive(Debug, Deserialize)]
pub(super) struct Trails {
    #[serde(default, rename = "trailList")]
    pub(super) trails: Vec<Trail>,
}

/// A trail. AWS always sends its switches.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_excessive_bools, reason = "CloudTrail has these switches")]
pub(super) struct Trail {
    pub(super) name: String,
    #[serde(rename = "TrailARN")]
    pub(super) arn: String,
    pub(super) home_region: Option<String>,
    #[serde(default)]
    pub(super) s3_bucket_name: String,
    pub(super) s3_key_prefix: Option<String>,
    pub(super) kms_key_id: Option<String>,
    #[serde(default)]
    pub(super) is_organization_trail: bool,
    #[serde(default)]
    pub(super) is_multi_region_trail: bool,
    #[serde(default)]
    pub(super) include_global_service_events: bool,
    #[serde(default)]
    pub(super) log_file_validation_enabled: bool,
    #[serde(default)]
    pub(super) has_custom_event_selectors: bool,
}

/// A basic selector. Unknown members are kept, and sent again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct EventSelector {
    /// `All`, `ReadOnly` or `WriteOnly`; absent is all.
    pub read_write_type: Option<String>,
    /// Whether management events are recorded; absent is yes.
    pub include_management_events: Option<bool>,
    /// The data events that are recorded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data_resources: Vec<Value>,
    /// Services whose management events are not recorded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude_management_event_sources: Vec<String>,
    /// Unknown members.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// An advanced selector: a condition on each of some fields.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct AdvancedEventSelector {
    /// Its name.
    pub name: Option<String>,
    /// Its conditions.
    pub field_selectors: Vec<AdvancedFieldSelector>,
    /// Unknown members.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// A condition of an advanced selector.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct AdvancedFieldSelector {
    /// The field.
    pub field: String,
    /// The accepted values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equals: Vec<String>,
    /// Other conditions.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// What a trail records: basic or advanced selectors.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EventSelectors {
    #[serde(default)]
    pub(super) event_selectors: Vec<EventSelector>,
    #[serde(default)]
    pub(super) advanced_event_selectors: Vec<AdvancedEventSelector>,
}

/// A trail's status.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Status {
    #[serde(default)]
    pub(super) is_logging: bool,
    /// Seconds since 1970.
    latest_delivery_time: Option<f64>,
    pub(super) latest_delivery_error: Option<String>,
}

impl Status {
    /// Returns the time of the last delivery.
    pub(super) fn delivered(&self) -> Option<SystemTime> {
        UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(self.latest_delivery_time?).ok()?)
    }
}

/// Resources with their tags.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TaggedResources {
    #[serde(default)]
    resource_tag_list: Vec<TaggedResource>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TaggedResource {
    #[serde(default)]
    tags_list: Vec<Tag>,
}

impl TaggedResources {
    /// Returns the tags of the first resource.
    pub(super) fn first(self) -> Tags {
        let first = self.resource_tag_list.into_iter().next();
        first.map(|found| read(&found.tags_list)).unwrap_or_default()
    }
}
