//! Secrets are deleted after a window in which that can be undone, or at once.

use std::time::Duration;

use serde_json::json;

use super::name::{arn, failure, not_deleted};
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, write};
use crate::simulator::wire::Params;
use crate::simulator::world::World;

pub(super) const OPERATIONS: &[Operation] = &[write("DeleteSecret", delete), write("RestoreSecret", restore)];

/// Days in which a deletion can be undone, and how many where no number is given (docs/AWS.md 8.2).
const WINDOW: std::ops::RangeInclusive<i64> = 7..=30;
const WINDOW_DEFAULT: i64 = 30;

fn delete(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("SecretId")?;
    let days = params.optional_integer("RecoveryWindowInDays", i64::MIN..=i64::MAX)?;
    let at_once = params.optional_boolean("ForceDeleteWithoutRecovery")?.unwrap_or(false);
    let mut ask = Ask::new("secretsmanager:DeleteSecret", "").with("secretsmanager:ForceDeleteWithoutRecovery", at_once.to_string());
    if let Some(days) = days {
        ask = ask.with("secretsmanager:RecoveryWindowInDays", days.to_string());
    }
    let (pass, meant) = world.enter_secret(call, params, ask, id)?;
    if at_once && days.is_some() {
        let message = "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.";
        return Err(failure("InvalidParameterException", message));
    }
    let days = days.unwrap_or(WINDOW_DEFAULT);
    if !WINDOW.contains(&days) {
        let message = "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).";
        return Err(failure("InvalidParameterException", message));
    }
    if at_once {
        // A missing one is not an error (Secrets Manager API, `DeleteSecret`).
        let secrets = Some(world.secrets_mut(call)?).filter(|_| meant.is_there);
        let gone = secrets.and_then(|secrets| secrets.remove(&meant.name));
        let arn = gone.map_or_else(|| Ok::<_, Failure>(arn(call.account()?, call.region, &meant.name)), |secret| Ok(secret.arn))?;
        return Ok(pass.answer(json!({ "ARN": arn, "Name": meant.name, "DeletionDate": call.now.epoch_seconds() })));
    }
    let secret = world.secret_mut(call, &meant)?;
    not_deleted(secret)?;
    let at = call.now.plus(Duration::from_hours(24 * u64::try_from(days).unwrap_or_default()));
    secret.deletion = Some(at);
    Ok(pass.answer(json!({ "ARN": secret.arn, "Name": meant.name, "DeletionDate": at.epoch_seconds() })))
}

fn restore(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("SecretId")?;
    let (pass, meant) = world.enter_secret(call, params, Ask::new("secretsmanager:RestoreSecret", ""), id)?;
    let secret = world.secret_mut(call, &meant)?;
    secret.deletion = None;
    Ok(pass.answer(json!({ "ARN": secret.arn, "Name": meant.name })))
}
