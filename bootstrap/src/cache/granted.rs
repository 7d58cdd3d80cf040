//! Credentials that were granted: their texts, checked, and how long they live.
//!
//! Every text is a [`Word`], so whatever prints them prints one line for each, from a file as from an answer.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use landfall::id::AccountId;
use serde::{Deserialize, Serialize};

/// A session of an hour has to have this much left: the AWS CLI asks again from here on with every call.
const LEFT_MIN: Duration = Duration::from_mins(15);
/// A shorter one has to have this share of its life left, in percent; with 15 minutes, those of 15 minutes were never kept.
const LEFT_PERCENT_SHORT: u32 = 25;
/// A long one has to have this share left, in percent.
const LEFT_PERCENT_MIN: u32 = 20;
/// The longest session there is; a file this old holds nothing that lives, and one that says more is wrong.
pub(super) const LIFE_MAX: Duration = Duration::from_hours(12);

/// A part of credentials as AWS writes them: visible characters of ASCII, so that it is one word on one line wherever it is printed.
///
/// Anything else would be a second line in what a shell is told to run.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Word(String);

impl Word {
    /// Takes a text, or says what is wrong with it; the text itself is not in there.
    fn new(what: &'static str, text: &str) -> Result<Self, NotAWord> {
        match text.chars().position(|c| !c.is_ascii_graphic()) {
            Some(at) => Err(NotAWord { what, at: at + 1 }),
            None => Ok(Self(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Word {
    type Error = NotAWord;

    fn try_from(text: String) -> Result<Self, NotAWord> {
        Self::new("a value", &text)
    }
}

impl From<Word> for String {
    fn from(word: Word) -> Self {
        word.0
    }
}

/// Credentials have a character in them that AWS's never have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotAWord {
    what: &'static str,
    at: usize,
}

impl fmt::Display for NotAWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "character {} of {} is a blank, a line break, or another one that AWS's credentials never have", self.at, self.what)
    }
}

/// The texts of credentials.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Keys {
    access_key_id: Word,
    secret_access_key: Word,
    session_token: Word,
}

impl Keys {
    fn of(credentials: &Credentials) -> Result<Self, NotAWord> {
        Ok(Self {
            access_key_id: Word::new("the access key id", credentials.access_key_id())?,
            secret_access_key: Word::new("the secret access key", credentials.secret_access_key())?,
            session_token: Word::new("the session token", credentials.session_token().unwrap_or_default())?,
        })
    }
}

/// Checks that credentials can be used, and printed for other programs.
///
/// # Errors
///
/// When a character is in them that AWS's never have.
pub(crate) fn check(credentials: &Credentials) -> Result<(), NotAWord> {
    Keys::of(credentials).map(|_| ())
}

/// Credentials with their beginning and end by the wall's clock.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Granted {
    #[serde(flatten)]
    keys: Keys,
    /// The account that they are in.
    account: Word,
    /// Seconds since 1970.
    began: u64,
    /// Seconds since 1970; `None` if the caller's own credentials do not say.
    ends: Option<u64>,
}

impl Granted {
    /// Takes credentials that were just granted, and live for `life` from `now` on, where that is known.
    ///
    /// # Errors
    ///
    /// As [`check`].
    pub(crate) fn new(credentials: &Credentials, account: &AccountId, now: SystemTime, life: Option<Duration>) -> Result<Self, NotAWord> {
        let account = Word::new("the account's id", account.as_str())?;
        Ok(Self { keys: Keys::of(credentials)?, account, began: seconds(now), ends: life.map(|life| seconds(now + life)) })
    }

    /// Returns the credentials. They have no end in there, since a sandbox's clock is another one.
    pub(crate) fn credentials(&self) -> Credentials {
        let Keys { access_key_id, secret_access_key, session_token } = &self.keys;
        Credentials::new(&access_key_id.0, &secret_access_key.0, Some(session_token.0.clone()), None, "landfall-cache")
    }

    /// Returns the account that they are in.
    pub(crate) fn account(&self) -> &str {
        &self.account.0
    }

    /// Returns when they end, where that is known.
    pub(crate) fn ends(&self) -> Option<SystemTime> {
        UNIX_EPOCH.checked_add(Duration::from_secs(self.ends?))
    }

