//! What a running step is doing, in words. AWS's codes are in one table; a person sees them only with `-v`.

use landfall::kind;

use std::time::Duration;

use crate::format::duration;

/// What a running step is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Activity {
    /// It works.
    Working,
    /// It waits, and says for what.
    Waiting(String),
    /// AWS refused a call, which is sent again.
    Retrying {
        /// The error's class: throttle, not-yet or wait.
        class: String,
        /// AWS's code.
        code: String,
        /// How long until the call is sent again.
        pause: Duration,
    },
}

/// What AWS's codes mean to a person who waits; `{service}` is the service of the step's kind. The first that fits holds.
const CODES: [(&str, &str); 23] = [
    ("OptInRequired", "the account has no {service} yet"),
    ("SubscriptionRequiredException", "the account has no {service} yet"),
    ("FinalizingOrganizationException", "AWS is finishing the organization"),
    ("PolicyChangesInProgressException", "AWS is still applying guardrails"),
    ("ConstraintViolationException", "AWS takes only so many at once"),
    ("ConcurrentModificationException", "AWS is busy with another change"),
    ("ConcurrentModification", "AWS is busy with another change"),
    ("OperationAborted", "AWS is busy with another change"),
    ("ConflictException", "AWS is busy with another change"),
    ("EntityTemporarilyUnmodifiable", "AWS is busy with another change"),
    ("DependencyViolation", "AWS has not released what uses it"),
    ("InvalidIPAddress.InUse", "AWS has not released what uses it"),
    ("InvalidTargetBucketForLogging", "its log bucket is not seen yet"),
    ("S3BucketDoesNotExistException", "CloudTrail sees no bucket yet"),
    ("KmsKeyNotFoundException", "CloudTrail sees no key yet"),
    ("InsufficientS3BucketPolicyException", "the bucket policy is not seen yet"),
    ("InsufficientEncryptionPolicyException", "the key policy is not seen yet"),
    ("CloudTrailAccessNotEnabledException", "AWS is enabling CloudTrail"),
    ("NoManagementAccountSLRExistsException", "AWS is enabling CloudTrail"),
    ("PolicyTypeNotEnabledException", "AWS is still enabling guardrails"),
    ("MalformedPolicyDocument", "its principals are not known yet"),
    ("MalformedPolicy", "its principals are not known yet"),
    ("no answer", "AWS does not answer"),
];

/// What a code means that is not in the table, by the error's class.
const CLASSES: [(&str, &str); 3] =
    [("throttle", "AWS is busy"), ("not-yet", "AWS does not show it yet"), ("wait", "AWS is busy with something else")];

/// Codes with which a new account refuses credentials or permissions it does not know yet.
const DENIED: [&str; 6] = [
    "AccessDenied",
    "AccessDeniedException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "AuthFailure",
    "RegionDisabledException",
];

impl Activity {
    /// Returns it in words; `None` if it just works. AWS's code follows where it is asked for.
    pub(crate) fn words(&self, kind: &str, with_code: bool) -> Option<String> {
        match self {
            Self::Working => None,
            Self::Waiting(what) if with_code => Some(what.clone()),
            Self::Waiting(what) => Some(without_id(what)),
            Self::Retrying { class, code, pause } => {
                let words = meaning(class, code).replace("{service}", service(kind));
                Some(if with_code { format!("{words} ({code}; again in {})", duration(*pause)) } else { words })
            }
        }
    }

    /// Returns whether two are the same for who waits: another pause is no news.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Retrying { class, code, .. }, Self::Retrying { class: other_class, code: other_code, .. }) => {
                (class, code) == (other_class, other_code)
            }
            _ => self == other,
        }
    }
}

/// Returns words that begin with an id of AWS's without it: the line names the thing already.
fn without_id(what: &str) -> String {
    let is_id = |word: &str| {
        let digits = word.rsplit_once('-').map_or("", |(_, digits)| digits);
        digits.len() >= 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    match what.split_once(' ') {
        Some((first, rest)) if is_id(first) => format!("waiting for it {rest}"),
        _ => what.to_owned(),
    }
}

fn meaning(class: &str, code: &str) -> &'static str {
    let known = CODES.iter().find(|(known, _)| *known == code).map(|(_, words)| *words);
    let denied = (class == "not-yet" && DENIED.contains(&code)).then_some("the new account is not open yet");
    let general = || CLASSES.iter().find(|(known, _)| *known == class).map(|(_, words)| *words);
    known.or(denied).or_else(general).unwrap_or("AWS asks to wait")
}

/// Returns what people call the service of a kind.
fn service(kind: &str) -> &'static str {
    kind::ABOUT.iter().find(|about| about.name == kind).map_or("the service", |about| about.service)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retrying(class: &str, code: &str, seconds: u64) -> Activity {
        Activity::Retrying { class: class.to_owned(), code: code.to_owned(), pause: Duration::from_secs(seconds) }
    }

    #[test]
    fn codes_are_words_and_shown_only_on_request() {
        for (kind, class, code, expected) in [
            ("eip", "not-yet", "OptInRequired", "the account has no EC2 yet"),
            ("key", "not-yet", "SubscriptionRequiredException", "the account has no KMS yet"),
            ("account", "wait", "FinalizingOrganizationException", "AWS is finishing the organization"),
            ("trail", "not-yet", "S3BucketDoesNotExistException", "CloudTrail sees no bucket yet"),
            ("nat", "not-yet", "NatGatewayNotFound", "AWS does not show it yet"),
            ("iam-role", "not-yet", "AccessDenied", "the new account is not open yet"),
            ("iam-role", "throttle", "Throttling", "AWS is busy"),
            ("iam-role", "dreamt", "Dreamt", "AWS asks to wait"),
        ] {
            let activity = retrying(class, code, 4);
            assert_eq!(activity.words(kind, false).as_deref(), Some(expected));
            assert_eq!(activity.words(kind, true), Some(format!("{expected} ({code}; again in 4.0 s)")));
        }
        assert_eq!(Activity::Working.words("nat", true), None);
        for (what, expected) in [
            ("nat-0cef4ddf2f9fd9b81 to become available", "waiting for it to become available"),
            ("AWS is creating it", "AWS is creating it"),
            ("in-flight calls", "in-flight calls"),
        ] {
            let activity = Activity::Waiting(what.to_owned());
            assert_eq!(activity.words("nat", false).as_deref(), Some(expected));
            assert_eq!(activity.words("nat", true).as_deref(), Some(what), "with -v the id stays");
        }
    }

    /// A line of the live display on 80 columns has this much room beside an address of usual length.
    #[test]
    fn words_fit_beside_an_address() {
        const ROOM: usize = 35;
        for words in CODES.iter().chain(&CLASSES).map(|(_, words)| words.replace("{service}", "CloudTrail")) {
            assert!(words.len() <= ROOM, "{words}");
        }
    }

    #[test]
    fn another_pause_is_no_news() {
        assert!(retrying("wait", "A", 1).is_like(&retrying("wait", "A", 2)));
        assert!(!retrying("wait", "A", 1).is_like(&retrying("wait", "B", 1)));
        assert!(!retrying("wait", "A", 1).is_like(&Activity::Working));
        assert!(Activity::Waiting("x".to_owned()).is_like(&Activity::Waiting("x".to_owned())));
    }
}
