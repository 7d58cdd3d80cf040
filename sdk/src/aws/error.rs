//! Errors of AWS calls: one error type for all services, and its class.
//!
//! The class decides whether a retry can help; how long a call is retried is decided in [`retry`](super::retry). Nothing here sleeps or
//! retries.

use std::fmt;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::ErrorKind;

/// A call that did not succeed: which call, AWS's code and message, and whether it may have taken effect.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AwsError {
    /// Service and operation, for example `organizations:CreateAccount`.
    pub call: &'static str,
    /// AWS's error code without namespace, or `None` if no answer came.
    pub code: Option<String>,
    /// The member `Reason` of Organizations' constraint and input errors.
    pub reason: Option<String>,
    /// AWS's message, or what went wrong before an answer came.
    pub message: String,
    /// AWS's request id.
    pub request_id: Option<String>,
    /// The HTTP status of the answer, if one came.
    pub status: Option<u16>,
    /// Whether an answer came at all.
    pub answer: Answer,
}

/// How far a failed call got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// AWS answered with an error: it did not take effect.
    Refused,
    /// Nothing was sent: the credentials to sign it with could not be loaded.
    NoCredentials,
    /// Nothing was sent, for another reason.
    NotSent,
    /// It was sent and no readable answer came: it may have taken effect.
    Lost,
    /// The run was asked to stop while the call waited for its permit or for its next attempt.
    Stopped,
}

/// Whether a retry can help (docs/AWS.md 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "the four classes are the design; code must handle each")]
pub enum Class {
    /// Throttled, busy, or an internal error of AWS: the same call succeeds later.
    Throttle,
    /// Something that was just created is not visible everywhere yet.
    NotYet,
    /// Something has to reach a state first.
    Wait,
    /// A retry cannot help.
    Never,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Throttle => "throttle",
            Self::NotYet => "not-yet",
            Self::Wait => "wait",
            Self::Never => "never",
        })
    }
}

impl AwsError {
    /// Converts a client error of the given call (`service:Operation`).
    #[expect(clippy::needless_pass_by_value, reason = "the error is consumed: nothing else of it is kept")]
    pub(crate) fn of<E>(call: &'static str, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let answer = match &error {
            SdkError::ConstructionFailure(_) => Answer::NotSent,
            // The AWS crates report this as a dispatch failure without a kind, like a lost answer.
            SdkError::DispatchFailure(_) if is_of_credentials(&error) => Answer::NoCredentials,
            // A connection that closed before an answer came is reported in the same way, as transient.
            SdkError::DispatchFailure(failure)
                if failure.is_user() || failure.as_other().is_some_and(|kind| kind != ErrorKind::TransientError) =>
            {
                Answer::NotSent
            }
            SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => Answer::Lost,
            _ => Answer::Refused,
        };
        let raw = error.raw_response();
        let reason = raw.and_then(|response| response.body().bytes()).and_then(reason_of);
        let status = raw.map(|response| response.status().as_u16());
        let header = raw.and_then(|response| {
            ["x-amzn-requestid", "x-amz-request-id"].iter().find_map(|name| response.headers().get(*name)).map(str::to_owned)
        });
        let (code, message, request_id) = match &error {
            SdkError::ServiceError(service) => {
                let meta = service.err().meta();
                (meta.code().map(strip_namespace), meta.message().map(str::to_owned), meta.extra("aws_request_id").map(str::to_owned))
            }
            _ => (None, None, None),
        };
        // A fault without an AWS error in it comes from a gateway: the service behind it may have carried the call out.
        let is_gateways = answer == Answer::Refused && code.is_none() && status.is_some_and(|status| status >= 500);
        let answer = if is_gateways { Answer::Lost } else { answer };
        let code = code.or_else(|| status.filter(|status| *status >= 400 && !is_gateways).map(|status| format!("Http{status}")));
        let said = |status: Option<u16>| {
            status.map_or_else(|| "no message".to_owned(), |status| format!("HTTP {status} without an AWS error in it"))
        };
        let message = message.unwrap_or_else(|| match answer {
            // An answer that is not an AWS error (an HTML page, an empty body) is described by its status.
            Answer::Refused => said(status),
            Answer::Lost if is_gateways => said(status),
            Answer::NoCredentials => no_credentials(&error),
            Answer::NotSent | Answer::Lost | Answer::Stopped => chain(&error),
        });
        Self { call, code, reason, message, request_id: header.or(request_id), status, answer }
    }

    /// Returns the error for an answer without a member that AWS always sends.
    #[must_use]
    pub fn incomplete(call: &'static str, member: &str) -> Self {
        Self {
            call,
            code: None,
            reason: None,
            message: format!("the answer has no {member}"),
            request_id: None,
            status: None,
            answer: Answer::Refused,
        }
    }

    /// Returns the error for an answer with a member that cannot be read.
    #[must_use]
    pub fn unreadable(call: &'static str, member: &str) -> Self {
        Self { message: format!("the answer has an unreadable {member}"), ..Self::incomplete(call, member) }
    }

    /// Returns the error of a call that was not sent, for a reason found by landfall.
    #[must_use]
    pub fn not_sent(call: &'static str, message: impl Into<String>) -> Self {
        Self { call, code: None, reason: None, message: message.into(), request_id: None, status: None, answer: Answer::NotSent }
    }

    /// Returns the error of a call that could not be signed.
    #[must_use]
    pub fn without_credentials(call: &'static str, problem: &CredentialsError) -> Self {
        Self { answer: Answer::NoCredentials, ..Self::not_sent(call, chain(problem)) }
    }

    /// Returns the error of a call that was abandoned while it waited.
    #[must_use]
    pub fn stopped(call: &'static str) -> Self {
        Self { answer: Answer::Stopped, ..Self::not_sent(call, "the run was asked to stop") }
    }

    /// Returns whether AWS's code is one of these. `Code/REASON` also names the reason, `Code~words` words of the message.
    #[must_use]
    pub fn is(&self, codes: &[&str]) -> bool {
        let code = self.code.as_deref();
        codes.iter().any(|wanted| {
            if let Some((wanted, reason)) = wanted.split_once('/') {
                code == Some(wanted) && self.reason.as_deref() == Some(reason)
            } else if let Some((wanted, words)) = wanted.split_once('~') {
                code == Some(wanted) && self.message.contains(words)
            } else {
                code == Some(*wanted)
            }
        })
    }

    /// Returns the class when the age of the resources involved is unknown.
    #[must_use]
    pub fn class(&self) -> Class {
        if self.is_rate() || self.is(LATER) {
            return Class::Throttle;
        }
        if self.is(WAITS) {
            return Class::Wait;
        }
        // Each service has its own name for an internal error; a call that is not implemented (501) will not be implemented in a minute
        // either.
        let is_fault = self.status.is_some_and(|status| status >= 500 && status != 501);
        if self.answer == Answer::Lost || is_fault { Class::Throttle } else { Class::Never }
    }

    /// Returns whether this is a throttle.
    #[must_use]
    pub fn is_rate(&self) -> bool {
        self.is(RATES)
    }

    /// Returns whether the call was denied for lack of permission, in any service's words.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        self.is(&[
            "AccessDenied",
            "AccessDeniedException",
            "AuthorizationError",
            "UnauthorizedOperation",
            "AccessDeniedForDependencyException",
        ])
    }

    /// Returns whether the resource's own policy denied the call: more permissions for the caller do not help then.
    ///
    /// AWS names the policy (IAM User Guide, "Troubleshoot access denied error messages"); a denial without a policy may be for lack of the
    /// caller's own permissions.
    #[must_use]
    pub fn is_denied_by_resource(&self) -> bool {
        self.is_denied() && self.message.contains("resource-based policy")
    }

    /// Returns whether AWS refused the credentials as expired, before the call did anything.
    #[cfg(any(feature = "config", feature = "operate"))]
    pub(crate) fn is_expired(&self) -> bool {
        self.is(&["ExpiredToken", "ExpiredTokenException", "RequestExpired"])
    }

    /// Returns the operation without its service.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.call.rsplit(':').next().unwrap_or(self.call)
    }
}

