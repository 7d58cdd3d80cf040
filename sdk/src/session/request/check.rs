//! Finds requests that AWS cannot accept before any call, with the limit and its source.
//!
//! Only the text of a request is checked here. Whether the role exists and trusts the caller, AWS decides.

use std::time::Duration;

use super::{AssumeRequest, REASON_TAG};
use crate::aws::quotas;
use crate::id::{AccountId, Partition};

/// The source of the limits of `AssumeRole`.
pub const SOURCE: &str = "STS API reference, AssumeRole";

/// Shortest and longest session of any role (docs/AWS.md 2.1).
const DURATION: (Duration, Duration) = (Duration::from_mins(15), Duration::from_hours(12));
/// Longest session for a chained role (docs/AWS.md 2.1).
pub(in crate::session) const CHAINED_MAX: Duration = Duration::from_hours(1);
/// Lengths of names, ids and tags, in characters (docs/AWS.md 2.1).
const NAME_LENGTH: (usize, usize) = (2, 64);
const EXTERNAL_ID_LENGTH: (usize, usize) = (2, 1224);
const ROLE_ARN_LENGTH: (usize, usize) = (20, 2048);
const SERIAL_LENGTH: (usize, usize) = (9, 256);
const TAG_KEY_LENGTH: (usize, usize) = (1, 128);
const TAG_VALUE_LENGTH: (usize, usize) = (0, 256);
const REASON_LENGTH: (usize, usize) = (1, 256);
/// Most session tags, and most transitive keys.
const TAGS_MAX: usize = quotas::TAGS;
/// Most managed session policies.
const POLICY_ARNS_MAX: usize = quotas::SESSION_POLICY_ARNS;
/// Most characters of session policies in plain text; packed, they can still be too large.
pub(in crate::session) const POLICY_MAX: usize = quotas::SESSION_POLICIES_CHARACTERS;

/// Why a request is not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// A text is too short or too long.
    #[error("the length of the {field} is {length}; {least} to {most} characters are allowed ({SOURCE})")]
    Length {
        /// What is too short or too long.
        field: &'static str,
        /// Its length in characters.
        length: usize,
        /// The shortest allowed.
        least: usize,
        /// The longest allowed.
        most: usize,
    },
    /// A text has a character that AWS does not accept there.
    #[error("the {field} has the character {found:?}; allowed are {allowed} ({SOURCE})")]
    Character {
        /// Where the character is.
        field: &'static str,
        /// The first such character.
        found: char,
        /// What is allowed instead.
        allowed: &'static str,
    },
    /// There are too many of something.
    #[error("{count} {field}; at most {most} are allowed ({SOURCE})")]
    TooMany {
        /// Of what.
        field: &'static str,
        /// How many.
        count: usize,
        /// The most allowed.
        most: usize,
    },
    /// A tag key is given twice; letter case does not count.
    #[error("the session tag {key} is given twice; letter case does not count ({SOURCE})")]
    TagTwice {
        /// The key.
        key: String,
    },
    /// A key that the caller cannot set, or cannot make transitive.
    #[error("the session tag {key} cannot be set like this: {rule}")]
    TagReserved {
        /// The key.
        key: String,
        /// Why not.
        rule: &'static str,
    },
    /// A transitive key has no session tag.
    #[error("the transitive key {key} is not among the session tags ({SOURCE})")]
    TransitiveUnknown {
        /// The key.
        key: String,
    },
    /// The duration is too short or too long.
    #[error("the duration is {} s; {} to {} s are allowed: {limit}", .asked.as_secs(), .least.as_secs(), .most.as_secs())]
    Duration {
        /// The duration asked for.
        asked: Duration,
        /// The shortest allowed.
        least: Duration,
        /// The longest allowed.
        most: Duration,
        /// What sets the longest.
        limit: DurationLimit,
    },
    /// A text is not a role ARN.
    #[error("`{text}` is not a role ARN; expected arn:PARTITION:iam::ACCOUNT:role/NAME")]
    RoleArn {
        /// The text.
        text: String,
    },
    /// The role is not in the account of the request.
    #[error("the role {role} is not in account {wanted}")]
    OtherAccount {
        /// The account asked for.
        wanted: AccountId,
        /// The role's ARN.
        role: String,
    },
    /// The session policy is not a JSON object.
    #[error("the session policy is not a JSON object: {problem}")]
    Policy {
        /// What is wrong, and where.
        problem: String,
    },
    /// The role requires a reason and none is given.
    #[error("this role requires a reason: .reason(\"…\")")]
    ReasonMissing,
    /// The caller is the root user, which cannot assume roles.
    #[error("root user credentials cannot assume roles ({SOURCE}): use those of an IAM role or user")]
    Root,
}

