//! Where a run stands, computed from its events: what all displays count with, so that their numbers agree.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use landfall::address::Address;
use landfall::event::{Event, What};
use landfall::kind::Action;
use landfall::session::CallCount;

use super::estimate::{self, Open, Past};
use super::words::duration;

/// What stands between AWS's code and the pause before a call is sent again.
pub(crate) const AGAIN: &str = "; again in ";

/// Where a run stands.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    /// How many steps there are.
    pub(crate) total: usize,
    /// What is running.
    pub(crate) running: BTreeMap<Address, Running>,
    /// What is done.
    pub(crate) done: Vec<Address>,
    /// What failed.
    pub(crate) failed: Vec<Failed>,
    /// What was not tried, and why.
    pub(crate) skipped: Vec<(Address, String)>,
    /// How long it has been going on, at the latest event.
    pub(crate) elapsed: Duration,
    /// The calls of the whole run, once it is over.
    pub(crate) calls: CallCount,
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
    /// What it waits for, or what is being done to it.
    pub(crate) words: String,
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
    pub(crate) hint: String,
    /// AWS's request id.
    pub(crate) request_id: Option<String>,
}

impl Tally {
    /// Takes note of an event.
    pub(crate) fn take(&mut self, event: &Event) {
        self.elapsed = Duration::from_millis(event.elapsed_ms);
        match &event.what {
            What::RunStarted { steps } => {
                self.total = steps.len();
                self.actions = steps.iter().map(|step| (step.address.clone(), step.action)).collect();
                self.waiting = self.actions.keys().cloned().collect();
                self.past.is_new = self.actions.iter().any(|(address, action)| is_made(address, *action, "organization"));
            }
            What::StepStarted { address } => {
                let running = Running { since: self.elapsed, words: self.doing(address).to_owned() };
                if is_made(address, self.action(address), "account") {
                    self.creating_since.get_or_insert(self.elapsed);
                }
                self.waiting.remove(address);
                self.running.insert(address.clone(), running);
            }
            What::StepWaiting { address, waiting } => self.say(address, waiting.clone()),
            What::StepRetried { address, class: _, code, pause_ms } => {
                self.say(address, format!("{code}{AGAIN}{}", duration(Duration::from_millis(*pause_ms))));
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
                    hint: hint.clone(),
                    request_id: request_id.clone(),
                });
            }
            What::StepSkipped { address, because } => {
                self.end(address);
                self.skipped.push((address.clone(), because.clone()));
            }
            What::RunFinished { calls, .. } => self.calls = calls.clone(),
            // Events that a later library adds change no count.
            _ => {}
        }
    }

    fn say(&mut self, address: &Address, words: String) {
        if let Some(running) = self.running.get_mut(address) {
            running.words = words;
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

    /// Returns how many steps have ended.
    pub(crate) fn ended(&self) -> usize {
        self.done.len() + self.failed.len() + self.skipped.len()
    }

    /// Returns whether nothing failed, and nothing was left out.
    pub(crate) fn is_whole(&self) -> bool {
        self.failed.is_empty() && self.skipped.is_empty()
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
