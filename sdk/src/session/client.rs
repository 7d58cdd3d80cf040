//! The one place where AWS clients are built: same counting, same retry rules, for every service.
//!
//! A client costs little (20 KB, measured), so each is built when it is needed.

use std::time::Duration;

use aws_smithy_runtime_api::client::identity::ResolveCachedIdentity;
#[cfg(any(feature = "operate", feature = "ssm"))]
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
#[cfg(any(feature = "operate", feature = "ssm"))]
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;

#[cfg(any(feature = "operate", feature = "ssm", feature = "discovery"))]
use super::Session;
use super::{Calls, Identity};
#[cfg(any(feature = "operate", feature = "ssm"))]
use crate::aws::client::{Operation, Refusal, Request};
use crate::aws::error::AwsError;
use crate::aws::rate_limit::RateLimiter;
use crate::aws::retry::{NoObserver, RetryPolicy, send_with_retry};
use crate::session::calls::Count;

/// How long a connection may take if the configuration sets no limit: the AWS crates' own default, which a configuration made by
/// hand does not have.
const CONNECTION_LIMIT: Duration = Duration::from_millis(3100);
/// How long to wait for an answer if the configuration sets no limit. The AWS crates set none; the AWS CLI waits as long
/// (`cli_read_timeout`). A later answer counts as lost.
#[cfg(any(feature = "operate", feature = "ssm", feature = "discovery"))]
const ANSWER_LIMIT: Duration = Duration::from_mins(1);

/// Builds a client of one service from a session's configuration.
///
/// The AWS client's own retry is off: landfall's [`retry`](crate::aws::retry) knows which calls may be
/// repeated, and a blind repeat of a create whose answer was lost makes a second one (measured with `CreateVpc`).
#[cfg(any(feature = "operate", feature = "ssm", feature = "discovery"))]
macro_rules! client {
    ($session:expr, $service:ident) => {
        $service::Client::from_conf(
            $service::config::Builder::from(&$session.config)
                .retry_config(RetryConfig::disabled())
                .timeout_config(limited(&$session.config))
                .interceptor(Count($session.calls()))
                .build(),
        )
    };
}

/// Clients for landfall's own calls, each of which needs a permit of the rate limiter. They are private, because the calls of
/// embedders need none.
#[cfg(any(feature = "operate", feature = "ssm", feature = "discovery"))]
impl Session {
    /// Sends a request until it succeeds or is no longer retried.
    ///
    /// # Errors
    ///
    /// AWS's last error, once it is no longer retried.
    #[cfg(feature = "ssm")]
    pub(crate) async fn request<O: Operation>(&self, retry: &RetryPolicy, parameters: &O) -> Result<O::Output, AwsError> {
        let request = Request::new(parameters, self.limiter())?;
        send_with_retry(self.limiter(), &NoObserver, O::CALL, retry, || self.send(&request)).await
    }

    /// Sends a request of any service once, in the session's Region or the service's own.
    ///
    /// # Errors
    ///
    /// The service's error, or why there is no answer.
    #[cfg(any(feature = "operate", feature = "ssm"))]
    pub(crate) async fn send<O: Operation>(&self, request: &Request<O>) -> Result<O::Output, SdkError<Refusal, HttpResponse>> {
        crate::aws::client::send(request, &self.config, limited(&self.config), Count(self.calls())).await
    }

    /// Returns an Organizations client.
    #[cfg(any(feature = "operate", feature = "discovery"))]
    #[must_use]
    pub(crate) fn organizations(&self) -> aws_sdk_organizations::Client {
        client!(self, aws_sdk_organizations)
    }

    /// Returns an S3 client for the session's Region.
    ///
    /// Buckets are addressed by path, which works on loopback too; their names have no dots, so certificates match.
    #[cfg(feature = "operate")]
    #[must_use]
    pub(crate) fn s3(&self) -> aws_sdk_s3::Client {
        aws_sdk_s3::Client::from_conf(
            aws_sdk_s3::config::Builder::from(&self.config)
                .retry_config(RetryConfig::disabled())
                .timeout_config(limited(&self.config))
                .interceptor(Count(self.calls()))
                .force_path_style(true)
                .build(),
        )
    }
}

/// Builds an STS client outside of a session, for the calls that make one. `answer` is the timeout of one attempt.
pub(super) fn sts(config: &SdkConfig, calls: &Calls, answer: Duration) -> aws_sdk_sts::Client {
    let builder = aws_sdk_sts::config::Builder::from(config).retry_config(RetryConfig::disabled()).timeout_config(within(config, answer));
    aws_sdk_sts::Client::from_conf(builder.interceptor(Count(calls.counter())).build())
}

/// Returns the timeouts of landfall's own calls: as configured, otherwise limits, so that no call waits forever.
#[cfg(any(feature = "operate", feature = "ssm", feature = "discovery"))]
fn limited(config: &SdkConfig) -> TimeoutConfig {
    within(config, ANSWER_LIMIT)
}

/// Returns the timeouts of a configuration, with these defaults for a connection and for a whole answer.
fn within(config: &SdkConfig, answer: Duration) -> TimeoutConfig {
    let own = config.timeout_config().cloned().unwrap_or_else(|| TimeoutConfig::builder().build());
    let mut timeouts = own.to_builder();
    if own.connect_timeout().is_none() {
        timeouts = timeouts.connect_timeout(CONNECTION_LIMIT.min(answer));
    }
    if own.operation_attempt_timeout().is_none() {
        timeouts = timeouts.operation_attempt_timeout(answer);
    }
    timeouts.build()
}

/// Returns an identity cache that stores nothing; a session's provider is the cache.
pub(super) fn no_cache() -> impl ResolveCachedIdentity + 'static {
    aws_sdk_sts::config::IdentityCache::no_cache()
}

/// The call that identifies the credentials.
pub(super) const IDENTITY: &str = "sts:GetCallerIdentity";

/// Returns the identity of a client's credentials.
pub(super) async fn identity(sts: &aws_sdk_sts::Client, limiter: &RateLimiter, retry: &RetryPolicy) -> Result<Identity, AwsError> {
    const CALL: &str = IDENTITY;
    let output = send_with_retry(limiter, &NoObserver, CALL, retry, || sts.get_caller_identity().send()).await?;
    let account = output.account().and_then(|id| id.parse().ok()).ok_or_else(|| AwsError::incomplete(CALL, "Account"))?;
    let arn = output.arn().ok_or_else(|| AwsError::incomplete(CALL, "Arn"))?.to_owned();
    Ok(Identity { account, arn })
}
