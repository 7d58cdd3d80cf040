//! The AWS clients of a session: same counting, same retry rules, for every service.
//!
//! A client costs little (20 KB, measured), so each is built when it is needed.

use std::time::Duration;

#[cfg(any(feature = "config", feature = "operate", feature = "ssm"))]
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
#[cfg(any(feature = "config", feature = "operate", feature = "ssm"))]
use aws_smithy_runtime_api::client::result::SdkError;
#[cfg(any(feature = "operate", feature = "discovery"))]
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;

use super::Session;
use super::calls::Count;
use super::client::within;
#[cfg(any(feature = "config", feature = "operate", feature = "ssm"))]
use crate::aws::client::{Operation, Refusal, Request};
#[cfg(any(feature = "config", feature = "ssm"))]
use crate::aws::error::AwsError;
#[cfg(any(feature = "config", feature = "ssm"))]
use crate::aws::retry::{NoObserver, RetryPolicy, send_with_retry};

/// How long an answer is waited for where the configuration sets no limit. The AWS crates set none; the AWS CLI waits as long
/// (`cli_read_timeout`). What comes later than that is a lost answer, and dealt with as one.
const ANSWER_LIMIT: Duration = Duration::from_mins(1);

/// Builds a client of one service from a session's configuration.
///
/// The AWS client's own retry is off: landfall's [`retry`](crate::aws::retry) knows which calls may be
/// repeated, and a blind repeat of a create whose answer was lost makes a second one (measured with `CreateVpc`).
macro_rules! client {
    ($session:expr, $service:ident) => {
        $service::Client::from_conf(
            $service::config::Builder::from(&$session.config)
                .retry_config(RetryConfig::disabled())
                .timeout_config(limited(&$session.config))
                .interceptor(Count::new($session.calls()))
                .build(),
        )
    };
}

/// Clients for landfall's own calls, each of which needs a permit of the rate limiter: nobody else's calls do, so nobody else gets them.
impl Session {
    /// Sends a request until it succeeds or is no longer retried.
    ///
    /// # Errors
    ///
    /// AWS's last error, once it is no longer retried.
    #[cfg(any(feature = "config", feature = "ssm"))]
    pub(crate) async fn request<O: Operation>(&self, retry: &RetryPolicy, parameters: &O) -> Result<O::Output, AwsError> {
        let request = Request::new(parameters, self.limiter())?;
        send_with_retry(self.limiter(), &NoObserver, O::CALL, retry, || self.send(&request)).await
    }

    /// Sends a request of any service once, in the session's Region or the service's own.
    ///
    /// # Errors
    ///
    /// What the service answered, or what kept its answer away.
    #[cfg(any(feature = "config", feature = "operate", feature = "ssm"))]
    pub(crate) async fn send<O: Operation>(&self, request: &Request<O>) -> Result<O::Output, SdkError<Refusal, HttpResponse>> {
        crate::aws::client::send(request, &self.config, limited(&self.config), Count::of(self.calls(), O::CALL)).await
    }

    /// Returns an Organizations client.
    #[cfg(any(feature = "operate", feature = "discovery"))]
    #[must_use]
    pub(crate) fn organizations(&self) -> aws_sdk_organizations::Client {
        client!(self, aws_sdk_organizations)
    }

    /// Returns an S3 client for the session's Region.
    ///
    /// Buckets are addressed by path, which works on loopback too; their names have no dots, so TLS does not mind.
    #[cfg(feature = "operate")]
    #[must_use]
    pub(crate) fn s3(&self) -> aws_sdk_s3::Client {
        aws_sdk_s3::Client::from_conf(
            aws_sdk_s3::config::Builder::from(&self.config)
                .retry_config(RetryConfig::disabled())
                .timeout_config(limited(&self.config))
                .interceptor(Count::new(self.calls()))
                .force_path_style(true)
                .build(),
        )
    }
}

/// Returns how long a call of landfall's own waits for its answer: as configured, else so that none waits for ever.
fn limited(config: &SdkConfig) -> TimeoutConfig {
    within(config, ANSWER_LIMIT)
}
