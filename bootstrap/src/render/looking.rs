//! What is shown while AWS is read: nothing of it is worth a word that is over in half a second, but a still screen looks
//! like a program that hangs.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anstream::ColorChoice;

use super::display;
use super::redraw::{Painter, Size};
use crate::format::{count, cut, faint};
use crate::screen::Screen;
use crate::suspend::Suspension;

/// A shorter wait needs no word.
const PATIENCE: Duration = Duration::from_millis(500);
/// Most lines about what is waited for, where nothing is drawn.
const LINES: usize = 5;
/// How long no call is answered before that is said, where nothing is drawn.
const SILENCE: Duration = Duration::from_secs(5);
/// How often the number of calls is drawn.
const TICK: Duration = Duration::from_millis(200);

/// What is waited for while AWS is read.
pub(crate) struct Waits {
    screen: Screen,
    found: Mutex<Vec<String>>,
}

impl Waits {
    pub(crate) fn new(screen: Screen) -> Self {
        Self { screen, found: Mutex::default() }
    }

    /// Takes something that is waited for. Where nothing is drawn it is a line at once; of many, the first few are.
    pub(crate) fn add(&self, what: &str) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_drawn(self.screen) && found.len() < LINES {
            self.screen.status(&format!("waiting for {what}\n"));
        }
        found.push(what.to_owned());
    }

    /// Returns it in a few words.
    fn words(&self) -> String {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        match &found[..] {
            [] => String::new(),
            [one] => format!("; waiting for {one}"),
            several => format!("; waiting for {}", count(several.len(), "account")),
        }
    }
}

fn is_drawn(screen: Screen) -> bool {
    screen.is_live() && !crate::log::is_on()
}

/// Waits for something that reads AWS; at a terminal it says how far that is, and leaves nothing behind.
///
/// Where nothing is drawn it says so once when AWS is silent; a sandbox, whose time is its own, never is.
pub(crate) async fn while_looking<T>(
    waits: &Waits,
    accounts: usize,
    is_awss: bool,
    calls: impl Fn() -> u64,
    work: impl Future<Output = T>,
) -> T {
    if !is_drawn(waits.screen) {
        let say = || waits.screen.status(&format!("waiting for AWS, which has not answered for {} s\n", SILENCE.as_secs()));
        return answered(is_awss, calls, say, work).await;
    }
    let painter = Painter::new(io::stderr(), waits.screen.error_choice() == ColorChoice::Never);
    let words = || {
        let calls = usize::try_from(calls()).unwrap_or(usize::MAX);
        format!("looking: {}, {}{}", count(accounts, "account"), count(calls, "call"), waits.words())
    };
    drawn(painter, display::size, words, work).await
}

/// Waits for something, and says once that no call was answered for a while: as long as their number stays the same.
async fn answered<T>(is_awss: bool, calls: impl Fn() -> u64, say: impl FnOnce(), work: impl Future<Output = T>) -> T {
    if !is_awss {
        return work.await;
    }
    let mut work = std::pin::pin!(work);
    let mut before = calls();
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = tokio::time::sleep(SILENCE) => {}
        }
        let now = calls();
        if now == before {
            break;
        }
        before = now;
    }
    say();
    work.await
}

async fn drawn<T, W: Write>(mut painter: Painter<W>, size: fn() -> Size, words: impl Fn() -> String, work: impl Future<Output = T>) -> T {
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
                painter.draw(vec![faint(cut(&words(), columns.saturating_sub(1))).to_string()], columns);
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
    async fn silence_is_said_once_and_work_is_not() {
        for (is_awss, is_silent, seconds, expected) in [(true, true, 60, 1), (true, false, 60, 0), (true, true, 4, 0), (false, true, 60, 0)]
        {
            let (said, number) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
            let calls = || {
                number.set(number.get() + u64::from(!is_silent));
                number.get()
            };
            answered(is_awss, calls, || said.set(said.get() + 1), tokio::time::sleep(Duration::from_secs(seconds))).await;
            assert_eq!(said.get(), expected, "{is_awss} {is_silent} {seconds}");
        }
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
            assert_eq!(drawn(painter, || SIZE, || "looking: 12 accounts, 180 calls".to_owned(), work).await, expected);
            assert_eq!(seen(&shared), (String::new(), true), "nothing is left behind");
        }
    }
}
