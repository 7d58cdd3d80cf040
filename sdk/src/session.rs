//! Sessions: AWS clients for the right account, by STS role assumption.
//!
//! A [`Session`] is one account with credentials that renew themselves; it was checked with `GetCallerIdentity` before it was
//! handed out. [`Sessions`] hands them out: equal requests share one session. This module does not know the model: the caller
//! decides which role to assume in which account.
//!
//! [`Session::sdk_config`] configures any AWS client; other clients of AWS (such as `object_store`) use the session's
//! `ProvideCredentials`. All sessions share the HTTP client of the configuration they were opened with, and so its connections; set
//! one there. They need a tokio runtime.

mod cache;
pub mod calls;
mod client;
#[cfg(any(feature = "config", feature = "operate", feature = "ssm", feature = "discovery"))]
mod clients;
mod endpoint;
mod grant;
mod identity;
mod limits;
mod open;
mod own;
mod provider;
pub mod refusal;
pub mod request;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_types::SdkConfig;

pub use crate::aws::clock::Clock;
pub use calls::{CallCount, Calls};
pub use identity::Identity;
pub use open::Open;
pub(crate) use open::clock;
pub use refusal::{AssumeError, Cause, Condition, Failure};
pub use request::check::RequestError;
pub use request::{AssumeRequest, MfaAnswer, SESSION_NAME};

use crate::aws::error::AwsError;
use crate::aws::rate_limit::RateLimiter;
use crate::id::{AccountId, Partition};
use crate::name::Region;
use cache::Cache;
use grant::AssumeRoleClient;
use limits::Limits;
use own::Own;
use provider::{Provider, Shared};
use request::check::Chain;

/// Clients for one account.
#[derive(Clone)]
pub struct Session {
    account: AccountId,
    config: SdkConfig,
    credentials: SharedCredentialsProvider,
    calls: Calls,
    limiter: RateLimiter,
    assumed: Option<Assumed>,
}

/// The parts that only a session of a role has.
#[derive(Clone)]
struct Assumed {
    role: String,
    chain: Chain,
    source: Source,
}

/// Where a role's credentials come from.
#[derive(Clone)]
enum Source {
    /// They were assumed, and are renewed.
    Assumed(Arc<Provider>),
    /// They are the caller's own, which were the role's already.
    Own(Own),
}

impl Session {
    /// Returns the account of every client of this session.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// Returns the role's ARN; `None` for [`Sessions::own`].
    #[must_use]
    pub fn role(&self) -> Option<&str> {
        self.assumed.as_ref().map(|assumed| assumed.role.as_str())
    }

    /// Returns whether the credentials are the caller's own: those of [`Sessions::own`], or of a role that the caller already is.
    ///
    /// Then their source renews them, and they keep the session name, tags and lifetime that it gave them.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.provider().is_none()
    }

    /// Returns when the current credentials expire; assumed ones are renewed long before. `None` for [`Sessions::own`], and if the
    /// caller's own credentials have no expiry.
    ///
    /// By this computer's clock, not AWS's.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        match &self.assumed.as_ref()?.source {
            Source::Assumed(provider) => Some(provider.grant()?.expires),
            Source::Own(own) => own.ends(),
        }
    }

    /// Returns whether the role was assumed with the credentials of another role: then it lasts one hour at most.
    #[must_use]
    pub fn is_chained(&self) -> bool {
        self.assumed.as_ref().is_some_and(|assumed| assumed.chain == Chain::Chained)
    }

    /// Returns how much of the space for session policies and tags is used, in percent; `None` if AWS did not report it.
    #[must_use]
    pub fn packed_policy_size(&self) -> Option<u32> {
        self.provider()?.grant()?.packed
    }

    fn provider(&self) -> Option<&Arc<Provider>> {
        match &self.assumed.as_ref()?.source {
            Source::Assumed(provider) => Some(provider),
            Source::Own(_) => None,
        }
    }

    /// Returns the provider of this session's credentials, for clients that are not `aws-sdk-*`.
    #[must_use]
    pub fn credentials_provider(&self) -> SharedCredentialsProvider {
        self.credentials.clone()
    }

    /// Returns the same session in another Region: same credentials, same connections.
    #[must_use]
    pub fn in_region(&self, region: &Region) -> Self {
        let config = self.config.to_builder().region(aws_types::region::Region::new(region.to_string())).build();
        Self { config, limiter: self.limiter.in_region(region.as_str()), ..self.clone() }
    }

    /// Returns the configuration for any `aws-sdk-*` client.
    #[must_use]
    pub fn sdk_config(&self) -> &SdkConfig {
        &self.config
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("account", &self.account).field("role", &self.role()).finish_non_exhaustive()
    }
}

impl ProvideCredentials for Session {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        self.credentials.provide_credentials()
    }
}

/// Hands out sessions: the caller's own, and those of roles in other accounts. Clones share one cache.
#[derive(Clone, Debug)]
pub struct Sessions {
    own: Session,
    identity: Identity,
    clock: Clock,
    cache: Cache,
    limits: Limits,
    credentials: Own,
}

/// Why a session could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The configuration lacks something that every session needs.
    #[error("the AWS configuration has no {0}")]
    Incomplete(&'static str),
    /// AWS refused, or did not answer.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// The session is in another account than the one requested.
    #[error("asked for account {wanted}, but the session is in {found}")]
    WrongAccount {
        /// The account asked for.
        wanted: AccountId,
        /// The account that the credentials are for.
        found: String,
    },
}

