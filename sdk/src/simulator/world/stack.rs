//! The stacks of CloudFormation, with their resources, events, change sets and the operation that is under way.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Credential;
use crate::simulator::clock::Timestamp;
use crate::simulator::stored::Tags;

/// The stacks of one account and Region, by id. Deleted ones stay: their events can still be read.
pub(crate) type Stacks = BTreeMap<String, Stack>;

/// A stack. Its name is free again once it is deleted.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Stack {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) made: Timestamp,
    pub(crate) updated: Option<Timestamp>,
    pub(crate) deleted: Option<Timestamp>,
    pub(crate) status: Status,
    pub(crate) reason: Option<String>,
    /// What the stack was last given by an operation that was not rolled back.
    pub(crate) input: Input,
    pub(crate) outputs: Vec<Output>,
    /// The role of all its operations, once one was given.
    pub(crate) role: Option<String>,
    pub(crate) is_protected: bool,
    /// The change set that was executed last, by its ARN.
    pub(crate) executed: Option<String>,
    pub(crate) retains_except_on_create: bool,
    /// By logical id.
    pub(crate) resources: BTreeMap<String, Resource>,
    /// Oldest first.
    pub(crate) events: Vec<Event>,
    /// By name.
    pub(crate) change_sets: BTreeMap<String, ChangeSet>,
    /// What each token of a request was for.
    pub(crate) tokens: BTreeMap<String, String>,
    pub(crate) operation: Option<Operation>,
}

/// What a stack is made from.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Input {
    /// The text as it was sent.
    pub(crate) template: String,
    /// The value of every parameter, defaults included.
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) capabilities: Vec<String>,
    pub(crate) tags: Tags,
    pub(crate) rollback: Rollback,
}

/// When an operation is rolled back although all its resources were made.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rollback {
    /// ARN and type of each alarm.
    pub(crate) triggers: Vec<(String, String)>,
    /// How long the alarms are monitored after the last resource.
    pub(crate) minutes: Option<u64>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Output {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) description: Option<String>,
}

/// A resource of a stack.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Resource {
    #[serde(rename = "type")]
    pub(crate) sort: String,
    /// `None` if its creation failed before it had an id.
    pub(crate) physical: Option<String>,
    /// As evaluated.
    pub(crate) properties: Value,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) status: Status,
    pub(crate) reason: Option<String>,
    pub(crate) changed: Timestamp,
    pub(crate) on_delete: Fate,
    pub(crate) on_replace: Fate,
}

/// The end of a resource that leaves its stack.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Fate {
    #[default]
    Delete,
    Retain,
    /// It is retained, but not by the rollback of the operation that made it.
    RetainExceptOnCreate,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) at: Timestamp,
    pub(crate) logical: String,
    pub(crate) physical: Option<String>,
    #[serde(rename = "type")]
    pub(crate) sort: String,
    pub(crate) status: Status,
    pub(crate) reason: Option<String>,
    pub(crate) token: Option<String>,
}

/// A change set. It is being created until `ready`.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct ChangeSet {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) is_create: bool,
    pub(crate) made: Timestamp,
    pub(crate) ready: Timestamp,
    /// Why it cannot be executed.
    pub(crate) failed: Option<String>,
    pub(crate) execution: Execution,
    pub(crate) input: Input,
    pub(crate) role: Option<String>,
    pub(crate) on_failure: OnFailure,
    /// Whether `OnStackFailure` was given; it is shown only then.
    pub(crate) is_on_failure_given: bool,
    pub(crate) description: Option<String>,
    pub(crate) token: Option<String>,
    /// All parameters of its request but the token.
    pub(crate) request: String,
    /// As they are shown.
    pub(crate) changes: Vec<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Execution {
    Available,
    InProgress,
    Complete,
    Failed,
    /// Another one was executed since it was created.
    Obsolete,
}

/// The end of a stack whose creation fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum OnFailure {
    #[default]
    Rollback,
    Delete,
    DoNothing,
}

/// An operation that is under way.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Operation {
    pub(crate) kind: OperationKind,
    /// The change set that is executed, by name.
    pub(crate) change_set: Option<String>,
    pub(crate) actor: Actor,
    pub(crate) token: Option<String>,
    pub(crate) begun: Timestamp,
    /// When the next step is taken.
    pub(crate) due: Timestamp,
    pub(crate) steps: VecDeque<Step>,
    pub(crate) input: Input,
    pub(crate) on_failure: OnFailure,
    pub(crate) retains_except_on_create: bool,
    /// What was changed so far: logical ids, each with the resource before, if there was one.
    pub(crate) done: Vec<(String, Option<Resource>)>,
    /// Resources that are removed once the operation cannot be rolled back any more.
    pub(crate) leaving: Vec<Leaving>,
}

