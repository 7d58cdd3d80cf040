//! What a kind is handed when it talks to AWS: whose session, which scope, what is known, and who is watching.

use std::any::Any;
use std::collections::BTreeMap;
use std::future::Future;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::Blocked;
use super::organizations::account::creations::Creations;
use super::text::{Facts, MissingFact};
use crate::address::Scope;
use crate::aws::client::{Operation, Paged, Request};
use crate::aws::clock::Clock;
use crate::aws::error::AwsError;
use crate::aws::retry::{RetryObserver, RetryPolicy, send_with_retry};
use crate::name::OrganizationName;
use crate::session::{Session, Sessions};

/// How long AWS may be silent while something is waited for, before a person is told, and told again.
const SILENCE: Duration = Duration::from_secs(30);

/// Why a step did not get done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// AWS refused, or did not answer.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// AWS refused, and it is known what helps.
    #[error("{error}")]
    Explained {
        /// What AWS said.
        error: Box<AwsError>,
        /// What to do about it.
        hint: String,
    },
    /// Something of ours was not known: a bug.
    #[error("a needed fact is missing; please report this")]
    Fact(#[from] MissingFact),
    /// The run was asked to stop while this waited.
    #[error("stopped while waiting: {0}")]
    Stopped(String),
    /// What AWS made is not what was asked for, or somebody else holds the place.
    #[error("{message}")]
    Refused {
        /// What was found.
        message: String,
        /// What to do about it.
        hint: String,
    },
}

/// Takes a member that AWS always sends; an answer without it is none that anything can be built on.
pub(crate) fn required<T>(call: &'static str, member: &'static str, value: Option<T>) -> Result<T, AwsError> {
    value.ok_or_else(|| AwsError::incomplete(call, member))
}

/// Takes a member that AWS always sends, as what it is: an answer that has something else there is none either.
pub(crate) fn parsed<T: FromStr>(call: &'static str, member: &'static str, value: Option<&str>) -> Result<T, AwsError> {
    required(call, member, value)?.parse().map_err(|_| AwsError::unreadable(call, member))
}

impl StepError {
    /// Returns a refusal of landfall's own.
    pub fn refused(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Refused { message: message.into(), hint: hint.into() }
    }

    /// Returns AWS's refusal with what helps.
    pub fn explained(error: AwsError, hint: impl Into<String>) -> Self {
        Self::Explained { error: Box::new(error), hint: hint.into() }
    }
}

/// What a plan would have blocked, had it been known then.
impl From<Blocked> for StepError {
    fn from(blocked: Blocked) -> Self {
        Self::Refused { message: blocked.reason, hint: blocked.hint.unwrap_or_default() }
    }
}

/// A kind's view of the world while it works in one scope.
pub struct Context<'a> {
    organization: &'a OrganizationName,
    scope: &'a Scope,
    session: &'a Session,
    sessions: &'a Sessions,
    facts: &'a Facts,
    clock: &'a Clock,
    observer: &'a (dyn StepObserver + Sync),
    retry: RetryPolicy,
    shared: Arc<RunShared>,
    seen: Option<Seen>,
}

/// What one look at a scope has read already, by what was asked for.
type Seen = Mutex<BTreeMap<String, Arc<dyn Any + Send + Sync>>>;

/// What the steps of one run share, so that one call serves many.
#[derive(Debug, Default)]
pub struct RunShared {
    pub(super) creations: Creations,
}

/// Who is told what a step is doing.
pub trait StepObserver: RetryObserver {
    /// Is told what a step waits for, each time that changes; an empty text when it waits no longer.
    fn waiting(&self, what: &str);

    /// Is told that an account is created: its place among AWS's creations in flight is free. By default it does not matter.
    fn created(&self) {}
}

impl StepObserver for crate::aws::retry::NoObserver {
    fn waiting(&self, _: &str) {}
}

impl<'a> Context<'a> {
    /// Returns the context of one scope, with the retry policy that reads and upserts get there.
    #[expect(clippy::too_many_arguments, reason = "built in two places, by the observer and the executor; everything in it is needed")]
    pub fn new(
        organization: &'a OrganizationName,
        scope: &'a Scope,
        session: &'a Session,
        sessions: &'a Sessions,
        facts: &'a Facts,
        clock: &'a Clock,
        observer: &'a (dyn StepObserver + Sync),
        retry: RetryPolicy,
    ) -> Self {
        Self { organization, scope, session, sessions, facts, clock, observer, retry, shared: Arc::default(), seen: None }
    }

