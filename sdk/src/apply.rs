//! Applying: walks a plan's steps, as far side by side as AWS allows, and tells what happens as events.
//!
//! The executor has no opinions: what a step does is in the step, what comes before it is in the plan. It only
//! decides when, and what a failure means for the rest: what needs it is skipped, everything else finishes.

mod lanes;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use aws_smithy_types::date_time::Format;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;

use crate::address::{Address, Scope};
use crate::aws::error::{AwsError, Class};
use crate::aws::patience::{NOT_SUBSCRIBED_CODES, Patience, Watch, YOUNG_ACCOUNT};
use crate::event::{Event, Outcome, STOPPED, StepName, VERSION, What};
use crate::id::{AccountId, iam_arn};
use crate::kind::context::StepWatch;
use crate::kind::{Context, Facts, StepError};
use crate::name::{AccountKey, OrganizationName, RoleName};
use crate::plan::{Plan, Step};
use crate::session::{CallCount, Session, Sessions};
use lanes::Lanes;

pub use crate::aws::patience::Stop;

/// Exit code when everything was done.
const EXIT_DONE: u8 = 0;
/// Exit code when something failed while the rest finished.
const EXIT_PARTIAL: u8 = 4;
/// Exit code after an interrupt, as shells have it: 128 + SIGINT.
const EXIT_INTERRUPTED: u8 = 130;

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a run may have failed in part"]
#[non_exhaustive]
pub struct Report {
    /// How it went.
    pub outcome: Outcome,
    /// The exit code that says so.
    pub exit: u8,
    /// Steps done.
    pub done: usize,
    /// Steps that failed.
    pub failed: usize,
    /// Steps that were not tried.
    pub skipped: usize,
    /// Calls sent while applying, the observing before it included.
    pub calls: CallCount,
    /// What is known afterwards.
    pub facts: Facts,
}

/// Carries a plan out.
///
/// `entrances` are the sessions of accounts that were observed; accounts that the run itself creates are entered
/// through their access role.
///
/// # Guarantees
///
/// Each step starts after every step it needs is done, and ends exactly once. A failed step stops only what needs
/// it. Running the same plan again changes nothing more.
pub async fn apply(
    plan: &Plan,
    sessions: &Sessions,
    entrances: BTreeMap<AccountKey, Session>,
    stop: &Stop,
    emit: &mut (dyn FnMut(Event) + Send),
) -> Report {
    let mut run = Run::new(plan, sessions, entrances, emit);
    run.tell(What::RunStarted { steps: plan.steps.iter().map(|step| StepName::new(step.address.clone(), step.change.action())).collect() });
    run.walk(stop).await;
    run.finish(stop)
}

/// What a step tells while it works.
enum Note {
    Waiting(String),
    Retrying { class: Class, code: String, pause: Duration },
}

struct Run<'a> {
    plan: &'a Plan,
    sessions: &'a Sessions,
    entrances: BTreeMap<AccountKey, Session>,
    /// Accounts that this run made: some services refuse them for a while after others let them in.
    young: BTreeSet<AccountKey>,
    emit: &'a mut (dyn FnMut(Event) + Send),
    started: SystemTime,
    seq: u64,
    facts: Facts,
    done: BTreeSet<&'a Address>,
    failed: BTreeSet<&'a Address>,
    skipped: BTreeSet<&'a Address>,
}

