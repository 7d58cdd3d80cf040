//! `AssumeRoot`: a session as a member account's root user, for one task and a quarter of an hour.

use serde_json::json;

use super::session::issue;
use crate::id::AccountId;
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::root_tasks::{KNOWN, TASKS};
use crate::simulator::wire::Params;
use crate::simulator::world::{Session, Who, World};

/// How long such a session lasts, in seconds (STS API, `AssumeRoot`).
const DURATION: std::ops::RangeInclusive<i64> = 0..=900;
/// The task of a service that is not simulated.
const UNLOCK_QUEUE: &str = "SQSUnlockQueuePolicy";

pub(super) fn assume_root(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let target = params.text("TargetPrincipal")?;
    let policy = params.structure("TaskPolicyArn")?.ok_or_else(|| params.invalid("TaskPolicyArn", "Member must not be null"))?;
    let arn = policy.text("arn")?.to_owned();
    policy.finish()?;
    let duration = params.optional_integer("DurationSeconds", DURATION)?.unwrap_or(*DURATION.end());
    let id = target.strip_prefix("arn:aws:iam::").and_then(|rest| rest.strip_suffix(":root")).unwrap_or(target);
    let account: AccountId =
        id.parse().map_err(|_| params.invalid("TargetPrincipal", "it must be an account's id or its root user's ARN"))?;

    let resource = format!("arn:aws:iam::{account}:root");
    let denied = |world: &World, why: &str| -> Result<Failure, Failure> {
        let caller = world.caller(call.credential()?);
        Ok(Failure::access_denied(format!(
            "User: {} is not authorized to perform: sts:AssumeRoot on resource: {resource}{why}",
            caller.shown_arn()
        )))
    };
    if call.is_global {
        return Err(denied(world, ": the global endpoint does not serve AssumeRoot; use a Regional one")?);
    }
    let pass = call.authorize(world, params, Ask::new("sts:AssumeRoot", resource.as_str()).with("sts:TaskPolicyArn", arn.as_str()))?;
    if let Who::Root { .. } = call.credential()?.who {
        return Err(denied(world, ": root users may not call it")?);
    }
    let name = arn.strip_prefix(TASKS).unwrap_or_default();
    if name == UNLOCK_QUEUE {
        return Err(Failure::not_implemented(UNLOCK_QUEUE));
    }
    let Some(task) = KNOWN.iter().find(|task| task.name == name) else {
        return Err(Failure::validation(format!("{arn} is not the policy of a task that AssumeRoot supports")));
    };
    let enabled = world.organization.as_ref().map(|organization| &organization.root_access);
    let is_enabled = task.needs.iter().all(|feature| enabled.is_some_and(|enabled| enabled.contains(feature)));
    let is_member =
        world.accounts.get(&account).is_some_and(|account| account.parent.is_some() && account.is_open() && !account.is_management());
    // Delegated administrators for IAM are not simulated.
    if !is_enabled || !is_member || !world.account(call.account()?)?.is_management() {
        return Err(denied(world, "")?);
    }
    let session =
        Session { root_task: Some(arn), source_identity: call.credential()?.session.source_identity.clone(), ..Session::default() };
    let source_identity = session.source_identity.clone();
    let (credentials, _) = issue(world, call, Who::Root { account }, duration, 0, session);
    Ok(pass.answer(json!({ "Credentials": credentials, "SourceIdentity": source_identity })))
}
