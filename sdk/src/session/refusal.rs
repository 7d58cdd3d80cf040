//! Why a role could not be assumed: the request, AWS's answer, and the causes that fit both.
//!
//! STS answers `AccessDenied` and rarely gives a reason. [`AssumeError::cause`] distinguishes the causes as far as AWS's message
//! and the request show them. Nothing here holds credentials or codes.

mod cause;

use std::fmt;
use std::time::SystemTime;

use super::request::AssumeRequest;
use super::request::check::{POLICY_MAX, RequestError};
use crate::aws::error::{Answer, AwsError};
use crate::id::AccountId;

pub use cause::{Cause, Condition};

/// A role that could not be assumed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AssumeError {
    /// The account that was to be entered.
    pub account: AccountId,
    /// The account's name, if the request has it.
    pub label: Option<String>,
    /// The role's ARN.
    pub role_arn: String,
    /// What went wrong.
    pub failure: Failure,
    /// The causes of a refusal, as far as known; absent if nothing was refused.
    cause: Option<Cause>,
    size: Size,
}

/// What went wrong while a role was assumed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// AWS cannot accept the request; nothing was sent.
    Request(RequestError),
    /// There was no MFA code; nothing was sent.
    Mfa(String),
    /// AWS refused, or did not answer.
    Aws(AwsError),
    /// The session turned out to be in another account.
    WrongAccount {
        /// The account that `GetCallerIdentity` named.
        found: AccountId,
    },
}

/// The plain-text length, in characters, of everything that shares the packed size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Size {
    policies: usize,
    tags: usize,
}

impl AssumeError {
    /// Explains a failure of a request.
    pub(super) fn new(request: &AssumeRequest, failure: Failure, now: SystemTime) -> Self {
        let asked = &request.asked;
        let cause = match &failure {
            Failure::Aws(error) => cause::of(request, error, now),
            Failure::Request(_) | Failure::Mfa(_) | Failure::WrongAccount { .. } => None,
        };
        let tags = asked.tags_sent().map(|(key, value)| key.chars().count() + value.chars().count()).sum();
        Self {
            account: asked.account.clone(),
            label: request.known.label.clone(),
            role_arn: asked.role_arn.clone(),
            failure,
            cause,
            size: Size { policies: asked.policy_length(), tags },
        }
    }

    /// Returns the error for a request that AWS cannot accept; nothing was sent.
    pub(crate) fn of_request(request: &AssumeRequest, error: RequestError) -> Self {
        // The time does not matter: only AWS's refusals depend on an account's age.
        Self::new(request, Failure::Request(error), SystemTime::UNIX_EPOCH)
    }

    /// Returns why AWS refused the role, as far as known; `None` where it was not refused for lack of permission.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        self.cause.as_ref()
    }

    /// Returns the role's name, without path.
    #[must_use]
    pub fn role_name(&self) -> &str {
        self.role_arn.rsplit('/').next().unwrap_or(&self.role_arn)
    }

    /// Returns what to do about it, if that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        if let Some(cause) = &self.cause {
            return Some(cause.to_string());
        }
        let hint = match &self.failure {
            Failure::Request(_) | Failure::Mfa(_) => return None,
            Failure::WrongAccount { .. } => "the role's ARN, the index and the endpoint do not belong together; nothing was done in it",
            Failure::Aws(AwsError { answer: Answer::NoCredentials, .. }) => {
                "the caller's own credentials could not be loaded: sign in again"
            }
            Failure::Aws(error) => match error.code.as_deref()? {
                "PackedPolicyTooLarge" => return Some(self.packed(&error.message)),
                "RegionDisabledException" => "enable the Region in the account, or its STS endpoint; new accounts need a few minutes",
                "ExpiredToken" | "ExpiredTokenException" => "the caller's own credentials have expired: log in again",
                "InvalidClientTokenId" | "UnrecognizedClientException" => {
                    "the caller's own credentials are not accepted: wrong or deleted keys, or seconds old"
                }
                "SignatureDoesNotMatch" | "InvalidSignatureException" | "RequestExpired" => {
                    "check this computer's clock and the secret key"
                }
                "MalformedPolicyDocument" => "the session policy, or a policy it names, is not valid in that account",
                _ => return None,
            },
        };
        Some(hint.to_owned())
    }

    /// Returns a packed size that is too large, in numbers.
    fn packed(&self, message: &str) -> String {
        let Size { policies, tags } = self.size;
        // AWS says `… consume 112% of the allotted space`.
        let percent = message.split('%').next().filter(|before| before.len() < message.len());
        let percent = percent.map(|before| before.rsplit(|c: char| !c.is_ascii_digit()).next().unwrap_or_default());
        let packed = match percent.filter(|digits| !digits.is_empty()) {
            Some(percent) => format!("{percent} % of what fits"),
            None => "more than fits".to_owned(),
        };
        format!(
            "session policies ({policies} characters, at most {POLICY_MAX}) and tags ({tags} characters) are packed together, to {packed}: \
             shorten the policy, name a managed policy instead, or send fewer tags"
        )
    }
}

impl fmt::Display for AssumeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not assume {} in ", self.role_name())?;
        match &self.label {
            Some(label) => write!(f, "{label} ({})", self.account),
            None => write!(f, "{}", self.account),
        }
    }
}

impl std::error::Error for AssumeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.failure {
            Failure::Request(error) => Some(error),
            Failure::Aws(error) => Some(error),
            failure @ (Failure::Mfa(_) | Failure::WrongAccount { .. }) => Some(failure),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(error) => write!(f, "{error}"),
            Self::Mfa(problem) => write!(f, "no MFA code: {problem}"),
            Self::Aws(error) => write!(f, "{error}"),
            Self::WrongAccount { found } => write!(f, "the session is in account {found} instead"),
        }
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;
    use crate::name::literal;

    fn error(code: &str, message: &str) -> AssumeError {
        let request = AssumeRequest::new(literal("222233334444"), "arn:aws:iam::222233334444:role/landfall/deployer")
            .called("prod")
            .reason("release 42")
            .policy("{}");
        let aws = AwsError {
            call: "sts:AssumeRole",
            code: Some(code.to_owned()),
            reason: None,
            message: message.to_owned(),
            request_id: None,
            status: None,
            answer: Answer::Refused,
        };
        AssumeError::new(&request, Failure::Aws(aws), SystemTime::UNIX_EPOCH)
    }

    #[test]
    fn an_error_says_what_was_tried_and_what_aws_said() {
        let error = error("AccessDenied", "");
        assert_eq!(error.to_string(), "could not assume deployer in prod (222233334444)");
        assert_eq!(error.source().expect("AWS").to_string(), "AWS refused AssumeRole: AccessDenied");
        let named = AssumeError { label: None, ..error };
        assert_eq!(named.to_string(), "could not assume deployer in 222233334444");
    }

    #[test]
    fn a_packed_size_is_told_in_numbers() {
        let hint = error("PackedPolicyTooLarge", "Policies and/or Tags consume 112% of the allotted space.").hint().expect("a hint");
        assert!(
            hint.starts_with("session policies (2 characters, at most 2048) and tags (25 characters) are packed together, to 112 %"),
            "{hint}"
        );
        let hint = error("PackedPolicyTooLarge", "too large").hint().expect("a hint");
        assert!(hint.contains("to more than fits:"), "{hint}");
    }
}
