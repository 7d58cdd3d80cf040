//! The context in which a kind calls AWS: session, scope, known outputs, and observer.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::future::Future;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::text::{Facts, MissingFact};
use super::verdict::Blocked;
use crate::address::Scope;
use crate::aws::client::{Operation, Paged, Request};
use crate::aws::clock::Clock;
use crate::aws::error::AwsError;
use crate::aws::retry::{RetryObserver, RetryPolicy, send_with_retry};
use crate::name::OrganizationName;
use crate::session::{Session, Sessions};

/// How long a call may be without an answer before that is reported, and reported again.
const SILENCE: Duration = Duration::from_secs(30);

/// Why a step did not get done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// AWS refused, or did not answer.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// AWS refused, and there is a hint.
    #[error("{error}")]
    Explained {
        /// AWS's error.
        error: Box<AwsError>,
        /// What to do about it.
        hint: String,
    },
    /// An output was not known: a bug in landfall.
    #[error("a needed fact is missing; please report this")]
    Fact(#[from] MissingFact),
    /// The run was asked to stop while this waited.
    #[error("stopped while waiting: {0}")]
    Stopped(String),
    /// What AWS created is not what was requested, or another owner has the name.
    #[error("{message}")]
    Refused {
        /// What was found.
        message: String,
        /// What to do about it.
        hint: String,
    },
}

/// Takes a member that AWS always sends; an answer without it is an error.
pub(crate) fn required<T>(call: &'static str, member: &'static str, value: Option<T>) -> Result<T, AwsError> {
    value.ok_or_else(|| AwsError::incomplete(call, member))
}

/// Takes and parses a member that AWS always sends; an unreadable one is an error, too.
pub(crate) fn parsed<T: FromStr>(call: &'static str, member: &'static str, value: Option<&str>) -> Result<T, AwsError> {
    required(call, member, value)?.parse().map_err(|_| AwsError::unreadable(call, member))
}

impl StepError {
    /// Returns an error that landfall itself found.
    pub fn refused(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Refused { message: message.into(), hint: hint.into() }
    }

    /// Returns AWS's error with a hint.
    pub fn explained(error: AwsError, hint: impl Into<String>) -> Self {
        Self::Explained { error: Box::new(error), hint: hint.into() }
    }
}

/// A block that could not be known when the plan was made.
impl From<Blocked> for StepError {
    fn from(blocked: Blocked) -> Self {
        Self::Refused { message: blocked.reason, hint: blocked.hint.unwrap_or_default() }
    }
}

/// What a kind can use while it works in one scope.
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

/// The results of one read of a scope so far, by what was requested.
type Seen = Mutex<BTreeMap<String, Arc<dyn Any + Send + Sync>>>;

/// State that the steps of one run share, so that one call serves many: one value of each type that a kind asks for.
#[derive(Debug, Default)]
pub(crate) struct RunShared {
    values: Mutex<BTreeMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl RunShared {
    /// Returns the value of a type; the first to ask makes it.
    fn value<T: Any + Default + Send + Sync>(&self) -> Arc<T> {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let value = values.entry(TypeId::of::<T>()).or_insert_with(|| Arc::<T>::default());
        Arc::clone(value).downcast().expect("each value is kept under its own type")
    }
}

/// Receives reports of what a step is doing.
pub(crate) trait StepObserver: RetryObserver {
    /// Called with what a step waits for, each time that changes; with an empty text when it no longer waits.
    fn waiting(&self, what: &str);

    /// Called when an account has been created: its slot among the creations in flight is free. Does nothing by default.
    fn created(&self) {}

