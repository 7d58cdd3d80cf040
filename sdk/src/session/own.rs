//! The caller's own credentials: loaded once for any number of calls, one load at a time.
//!
//! A load may run a program that asks a person for a code, so it may take minutes and must not be repeated. It runs as a separate
//! task: a call that stops waiting leaves it running, and the next call waits for the same load. The AWS crates' own cache is off
//! here as on every session: it aborts a load after a few seconds and starts another.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::aws::clock::Clock;

/// Credentials are loaded again this shortly before their end: a request takes time.
const LAST_MOMENT: Duration = Duration::from_secs(10);
/// Credentials without an end are loaded again after this time, as the AWS crates do: a file may hold newer ones.
const ENDLESS: Duration = Duration::from_mins(15);
/// How long a failed load also fails further calls: a thousand calls must not cause a thousand loads.
const FAILED: Duration = Duration::from_secs(2);
/// How often one caller restarts a load after its task ended with its runtime.
const BEGINNINGS: usize = 3;

/// A load failed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
struct NotLoaded(String);

type Loaded = Option<Result<Credentials, NotLoaded>>;

/// The caller's provider, called as rarely as possible.
#[derive(Clone)]
pub(super) struct Own(Arc<Inner>);

struct Inner {
    provider: SharedCredentialsProvider,
    clock: Clock,
    within: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    kept: Option<Kept>,
    load: Option<watch::Receiver<Loaded>>,
}

/// The result of the last load, and until when it is valid.
#[derive(Clone)]
struct Kept {
    loaded: Result<Credentials, NotLoaded>,
    until: SystemTime,
}

impl Own {
    /// Wraps the caller's provider; one load may take as long as `within`.
    pub(super) fn new(provider: SharedCredentialsProvider, clock: Clock, within: Duration) -> Self {
        Self(Arc::new(Inner { provider, clock, within, state: Mutex::default() }))
    }

    /// Returns when the current credentials expire, if they do.
    pub(super) fn ends(&self) -> Option<SystemTime> {
        self.0.state().kept.as_ref()?.loaded.as_ref().ok()?.expiry()
    }

    /// Returns the cached credentials, or newly loaded ones.
    pub(super) async fn credentials(&self) -> Result<Credentials, CredentialsError> {
        let Ok(handle) = Handle::try_current() else {
            return Err(CredentialsError::provider_error(NotLoaded("sessions need a tokio runtime".to_owned())));
        };
        for _ in 0..BEGINNINGS {
            let mut load = match self.0.next(&handle) {
                Next::Take(loaded) => return loaded.map_err(CredentialsError::provider_error),
                Next::Wait(load) => load,
            };
            let loaded = load.wait_for(Option::is_some).await.ok().and_then(|loaded| loaded.clone());
            if let Some(loaded) = loaded {
                return loaded.map_err(CredentialsError::provider_error);
            }
        }
        Err(CredentialsError::provider_error(NotLoaded("the tasks that loaded the credentials were ended".to_owned())))
    }
}

enum Next {
    Take(Result<Credentials, NotLoaded>),
    Wait(watch::Receiver<Loaded>),
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        // No code that holds it panics in the middle of a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(self: &Arc<Self>, handle: &Handle) -> Next {
        let now = self.clock.now();
        let mut state = self.state();
        if let Some(kept) = state.kept.as_ref().filter(|kept| now < kept.until) {
            return Next::Take(kept.loaded.clone());
        }
        // A load that can no longer send its result ended with its runtime.
        state.load.take_if(|load| load.has_changed().is_err());
        let load = state.load.get_or_insert_with(|| {
            let (tell, load) = watch::channel(None);
            let inner = Arc::clone(self);
            handle.spawn(async move {
                let loaded = inner.load().await;
                tell.send_replace(Some(inner.land(loaded)));
            });
            load
        });
        Next::Wait(load.clone())
    }

    async fn load(&self) -> Result<Credentials, CredentialsError> {
        tokio::select! {
            biased;
            loaded = self.provider.provide_credentials() => loaded,
            () = self.clock.sleep(self.within) => Err(CredentialsError::provider_timed_out(self.within)),
        }
    }

    /// Stores the result of a load, and returns it for the callers.
    fn land(&self, loaded: Result<Credentials, CredentialsError>) -> Result<Credentials, NotLoaded> {
        let now = self.clock.now();
        let loaded = loaded.map_err(|error| NotLoaded(words(&error)));
        let until = match &loaded {
            Ok(credentials) => credentials.expiry().map_or(now + ENDLESS, |ends| ends - LAST_MOMENT),
            Err(_) => now + FAILED,
        };
        let mut state = self.state();
        state.kept = Some(Kept { loaded: loaded.clone(), until });
        state.load = None;
        loaded
    }
}

/// Returns what went wrong and why. The `Debug` of these errors may show what a provider read.
fn words(error: &CredentialsError) -> String {
    let error: &dyn std::error::Error = error;
    let mut words: Vec<String> = std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect();
    words.dedup();
    words.join(": ")
}

impl ProvideCredentials for Own {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Own").finish_non_exhaustive()
    }
}
