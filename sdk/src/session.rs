//! Sessions: AWS clients for the right account, by STS role assumption.
//!
//! A [`Session`] is one account with credentials that renew themselves; it was checked with
//! `GetCallerIdentity` before anybody got it. [`Sessions`] hands them out, one for everything that asks in the same way.
//! Knows nothing of the model: which role to take in which account is for the caller to say.
//!
//! A session serves any AWS client through [`Session::sdk_config`], and anything else that speaks AWS (`object_store` and the
//! like) as a `ProvideCredentials`. All sessions share the HTTP client of the configuration they were opened with, and with it
//! its connections; set one there. They need a tokio runtime.

mod cache;
pub mod calls;
mod client;
#[cfg(any(feature = "operate", feature = "ssm", feature = "discovery"))]
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

/// What only a session of a role has.
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
    /// They are the caller's own: it was the role already.
    Own(Own),
}

impl Session {
    /// Returns the account that every client of this session acts in.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// Returns the role's ARN; `None` for [`Sessions::own`].
    #[must_use]
    pub fn role(&self) -> Option<&str> {
        self.assumed.as_ref().map(|assumed| assumed.role.as_str())
    }

    /// Returns whether the credentials are the caller's own: those of [`Sessions::own`], or of a role that the caller was already.
    ///
    /// Then whoever gave them to the caller renews them, and they have the name, the tags and the life that they were given with.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.provider().is_none()
    }

    /// Returns when the credentials that are held now end; assumed ones are renewed long before. `None` for [`Sessions::own`], and
    /// where the caller's own credentials do not say when they end.
    ///
    /// Time is this computer's, whatever AWS's clock shows.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        match &self.assumed.as_ref()?.source {
            Source::Assumed(provider) => Some(provider.grant()?.expires),
            Source::Own(own) => own.ends(),
        }
    }

    /// Returns whether the role was assumed with the credentials of another role: then one hour is the longest life.
    #[must_use]
    pub fn is_chained(&self) -> bool {
        self.assumed.as_ref().is_some_and(|assumed| assumed.chain == Chain::Chained)
    }

    /// Returns how much of the space for session policies and tags is used, in percent; `None` where AWS named nothing.
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

    /// Returns the provider of this session's credentials, for other clients than AWS's.
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

/// Hands out sessions: the caller's own, and those of roles in other accounts. Clones share what they keep.
#[derive(Clone, Debug)]
pub struct Sessions {
    own: Session,
    identity: Identity,
    clock: Clock,
    cache: Cache,
    limits: Limits,
    credentials: Own,
}

/// Why there is no session.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The configuration lacks something that every session needs.
    #[error("the AWS configuration has no {0}")]
    Incomplete(&'static str),
    /// AWS refused, or did not answer.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// STS put us into another account than asked for.
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

    /// Returns the clock that all sessions run on.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Returns the ledger of every call made through any of these sessions.
    #[must_use]
    pub fn calls(&self) -> &Calls {
        &self.own.calls
    }

    /// Assumes a role as asked for, and checks that the session is in the right account.
    ///
    /// Guarantees: everybody who asks in the same way, at once or later, shares one session and one `AssumeRole`; it is
    /// renewed beside its callers at about 80 % of its life, and old credentials are served while renewal is slow or fails.
    /// Dropping the future takes nothing from others.
    ///
    /// A caller that is a session of exactly this role already, as a job in CI is, gets its own credentials: nothing is assumed, and
    /// name, duration and reason of the request count for nothing. A request that narrows the session, tags it or says who is behind
    /// it is sent all the same.
    ///
    /// # Errors
    ///
    /// [`Failure::Request`] before any call where AWS could not take the request; [`Failure::Aws`] where STS refuses, with its
    /// [`cause`](AssumeError::cause) as far as known; [`Failure::WrongAccount`] where the session is somewhere else.
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
    /// [`SessionError::Aws`] where STS refuses, [`SessionError::WrongAccount`] where the role is elsewhere.
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

    /// Returns the caller's own session as the role's, where it is that.
    fn already(&self, request: &AssumeRequest) -> Option<Session> {
        let is_same = self.identity.is_session_of(request.account(), request.role_arn()) && !request.asked.changes_rights();
        let role = request.role_arn().to_owned();
        // How it was assumed is not to be seen.
        let assumed = || Assumed { role, chain: Chain::First, source: Source::Own(self.credentials.clone()) };
        is_same.then(|| Session { assumed: Some(assumed()), ..self.own.clone() })
    }

    fn chain(&self) -> Chain {
        if self.identity.is_role() { Chain::Chained } else { Chain::First }
    }
}

#[cfg(feature = "operate")]
impl Session {
    /// Lets go of a role's credentials that were granted until `asked`, so that the next call asks for new ones; returns whether
    /// there is somebody to ask. The caller's own credentials are the caller's to renew.
    pub(crate) fn invalidate(&self, asked: SystemTime) -> bool {
        let Some(provider) = self.provider() else { return false };
        provider.invalidate(asked);
        true
    }
}

/// Ledger and limiter are shared: whoever holds them sees calls as they are made.
#[cfg(any(feature = "operate", feature = "ssm", feature = "discovery"))]
impl Session {
    pub(crate) fn limiter(&self) -> &RateLimiter {
        &self.limiter
    }

    pub(crate) fn calls(&self) -> Arc<calls::Counter> {
        self.calls.counter()
    }
}
