//! One operation of one stack while a step of it is taken: what every step uses.

use super::actor::By;
use crate::id::AccountId;
use crate::simulator::clock::Timestamp;
use crate::simulator::failure::Failure;
use crate::simulator::world::{Event, Resource, Stack, Step, World};

/// One step of one stack's operation.
pub(super) struct Run<'w> {
    pub(super) world: &'w mut World,
    pub(super) account: AccountId,
    pub(super) region: String,
    pub(super) at: Timestamp,
    pub(super) stack: Stack,
}

impl Run<'_> {
    /// Returns the caller of the operation's calls.
    pub(super) fn by(&self) -> Result<By, Failure> {
        let operation = self.stack.operation.as_ref().ok_or_else(|| Failure::internal("a step without an operation"))?;
        By::actor(self.world, self.at, &self.account, &self.region, &self.stack.id, &operation.actor)
    }

    /// Puts a step first that ends after the time that a resource takes.
    pub(super) fn take_time(&mut self, step: Step) {
        let duration = self.world.timing().stack_resource;
        if let Some(operation) = &mut self.stack.operation {
            operation.due = self.at.plus(duration);
            operation.steps.push_front(step);
        }
    }

    /// Adds an event of a resource.
    pub(super) fn note(&mut self, logical: &str, resource: &Resource, reason: Option<String>) {
        let event = Event {
            id: self.world.uuid(),
            at: self.at,
            logical: logical.to_owned(),
            physical: resource.physical.clone(),
            sort: resource.sort.clone(),
            status: resource.status,
            reason,
            token: self.stack.operation.as_ref().and_then(|operation| operation.token.clone()),
        };
        self.stack.events.push(event);
    }
}
