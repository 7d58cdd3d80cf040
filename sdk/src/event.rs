//! Events: one line for each thing that a run does. Renderers see nothing else.
//!
//! # Grammar
//!
//! The first event is `run_started` and lists all steps; the last is `run_finished`, and there is exactly one of
//! each. Every step that starts ends exactly once, as done, failed or skipped; one that never starts is skipped.
//! `seq` counts from 1 without gaps; `elapsed_ms` never falls.
//!
//! Events are written and read: a run can be displayed again from its lines alone. A reader should skip unknown values of `event`, since
//! later versions of landfall may add some.

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::kind::Action;
use crate::session::calls::CallCount;

/// The version of the event format, in every event's `v`.
pub const VERSION: u32 = 1;
/// The reason for skipped steps of a stopped run: they were not started, or stopped waiting.
pub const STOPPED: &str = "the run was stopped";

/// One event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum What {
    /// The run begins; always first.
    RunStarted {
        /// Every step, in the plan's order.
        steps: Vec<StepName>,
        /// What the plan, and so the run, had to leave out.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        left_out: Vec<LeftOut>,
        /// The command that applies the plan, if it is a command line.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        command: Option<Command>,
    },
    /// A step begins.
    StepStarted {
        /// Which.
        address: Address,
    },
    /// A step waits for something; sent each time that this changes, and when a retried call has its answer.
    StepWaiting {
        /// Which.
        address: Address,
        /// For what; empty when it no longer waits.
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
        /// AWS's code, if it gave one.
        code: Option<String>,
        /// What happened, and AWS's reason if it gave one.
        message: String,
        /// What to do about it.
        hint: String,
        /// AWS's request id.
        request_id: Option<String>,
        /// The id of the account it happened in.
        account: Option<String>,
        /// AWS's name of that account.
        #[serde(default)]
        account_name: Option<String>,
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

/// The command of a run, as far as a reader needs it to show the same display again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Command {
    /// The endpoint that calls go to, if it is not AWS itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Whether the AWS is simulated.
    #[serde(default, skip_serializing_if = "is_false")]
    pub sandbox: bool,
    /// The arguments that are needed to make the same plan again: manifest, endpoint, selection.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
}

impl Command {
    /// Returns the command of a run against AWS itself with these arguments.
    #[must_use]
    pub fn new(arguments: Vec<String>) -> Self {
        Self { arguments, ..Self::default() }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// One step as events name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// What a plan left out: a blocked resource, or a scope that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LeftOut {
    /// An address, or a scope.
    pub what: String,
    /// Why.
    pub reason: String,
    /// The blocked resource that it needs, if that is the only reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<Address>,
}

/// How a run went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// Everything was done.
    Done,
    /// Something failed, the rest finished.
    Partial,
    /// It was asked to stop, and finished the calls in flight.
    Interrupted,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        text.parse().expect("valid")
    }

    /// Every event with all of its fields, and its line.
    #[test]
    fn what_is_written_can_be_read() {
        let nat = || address("prod/eu-west-1/nat/a");
        let calls = CallCount([("iam:CreateRole".to_owned(), 3)].into());
        let cases = [
            (
                What::RunStarted {
                    steps: vec![StepName::new(nat(), Action::Create), StepName::new(address("unit/Old"), Action::Remove)],
                    left_out: Vec::new(),
                    command: None,
                },
                r#""event":"run_started","steps":[{"address":"prod/eu-west-1/nat/a","action":"create"},{"address":"unit/Old","action":"remove"}]"#,
            ),
            (
                What::RunStarted {
                    steps: Vec::new(),
                    left_out: vec![
                        LeftOut { what: "unit/A".to_owned(), reason: "not ours".to_owned(), needs: None },
                        LeftOut { what: "unit/A/B".to_owned(), reason: "it needs unit/A".to_owned(), needs: Some(address("unit/A")) },
                    ],
                    command: None,
                },
                r#""event":"run_started","steps":[],"left_out":[{"what":"unit/A","reason":"not ours"},{"what":"unit/A/B","reason":"it needs unit/A","needs":"unit/A"}]"#,
            ),
            (
                What::RunStarted {
                    steps: Vec::new(),
                    left_out: Vec::new(),
                    command: Some(Command { sandbox: true, ..Command::new(vec!["--sandbox".to_owned()]) }),
                },
                r#""event":"run_started","steps":[],"command":{"sandbox":true,"arguments":["--sandbox"]}"#,
            ),
            (What::StepStarted { address: nat() }, r#""event":"step_started","address":"prod/eu-west-1/nat/a""#),
            (
                What::StepWaiting { address: nat(), waiting: "it".to_owned() },
                r#""event":"step_waiting","address":"prod/eu-west-1/nat/a","waiting":"it""#,
            ),
            (
                What::StepRetried { address: nat(), class: "throttle".to_owned(), code: "Throttling".to_owned(), pause_ms: 20 },
                r#""event":"step_retried","address":"prod/eu-west-1/nat/a","class":"throttle","code":"Throttling","pause_ms":20"#,
            ),
            (What::StepDone { address: nat() }, r#""event":"step_done","address":"prod/eu-west-1/nat/a""#),
            (
                What::StepFailed {
                    address: nat(),
                    code: Some("X".to_owned()),
                    message: "m".to_owned(),
                    hint: "h".to_owned(),
                    request_id: None,
                    account: Some("222233334444".to_owned()),
                    account_name: Some("acme-prod".to_owned()),
                },
                r#""event":"step_failed","address":"prod/eu-west-1/nat/a","code":"X","message":"m","hint":"h","request_id":null,"account":"222233334444","account_name":"acme-prod""#,
            ),
            (
                What::StepSkipped { address: nat(), because: STOPPED.to_owned() },
                r#""event":"step_skipped","address":"prod/eu-west-1/nat/a","because":"the run was stopped""#,
            ),
            (
                What::RunFinished { outcome: Outcome::Interrupted, exit: 130, done: 1, failed: 2, skipped: 3, calls, mutating: 3 },
                r#""event":"run_finished","outcome":"interrupted","exit":130,"done":1,"failed":2,"skipped":3,"calls":{"iam:CreateRole":3},"mutating":3"#,
            ),
        ];
        for (what, body) in cases {
            let event = Event { v: VERSION, seq: 7, at: "2026-11-24T19:00:00Z".to_owned(), elapsed_ms: 1500, what };
            let line = format!(r#"{{"v":1,"seq":7,"at":"2026-11-24T19:00:00Z","elapsed_ms":1500,{body}}}"#);
            assert_eq!(serde_json::to_string(&event).expect("text"), line);
            assert_eq!(serde_json::from_str::<Event>(&line).expect("an event"), event);
        }
    }

    #[test]
    fn lines_of_earlier_and_later_versions() {
        let head = r#""v":1,"seq":1,"at":"","elapsed_ms":0"#;
        let read = |body: &str| serde_json::from_str::<Event>(&format!("{{{head},{body}}}"));
        let earlier = r#""event":"step_failed","address":"unit/A","code":null,"message":"","hint":"","request_id":null,"account":null"#;
        assert!(read(earlier).is_ok(), "the account's name was added later");
        assert!(read(r#""event":"step_done","address":"unit/A","more":[1]"#).is_ok(), "an unknown field is ignored");
        assert!(read(r#""event":"step_dreamt","address":"unit/A""#).is_err());
        assert!(read(r#""event":"step_done","address":"prod/dream/x""#).is_err());
    }
}
