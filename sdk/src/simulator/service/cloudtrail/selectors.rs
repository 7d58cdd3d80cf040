//! Which events a trail records: basic selectors of management events. Those of data are not simulated.

use serde_json::{Value, json};

use super::{enter_to_change, enter_to_read, failure};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::wire::Params;
use crate::simulator::world::World;

pub(super) const OPERATIONS: &[Operation] = &[read("GetEventSelectors", get_selectors), write("PutEventSelectors", put_selectors)];

/// Most basic selectors of a trail (aws-facts 4.6).
const SELECTORS_MAX: usize = 5;
const READ_WRITE: [&str; 3] = ["All", "ReadOnly", "WriteOnly"];
/// The sources of management events that can be left out (aws-facts 4.6).
const EXCLUDABLE: [&str; 2] = ["kms.amazonaws.com", "rdsdata.amazonaws.com"];

fn get_selectors(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let name = params.text("TrailName")?;
    let (pass, place) = enter_to_read(world, call, params, "cloudtrail:GetEventSelectors", name)?;
    let trail = world.trail(&place)?;
    let selectors = trail.selectors.clone().unwrap_or_else(|| json!([selector("All", true, &[])]));
    Ok(pass.answer(json!({ "TrailARN": trail.arn, "EventSelectors": selectors })))
}

fn put_selectors(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, given) = (params.text("TrailName")?, params.structures("EventSelectors")?);
    let invalid = |what: &str| failure("InvalidEventSelectorsException", what);
    let mut selectors = Vec::new();
    for one in given {
        let kind = one.optional_text("ReadWriteType")?.unwrap_or("All");
        let management = one.optional_boolean("IncludeManagementEvents")?.unwrap_or(true);
        let excluded = one.texts("ExcludeManagementEventSources")?;
        if !one.structures("DataResources")?.is_empty() {
            return Err(Failure::not_implemented("events of data in EventSelectors"));
        }
        one.finish()?;
        if !READ_WRITE.contains(&kind) || !excluded.iter().all(|source| EXCLUDABLE.contains(source)) {
            return Err(invalid("A selector has a value that is not valid."));
        }
        selectors.push(selector(kind, management, &excluded));
    }
    let (pass, place) = enter_to_change(world, call, params, "cloudtrail:PutEventSelectors", name)?;
    if selectors.is_empty() || selectors.len() > SELECTORS_MAX {
        return Err(invalid("A trail has 1 to 5 selectors."));
    }
    let trail = world.trail_mut(&place)?;
    let kept = Value::Array(selectors);
    trail.selectors = Some(kept.clone());
    Ok(pass.answer(json!({ "TrailARN": trail.arn, "EventSelectors": kept })))
}

fn selector(kind: &str, management: bool, excluded: &[&str]) -> Value {
    json!({
        "ReadWriteType": kind,
        "IncludeManagementEvents": management,
        "DataResources": [],
        "ExcludeManagementEventSources": excluded,
    })
}
