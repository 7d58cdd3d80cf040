//! The steps of operations: each is taken when it is due, also by a call that comes much later.
//!
//! So the result does not depend on who looks when, and a journal that has only the calls that changed something gives the same world.

use std::collections::BTreeMap;
use std::time::Duration;

use super::create::alarm_name;
use super::run::Run;
use super::types::{self, Job, Sort};
use super::wanted::Wanted;
use crate::id::AccountId;
use crate::simulator::clock::Timestamp;
use crate::simulator::world::{Execution, Fate, Leaving, OperationKind, Resource, Stack, Stacks, Status, Step, World};

/// The reason of a resource that is made again under another id.
const REPLACED: &str = "Requested update requires the creation of a new physical resource; hence creating one.";

/// Takes the steps that were due before `now`, in the order in which they were due.
pub(in crate::simulator::service) fn continue_operations(world: &mut World, now: Timestamp) {
    while let Some((due, account, region, id)) = next(world).filter(|(due, ..)| *due <= now) {
        let Some(stack) = world.stacks.get_mut(&account).and_then(|regions| regions.get_mut(&region)?.remove(&id)) else { return };
        let mut run = Run { world, account: account.clone(), region: region.clone(), at: due, stack };
        run.step();
        let stack = run.stack;
        world.stacks.entry(account).or_default().entry(region).or_default().insert(id, stack);
    }
}

/// Returns the stack whose next step is due first, and when.
fn next(world: &World) -> Option<(Timestamp, AccountId, String, String)> {
    let each = world.stacks.iter().flat_map(|(account, regions)| regions.iter().map(move |(region, stacks)| (account, region, stacks)));
    let each = each.flat_map(|(account, region, stacks)| stacks.values().map(move |stack| (account, region, stack)));
    let due = |(account, region, stack): (&AccountId, &String, &Stack)| {
        let due = stack.operation.as_ref()?.due;
        let due = alarm(world, stack).map_or(due, |(rings, _)| due.min(rings));
        Some((due, account.clone(), region.clone(), stack.id.clone()))
    };
    each.filter_map(due).min()
}

/// Returns when the first alarm rings that rolls the operation of a stack back, and its ARN.
fn alarm(world: &World, stack: &Stack) -> Option<(Timestamp, String)> {
    let operation = stack.operation.as_ref()?;
    if !matches!(stack.status, Status::CreateInProgress | Status::UpdateInProgress) {
        return None;
    }
    let rings = |(arn, _): &(String, String)| {
        let moments = world.stack_troubles.ringing.get(alarm_name(arn)?)?;
        let first = moments.iter().filter(|moment| **moment >= operation.begun).min()?;
        Some((*first, arn.clone()))
    };
    operation.input.rollback.triggers.iter().filter_map(rings).min()
}

