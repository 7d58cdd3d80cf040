//! `CreateChangeSet`, which also begins a new stack.

use std::collections::BTreeMap;

use serde_json::json;

use super::changes::changes;
use super::source::Source;
use super::template::{Pseudo, Scope, Template};
use super::{actor, place, types};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, write};
use crate::simulator::stored::{Tags, read_tags};
use crate::simulator::wire::Params;
use crate::simulator::world::{ChangeSet, Execution, Input, OnFailure, Rollback, Stack, Status, World};

pub(super) const OPERATIONS: &[Operation] = &[write("CreateChangeSet", create)];

/// Most change sets of a stack (CloudFormation quotas).
const CHANGE_SETS_MAX: usize = 1000;
/// Longest monitoring in minutes (CloudFormation API, `RollbackConfiguration`).
const MINUTES: std::ops::RangeInclusive<i64> = 0..=180;
/// Most alarms (CloudFormation API, `RollbackConfiguration`).
const TRIGGERS_MAX: usize = 5;
const CAPABILITIES: [&str; 3] = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"];
const NO_CHANGES: &str = "The submitted information didn't contain changes. Submit different information to create a change set.";

/// The parameters of the call.
struct Wanted<'a> {
    stack: &'a str,
    name: &'a str,
    source: Source<'a>,
    is_create: bool,
    /// `None` keeps the value of the stack.
    parameters: BTreeMap<String, Option<String>>,
    capabilities: Vec<String>,
    role: Option<&'a str>,
    /// `None` keeps those of the stack.
    tags: Option<Tags>,
    rollback: Option<Rollback>,
    on_failure: Option<OnFailure>,
    description: Option<&'a str>,
    token: Option<&'a str>,
    request: String,
}

impl<'a> Wanted<'a> {
    fn read(params: &Params<'a>) -> Result<Self, Failure> {
        let (stack, name) = (params.text("StackName")?, params.text("ChangeSetName")?);
        if !stack.starts_with("arn:") {
            place::check_name(params, "StackName", stack)?;
        }
        place::check_name(params, "ChangeSetName", name)?;
        let is_create = match params.optional_text("ChangeSetType")? {
            None | Some("UPDATE") => false,
            Some("CREATE") => true,
            Some(other) => return Err(Failure::not_implemented(format_args!("change sets of type {other}"))),
        };
        for parameter in ["ImportExistingResources", "IncludeNestedStacks"] {
            if params.optional_boolean(parameter)? == Some(true) {
                return Err(Failure::not_implemented(format_args!("the parameter {parameter} of CreateChangeSet")));
            }
        }
        let on_failure = match params.optional_text("OnStackFailure")? {
            None => None,
            Some("ROLLBACK") => Some(OnFailure::Rollback),
            Some("DELETE") => Some(OnFailure::Delete),
            Some("DO_NOTHING") => Some(OnFailure::DoNothing),
            Some(_) => return Err(params.invalid("OnStackFailure", "Member must satisfy enum value set: [DO_NOTHING, ROLLBACK, DELETE]")),
        };
        if on_failure == Some(OnFailure::Delete) && !is_create {
            return Err(Failure::validation("OnStackFailure DELETE can be specified only for change sets of type CREATE."));
        }
        let capabilities = params.texts("Capabilities")?;
        if capabilities.iter().any(|name| !CAPABILITIES.contains(name)) {
            return Err(params.invalid("Capabilities", &format!("Member must satisfy enum value set: [{}]", CAPABILITIES.join(", "))));
        }
        let has_tags = params.any("Tags").is_some();
        Ok(Self {
            stack,
            name,
            source: Source::read(params)?,
            is_create,
            parameters: read_parameters(params)?,
            capabilities: capabilities.into_iter().map(str::to_owned).collect(),
            role: params.optional_text("RoleARN")?,
            tags: has_tags.then(|| read_tags(params, "Tags")).transpose()?,
            rollback: read_rollback(params)?,
            on_failure,
            description: params.optional_text("Description")?,
            token: params.optional_text("ClientToken")?,
            request: params.all_but("ClientToken"),
        })
    }
}