impl<'a> Run<'a> {
    fn new(
        plan: &'a Plan,
        sessions: &'a Sessions,
        entrances: BTreeMap<AccountKey, Session>,
        emit: &'a mut (dyn FnMut(Event) + Send),
    ) -> Self {
        Self {
            plan,
            sessions,
            entrances,
            young: BTreeSet::new(),
            emit,
            started: sessions.clock().now(),
            seq: 0,
            facts: plan.facts.clone(),
            done: BTreeSet::new(),
            failed: BTreeSet::new(),
            skipped: BTreeSet::new(),
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
        let (notes, mut heard) = mpsc::unbounded_channel::<(usize, Note)>();
        let mut waiting: Vec<usize> = (0..plan.steps.len()).collect();
        let mut lanes = Lanes::default();
        let mut running = FuturesUnordered::new();
        loop {
            if !stop.is_asked() {
                let mut held = Vec::new();
                for index in std::mem::take(&mut waiting) {
                    let step = &plan.steps[index];
                    if let Some(needed) = step.after.iter().find(|needed| self.failed.contains(*needed) || self.skipped.contains(*needed)) {
                        self.skip(step, &format!("it needs {needed}"));
                    } else if step.after.iter().all(|needed| self.done.contains(needed)) && lanes.enter(&step.address) {
                        self.tell(What::StepStarted { address: step.address.clone() });
                        let work = Work {
                            organization: &plan.organization,
                            access_roles: &plan.access_roles,
                            sessions: self.sessions,
                            entrance: step.address.scope().account().and_then(|account| self.entrances.get(account)).cloned(),
                            is_young: step.address.scope().account().is_some_and(|account| self.young.contains(account)),
                            facts: self.facts.clone(),
                            notes: notes.clone(),
                            stop: stop.clone(),
                            index,
                        };
                        running.push(async move { (index, work.step(step).await) });
                    } else {
                        held.push(index);
                    }
                }
                waiting = held;
            }
            if running.is_empty() {
                break;
            }
            tokio::select! {
                biased;
                Some((index, note)) = heard.recv() => self.note(&plan.steps[index].address, note),
                Some((index, end)) = running.next() => {
                    let step = &plan.steps[index];
                    lanes.leave(&step.address);
                    self.end(step, end, stop.is_asked());
                }
                () = stop.asked(), if !stop.is_asked() => {}
            }
        }
        for index in waiting {
            let step = &plan.steps[index];
            self.skip(step, STOPPED);
        }
    }

    fn skip(&mut self, step: &'a Step, because: &str) {
        self.skipped.insert(&step.address);
        self.tell(What::StepSkipped { address: step.address.clone(), because: because.to_owned() });
    }

    fn note(&mut self, address: &Address, note: Note) {
        let address = address.clone();
        self.tell(match note {
            Note::Waiting(waiting) => What::StepWaiting { address, waiting },
            Note::Retrying { class, code, pause } => {
                let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
                What::StepRetried { address, class: class.to_string(), code, pause_ms }
            }
        });
    }

    fn end(&mut self, step: &'a Step, end: Result<(Facts, Option<(AccountKey, Session)>), Failure>, is_stopped: bool) {
        match end {
            Ok((facts, entrance)) => {
                self.facts.extend(facts);
                self.young.extend(entrance.as_ref().map(|(account, _)| account.clone()));
                self.entrances.extend(entrance);
                self.done.insert(&step.address);
                self.tell(What::StepDone { address: step.address.clone() });
            }
            // It broke off its waiting because it was asked to: nothing is wrong with it.
            Err(failure) if failure.waited && is_stopped => self.skip(step, STOPPED),
            Err(failure) => {
                self.failed.insert(&step.address);
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
            }
        }
    }

    fn finish(mut self, stop: &Stop) -> Report {
        let calls = self.sessions.calls().count();
        let (outcome, exit) = if stop.is_asked() {
            (Outcome::Interrupted, EXIT_INTERRUPTED)
        } else if self.failed.is_empty() && self.skipped.is_empty() {
            (Outcome::Done, EXIT_DONE)
        } else {
            (Outcome::Partial, EXIT_PARTIAL)
        };
        let (done, failed, skipped) = (self.done.len(), self.failed.len(), self.skipped.len());
        self.tell(What::RunFinished { outcome, exit, done, failed, skipped, mutating: calls.mutating(), calls: calls.clone() });
        Report { outcome, exit, done, failed, skipped, calls, facts: self.facts }
    }
}

/// What an event says of a failure.
struct Failure {
    code: Option<String>,
    message: String,
    hint: String,
    request_id: Option<String>,
    /// Whether it came out of waiting, and so would have gone on.
    waited: bool,
}

impl From<StepError> for Failure {
    fn from(error: StepError) -> Self {
        match error {
            StepError::Aws(aws) => Self {
                message: aws.to_string(),
                hint: hint(&aws),
                waited: aws.class() != Class::Never,
                code: aws.code,
                request_id: aws.request_id,
            },
            StepError::Stopped(what) => {
                Self { code: None, message: what, hint: "`landfall apply` goes on from here".to_owned(), request_id: None, waited: true }
            }
            StepError::Explained { error, hint } => Self {
                message: error.to_string(),
                hint,
                waited: error.class() != Class::Never,
                code: error.code,
                request_id: error.request_id,
            },
            StepError::Fact(missing) => Self {
                code: None,
                message: format!("landfall has a bug: {missing}"),
                hint: "please report it with the plan".to_owned(),
                request_id: None,
                waited: false,
            },
            StepError::Refused { message, hint } => Self { code: None, message, hint, request_id: None, waited: false },
        }
    }
}

/// What a person can do about AWS's answer (aws-facts section 9).
fn hint(error: &AwsError) -> String {
    let text = if error.is(&["ConstraintViolationException/ACCOUNT_NUMBER_LIMIT_EXCEEDED"]) {
        "ask for more accounts: Service Quotas console, AWS Organizations, \"Maximum number of accounts\" (us-east-1); closed accounts count for 90 days"
    } else if error.is(&["ConstraintViolationException"]) {
        "AWS's limit, not landfall's: see the reason above and AWS Organizations' quotas"
    } else if error.is(&["LimitExceeded"]) {
        "ask for more: Service Quotas console, IAM (us-east-1); then `landfall apply`"
    } else if error.is(&["AccessDeniedForDependencyException"]) {
        "the caller needs iam:CreateServiceLinkedRole"
    } else if error.is_denied() {
        "give the caller this permission (a guardrail may deny it: AWS's text says which layer); then `landfall apply`"
    } else if error.class() == Class::Never {
        "correct what AWS names; then `landfall apply`"
    } else {
        "AWS was busy for longer than landfall waits: `landfall apply` goes on from here"
    };
    text.to_owned()
}

/// All that one step needs, owned, so that steps run side by side.
struct Work<'a> {
    organization: &'a OrganizationName,
    access_roles: &'a BTreeMap<AccountKey, RoleName>,
    sessions: &'a Sessions,
    entrance: Option<Session>,
    is_young: bool,
    facts: Facts,
    notes: mpsc::UnboundedSender<(usize, Note)>,
    stop: Stop,
    index: usize,
}