/// Codes that mean "too fast", each service in its own words (docs/AWS.md 9).
const RATES: &[&str] = &[
    "TooManyRequestsException",
    "Throttling",
    "ThrottlingException",
    "Throttled",
    "ThrottledException",
    "RequestLimitExceeded",
    "EC2ThrottledException",
    "SlowDown",
];

/// Codes that mean "send the same call later" except throttles: concurrent writers, internal errors of AWS (docs/AWS.md 9, class T).
const LATER: &[&str] = &[
    "ConcurrentModificationException",
    "ConcurrentModification",
    "EntityTemporarilyUnmodifiable",
    "OperationAborted",
    "ServiceException",
    "ServiceFailure",
    "InternalError",
    "InternalFailure",
    "KMSInternalException",
    "DependencyTimeoutException",
    "ServiceUnavailable",
    "Unavailable",
    "IDPCommunicationError",
];

/// Codes that mean "when something else has ended" (docs/AWS.md 9, class W).
const WAITS: &[&str] = &[
    "FinalizingOrganizationException",
    "PolicyChangesInProgressException",
    "ConstraintViolationException/ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED",
    "ConstraintViolationException/CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED",
];

/// How the AWS crates begin the message for an invalid endpoint; the endpoint follows, with any password in it, and the whole request.
const NO_ADDRESS: &str = "failed to apply endpoint";

/// Returns what went wrong and why, from `Display` only: the `Debug` of these errors shows answers, and so credentials.
fn chain(error: &dyn std::error::Error) -> String {
    let words = |error: &dyn std::error::Error| {
        let words = error.to_string();
        if words.starts_with(NO_ADDRESS) { "the endpoint is not a valid address".to_owned() } else { words }
    };
    let mut words: Vec<String> = std::iter::successors(Some(error), |error| error.source()).map(words).collect();
    words.dedup();
    words.join(": ")
}