fn create(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let wanted = Wanted::read(&params)?;
    let mut ask = world.about_stack(call, "cloudformation:CreateChangeSet", wanted.stack)?;
    ask = ask.with("cloudformation:ChangeSetName", wanted.name);
    if let Some(url) = wanted.source.url() {
        ask = ask.with("cloudformation:TemplateUrl", url);
    }
    if let Some(role) = wanted.role {
        ask = ask.with("cloudformation:RoleArn", role);
    }
    if let Some(tags) = &wanted.tags {
        ask = ask.request_tags(tags);
    }
    let pass = call.authorize(world, params, ask)?;
    let stack = world.stack(call, wanted.stack)?.filter(|stack| stack.deleted.is_none()).cloned();
    check_stack(&wanted, stack.as_ref())?;
    if let Some(known) = stack.as_ref().and_then(|stack| stack.change_sets.get(wanted.name)) {
        if wanted.token.is_some() && known.token.as_deref() == wanted.token && known.request == wanted.request {
            return Ok(pass.answer(json!({ "Id": known.id, "StackId": stack.map(|stack| stack.id) })));
        }
        return Err(Failure::new("AlreadyExistsException", 400, format!("ChangeSet {} already exists", wanted.name)));
    }
    if stack.as_ref().is_some_and(|stack| stack.change_sets.len() >= CHANGE_SETS_MAX) {
        return Err(Failure::new("LimitExceededException", 400, "A stack can have at most 1000 change sets."));
    }
    let mut stack = match stack {
        Some(stack) => stack,
        None => begin(world, call, wanted.stack)?,
    };
    let is_new = stack.events.is_empty();
    if let Some(role) = wanted.role {
        actor::pass(world, call, &stack.id, role)?;
    }
    let set = change_set(world, call, &wanted, &stack)?;
    let answer = json!({ "Id": set.id, "StackId": stack.id });
    if is_new {
        world.turn(&mut stack, call.now, Status::ReviewInProgress, Some("User Initiated".to_owned()));
    }
    stack.change_sets.insert(set.name.clone(), set);
    world.stacks_mut(call)?.insert(stack.id.clone(), stack);
    Ok(pass.answer(answer))
}

/// Checks that there is such a stack, or none, and that it can be changed.
fn check_stack(wanted: &Wanted<'_>, stack: Option<&Stack>) -> Result<(), Failure> {
    match (wanted.is_create, stack) {
        (true, None) if !wanted.stack.starts_with("arn:") => Ok(()),
        (true, Some(stack)) if stack.status == Status::ReviewInProgress => Ok(()),
        (true, Some(stack)) => Err(Failure::validation(format!(
            "Stack [{}] already exists and cannot be created again with the changeSet [{}].",
            stack.name, wanted.name
        ))),
        (_, None) => Err(place::does_not_exist(wanted.stack)),
        (false, Some(stack)) if stack.status.is_updatable() => Ok(()),
        (false, Some(stack)) => Err(place::not_updatable(stack)),
    }
}

/// Returns a new stack, which has nothing yet.
fn begin(world: &mut World, call: &Call<'_>, name: &str) -> Result<Stack, Failure> {
    let id = format!("arn:aws:cloudformation:{}:{}:stack/{name}/{}", call.region, call.account()?, world.uuid());
    Ok(Stack {
        id,
        name: name.to_owned(),
        made: call.now,
        updated: None,
        deleted: None,
        status: Status::ReviewInProgress,
        reason: None,
        input: Input::default(),
        outputs: Vec::new(),
        role: None,
        is_protected: false,
        executed: None,
        retains_except_on_create: false,
        resources: BTreeMap::new(),
        events: Vec::new(),
        change_sets: BTreeMap::new(),
        tokens: BTreeMap::new(),
        operation: None,
    })
}

