//! Opening sessions: identifies the credentials with one call, and holds the timeouts of this and every later session.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::time::Duration;

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::SdkConfig;

use super::cache::Cache;
use super::calls::Calls;
use super::limits::Limits;
use super::own::Own;
use super::{Session, SessionError, Sessions, client, endpoint};
use crate::aws::clock::Clock;
use crate::aws::error::AwsError;
use crate::aws::rate_limit::RateLimiter;
use crate::name::Region;

/// Sessions that are being opened; awaited, they are [`Sessions`].
#[must_use = "nothing is opened before it is awaited"]
pub struct Open {
    config: SdkConfig,
    region: Region,
    limits: Limits,
}

impl Sessions {
    /// Opens the caller's own session: loads the credentials, and learns whose they are with one `GetCallerIdentity`.
    ///
    /// Awaited, it is the sessions; before that, [`Open`] takes how long they are waited for. The configuration's Region is replaced
    /// by `region`; its HTTP client, time source and sleep serve all sessions. Where its `endpoint_url` is on this machine, or it
    /// leads to a simulator that throttles nobody, there are no rates to keep to.
    ///
    /// # Errors
    ///
    /// [`SessionError::Incomplete`] without credentials, time source or sleep; [`SessionError::Aws`] where the credentials cannot
    /// be loaded, STS refuses them, or nothing answers within 10 seconds.
    pub fn open(config: &SdkConfig, region: &Region) -> Open {
        Open::new(config, region)
    }
}

impl Open {
    fn new(config: &SdkConfig, region: &Region) -> Self {
        Self { config: config.clone(), region: region.clone(), limits: Limits::default() }
    }

    /// Sets how long the first call is retried while there is no answer; default 10 seconds.
    ///
    /// After that, it is an error: there is no network, or no AWS at that address.
    pub fn first_answer_within(mut self, limit: Duration) -> Self {
        self.limits.first = limit;
        self
    }

    /// Sets the timeout of one `AssumeRole`, after which its answer counts as lost; default 30 seconds.
    ///
    /// An `operation_attempt_timeout` in the configuration takes precedence.
    pub fn answer_within(mut self, limit: Duration) -> Self {
        self.limits.answer = limit;
        self
    }

    /// Sets how long to wait for a session while STS does not answer, throttles or fails; default two minutes.
    ///
    /// A refusal by AWS, or credentials that cannot be loaded, are an error at once.
    pub fn retry(mut self, limit: Duration) -> Self {
        self.limits.unanswered = limit;
        self.limits.throttled = limit;
        self
    }

    /// Sets how long the caller's own credentials may take to load; default ten minutes, since a person may be asked for a code.
    pub fn credentials_within(mut self, limit: Duration) -> Self {
        self.limits.credentials = limit;
        self
    }

    /// Sets how long all calls together may take, those that open the sessions and those made with them, counted from the moment
    /// the caller's own credentials are loaded; no limit by default.
    ///
    /// For a program that needs one session and then exits: once the time is over, no more calls are sent, renewals included. The
    /// time a person takes to enter an MFA code counts, too.
    pub fn within(mut self, limit: Duration) -> Self {
        self.limits.whole = Some(limit);
        self
    }

    async fn open(self) -> Result<Sessions, SessionError> {
        let Self { config, region, limits } = self;
        let clock = clock(&config)?;
        let credentials = config.credentials_provider().ok_or(SessionError::Incomplete("credentials"))?;
        let own = Own::new(credentials, clock.clone(), limits.credentials);
        // Before the call, which has a short timeout.
        own.credentials().await.map_err(|error| AwsError::without_credentials(client::IDENTITY, &error))?;
        let credentials = SharedCredentialsProvider::new(own.clone());
        let config = config
            .to_builder()
            .region(aws_types::region::Region::new(region.to_string()))
            .credentials_provider(credentials.clone())
            .identity_cache(client::no_cache())
            .build();
        let calls = Calls::default();
        let rates = endpoint::rates(&config);
        // The account that this call counts against is what it asks for.
        let limiter = RateLimiter::new(clock.clone(), rates, "", region.as_str()).ending(limits.whole.map(|whole| clock.now() + whole));
        let retry = limits.retry().unanswered_within(limits.first);
        let sts = client::sts(&config, &calls, limits.answer.min(limits.first));
        let identity = client::identity(&sts, &limiter, &retry).await?;
        let limiter = limiter.of(identity.account.as_str(), region.as_str());
        let session = Session { account: identity.account.clone(), config, credentials, calls, limiter, assumed: None };
        Ok(Sessions { own: session, identity, clock, cache: Cache::default(), limits, credentials: own })
    }
}

impl IntoFuture for Open {
    type Output = Result<Sessions, SessionError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.open())
    }
}

impl fmt::Debug for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Open").field("region", &self.region).field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// Returns the clock of a configuration.
///
/// # Errors
///
/// [`SessionError::Incomplete`] if it has none.
pub(crate) fn clock(config: &SdkConfig) -> Result<Clock, SessionError> {
    let sleep = config.sleep_impl().ok_or(SessionError::Incomplete("sleep implementation"))?;
    let time = config.time_source().ok_or(SessionError::Incomplete("time source"))?;
    Ok(Clock::new(time, sleep))
}
