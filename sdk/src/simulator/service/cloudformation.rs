//! AWS CloudFormation: stacks that are made, changed and removed by change sets, with events, rollback and monitored alarms.
//!
//! A stack's resources are made through the operations of their own services, as the stack's role or as the caller, so that every policy
//! decides. Those that the simulator has no service for are kept as they were evaluated (`types/kept.rs`). Resources come one after the
//! other, where AWS makes several at once.
//!
//! The table of states and texts is made from the models and from public threads (docs/AWS.md D.17). Direct creates and updates of stacks,
//! drift, nested stacks, stack sets, imports, hooks and stack policies are not simulated, and events have no properties.

mod actor;
mod change_sets;
mod changes;
mod create;
mod delete;
mod execute;
mod place;
mod progress;
mod rollback;
mod run;
mod source;
mod stacks;
mod template;
mod types;
mod wanted;

use super::Operation;
pub(super) use progress::continue_operations;

pub(super) const OPERATIONS: &[&[Operation]] =
    &[create::OPERATIONS, change_sets::OPERATIONS, execute::OPERATIONS, stacks::OPERATIONS, delete::OPERATIONS];