fn change_set(world: &mut World, call: &Call<'_>, wanted: &Wanted<'_>, stack: &Stack) -> Result<ChangeSet, Failure> {
    let text = wanted.source.text(world, call, Some(&stack.input.template))?;
    let template = Template::parse(&text)?;
    types::check(&template)?;
    let input = Input {
        parameters: template.fill(given(wanted, stack)?)?,
        template: text,
        capabilities: wanted.capabilities.clone(),
        tags: wanted.tags.clone().unwrap_or_else(|| stack.input.tags.clone()),
        rollback: wanted.rollback.clone().unwrap_or_else(|| stack.input.rollback.clone()),
    };
    if let Some(needed) = types::needed_capability(&template) {
        let is_given = |name: &str| input.capabilities.iter().any(|given| given == name);
        if !is_given(needed) && !is_given("CAPABILITY_NAMED_IAM") {
            return Err(Failure::new("InsufficientCapabilitiesException", 400, format!("Requires capabilities : [{needed}]")));
        }
    }
    let mut scope = Scope::new(&template, &input.parameters, pseudo(call, stack)?)?;
    let before = Some(stack).filter(|_| !wanted.is_create);
    let changes = changes(&template, &mut scope, before, &input.tags)?;
    let has_other_outputs = || match Template::parse(&stack.input.template) {
        Ok(old) => old.outputs != template.outputs,
        Err(_) => true,
    };
    let is_empty = changes.is_empty() && !wanted.is_create && input.tags == stack.input.tags && !has_other_outputs();
    let id = format!("arn:aws:cloudformation:{}:{}:changeSet/{}/{}", call.region, call.account()?, wanted.name, world.uuid());
    Ok(ChangeSet {
        id,
        name: wanted.name.to_owned(),
        is_create: wanted.is_create,
        made: call.now,
        ready: call.now.plus(world.timing().change_set),
        failed: is_empty.then(|| NO_CHANGES.to_owned()),
        execution: Execution::Available,
        input,
        role: wanted.role.map(str::to_owned).or_else(|| stack.role.clone()),
        on_failure: wanted.on_failure.unwrap_or_default(),
        is_on_failure_given: wanted.on_failure.is_some(),
        description: wanted.description.map(str::to_owned),
        token: wanted.token.map(str::to_owned),
        request: wanted.request.clone(),
        changes,
    })
}

/// Returns the pseudo parameters of a stack.
fn pseudo(call: &Call<'_>, stack: &Stack) -> Result<Pseudo, Failure> {
    let account = call.account()?.to_string();
    Ok(Pseudo { account, region: call.region.to_owned(), stack_id: stack.id.clone(), stack_name: stack.name.clone() })
}

/// Returns the values of the call, and those of the stack where the call wants them.
fn given(wanted: &Wanted<'_>, stack: &Stack) -> Result<BTreeMap<String, String>, Failure> {
    let of = |(name, value): (&String, &Option<String>)| {
        let value = value.clone().or_else(|| stack.input.parameters.get(name).cloned());
        let missing = || {
            Failure::validation(format!(
                "Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a parameter key not in the previous template"
            ))
        };
        Ok((name.clone(), value.ok_or_else(missing)?))
    };
    wanted.parameters.iter().map(of).collect()
}

fn read_parameters(params: &Params<'_>) -> Result<BTreeMap<String, Option<String>>, Failure> {
    let mut read = BTreeMap::new();
    for parameter in params.structures("Parameters")? {
        let (key, value) = (parameter.text("ParameterKey")?, parameter.optional_text("ParameterValue")?);
        let is_previous = parameter.optional_boolean("UsePreviousValue")?.unwrap_or(false);
        if value.is_some() == is_previous {
            return Err(Failure::validation(format!(
                "Invalid input for parameter key {key}. Specify either a value or UsePreviousValue as true."
            )));
        }
        parameter.finish()?;
        if read.insert(key.to_owned(), value.map(str::to_owned)).is_some() {
            return Err(Failure::validation(format!("Duplicate input for parameter key {key}.")));
        }
    }
    Ok(read)
}

fn read_rollback(params: &Params<'_>) -> Result<Option<Rollback>, Failure> {
    let Some(structure) = params.structure("RollbackConfiguration")? else { return Ok(None) };
    let minutes = structure.optional_integer("MonitoringTimeInMinutes", MINUTES)?;
    let mut triggers = Vec::new();
    for trigger in structure.structures("RollbackTriggers")? {
        let (arn, sort) = (trigger.text("Arn")?.to_owned(), trigger.text("Type")?.to_owned());
        trigger.finish()?;
        if !types::is_alarm(&sort) || alarm_name(&arn).is_none() {
            return Err(Failure::validation(format!("RollbackTrigger {arn} of type {sort} is not the ARN of an alarm")));
        }
        triggers.push((arn, sort));
    }
    structure.finish()?;
    if triggers.len() > TRIGGERS_MAX {
        return Err(params.invalid("RollbackConfiguration.RollbackTriggers", "Member must have length less than or equal to 5"));
    }
    Ok(Some(Rollback { triggers, minutes: minutes.and_then(|minutes| u64::try_from(minutes).ok()) }))
}

/// Returns the name in the ARN of an alarm: `arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME`.
pub(super) fn alarm_name(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(7, ':');
    (parts.nth(2)? == "cloudwatch" && parts.nth(2)? == "alarm").then(|| parts.next())?
}
