//! Applying: runs the steps of a plan, as many at once as AWS allows, and reports what happens as events.
//!
//! The executor decides nothing but timing: a step contains what it does, and the plan contains the order. After a failure, the steps that
//! depend on it are skipped and all others finish.

mod failure;
mod order;
mod slots;
mod task;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::SystemTime;

use aws_smithy_types::date_time::Format;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;

use crate::address::Address;
use crate::event::{Event, LeftOut, Outcome, STOPPED, StepName, VERSION, What};
use crate::kind::Facts;
use crate::kind::context::RunShared;
use crate::name::AccountKey;
use crate::plan::{Plan, Step};
use crate::session::{CallCount, Session, Sessions};
use failure::Failure;
use order::Order;
use slots::Slots;
use task::{Done, StepNote, StepTask};

pub use crate::aws::stop::Stop;

/// Exit code when everything was done.
const EXIT_DONE: u8 = 0;
/// Exit code when something failed while the rest finished.
const EXIT_PARTIAL: u8 = 4;
/// Exit code after an interrupt, as shells have it: 128 + SIGINT.
const EXIT_INTERRUPTED: u8 = 130;

/// The result of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a run may have failed in part"]
#[non_exhaustive]
pub struct Report {
    /// How it went.
    pub outcome: Outcome,
    /// The exit code for it.
    pub exit: u8,
    /// Steps done.
    pub done: usize,
    /// Steps that failed.
    pub failed: usize,
    /// Steps that were not tried.
    pub skipped: usize,
    /// Calls sent while applying and while observing before it.
    pub calls: CallCount,
    /// The outputs that are known afterwards.
    pub facts: Facts,
}

/// Applies a plan.
///
/// `account_sessions` are the sessions of accounts that were observed; accounts that the run itself creates are entered
/// through their access role.
///
/// # Guarantees
///
/// Each step starts after every step it needs is done, and ends exactly once. A failed step stops only what needs
/// it. Running the same plan again changes nothing more.
pub async fn apply(
    plan: &Plan,
    sessions: &Sessions,
    account_sessions: BTreeMap<AccountKey, Session>,
    stop: &Stop,
    emit: &mut (dyn FnMut(Event) + Send),
) -> Report {
    let mut run = Run::new(plan, sessions, account_sessions, emit);
    let steps = plan.steps.iter().map(|step| StepName::new(step.address.clone(), step.change.action())).collect();
    run.tell(What::RunStarted { steps, left_out: left_out(plan), command: None });
    run.walk(stop).await;
    run.finish(stop)
}

/// Returns what the plan had to leave out.
fn left_out(plan: &Plan) -> Vec<LeftOut> {
    let blocked = plan.blocked.iter().map(|step| LeftOut {
        what: step.address.to_string(),
        reason: step.blocked.reason.clone(),
        needs: step.needs.clone(),
    });
    let unreadable =
        plan.unreadable.iter().map(|closed| LeftOut { what: closed.scope.to_string(), reason: closed.reason.clone(), needs: None });
    blocked.chain(unreadable).collect()
}

struct Run<'a> {
    plan: &'a Plan,
    sessions: &'a Sessions,
    account_sessions: BTreeMap<AccountKey, Session>,
    /// Accounts that could be entered before the run began.
    entered: BTreeSet<AccountKey>,
    emit: &'a mut (dyn FnMut(Event) + Send),
    started: SystemTime,
    seq: u64,
    facts: Facts,
    order: Order,
    slots: Slots,
    done: usize,
    failed: usize,
    skipped: usize,
}

impl<'a> Run<'a> {
    fn new(
        plan: &'a Plan,
        sessions: &'a Sessions,
        account_sessions: BTreeMap<AccountKey, Session>,
        emit: &'a mut (dyn FnMut(Event) + Send),
    ) -> Self {
        Self {
            plan,
            sessions,
            entered: account_sessions.keys().cloned().collect(),
            account_sessions,
            emit,
            started: sessions.clock().now(),
            seq: 0,
            facts: plan.facts.clone(),
            order: Order::new(&plan.steps),
            slots: Slots::default(),
            done: 0,
            failed: 0,
            skipped: 0,
        }
    }

    fn tell(&mut self, what: What) {
        self.seq += 1;
        let now = self.sessions.clock().now();
        let at = aws_smithy_types::DateTime::from(now).fmt(Format::DateTime).unwrap_or_default();
        let elapsed = now.duration_since(self.started).unwrap_or_default();
        let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        (self.emit)(Event { v: VERSION, seq: self.seq, at, elapsed_ms, what });
    }

