//! One running step: the session of its account, its retries, and its progress reports.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;

use super::failure::Failure;
use crate::address::{Address, Scope};
use crate::aws::error::{AwsError, Class};
use crate::aws::retry::{NOT_SUBSCRIBED_CODES, RetryObserver, RetryPolicy};
use crate::aws::stop::Stop;
use crate::id::{AccountId, iam_arn};
use crate::kind::context::{RunShared, StepObserver};
use crate::kind::organizations::account;
use crate::kind::{Context, Facts, StepError};
use crate::name::{AccountKey, RoleName};
use crate::plan::{Plan, Step};
use crate::session::{Session, Sessions};

/// What a step reports while it runs.
pub(super) enum StepNote {
    /// It waits for this; empty when it no longer waits.
    Waiting(String),
    /// AWS refused a call, and it is sent again.
    Retrying { class: Class, code: String, pause: Duration },
    /// Its account has been created, so its creation slot is free.
    Created,
}

/// The result of a step that is done.
pub(super) struct Done {
    pub(super) facts: Facts,
    /// The session of an account that was entered for the first time in this run.
    pub(super) account_session: Option<(AccountKey, Session)>,
}

/// Everything that one step needs, owned, so that steps can run concurrently.
pub(super) struct StepTask<'a> {
    pub(super) plan: &'a Plan,
    pub(super) sessions: &'a Sessions,
    /// The session of its account, once one exists.
    pub(super) account_session: Option<Session>,
    /// Whether the session is from before the run began.
    pub(super) was_entered: bool,
    /// The outputs it can refer to.
    pub(super) facts: Facts,
    pub(super) shared: Arc<RunShared>,
    pub(super) notes: mpsc::UnboundedSender<(usize, StepNote)>,
    pub(super) stop: Stop,
    pub(super) index: usize,
}

impl StepTask<'_> {
    pub(super) async fn step(self, step: &Step) -> Result<Done, Failure> {
        let scope = step.address.scope();
        let reporter =
            StepReporter { notes: self.notes.clone(), stop: self.stop.clone(), index: self.index, last: Mutex::new(String::new()) };
        let (home, account_session) = match (scope.account(), &self.account_session) {
            (None, _) => (self.sessions.own().clone(), None),
            (Some(_), Some(session)) => (session.clone(), None),
            (Some(key), None) if key.is_management() => (self.sessions.own().clone(), None),
            (Some(key), None) => {
                let session = self.enter(key, &reporter).await?;
                (session.clone(), Some((key.clone(), session)))
            }
        };
        let session = if let Scope::Region(_, region) = scope { home.in_region(region) } else { home };
        let clock = self.sessions.clock();
        let readiness_grace = scope.account().map_or(Duration::ZERO, |key| account::readiness_grace(clock.now(), &self.facts, key));
        let retry = match (readiness_grace.is_zero(), self.was_entered) {
            (true, _) => RetryPolicy::repeatable(),
            // The account was read before the run, so a denial there is real; some services may still not know the account.
            (false, true) => RetryPolicy::repeatable().until_visible(NOT_SUBSCRIBED_CODES).visible_within(readiness_grace),
            (false, false) => RetryPolicy::repeatable().tolerate_new_account(readiness_grace),
        };
        let cx = Context::new(&self.plan.organization, scope, &session, self.sessions, &self.facts, clock, &reporter, retry)
            .sharing(Arc::clone(&self.shared));
        let facts = step.change.apply(&cx, &step.address).await?;
        Ok(Done { facts, account_session })
    }

    async fn enter(&self, key: &AccountKey, reporter: &StepReporter) -> Result<Session, Failure> {
        let address = Address::organization("account", key);
        let missing = |name: &str| {
            let address = Address::organization("account", key);
            Failure::from(StepError::Fact(crate::kind::text::MissingFact { address, name: name.to_owned() }))
        };
        let id: AccountId = self.facts.find(&address, "id").and_then(|id| id.parse().ok()).ok_or_else(|| missing("id"))?;
        let role: &RoleName = self.plan.access_roles.get(key).ok_or_else(|| missing("access-role"))?;
        reporter.waiting("the access role to become assumable");
        let arn = iam_arn(self.sessions.partition(), &id, format_args!("role/{role}"));
        self.sessions.assume(&id, &arn).await.map_err(|error| match error {
            crate::session::SessionError::Aws(aws) => Failure::from(StepError::Aws(aws)),
            other => Failure::from(StepError::refused(other.to_string(), "check the credentials; nothing was changed")),
        })
    }
}

/// Passes on what a step reports.
struct StepReporter {
    notes: mpsc::UnboundedSender<(usize, StepNote)>,
    stop: Stop,
    index: usize,
    last: Mutex<String>,
}

impl StepReporter {
    fn tell(&self, note: StepNote) {
        // The receiver lives as long as the run; a note without a receiver can be dropped.
        let _ = self.notes.send((self.index, note));
    }
}

impl RetryObserver for StepReporter {
    fn retrying(&self, error: &AwsError, class: Class, pause: Duration) {
        let code = error.code.clone().unwrap_or_else(|| "no answer".to_owned());
        self.tell(StepNote::Retrying { class, code, pause });
    }

    fn resumed(&self) {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.tell(StepNote::Waiting(last));
    }

    fn stop(&self) -> Option<&Stop> {
        Some(&self.stop)
    }
}

impl StepObserver for StepReporter {
    fn waiting(&self, what: &str) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if *last != what {
            what.clone_into(&mut last);
            self.tell(StepNote::Waiting(what.to_owned()));
        }
    }

    fn created(&self) {
        self.tell(StepNote::Created);
    }
}
