//! The error answer of a call: code, HTTP status, message, and Organizations' reason.

use std::borrow::Cow;

/// An error answer, independent of the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: Cow<'static, str>,
    pub(crate) status: u16,
    pub(crate) message: String,
    /// `Reason` of Organizations' `ConstraintViolationException` and `InvalidInputException`.
    pub(crate) reason: Option<&'static str>,
}

impl Failure {
    pub(crate) fn new(code: &'static str, status: u16, message: impl Into<String>) -> Self {
        Self { code: code.into(), status, message: message.into(), reason: None }
    }

    /// Something that the simulator does not support. There is never a made-up success.
    pub(crate) fn not_implemented(what: impl std::fmt::Display) -> Self {
        Self::new("NotImplemented", 501, format!("landfall's simulator does not support {what}"))
    }

    /// An inconsistent world, for example from a file that was edited by hand.
    pub(crate) fn internal(what: impl std::fmt::Display) -> Self {
        Self::new("InternalFailure", 500, format!("the simulated world is inconsistent: {what}"))
    }

    /// Errors of Organizations, all with HTTP 400.
    pub(crate) fn organizations(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, 400, message)
    }

    /// `InvalidInputException` with its reason.
    pub(crate) fn invalid_argument(reason: &'static str, message: impl Into<String>) -> Self {
        Self { reason: Some(reason), ..Self::new("InvalidInputException", 400, message) }
    }

    /// `ConstraintViolationException` with its reason.
    pub(crate) fn constraint(reason: &'static str, message: impl Into<String>) -> Self {
        Self { reason: Some(reason), ..Self::new("ConstraintViolationException", 400, message) }
    }

    /// `ValidationError` of the Query services.
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationError", 400, message)
    }

    /// IAM's `InvalidInput`.
    pub(crate) fn invalid_input(message: impl Into<String>) -> Self {
        Self::new("InvalidInput", 400, message)
    }

    /// IAM's `NoSuchEntity`.
    pub(crate) fn no_such_entity(message: impl Into<String>) -> Self {
        Self::new("NoSuchEntity", 404, message)
    }

    /// IAM's `EntityAlreadyExists`.
    pub(crate) fn already_exists(message: impl Into<String>) -> Self {
        Self::new("EntityAlreadyExists", 409, message)
    }

    /// IAM's `LimitExceeded`: a quota, not a throttle.
    pub(crate) fn limit_exceeded(message: impl Into<String>) -> Self {
        Self::new("LimitExceeded", 409, message)
    }

    /// IAM's `DeleteConflict`.
    pub(crate) fn delete_conflict(message: impl Into<String>) -> Self {
        Self::new("DeleteConflict", 409, message)
    }

    /// `MalformedPolicyDocument` of IAM and STS.
    pub(crate) fn malformed_policy(message: impl Into<String>) -> Self {
        Self::new("MalformedPolicyDocument", 400, message)
    }

    /// `AccessDenied` of the Query services.
    pub(crate) fn access_denied(message: impl Into<String>) -> Self {
        Self::new("AccessDenied", 403, message)
    }
}
