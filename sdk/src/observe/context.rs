//! The context in which a scope is read, and what the kinds report meanwhile.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::address::Scope;
use crate::aws::error::{AwsError, Class};
use crate::aws::retry::{NoObserver, RetryObserver, RetryPolicy};
use crate::desired::Notice;
use crate::kind::context::StepObserver;
use crate::kind::{Context, Facts};
use crate::model::Organization;
use crate::session::{Session, Sessions};

/// The notices of one observation's kinds.
#[derive(Debug, Default)]
pub(super) struct Notices(Mutex<Vec<Notice>>);

impl Notices {
    /// Returns them, in their order.
    pub(super) fn taken(self) -> Vec<Notice> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RetryObserver for Notices {
    fn retrying(&self, _: &AwsError, _: Class, _: Duration) {}
}

impl StepObserver for Notices {
    fn waiting(&self, _: &str) {}

    fn noticed(&self, fact: String, hint: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Notice::new(fact, hint));
    }
}

/// Returns the context of a scope that is only observed, with the session that reads it.
pub(super) fn context<'a>(
    sessions: &'a Sessions,
    organization: &'a Organization,
    scope: &'a Scope,
    session: &'a Session,
    facts: &'a Facts,
    retry: RetryPolicy,
) -> Context<'a> {
    observed_by(sessions, organization, scope, session, facts, retry, &NoObserver)
}

/// Returns the same context; an observer gets the reports of the kinds.
pub(super) fn observed_by<'a>(
    sessions: &'a Sessions,
    organization: &'a Organization,
    scope: &'a Scope,
    session: &'a Session,
    facts: &'a Facts,
    retry: RetryPolicy,
    observer: &'a (dyn StepObserver + Sync),
) -> Context<'a> {
    Context::new(&organization.name, scope, session, sessions, facts, sessions.clock(), observer, retry).observing()
}
