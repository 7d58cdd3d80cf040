//! Runs one call: identifies the caller, applies rates and faults, and runs the operation.
//!
//! This is the top module, so that the parts of an operation do not depend on other operations.

use bytes::Bytes;

use super::authorize::Call;
use super::clock::Timestamp;
use super::failure::Failure;
use super::faults::{Met, Trouble};
use super::principal::Principal;
use super::record::CallRecord;
use super::reply::Reply;
use super::service::{Effect, continue_operations, find_operation, welcome};
use super::wire::{self, Params, Parsed};
use super::world::{Credential, Deed, StackTrouble, World, expired, request_id};

/// The result of a call, besides its answer.
#[derive(Debug, Default)]
struct Course {
    trouble: Option<Trouble>,
    change: Option<Change>,
    deed: Option<Deed>,
}

/// The change that a call made.
#[derive(Debug, Clone, Copy)]
enum Change {
    /// The change of its operation.
    Call,
    /// Its caller's session expired early.
    Expiry,
}

impl Change {
    fn deed(self, parsed: Parsed) -> Deed {
        match self {
            Self::Call => Deed::Call(parsed),
            Self::Expiry => Deed::Expiry(parsed.access_key.unwrap_or_default()),
        }
    }
}

/// Runs one call; also returns the change that it made to the world, if any.
pub(super) fn handle(world: &mut World, now: Timestamp, request: &http::Request<Bytes>) -> (Reply, CallRecord, Option<Deed>) {
    world.requests += 1;
    let request_id = request_id(world.requests);
    let mut record = CallRecord::new(now.into(), request_id.clone());
    if world.faults.is_dead {
        record.is_answered = false;
        return (Reply::Silence, record, None);
    }
    settle(world, now);
    let mut course = Course::default();
    let (protocol, operation, result) = match wire::parse(request) {
        Err((protocol, failure)) => (protocol, String::new(), Err(failure)),
        Ok(parsed) => {
            parsed.service.name().clone_into(&mut record.service);
            record.operation.clone_from(&parsed.operation);
            record.region.clone_from(&parsed.region);
            let result = answer(world, now, &parsed, &mut record, &mut course);
            let (protocol, operation) = (parsed.protocol, parsed.operation.clone());
            course.deed = course.change.map(|change| change.deed(parsed));
            (protocol, operation, result)
        }
    };
    record.error = result.as_ref().err().map(|failure| failure.code.to_string());
    let response = wire::render(protocol, &operation, &request_id, &result);
    let reply = match course.trouble {
        Some(trouble) => trouble.deliver(response),
        None => Reply::Answer(response),
    };
    record.is_answered = matches!(reply, Reply::Answer(_) | Reply::Late(..));
    (reply, record, course.deed)
}

fn answer(
    world: &mut World,
    now: Timestamp,
    parsed: &Parsed,
    record: &mut CallRecord,
    course: &mut Course,
) -> Result<serde_json::Value, Failure> {
    let operation = find_operation(parsed.service, &parsed.operation);
    record.mutating = operation.is_some_and(|operation| operation.effect == Effect::Write);
    let credential = world.authenticate(now, parsed)?;
    if let Some(credential) = &credential {
        let account = credential.who.account();
        record.account = Some(account.clone());
        world.caller(credential).shown_arn().clone_into(&mut record.caller);
        world.subscribed(now, parsed.service, credential)?;
        if let Some(operation) = operation {
            world.throttles.take(now, (world.options.rates, world.options.preset), account, parsed, operation.effect)?;
        }
    }
    let call = Met { service: parsed.service, operation: &parsed.operation, mutating: record.mutating, account: record.account.as_ref() };
    let trouble = world.faults.meet(&call);
    course.trouble.clone_from(&trouble);
    match &trouble {
        Some(Trouble::CutBefore | Trouble::Ignore) => return Ok(serde_json::Value::Null),
        Some(Trouble::Expire) => {
            course.change = parsed.access_key.is_some().then_some(Change::Expiry);
            world.expire(now, parsed.access_key.as_deref().unwrap_or_default());
            return Err(expired(parsed.protocol));
        }
        Some(trouble) => trouble.refusal(parsed.service).map_or(Ok(()), Err)?,
        None => {}
    }
    let ids = world.ids;
    let answer = carry_out(world, now, parsed, credential.as_ref());
    // A read may create something, too: a session, or EC2's defaults at an account's first call.
    course.change = (record.mutating || world.ids != ids).then_some(Change::Call);
    let mut answer = answer?;
    if let Some(trouble) = &trouble {
        let is_first_page =
            ["NextToken", "Marker", "PaginationToken"].iter().all(|token| parsed.params.get(*token).is_none_or(|value| value == ""));
        trouble.edit(&mut answer, parsed.service, is_first_page);
    }
    Ok(answer)
}

/// Runs the operation of a call that was not refused or dropped.
fn carry_out(world: &mut World, now: Timestamp, parsed: &Parsed, credential: Option<&Credential>) -> Result<serde_json::Value, Failure> {
    let operation = find_operation(parsed.service, &parsed.operation)
        .ok_or_else(|| Failure::not_implemented(format_args!("the operation {} of {}", parsed.operation, parsed.service.name())))?;
    let params = Params::new(parsed.service, &parsed.operation, &parsed.params);
    let (region, is_global) = (parsed.region.as_str(), parsed.is_global);
    let call = Call { now, service: parsed.service, region, is_global, credential, via: None };
    welcome(parsed.service, world, &call)?;
    Ok((operation.run)(world, &call, params)?.into_value())
}

/// Replays it. Rates and faults do not apply: calls that they stopped are not deeds.
pub(super) fn redo(world: &mut World, now: Timestamp, deed: &Deed) {
    settle(world, now);
    match deed {
        // A call that was refused the first time is refused again.
        Deed::Call(parsed) => {
            let _ = world.authenticate(now, parsed).and_then(|credential| carry_out(world, now, parsed, credential.as_ref()));
        }
        Deed::Expiry(key) => world.expire(now, key),
        Deed::Credentials(principal) => {
            let _ = world.issue(now, principal);
        }
        Deed::Trouble(trouble) => world.stack_troubles.order(now, trouble.clone()),
    }
}

/// Applies what was due before `now`, of the world itself and of the services that work on by themselves.
fn settle(world: &mut World, now: Timestamp) {
    world.settle(now);
    continue_operations(world, now);
}

/// Orders trouble in a stack, and returns this change to the world.
pub(super) fn trouble_recorded(world: &mut World, now: Timestamp, trouble: StackTrouble) -> Deed {
    settle(world, now);
    world.stack_troubles.order(now, trouble.clone());
    Deed::Trouble(trouble)
}

/// Returns credentials without a call, and the change that this made to the world.
pub(super) fn issue_recorded(world: &mut World, now: Timestamp, principal: &Principal) -> (Option<(String, Option<String>)>, Option<Deed>) {
    settle(world, now);
    let ids = world.ids;
    let issued = world.issue(now, principal);
    (issued, (world.ids != ids).then(|| Deed::Credentials(principal.clone())))
}
