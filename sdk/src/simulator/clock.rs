//! The clocks that a simulator can run on.
//!
//! The world itself has no clock; it is called with the time, which is read here. The AWS clients on top get the same clock and the
//! same sleep, so that their retries and expiries agree with the simulated AWS.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, Sleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource, TimeSource};
use serde::{Deserialize, Serialize};

/// How often the virtual sleeper that wakes first yields to every other task before it advances the time.
///
/// One yield runs all ready tasks; a call in the process wakes a few tasks in a row, hence several.
const TURNS: usize = 32;

/// A moment, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Timestamp(pub(crate) u64);

impl Timestamp {
    pub(crate) fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)))
    }

    /// Returns how long ago `earlier` was; zero if it is in the future.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// Returns the moment as in Query answers: `2026-11-24T19:00:00Z`.
    pub(crate) fn iso(self) -> String {
        // Query answers of IAM and STS have whole seconds.
        let seconds = i64::try_from(self.0 / 1000).unwrap_or(i64::MAX);
        let date = aws_smithy_types::DateTime::from_secs(seconds);
        date.fmt(aws_smithy_types::date_time::Format::DateTime).unwrap_or_else(|_| "9999-12-31T23:59:59Z".to_owned())
    }

    /// Returns the moment as in JSON answers: seconds, with a fraction.
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of this age fit 53 bits")]
    pub(crate) fn epoch_seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

impl From<Timestamp> for SystemTime {
    fn from(time: Timestamp) -> Self {
        UNIX_EPOCH.checked_add(Duration::from_millis(time.0)).unwrap_or(UNIX_EPOCH)
    }
}

/// A source of time and the sleep that goes with it.
#[derive(Debug, Clone)]
pub struct Clock {
    pub(crate) time: SharedTimeSource,
    pub(crate) sleep: SharedAsyncSleep,
}

impl Clock {
    /// Returns a clock from any source of time and any sleep; both must run at the same speed.
    pub fn new(time: SharedTimeSource, sleep: SharedAsyncSleep) -> Self {
        Self { time, sleep }
    }

    /// Returns the source of time, for other code that should agree with the simulator.
    pub fn time_source(&self) -> SharedTimeSource {
        self.time.clone()
    }

    /// Returns the sleep that goes with it.
    pub fn sleep_impl(&self) -> SharedAsyncSleep {
        self.sleep.clone()
    }

    /// Returns the system clock, for a simulator that is served to other programs.
    pub fn wall() -> Self {
        Self::new(SharedTimeSource::new(SystemTimeSource::new()), SharedAsyncSleep::new(TokioSleep::new()))
    }

    /// Returns a clock that begins at `start` and follows tokio's: if that is paused, as in tests, it runs in virtual time. Its
    /// sleeps need a tokio runtime with time enabled.
    pub fn tokio(start: SystemTime) -> Self {
        let time = TokioTime { start, began: tokio::time::Instant::now() };
        Self::new(SharedTimeSource::new(time), SharedAsyncSleep::new(TokioSleep::new()))
    }

    /// Returns a clock that begins at `start`, does not move while any task runs, and jumps when all tasks sleep.
    ///
    /// It needs tokio's current-thread runtime, and every task must sleep by this clock ([`Clock::sleep_impl`], never tokio's own):
    /// a task that waits for a socket or a thread counts as asleep, and the time goes on.
    pub fn virtual_from(start: SystemTime) -> Self {
        let clock = VirtualTime { state: Arc::new(Mutex::new(VirtualState { now: start.into(), ..VirtualState::default() })) };
        Self::new(SharedTimeSource::new(clock.clone()), SharedAsyncSleep::new(clock))
    }
}

#[derive(Debug)]
struct TokioTime {
    start: SystemTime,
    began: tokio::time::Instant,
}

impl TimeSource for TokioTime {
    fn now(&self) -> SystemTime {
        self.start.checked_add(self.began.elapsed()).unwrap_or(self.start)
    }
}

