//! Where a run stands, computed from its events: what all displays count with, so that their numbers agree.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use landfall::address::Address;
use landfall::event::{Event, LeftOut, STOPPED, What};
use landfall::kind::Action;
use landfall::session::CallCount;

use super::estimate::{self, Open, Past};
use super::waits::Activity;
use crate::hints::Hints;

/// The share of a run that is over.
pub(crate) const WHOLE: usize = 1000;

/// Where a run stands.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress {
    /// How many steps there are.
    pub(crate) total: usize,
    /// What is running.
    pub(crate) running: BTreeMap<Address, Running>,
    /// What is done.
    pub(crate) done: Vec<Address>,
    /// What failed.
    pub(crate) failed: Vec<Failed>,
    /// What was not tried, and why; what a stop kept from ending is not in it.
    pub(crate) skipped: Vec<(Address, String)>,
    /// What was waiting when the run was stopped.
    pub(crate) broken_off: Vec<Address>,
    /// How many had not begun when the run was stopped.
    pub(crate) not_begun: usize,
    /// What the plan had to leave out.
    pub(crate) left_out: Vec<LeftOut>,
    /// How long it has been going on, at the latest event.
    pub(crate) elapsed: Duration,
    /// The calls of the whole run, once it is over.
    pub(crate) calls: CallCount,
    /// Whether AWS's codes are shown.
    with_codes: bool,
    actions: BTreeMap<Address, Action>,
    waiting: BTreeSet<Address>,
    past: Past,
    creating_since: Option<Duration>,
}

/// One step that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Running {
    /// When it began, from the beginning of the run.
    pub(crate) since: Duration,
    /// What it is doing.
    pub(crate) activity: Activity,
}

/// One step that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failed {
    /// Which.
    pub(crate) address: Address,
    /// The id of its account.
    pub(crate) account: Option<String>,
    /// AWS's name of that account.
    pub(crate) account_name: Option<String>,
    /// What happened.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) hints: Hints,
    /// AWS's request id.
    pub(crate) request_id: Option<String>,
}

impl Progress {
    /// Returns the tally of a run that has not begun, with AWS's codes among the words or not.
    pub(crate) fn new(with_codes: bool) -> Self {
        Self { with_codes, ..Self::default() }
    }

    /// Takes note of an event.
    pub(crate) fn take(&mut self, event: &Event) {
        self.elapsed = Duration::from_millis(event.elapsed_ms);
        match &event.what {
            What::RunStarted { steps, left_out, .. } => {
                self.left_out.clone_from(left_out);
                self.total = steps.len();
                self.actions = steps.iter().map(|step| (step.address.clone(), step.action)).collect();
                self.waiting = self.actions.keys().cloned().collect();
                self.past.is_new = self.actions.iter().any(|(address, action)| is_made(address, *action, "organization"));
            }
            What::StepStarted { address } => {
                let running = Running { since: self.elapsed, activity: Activity::Working };
                if is_made(address, self.action(address), "account") {
                    self.creating_since.get_or_insert(self.elapsed);
                }
                self.waiting.remove(address);
                self.running.insert(address.clone(), running);
            }
            What::StepWaiting { address, waiting } if waiting.is_empty() => self.note(address, Activity::Working),
            What::StepWaiting { address, waiting } => self.note(address, Activity::Waiting(waiting.clone())),
            What::StepRetried { address, class, code, pause_ms } => {
                let pause = Duration::from_millis(*pause_ms);
                self.note(address, Activity::Retrying { class: class.clone(), code: code.clone(), pause });
            }
            What::StepDone { address } => {
                let action = self.action(address);
                if let Some(running) = self.end(address) {
                    self.past.took.note(address, action, self.elapsed.saturating_sub(running.since));
                }
                self.done.push(address.clone());
            }
            What::StepFailed { address, message, hint, request_id, account, account_name, code: _ } => {
                self.end(address);
                self.failed.push(Failed {
                    address: address.clone(),
                    account: account.clone(),
                    account_name: account_name.clone(),
                    message: message.clone(),
                    hints: hint.into(),
                    request_id: request_id.clone(),
                });
            }
            What::StepSkipped { address, because } => match (self.end(address), because.as_str()) {
                (Some(_), STOPPED) => self.broken_off.push(address.clone()),
                (None, STOPPED) => self.not_begun += 1,
                _ => self.skipped.push((address.clone(), because.clone())),
            },
            What::RunFinished { calls, .. } => self.calls = calls.clone(),
            // Events that a later library adds change no count.
            _ => {}
        }
    }

    fn note(&mut self, address: &Address, activity: Activity) {
        if let Some(running) = self.running.get_mut(address) {
            running.activity = activity;
        }
    }

    fn end(&mut self, address: &Address) -> Option<Running> {
        self.waiting.remove(address);
        let running = self.running.remove(address);
        if running.is_some() && is_made(address, self.action(address), "account") {
            self.past.created += 1;
        }
        running
    }

    /// Returns how many steps were tried and have ended.
    pub(crate) fn ended(&self) -> usize {
        self.done.len() + self.failed.len()
    }

    /// Returns whether every step is done.
    pub(crate) fn is_whole(&self) -> bool {
        self.failed.is_empty() && self.skipped.is_empty() && self.broken_off.is_empty() && self.not_begun == 0
    }

    /// Returns how much of the run's time has passed at `now`, in thousandths, as far as that can be estimated.
    pub(crate) fn share(&self, now: Duration) -> usize {
        let Some(left) = self.left(now) else { return if self.total == 0 { 0 } else { WHOLE } };
        let share = now.as_millis().saturating_mul(WHOLE as u128).checked_div((now + left).as_millis());
        // What is about to end has not ended.
        share.and_then(|share| usize::try_from(share).ok()).unwrap_or_default().min(WHOLE - 1)
    }

    /// Returns about how long it will still take from `now`, counted from the beginning of the run; nothing when all has ended.
    pub(crate) fn left(&self, now: Duration) -> Option<Duration> {
        let running = self.running.iter().map(|(address, running)| (address, Some(now.saturating_sub(running.since))));
        let open: Vec<Open<'_>> = running
            .chain(self.waiting.iter().map(|address| (address, None)))
            .map(|(address, running)| Open { address, action: self.action(address), running })
            .collect();
        if open.is_empty() {
            return None;
        }
        let creating_for = self.creating_since.map(|since| now.saturating_sub(since)).unwrap_or_default();
        Some(estimate::left(&open, &Past { creating_for, ..self.past.clone() }))
    }

    /// Returns what a running step waits for; `None` if it just works.
    pub(crate) fn waits_for(&self, address: &Address) -> Option<String> {
        self.running.get(address)?.activity.words(address.kind(), self.with_codes)
    }

    /// Returns what is being done to an address: `creating`.
    pub(crate) fn doing(&self, address: &Address) -> &'static str {
        match self.action(address) {
            Action::Create => "creating",
            Action::Change => "changing",
            Action::Remove => "removing",
        }
    }

    fn action(&self, address: &Address) -> Action {
        self.actions.get(address).copied().unwrap_or(Action::Create)
    }
}

fn is_made(address: &Address, action: Action, kind: &str) -> bool {
    address.kind() == kind && action == Action::Create
}
