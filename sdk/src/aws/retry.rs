//! Retries: for how long each class of error is retried, and the one loop that does it.
//!
//! Time comes from the session's own clock, so the loop runs in virtual time under test. What a code means is in [`error`](super::error);
//! the kinds choose the policy of each call.

use std::future::Future;
use std::ops::ControlFlow;
use std::time::{Duration, SystemTime};

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::error::{Answer, AwsError, Class};
use super::log;
use super::rate_limit::RateLimiter;
use super::stop::Stop;

/// How long throttles, concurrent writers and internal errors of AWS are retried (docs/AWS.md 9, class T).
pub(crate) const THROTTLE_BUDGET: Duration = Duration::from_mins(2);
/// How long something that was just created may stay invisible; other tools wait this long for IAM, too (docs/AWS.md 2.4).
pub(crate) const NOT_YET_BUDGET: Duration = Duration::from_mins(2);
/// How long an organization may be finalizing (docs/AWS.md 1.1).
pub(crate) const WAIT_BUDGET: Duration = Duration::from_hours(1);
/// How long the denials of a new account are retried (docs/AWS.md 1.5).
pub(crate) const YOUNG_ACCOUNT: Duration = Duration::from_mins(15);

/// First pause of each class, doubled on every attempt up to the second number.
const THROTTLE_PAUSE: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(20));
const NOT_YET_PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(3));
const WAIT_PAUSE: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(15));

/// Codes with which a new account refuses calls although nothing is wrong (docs/AWS.md 1.5).
pub(crate) const YOUNG_ACCOUNT_CODES: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "AuthFailure",
    "RegionDisabledException",
    "OptInRequired",
    "SubscriptionRequiredException",
];

/// Those of them that one service may answer when others already know the account.
pub(crate) const NOT_SUBSCRIBED_CODES: &[&str] = &["OptInRequired", "SubscriptionRequiredException"];

/// How long, and for which errors, one call is retried.
#[derive(Debug, Clone)]
pub(crate) struct RetryPolicy {
    until_visible: Vec<&'static str>,
    not_yet_budget: Duration,
    throttle_budget: Duration,
    wait_budget: Duration,
    wait_every: Option<Duration>,
    unanswered_budget: Duration,
    repeat_lost: bool,
}

impl RetryPolicy {
    /// For a read, an upsert, and a create with a unique name: retries throttles and waits, and sends again when the answer was lost. A
    /// second create of the same name is refused as a duplicate, and the caller looks up the first.
    #[must_use]
    pub(crate) fn repeatable() -> Self {
        Self {
            until_visible: Vec::new(),
            not_yet_budget: NOT_YET_BUDGET,
            throttle_budget: THROTTLE_BUDGET,
            wait_budget: WAIT_BUDGET,
            wait_every: None,
            unanswered_budget: THROTTLE_BUDGET,
            repeat_lost: true,
        }
    }

    /// For a create that AWS would execute a second time: a lost answer is returned to the caller, who looks the resource up.
    #[must_use]
    pub(crate) fn create_once() -> Self {
        Self { repeat_lost: false, ..Self::repeatable() }
    }

    /// Never sends again when the answer was lost: for a create without an idempotency token under the scope's own policy.
    #[must_use]
    pub(crate) fn sent_once(mut self) -> Self {
        self.repeat_lost = false;
        self
    }

    /// Retries with this fixed pause while it waits for a state, because each attempt costs something.
    #[must_use]
    pub(crate) fn waiting_every(mut self, pause: Duration) -> Self {
        self.wait_every = Some(pause);
        self
    }

    /// Retries for at most this long while no answer comes at all.
    #[must_use]
    pub(crate) fn unanswered_within(mut self, budget: Duration) -> Self {
        self.unanswered_budget = budget;
        self
    }

    /// Retries throttles, concurrent writers and internal errors of AWS for at most this long.
    #[must_use]
    pub(crate) fn throttled_within(mut self, budget: Duration) -> Self {
        self.throttle_budget = budget;
        self
    }

