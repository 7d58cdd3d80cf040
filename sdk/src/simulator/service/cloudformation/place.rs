//! Finds the stack and the change set of a call, and what a call on them asks for.

use crate::simulator::authorize::{Ask, Call};
use crate::simulator::clock::Timestamp;
use crate::simulator::failure::Failure;
use crate::simulator::wire::Params;
use crate::simulator::world::{ChangeSet, Event, Stack, Stacks, Status, World};

/// Longest name of a stack or change set (CloudFormation API, `CreateChangeSet`).
const NAME_MAX: usize = 128;
/// The type of a stack in its own events.
const STACK: &str = "AWS::CloudFormation::Stack";

impl World {
    pub(super) fn stacks_of(&self, call: &Call<'_>) -> Result<impl Iterator<Item = &Stack>, Failure> {
        let found = self.stacks.get(call.account()?).and_then(|regions| regions.get(call.region));
        Ok(found.into_iter().flat_map(Stacks::values))
    }

    pub(super) fn stacks_mut(&mut self, call: &Call<'_>) -> Result<&mut Stacks, Failure> {
        Ok(self.stacks.entry(call.account()?.clone()).or_default().entry(call.region.to_owned()).or_default())
    }

    /// Returns a stack by its name, or by its id, also after its deletion.
    pub(super) fn stack(&self, call: &Call<'_>, given: &str) -> Result<Option<&Stack>, Failure> {
        let is_it = |stack: &&Stack| stack.id == given || (stack.name == given && stack.deleted.is_none());
        Ok(self.stacks_of(call)?.find(is_it))
    }

    pub(super) fn stack_mut(&mut self, call: &Call<'_>, id: &str) -> Result<&mut Stack, Failure> {
        let missing = || Failure::internal(format_args!("there is no stack {id}"));
        self.stacks_mut(call)?.get_mut(id).ok_or_else(missing)
    }

    /// Returns one action on a stack, which may not exist.
    pub(super) fn about_stack(&self, call: &Call<'_>, action: &'static str, given: &str) -> Result<Ask, Failure> {
        Ok(match self.stack(call, given)? {
            Some(stack) => Ask::new(action, stack.id.as_str()).resource_tags(&stack.input.tags),
            None if given.starts_with("arn:") => Ask::new(action, given),
            None => Ask::new(action, format!("arn:aws:cloudformation:{}:{}:stack/{given}/*", call.region, call.account()?)),
        })
    }

    /// Adds an event of a stack itself, which has this state from now on.
    pub(super) fn turn(&mut self, stack: &mut Stack, at: Timestamp, status: Status, reason: Option<String>) {
        stack.status = status;
        stack.reason.clone_from(&reason);
        let token = stack.operation.as_ref().and_then(|operation| operation.token.clone());
        let event = Event {
            id: self.uuid(),
            at,
            logical: stack.name.clone(),
            physical: Some(stack.id.clone()),
            sort: STACK.to_owned(),
            status,
            reason,
            token,
        };
        stack.events.push(event);
    }
}

/// A change set as a call names it: by name with its stack, or by ARN.
pub(super) struct Named<'a> {
    stack: Option<&'a str>,
    given: &'a str,
}

impl<'a> Named<'a> {
    pub(super) fn read(params: &Params<'a>) -> Result<Self, Failure> {
        let named = Self { stack: params.optional_text("StackName")?, given: params.text("ChangeSetName")? };
        if named.stack.is_none() && !named.given.starts_with("arn:") {
            return Err(Failure::validation("StackName must be specified if ChangeSetName is not specified as an ARN."));
        }
        Ok(named)
    }

    /// Returns one action on the change set's stack.
    pub(super) fn ask(&self, world: &World, call: &Call<'_>, action: &'static str) -> Result<Ask, Failure> {
        let stack = match (self.stack, world.stack_with(call, self.given)?) {
            (Some(stack), _) => stack.to_owned(),
            (None, Some(stack)) => stack.id.clone(),
            (None, None) => "*".to_owned(),
        };
        // The name, however it was given: `arn:…:changeSet/NAME/ID`.
        let name = self.given.split('/').nth(1).unwrap_or(self.given);
        Ok(world.about_stack(call, action, &stack)?.with("cloudformation:ChangeSetName", name))
    }

    /// Returns the ids of the stack and the name of the change set.
    pub(super) fn find(&self, world: &World, call: &Call<'_>) -> Result<(String, String), Failure> {
        let stack = match self.stack {
            Some(given) => {
                let stack = world.stack(call, given)?.filter(|stack| stack.deleted.is_none());
                Some(stack.ok_or_else(|| does_not_exist(given))?)
            }
            None => world.stack_with(call, self.given)?,
        };
        let set = stack.and_then(|stack| Some((stack, stack.change_sets.values().find(|set| self.is(set))?)));
        let (stack, set) = set.ok_or_else(|| no_change_set(self.given))?;
        Ok((stack.id.clone(), set.name.clone()))
    }

    fn is(&self, set: &ChangeSet) -> bool {
        set.id == self.given || set.name == self.given
    }
}

impl World {
    /// Returns the stack with the change set of this ARN.
    fn stack_with(&self, call: &Call<'_>, arn: &str) -> Result<Option<&Stack>, Failure> {
        Ok(self.stacks_of(call)?.find(|stack| stack.change_sets.values().any(|set| set.id == arn)))
    }
}

impl Stack {
    pub(super) fn change_set_named(&self, name: &str) -> Result<&ChangeSet, Failure> {
        self.change_sets.get(name).ok_or_else(|| no_change_set(name))
    }
}

/// Checks the name of a new stack or change set.
pub(super) fn check_name(params: &Params<'_>, member: &str, name: &str) -> Result<(), Failure> {
    let begins = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    if begins && name.len() <= NAME_MAX && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Ok(());
    }
    Err(params.invalid(member, "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*, and have at most 128 characters"))
}

pub(super) fn does_not_exist(stack: &str) -> Failure {
    Failure::validation(format!("Stack [{stack}] does not exist"))
}

fn no_change_set(given: &str) -> Failure {
    Failure::new("ChangeSetNotFound", 404, format!("ChangeSet [{given}] does not exist"))
}

/// The error for an operation that the state of a stack does not allow.
pub(super) fn not_updatable(stack: &Stack) -> Failure {
    Failure::validation(format!("Stack:{} is in {} state and can not be updated.", stack.id, stack.status.name()))
}

/// Returns whether a request with this token was made before, for the same thing.
pub(super) fn is_repeated(stack: &Stack, token: Option<&str>, what: &str) -> Result<bool, Failure> {
    match token.and_then(|token| stack.tokens.get(token)) {
        None => Ok(false),
        Some(known) if known == what => Ok(true),
        Some(_) => Err(Failure::new("TokenAlreadyExistsException", 400, "A client request token already exists.")),
    }
}
