//! The events that a trail records: basic selectors or advanced ones, never both. Nothing is recorded here, so selectors of data
//! events are stored and not evaluated.

use serde_json::{Value, json};

use super::place::{enter_to_change, enter_to_read, failure};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::wire::Params;
use crate::simulator::world::{Trail, World};

pub(super) const OPERATIONS: &[Operation] = &[read("GetEventSelectors", get_selectors), write("PutEventSelectors", put_selectors)];

/// Most basic selectors of a trail, most data resources in them, and most values in advanced ones (docs/AWS.md 4.6).
pub(super) const SELECTORS_MAX: usize = 5;
const RESOURCES_MAX: usize = 250;
const VALUES_MAX: usize = 500;
/// The fields of an advanced selector (CloudTrail API, `AdvancedFieldSelector`), and its operators.
const CATEGORIES: [&str; 3] = ["Management", "Data", "NetworkActivity"];
const COMPARISONS: [&str; 6] = ["Equals", "StartsWith", "EndsWith", "NotEquals", "NotStartsWith", "NotEndsWith"];
const READ_WRITE: [&str; 3] = ["All", "ReadOnly", "WriteOnly"];
/// The sources of management events that can be left out (docs/AWS.md 4.6).
const EXCLUDABLE: [&str; 2] = ["kms.amazonaws.com", "rdsdata.amazonaws.com"];

fn get_selectors(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let name = params.text("TrailName")?;
    let (pass, place) = enter_to_read(world, call, params, "cloudtrail:GetEventSelectors", name)?;
    let trail = world.trail(&place)?;
    Ok(pass.answer(show(trail)))
}

fn put_selectors(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let name = params.text("TrailName")?;
    let (basic, advanced) = (read_basic(&params)?, read_advanced(&params)?);
    let (pass, place) = enter_to_change(world, call, params, "cloudtrail:PutEventSelectors", name)?;
    let (selectors, is_advanced) = match (basic?, advanced?) {
        (basic, advanced) if advanced.is_empty() => (basic, false),
        (basic, advanced) if basic.is_empty() => (advanced, true),
        _ => return Err(invalid("A trail has event selectors or advanced event selectors.")),
    };
    if selectors.is_empty() || !is_advanced && selectors.len() > SELECTORS_MAX {
        return Err(invalid("A trail has 1 to 5 selectors."));
    }
    let trail = world.trail_mut(&place)?;
    trail.selectors = Some(Value::Array(selectors));
    trail.advanced_selectors = is_advanced;
    Ok(pass.answer(show(trail)))
}

fn show(trail: &Trail) -> Value {
    let selectors = trail.selectors.clone().unwrap_or_else(|| json!([selector("All", true, &Value::Array(Vec::new()), &[])]));
    let member = if trail.advanced_selectors { "AdvancedEventSelectors" } else { "EventSelectors" };
    json!({ "TrailARN": trail.arn, member: selectors })
}

/// Reads `EventSelectors`; errors in them are reported only to callers that may put them.
fn read_basic(params: &Params<'_>) -> Result<Result<Vec<Value>, Failure>, Failure> {
    let (mut selectors, mut wrong, mut resources) = (Vec::new(), false, 0);
    for one in params.structures("EventSelectors")? {
        let kind = one.optional_text("ReadWriteType")?.unwrap_or("All");
        let management = one.optional_boolean("IncludeManagementEvents")?.unwrap_or(true);
        let excluded = one.texts("ExcludeManagementEventSources")?;
        let mut data = Vec::new();
        for resource in one.structures("DataResources")? {
            let (sort, values) = (resource.text("Type")?, resource.texts("Values")?);
            resource.finish()?;
            resources += values.len();
            data.push(json!({ "Type": sort, "Values": values }));
        }
        one.finish()?;
        wrong |= !READ_WRITE.contains(&kind) || !excluded.iter().all(|source| EXCLUDABLE.contains(source));
        selectors.push(selector(kind, management, &Value::Array(data), &excluded));
    }
    Ok(if wrong || resources > RESOURCES_MAX { Err(invalid("A selector has a value that is not valid.")) } else { Ok(selectors) })
}

/// Reads `AdvancedEventSelectors`.
fn read_advanced(params: &Params<'_>) -> Result<Result<Vec<Value>, Failure>, Failure> {
    let (mut selectors, mut wrong, mut count) = (Vec::new(), false, 0);
    for one in params.structures("AdvancedEventSelectors")? {
        let name = one.optional_text("Name")?;
        let (mut fields, mut category) = (Vec::new(), None);
        for field in one.structures("FieldSelectors")? {
            let mut shown = json!({ "Field": field.text("Field")? });
            for comparison in COMPARISONS {
                let values = field.texts(comparison)?;
                count += values.len();
                if shown["Field"] == "eventCategory" && comparison == "Equals" {
                    category = Some(values.clone());
                }
                if !values.is_empty() {
                    shown[comparison] = values.into();
                }
            }
            field.finish()?;
            fields.push(shown);
        }
        one.finish()?;
        wrong |= !matches!(category.as_deref(), Some([one]) if CATEGORIES.contains(one));
        selectors.push(json!({ "Name": name, "FieldSelectors": fields }));
    }
    Ok(if wrong || count > VALUES_MAX { Err(invalid("A selector has a value that is not valid.")) } else { Ok(selectors) })
}

fn invalid(what: &str) -> Failure {
    failure("InvalidEventSelectorsException", what)
}

fn selector(kind: &str, management: bool, data: &Value, excluded: &[&str]) -> Value {
    json!({
        "ReadWriteType": kind,
        "IncludeManagementEvents": management,
        "DataResources": data,
        "ExcludeManagementEventSources": excluded,
    })
}