    /// Returns the same context, sharing with others of its run.
    #[must_use]
    pub fn sharing(self, shared: Arc<RunShared>) -> Self {
        Self { shared, ..self }
    }

    /// Returns the same context for one look at its scope: what several kinds ask for is read once.
    #[must_use]
    pub fn observing(self) -> Self {
        Self { seen: Some(Seen::default()), ..self }
    }

    /// Returns this context with another session into the same account.
    pub(super) fn through<'b>(&'b self, session: &'b Session) -> Context<'b> {
        Context { session, retry: self.retry.clone(), shared: Arc::clone(&self.shared), seen: None, ..*self }
    }

    /// Reads something, unless this look has read it already. Outside of a look it is always read.
    pub(super) async fn read_once<T, F>(&self, what: impl Into<String>, read: impl FnOnce() -> F) -> Result<Arc<T>, AwsError>
    where
        T: Any + Send + Sync,
        F: Future<Output = Result<T, AwsError>>,
    {
        let what = what.into();
        let seen = || self.seen.as_ref().map(|seen| seen.lock().unwrap_or_else(PoisonError::into_inner));
        let known = seen().and_then(|seen| seen.get(&what).cloned());
        if let Some(known) = known.and_then(|known| known.downcast::<T>().ok()) {
            return Ok(known);
        }
        let read = Arc::new(read().await?);
        if let Some(mut seen) = seen() {
            seen.insert(what, Arc::<T>::clone(&read));
        }
        Ok(read)
    }

    /// Returns what is shared with others of the run.
    #[must_use]
    pub(super) fn shared(&self) -> &RunShared {
        &self.shared
    }

    /// Tells that the account is created.
    pub(super) fn created(&self) {
        self.observer.created();
    }

    /// Returns the organization's name: what our tags say.
    #[must_use]
    pub fn organization(&self) -> &OrganizationName {
        self.organization
    }

