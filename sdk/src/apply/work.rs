//! One step at work: the way into its account, its patience, and what it tells meanwhile.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;

use super::failure::Failure;
use crate::address::{Address, Scope};
use crate::aws::error::{AwsError, Class};
use crate::aws::patience::{NOT_SUBSCRIBED_CODES, Patience, Stop, Watch};
use crate::id::{AccountId, iam_arn};
use crate::kind::context::{StepWatch, Together};
use crate::kind::organizations::account;
use crate::kind::{Context, Facts, StepError};
use crate::name::{AccountKey, RoleName};
use crate::plan::{Plan, Step};
use crate::session::{Session, Sessions};

/// What a step tells while it works.
pub(super) enum Note {
    /// It waits for this; empty when it waits for nothing any more.
    Waiting(String),
    /// AWS refused a call, which is sent again.
    Retrying { class: Class, code: String, pause: Duration },
    /// It no longer takes one of AWS's places for creations.
    Created,
}

/// What came of a step that is done.
pub(super) struct Done {
    pub(super) facts: Facts,
    /// The session of an account that was entered for the first time.
    pub(super) entrance: Option<(AccountKey, Session)>,
}

/// All that one step needs, owned, so that steps run side by side.
pub(super) struct Work<'a> {
    pub(super) plan: &'a Plan,
    pub(super) sessions: &'a Sessions,
    /// The session of its account, once somebody got in.
    pub(super) entrance: Option<Session>,
    /// Whether that was before the run began.
    pub(super) was_entered: bool,
    /// What it can refer to.
    pub(super) facts: Facts,
    pub(super) together: Arc<Together>,
    pub(super) notes: mpsc::UnboundedSender<(usize, Note)>,
    pub(super) stop: Stop,
    pub(super) index: usize,
}

impl Work<'_> {
    pub(super) async fn step(self, step: &Step) -> Result<Done, Failure> {
        let scope = step.address.scope();
        let ear = Ear { notes: self.notes.clone(), stop: self.stop.clone(), index: self.index, last: Mutex::new(String::new()) };
        let (home, entrance) = match (scope.account(), &self.entrance) {
            (None, _) => (self.sessions.own().clone(), None),
            (Some(_), Some(session)) => (session.clone(), None),
            (Some(key), None) if key.is_management() => (self.sessions.own().clone(), None),
            (Some(key), None) => {
                let session = self.enter(key, &ear).await?;
                (session.clone(), Some((key.clone(), session)))
            }
        };
        let session = if let Scope::Region(_, region) = scope { home.in_region(region) } else { home };
        let clock = self.sessions.clock();
        let youth = scope.account().map_or(Duration::ZERO, |key| account::youth(clock.now(), &self.facts, key));
        let patience = match (youth.is_zero(), self.was_entered) {
            (true, _) => Patience::repeatable(),
            // It was read already, so who is refused there is refused for a reason; some services may not know it yet.
            (false, true) => Patience::repeatable().just_made(NOT_SUBSCRIBED_CODES).visible_within(youth),
            (false, false) => Patience::repeatable().young_account(youth),
        };
        let cx = Context::new(&self.plan.organization, scope, &session, self.sessions, &self.facts, clock, &ear, patience)
            .sharing(Arc::clone(&self.together));
        let facts = step.change.apply(&cx, &step.address).await?;
        Ok(Done { facts, entrance })
    }

    async fn enter(&self, key: &AccountKey, ear: &Ear) -> Result<Session, Failure> {
        let address = Address::organization("account", key);
        let missing = |name: &str| {
            let address = Address::organization("account", key);
            Failure::from(StepError::Fact(crate::kind::text::MissingFact { address, name: name.to_owned() }))
        };
        let id: AccountId = self.facts.find(&address, "id").and_then(|id| id.parse().ok()).ok_or_else(|| missing("id"))?;
        let role: &RoleName = self.plan.access_roles.get(key).ok_or_else(|| missing("access-role"))?;
        ear.waiting("the access role to become assumable");
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
    last: Mutex<String>,
}

impl Ear {
    fn tell(&self, note: Note) {
        // The receiver lives as long as the run; a note that nobody hears is no loss.
        let _ = self.notes.send((self.index, note));
    }
}

impl Watch for Ear {
    fn retrying(&self, error: &AwsError, class: Class, pause: Duration) {
        let code = error.code.clone().unwrap_or_else(|| "no answer".to_owned());
        self.tell(Note::Retrying { class, code, pause });
    }

    fn resumed(&self) {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.tell(Note::Waiting(last));
    }

    fn stop(&self) -> Option<&Stop> {
        Some(&self.stop)
    }
}

impl StepWatch for Ear {
    fn waiting(&self, what: &str) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if *last != what {
            what.clone_into(&mut last);
            self.tell(Note::Waiting(what.to_owned()));
        }
    }

    fn created(&self) {
        self.tell(Note::Created);
    }
}
