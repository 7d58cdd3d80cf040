//! The clock that calls, pauses and rates share: the AWS crates' own, so that a test runs in virtual time.

use std::ops::ControlFlow;
use std::time::{Duration, SystemTime};

use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep};
use aws_smithy_async::time::SharedTimeSource;

use super::stop::Stop;

/// The session's clock: the AWS crates' own time source and sleep, so that both run on the same time.
#[derive(Debug, Clone)]
pub struct Clock {
    time: SharedTimeSource,
    sleep: SharedAsyncSleep,
}

impl Clock {
    /// Returns the clock of these two.
    #[must_use]
    pub fn new(time: SharedTimeSource, sleep: SharedAsyncSleep) -> Self {
        Self { time, sleep }
    }

    /// Returns the current time.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.time.now()
    }

    /// Waits.
    pub async fn sleep(&self, duration: Duration) {
        self.sleep.sleep(duration).await;
    }

    /// Waits; returns at once when asked to stop.
    pub async fn pause(&self, duration: Duration, stop: Option<&Stop>) -> ControlFlow<()> {
        let Some(stop) = stop else {
            self.sleep(duration).await;
            return ControlFlow::Continue(());
        };
        tokio::select! {
            biased;
            () = stop.asked() => ControlFlow::Break(()),
            () = self.sleep(duration) => ControlFlow::Continue(()),
        }
    }
}