#[derive(Debug, Clone)]
struct VirtualTime {
    state: Arc<Mutex<VirtualState>>,
}

#[derive(Debug, Default)]
struct VirtualState {
    now: Timestamp,
    next: u64,
    /// By the end of the sleep and its number. The first sleeper advances the time; the others are woken when they are first or
    /// done.
    sleepers: BTreeMap<(Timestamp, u64), Option<Waker>>,
}

impl VirtualState {
    /// Wakes the sleepers that are done, and the first of the rest.
    fn wake(&mut self) {
        for ((until, _), waker) in &mut self.sleepers {
            if let Some(waker) = waker.take() {
                waker.wake();
            }
            if *until > self.now {
                break;
            }
        }
    }
}

impl VirtualTime {
    fn state(&self) -> MutexGuard<'_, VirtualState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TimeSource for VirtualTime {
    fn now(&self) -> SystemTime {
        self.state().now.into()
    }
}

impl AsyncSleep for VirtualTime {
    fn sleep(&self, duration: Duration) -> Sleep {
        let sleeper = {
            let mut state = self.state();
            let key = (state.now.plus(duration), state.next);
            state.next += 1;
            state.sleepers.insert(key, None);
            Sleeper { clock: self.clone(), key }
        };
        Sleep::new(async move {
            while !sleeper.is_over() {
                sleeper.first().await;
                for _ in 0..TURNS {
                    tokio::task::yield_now().await;
                }
                sleeper.move_time();
            }
        })
    }
}

/// One sleep; when it is dropped, it no longer holds the time back.
#[derive(Debug)]
struct Sleeper {
    clock: VirtualTime,
    key: (Timestamp, u64),
}

impl Sleeper {
    fn is_over(&self) -> bool {
        self.clock.state().now >= self.key.0
    }

    /// Waits until this sleep is over or the first to end.
    fn first(&self) -> impl Future<Output = ()> + '_ {
        std::future::poll_fn(|cx| {
            let mut state = self.clock.state();
            if state.now >= self.key.0 || state.sleepers.first_key_value().is_none_or(|(first, _)| *first == self.key) {
                return Poll::Ready(());
            }
            state.sleepers.insert(self.key, Some(cx.waker().clone()));
            Poll::Pending
        })
    }

    /// Moves the time to the end of this sleep, unless one that ends earlier has begun in between.
    fn move_time(&self) {
        let mut state = self.clock.state();
        if state.sleepers.first_key_value().is_some_and(|(first, _)| *first == self.key) {
            state.now = state.now.max(self.key.0);
            state.wake();
        }
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        let mut state = self.clock.state();
        state.sleepers.remove(&self.key);
        state.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn virtual_sleeps_end_in_order_and_take_no_time() {
        let clock = Clock::virtual_from(UNIX_EPOCH);
        let order = Arc::new(Mutex::new(Vec::new()));
        let sleeping = [30_u64, 10, 20].map(|seconds| {
            let (clock, order) = (clock.clone(), Arc::clone(&order));
            tokio::spawn(async move {
                clock.sleep.sleep(Duration::from_secs(seconds)).await;
                order.lock().expect("no panic").push((seconds, Timestamp::from(clock.time.now()).0 / 1000));
            })
        });
        drop(clock.sleep.sleep(Duration::from_secs(5)));
        for task in sleeping {
            task.await.expect("no panic");
        }
        assert_eq!(*order.lock().expect("no panic"), [(10, 10), (20, 20), (30, 30)]);
    }

    #[test]
    fn moments_are_written_as_aws_writes_them() {
        let moment = Timestamp(1_796_000_000_500);
        assert_eq!(moment.iso(), "2026-11-30T00:53:20Z");
        assert!((moment.epoch_seconds() - 1_796_000_000.5).abs() < 0.001);
        let _ = Timestamp(u64::MAX).iso();
    }
}
