//! Credentials of one assumed role that renew themselves: one `AssumeRole` for any number of concurrent callers.
//!
//! Guarantees: callers wait only if there are no usable credentials. Renewal begins at about 80 % of the credentials' lifetime and
//! runs in the background. While it is slow or fails, the old credentials are served until they expire, and it is retried with
//! growing pauses. A caller that stops waiting does not affect the others, since the call runs as a separate task; if that task's
//! runtime ends, the next caller starts it again.
//!
//! The AWS crates' own identity cache is off on every session, because it blocks on renewal and keeps 64 entries only (measured);
//! this provider is the cache.

use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, error::CredentialsError, future};
use tokio::runtime::{Handle, Id};
use tokio::sync::watch;

use super::grant::{AssumeRoleClient, CALL, Grant};
use super::refusal::{AssumeError, Failure};
use super::request::AssumeRequest;
use crate::aws::error::AwsError;

/// Share of a session's lifetime after which it is renewed, in percent, and how far the jitter moves it either way.
const RENEW_AT_PERCENT: u32 = 80;
const RENEW_SPREAD_PERCENT: u32 = 5;
/// Credentials are not handed out this shortly before they expire, nor in the last tenth of a shorter lifetime: a request takes
/// time.
const LAST_MOMENT: Duration = Duration::from_secs(10);
/// Pause after a renewal that failed, doubled on every further one up to the second number.
const RETRY_PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));
/// How long to wait for a call on another runtime, which may no longer be driven.
const FOREIGN_PATIENCE: Duration = Duration::from_secs(10);
/// How often one caller restarts a call after its task ended.
const BEGINNINGS: usize = 4;

/// The credentials of one role for one request.
pub(super) struct Provider {
    request: AssumeRequest,
    granter: AssumeRoleClient,
    /// Where in its range the jitter of this session lies, in thousandths.
    jitter: u32,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    flight: Option<Flight>,
    trouble: Option<Trouble>,
    flights: u64,
}

#[derive(Clone)]
struct Held {
    grant: Grant,
    renew_after: SystemTime,
    usable_until: SystemTime,
}

type Landed = Option<Result<Credentials, Failure>>;

/// An `AssumeRole` in flight.
struct Flight {
    number: u64,
    runtime: Id,
    landed: watch::Receiver<Landed>,
}

/// A failed renewal, and when it may be retried.
struct Trouble {
    failure: Failure,
    times: u32,
    until: SystemTime,
}

/// What a caller is to do.
enum Next {
    Take(Credentials),
    Fail(Failure),
    Wait { number: u64, is_foreign: bool, landed: watch::Receiver<Landed> },
}

impl Provider {
    pub(super) fn new(request: AssumeRequest, granter: AssumeRoleClient) -> Self {
        let mut hasher = DefaultHasher::new();
        request.asked.hash(&mut hasher);
        let jitter = u32::try_from(hasher.finish() % 1000).unwrap_or_default();
        Self { request, granter, jitter, state: Mutex::default() }
    }

    /// Returns valid credentials: the current ones, or new ones.
    pub(super) async fn credentials(self: &Arc<Self>) -> Result<Credentials, Failure> {
        let lost = |message: &str| Failure::Aws(AwsError::not_sent(CALL, message));
        let Ok(handle) = Handle::try_current() else { return Err(lost("sessions need a tokio runtime")) };
        for _ in 0..BEGINNINGS {
            let (number, is_foreign, mut landed) = match self.next(&handle) {
                Next::Take(credentials) => return Ok(credentials),
                Next::Fail(failure) => return Err(failure),
                Next::Wait { number, is_foreign, landed } => (number, is_foreign, landed),
            };
            let answer = async { landed.wait_for(Option::is_some).await.ok().and_then(|landed| landed.clone()) };
            let landed = if is_foreign {
                tokio::select! {
                    landed = answer => landed,
                    () = self.granter.clock().sleep(FOREIGN_PATIENCE) => None,
                }
            } else {
                answer.await
            };
            match landed {
                Some(answer) => return answer,
                None => self.give_up(number),
            }
        }
        Err(lost("the tasks that asked for credentials were ended"))
    }

    /// Returns a failure of this session as an error.
    pub(super) fn error(&self, failure: Failure) -> AssumeError {
        AssumeError::new(&self.request, failure, self.granter.clock().now())
    }

