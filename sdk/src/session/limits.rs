//! How long sessions are waited for.

use std::time::Duration;

use crate::aws::retry::{RetryPolicy, THROTTLE_BUDGET};

/// How long sessions are waited for. Every limit is one of [`Sessions::open`](super::Sessions::open)'s builder, and holds for all sessions of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) answer: Duration,
    pub(super) first: Duration,
    pub(super) unanswered: Duration,
    pub(super) throttled: Duration,
    pub(super) credentials: Duration,
    pub(super) whole: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // STS answers in a fraction of a second; the AWS CLI waits a minute.
            answer: Duration::from_secs(30),
            // Without a network nothing will come: the AWS CLI says so after four seconds.
            first: Duration::from_secs(10),
            unanswered: THROTTLE_BUDGET,
            throttled: THROTTLE_BUDGET,
            // A program that asks a person for a code, or for a sign-in in a browser.
            credentials: Duration::from_mins(10),
            // Sessions may be used for days.
            whole: None,
        }
    }
}

impl Limits {
    /// Returns the retry policy of a call that makes or checks a session.
    pub(super) fn retry(&self) -> RetryPolicy {
        RetryPolicy::repeatable().unanswered_within(self.unanswered).throttled_within(self.throttled)
    }
}
