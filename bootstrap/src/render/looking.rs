//! What is shown while AWS is read: nothing of it is worth a word that is over in half a second, but a still screen looks
//! like a program that hangs.

use std::io::{self, Write};
use std::time::Duration;

use anstream::ColorChoice;

use super::Screen;
use super::display;
use super::paint::{Painter, Size};
use super::words::{count, cut, faint};
use crate::suspend::Suspension;

/// Before this nobody wonders.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often the number of calls is drawn.
const TICK: Duration = Duration::from_millis(200);

/// Waits for something that reads AWS; at a terminal it says how far that is, and leaves nothing behind.
pub(crate) async fn while_looking<T>(screen: Screen, accounts: usize, calls: impl Fn() -> u64, work: impl Future<Output = T>) -> T {
    if !screen.is_live() || crate::log::is_on() {
        return work.await;
    }
    let painter = Painter::new(io::stderr(), screen.error_choice() == ColorChoice::Never);
    drawn(painter, display::size, accounts, calls, work).await
}

async fn drawn<T, W: Write>(
    mut painter: Painter<W>,
    size: fn() -> Size,
    accounts: usize,
    calls: impl Fn() -> u64,
    work: impl Future<Output = T>,
) -> T {
    let mut work = std::pin::pin!(work);
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + PATIENCE, TICK);
    let mut suspension = Suspension::listen();
    let result = loop {
        tokio::select! {
            biased;
            result = &mut work => break result,
            () = suspension.asked() => {
                painter.clear(size().columns);
                Suspension::sleep();
            }
            _ = ticks.tick() => {
                let columns = size().columns;
                let calls = usize::try_from(calls()).unwrap_or(usize::MAX);
                let words = format!("looking: {}, {}", count(accounts, "account"), count(calls, "call"));
                painter.draw(vec![faint(cut(&words, columns.saturating_sub(1))).to_string()], columns);
            }
        }
    };
    painter.clear(size().columns);
    result
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::render::terminal::Terminal;

    const SIZE: Size = Size { columns: 40, rows: 4 };

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("held by nobody").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn seen(shared: &Shared) -> (String, bool) {
        let mut terminal = Terminal::new(SIZE);
        terminal.write(&shared.0.lock().expect("held by nobody"));
        (terminal.text(), terminal.cursor().1)
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_look_is_shown_and_a_short_one_is_not() {
        for (seconds, expected) in [(0.4, ""), (3.0, "looking: 12 accounts, 180 calls")] {
            let shared = Shared::default();
            let midway = shared.clone();
            let work = async move {
                tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
                seen(&midway).0
            };
            let painter = Painter::new(shared.clone(), false);
            assert_eq!(drawn(painter, || SIZE, 12, || 180, work).await, expected);
            assert_eq!(seen(&shared), (String::new(), true), "nothing is left behind");
        }
    }
}