    /// Returns what was granted last.
    pub(super) fn grant(&self) -> Option<Grant> {
        self.state().held.as_ref().map(|held| held.grant.clone())
    }

    /// Drops credentials that were granted until `asked`: AWS reports that they expired early.
    #[cfg(any(feature = "config", feature = "operate"))]
    pub(super) fn invalidate(&self, asked: SystemTime) {
        self.state().held.take_if(|held| held.grant.began <= asked);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code that holds it panics in the middle of a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decides what a caller does now; begins a call where one is due.
    fn next(self: &Arc<Self>, handle: &Handle) -> Next {
        let now = self.granter.clock().now();
        let mut state = self.state();
        // A call is removed from the state before it sends its result, so one that is still there and can no longer send is dead.
        state.flight.take_if(|flight| flight.landed.has_changed().is_err());
        let usable = state.held.clone().filter(|held| now < held.usable_until);
        let rests = state.trouble.as_ref().filter(|trouble| now < trouble.until).map(|trouble| trouble.failure.clone());
        let is_due = usable.as_ref().is_none_or(|held| held.renew_after <= now);
        if is_due && rests.is_none() && state.flight.is_none() {
            self.begin(&mut state, handle);
        }
        match (usable, &state.flight, rests) {
            (Some(held), _, _) => Next::Take(held.grant.credentials),
            (None, Some(flight), _) => {
                Next::Wait { number: flight.number, is_foreign: flight.runtime != handle.id(), landed: flight.landed.clone() }
            }
            (None, None, Some(failure)) => Next::Fail(failure),
            (None, None, None) => Next::Fail(Failure::Aws(AwsError::not_sent(CALL, "no call was begun"))),
        }
    }

    fn begin(self: &Arc<Self>, state: &mut State, handle: &Handle) {
        let (tell, landed) = watch::channel(None);
        state.flights += 1;
        let number = state.flights;
        state.flight = Some(Flight { number, runtime: handle.id(), landed });
        let is_first = state.held.is_none();
        let provider = Arc::clone(self);
        handle.spawn(async move {
            let result = provider.granter.grant(&provider.request, is_first).await;
            tell.send_replace(Some(provider.land(number, result)));
        });
    }

    /// Stores the result of a call, and returns it for the callers.
    fn land(&self, number: u64, result: Result<Grant, Failure>) -> Result<Credentials, Failure> {
        let now = self.granter.clock().now();
        let mut state = self.state();
        state.flight.take_if(|flight| flight.number == number);
        match result {
            Ok(grant) => {
                let credentials = grant.credentials.clone();
                state.held = Some(self.hold(grant));
                state.trouble = None;
                Ok(credentials)
            }
            Err(failure) => {
                // A first call that fails is not remembered: the caller sees the error and may retry at once.
                if state.held.is_some() {
                    let times = state.trouble.as_ref().map_or(0, |trouble| trouble.times);
                    let pause = RETRY_PAUSE.1.min(RETRY_PAUSE.0 * 2u32.saturating_pow(times));
                    let until = now + pause + pause * self.jitter / 4000;
                    state.trouble = Some(Trouble { failure: failure.clone(), times: times.saturating_add(1), until });
                }
                match state.held.as_ref().filter(|held| now < held.usable_until) {
                    Some(held) => Ok(held.grant.credentials.clone()),
                    None => Err(failure),
                }
            }
        }
    }

    fn hold(&self, grant: Grant) -> Held {
        let life = grant.expires.duration_since(grant.began).unwrap_or_default();
        let percent = RENEW_AT_PERCENT - RENEW_SPREAD_PERCENT;
        let renew_after = grant.began + life * percent / 100 + life * (2 * RENEW_SPREAD_PERCENT) * self.jitter / 100_000;
        Held { renew_after, usable_until: grant.expires - LAST_MOMENT.min(life / 10), grant }
    }

    /// Removes a call that can no longer send a result.
    fn give_up(&self, number: u64) {
        self.state().flight.take_if(|flight| flight.number == number);
    }
}

/// The provider as the AWS crates' trait.
#[derive(Clone)]
pub(super) struct Shared(pub(super) Arc<Provider>);

impl ProvideCredentials for Shared {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            self.0.credentials().await.map_err(|failure| CredentialsError::provider_error(self.0.error(failure)))
        })
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssumedRole").field("role_arn", &self.0.request.role_arn()).finish_non_exhaustive()
    }
}