    /// Returns the scope.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        self.scope
    }

    /// Returns the session of the scope's account.
    #[must_use]
    pub fn session(&self) -> &Session {
        self.session
    }

    /// Returns the way into other accounts.
    #[must_use]
    pub fn sessions(&self) -> &Sessions {
        self.sessions
    }

    /// Returns what is known.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        self.facts
    }

    /// Returns the clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        self.clock
    }

    /// Returns the retry policy for reads and upserts in this scope.
    #[must_use]
    pub fn retry(&self) -> RetryPolicy {
        self.retry.clone()
    }

    /// Tells what the step waits for.
    pub fn waiting(&self, what: &str) {
        self.observer.waiting(what);
    }

    /// Waits for something before the next look at it.
    ///
    /// # Errors
    ///
    /// [`StepError::Stopped`] as soon as the run is asked to stop.
    pub async fn pause(&self, what: &str, length: Duration) -> Result<(), StepError> {
        self.waiting(what);
        if self.clock.pause(length, self.observer.stop()).await.is_break() {
            return Err(StepError::Stopped(what.to_owned()));
        }
        Ok(())
    }

    /// Sends a read or an upsert with the scope's retry policy.
    ///
    /// # Errors
    ///
    /// AWS's last error, once it is no longer retried.
    pub(crate) async fn send<O: Operation>(&self, parameters: &O) -> Result<O::Output, AwsError> {
        self.send_with(&self.retry, parameters).await
    }

    /// Sends a request with a retry policy of its own; all of its tries are one request, with one token where it has one.
    ///
    /// # Errors
    ///
    /// AWS's last error, once it is no longer retried.
    pub(crate) async fn send_with<O: Operation>(&self, retry: &RetryPolicy, parameters: &O) -> Result<O::Output, AwsError> {
        let request = Request::new(parameters, self.session.limiter())?;
        self.call_with(O::CALL, retry, || self.session.send(&request)).await
    }

    /// Collects what is on every page of a list.
    ///
    /// # Errors
    ///
    /// AWS's last error, once it is no longer retried.
    pub(crate) async fn pages<O: Paged>(&self, mut parameters: O) -> Result<Vec<O::Item>, AwsError> {
        self.pages_with(&self.retry, &mut parameters).await
    }

    /// Collects what is on every page of a list, with a retry policy of its own.
    ///
    /// # Errors
    ///
    /// AWS's last error, once it is no longer retried.
    pub(crate) async fn pages_with<O: Paged>(&self, retry: &RetryPolicy, parameters: &mut O) -> Result<Vec<O::Item>, AwsError> {
        let mut all = Vec::new();
        loop {
            let (items, next) = O::items(self.send_with(retry, parameters).await?);
            all.extend(items);
            match next.filter(|token| !token.is_empty()) {
                Some(token) => parameters.at(token),
                None => return Ok(all),
            }
        }
    }

    /// Collects what is on every page of a list that an AWS crate asks for: `ask` is given the token of the page, `read` returns what
    /// is on one and the token of the next.
    ///
    /// # Errors
    ///
    /// AWS's last error, once it is no longer retried.
    pub(crate) async fn listed<T, P, E, F>(
        &self,
        call: &'static str,
        ask: impl Fn(Option<String>) -> F,
        read: impl Fn(P) -> (Vec<T>, Option<String>),
    ) -> Result<Vec<T>, AwsError>
    where
        F: Future<Output = Result<P, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        self.listed_with(call, &self.retry, ask, read).await
    }

    /// Collects what is on every page of such a list, with a retry policy of its own.
    ///
    /// # Errors
    ///
    /// AWS's last error, once it is no longer retried.
    pub(crate) async fn listed_with<T, P, E, F>(
        &self,
        call: &'static str,
        retry: &RetryPolicy,
        ask: impl Fn(Option<String>) -> F,
        read: impl Fn(P) -> (Vec<T>, Option<String>),
    ) -> Result<Vec<T>, AwsError>
    where
        F: Future<Output = Result<P, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let mut all = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let (items, token) = read(self.call_with(call, retry, || ask(next.clone())).await?);
            all.extend(items);
            match token.filter(|token| !token.is_empty()) {
                Some(token) => next = Some(token),
                None => return Ok(all),
            }
        }
    }

    /// Sends a read or an upsert with the scope's retry policy.
    ///
    /// # Errors
    ///
    /// AWS's last error, once it is no longer retried.
    pub async fn call<T, E, F>(&self, call: &'static str, send: impl Fn() -> F) -> Result<T, AwsError>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        self.call_with(call, &self.retry, send).await
    }

    /// Sends a call with a retry policy of its own; once more with new credentials where the session has ended before its time.
    ///
    /// # Errors
    ///
    /// AWS's last error, once it is no longer retried.
    pub async fn call_with<T, E, F>(&self, call: &'static str, retry: &RetryPolicy, send: impl Fn() -> F) -> Result<T, AwsError>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let asked = self.clock.now();
        match send_with_retry(self.session.limiter(), self.observer, call, retry, &send).await {
            Err(error) if error.is_expired() && self.session.invalidate(asked) => {
                send_with_retry(self.session.limiter(), self.observer, call, retry, &send).await
            }
            answer => answer,
        }
    }

    /// Waits for one answer, and tells so while none comes. That it ends is the matter of the calls in it: none of them waits for
    /// ever, and none is sent again for ever.
    async fn answer<T>(&self, what: &str, ask: impl Future<Output = T>) -> T {
        let mut ask = std::pin::pin!(ask);
        let mut silent = Duration::ZERO;
        loop {
            tokio::select! {
                biased;
                answer = &mut ask => return answer,
                () = self.clock.sleep(SILENCE) => {}
            }
            silent += SILENCE;
            self.waiting(&format!("{what}; without an answer for {} s", silent.as_secs()));
        }
    }

    /// Asks until the answer is `Some`, starting with the first pause and doubling up to the second.
    ///
    /// # Errors
    ///
    /// What `ask` failed with, a refusal that names what was waited for when `limit` has passed, or
    /// [`StepError::Stopped`] when the run is asked to stop.
    pub async fn until<T, F>(&self, what: &str, pauses: (Duration, Duration), limit: Duration, ask: impl Fn() -> F) -> Result<T, StepError>
    where
        F: Future<Output = Result<Option<T>, StepError>>,
    {
        self.waiting(what);
        let started = self.clock.now();
        let mut pause = pauses.0;
        loop {
            if let Some(found) = self.answer(what, ask()).await? {
                self.waiting("");
                return Ok(found);
            }
            if self.clock.now().duration_since(started).unwrap_or_default() > limit {
                return Err(StepError::refused(
                    format!("timed out after {} minutes waiting for {what}", limit.as_secs() / 60),
                    "run `landfall apply` again: it goes on waiting where this stopped",
                ));
            }
            self.pause(what, pause).await?;
            pause = pauses.1.min(pause * 2);
        }
    }
}
