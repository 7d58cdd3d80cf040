//! A line about what is waited for, once that has taken a while: silence looks like a program that hangs.

use std::time::Duration;

use crate::screen::Screen;

/// A shorter wait needs no word.
const A_WHILE: Duration = Duration::from_secs(3);

/// Waits for something, and says for what after a few seconds of the wall's clock.
pub(crate) async fn reported<T>(screen: Screen, what: &str, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    tokio::select! {
        biased;
        done = &mut work => return done,
        () = tokio::time::sleep(A_WHILE) => screen.status(&format!("waiting for {what}\n")),
    }
    work.await
}
