//! The AWS client that makes sessions: the same counting and retry rules as those of a session, which `clients` builds.

use std::time::Duration;

use aws_smithy_runtime_api::client::identity::ResolveCachedIdentity;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;

use super::calls::{Calls, Count};
use super::identity::Identity;
use crate::aws::error::AwsError;
use crate::aws::rate_limit::RateLimiter;
use crate::aws::retry::{NoObserver, RetryPolicy, send_with_retry};

/// How long a connection may take if the configuration sets no limit: the AWS crates' own default, which a configuration made by
/// hand does not have.
const CONNECTION_LIMIT: Duration = Duration::from_millis(3100);
/// Builds an STS client outside of a session, for the calls that make one. One answer is waited for as long as `answer`.
pub(super) fn sts(config: &SdkConfig, calls: &Calls, answer: Duration) -> aws_sdk_sts::Client {
    let builder = aws_sdk_sts::config::Builder::from(config).retry_config(RetryConfig::disabled()).timeout_config(within(config, answer));
    aws_sdk_sts::Client::from_conf(builder.interceptor(Count::new(calls.counter())).build())
}

/// Returns the timeouts of a configuration; where it sets none, these: for a connection, and for a whole answer.
pub(super) fn within(config: &SdkConfig, answer: Duration) -> TimeoutConfig {
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
