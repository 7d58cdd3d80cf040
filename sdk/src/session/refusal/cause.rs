//! The causes of STS's `AccessDenied`, distinguished by AWS's message and by what the request lacks.

use std::fmt;
use std::time::SystemTime;

use crate::aws::denial::{self, Layer};
use crate::aws::error::AwsError;
use crate::aws::retry::YOUNG_ACCOUNT;
use crate::session::request::AssumeRequest;

/// Why AWS refused a role (docs/AWS.md 2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// There is no such role.
    RoleAbsent,
    /// The role's trust policy does not name the caller.
    Trust,
    /// The caller's own policies, or their boundary, do not allow it.
    CallerPolicy,
    /// A guardrail (a service or resource control policy of the organization) denies it.
    Guardrail,
    /// The trust policy requires something that the request did not have.
    Condition(Condition),
    /// A resource created moments ago is not visible everywhere yet.
    NotYet,
    /// Root user credentials cannot assume roles.
    Root,
    /// AWS gives no reason: one of these, the most likely first.
    OneOf(Vec<Cause>),
}

/// What a trust policy can require besides the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition {
    /// A reason; none was given.
    Reason,
    /// An MFA device; none was used.
    Mfa,
    /// The device's code was wrong, used before, or late.
    MfaCode,
    /// An external id; none was given.
    ExternalId,
    /// Another external id than the one that was given.
    OtherExternalId,
}

/// Returns the cause of a refusal; `None` if the error is not a refusal of permission.
pub(super) fn of(request: &AssumeRequest, error: &AwsError, now: SystemTime) -> Option<Cause> {
    if error.call != "sts:AssumeRole" || !error.is_denied() {
        return None;
    }
    Some(said(&error.message).unwrap_or_else(|| Cause::OneOf(left(request, &error.message, now))))
}

/// Returns the cause that AWS's message names.
fn said(message: &str) -> Option<Cause> {
    const SAID: &[(&str, Cause)] = &[
        ("assumed by root", Cause::Root),
        ("MultiFactorAuthentication failed", Cause::Condition(Condition::MfaCode)),
        ("trust policy", Cause::Trust),
    ];
    let of_layer = denial::layer(message).map(|layer| match layer {
        Layer::ServiceControl | Layer::ResourceControl => Cause::Guardrail,
        // An endpoint policy restricts the caller's path to STS.
        Layer::Identity | Layer::Boundary | Layer::Session | Layer::Endpoint => Cause::CallerPolicy,
        Layer::Resource => Cause::Trust,
    });
    of_layer.or_else(|| SAID.iter().find(|(words, _)| message.contains(words)).map(|(_, cause)| cause.clone()))
}

