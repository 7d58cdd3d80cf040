//! Whether a trail records.

use serde_json::json;

use super::place::{enter_to_change, enter_to_read};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::clock::Timestamp;
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::wire::Params;
use crate::simulator::world::World;

pub(super) const OPERATIONS: &[Operation] = &[
    read("GetTrailStatus", get_status),
    read("LookupEvents", lookup),
    write("StartLogging", start_logging),
    write("StopLogging", stop_logging),
];

/// Not answered with an empty list, which would mean that there were no events.
fn lookup(_: &mut World, _: &Call<'_>, _: Params<'_>) -> Result<Answer, Failure> {
    Err(Failure::not_implemented("LookupEvents: the simulated CloudTrail records no events, so there is no history to search"))
}

fn get_status(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let name = params.text("Name")?;
    let (pass, place) = enter_to_read(world, call, params, "cloudtrail:GetTrailStatus", name)?;
    let trail = world.trail(&place)?;
    // A trail that can no longer write to its bucket goes on recording, and reports the error only here.
    let problem = world.check_delivery(call.now, &place.account, trail).err().filter(|_| trail.logging);
    let problem = problem.map(|failure| match failure.code.as_ref() {
        "S3BucketDoesNotExistException" => "NoSuchBucket",
        "KmsKeyNotFoundException" => "KMS.NotFoundException",
        _ => "AccessDenied",
    });
    // Nothing is recorded here, so no delivery is reported.
    Ok(pass.answer(json!({
        "IsLogging": trail.logging,
        "LatestDeliveryError": problem,
        "StartLoggingTime": trail.started.map(Timestamp::epoch_seconds),
        "StopLoggingTime": trail.stopped.map(Timestamp::epoch_seconds),
    })))
}

fn start_logging(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let name = params.text("Name")?;
    let (pass, place) = enter_to_change(world, call, params, "cloudtrail:StartLogging", name)?;
    let trail = world.trail_mut(&place)?;
    if !trail.logging {
        (trail.logging, trail.started) = (true, Some(call.now));
    }
    Ok(pass.answer(json!({})))
}

fn stop_logging(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let name = params.text("Name")?;
    let (pass, place) = enter_to_change(world, call, params, "cloudtrail:StopLogging", name)?;
    let trail = world.trail_mut(&place)?;
    if trail.logging {
        (trail.logging, trail.stopped) = (false, Some(call.now));
    }
    Ok(pass.answer(json!({})))
}