/// What limits the session's duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DurationLimit {
    /// AWS, for all roles.
    Aws,
    /// The role's own maximum.
    Role,
    /// The caller's credentials are a role's.
    Chained,
}

impl std::fmt::Display for DurationLimit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Aws => write!(f, "no role accepts any other value ({SOURCE})"),
            Self::Role => f.write_str("the role's own maximum (MaxSessionDuration)"),
            Self::Chained => write!(f, "a role assumed with a role's credentials gets one hour at most ({SOURCE}, role chaining)"),
        }
    }
}

/// Whether the caller's own credentials are a role's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::session) enum Chain {
    First,
    Chained,
}

impl AssumeRequest {
    /// Checks everything that can be checked without a call. [`Sessions::session`](crate::session::Sessions::session) does so
    /// first.
    ///
    /// # Errors
    ///
    /// The first problem that AWS, or the role, would refuse.
    pub fn check(&self) -> Result<(), RequestError> {
        let (asked, known) = (&self.asked, &self.known);
        role_arn(&asked.role_arn, &asked.account)?;
        name("session name", &asked.session_name)?;
        if let Some(identity) = &asked.source_identity {
            name("source identity", identity)?;
        }
        if let Some(id) = &asked.external_id {
            length("external id", id, EXTERNAL_ID_LENGTH)?;
            characters("external id", id, "A-Z a-z 0-9 _ + = , . @ : / -", |c| c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c))?;
        }
        if let Some(serial) = &asked.mfa_serial {
            length("MFA serial number", serial, SERIAL_LENGTH)?;
            characters("MFA serial number", serial, "A-Z a-z 0-9 _ + = / : , . @ -", |c| {
                c.is_ascii_alphanumeric() || "_+=/:,.@-".contains(c)
            })?;
        }
        self.check_tags()?;
        self.check_policies()?;
        let (least, most) = DURATION;
        self.within(least, known.max_session.map_or((most, DurationLimit::Aws), |longest| (longest, DurationLimit::Role)))?;
        // Last: a caller that is already the role needs no reason, but the other checks apply.
        if known.asks_reason == Some(true) && asked.reason.is_none() { Err(RequestError::ReasonMissing) } else { Ok(()) }
    }

    /// Checks what depends on the caller's own credentials.
    pub(in crate::session) fn check_chain(&self, chain: Chain) -> Result<(), RequestError> {
        match chain {
            Chain::First => Ok(()),
            Chain::Chained => self.within(DURATION.0, (CHAINED_MAX, DurationLimit::Chained)),
        }
    }

    fn within(&self, least: Duration, (most, limit): (Duration, DurationLimit)) -> Result<(), RequestError> {
        let asked = self.asked.duration;
        if (least..=most).contains(&asked) { Ok(()) } else { Err(RequestError::Duration { asked, least, most, limit }) }
    }

    fn check_tags(&self) -> Result<(), RequestError> {
        let asked = &self.asked;
        if let Some(reason) = &asked.reason {
            // Blanks are not a reason: AWS's logs would show nothing.
            length("reason", reason.trim(), REASON_LENGTH)?;
            tag_characters("reason", reason)?;
        }
        let mut seen = std::collections::BTreeSet::new();
        for (key, value) in &asked.tags {
            length("session tag's key", key, TAG_KEY_LENGTH)?;
            tag_characters("session tag's key", key)?;
            length("session tag's value", value, TAG_VALUE_LENGTH)?;
            tag_characters("session tag's value", value)?;
            let folded = key.to_lowercase();
            let reserved = |rule| RequestError::TagReserved { key: key.clone(), rule };
            if folded.starts_with("aws:") {
                return Err(reserved("the prefix aws: is AWS's own"));
            }
            if folded == REASON_TAG {
                return Err(reserved("give it as the reason"));
            }
            if !seen.insert(folded) {
                return Err(RequestError::TagTwice { key: key.clone() });
            }
        }
        let count = asked.tags_sent().count();
        if count > TAGS_MAX {
            return Err(RequestError::TooMany { field: "session tags", count, most: TAGS_MAX });
        }
        for key in &asked.transitive {
            if key.eq_ignore_ascii_case(REASON_TAG) {
                return Err(RequestError::TagReserved { key: key.clone(), rule: "a reason holds for one session and is not handed on" });
            }
            if !seen.contains(&key.to_lowercase()) {
                return Err(RequestError::TransitiveUnknown { key: key.clone() });
            }
        }
        Ok(())
    }

    fn check_policies(&self) -> Result<(), RequestError> {
        let asked = &self.asked;
        if asked.policy_arns.len() > POLICY_ARNS_MAX {
            return Err(RequestError::TooMany { field: "managed session policies", count: asked.policy_arns.len(), most: POLICY_ARNS_MAX });
        }
        let length = asked.policy_length();
        if length > POLICY_MAX {
            return Err(RequestError::Length { field: "session policies together", length, least: 0, most: POLICY_MAX });
        }
        if let Some(policy) = &asked.policy {
            serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(policy)
                .map_err(|error| RequestError::Policy { problem: error.to_string() })?;
        }
        Ok(())
    }
}

