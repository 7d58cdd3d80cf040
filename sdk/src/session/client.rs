//! The one place where AWS clients are built: same counting, same retry rules, for every service.
//!
//! A client costs little (20 KB, measured), so each is built when it is needed.

use super::{Identity, Session};
use crate::aws::error::AwsError;
use crate::aws::patience::{Clock, Patience, Unwatched, patiently};
use crate::session::calls::Count;
use aws_smithy_types::retry::RetryConfig;

/// Builds a client of one service from a session's configuration.
///
/// The AWS client's own retry is off: landfall's [`patience`](crate::aws::patience) knows which calls may be
/// repeated, and a blind repeat of a create whose answer was lost makes a second one (measured with `CreateVpc`).
macro_rules! client {
    ($session:expr, $service:ident) => {
        $service::Client::from_conf(
            $service::config::Builder::from(&$session.config)
                .retry_config(RetryConfig::disabled())
                .interceptor(Count($session.calls()))
                .build(),
        )
    };
}

impl Session {
    /// Returns an STS client.
    #[must_use]
    pub fn sts(&self) -> aws_sdk_sts::Client {
        client!(self, aws_sdk_sts)
    }

    /// Returns an Organizations client.
    #[cfg(feature = "operate")]
    #[must_use]
    pub fn organizations(&self) -> aws_sdk_organizations::Client {
        client!(self, aws_sdk_organizations)
    }

    /// Returns an IAM client.
    #[cfg(feature = "operate")]
    #[must_use]
    pub fn iam(&self) -> aws_sdk_iam::Client {
        client!(self, aws_sdk_iam)
    }

    /// Returns a CloudTrail client for the session's Region.
    #[cfg(feature = "operate")]
    #[must_use]
    pub fn cloudtrail(&self) -> aws_sdk_cloudtrail::Client {
        client!(self, aws_sdk_cloudtrail)
    }

    /// Returns an EC2 client for the session's Region.
    #[cfg(feature = "operate")]
    #[must_use]
    pub fn ec2(&self) -> aws_sdk_ec2::Client {
        client!(self, aws_sdk_ec2)
    }

    /// Returns a KMS client for the session's Region.
    #[cfg(feature = "operate")]
    #[must_use]
    pub fn kms(&self) -> aws_sdk_kms::Client {
        client!(self, aws_sdk_kms)
    }

    /// Returns an S3 client for the session's Region.
    ///
    /// Buckets are addressed by path, which works on loopback too; their names have no dots, so TLS does not mind.
    #[cfg(feature = "operate")]
    #[must_use]
    pub fn s3(&self) -> aws_sdk_s3::Client {
        aws_sdk_s3::Client::from_conf(
            aws_sdk_s3::config::Builder::from(&self.config)
                .retry_config(RetryConfig::disabled())
                .interceptor(Count(self.calls()))
                .force_path_style(true)
                .build(),
        )
    }

    pub(super) async fn identity(&self, clock: &Clock) -> Result<Identity, AwsError> {
        const CALL: &str = "sts:GetCallerIdentity";
        let sts = self.sts();
        // Credentials seconds old may not be known everywhere yet (aws-facts 2.4).
        let mut patience = Patience::repeatable();
        if self.role.is_some() {
            patience = patience.just_made(&["InvalidClientTokenId", "UnrecognizedClientException"]);
        }
        let output = patiently(clock, &Unwatched, CALL, &patience, || sts.get_caller_identity().send()).await?;
        let account = output.account().and_then(|id| id.parse().ok()).ok_or_else(|| AwsError::incomplete(CALL, "Account"))?;
        let arn = output.arn().ok_or_else(|| AwsError::incomplete(CALL, "Arn"))?.to_owned();
        Ok(Identity { account, arn })
    }
}