    /// Returns whether enough of their life is left to give them out again. What no session of AWS's can say is no such thing.
    pub(crate) fn is_fresh(&self, now: SystemTime) -> bool {
        let (now, Some(ends)) = (seconds(now), self.ends) else { return false };
        let left = Duration::from_secs(ends.saturating_sub(now));
        let life = Duration::from_secs(ends.saturating_sub(self.began));
        // A beginning that lies ahead means that a clock was moved.
        self.began <= now && life <= LIFE_MAX && !left.is_zero() && left >= margin(life)
    }
}

/// Returns how much of a life has to be left.
fn margin(life: Duration) -> Duration {
    (life * LEFT_PERCENT_SHORT / 100).min(LEFT_MIN).max(life * LEFT_PERCENT_MIN / 100)
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(began: u64, ends: u64) -> Granted {
        let text = || Word("x".to_owned());
        let keys = Keys { access_key_id: text(), secret_access_key: text(), session_token: text() };
        Granted { keys, account: text(), began, ends: Some(ends) }
    }

    /// At both doors, that of a file and that of an answer: no value is more than a word.
    #[test]
    fn what_would_be_a_second_line_of_a_shell_is_no_part_of_credentials() {
        let whole = serde_json::to_value(granted(0, 1)).expect("JSON");
        let fields = ["access_key_id", "secret_access_key", "session_token", "account"];
        assert_eq!(whole.as_object().map(serde_json::Map::len), Some(fields.len() + 2), "{whole}");
        let account: AccountId = "111111111111".parse().expect("an id");
        for bad in ["x\ntouch owned", "x\r", "x y", "\u{7f}", "\u{1b}[2J", "\0", "é", "\u{2028}"] {
            for field in fields {
                let mut kept = whole.clone();
                kept[field] = bad.into();
                assert!(serde_json::from_value::<Granted>(kept).is_err(), "{field}: {bad:?}");
            }
            for at in 0..3 {
                let part = |which| if which == at { bad } else { "x" };
                let credentials = Credentials::new(part(0), part(1), Some(part(2).to_owned()), None, "test");
                let problem = Granted::new(&credentials, &account, UNIX_EPOCH, None).err().expect(bad);
                assert_eq!(check(&credentials), Err(problem.clone()));
                assert!(!problem.to_string().contains(bad), "{problem}");
            }
        }
        // AWS's own alphabets, and all that others may use.
        let all: String = ('!'..='~').collect();
        let mut kept = whole;
        for field in fields {
            kept[field] = all.as_str().into();
        }
        let kept: Granted = serde_json::from_value(kept).expect("words");
        assert_eq!((kept.credentials().secret_access_key(), kept.account()), (all.as_str(), all.as_str()));
    }

    #[test]
    fn credentials_are_renewed_before_they_end() {
        const MINUTE: u64 = 60;
        for (life, fresh, stale) in [(15, 11, 12), (20, 15, 16), (59, 44, 45), (60, 45, 46), (75, 60, 61), (12 * 60, 576, 577)] {
            let granted = granted(0, life * MINUTE);
            let at = |minute: u64| granted.is_fresh(UNIX_EPOCH + Duration::from_mins(minute));
            assert!(at(0) && at(fresh), "{life} minutes are kept until {fresh}");
            assert!(!at(stale) && !at(life), "{life} minutes are not kept after {fresh}");
        }
    }

    #[test]
    fn what_no_session_says_is_not_fresh_and_nothing_overflows() {
        let now = UNIX_EPOCH + Duration::from_hours(498_744);
        let seconds = seconds(now);
        for (began, ends) in [
            (seconds, u64::MAX),
            (0, seconds + 60),
            (u64::MAX, u64::MAX),
            (seconds + 60, seconds + 3600),
            (seconds, seconds),
            (seconds, 0),
            (0, 0),
        ] {
            let granted = granted(began, ends);
            assert!(!granted.is_fresh(now), "{began} to {ends}");
            let _ = granted.ends();
        }
        assert!(!Granted { ends: None, ..granted(seconds, 0) }.is_fresh(now), "its end is unknown");
    }
}
