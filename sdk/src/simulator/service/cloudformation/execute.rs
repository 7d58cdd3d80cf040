//! `ExecuteChangeSet`: begins the operation, whose steps are then taken one after the other (`progress.rs`).

use std::collections::VecDeque;

use serde_json::json;

use super::place::{self, Named};
use super::template::{Pseudo, Scope, Template};
use super::{actor, change_sets};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation as Entry, write};
use crate::simulator::wire::Params;
use crate::simulator::world::{Actor, ChangeSet, Execution, Fate, Leaving, Operation, OperationKind, Stack, Status, Step, World};

pub(super) const OPERATIONS: &[Entry] = &[write("ExecuteChangeSet", execute)];

fn execute(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let named = Named::read(&params)?;
    let token = params.optional_text("ClientRequestToken")?;
    if params.optional_boolean("DisableRollback")? == Some(true) {
        return Err(Failure::not_implemented("the parameter DisableRollback of ExecuteChangeSet"));
    }
    let retains_except_on_create = params.optional_boolean("RetainExceptOnCreate")?.unwrap_or(false);
    let pass = call.authorize(world, params, named.ask(world, call, "cloudformation:ExecuteChangeSet")?)?;
    let (id, name) = named.find(world, call)?;
    let mut stack = world.stack_mut(call, &id)?.clone();
    let set = stack.change_set_named(&name)?.clone();
    if place::is_repeated(&stack, token, &set.id)? {
        return Ok(pass.answer(json!({})));
    }
    check(&set, &stack, call)?;
    let role = set.role.clone();
    let actor = match role.clone() {
        Some(role) => Actor::Role(role),
        None => Actor::Caller(Box::new(call.credential()?.clone())),
    };
    if let Some(role) = &role {
        actor::check(world, call, &stack.id, role)?;
    }
    let mut operation = Operation {
        kind: if set.is_create { OperationKind::Create } else { OperationKind::Update },
        change_set: Some(name.clone()),
        actor,
        token: token.map(str::to_owned),
        begun: call.now,
        due: call.now,
        steps: VecDeque::from([Step::FindAlarms]),
        input: set.input.clone(),
        on_failure: set.on_failure,
        retains_except_on_create,
        done: Vec::new(),
        leaving: Vec::new(),
    };
    order(call, &stack, &mut operation)?;
    stack.role = role;
    stack.executed = Some(set.id.clone());
    stack.retains_except_on_create = retains_except_on_create;
    if let Some(token) = token {
        stack.tokens.insert(token.to_owned(), set.id);
    }
    for (other, set) in &mut stack.change_sets {
        if *other == name {
            set.execution = Execution::InProgress;
        } else if set.execution == Execution::Available {
            set.execution = Execution::Obsolete;
        }
    }
    let status = match operation.kind {
        OperationKind::Create => {
            // A creation is read with its input from the start.
            stack.input = operation.input.clone();
            Status::CreateInProgress
        }
        OperationKind::Update | OperationKind::Delete => {
            stack.updated = Some(call.now);
            Status::UpdateInProgress
        }
    };
    stack.operation = Some(operation);
    world.turn(&mut stack, call.now, status, Some("User Initiated".to_owned()));
    world.stacks_mut(call)?.insert(id, stack);
    Ok(pass.answer(json!({})))
}

/// Checks that a change set can be executed now.
fn check(set: &ChangeSet, stack: &Stack, call: &Call<'_>) -> Result<(), Failure> {
    let refuse = |message: String| Err(Failure::new("InvalidChangeSetStatus", 400, message));
    if set.failed.is_some() || set.ready > call.now {
        let status = change_sets::status(set, call.now);
        return refuse(format!("ChangeSet [{}] cannot be executed in its current status of [{status}]", set.id));
    }
    match set.execution {
        Execution::Available => {}
        Execution::InProgress => {
            return refuse(
                "An operation on this ChangeSet is currently in progress. Please attempt this operation again later.".to_owned(),
            );
        }
        Execution::Complete | Execution::Failed | Execution::Obsolete => {
            let status = set.execution.name();
            return refuse(format!("ChangeSet [{}] cannot be executed in its current execution status of [{status}]", set.id));
        }
    }
    let is_possible = if set.is_create { stack.status == Status::ReviewInProgress } else { stack.status.is_updatable() };
    if is_possible { Ok(()) } else { Err(place::not_updatable(stack)) }
}

/// Adds the steps of an operation, and what leaves the stack with it.
fn order(call: &Call<'_>, stack: &Stack, operation: &mut Operation) -> Result<(), Failure> {
    let template = Template::parse(&operation.input.template)?;
    let pseudo = Pseudo {
        account: call.account()?.to_string(),
        region: call.region.to_owned(),
        stack_id: stack.id.clone(),
        stack_name: stack.name.clone(),
    };
    let scope = Scope::new(&template, &operation.input.parameters, pseudo)?;
    let is_wanted = |logical: &str| template.resources.get(logical).is_some_and(|written| scope.is_wanted(written.condition.as_ref()));
    let makes = template.order()?.into_iter().filter(|logical| is_wanted(logical));
    operation.steps.extend(makes.map(|logical| Step::Make { logical: logical.to_owned(), begun: false }));
    operation.steps.extend([Step::Monitor, Step::Finish]);
    for logical in backwards(stack) {
        if let Some(resource) = stack.resources.get(&logical).filter(|_| !is_wanted(&logical)) {
            let is_kept = resource.on_delete != Fate::Delete;
            operation.leaving.push(Leaving { logical, resource: resource.clone(), is_kept });
        }
    }
    Ok(())
}

/// Returns the resources of a stack, each before those that it needs.
pub(super) fn backwards(stack: &Stack) -> Vec<String> {
    let template = Template::parse(&stack.input.template).ok();
    let order = template.as_ref().and_then(|template| template.order().ok()).unwrap_or_default();
    let mut all: Vec<String> = stack.resources.keys().filter(|name| !order.contains(&name.as_str())).cloned().collect();
    all.extend(order.into_iter().rev().filter(|name| stack.resources.contains_key(*name)).map(str::to_owned));
    all
}
