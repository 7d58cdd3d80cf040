//! Change sets: shown, and deleted.

use serde_json::{Value, json};

use super::place::Named;
use super::template::Template;
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::clock::Timestamp;
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, page, read, write};
use crate::simulator::stored::show_tags;
use crate::simulator::wire::Params;
use crate::simulator::world::{ChangeSet, Execution, Input, Rollback, World};

pub(super) const OPERATIONS: &[Operation] = &[read("DescribeChangeSet", describe), write("DeleteChangeSet", delete)];

/// Changes on a page; AWS's pages end by size.
const PAGE: i64 = 100;
/// What is shown for parameters with `NoEcho`.
const HIDDEN: &str = "****";

fn describe(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let named = Named::read(&params)?;
    let page = page_of(&params)?;
    if params.optional_boolean("IncludePropertyValues")? == Some(true) {
        return Err(Failure::not_implemented("the parameter IncludePropertyValues of DescribeChangeSet"));
    }
    let pass = call.authorize(world, params, named.ask(world, call, "cloudformation:DescribeChangeSet")?)?;
    let (stack, name) = named.find(world, call)?;
    let stack = world.stack_mut(call, &stack)?;
    let set = stack.change_set_named(&name)?;
    let is_ready = set.ready <= call.now;
    let changes = set.changes.iter().enumerate().filter(|_| is_ready);
    let cut = page.cut(changes.map(|(index, change)| (format!("{index:06}"), change.clone())));
    Ok(pass.answer(json!({
        "ChangeSetName": set.name,
        "ChangeSetId": set.id,
        "StackId": stack.id,
        "StackName": stack.name,
        "Description": set.description,
        "Parameters": show_parameters(&set.input),
        "CreationTime": set.made.iso(),
        "ExecutionStatus": execution(set, call.now),
        "Status": status(set, call.now),
        "StatusReason": set.failed.as_ref().filter(|_| is_ready),
        "NotificationARNs": [],
        "RollbackConfiguration": show_rollback(&set.input.rollback),
        "Capabilities": set.input.capabilities,
        "Tags": show_tags(&set.input.tags),
        "Changes": cut.items,
        "NextToken": cut.next,
        "IncludeNestedStacks": false,
        "OnStackFailure": set.is_on_failure_given.then(|| set.on_failure.name()),
        "ImportExistingResources": false,
    })))
}

/// One that does not exist is deleted as well, but its stack has to exist.
fn delete(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let named = Named::read(&params)?;
    let pass = call.authorize(world, params, named.ask(world, call, "cloudformation:DeleteChangeSet")?)?;
    match named.find(world, call) {
        Ok((stack, name)) => {
            let stack = world.stack_mut(call, &stack)?;
            let set = stack.change_set_named(&name)?;
            if set.execution == Execution::InProgress || set.ready > call.now {
                let state = if set.ready > call.now { status(set, call.now) } else { set.execution.name() };
                let message = format!("ChangeSet [{}] cannot be deleted in its current status of [{state}]", set.id);
                return Err(Failure::new("InvalidChangeSetStatus", 400, message));
            }
            stack.change_sets.remove(&name);
        }
        Err(failure) if failure.code == "ChangeSetNotFound" => {}
        Err(failure) => return Err(failure),
    }
    Ok(pass.answer(json!({})))
}

/// Returns the state of a change set, which is pending for the first half of its creation.
pub(super) fn status(set: &ChangeSet, now: Timestamp) -> &'static str {
    if set.ready <= now {
        return if set.failed.is_some() { "FAILED" } else { "CREATE_COMPLETE" };
    }
    let half = set.ready.since(set.made) / 2;
    if now < set.made.plus(half) { "CREATE_PENDING" } else { "CREATE_IN_PROGRESS" }
}

/// Returns whether a change set can be executed, as it is shown.
pub(super) fn execution(set: &ChangeSet, now: Timestamp) -> &'static str {
    if set.failed.is_some() || set.ready > now { "UNAVAILABLE" } else { set.execution.name() }
}

pub(super) fn page_of(params: &Params<'_>) -> Result<page::Page, Failure> {
    let page = page::Page::after(PAGE, params.optional_text("NextToken")?);
    page.ok_or_else(|| Failure::validation("NextToken is not valid"))
}

/// Shows the values of parameters, but for those that are not to be shown.
pub(super) fn show_parameters(input: &Input) -> Value {
    let template = Template::parse(&input.template).ok();
    let is_hidden = |name: &String| {
        template.as_ref().is_some_and(|template| template.parameters.get(name).is_some_and(|parameter| parameter.is_hidden))
    };
    let shown = |(name, value): (&String, &String)| {
        let value = if is_hidden(name) { HIDDEN } else { value.as_str() };
        json!({ "ParameterKey": name, "ParameterValue": value })
    };
    input.parameters.iter().map(shown).collect()
}

pub(super) fn show_rollback(rollback: &Rollback) -> Value {
    let triggers: Vec<Value> = rollback.triggers.iter().map(|(arn, sort)| json!({ "Arn": arn, "Type": sort })).collect();
    json!({ "RollbackTriggers": Some(triggers).filter(|triggers| !triggers.is_empty()), "MonitoringTimeInMinutes": rollback.minutes })
}