/// Returns the failure to load credentials among the causes of an error.
fn of_credentials<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e CredentialsError> {
    std::iter::successors(Some(error), |error| error.source()).find_map(|error| error.downcast_ref::<CredentialsError>())
}

fn is_of_credentials(error: &(dyn std::error::Error + 'static)) -> bool {
    of_credentials(error).is_some()
}

/// Returns why there were no credentials, without the context that the AWS crates add.
fn no_credentials(error: &(dyn std::error::Error + 'static)) -> String {
    of_credentials(error).map_or_else(|| chain(error), |error| chain(error))
}

/// JSON codes may carry a `namespace#` prefix and a `:uri` suffix.
fn strip_namespace(code: &str) -> String {
    let code = code.rsplit('#').next().unwrap_or(code);
    code.split(':').next().unwrap_or(code).to_owned()
}

fn reason_of(body: &[u8]) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(body).ok()?;
    Some(value.get("Reason")?.as_str()?.to_owned())
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.code, self.answer) {
            (Some(code), _) => {
                write!(f, "AWS refused {}: {code}", self.operation())?;
                if let Some(reason) = &self.reason {
                    write!(f, " ({reason})")?;
                }
                if self.message.is_empty() { Ok(()) } else { write!(f, ": {}", self.message) }
            }
            (None, Answer::Lost) => write!(f, "no answer to {}: {}", self.operation(), self.message),
            (None, Answer::NoCredentials) => write!(f, "{} could not be signed: {}", self.operation(), self.message),
            (None, Answer::NotSent | Answer::Stopped) => write!(f, "{} could not be sent: {}", self.operation(), self.message),
            (None, Answer::Refused) => write!(f, "{}: unexpected answer: {}", self.operation(), self.message),
        }
    }
}

impl std::error::Error for AwsError {}

#[cfg(test)]
pub(crate) mod tests {
    use aws_smithy_runtime_api::client::result::ConnectorError;

    use super::*;

    pub(crate) fn refused(code: &str, reason: Option<&str>) -> AwsError {
        AwsError {
            call: "organizations:CreateAccount",
            code: Some(code.to_owned()),
            reason: reason.map(str::to_owned),
            message: "no".to_owned(),
            request_id: None,
            status: Some(400),
            answer: Answer::Refused,
        }
    }

    #[test]
    fn a_fault_of_awss_own_is_tried_again_by_any_name() {
        let of = |code: &str, status| AwsError { status: Some(status), ..refused(code, None) }.class();
        assert_eq!(of("InternalServerError", 500), Class::Throttle);
        assert_eq!(of("SomethingNew", 503), Class::Throttle);
        assert_eq!(of("SomethingNew", 400), Class::Never);
        assert_eq!(of("NotImplemented", 501), Class::Never);
    }

    #[test]
    fn classes_follow_the_table() {
        for (code, reason, class) in [
            ("TooManyRequestsException", None, Class::Throttle),
            ("ConcurrentModificationException", None, Class::Throttle),
            ("FinalizingOrganizationException", None, Class::Wait),
            ("ConstraintViolationException", Some("ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED"), Class::Wait),
            ("ConstraintViolationException", Some("ACCOUNT_NUMBER_LIMIT_EXCEEDED"), Class::Never),
            ("AccessDenied", None, Class::Never),
            ("LimitExceeded", None, Class::Never),
        ] {
            assert_eq!(refused(code, reason).class(), class, "{code} {reason:?}");
        }
    }

    #[derive(Debug, thiserror::Error)]
    #[error("no")]
    struct Never(#[source] CredentialsError);

    #[test]
    fn credentials_that_cannot_be_loaded_are_known_wherever_they_are_wrapped() {
        let expired = || CredentialsError::provider_error("the SSO token has expired");
        let sources: [Box<dyn std::error::Error + Send + Sync>; 3] =
            [Box::new(expired()), Box::new(Never(expired())), Box::new(CredentialsError::not_loaded("no providers in chain"))];
        for source in sources {
            let failure = ConnectorError::other(source, None);
            let error: SdkError<Unused, HttpResponse> = SdkError::dispatch_failure(failure);
            let error = AwsError::of("sts:AssumeRole", error);
            assert_eq!((error.answer, error.class()), (Answer::NoCredentials, Class::Never), "{error}");
            assert!(error.to_string().starts_with("AssumeRole could not be signed: "), "{error}");
            assert!(!error.to_string().contains("dispatch failure"), "{error}");
        }
        // Any other error without a kind may have been sent.
        let unknown = ConnectorError::other("unrecognized".into(), None);
        let error: SdkError<Unused, HttpResponse> = SdkError::dispatch_failure(unknown);
        assert_eq!(AwsError::of("sts:AssumeRole", error).answer, Answer::Lost);
    }

    type Unused = aws_sdk_sts::operation::assume_role::AssumeRoleError;

    #[test]
    fn codes_lose_their_namespace() {
        assert_eq!(strip_namespace("com.amazonaws.organizations#AccessDeniedException"), "AccessDeniedException");
        assert_eq!(strip_namespace("AccessDeniedException:http://internal/"), "AccessDeniedException");
    }
}
