//! The context in which a scope is read.

use crate::address::Scope;
use crate::aws::retry::{NoObserver, RetryPolicy};
use crate::kind::{Context, Facts};
use crate::model::Organization;
use crate::session::{Session, Sessions};

/// Returns the context of a scope that is only observed, with the session that reads it.
pub(super) fn context<'a>(
    sessions: &'a Sessions,
    organization: &'a Organization,
    scope: &'a Scope,
    session: &'a Session,
    facts: &'a Facts,
    retry: RetryPolicy,
) -> Context<'a> {
    Context::new(&organization.name, scope, session, sessions, facts, sessions.clock(), &NoObserver, retry).observing()
}