    /// Retries these codes too, because what they report as missing was created moments ago.
    #[must_use]
    pub(crate) fn until_visible(mut self, codes: &'static [&'static str]) -> Self {
        self.until_visible.extend(codes);
        self
    }

    /// Retries for at least this long until something that was just created becomes visible.
    #[must_use]
    pub(crate) fn visible_within(mut self, budget: Duration) -> Self {
        self.not_yet_budget = self.not_yet_budget.max(budget);
        self
    }

    /// Retries the denials of a new account until the account is 15 minutes old.
    #[must_use]
    pub(crate) fn tolerate_new_account(mut self, remaining: Duration) -> Self {
        self.until_visible.extend(YOUNG_ACCOUNT_CODES);
        self.not_yet_budget = self.not_yet_budget.max(remaining);
        self
    }

    /// Returns the class of an error under this policy.
    #[must_use]
    pub(crate) fn class(&self, error: &AwsError) -> Class {
        if error.is(&self.until_visible) {
            return Class::NotYet;
        }
        if error.answer == Answer::Lost && !self.repeat_lost {
            return Class::Never;
        }
        error.class()
    }

    fn budget(&self, class: Class, error: &AwsError) -> Duration {
        match class {
            Class::Throttle if error.answer == Answer::Lost => self.unanswered_budget,
            Class::Throttle => self.throttle_budget,
            Class::NotYet => self.not_yet_budget,
            Class::Wait => self.wait_budget,
            Class::Never => Duration::ZERO,
        }
    }
}

/// What the loop reports while it waits.
pub(crate) trait RetryObserver {
    /// Called before each pause, with the error, its class, and the length of the pause.
    fn retrying(&self, error: &AwsError, class: Class, pause: Duration);

    /// Called once when a call that was retried has ended. Does nothing by default.
    fn resumed(&self) {}

    /// Returns what may end a pause early; by default nothing does.
    fn stop(&self) -> Option<&Stop> {
        None
    }
}

/// An observer that ignores everything.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NoObserver;

impl RetryObserver for NoObserver {
    fn retrying(&self, _: &AwsError, _: Class, _: Duration) {}
}

/// Sends a call until it succeeds or the budget of its class ends, each time when the caller's rates allow it. If the caller has a
/// deadline, it ends everything: a pause that would last longer is not begun, and an answer that has not come is abandoned.
///
/// # Errors
///
/// The last error, once its class is [`Class::Never`] or the budget of its class is spent; [`Answer::Stopped`] when the observer's [`Stop`]
/// was requested while an error was being retried.
pub(crate) async fn send_with_retry<T, E, F>(
    limiter: &RateLimiter,
    observer: &(dyn RetryObserver + Sync),
    call: &'static str,
    retry: &RetryPolicy,
    send: impl Fn() -> F,
) -> Result<T, AwsError>
where
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let clock = limiter.clock();
    let started = clock.now();
    // Waiting for a permit does not count: the budget is for AWS's refusals.
    let mut queued = Duration::ZERO;
    let mut tries: u32 = 0;
    loop {
        let ControlFlow::Continue(permit) = limiter.permit(call, observer.stop()).await else {
            return Err(AwsError::stopped(call));
        };
        queued += permit.waited();
        let sent = clock.now();
        let left = limiter.left();
        if left.is_some_and(|left| left.is_zero()) {
            return Err(AwsError::not_sent(call, "the time for all calls was over"));
        }
        // A call's future is large, and a run holds hundreds of them inside others: each is boxed.
        let answer = permit.send(Box::pin(send()));
        let answer = match left {
            None => answer.await,
            Some(left) => tokio::select! {
                biased;
                answer = answer => answer,
                () = clock.sleep(left) => Err(SdkError::timeout_error("the time for all calls is over")),
            },
        };
        let error = match answer {
            Ok(output) => {
                limiter.passed(call);
                log::answered(limiter, call, tries, sent, None);
                if tries > 0 {
                    observer.resumed();
                }
                return Ok(output);
            }
            Err(error) => AwsError::of(call, error),
        };
        log::answered(limiter, call, tries, sent, Some(&error));
        if error.is_rate() {
            limiter.throttled(call, &permit);
        }
        drop(permit);
        let class = retry.class(&error);
        let spent = clock.now().duration_since(started).unwrap_or_default().saturating_sub(queued);
        let pause = retry.wait_every.filter(|_| class == Class::Wait).unwrap_or_else(|| pause(class, tries, call, clock.now()));
        let is_late = limiter.left().is_some_and(|left| left <= pause);
        if class == Class::Never || is_late || spent + pause > retry.budget(class, &error) {
            if tries > 0 {
                observer.resumed();
            }
            return Err(error);
        }
        observer.retrying(&error, class, pause);
        if clock.pause(pause, observer.stop()).await.is_break() {
            return Err(AwsError::stopped(call));
        }
        tries += 1;
    }
}

