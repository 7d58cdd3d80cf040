//! Trails found, listed and deleted.

use serde_json::{Value, json};

use super::place::{Place, enter_to_change, enter_to_read, failure};
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, page, read, write};
use crate::simulator::wire::Params;
use crate::simulator::world::{Trail, World};

pub(super) const OPERATIONS: &[Operation] = &[
    read("GetTrail", get_trail),
    read("DescribeTrails", describe_trails),
    read("ListTrails", list_trails),
    write("DeleteTrail", delete_trail),
];

/// Trails on a page; the call has no parameter for it.
const PAGE: i64 = 100;

fn get_trail(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let name = params.text("Name")?;
    let (pass, place) = enter_to_read(world, call, params, "cloudtrail:GetTrail", name)?;
    Ok(pass.answer(json!({ "Trail": show_trail(world.trail(&place)?) })))
}

fn describe_trails(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (names, shadows) = (params.texts("trailNameList")?, params.optional_boolean("includeShadowTrails")?.unwrap_or(true));
    let pass = call.authorize(world, params, Ask::new("cloudtrail:DescribeTrails", "*"))?;
    let account = call.account()?;
    let is_shadow = |owner, trail: &Trail| owner != account || trail.home != call.region;
    let seen = world.trails_of(call.now, account).into_iter();
    let seen = seen.filter(|(owner, trail)| trail.is_in(call.region) && (shadows || !is_shadow(*owner, trail)));
    // Unknown names are ignored, as in the real call.
    let named = |trail: &Trail| names.is_empty() || names.iter().any(|name| *name == trail.name || *name == trail.arn);
    let shown: Vec<Value> = seen.filter(|(_, trail)| named(trail)).map(|(_, trail)| show_trail(trail)).collect();
    Ok(pass.answer(json!({ "trailList": shown })))
}

fn list_trails(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let page = page::Page::after(PAGE, params.optional_text("NextToken")?);
    let page = page.ok_or_else(|| failure("InvalidTokenException", "The token is not valid."))?;
    let pass = call.authorize(world, params, Ask::new("cloudtrail:ListTrails", "*"))?;
    let seen = world.trails_of(call.now, call.account()?).into_iter();
    let shown = seen.map(|(_, trail)| {
        let value: Value = json!({ "TrailARN": trail.arn, "Name": trail.name, "HomeRegion": trail.home });
        (trail.arn.clone(), value)
    });
    let cut = page.cut(shown);
    Ok(pass.answer(json!({ "Trails": cut.items, "NextToken": cut.next })))
}

fn delete_trail(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let name = params.text("Name")?;
    let (pass, Place { account, home, name }) = enter_to_change(world, call, params, "cloudtrail:DeleteTrail", name)?;
    if let Some(trails) = world.account_mut(&account)?.trails.get_mut(&home) {
        trails.remove(&name);
    }
    Ok(pass.answer(json!({})))
}

fn show_trail(trail: &Trail) -> Value {
    let mut shown = show_settings(trail);
    shown["HomeRegion"] = trail.home.as_str().into();
    shown["HasCustomEventSelectors"] = trail.selectors.is_some().into();
    shown["HasInsightSelectors"] = false.into();
    shown
}

/// The answer of `CreateTrail` and `UpdateTrail`.
pub(super) fn show_settings(trail: &Trail) -> Value {
    json!({
        "Name": trail.name,
        "S3BucketName": trail.bucket,
        "S3KeyPrefix": trail.prefix,
        "IncludeGlobalServiceEvents": trail.global_events,
        "IsMultiRegionTrail": trail.multi_region,
        "TrailARN": trail.arn,
        "LogFileValidationEnabled": trail.validation,
        "KmsKeyId": trail.key,
        "IsOrganizationTrail": trail.of_organization,
    })
}