    async fn walk(&mut self, stop: &Stop) {
        let plan = self.plan;
        let (notes, mut heard) = mpsc::unbounded_channel::<(usize, StepNote)>();
        let shared = Arc::new(RunShared::default());
        // Steps that released their slot before they ended.
        let mut left_early = vec![false; plan.steps.len()];
        let mut running = FuturesUnordered::new();
        let first = self.order.first();
        self.enqueue(first);
        loop {
            while !stop.is_asked()
                && let Some(index) = self.slots.next()
            {
                let step = &plan.steps[index];
                self.tell(What::StepStarted { address: step.address.clone() });
                let account = step.address.scope().account();
                let work = StepTask {
                    plan,
                    sessions: self.sessions,
                    account_session: account.and_then(|account| self.account_sessions.get(account)).cloned(),
                    was_entered: account.is_some_and(|account| self.entered.contains(account)),
                    facts: self.facts_for(step),
                    shared: Arc::clone(&shared),
                    notes: notes.clone(),
                    stop: stop.clone(),
                    index,
                };
                running.push(async move { (index, work.step(step).await) });
            }
            if running.is_empty() {
                break;
            }
            tokio::select! {
                biased;
                Some((index, note)) = heard.recv() => {
                    let address = &plan.steps[index].address;
                    if matches!(note, StepNote::Created) && !std::mem::replace(&mut left_early[index], true) {
                        self.slots.release(address);
                    }
                    self.note(address, note);
                }
                Some((index, end)) = running.next() => {
                    if !left_early[index] {
                        self.slots.release(&plan.steps[index].address);
                    }
                    self.end(index, end, stop.is_asked());
                }
                () = stop.asked(), if !stop.is_asked() => {}
            }
        }
        for index in self.order.left() {
            self.skip(&plan.steps[index], STOPPED);
        }
    }

    fn enqueue(&mut self, steps: Vec<usize>) {
        for index in steps {
            self.slots.enqueue(index, &self.plan.steps[index].address);
        }
    }

    /// Returns what a step can refer to: the steps it waited for, its account and the organization. All other references are already filled
    /// in.
    fn facts_for(&self, step: &Step) -> Facts {
        let account = step.address.scope().account().map(|account| Address::organization("account", account));
        let organization = Address::organization("organization", &self.plan.organization);
        self.facts.of(step.after.iter().chain(&account).chain([&organization]))
    }

    fn skip(&mut self, step: &Step, because: &str) {
        self.skipped += 1;
        self.tell(What::StepSkipped { address: step.address.clone(), because: because.to_owned() });
    }

    fn note(&mut self, address: &Address, note: StepNote) {
        let address = address.clone();
        self.tell(match note {
            StepNote::Waiting(waiting) => What::StepWaiting { address, waiting },
            StepNote::Retrying { class, code, pause } => {
                let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
                What::StepRetried { address, class: class.to_string(), code, pause_ms }
            }
            StepNote::Created => return,
        });
    }

    fn end(&mut self, index: usize, end: Result<Done, Failure>, is_stopped: bool) {
        let step = &self.plan.steps[index];
        match end {
            Ok(done) => {
                self.facts.extend(done.facts);
                self.account_sessions.extend(done.account_session);
                self.done += 1;
                self.tell(What::StepDone { address: step.address.clone() });
                let free = self.order.done(index);
                self.enqueue(free);
            }
            // It stopped waiting because the run was asked to stop: that is not a failure.
            Err(failure) if failure.waited && is_stopped => {
                self.order.end(index);
                self.skip(step, STOPPED);
            }
            Err(failure) => {
                self.failed += 1;
                let key = step.address.scope().account();
                let account = key.and_then(|key| self.facts.find(&Address::organization("account", key), "id")).map(str::to_owned);
                let account_name = key.and_then(|key| self.plan.account_names.get(key)).cloned();
                self.tell(What::StepFailed {
                    address: step.address.clone(),
                    code: failure.code,
                    message: failure.message,
                    hint: failure.hint,
                    request_id: failure.request_id,
                    account,
                    account_name,
                });
                if is_stopped {
                    self.order.end(index);
                    return;
                }
                for (lost, needed) in self.order.lost(index) {
                    let because = format!("it needs {}", self.plan.steps[needed].address);
                    self.skip(&self.plan.steps[lost], &because);
                }
            }
        }
    }

    fn finish(mut self, stop: &Stop) -> Report {
        let calls = self.sessions.calls().count();
        let (outcome, exit) = if stop.is_asked() {
            (Outcome::Interrupted, EXIT_INTERRUPTED)
        } else if self.failed == 0 && self.skipped == 0 {
            (Outcome::Done, EXIT_DONE)
        } else {
            (Outcome::Partial, EXIT_PARTIAL)
        };
        let (done, failed, skipped) = (self.done, self.failed, self.skipped);
        self.tell(What::RunFinished { outcome, exit, done, failed, skipped, mutating: calls.mutating(), calls: calls.clone() });
        Report { outcome, exit, done, failed, skipped, calls, facts: self.facts }
    }
}
