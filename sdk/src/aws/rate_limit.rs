//! Rate limits: no call is sent before AWS's rate allows it, so that throttles are rare rather than retried.
//!
//! There is one token bucket for each calling account, API and, if AWS counts per Region, Region; some groups of calls also have a limit of
//! calls in flight per account. Rates are in [`limits`]; if AWS throttles anyway, the bucket's rate is lowered.
//!
//! [`send_with_retry`](super::retry::send_with_retry) is the only function that acquires permits and sends calls. The clients of a session
//! enforce this: they refuse a call without a [permit](has_permit).

mod bucket;

use std::collections::HashMap;
use std::future::Future;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::clock::Clock;
use super::limits;
use super::stop::Stop;
use bucket::{Bucket, Learned};

tokio::task_local! {
    /// Set while a call with a permit is being sent.
    static PERMIT: ();
}

/// Returns whether the current task is sending a call with a permit.
#[must_use]
pub(crate) fn has_permit() -> bool {
    PERMIT.try_with(|()| ()).is_ok()
}

/// The rates of one caller: an account in a Region. Clones and siblings share one set of buckets.
#[derive(Debug, Clone)]
pub(crate) struct RateLimiter {
    clock: Clock,
    account: Arc<str>,
    region: Arc<str>,
    /// The deadline of all its calls.
    ends: Option<SystemTime>,
    shared: Arc<Shared>,
}

/// The connector name of an HTTP client whose endpoint has no rates: the simulator without throttling. AWS's rates would only make its
/// tests slow.
pub(crate) const UNMETERED: &str = "landfall-unmetered";

/// Which rates are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Rates {
    /// AWS's, as in [`limits`].
    #[default]
    Aws,
    /// None: calls are sent at once.
    Unlimited,
}

#[derive(Debug, Default)]
struct Shared {
    rates: Rates,
    buckets: Mutex<Buckets>,
    in_flight: Mutex<HashMap<Key, Arc<Semaphore>>>,
}

#[derive(Debug, Default)]
struct Buckets {
    all: HashMap<Key, Bucket>,
    /// A new account's bucket begins with the rate that was learned for other accounts.
    learned: HashMap<&'static str, Learned>,
}

/// Key of a bucket: account, Region (empty if not per Region), operation or group.
type Key = (Arc<str>, Arc<str>, &'static str);

/// The right to send one call, now.
#[derive(Debug)]
pub(crate) struct Permit {
    sent: Duration,
    waited: Duration,
    _door: Option<OwnedSemaphorePermit>,
}

impl Permit {
    /// Returns how long the caller waited for it.
    #[must_use]
    pub(crate) fn waited(&self) -> Duration {
        self.waited
    }

    /// Sends a call with it.
    pub(crate) async fn send<F: Future>(&self, call: F) -> F::Output {
        PERMIT.scope((), call).await
    }
}

impl RateLimiter {
    /// Returns the limiter of a caller, with buckets of its own. The name of an account is any text that identifies it.
    #[must_use]
    pub(crate) fn new(clock: Clock, rates: Rates, account: &str, region: &str) -> Self {
        Self { clock, account: account.into(), region: region.into(), ends: None, shared: Arc::new(Shared { rates, ..Shared::default() }) }
    }

    /// Returns the same limiter with a deadline for all of its calls together.
    #[must_use]
    pub(crate) fn ending(self, ends: Option<SystemTime>) -> Self {
        Self { ends, ..self }
    }

    /// Returns how much time is left for its calls; `None` without a deadline.
    #[must_use]
    pub(crate) fn left(&self) -> Option<Duration> {
        Some(self.ends?.duration_since(self.clock.now()).unwrap_or_default())
    }

    /// Returns the limiter of another caller, on the same buckets.
    #[must_use]
    pub(crate) fn of(&self, account: &str, region: &str) -> Self {
        Self { account: account.into(), region: region.into(), ..self.clone() }
    }

    /// Returns the limiter of the same account in another Region.
    #[must_use]
    pub(crate) fn in_region(&self, region: &str) -> Self {
        Self { region: region.into(), ..self.clone() }
    }

    /// Returns the account's name; empty for the caller's own.
    #[must_use]
    pub(crate) fn account(&self) -> &str {
        &self.account
    }

    /// Returns the Region.
    #[must_use]
    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// Returns its clock.
    #[must_use]
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Waits for the permit of a call, given as `service:Operation`; returns early when asked to stop.
    pub(crate) async fn permit(&self, call: &'static str, stop: Option<&Stop>) -> ControlFlow<(), Permit> {
        let began = self.now();
        let wait = match self.shared.rates {
            Rates::Aws => self.bucket(&mut self.buckets(), call).take(began),
            Rates::Unlimited => Duration::ZERO,
        };
        if !wait.is_zero() && self.clock.pause(whole_milliseconds(wait), stop).await.is_break() {
            self.bucket(&mut self.buckets(), call).put_back();
            return ControlFlow::Break(());
        }
        let door = match self.door(call) {
            // It is never closed.
            Some(door) => door.acquire_owned().await.ok(),
            None => None,
        };
        let sent = self.now();
        ControlFlow::Continue(Permit { sent, waited: sent.saturating_sub(began), _door: door })
    }

    /// Records that a call was throttled.
    pub(crate) fn throttled(&self, call: &'static str, permit: &Permit) {
        let now = self.now();
        let mut buckets = self.buckets();
        let learned = self.bucket(&mut buckets, call).throttled(permit.sent, now);
        buckets.learned.insert(call, learned);
    }

    /// Records that a call was not throttled.
    pub(crate) fn passed(&self, call: &'static str) {
        let now = self.now();
        let mut buckets = self.buckets();
        if let Some(learned) = self.bucket(&mut buckets, call).passed(now) {
            buckets.learned.insert(call, learned);
        }
    }

    fn now(&self) -> Duration {
        since_1970(self.clock.now())
    }

    fn buckets(&self) -> MutexGuard<'_, Buckets> {
        self.shared.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn region_of(&self, call: &str) -> Arc<str> {
        if limits::is_regional(call) { Arc::clone(&self.region) } else { "".into() }
    }

    fn bucket<'b>(&self, buckets: &'b mut Buckets, call: &'static str) -> &'b mut Bucket {
        let learned = buckets.learned.get(call).copied().unwrap_or_default();
        let key = (Arc::clone(&self.account), self.region_of(call), call);
        buckets.all.entry(key).or_insert_with(|| Bucket::new(limits::rate(call), learned, self.now()))
    }

    fn door(&self, call: &str) -> Option<Arc<Semaphore>> {
        let (sort, at_once) = limits::calls_at_once(call)?;
        let key = (Arc::clone(&self.account), self.region_of(call), sort);
        let mut in_flight = self.shared.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(in_flight.entry(key).or_insert_with(|| Arc::new(Semaphore::new(at_once)))))
    }
}

