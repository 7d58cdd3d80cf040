//! `DeleteStack`, and the protection against it.

use std::collections::VecDeque;

use serde_json::json;

use super::execute::backwards;
use super::{actor, place};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation as Entry, write};
use crate::simulator::wire::Params;
use crate::simulator::world::{Actor, Fate, Leaving, OnFailure, Operation, OperationKind, Status, Step, World};

pub(super) const OPERATIONS: &[Entry] = &[write("DeleteStack", delete), write("UpdateTerminationProtection", protect)];

/// One that does not exist is deleted as well.
fn delete(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (given, token) = (params.text("StackName")?, params.optional_text("ClientRequestToken")?);
    let role = params.optional_text("RoleARN")?;
    let mut ask = world.about_stack(call, "cloudformation:DeleteStack", given)?;
    if let Some(role) = role {
        ask = ask.with("cloudformation:RoleArn", role);
    }
    let pass = call.authorize(world, params, ask)?;
    let Some(mut stack) = world.stack(call, given)?.filter(|stack| stack.deleted.is_none()).cloned() else {
        return Ok(pass.answer(json!({})));
    };
    if place::is_repeated(&stack, token, "delete")? {
        return Ok(pass.answer(json!({})));
    }
    if stack.is_protected {
        let message = format!("Stack [{}] cannot be deleted while TerminationProtection is enabled", stack.name);
        return Err(Failure::validation(message));
    }
    match (stack.status, stack.operation.is_some()) {
        (Status::DeleteInProgress, _) => return Ok(pass.answer(json!({}))),
        (Status::CreateInProgress, true) => return Err(Failure::not_implemented("the deletion of a stack that is being created")),
        (status, true) => {
            let message = format!("Stack [{}] cannot be deleted while in status {}", stack.id, status.name());
            return Err(Failure::validation(message));
        }
        (_, false) => {}
    }
    if let Some(role) = role {
        actor::pass(world, call, &stack.id, role)?;
        stack.role = Some(role.to_owned());
    }
    let actor = match stack.role.clone() {
        Some(role) => Actor::Role(role),
        None => Actor::Caller(Box::new(call.credential()?.clone())),
    };
    let mut steps = VecDeque::new();
    for logical in backwards(&stack) {
        if let Some(resource) = stack.resources.get(&logical).cloned() {
            let is_kept = resource.on_delete != Fate::Delete;
            steps.push_back(Step::Remove { leaving: Box::new(Leaving { logical, resource, is_kept }), begun: false });
        }
    }
    steps.push_back(Step::End(Status::DeleteComplete));
    stack.operation = Some(Operation {
        kind: OperationKind::Delete,
        change_set: None,
        actor,
        token: token.map(str::to_owned),
        begun: call.now,
        due: call.now,
        steps,
        input: stack.input.clone(),
        on_failure: OnFailure::DoNothing,
        retains_except_on_create: false,
        done: Vec::new(),
        leaving: Vec::new(),
    });
    if let Some(token) = token {
        stack.tokens.insert(token.to_owned(), "delete".to_owned());
    }
    world.turn(&mut stack, call.now, Status::DeleteInProgress, Some("User Initiated".to_owned()));
    world.stacks_mut(call)?.insert(stack.id.clone(), stack);
    Ok(pass.answer(json!({})))
}

fn protect(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let given = params.text("StackName")?;
    let wanted = params.optional_boolean("EnableTerminationProtection")?;
    let wanted = wanted.ok_or_else(|| params.invalid("EnableTerminationProtection", "Member must not be null"))?;
    let pass = call.authorize(world, params, world.about_stack(call, "cloudformation:UpdateTerminationProtection", given)?)?;
    let stack = world.stack(call, given)?.filter(|stack| stack.deleted.is_none() && stack.status != Status::DeleteInProgress);
    let id = stack.ok_or_else(|| place::does_not_exist(given))?.id.clone();
    world.stack_mut(call, &id)?.is_protected = wanted;
    Ok(pass.answer(json!({ "StackId": id })))
}
