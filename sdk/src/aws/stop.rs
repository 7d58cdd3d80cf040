//! Asking a run to stop: nothing new starts, calls in flight finish, and pauses end at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// A request to stop a run. Clones are about the same run.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<(AtomicBool, Notify)>);

impl Stop {
    /// Requests the stop.
    pub fn ask(&self) {
        self.0.0.store(true, Ordering::SeqCst);
        self.0.1.notify_waiters();
    }

    /// Returns whether the stop was requested.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.0.0.load(Ordering::SeqCst)
    }

    /// Returns once the stop is requested.
    pub async fn asked(&self) {
        let mut notified = std::pin::pin!(self.0.1.notified());
        // Registered before the check, so that a request between the two is not missed.
        notified.as_mut().enable();
        if !self.is_asked() {
            notified.await;
        }
    }
}