impl Work<'_> {
    async fn step(self, step: &Step) -> Result<(Facts, Option<(AccountKey, Session)>), Failure> {
        let scope = step.address.scope();
        let ear = Ear { notes: self.notes.clone(), stop: self.stop.clone(), index: self.index, last: std::sync::Mutex::new(String::new()) };
        let (session, entered, patience) = match (scope, &self.entrance) {
            (Scope::Organization, _) => (self.sessions.own().clone(), None, Patience::repeatable()),
            (Scope::Account(key), None) if key.is_management() => (self.sessions.own().clone(), None, Patience::repeatable()),
            (Scope::Region(key, region), None) if key.is_management() => {
                (self.sessions.own().in_region(region), None, Patience::repeatable())
            }
            (Scope::Account(_), Some(session)) => (session.clone(), None, self.patience()),
            (Scope::Region(_, region), Some(session)) => (session.in_region(region), None, self.patience()),
            (Scope::Account(key) | Scope::Region(key, _), None) => {
                // Made by this run: the account is young and may refuse for a while.
                let entrance = self.enter(key, &ear).await?;
                let session = if let Scope::Region(_, region) = scope { entrance.in_region(region) } else { entrance.clone() };
                (session, Some((key.clone(), entrance)), Patience::repeatable().young_account(YOUNG_ACCOUNT))
            }
        };
        let cx = Context::new(self.organization, scope, &session, self.sessions, &self.facts, self.sessions.clock(), &ear, patience);
        let facts = step.change.apply(&cx, &step.address).await?;
        Ok((facts, entered))
    }

    /// Returns the patience in an account that has let us in.
    fn patience(&self) -> Patience {
        if self.is_young {
            Patience::repeatable().just_made(NOT_SUBSCRIBED_CODES).visible_within(YOUNG_ACCOUNT)
        } else {
            Patience::repeatable()
        }
    }

    async fn enter(&self, key: &AccountKey, ear: &Ear) -> Result<Session, Failure> {
        let address = Address::organization("account", key);
        let id: AccountId = self
            .facts
            .find(&address, "id")
            .and_then(|id| id.parse().ok())
            .ok_or_else(|| Failure::from(StepError::Fact(crate::kind::text::MissingFact { address, name: "id".to_owned() })))?;
        let role = self.access_roles.get(key).ok_or_else(|| {
            let address = Address::organization("account", key);
            Failure::from(StepError::Fact(crate::kind::text::MissingFact { address, name: "access-role".to_owned() }))
        })?;
        ear.waiting("the account to let us in");
        let arn = iam_arn(self.sessions.partition(), &id, format_args!("role/{role}"));
        self.sessions.assume(&id, &arn).await.map_err(|error| match error {
            crate::session::SessionError::Aws(aws) => Failure::from(StepError::Aws(aws)),
            other => Failure::from(StepError::refused(other.to_string(), "check the credentials; nothing was changed")),
        })
    }
}

/// Passes on what a step tells.
struct Ear {
    notes: mpsc::UnboundedSender<(usize, Note)>,
    stop: Stop,
    index: usize,
    last: std::sync::Mutex<String>,
}

impl Watch for Ear {
    fn retrying(&self, error: &AwsError, class: Class, pause: Duration) {
        let code = error.code.clone().unwrap_or_else(|| "no answer".to_owned());
        // The receiver lives as long as the run; a note that nobody hears is no loss.
        let _ = self.notes.send((self.index, Note::Retrying { class, code, pause }));
    }

    fn stop(&self) -> Option<&Stop> {
        Some(&self.stop)
    }
}

impl StepWatch for Ear {
    fn waiting(&self, what: &str) {
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if *last != what {
            what.clone_into(&mut last);
            let _ = self.notes.send((self.index, Note::Waiting(what.to_owned())));
        }
    }
}
