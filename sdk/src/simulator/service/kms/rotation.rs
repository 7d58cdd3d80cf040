//! The rotation of keys.

use std::time::Duration;

use serde_json::json;

use super::place::{enter, failure, not_pending};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::wire::Params;
use crate::simulator::world::{KeyState, Rotation, World};

pub(super) const OPERATIONS: &[Operation] = &[
    write("EnableKeyRotation", enable_rotation),
    write("DisableKeyRotation", disable_rotation),
    read("GetKeyRotationStatus", get_rotation),
];

/// Days between two rotations (KMS API, `EnableKeyRotation`): fewest, most, and the default.
const PERIOD: std::ops::RangeInclusive<i64> = 90..=2560;
const PERIOD_DEFAULT: i64 = 365;

fn enable_rotation(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (key, days) = (params.text("KeyId")?, params.optional_integer("RotationPeriodInDays", PERIOD)?.unwrap_or(PERIOD_DEFAULT));
    change(world, call, params, ("kms:EnableKeyRotation", key), Some(days))
}

fn disable_rotation(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let key = params.text("KeyId")?;
    change(world, call, params, ("kms:DisableKeyRotation", key), None)
}

fn change(
    world: &mut World,
    call: &Call<'_>,
    params: Params<'_>,
    (action, key): (&'static str, &str),
    days: Option<i64>,
) -> Result<Answer, Failure> {
    let (pass, place) = enter(world, call, params, action, key)?;
    let key = world.key_mut(&place)?;
    not_pending(key)?;
    if key.state == KeyState::Disabled {
        return Err(failure("DisabledException", format!("{} is disabled.", key.arn)));
    }
    key.rotation = days.map(|days| Rotation { days, since: call.now });
    Ok(pass.answer(json!({})))
}

fn get_rotation(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let key = params.text("KeyId")?;
    let (pass, place) = enter(world, call, params, "kms:GetKeyRotationStatus", key)?;
    let key = world.key(&place)?;
    let mut answer = json!({ "KeyId": key.arn, "KeyRotationEnabled": key.rotation.is_some() });
    if let Some(Rotation { days, since }) = key.rotation {
        let period = Duration::from_hours(24 * u64::try_from(days).unwrap_or_default());
        answer["RotationPeriodInDays"] = days.into();
        answer["NextRotationDate"] = since.plus(period).epoch_seconds().into();
    }
    Ok(pass.answer(answer))
}
