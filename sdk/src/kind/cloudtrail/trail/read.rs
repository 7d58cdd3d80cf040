//! Reading trails: ours, and those of others that record the whole organization.
//!
//! A trail that covers several Regions shows in each of them as a shadow of the one in its home Region. Shadows are listed,
//! so that a trail is seen wherever it is at home; what is at home elsewhere or has no name like ours is read no further.

use std::time::SystemTime;

use aws_sdk_cloudtrail::types::Trail;

use super::super::plain_tags;
use super::{Observed, Selectors, Settings};
use crate::aws::error::AwsError;
use crate::aws::tags::Tags;
use crate::kind::Context;

/// What CloudTrail answers about a trail that has just gone.
const GONE: &[&str] = &["TrailNotFoundException", "ResourceNotFoundException"];

/// Reads every trail whose name is like ours, and every one of the whole organization: a second one is billed, and a plan
/// says so.
pub(super) async fn all(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
    let client = cx.session().cloudtrail();
    let described = cx.call("cloudtrail:DescribeTrails", || client.describe_trails().include_shadow_trails(true).send()).await?;
    let prefix = format!("{}-", cx.organization());
    let mut trails = Vec::new();
    for trail in described.trail_list() {
        let is_named = trail.name().is_some_and(|name| name.starts_with(&prefix));
        let is_here = trail.home_region().is_none_or(|home| cx.scope().region().is_some_and(|region| region.as_str() == home));
        if is_named && is_here {
            match detailed(cx, trail).await {
                Err(error) if error.is(GONE) => {}
                observed => trails.push(observed?),
            }
        } else if is_named || trail.is_organization_trail().unwrap_or(false) {
            trails.push(listed(cx, trail));
        }
    }
    Ok(trails)
}

/// Returns what the list says of a trail.
fn listed(cx: &Context<'_>, trail: &Trail) -> Observed {
    let here = || cx.scope().region().map(ToString::to_string).unwrap_or_default();
    Observed {
        arn: trail.trail_arn().unwrap_or_default().to_owned(),
        name: trail.name().unwrap_or_default().to_owned(),
        home: trail.home_region().map_or_else(here, str::to_owned),
        settings: Settings {
            bucket: trail.s3_bucket_name().unwrap_or_default().to_owned(),
            prefix: present(trail.s3_key_prefix()),
            key: present(trail.kms_key_id()),
            organization: trail.is_organization_trail().unwrap_or(false),
            multi_region: trail.is_multi_region_trail().unwrap_or(false),
            global_events: trail.include_global_service_events().unwrap_or(false),
            validation: trail.log_file_validation_enabled().unwrap_or(false),
        },
        logging: false,
        delivered: None,
        trouble: None,
        events: Selectors::default(),
        tags: Tags::new(),
    }
}

/// Reads what the list does not say of a trail.
async fn detailed(cx: &Context<'_>, trail: &Trail) -> Result<Observed, AwsError> {
    let client = cx.session().cloudtrail();
    let listed = listed(cx, trail);
    let arn = &listed.arn;
    let status = cx.call("cloudtrail:GetTrailStatus", || client.get_trail_status().name(arn).send()).await?;
    let tags = cx.call("cloudtrail:ListTags", || client.list_tags().resource_id_list(arn).send()).await?;
    let events = if trail.has_custom_event_selectors().unwrap_or(false) {
        let found = cx.call("cloudtrail:GetEventSelectors", || client.get_event_selectors().trail_name(arn).send()).await?;
        Selectors::read(found.event_selectors().to_vec(), found.advanced_event_selectors().to_vec())
    } else {
        Selectors::default()
    };
    Ok(Observed {
        logging: status.is_logging().unwrap_or(false),
        delivered: status.latest_delivery_time().and_then(|stamp| SystemTime::try_from(*stamp).ok()),
        trouble: present(status.latest_delivery_error()),
        events,
        tags: tags.resource_tag_list().first().map(|tagged| plain_tags(tagged.tags_list())).unwrap_or_default(),
        ..listed
    })
}

fn present(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}
