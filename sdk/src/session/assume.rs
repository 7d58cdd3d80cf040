//! Credentials of an assumed role that renew themselves.
//!
//! One `AssumeRole` serves any number of concurrent callers; it is repeated at 80 % of the credentials' life.
//! The AWS crates' own identity cache is off on every session, because it blocks on renewal and keeps 64
//! entries only (measured); this provider is the cache.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, error::CredentialsError, future};
use tokio::sync::Mutex;

use super::SESSION_NAME;
use crate::aws::error::AwsError;
use crate::aws::patience::{Clock, Patience, Unwatched, patiently};

/// Life of a session. Sessions made from role credentials are capped at one hour by AWS (role chaining).
const SESSION_SECONDS: i32 = 3600;
/// Share of a session's life after which it is renewed, in percent.
const RENEW_AT_PERCENT: u32 = 80;

/// A provider of one assumed role's credentials.
pub struct AssumedRole {
    sts: aws_sdk_sts::Client,
    role_arn: String,
    clock: Clock,
    held: Mutex<Option<Held>>,
}

struct Held {
    credentials: Credentials,
    renew_after: SystemTime,
}

impl AssumedRole {
    /// Returns a provider that has not called yet.
    #[must_use]
    pub fn new(sts: aws_sdk_sts::Client, role_arn: String, clock: Clock) -> Self {
        Self { sts, role_arn, clock, held: Mutex::new(None) }
    }

    /// Makes sure that fresh credentials are held.
    ///
    /// # Errors
    ///
    /// What STS answered, once throttles were waited out.
    pub async fn renew(&self) -> Result<Credentials, AwsError> {
        let mut held = self.held.lock().await;
        let now = self.clock.now();
        if let Some(held) = held.as_ref().filter(|held| now < held.renew_after) {
            return Ok(held.credentials.clone());
        }
        match self.assume().await {
            Ok(fresh) => {
                let credentials = fresh.credentials.clone();
                *held = Some(fresh);
                Ok(credentials)
            }
            // Old credentials that still live are better than none.
            Err(error) => match held.as_ref().filter(|held| held.credentials.expiry().is_some_and(|expiry| now < expiry)) {
                Some(held) => Ok(held.credentials.clone()),
                None => Err(error),
            },
        }
    }

    async fn assume(&self) -> Result<Held, AwsError> {
        const CALL: &str = "sts:AssumeRole";
        let began = self.clock.now();
        let output = patiently(&self.clock, &Unwatched, CALL, &Patience::repeatable(), || {
            self.sts.assume_role().role_arn(&self.role_arn).role_session_name(SESSION_NAME).duration_seconds(SESSION_SECONDS).send()
        })
        .await?;
        let answer = output.credentials().ok_or_else(|| AwsError::incomplete(CALL, "Credentials"))?;
        let expiry = SystemTime::try_from(*answer.expiration()).map_err(|_| AwsError::incomplete(CALL, "Expiration"))?;
        let credentials = Credentials::new(
            answer.access_key_id(),
            answer.secret_access_key(),
            Some(answer.session_token().to_owned()),
            Some(expiry),
            "landfall",
        );
        let life = expiry.duration_since(began).unwrap_or(Duration::ZERO);
        Ok(Held { credentials, renew_after: began + life * RENEW_AT_PERCENT / 100 })
    }
}

impl fmt::Debug for AssumedRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssumedRole").field("role_arn", &self.role_arn).finish_non_exhaustive()
    }
}

impl ProvideCredentials for AssumedRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move { self.renew().await.map_err(CredentialsError::provider_error) })
    }
}