/// Checks that a text is the ARN of a role in an account, in plain characters.
pub(crate) fn role_arn(arn: &str, account: &AccountId) -> Result<(), RequestError> {
    length("role's ARN", arn, ROLE_ARN_LENGTH)?;
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", _, "iam", "", found, resource]
            if Partition::of_arn(arn).is_some()
                && found.parse::<AccountId>().is_ok()
                && resource
                    .strip_prefix("role/")
                    .is_some_and(|path| !path.is_empty() && !path.ends_with('/') && path.chars().all(|c| c.is_ascii_graphic())) =>
        {
            if *found == account.as_str() {
                Ok(())
            } else {
                Err(RequestError::OtherAccount { wanted: account.clone(), role: arn.to_owned() })
            }
        }
        _ => Err(RequestError::RoleArn { text: arn.to_owned() }),
    }
}

fn name(field: &'static str, text: &str) -> Result<(), RequestError> {
    length(field, text, NAME_LENGTH)?;
    characters(field, text, "A-Z a-z 0-9 _ + = , . @ -", |c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c))
}

fn tag_characters(field: &'static str, text: &str) -> Result<(), RequestError> {
    characters(field, text, "letters, digits, spaces and _ . : / = + - @", |c| {
        c.is_alphanumeric() || (c.is_whitespace() && !c.is_control()) || "_.:/=+-@".contains(c)
    })
}

fn length(field: &'static str, text: &str, (least, most): (usize, usize)) -> Result<(), RequestError> {
    let length = text.chars().count();
    if (least..=most).contains(&length) { Ok(()) } else { Err(RequestError::Length { field, length, least, most }) }
}

