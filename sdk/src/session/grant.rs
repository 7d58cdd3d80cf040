//! Sends one `AssumeRole`: to which STS endpoint, with which parameters; how long the credentials last, and which account they are
//! for.
//!
//! Waiting callers and caching are in [`provider`](super::provider).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::operation::assume_role::AssumeRoleOutput;
use aws_sdk_sts::types::{PolicyDescriptorType, Tag};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::Format;
use aws_types::SdkConfig;
use aws_types::region::Region;

use super::calls::Calls;
use super::client;
use super::limits::Limits;
use super::refusal::Failure;
use super::request::{AssumeRequest, MfaCode};
use crate::aws::clock::Clock;
use crate::aws::error::AwsError;
use crate::aws::rate_limit::RateLimiter;
use crate::aws::retry::{NoObserver, send_with_retry};
use crate::id::Partition;

pub(super) const CALL: &str = "sts:AssumeRole";
/// The Region in which STS serves every account of the commercial partition from its first second (docs/AWS.md 2.2).
const FALL_BACK: Region = Region::from_static("us-east-1");
/// STS's error codes in a Region that does not serve an account (yet).
const NOT_SERVED: &[&str] = &["RegionDisabledException", "InvalidClientTokenId"];
/// Digits of an MFA code.
const CODE_LENGTH: usize = 6;

/// Sends the call; one for all sessions of a caller, cheap to clone.
#[derive(Clone)]
pub(super) struct AssumeRoleClient {
    config: SdkConfig,
    calls: Calls,
    limiter: RateLimiter,
    limits: Limits,
}

/// What STS granted.
#[derive(Clone)]
pub(super) struct Grant {
    /// The credentials; their expiry is by this computer's clock, not AWS's.
    pub(super) credentials: Credentials,
    /// When they were requested.
    pub(super) began: SystemTime,
    /// When they expire, by this computer's clock.
    pub(super) expires: SystemTime,
    /// How much of the space for policies and tags is used, in percent.
    pub(super) packed: Option<u32>,
}

impl AssumeRoleClient {
    /// Creates it from the caller's own configuration; its HTTP client serves all sessions.
    pub(super) fn new(config: &SdkConfig, calls: Calls, limiter: RateLimiter, limits: Limits) -> Self {
        Self { config: config.clone(), calls, limiter, limits }
    }

    pub(super) fn clock(&self) -> &Clock {
        self.limiter.clock()
    }

    /// Assumes the role; the first time, also makes sure that the session is in the right account.
    pub(super) async fn grant(&self, request: &AssumeRequest, is_first: bool) -> Result<Grant, Failure> {
        let home = self.config.region().cloned();
        let (grant, region) = match self.ask(request, home.as_ref()).await {
            Err(Failure::Aws(error)) if error.is(NOT_SERVED) && home != Some(FALL_BACK) && is_commercial(request) => {
                (self.ask(request, Some(&FALL_BACK)).await?, Some(FALL_BACK))
            }
            granted => (granted?, home),
        };
        if is_first {
            let limiter = self.limiter.of(request.account().as_str(), region.as_ref().map_or("", AsRef::as_ref));
            let config = self.config.to_builder().region(region).identity_cache(client::no_cache());
            let config = config.credentials_provider(SharedCredentialsProvider::new(grant.credentials.clone())).build();
            // Credentials seconds old may not be known everywhere yet (docs/AWS.md 2.4).
            let retry = self.limits.retry().until_visible(&["InvalidClientTokenId", "UnrecognizedClientException"]);
            let found =
                client::identity(&client::sts(&config, &self.calls, self.limits.answer), &limiter, &retry).await.map_err(Failure::Aws)?;
            if found.account != *request.account() {
                return Err(Failure::WrongAccount { found: found.account });
            }
        }
        Ok(grant)
    }

