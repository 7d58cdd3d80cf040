//! Reading trails: landfall's, and other trails that record the whole organization.
//!
//! A trail that covers several Regions appears in each of them as a shadow of the one in its home Region. Shadows are listed, so that a
//! trail is found whatever its home Region is; a trail with another home Region or another name is not read further.

use super::super::api::{DescribeTrails, GetEventSelectors, GetTrailStatus, ListTags, Trail};
use super::{Observed, Selectors, Settings};
use crate::aws::error::AwsError;
use crate::aws::tags::Tags;
use crate::kind::Context;

/// CloudTrail's codes for a trail that was just deleted.
const GONE: &[&str] = &["TrailNotFoundException", "ResourceNotFoundException"];

/// Reads every trail with the wanted name, and every trail of the whole organization: a second one is billed, and a plan reports that.
pub(super) async fn all(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
    let described = cx.send(&DescribeTrails { include_shadow_trails: true }).await?;
    let prefix = format!("{}-", cx.organization());
    let mut trails = Vec::new();
    for trail in &described.trails {
        let is_named = trail.name.starts_with(&prefix);
        let is_here = trail.home_region.as_ref().is_none_or(|home| cx.scope().region().is_some_and(|region| region.as_str() == home));
        if is_named && is_here {
            match detailed(cx, trail).await {
                Err(error) if error.is(GONE) => {}
                observed => trails.push(observed?),
            }
        } else if is_named || trail.is_organization_trail {
            trails.push(listed(cx, trail));
        }
    }
    Ok(trails)
}

/// Returns a trail as the list shows it.
fn listed(cx: &Context<'_>, trail: &Trail) -> Observed {
    let here = || cx.scope().region().map(ToString::to_string).unwrap_or_default();
    Observed {
        arn: trail.arn.clone(),
        name: trail.name.clone(),
        home: trail.home_region.clone().unwrap_or_else(here),
        settings: Settings {
            bucket: trail.s3_bucket_name.clone(),
            prefix: present(trail.s3_key_prefix.as_ref()),
            key: present(trail.kms_key_id.as_ref()),
            organization: trail.is_organization_trail,
            multi_region: trail.is_multi_region_trail,
            global_events: trail.include_global_service_events,
            validation: trail.log_file_validation_enabled,
        },
        logging: false,
        delivered: None,
        trouble: None,
        events: Selectors::default(),
        tags: Tags::new(),
    }
}

/// Reads the details of a trail that the list leaves out.
async fn detailed(cx: &Context<'_>, trail: &Trail) -> Result<Observed, AwsError> {
    let listed = listed(cx, trail);
    let arn = || listed.arn.clone();
    let status = cx.send(&GetTrailStatus { name: arn() }).await?;
    let tags = cx.send(&ListTags { resource_id_list: vec![arn()] }).await?;
    let events = if trail.has_custom_event_selectors {
        let found = cx.send(&GetEventSelectors { trail_name: arn() }).await?;
        Selectors::read(found.event_selectors, found.advanced_event_selectors)
    } else {
        Selectors::default()
    };
    Ok(Observed {
        logging: status.is_logging,
        delivered: status.delivered(),
        trouble: present(status.latest_delivery_error.as_ref()),
        events,
        tags: tags.first(),
        ..listed
    })
}

fn present(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}
