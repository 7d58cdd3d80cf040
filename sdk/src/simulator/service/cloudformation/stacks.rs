//! What is shown of stacks: themselves, their template, events and resources.

use serde_json::{Value, json};

use super::change_sets::{page_of, show_parameters, show_rollback};
use super::place;
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::clock::Timestamp;
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read};
use crate::simulator::stored::show_tags;
use crate::simulator::wire::Params;
use crate::simulator::world::{Stack, Status, World};

pub(super) const OPERATIONS: &[Operation] = &[
    read("DescribeStacks", describe),
    read("GetTemplate", template),
    read("DescribeStackEvents", events),
    read("DescribeStackResources", resources),
];

/// All stacks but the deleted ones, or one; a deleted one by its id.
fn describe(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (given, page) = (params.optional_text("StackName")?, page_of(&params)?);
    let ask = if let Some(given) = given {
        world.about_stack(call, "cloudformation:DescribeStacks", given)?
    } else {
        let all = format!("arn:aws:cloudformation:{}:{}:stack/*/*", call.region, call.account()?);
        Ask::new("cloudformation:DescribeStacks", all)
    };
    let pass = call.authorize(world, params, ask)?;
    if let Some(given) = given {
        let missing = || Failure::validation(format!("Stack with id {given} does not exist"));
        let stack = world.stack(call, given)?.ok_or_else(missing)?;
        return Ok(pass.answer(json!({ "Stacks": [show(stack)] })));
    }
    let stacks = world.stacks_of(call)?.filter(|stack| stack.deleted.is_none());
    let cut = page.cut(stacks.map(|stack| (stack.id.clone(), show(stack))));
    Ok(pass.answer(json!({ "Stacks": cut.items, "NextToken": cut.next })))
}

fn show(stack: &Stack) -> Value {
    let outputs = stack.outputs.iter();
    let outputs: Vec<Value> =
        outputs.map(|output| json!({ "OutputKey": output.key, "OutputValue": output.value, "Description": output.description })).collect();
    let description = super::template::Template::parse(&stack.input.template).ok().and_then(|template| template.description);
    json!({
        "StackId": stack.id,
        "StackName": stack.name,
        "ChangeSetId": stack.executed,
        "Description": description,
        "Parameters": show_parameters(&stack.input),
        "CreationTime": stack.made.iso(),
        "DeletionTime": stack.deleted.map(Timestamp::iso),
        "LastUpdatedTime": stack.updated.map(Timestamp::iso),
        "RollbackConfiguration": show_rollback(&stack.input.rollback),
        "StackStatus": stack.status.name(),
        "StackStatusReason": stack.reason,
        "DisableRollback": false,
        "NotificationARNs": [],
        "Capabilities": stack.input.capabilities,
        "Outputs": outputs,
        "RoleARN": stack.role,
        "Tags": show_tags(&stack.input.tags),
        "EnableTerminationProtection": stack.is_protected,
        "DriftInformation": { "StackDriftStatus": "NOT_CHECKED" },
        "RetainExceptOnCreate": stack.retains_except_on_create,
    })
}

fn template(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let given = params.text("StackName")?;
    let set = params.optional_text("ChangeSetName")?;
    if let Some(other) = params.optional_text("TemplateStage")?.filter(|stage| *stage != "Original") {
        return Err(Failure::not_implemented(format_args!("the TemplateStage {other}")));
    }
    let pass = call.authorize(world, params, world.about_stack(call, "cloudformation:GetTemplate", given)?)?;
    let stack = world.stack(call, given)?.ok_or_else(|| Failure::validation(format!("Stack with id {given} does not exist")))?;
    let text = match set {
        Some(name) => &stack.change_set_named(name)?.input.template,
        None if stack.status == Status::ReviewInProgress => {
            return Err(Failure::not_implemented("GetTemplate of a stack that has not been created yet, without its change set"));
        }
        None => &stack.input.template,
    };
    Ok(pass.answer(json!({ "TemplateBody": text, "StagesAvailable": ["Original", "Processed"] })))
}

fn events(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (given, page) = (params.text("StackName")?, page_of(&params)?);
    let pass = call.authorize(world, params, world.about_stack(call, "cloudformation:DescribeStackEvents", given)?)?;
    let stack = world.stack(call, given)?.ok_or_else(|| place::does_not_exist(given))?;
    let newest_first = stack.events.iter().rev();
    let total = stack.events.len();
    // By how many older events there are, so that a page continues where the last ended although there are newer ones.
    let keyed = newest_first.enumerate().map(|(index, event)| {
        let shown = json!({
            "StackId": stack.id,
            "EventId": event.id,
            "StackName": stack.name,
            "LogicalResourceId": event.logical,
            "PhysicalResourceId": event.physical.clone().unwrap_or_default(),
            "ResourceType": event.sort,
            "Timestamp": event.at.iso(),
            "ResourceStatus": event.status.name(),
            "ResourceStatusReason": event.reason,
            "ClientRequestToken": event.token,
        });
        (format!("{:08}", 99_999_999 - (total - index)), shown)
    });
    let cut = page.cut(keyed);
    Ok(pass.answer(json!({ "StackEvents": cut.items, "NextToken": cut.next })))
}

fn resources(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (given, logical) = (params.text("StackName")?, params.optional_text("LogicalResourceId")?);
    let pass = call.authorize(world, params, world.about_stack(call, "cloudformation:DescribeStackResources", given)?)?;
    let stack = world.stack(call, given)?.ok_or_else(|| Failure::validation(format!("Stack with id {given} does not exist")))?;
    let wanted = stack.resources.iter().filter(|(name, _)| logical.is_none_or(|logical| logical == name.as_str()));
    let shown: Vec<Value> = wanted
        .map(|(name, resource)| {
            json!({
                "StackName": stack.name,
                "StackId": stack.id,
                "LogicalResourceId": name,
                "PhysicalResourceId": resource.physical,
                "ResourceType": resource.sort,
                "Timestamp": resource.changed.iso(),
                "ResourceStatus": resource.status.name(),
                "ResourceStatusReason": resource.reason,
                "DriftInformation": { "StackResourceDriftStatus": "NOT_CHECKED" },
            })
        })
        .collect();
    if let (Some(logical), true) = (logical, shown.is_empty()) {
        return Err(Failure::validation(format!("Resource {logical} does not exist for stack {}", stack.name)));
    }
    Ok(pass.answer(json!({ "StackResources": shown })))
}