fn characters(field: &'static str, text: &str, allowed: &'static str, is_allowed: impl Fn(char) -> bool) -> Result<(), RequestError> {
    match text.chars().find(|c| !is_allowed(*c)) {
        None => Ok(()),
        Some(found) => Err(RequestError::Character { field, found, allowed }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:iam::222233334444:role/landfall/deployer";

    fn request() -> AssumeRequest {
        AssumeRequest::new("222233334444".parse().expect("an id"), ARN)
    }

    #[test]
    fn what_aws_takes_passes() {
        let long = "x".repeat(64);
        for good in [
            request(),
            request().session_name("ab").source_identity(long.as_str()).external_id("a:/b").duration(Duration::from_mins(15)),
            request().duration(Duration::from_hours(12)),
            request().tag("team", "").tag("Größe", "drei Äpfel 3").transitive("TEAM").reason("release 42: @all"),
            request().policy(r#"{"Version":"2012-10-17","Statement":[]}"#).policy_arn("arn:aws:iam::aws:policy/ReadOnlyAccess"),
            request().mfa("arn:aws:iam::111111111111:mfa/ada", || async { Ok("123456".to_owned()) }),
            request().role_asks_reason(true).reason("x"),
        ] {
            assert_eq!(good.check(), Ok(()), "{good:?}");
        }
    }

    #[test]
    fn what_aws_refuses_is_refused_with_its_limit() {
        let tags = |count: usize| (0..count).fold(request(), |request, n| request.tag(format!("k{n}"), "v"));
        let arns = (0..11).fold(request(), |request, n| request.policy_arn(format!("arn:aws:iam::aws:policy/P{n}")));
        for (bad, words) in [
            (request().session_name("x"), "the length of the session name is 1; 2 to 64"),
            (request().session_name("a b"), "the session name has the character ' '"),
            (request().source_identity("x".repeat(65)), "the length of the source identity is 65;"),
            (request().external_id("x".repeat(1225)), "the length of the external id is 1225; 2 to 1224"),
            (request().external_id("a%b"), "the external id has the character '%'"),
            (request().mfa("short", || async { Ok(String::new()) }), "the length of the MFA serial number is 5; 9 to 256"),
            (request().reason(""), "the length of the reason is 0; 1 to 256"),
            (request().reason("  "), "the length of the reason is 0; 1 to 256"),
            (request().reason("x".repeat(257)), "the length of the reason is 257;"),
            (request().reason("fix #7"), "the reason has the character '#'"),
            (request().reason("two\nlines"), "the reason has the character '\\n'"),
            (request().tag("", "v"), "the length of the session tag's key is 0; 1 to 128"),
            (request().tag("k", "v".repeat(257)), "the length of the session tag's value is 257; 0 to 256"),
            (request().tag("k", "1").tag("K", "2"), "the session tag K is given twice"),
            (request().tag("aws:x", "1"), "the prefix aws: is AWS's own"),
            (request().tag("landfall:reason", "1"), "give it as the reason"),
            (request().reason("x").transitive("landfall:reason"), "is not handed on"),
            (request().transitive("team"), "the transitive key team is not among the session tags"),
            (tags(51), "51 session tags; at most 50"),
            (tags(50).reason("one too many"), "51 session tags; at most 50"),
            (arns, "11 managed session policies; at most 10"),
            (request().policy("x".repeat(2049)), "the length of the session policies together is 2049; 0 to 2048"),
            (request().policy("{"), "the session policy is not a JSON object"),
            (request().policy("[]"), "the session policy is not a JSON object"),
            (request().duration(Duration::from_secs(899)), "the duration is 899 s; 900 to 43200 s"),
            (request().duration(Duration::from_secs(43_201)), "no role accepts any other value"),
            (
                request().role_max_session(Duration::from_hours(2)).duration(Duration::from_hours(3)),
                "900 to 7200 s are allowed: the role's own",
            ),
            (request().role_asks_reason(true), "requires a reason"),
            (AssumeRequest::new("111111111111".parse().expect("an id"), ARN), "is not in account 111111111111"),
            (AssumeRequest::new("222233334444".parse().expect("an id"), "arn:aws:iam::222233334444:user/x"), "is not a role ARN"),
            (AssumeRequest::new("222233334444".parse().expect("an id"), "landfall/deployer-of-everything"), "is not a role ARN"),
        ] {
            let error = bad.check().expect_err(words).to_string();
            assert!(error.contains(words), "{error} | {words}");
        }
    }

    #[test]
    fn chained_sessions_get_an_hour() {
        assert_eq!(request().check_chain(Chain::Chained), Ok(()));
        let long = request().duration(Duration::from_hours(2));
        assert_eq!(long.check_chain(Chain::First), Ok(()));
        let error = long.check_chain(Chain::Chained).expect_err("too long").to_string();
        assert!(error.contains("7200 s") && error.contains("role chaining"), "{error}");
    }
}