/// Returns the possible causes if AWS gives no reason, the most likely first.
fn left(request: &AssumeRequest, message: &str, now: SystemTime) -> Vec<Cause> {
    let asked = &request.asked;
    // The role trusts the caller; only the tags or the source identity were refused.
    if message.contains("sts:TagSession") || message.contains("sts:SetSourceIdentity") {
        return vec![Cause::Trust, Cause::CallerPolicy, Cause::Guardrail];
    }
    let age = request.known.account_created.and_then(|created| now.duration_since(created).ok());
    let mut causes = Vec::new();
    if age.is_some_and(|age| age < YOUNG_ACCOUNT) {
        causes.push(Cause::NotYet);
    }
    let external = if asked.external_id.is_some() { Condition::OtherExternalId } else { Condition::ExternalId };
    let may_ask_reason = request.known.asks_reason != Some(false);
    let conditions = [
        (may_ask_reason && asked.reason.is_none()).then_some(Condition::Reason),
        asked.external_id.is_some().then_some(external),
        asked.mfa_serial.is_none().then_some(Condition::Mfa),
        asked.external_id.is_none().then_some(external),
    ];
    causes.extend(conditions.into_iter().flatten().map(Cause::Condition));
    causes.extend([Cause::Trust, Cause::CallerPolicy, Cause::RoleAbsent, Cause::Guardrail]);
    if !causes.contains(&Cause::NotYet) {
        causes.push(Cause::NotYet);
    }
    causes
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RoleAbsent => "there is no such role in the account",
            Self::Trust => "the role's trust policy does not allow the caller to assume it like this",
            Self::CallerPolicy => "the caller's own policies do not allow sts:AssumeRole (or sts:TagSession) on the role",
            Self::Guardrail => "a guardrail of the organization (SCP or RCP) denies it",
            Self::Condition(Condition::Reason) => "production requires a reason for roles that write: .reason(\"…\")",
            Self::Condition(Condition::Mfa) => "the role may require an MFA device: .mfa(serial, code)",
            Self::Condition(Condition::MfaCode) => "the MFA code is wrong, was used before, or came late; the next one works",
            Self::Condition(Condition::ExternalId) => "a role of another company may require an external id: .external_id(\"…\")",
            Self::Condition(Condition::OtherExternalId) => "the role may require another external id",
            Self::NotYet => "the role, its trust or the account was made minutes ago and is not known everywhere yet: try again",
            Self::Root => "root user credentials cannot assume roles: use those of an IAM role or user",
            Self::OneOf(causes) => {
                f.write_str("AWS does not say why; one of: ")?;
                for (n, cause) in causes.iter().enumerate() {
                    write!(f, "{}{cause}", if n == 0 { "" } else { "; or " })?;
                }
                return Ok(());
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::aws::error::Answer;
    use crate::name::literal;

    fn denied(message: &str) -> AwsError {
        AwsError {
            call: "sts:AssumeRole",
            code: Some("AccessDenied".to_owned()),
            reason: None,
            message: message.to_owned(),
            request_id: None,
            status: None,
            answer: Answer::Refused,
        }
    }

    fn request() -> AssumeRequest {
        AssumeRequest::new(literal("222233334444"), "arn:aws:iam::222233334444:role/landfall/deployer")
    }

    #[test]
    fn what_aws_says_is_believed() {
        let why = "User: x is not authorized to perform: sts:AssumeRole on resource: y";
        for (message, cause) in [
            (format!("{why} with an explicit deny in a service control policy"), Cause::Guardrail),
            (format!("{why} because no service control policy allows the sts:AssumeRole action"), Cause::Guardrail),
            (format!("{why} with an explicit deny in a resource control policy"), Cause::Guardrail),
            (format!("{why} because no identity-based policy allows the sts:AssumeRole action"), Cause::CallerPolicy),
            (format!("{why} because no permissions boundary allows the sts:AssumeRole action"), Cause::CallerPolicy),
            (format!("{why} because no session policy allows the sts:AssumeRole action"), Cause::CallerPolicy),
            (format!("{why} because no resource-based policy allows the sts:AssumeRole action"), Cause::Trust),
            ("Roles may not be assumed by root accounts.".to_owned(), Cause::Root),
            ("MultiFactorAuthentication failed with invalid MFA one time pass code. ".to_owned(), Cause::Condition(Condition::MfaCode)),
        ] {
            assert_eq!(of(&request(), &denied(&message), SystemTime::UNIX_EPOCH), Some(cause), "{message}");
        }
        let other = AwsError { code: Some("Throttling".to_owned()), ..denied("") };
        assert_eq!(of(&request(), &other, SystemTime::UNIX_EPOCH), None);
    }

    fn causes(request: &AssumeRequest, message: &str, now: SystemTime) -> Vec<Cause> {
        match of(request, &denied(message), now) {
            Some(Cause::OneOf(causes)) => causes,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_the_request_proves_is_no_cause() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(10);
        let bare = causes(&request(), "", now);
        assert_eq!(bare.first(), Some(&Cause::Condition(Condition::Reason)));
        assert!(bare.contains(&Cause::RoleAbsent) && bare.last() == Some(&Cause::NotYet), "{bare:?}");
        let full = request().reason("x").external_id("theirs").mfa("arn:aws:iam::1:mfa/x", || async { Ok(String::new()) });
        let full = causes(&full, "", now);
        assert_eq!(full.first(), Some(&Cause::Condition(Condition::OtherExternalId)));
        assert!(!full.iter().any(|cause| matches!(cause, Cause::Condition(Condition::Reason | Condition::Mfa))), "{full:?}");
    }

    #[test]
    fn a_young_account_is_the_likeliest_cause() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(10);
        let young = request().account_created(now - Duration::from_mins(2));
        assert_eq!(causes(&young, "", now).first(), Some(&Cause::NotYet));
        let old = request().account_created(now - Duration::from_hours(1));
        assert_ne!(causes(&old, "", now).first(), Some(&Cause::NotYet));
    }

    #[test]
    fn tags_are_a_question_of_their_own() {
        let message = "User: x is not authorized to perform: sts:TagSession on resource: y";
        let left = causes(&request(), message, SystemTime::UNIX_EPOCH);
        assert_eq!(left, [Cause::Trust, Cause::CallerPolicy, Cause::Guardrail]);
    }
}