impl Run<'_> {
    fn step(&mut self) {
        if let Some((rings, arn)) = alarm(self.world, &self.stack)
            && rings <= self.at
        {
            self.cancel();
            return self.roll_back(format!("Rollback trigger {arn} is in ALARM state. "));
        }
        let Some(operation) = self.stack.operation.as_mut() else { return };
        operation.due = self.at;
        match operation.steps.pop_front() {
            None => self.stack.operation = None,
            Some(Step::FindAlarms) => self.find_alarms(),
            Some(Step::Make { logical, begun }) => self.make(logical, begun),
            Some(Step::Monitor) => {
                operation.due = self.at.plus(Duration::from_secs(operation.input.rollback.minutes.unwrap_or_default() * 60));
            }
            Some(Step::Finish) => self.finish(),
            Some(Step::Remove { leaving, begun }) => self.remove(*leaving, begun),
            Some(Step::Restore { logical, before, begun }) => self.restore(logical, *before, begun),
            Some(Step::CleanUpRollback(made)) => self.clean_up_rollback(made),
            Some(Step::End(status)) => self.end(status),
        }
    }

    /// AWS fails an operation whose alarms are missing. Only alarms of stacks are here.
    fn find_alarms(&mut self) {
        let Some(operation) = &self.stack.operation else { return };
        let stacks = self.world.stacks.get(&self.account).and_then(|regions| regions.get(&self.region));
        let resources = stacks.into_iter().flat_map(Stacks::values).chain([&self.stack]).flat_map(|stack| stack.resources.values());
        let known: Vec<&str> =
            resources.filter(|resource| types::is_alarm(&resource.sort)).filter_map(|resource| resource.physical.as_deref()).collect();
        let triggers = operation.input.rollback.triggers.iter();
        let missing = { triggers }.find(|(arn, _)| !alarm_name(arn).is_some_and(|name| known.contains(&name))).cloned();
        if let Some((arn, _)) = missing {
            self.roll_back(format!("Rollback trigger {arn} does not exist. "));
        }
    }

    /// Makes, changes or replaces a resource, in two steps: begun, and done.
    fn make(&mut self, logical: String, begun: bool) {
        let wanted = match self.wanted(&logical) {
            Ok(Some(wanted)) => wanted,
            Ok(None) => return,
            Err(failure) => return self.fail(&logical, "", failure.message),
        };
        let before = self.stack.resources.get(&logical).filter(|resource| resource.physical.is_some()).cloned();
        let replaces = before
            .as_ref()
            .is_some_and(|before| wanted.sort.create_only.iter().any(|name| before.properties.get(name) != wanted.properties.get(name)));
        if !begun {
            return self.begin(logical, &wanted, before, replaces);
        }
        if let Some(reason) = self.world.stack_troubles.failing.remove(&logical) {
            return self.fail(&logical, wanted.sort.name, reason);
        }
        if let Some(reason) = wanted.sort.mismatch(&logical, &wanted.properties) {
            return self.fail(&logical, wanted.sort.name, reason);
        }
        match before {
            Some(before) if !replaces => self.change(&logical, &wanted, before),
            before => self.create(&logical, &wanted, before),
        }
    }

    fn begin(&mut self, logical: String, wanted: &Wanted, before: Option<Resource>, replaces: bool) {
        if let Some(before) = before.as_ref().filter(|before| before.properties == wanted.properties) {
            let mut resource = before.clone();
            (resource.on_delete, resource.on_replace) = (wanted.on_delete, wanted.on_replace);
            self.stack.resources.insert(logical, resource);
            return;
        }
        let status = if before.is_some() { Status::UpdateInProgress } else { Status::CreateInProgress };
        let mut resource = before.unwrap_or_else(|| Resource {
            sort: wanted.sort.name.to_owned(),
            physical: None,
            properties: wanted.properties.clone(),
            attributes: BTreeMap::new(),
            status,
            reason: None,
            changed: self.at,
            on_delete: wanted.on_delete,
            on_replace: wanted.on_replace,
        });
        resource.status = status;
        let reason = replaces.then(|| REPLACED.to_owned());
        self.note(&logical, &resource, reason);
        self.stack.resources.insert(logical.clone(), resource);
        self.take_time(Step::Make { logical, begun: true });
    }

    fn create(&mut self, logical: &str, wanted: &Wanted, before: Option<Resource>) {
        let named = wanted.sort.named(&wanted.properties).map(str::to_owned);
        if let Some(owner) = named.as_deref().and_then(|id| self.owner(wanted.sort, id)) {
            let reason = format!("{} already exists in stack {owner}", named.unwrap_or_default());
            return self.fail(logical, wanted.sort.name, reason);
        }
        let by = match self.by() {
            Ok(by) => by,
            Err(failure) => return self.fail(logical, wanted.sort.name, failure.message),
        };
        let name = self.stack.name.clone();
        let made = wanted.sort.make(self.world, &Job { by: &by, stack_name: &name, logical }, &wanted.properties);
        let mut resource = Resource {
            sort: wanted.sort.name.to_owned(),
            physical: None,
            properties: wanted.properties.clone(),
            attributes: BTreeMap::new(),
            status: Status::CreateComplete,
            reason: None,
            changed: self.at,
            on_delete: wanted.on_delete,
            on_replace: wanted.on_replace,
        };
        match made {
            Ok(made) => {
                (resource.physical, resource.attributes) = (Some(made.physical), made.attributes);
                if before.is_some() {
                    resource.status = Status::UpdateComplete;
                }
                self.note(logical, &resource, None);
                self.stack.resources.insert(logical.to_owned(), resource);
                if let Some(operation) = &mut self.stack.operation {
                    if let Some(old) = before.clone() {
                        let is_kept = wanted.on_replace != Fate::Delete;
                        operation.leaving.push(Leaving { logical: logical.to_owned(), resource: old, is_kept });
                    }
                    operation.done.push((logical.to_owned(), before));
                }
            }
            Err((failure, physical)) => {
                let reason = wanted.sort.reason(self.world, &failure, named.as_deref());
                if physical.is_some() {
                    resource.physical = physical;
                    if before.is_some() {
                        resource.status = Status::UpdateInProgress;
                    }
                    self.stack.resources.insert(logical.to_owned(), resource);
                    if let Some(operation) = &mut self.stack.operation {
                        operation.done.push((logical.to_owned(), before));
                    }
                }
                self.fail(logical, wanted.sort.name, reason);
            }
        }
    }

    fn change(&mut self, logical: &str, wanted: &Wanted, before: Resource) {
        let by = match self.by() {
            Ok(by) => by,
            Err(failure) => return self.fail(logical, wanted.sort.name, failure.message),
        };
        let (name, id) = (self.stack.name.clone(), before.physical.clone().unwrap_or_default());
        let job = Job { by: &by, stack_name: &name, logical };
        let changed = wanted.sort.change(self.world, &job, &id, &before.properties, &wanted.properties);
        let mut resource = Resource {
            properties: wanted.properties.clone(),
            attributes: wanted.sort.attributes(before.attributes.clone(), &wanted.properties),
            status: Status::UpdateComplete,
            reason: None,
            changed: self.at,
            on_delete: wanted.on_delete,
            on_replace: wanted.on_replace,
            ..before.clone()
        };
        let is_touched = changed.is_ok() || by.changes.get() > 0;
        if let Some(operation) = self.stack.operation.as_mut().filter(|_| is_touched) {
            operation.done.push((logical.to_owned(), Some(before.clone())));
        }
        match changed {
            Ok(()) => {
                self.note(logical, &resource, None);
                self.stack.resources.insert(logical.to_owned(), resource);
            }
            Err(failure) => {
                if !is_touched {
                    resource = before;
                }
                self.stack.resources.insert(logical.to_owned(), resource);
                let reason = wanted.sort.reason(self.world, &failure, None);
                self.fail(logical, wanted.sort.name, reason);
            }
        }
    }

    /// Returns the stack that has a resource of this type and id: IAM's are one for all Regions.
    fn owner(&self, sort: &Sort, id: &str) -> Option<String> {
        let regions = self.world.stacks.get(&self.account).into_iter().flatten();
        let here = regions.filter(|(region, _)| **region == self.region || sort.name.starts_with("AWS::IAM::"));
        let stacks = here.flat_map(|(_, stacks)| stacks.values()).chain([&self.stack]);
        let has = |stack: &&Stack| {
            stack.resources.values().any(|resource| resource.sort == sort.name && resource.physical.as_deref() == Some(id))
        };
        { stacks }.find(has).map(|stack| stack.id.clone())
    }

    /// Ends a creation, or removes what an update left over.
    fn finish(&mut self) {
        let outputs = match self.outputs() {
            Ok(outputs) => outputs,
            Err(failure) => return self.roll_back(format!("{} ", failure.message)),
        };
        let Some(operation) = self.stack.operation.as_mut() else { return };
        (self.stack.outputs, self.stack.input) = (outputs, operation.input.clone());
        match operation.kind {
            OperationKind::Create => operation.steps.push_back(Step::End(Status::CreateComplete)),
            OperationKind::Update | OperationKind::Delete => {
                let leaving = std::mem::take(&mut operation.leaving);
                let removals = leaving.into_iter().map(|leaving| Step::Remove { leaving: Box::new(leaving), begun: false });
                operation.steps.extend(removals);
                operation.steps.push_back(Step::End(Status::UpdateComplete));
                self.world.turn(&mut self.stack, self.at, Status::UpdateCompleteCleanupInProgress, None);
            }
        }
    }

    fn end(&mut self, status: Status) {
        let executed = self.stack.operation.as_ref().and_then(|operation| operation.change_set.clone());
        self.world.turn(&mut self.stack, self.at, status, None);
        self.stack.operation = None;
        if let Some(set) = executed.and_then(|name| self.stack.change_sets.get_mut(&name)) {
            let is_good = matches!(status, Status::CreateComplete | Status::UpdateComplete);
            set.execution = if is_good { Execution::Complete } else { Execution::Failed };
        }
        if status == Status::DeleteComplete {
            self.stack.deleted = Some(self.at);
        }
    }

    /// Ends an operation that cannot go on.
    pub(super) fn stop(&mut self, status: Status, reason: String) {
        self.end(status);
        self.stack.reason = Some(reason.clone());
        if let Some(event) = self.stack.events.last_mut() {
            event.reason = Some(reason);
        }
    }
}