fn since_1970(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Rounds up to whole milliseconds, since some clocks do not wait for less.
fn whole_milliseconds(wait: Duration) -> Duration {
    let milliseconds = u64::try_from(wait.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
    Duration::from_millis(milliseconds)
}

#[cfg(all(test, feature = "simulator"))]
mod tests {
    use super::*;
    use crate::simulator;

    const CREATE: &str = "organizations:CreateAccount";
    const ENDPOINT: &str = "ec2:CreateVpcEndpoint";

    fn limiter(rates: Rates) -> RateLimiter {
        let clock = simulator::Clock::virtual_from(UNIX_EPOCH + Duration::from_hours(500_000));
        RateLimiter::new(Clock::new(clock.time_source(), clock.sleep_impl()), rates, "111111111111", "eu-west-1")
    }

    /// Returns how many seconds each of a row of calls waits for its permit.
    async fn waits(limiter: &RateLimiter, call: &'static str, calls: usize) -> Vec<u64> {
        let mut waits = Vec::new();
        for _ in 0..calls {
            let ControlFlow::Continue(permit) = limiter.permit(call, None).await else { panic!("no stop was requested") };
            waits.push(permit.waited().as_secs());
        }
        waits
    }

    #[tokio::test]
    async fn a_burst_leaves_at_once_and_then_one_after_the_other() {
        assert_eq!(waits(&limiter(Rates::Aws), CREATE, 5).await, [0, 0, 0, 10, 10]);
        assert_eq!(waits(&limiter(Rates::Unlimited), CREATE, 5).await, [0; 5]);
    }

    #[tokio::test]
    async fn accounts_and_regions_have_buckets_of_their_own() {
        let here = limiter(Rates::Aws);
        assert_eq!(waits(&here, CREATE, 4).await, [0, 0, 0, 10]);
        assert_eq!(waits(&here.of("222222222222", "eu-west-1"), CREATE, 3).await, [0; 3]);
        assert_eq!(waits(&here.in_region("us-east-1"), CREATE, 1).await, [10], "Organizations has no Regions");
        assert_eq!(waits(&here, ENDPOINT, 5).await, [0, 0, 0, 0, 3]);
        assert_eq!(waits(&here.in_region("us-east-1"), ENDPOINT, 4).await, [0; 4]);
    }

    #[tokio::test]
    async fn a_throttle_halves_the_rate() {
        let limiter = limiter(Rates::Aws);
        assert_eq!(waits(&limiter, CREATE, 3).await, [0; 3]);
        let ControlFlow::Continue(permit) = limiter.permit(CREATE, None).await else { panic!("no stop was requested") };
        limiter.throttled(CREATE, &permit);
        drop(permit);
        let slower = waits(&limiter, CREATE, 2).await;
        assert!(slower.iter().all(|wait| *wait >= 20), "{slower:?}");
    }

    #[tokio::test]
    async fn a_call_that_is_asked_to_stop_returns_its_token() {
        let limiter = limiter(Rates::Aws);
        let stop = Stop::default();
        assert_eq!(waits(&limiter, CREATE, 3).await, [0; 3]);
        stop.ask();
        assert!(limiter.permit(CREATE, Some(&stop)).await.is_break());
        assert_eq!(waits(&limiter, CREATE, 1).await, [10], "as if it had not waited");
    }

    #[tokio::test]
    async fn only_a_call_that_is_sent_with_a_permit_has_one() {
        let ControlFlow::Continue(permit) = limiter(Rates::Aws).permit(CREATE, None).await else { panic!("no stop was requested") };
        assert!(permit.send(async { has_permit() }).await);
        assert!(!has_permit());
    }
}