    /// Called with a fact that a plan should begin with, and a hint. Does nothing by default.
    fn noticed(&self, _fact: String, _hint: String) {}
}

impl StepObserver for crate::aws::retry::NoObserver {
    fn waiting(&self, _: &str) {}
}

impl<'a> Context<'a> {
    /// Returns the context of one scope, with the retry policy that reads and upserts get there.
    #[expect(clippy::too_many_arguments, reason = "built in two places, by the observer and the executor; everything in it is needed")]
    pub(crate) fn new(
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

    /// Returns the same context with the shared state of its run.
    #[must_use]
    pub(crate) fn sharing(self, shared: Arc<RunShared>) -> Self {
        Self { shared, ..self }
    }

    /// Returns the same context for one read of its scope: what several kinds need is read once.
    #[must_use]
    pub fn observing(self) -> Self {
        Self { seen: Some(Seen::default()), ..self }
    }

    /// Returns this context with another session of the same account.
    pub(super) fn through<'b>(&'b self, session: &'b Session) -> Context<'b> {
        Context { session, retry: self.retry.clone(), shared: Arc::clone(&self.shared), seen: None, ..*self }
    }

    /// Reads something, unless it was already read for this scope. Without such a cache it is always read.
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

    /// Returns the value of this type that the steps of the run share.
    pub(super) fn shared<T: Any + Default + Send + Sync>(&self) -> Arc<T> {
        self.shared.value()
    }

    /// Reports that the account has been created.
    pub(super) fn created(&self) {
        self.observer.created();
    }

    /// Returns the organization's name, as in landfall's tags.
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

    /// Returns the sessions of other accounts.
    #[must_use]
    pub fn sessions(&self) -> &Sessions {
        self.sessions
    }

    /// Returns the known outputs.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        self.facts
    }

    /// Returns the clock.
    #[must_use]
    pub(crate) fn clock(&self) -> &Clock {
        self.clock
    }

    /// Returns the retry policy for reads and upserts in this scope.
    #[must_use]
    pub(crate) fn retry(&self) -> RetryPolicy {
        self.retry.clone()
    }

    /// Reports a fact that a plan should begin with, and what to do about it.
    pub(crate) fn notice(&self, fact: String, hint: String) {
        self.observer.noticed(fact, hint);
    }

    /// Reports what the step waits for.
    pub fn waiting(&self, what: &str) {
        self.observer.waiting(what);
    }

    /// Waits before something is read again.
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

    /// Sends a request with the given retry policy; all attempts are the same request, with the same idempotency token if it has one.
    ///
    /// # Errors
    ///
    /// AWS's last error, once it is no longer retried.
    pub(crate) async fn send_with<O: Operation>(&self, retry: &RetryPolicy, parameters: &O) -> Result<O::Output, AwsError> {
        let request = Request::new(parameters, self.session.limiter())?;
        self.call_with(O::CALL, retry, || self.session.send(&request)).await
    }

    /// Collects the items of every page of a list.
    ///
    /// # Errors
    ///
    /// AWS's last error, once it is no longer retried.
    pub(crate) async fn pages<O: Paged>(&self, mut parameters: O) -> Result<Vec<O::Item>, AwsError> {
        self.pages_with(&self.retry, &mut parameters).await
    }

    /// Collects the items of every page of a list, with the given retry policy.
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

    /// Collects the items of every page of a list that an AWS crate asks for: `ask` gets the token of the page, `read` returns its items
    /// and the token of the next.
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

    /// Collects the items of every page of such a list, with the given retry policy.
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

    /// Sends a call with the given retry policy; once more with new credentials if the session expired early.
    ///
    /// # Errors
    ///
    /// AWS's last error, once it is no longer retried.
    pub(crate) async fn call_with<T, E, F>(&self, call: &'static str, retry: &RetryPolicy, send: impl Fn() -> F) -> Result<T, AwsError>
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

    /// Waits for one answer, and reports the wait while none comes. It ends because the calls in it do: each has a timeout and a limit of
    /// retries.
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
    /// The error of `ask`, a refusal that names the wait when `limit` has passed, or [`StepError::Stopped`] when the run is asked to stop.
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
                    "run `landfall apply` again: it continues to wait",
                ));
            }
            self.pause(what, pause).await?;
            pause = pauses.1.min(pause * 2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_of_a_run_share_one_value_of_each_type() {
        let shared = RunShared::default();
        *shared.value::<Mutex<u8>>().lock().expect("not poisoned") += 1;
        *shared.value::<Mutex<u8>>().lock().expect("not poisoned") += 1;
        assert_eq!(*shared.value::<Mutex<u8>>().lock().expect("not poisoned"), 2);
        assert_eq!(*shared.value::<Mutex<u16>>().lock().expect("not poisoned"), 0);
    }
}
