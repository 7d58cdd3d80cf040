//! Sessions: AWS clients for the right account, by STS role assumption.
//!
//! A [`Session`] is one account with credentials that renew themselves; it was checked with
//! `GetCallerIdentity` before anybody got it. [`Sessions`] hands them out. Knows nothing of the model:
//! which role to take in which account is for the caller to say.

pub mod assume;
pub mod calls;
mod client;

use std::fmt;
use std::sync::Arc;

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use aws_types::SdkConfig;

pub use calls::{CallCount, Calls};

use crate::aws::error::AwsError;
use crate::aws::patience::Clock;
use crate::id::{AccountId, Partition};
use crate::name::Region;
use assume::AssumedRole;

/// The session name that AWS's logs show for what landfall does.
pub const SESSION_NAME: &str = "landfall";

/// Who the given credentials are.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity {
    /// The account.
    pub account: AccountId,
    /// The caller's ARN as STS prints it.
    pub arn: String,
}

impl Identity {
    /// Returns whether these are root user credentials, which cannot assume roles.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.arn.ends_with(":root")
    }
}

/// Clients for one account.
#[derive(Clone)]
pub struct Session {
    account: AccountId,
    role: Option<String>,
    config: SdkConfig,
    calls: Calls,
}

impl Session {
    /// Returns the account that every client of this session acts in.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// Returns the ARN of the assumed role; `None` for the caller's own credentials.
    #[must_use]
    pub fn role(&self) -> Option<&str> {
        self.role.as_deref()
    }

    /// Returns the same session in another Region: same credentials, same connections.
    #[must_use]
    pub fn in_region(&self, region: &Region) -> Self {
        let config = self.config.to_builder().region(aws_types::region::Region::new(region.to_string())).build();
        Self { config, ..self.clone() }
    }

    /// Returns the configuration for any `aws-sdk-*` client.
    #[must_use]
    pub fn sdk_config(&self) -> &SdkConfig {
        &self.config
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("account", &self.account).field("role", &self.role).finish_non_exhaustive()
    }
}

/// Hands out sessions: the caller's own, and those of roles in other accounts.
#[derive(Clone, Debug)]
pub struct Sessions {
    own: Session,
    identity: Identity,
    clock: Clock,
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
    /// Opens the caller's own session: learns who the credentials are, with one `GetCallerIdentity`.
    ///
    /// The configuration's Region is replaced by `region`; its HTTP client, time source and sleep serve all sessions.
    ///
    /// # Errors
    ///
    /// [`SessionError::Incomplete`] without credentials, time source or sleep; [`SessionError::Aws`] where STS refuses them.
    pub async fn open(config: &SdkConfig, region: &Region) -> Result<Self, SessionError> {
        let sleep: SharedAsyncSleep = config.sleep_impl().ok_or(SessionError::Incomplete("sleep implementation"))?;
        let time = config.time_source().ok_or(SessionError::Incomplete("time source"))?;
        if config.credentials_provider().is_none() {
            return Err(SessionError::Incomplete("credentials"));
        }
        let clock = Clock::new(time, sleep);
        let config = config.to_builder().region(aws_types::region::Region::new(region.to_string())).build();
        let calls = Calls::default();
        let placeholder = crate::name::known::<AccountId>("000000000000");
        let mut own = Session { account: placeholder, role: None, config, calls };
        let identity = own.identity(&clock).await?;
        own.account = identity.account.clone();
        Ok(Self { own, identity, clock })
    }

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

    /// Assumes a role in an account, once, and checks that the session is in that account.
    ///
    /// Credentials are renewed as long as the session is used.
    ///
    /// # Errors
    ///
    /// [`SessionError::Aws`] where STS refuses (it never says why), [`SessionError::WrongAccount`] where the role is elsewhere.
    pub async fn assume(&self, account: &AccountId, role_arn: &str) -> Result<Session, SessionError> {
        let provider = AssumedRole::new(self.own.sts(), role_arn.to_owned(), self.clock.clone());
        // The first assumption happens here, so that its refusal is ours to interpret and not buried in a client's error.
        provider.renew().await?;
        let config = self.own.config.to_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build();
        let session = Session { account: account.clone(), role: Some(role_arn.to_owned()), config, calls: self.own.calls.clone() };
        let found = session.identity(&self.clock).await?;
        if found.account == *account {
            Ok(session)
        } else {
            Err(SessionError::WrongAccount { wanted: account.clone(), found: found.account.to_string() })
        }
    }
}

/// The ledger is shared: whoever holds it sees calls as they are made.
impl Session {
    pub(crate) fn calls(&self) -> Arc<calls::Counter> {
        self.calls.counter()
    }
}