    async fn ask(&self, request: &AssumeRequest, region: Option<&Region>) -> Result<Grant, Failure> {
        let sts = client::sts(&self.config.to_builder().region(region.cloned()).build(), &self.calls, self.limits.answer);
        // The call counts against the caller's account, in the Region of the STS endpoint (docs/AWS.md 2.1).
        let limiter = self.limiter.in_region(region.map_or("", AsRef::as_ref));
        let asked = &request.asked;
        let text = |list: &[String]| (!list.is_empty()).then(|| list.to_vec());
        let incomplete = |_| Failure::Aws(AwsError::not_sent(CALL, "a session tag has no key or no value"));
        let tag = |(key, value)| Tag::builder().key(key).value(value).build().map_err(incomplete);
        let tags = asked.tags_sent().map(tag).collect::<Result<Vec<_>, _>>()?;
        let policies = asked.policy_arns.iter().map(|arn| PolicyDescriptorType::builder().arn(arn).build());
        let call = sts
            .assume_role()
            .role_arn(&asked.role_arn)
            .role_session_name(&asked.session_name)
            .duration_seconds(i32::try_from(asked.duration.as_secs()).unwrap_or(i32::MAX))
            .set_tags((!tags.is_empty()).then_some(tags))
            .set_transitive_tag_keys(text(&asked.transitive))
            .set_source_identity(asked.source_identity.clone())
            .set_external_id(asked.external_id.clone())
            .set_policy(asked.policy.clone())
            .set_policy_arns((!asked.policy_arns.is_empty()).then(|| policies.collect()))
            .set_serial_number(asked.mfa_serial.clone());

        // A code that was sent is used up, even if the answer was lost.
        let retry = if request.mfa.is_some() { self.limits.retry().sent_once() } else { self.limits.retry() };
        let no_code = Mutex::new(None);
        let sent = Sent { clock: self.clock().clone(), times: Arc::default() };
        let output = send_with_retry(&limiter, &NoObserver, CALL, &retry, || async {
            let call = match &request.mfa {
                None => call.clone(),
                Some(mfa) => match ask_code(mfa).await {
                    Ok(code) => call.clone().token_code(code),
                    Err(problem) => {
                        *no_code.lock().unwrap_or_else(PoisonError::into_inner) = Some(problem.clone());
                        return Err(SdkError::construction_failure(problem));
                    }
                },
            };
            let output = call.customize().interceptor(sent.clone()).send().await?;
            whole(output).map_err(|missing| {
                let nothing = HttpResponse::new(http::StatusCode::OK.into(), SdkBody::empty());
                SdkError::response_error(format!("the answer has no {missing}"), nothing)
            })
        })
        .await;
        let output = output.map_err(|error| match no_code.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(problem) => Failure::Mfa(problem),
            None => Failure::Aws(error),
        })?;

        let incomplete = |member| Failure::Aws(AwsError::incomplete(CALL, member));
        let answer = output.credentials().ok_or_else(|| incomplete("Credentials"))?;
        let expiration = SystemTime::try_from(*answer.expiration()).map_err(|_| incomplete("Expiration"))?;
        let Times { began, served } = sent.times();
        // Clocks differ, so the lifetime is measured by AWS's clock: from its answer to the expiry.
        let life = expiration.duration_since(served).unwrap_or_default().min(asked.duration);
        if life.is_zero() {
            return Err(incomplete("Expiration that lies ahead"));
        }
        let expires = began + life;
        let token = Some(answer.session_token().to_owned());
        let credentials = Credentials::new(answer.access_key_id(), answer.secret_access_key(), token, Some(expires), "landfall");
        #[expect(deprecated, reason = "the share of the whole token, which replaces it, says nothing of policies and tags alone")]
        let packed = output.packed_policy_size().and_then(|percent| u32::try_from(percent).ok());
        Ok(Grant { credentials, began, expires, packed })
    }
}

/// Returns the answer if nothing is missing. The AWS crates accept a truncated one, and fill in empty texts and 1970.
fn whole(output: AssumeRoleOutput) -> Result<AssumeRoleOutput, &'static str> {
    let missing = match output.credentials() {
        None => Some("Credentials"),
        Some(given) if given.access_key_id().is_empty() => Some("AccessKeyId"),
        Some(given) if given.secret_access_key().is_empty() => Some("SecretAccessKey"),
        Some(given) if given.session_token().is_empty() => Some("SessionToken"),
        Some(given) if given.expiration().secs() <= 0 => Some("Expiration"),
        Some(_) => None,
    };
    missing.map_or(Ok(output), Err)
}

fn is_commercial(request: &AssumeRequest) -> bool {
    Partition::of_arn(request.role_arn()) == Some(Partition::Aws)
}

/// Asks for a code. A malformed one is not shown: it may be a password typed by mistake.
async fn ask_code(mfa: &MfaCode) -> Result<String, String> {
    let code = mfa.ask().await.map_err(|error| error.to_string())?;
    let code = code.trim();
    let is_code = code.len() == CODE_LENGTH && code.bytes().all(|byte| byte.is_ascii_digit());
    if is_code { Ok(code.to_owned()) } else { Err(format!("a code has {CODE_LENGTH} digits")) }
}

/// When the last attempt was sent, and the time of AWS's clock in its answer.
#[derive(Debug, Clone, Copy)]
struct Times {
    began: SystemTime,
    served: SystemTime,
}

/// The interceptor that records both.
#[derive(Debug, Clone)]
struct Sent {
    clock: Clock,
    times: Arc<Mutex<Option<Times>>>,
}

impl Sent {
    fn times(&self) -> Times {
        let now = self.clock.now();
        self.times.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or(Times { began: now, served: now })
    }
}

impl Intercept for Sent {
    fn name(&self) -> &'static str {
        "landfall session times"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let now = self.clock.now();
        *self.times.lock().unwrap_or_else(PoisonError::into_inner) = Some(Times { began: now, served: now });
        Ok(())
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date").and_then(|date| DateTime::from_str(date, Format::HttpDate).ok());
        let date = date.and_then(|date| SystemTime::try_from(date).ok());
        if let (Some(served), Some(times)) = (date, self.times.lock().unwrap_or_else(PoisonError::into_inner).as_mut()) {
            times.served = served;
        }
        Ok(())
    }
}