/// Exponential with jitter. The jitter comes from the call's name and the attempt, so that a run can be repeated exactly; where AWS throttles,
/// from the moment, too: programs that were refused together must not come back together.
fn pause(class: Class, tries: u32, call: &str, now: SystemTime) -> Duration {
    let (first, most) = match class {
        Class::Throttle => THROTTLE_PAUSE,
        Class::NotYet => NOT_YET_PAUSE,
        Class::Wait => WAIT_PAUSE,
        Class::Never => return Duration::ZERO,
    };
    let full = most.min(first * 2u32.saturating_pow(tries));
    let moment = match class {
        Class::Throttle => now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().subsec_nanos().wrapping_mul(2_246_822_519),
        Class::NotYet | Class::Wait | Class::Never => 0,
    };
    let seed = tries.wrapping_mul(2_654_435_761) ^ moment ^ (moment >> 15);
    let hash = call.bytes().fold(seed, |hash, byte| hash.rotate_left(5) ^ u32::from(byte));
    // Between one half and the whole.
    full / 2 + full.mul_f64(f64::from(hash % 1000) / 2000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::error::tests::refused;

    #[test]
    fn a_code_is_retried_only_where_the_policy_has_it() {
        let denied = refused("AccessDenied", None);
        assert_eq!(RetryPolicy::repeatable().class(&denied), Class::Never);
        assert_eq!(RetryPolicy::repeatable().until_visible(&["AccessDenied"]).class(&denied), Class::NotYet);
        assert_eq!(RetryPolicy::repeatable().tolerate_new_account(Duration::from_mins(1)).class(&denied), Class::NotYet);
    }

    #[test]
    fn a_lost_create_is_never_sent_again() {
        let lost = AwsError { code: None, answer: Answer::Lost, ..refused("x", None) };
        assert_eq!(RetryPolicy::repeatable().class(&lost), Class::Throttle);
        assert_eq!(RetryPolicy::create_once().class(&lost), Class::Never);
    }

    #[test]
    fn pauses_grow_to_their_cap() {
        for tries in 0..20 {
            let pause = pause(Class::Throttle, tries, "iam:CreateRole", SystemTime::UNIX_EPOCH);
            assert!(pause <= THROTTLE_PAUSE.1 && pause >= THROTTLE_PAUSE.0 / 2, "{tries}: {pause:?}");
        }
        let at = |tries, now| pause(Class::Throttle, tries, "x", now);
        assert!(at(8, SystemTime::UNIX_EPOCH) > at(0, SystemTime::UNIX_EPOCH));
    }

    /// A thousand programs whose first call is throttled in one millisecond.
    #[test]
    fn those_refused_together_do_not_come_back_together() {
        let moments = (0..1000_u64).map(|n| SystemTime::UNIX_EPOCH + Duration::from_nanos(1_000 * n));
        let mut pauses: Vec<Duration> = moments.map(|now| pause(Class::Throttle, 3, "ssm:GetParameter", now)).collect();
        pauses.sort_unstable();
        let slot = pauses[999].saturating_sub(pauses[0]) / 10;
        let fullest =
            (0..10).map(|n| pauses.iter().filter(|pause| **pause >= pauses[0] + slot * n && **pause < pauses[0] + slot * (n + 1)).count());
        assert!(fullest.max() < Some(200), "a tenth of the time has a tenth of the calls, more or less");
    }
}

/// What takes time, on the simulator's virtual clock.
#[cfg(all(test, feature = "simulator"))]
mod timed {
    use super::*;
    use crate::aws::clock::Clock;
    use crate::aws::rate_limit::Rates;

    /// Requests a stop at the first pause.
    struct Impatient(Stop);

    impl RetryObserver for Impatient {
        fn retrying(&self, _: &AwsError, _: Class, _: Duration) {
            self.0.ask();
        }

        fn stop(&self) -> Option<&Stop> {
            Some(&self.0)
        }
    }

    /// A stop during a retry is reported neither as the error that was being retried nor as an answer; the same holds for a permit that
    /// never came.
    #[tokio::test]
    async fn a_stopped_wait_is_neither_the_refusal_nor_an_answer() {
        const CALL: &str = "ec2:AllocateAddress";
        let waits = [
            ("RequestLimitExceeded", RetryPolicy::repeatable()),
            ("OptInRequired", RetryPolicy::repeatable().tolerate_new_account(YOUNG_ACCOUNT)),
            ("InvalidVpcID.NotFound", RetryPolicy::repeatable().until_visible(&["InvalidVpcID.NotFound"])),
        ];
        for (code, retry) in waits {
            let clock = crate::simulator::Clock::virtual_from(SystemTime::UNIX_EPOCH + Duration::from_hours(500_000));
            let limiter =
                RateLimiter::new(Clock::new(clock.time_source(), clock.sleep_impl()), Rates::Unlimited, "111111111111", "eu-west-1");
            let sent = std::sync::atomic::AtomicUsize::new(0);
            let send = async || {
                sent.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                let status = aws_smithy_runtime_api::http::StatusCode::try_from(400).expect("a status");
                let response = HttpResponse::new(status, aws_smithy_types::body::SdkBody::empty());
                Err::<(), _>(SdkError::service_error(aws_smithy_types::error::ErrorMetadata::builder().code(code).build(), response))
            };
            let observer = Impatient(Stop::default());
            let error = send_with_retry(&limiter, &observer, CALL, &retry, send).await.expect_err("it was stopped");
            assert_eq!((error.answer, error.code.as_deref(), error.call), (Answer::Stopped, None, CALL), "{code}");
            // After the stop, a call that needs no wait is still sent.
            let again = send_with_retry(&limiter, &observer, CALL, &retry, send).await.expect_err("it was stopped");
            assert_eq!((again.answer, sent.into_inner()), (Answer::Stopped, 2), "{code}");
        }
    }

    /// Two calls share one deadline, whether they wait for an answer or retry errors.
    #[tokio::test]
    async fn all_calls_of_a_limiter_have_one_deadline() {
        const END: Duration = Duration::from_secs(50);
        type Refused = SdkError<aws_smithy_types::error::ErrorMetadata, HttpResponse>;
        let refusal = || -> Refused {
            let status = aws_smithy_runtime_api::http::StatusCode::try_from(400).expect("a status");
            let response = HttpResponse::new(status, aws_smithy_types::body::SdkBody::empty());
            SdkError::service_error(aws_smithy_types::error::ErrorMetadata::builder().code("Throttling").build(), response)
        };
        for is_silent in [true, false] {
            let clock = crate::simulator::Clock::virtual_from(SystemTime::UNIX_EPOCH + Duration::from_hours(500_000));
            let clock = Clock::new(clock.time_source(), clock.sleep_impl());
            let (began, limiter) = (clock.now(), RateLimiter::new(clock.clone(), Rates::Unlimited, "111111111111", "eu-west-1"));
            let limiter = limiter.ending(Some(began + END));
            let spent = || clock.now().duration_since(began).expect("time goes on");
            let answer = async || if is_silent { std::future::pending().await } else { Err::<(), _>(refusal()) };
            let after = async |pause| {
                clock.sleep(pause).await;
                Ok::<(), Refused>(())
            };
            let retry = RetryPolicy::repeatable();
            send_with_retry(&limiter, &NoObserver, "sts:GetCallerIdentity", &retry, || after(Duration::from_secs(30)))
                .await
                .expect("answered");
            let error = send_with_retry(&limiter, &NoObserver, "sts:AssumeRole", &retry, answer).await.expect_err("its time is over");
            if is_silent {
                assert_eq!((error.answer, spent()), (Answer::Lost, END), "{error}");
                let late = send_with_retry(&limiter, &NoObserver, "sts:AssumeRole", &retry, || after(Duration::ZERO)).await;
                assert_eq!(late.expect_err("too late").answer, Answer::NotSent);
            } else {
                // AWS's error is more useful than "the time is over".
                assert_eq!(error.code.as_deref(), Some("Throttling"));
                assert!(spent() <= END, "{:?}", spent());
            }
            // Without a deadline it is retried as usual.
            let endless = limiter.ending(None);
            send_with_retry(&endless, &NoObserver, "sts:AssumeRole", &retry, || after(END)).await.expect("answered");
        }
    }
}
