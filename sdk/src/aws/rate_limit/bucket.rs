//! One token bucket with an adaptive rate: pure, it is given the time.
//!
//! A throttle halves the rate; after a while without one it is raised by a quarter. A raise that AWS refuses is taken back, and the pause
//! before the next raise is doubled, so that a rate below the documented one costs only a few throttles.

use std::time::Duration;

use crate::aws::limits::Rate;

/// The lowest rate, as a fraction of the table's.
const LEAST: f64 = 1.0 / 64.0;
/// The factor of a raise.
const RAISE: f64 = 1.25;
/// The time without a throttle before the first raise, and the longest such time.
const CALM: (Duration, Duration) = (Duration::from_mins(1), Duration::from_hours(1));

/// The state of an adapted rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Learned {
    /// The fraction of the table's rate that is used.
    part: f64,
    /// The last fraction without throttles, while a higher one is tried.
    good: Option<f64>,
    /// The time without a throttle until the next raise.
    calm: Duration,
}

impl Default for Learned {
    fn default() -> Self {
        Self { part: 1.0, good: None, calm: CALM.0 }
    }
}

/// A bucket of one API; times count from any origin.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    rate: Rate,
    learned: Learned,
    /// When the bucket will be full again.
    full: Duration,
    /// When the rate was last lowered.
    lowered: Option<Duration>,
    /// When it may be raised.
    raise: Duration,
}

impl Bucket {
    pub(super) fn new(rate: Rate, learned: Learned, now: Duration) -> Self {
        Self { rate, learned, full: Duration::ZERO, lowered: None, raise: now + learned.calm }
    }

    /// Takes the next token; returns how long it is until it is available.
    pub(super) fn take(&mut self, now: Duration) -> Duration {
        let interval = self.interval();
        let full = self.full.max(now);
        self.full = full + interval;
        let from = full.saturating_sub(interval * (self.burst() - 1));
        from.saturating_sub(now)
    }

    /// Puts back a token that was not used.
    pub(super) fn put_back(&mut self) {
        self.full = self.full.saturating_sub(self.interval());
    }

    /// Records a throttle of a call that was sent at this time; a call sent before the last lowering is ignored.
    pub(super) fn throttled(&mut self, sent: Duration, now: Duration) -> Learned {
        if self.lowered.is_none_or(|lowered| sent > lowered) {
            let learned = &mut self.learned;
            learned.part = learned.good.take().unwrap_or((learned.part / 2.0).max(LEAST));
            learned.calm = CALM.1.min(learned.calm * 2);
            self.lowered = Some(now);
            self.raise = now + self.learned.calm;
        }
        // The throttle shows that no tokens are left at AWS.
        self.full = self.full.max(now + self.interval() * self.burst());
        self.learned
    }

    /// Records a call that was not throttled; `None` if nothing changed.
    pub(super) fn passed(&mut self, now: Duration) -> Option<Learned> {
        if self.learned.part >= 1.0 || now < self.raise {
            return None;
        }
        self.learned.good = Some(self.learned.part);
        self.learned.part = (self.learned.part * RAISE).min(1.0);
        self.raise = now + self.learned.calm;
        Some(self.learned)
    }

    fn interval(&self) -> Duration {
        self.rate.interval().div_f64(self.learned.part)
    }

    fn burst(&self) -> u32 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a small positive number")]
        let burst = (f64::from(self.rate.burst) * self.learned.part) as u32;
        burst.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn bucket() -> Bucket {
        Bucket::new(Rate { burst: 3, interval: 10.0 }, Learned::default(), Duration::ZERO)
    }

    #[test]
    fn a_burst_then_one_by_one() {
        let mut bucket = bucket();
        let waits: Vec<u64> = (0..6).map(|_| bucket.take(SECOND).as_secs()).collect();
        assert_eq!(waits, [0, 0, 0, 10, 20, 30]);
        bucket.put_back();
        assert_eq!(bucket.take(SECOND).as_secs(), 30);
        assert_eq!(bucket.take(SECOND * 1000).as_secs(), 0, "it fills again");
    }

    #[test]
    fn throttles_of_one_moment_lower_the_rate_once() {
        let mut bucket = bucket();
        for _ in 0..3 {
            bucket.take(SECOND);
        }
        let once = bucket.throttled(SECOND, SECOND);
        assert_eq!(bucket.throttled(SECOND, SECOND), once);
        assert_eq!(once.part.to_bits(), 0.5_f64.to_bits());
        assert_eq!(bucket.take(SECOND).as_secs(), 30, "the three that were taken count against the lower rate");
    }

    #[test]
    fn half_the_rate_costs_few_throttles_in_a_long_run() {
        // AWS allows half of the table's rate: one in 20 s.
        let (mut ours, mut theirs) = (bucket(), Bucket::new(Rate { burst: 1, interval: 19.9 }, Learned::default(), Duration::ZERO));
        let (mut now, mut sent, mut throttles) = (SECOND, 0, 0);
        while sent < 1000 {
            now += ours.take(now);
            if theirs.take(now).is_zero() {
                sent += 1;
                ours.passed(now);
            } else {
                theirs.put_back();
                throttles += 1;
                ours.throttled(now, now);
            }
        }
        assert!(throttles <= 10, "{throttles}");
        assert!(now < SECOND * 22_000, "{now:?}");
    }

    #[test]
    fn a_rate_recovers_after_a_while() {
        let mut bucket = bucket();
        bucket.throttled(SECOND, SECOND);
        let mut now = SECOND;
        for _ in 0..100 {
            now += SECOND * 60;
            bucket.passed(now);
        }
        assert_eq!(bucket.learned.part.to_bits(), 1.0_f64.to_bits());
    }
}