impl Sessions {
    /// Returns who the caller is.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Returns the partition that the caller is in.
    #[must_use]
    pub fn partition(&self) -> Partition {
        Partition::of_arn(&self.identity.arn).unwrap_or(Partition::Aws)
    }

    /// Returns the caller's own session.
    #[must_use]
    pub fn own(&self) -> &Session {
        &self.own
    }

    /// Returns the clock of all sessions.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Returns the ledger of every call made through any of these sessions.
    #[must_use]
    pub fn calls(&self) -> &Calls {
        &self.own.calls
    }

    /// Assumes a role as requested, and checks that the session is in the right account.
    ///
    /// Guarantees: equal requests, concurrent or later, share one session and one `AssumeRole`. It is renewed in the background at
    /// about 80 % of its lifetime, and the old credentials are served while renewal is slow or fails. Dropping the future does not
    /// affect other callers.
    ///
    /// A caller that is already a session of exactly this role, such as a job in CI, gets its own credentials: nothing is assumed,
    /// and the request's name, duration and reason have no effect. A request that narrows the session, tags it or sets a source
    /// identity is still sent.
    ///
    /// # Errors
    ///
    /// [`Failure::Request`] before any call if AWS could not accept the request; [`Failure::Aws`] if STS refuses, with its
    /// [`cause`](AssumeError::cause) as far as known; [`Failure::WrongAccount`] if the session is in another account.
    pub async fn session(&self, request: AssumeRequest) -> Result<Session, AssumeError> {
        if let Some(session) = self.already(&request) {
            return Ok(session);
        }
        let chain = self.chain();
        let checked = if self.identity.is_root() { Err(RequestError::Root) } else { request.check() };
        if let Err(error) = checked.and_then(|()| request.check_chain(chain)) {
            return Err(AssumeError::new(&request, Failure::Request(error), self.clock.now()));
        }
        let error = |failure| AssumeError::new(&request, failure, self.clock.now());
        self.enter(&request).await.map_err(error)
    }

    /// Assumes a role in an account by its ARN, for an hour, like [`Sessions::session`].
    ///
    /// # Errors
    ///
    /// [`SessionError::Aws`] if STS refuses, [`SessionError::WrongAccount`] if the role is in another account.
    pub async fn assume(&self, account: &AccountId, role_arn: &str) -> Result<Session, SessionError> {
        let request = AssumeRequest::new(account.clone(), role_arn);
        self.enter(&request).await.map_err(|failure| match failure {
            Failure::Aws(error) => SessionError::Aws(error),
            Failure::WrongAccount { found } => SessionError::WrongAccount { wanted: account.clone(), found: found.to_string() },
            failure @ (Failure::Request(_) | Failure::Mfa(_)) => SessionError::Aws(AwsError::not_sent(grant::CALL, failure.to_string())),
        })
    }

    async fn enter(&self, request: &AssumeRequest) -> Result<Session, Failure> {
        let granter = || AssumeRoleClient::new(&self.own.config, self.own.calls.clone(), self.own.limiter.clone(), self.limits);
        let provider = self.cache.ready(request, granter).await?;
        let credentials = SharedCredentialsProvider::new(Shared(Arc::clone(&provider)));
        let config = self.own.config.to_builder().credentials_provider(credentials.clone()).identity_cache(client::no_cache()).build();
        let assumed = Some(Assumed { role: request.role_arn().to_owned(), chain: self.chain(), source: Source::Assumed(provider) });
        let limiter = self.own.limiter.of(request.account().as_str(), config.region().map_or("", AsRef::as_ref));
        Ok(Session { account: request.account().clone(), config, credentials, calls: self.own.calls.clone(), limiter, assumed })
    }

    /// Returns the caller's own session as the role's, if the caller already is that role.
    fn already(&self, request: &AssumeRequest) -> Option<Session> {
        let is_same = self.identity.is_session_of(request.account(), request.role_arn()) && !request.asked.changes_rights();
        let role = request.role_arn().to_owned();
        // It is unknown how the role was assumed.
        let assumed = || Assumed { role, chain: Chain::First, source: Source::Own(self.credentials.clone()) };
        is_same.then(|| Session { assumed: Some(assumed()), ..self.own.clone() })
    }

    fn chain(&self) -> Chain {
        if self.identity.is_role() { Chain::Chained } else { Chain::First }
    }
}

#[cfg(any(feature = "config", feature = "operate"))]
impl Session {
    /// Drops a role's credentials that were granted until `asked`, so that the next call requests new ones; returns whether there
    /// is a provider that can. The caller renews its own credentials.
    pub(crate) fn invalidate(&self, asked: SystemTime) -> bool {
        let Some(provider) = self.provider() else { return false };
        provider.invalidate(asked);
        true
    }
}

/// Ledger and limiter are shared, so their holders see calls as they are made.
#[cfg(any(feature = "config", feature = "operate", feature = "ssm", feature = "discovery"))]
impl Session {
    pub(crate) fn limiter(&self) -> &RateLimiter {
        &self.limiter
    }

    pub(crate) fn calls(&self) -> Arc<calls::Counter> {
        self.calls.counter()
    }
}
