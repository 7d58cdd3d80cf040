//! What happens when a resource fails or an alarm rings: earlier values are restored, and what was made is removed.

use super::run::Run;
use super::types::{self, Job};
use crate::simulator::world::{Fate, Leaving, OnFailure, OperationKind, Resource, Status, Step};

impl Run<'_> {
    /// Marks a resource as failed to be created or updated, and rolls the operation back.
    pub(super) fn fail(&mut self, logical: &str, sort: &str, reason: String) {
        let present = self.stack.resources.get(logical).cloned();
        // One that is being replaced has the id of the earlier one until the new one is made.
        let is_update = present.as_ref().is_some_and(|resource| resource.physical.is_some() && resource.status != Status::CreateComplete);
        let (status, word) = if is_update { (Status::UpdateFailed, "update") } else { (Status::CreateFailed, "create") };
        let mut shown = present.unwrap_or_else(|| Resource {
            sort: sort.to_owned(),
            physical: None,
            properties: serde_json::Value::Null,
            attributes: std::collections::BTreeMap::new(),
            status,
            reason: None,
            changed: self.at,
            on_delete: Fate::default(),
            on_replace: Fate::default(),
        });
        (shown.status, shown.reason, shown.changed) = (status, Some(reason.clone()), self.at);
        self.note(logical, &shown, Some(reason));
        self.stack.resources.insert(logical.to_owned(), shown);
        self.roll_back(format!("The following resource(s) failed to {word}: [{logical}]. "));
    }

    /// Cancels the resource that is being made or changed.
    pub(super) fn cancel(&mut self) {
        let step = self.stack.operation.as_ref().and_then(|operation| operation.steps.front());
        let Some(Step::Make { logical, begun: true }) = step.cloned() else { return };
        if let Some(mut resource) = self.stack.resources.get(&logical).cloned() {
            let is_new = resource.status == Status::CreateInProgress;
            resource.status = if is_new { Status::CreateFailed } else { Status::UpdateFailed };
            let reason = format!("Resource {} cancelled", if is_new { "creation" } else { "update" });
            resource.reason = Some(reason.clone());
            self.note(&logical, &resource, Some(reason));
            self.stack.resources.insert(logical, resource);
        }
    }

    /// Rolls the operation back: what comes of it depends on its kind.
    pub(super) fn roll_back(&mut self, reason: String) {
        let Some(operation) = self.stack.operation.as_mut() else { return };
        operation.steps.clear();
        operation.leaving.clear();
        let done = std::mem::take(&mut operation.done);
        match (operation.kind, operation.on_failure) {
            (OperationKind::Create, OnFailure::DoNothing) => self.stop(Status::CreateFailed, reason),
            (OperationKind::Create, on_failure) => {
                let (status, end, word) = match on_failure {
                    OnFailure::Delete => (Status::DeleteInProgress, Status::DeleteComplete, "Delete"),
                    OnFailure::Rollback | OnFailure::DoNothing => (Status::RollbackInProgress, Status::RollbackComplete, "Rollback"),
                };
                let made = done.into_iter().rev().filter_map(|(logical, _)| self.made(logical)).collect::<Vec<_>>();
                let removals = made.into_iter().map(|leaving| Step::Remove { leaving: Box::new(leaving), begun: false });
                if let Some(operation) = &mut self.stack.operation {
                    operation.steps.extend(removals);
                    operation.steps.push_back(Step::End(end));
                }
                self.world.turn(&mut self.stack, self.at, status, Some(format!("{reason}{word} requested by user.")));
            }
            (OperationKind::Update | OperationKind::Delete, _) => {
                let (mut restored, mut made) = (Vec::new(), Vec::new());
                for (logical, before) in done.into_iter().rev() {
                    match before {
                        Some(before) => restored.push(Step::Restore { logical, before: Box::new(before), begun: false }),
                        None => made.extend(self.made(logical)),
                    }
                }
                if let Some(operation) = &mut self.stack.operation {
                    operation.steps.extend(restored);
                    operation.steps.push_back(Step::CleanUpRollback(made));
                }
                self.world.turn(&mut self.stack, self.at, Status::UpdateRollbackInProgress, Some(reason));
            }
        }
    }

    /// Returns what the operation made under a logical id, to be removed.
    fn made(&self, logical: String) -> Option<Leaving> {
        let resource = self.stack.resources.get(&logical).filter(|resource| resource.physical.is_some())?.clone();
        let operation = self.stack.operation.as_ref()?;
        let is_kept = resource.on_delete == Fate::Retain && !operation.retains_except_on_create;
        Some(Leaving { logical, resource, is_kept })
    }

    /// Gives a resource its earlier properties again; one that was replaced is the earlier one again.
    pub(super) fn restore(&mut self, logical: String, before: Resource, begun: bool) {
        let Some(present) = self.stack.resources.get(&logical).cloned() else { return };
        if present.physical != before.physical {
            let made = self.made(logical.clone());
            let operation = self.stack.operation.as_mut();
            if let Some(Step::CleanUpRollback(all)) = operation.and_then(|operation| operation.steps.back_mut()) {
                all.extend(made);
            }
            let restored = Resource { status: Status::UpdateComplete, reason: None, changed: self.at, ..before };
            self.note(&logical, &restored, None);
            self.stack.resources.insert(logical, restored);
            return;
        }
        if !begun {
            let shown = Resource { status: Status::UpdateInProgress, ..present.clone() };
            self.note(&logical, &shown, None);
            return self.take_time(Step::Restore { logical, before: Box::new(before), begun: true });
        }
        let restored = types::find(&before.sort).and_then(|sort| {
            let by = self.by()?;
            let name = self.stack.name.clone();
            let job = Job { by: &by, stack_name: &name, logical: &logical };
            let id = before.physical.clone().unwrap_or_default();
            let changed = sort.change(self.world, &job, &id, &present.properties, &before.properties);
            changed.map_err(|failure| {
                let message = sort.reason(self.world, &failure, None);
                crate::simulator::failure::Failure { message, ..failure }
            })
        });
        match restored {
            Ok(()) => {
                let restored = Resource { status: Status::UpdateComplete, reason: None, changed: self.at, ..before };
                self.note(&logical, &restored, None);
                self.stack.resources.insert(logical, restored);
            }
            Err(failure) => {
                let failed = Resource { status: Status::UpdateFailed, reason: Some(failure.message.clone()), changed: self.at, ..present };
                self.note(&logical, &failed, Some(failure.message));
                self.stack.resources.insert(logical.clone(), failed);
                self.stop(Status::UpdateRollbackFailed, format!("The following resource(s) failed to update: [{logical}]. "));
            }
        }
    }

    /// Ends the rollback of an update: what the update made is removed.
    pub(super) fn clean_up_rollback(&mut self, made: Vec<Leaving>) {
        // Resources that failed before they had an id are no longer in the stack.
        self.stack.resources.retain(|_, resource| resource.physical.is_some());
        // What was refused at once is as it was.
        let untouched = |resource: &&mut Resource| matches!(resource.status, Status::UpdateFailed | Status::UpdateInProgress);
        for resource in self.stack.resources.values_mut().filter(untouched) {
            (resource.status, resource.reason) = (Status::UpdateComplete, None);
        }
        if let Some(operation) = &mut self.stack.operation {
            let removals = made.into_iter().map(|leaving| Step::Remove { leaving: Box::new(leaving), begun: false });
            operation.steps.extend(removals);
            operation.steps.push_back(Step::End(Status::UpdateRollbackComplete));
        }
        self.world.turn(&mut self.stack, self.at, Status::UpdateRollbackCompleteCleanupInProgress, None);
    }

    /// Removes a resource, or forgets one that is retained.
    pub(super) fn remove(&mut self, leaving: Leaving, begun: bool) {
        let Leaving { logical, resource, is_kept } = leaving;
        let Some(id) = resource.physical.clone() else {
            self.stack.resources.remove(&logical);
            return;
        };
        if is_kept {
            self.note(&logical, &Resource { status: Status::DeleteSkipped, ..resource }, None);
            return self.forget(&logical, &id);
        }
        if !begun {
            let shown = Resource { status: Status::DeleteInProgress, ..resource.clone() };
            self.note(&logical, &shown, None);
            let leaving = Box::new(Leaving { logical, resource, is_kept });
            return self.take_time(Step::Remove { leaving, begun: true });
        }
        let removed = types::find(&resource.sort).and_then(|sort| {
            let by = self.by()?;
            let name = self.stack.name.clone();
            let job = Job { by: &by, stack_name: &name, logical: &logical };
            sort.remove(self.world, &job, &id, &resource.properties).map_err(|failure| {
                let message = sort.reason(self.world, &failure, None);
                crate::simulator::failure::Failure { message, ..failure }
            })
        });
        match removed {
            Ok(()) => {
                self.note(&logical, &Resource { status: Status::DeleteComplete, ..resource }, None);
                self.forget(&logical, &id);
            }
            Err(failure) => {
                let failed = Resource { status: Status::DeleteFailed, reason: Some(failure.message.clone()), ..resource };
                self.note(&logical, &failed, Some(failure.message));
                let reason = format!("The following resource(s) failed to delete: [{logical}]. ");
                match self.stack.status {
                    // An update does not fail for what it leaves behind.
                    Status::UpdateCompleteCleanupInProgress | Status::UpdateRollbackCompleteCleanupInProgress => self.forget(&logical, &id),
                    Status::RollbackInProgress => {
                        self.stack.resources.insert(logical, failed);
                        self.stop(Status::RollbackFailed, reason);
                    }
                    _ => {
                        self.stack.resources.insert(logical, failed);
                        self.stop(Status::DeleteFailed, reason);
                    }
                }
            }
        }
    }

    /// Takes a resource out of the stack, unless another one has its place.
    fn forget(&mut self, logical: &str, id: &str) {
        if self.stack.resources.get(logical).is_some_and(|resource| resource.physical.as_deref() == Some(id)) {
            self.stack.resources.remove(logical);
        }
    }
}
