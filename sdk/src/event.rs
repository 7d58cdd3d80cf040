//! Events: one line for each thing a run does; the only thing that renderers see.
//!
//! # Grammar
//!
//! The first event is `run_started` and lists all steps; the last is `run_finished`, and there is exactly one of
//! each. Every step that starts ends exactly once, as done, failed or skipped; one that never starts is skipped.
//! `seq` counts from 1 without gaps; `elapsed_ms` never falls.

use serde::Serialize;

use crate::address::Address;
use crate::kind::Action;
use crate::session::calls::CallCount;

/// The version of the event format, in every event's `v`.
pub const VERSION: u32 = 1;
/// Why steps of a stopped run are skipped: they were not tried, or broke off their waiting.
pub const STOPPED: &str = "the run was stopped";

/// One event.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Event {
    /// The format's version, [`VERSION`].
    pub v: u32,
    /// Its place in the run, from 1.
    pub seq: u64,
    /// When, in RFC 3339, UTC.
    pub at: String,
    /// Milliseconds since the run started.
    pub elapsed_ms: u64,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum What {
    /// The run begins; always first.
    RunStarted {
        /// Every step, in the plan's order.
        steps: Vec<StepName>,
    },
    /// A step begins.
    StepStarted {
        /// Which.
        address: Address,
    },
    /// A step waits for something; said each time that changes.
    StepWaiting {
        /// Which.
        address: Address,
        /// For what.
        waiting: String,
    },
    /// AWS refused a call and it is sent again.
    StepRetried {
        /// Which.
        address: Address,
        /// The error's class: throttle, not-yet or wait.
        class: String,
        /// AWS's code.
        code: String,
        /// Milliseconds until it is sent again.
        pause_ms: u64,
    },
    /// A step is done.
    StepDone {
        /// Which.
        address: Address,
    },
    /// A step failed; others go on.
    StepFailed {
        /// Which.
        address: Address,
        /// AWS's code, where it gave one.
        code: Option<String>,
        /// What happened, why as far as AWS told.
        message: String,
        /// What to do about it.
        hint: String,
        /// AWS's request id.
        request_id: Option<String>,
        /// The id of the account it happened in.
        account: Option<String>,
    },
    /// A step was not tried.
    StepSkipped {
        /// Which.
        address: Address,
        /// Why not.
        because: String,
    },
    /// The run is over; always last.
    RunFinished {
        /// How it went.
        outcome: Outcome,
        /// The exit code of the command line.
        exit: u8,
        /// Steps done.
        done: usize,
        /// Steps failed.
        failed: usize,
        /// Steps skipped.
        skipped: usize,
        /// Calls sent, by operation.
        calls: CallCount,
        /// How many of them could have changed something.
        mutating: u64,
    },
}

/// One step as events name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StepName {
    /// Its address.
    pub address: Address,
    /// What it does.
    pub action: Action,
}

impl StepName {
    /// Returns a step's name.
    #[must_use]
    pub fn new(address: Address, action: Action) -> Self {
        Self { address, action }
    }
}

/// How a run went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// Everything was done.
    Done,
    /// Something failed, the rest finished.
    Partial,
    /// It was asked to stop, and finished what was in flight.
    Interrupted,
}