/// A resource that leaves its stack.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Leaving {
    pub(crate) logical: String,
    pub(crate) resource: Resource,
    /// Whether it is retained.
    pub(crate) is_kept: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum OperationKind {
    Create,
    Update,
    Delete,
}

/// Who makes the calls of an operation.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Actor {
    /// The role with this ARN, which CloudFormation assumes.
    Role(String),
    /// The caller, on whose behalf CloudFormation calls.
    Caller(Box<Credential>),
}

/// One step of an operation. Those that take time are `begun` first, and shown as in progress.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Step {
    /// Checks that the alarms of the rollback configuration are there.
    FindAlarms,
    /// Makes or changes a resource.
    Make {
        logical: String,
        begun: bool,
    },
    /// Waits until the alarms have been monitored.
    Monitor,
    /// The operation cannot be rolled back any more; what it replaced or left out is removed.
    Finish,
    /// Removes a resource, of the stack or no longer, or only forgets it.
    Remove {
        leaving: Box<Leaving>,
        begun: bool,
    },
    /// Gives a resource its earlier properties again.
    Restore {
        logical: String,
        before: Box<Resource>,
        begun: bool,
    },
    /// Removes, in the rollback of an update, what the update made.
    CleanUpRollback(Vec<Leaving>),
    End(Status),
}

/// The states of stacks and of their resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Status {
    ReviewInProgress,
    CreateInProgress,
    CreateFailed,
    CreateComplete,
    RollbackInProgress,
    RollbackFailed,
    RollbackComplete,
    DeleteInProgress,
    DeleteFailed,
    DeleteComplete,
    DeleteSkipped,
    UpdateInProgress,
    UpdateFailed,
    UpdateCompleteCleanupInProgress,
    UpdateComplete,
    UpdateRollbackInProgress,
    UpdateRollbackFailed,
    UpdateRollbackCompleteCleanupInProgress,
    UpdateRollbackComplete,
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ReviewInProgress => "REVIEW_IN_PROGRESS",
            Self::CreateInProgress => "CREATE_IN_PROGRESS",
            Self::CreateFailed => "CREATE_FAILED",
            Self::CreateComplete => "CREATE_COMPLETE",
            Self::RollbackInProgress => "ROLLBACK_IN_PROGRESS",
            Self::RollbackFailed => "ROLLBACK_FAILED",
            Self::RollbackComplete => "ROLLBACK_COMPLETE",
            Self::DeleteInProgress => "DELETE_IN_PROGRESS",
            Self::DeleteFailed => "DELETE_FAILED",
            Self::DeleteComplete => "DELETE_COMPLETE",
            Self::DeleteSkipped => "DELETE_SKIPPED",
            Self::UpdateInProgress => "UPDATE_IN_PROGRESS",
            Self::UpdateFailed => "UPDATE_FAILED",
            Self::UpdateCompleteCleanupInProgress => "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            Self::UpdateComplete => "UPDATE_COMPLETE",
            Self::UpdateRollbackInProgress => "UPDATE_ROLLBACK_IN_PROGRESS",
            Self::UpdateRollbackFailed => "UPDATE_ROLLBACK_FAILED",
            Self::UpdateRollbackCompleteCleanupInProgress => "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            Self::UpdateRollbackComplete => "UPDATE_ROLLBACK_COMPLETE",
        }
    }

    /// Returns whether a stack in this state can be updated.
    pub(crate) fn is_updatable(self) -> bool {
        matches!(self, Self::CreateComplete | Self::UpdateComplete | Self::UpdateRollbackComplete)
    }
}

impl Execution {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Available => "AVAILABLE",
            Self::InProgress => "EXECUTE_IN_PROGRESS",
            Self::Complete => "EXECUTE_COMPLETE",
            Self::Failed => "EXECUTE_FAILED",
            Self::Obsolete => "OBSOLETE",
        }
    }
}

impl OnFailure {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rollback => "ROLLBACK",
            Self::Delete => "DELETE",
            Self::DoNothing => "DO_NOTHING",
        }
    }
}

/// Without what it is made from: values of parameters may be no one else's business.
impl fmt::Debug for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stack").field("id", &self.id).field("status", &self.status).finish_non_exhaustive()
    }
}
