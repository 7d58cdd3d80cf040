//! Ctrl-Z: a run put to sleep leaves a clean terminal with its cursor shown, and goes on drawing when it is woken.

use std::fs::File;
use std::io::Read;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::place::{Place, Running};

/// Longest that the terminal may be still while something on it is waited for, and how often it may be written to before that.
const PATIENCE: Duration = Duration::from_mins(1);
const WRITES: usize = 2_000;
/// How often a process is looked at, and with which pause, before it counts as one that does not sleep.
const LOOKS: (usize, Duration) = (6_000, Duration::from_millis(10));

/// A terminal that somebody looks at.
struct Terminal {
    written: Receiver<Vec<u8>>,
    screen: vt100::Parser,
}

impl Terminal {
    /// Returns one, and the end of it that a process writes to.
    fn open() -> (Self, File) {
        let seen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&seen).and_then(|()| unlockpt(&seen)).expect("ours");
        let name = ptsname(&seen, Vec::new()).expect("a name");
        let end = open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).expect("its other end");
        let (sender, written) = channel();
        std::thread::spawn(move || {
            let (mut seen, mut bytes) = (File::from(seen), [0; 4096]);
            // It ends with an error when nobody writes any more.
            while let Ok(read @ 1..) = seen.read(&mut bytes) {
                if sender.send(bytes[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        let side = |length: u16| std::num::NonZero::new(length).expect("a size");
        (Self { written, screen: vt100::Parser::new(side(24), side(80), 0) }, File::from(end))
    }

    /// Reads on until the screen is as wanted.
    #[track_caller]
    fn until(&mut self, what: &str, is_it: impl Fn(&vt100::Screen) -> bool) {
        for _ in 0..WRITES {
            if is_it(self.screen.screen()) {
                return;
            }
            let text = self.screen.screen().contents();
            match self.written.recv_timeout(PATIENCE) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(why) => panic!("{what}: {why}: {text}"),
            }
        }
        panic!("{what}: {}", self.screen.screen().contents());
    }
}

/// Waits until a process is asleep, which its machine calls `T`.
#[track_caller]
fn sleeps(run: &Running) {
    for _ in 0..LOOKS.0 {
        if run.is_asleep() {
            return;
        }
        std::thread::sleep(LOOKS.1);
    }
    panic!("it does not sleep");
}

fn draws(screen: &vt100::Screen) -> bool {
    screen.hide_cursor() && screen.contents().contains(" running")
}

#[test]
fn a_run_put_to_sleep_leaves_the_terminal_as_it_found_it() {
    let place = Place::new("asleep");
    let served = place.serve("realistic");
    let (mut terminal, end) = Terminal::open();
    let run = served.start_at(&["apply", "--yes"], end);
    for _ in 0..2 {
        terminal.until("drawing", draws);
        run.signal("TSTP");
        sleeps(&run);
        terminal.until("asleep", |screen| !screen.hide_cursor() && !screen.contents().contains(" running"));
        run.signal("CONT");
    }
    terminal.until("drawing again", draws);
    run.signal("INT");
    assert_eq!(run.code(), 130);
    terminal.until("the end", |screen| !screen.hide_cursor() && !screen.contents().contains(" running"));
}

/// What was drawn before the question has heard of Ctrl-Z; the question waits for a line, and hears of nothing.
#[test]
fn a_question_sleeps_too() {
    let place = Place::new("asleep-question");
    let served = place.serve("instant");
    let (mut terminal, end) = Terminal::open();
    let run = served.start_at(&["apply"], end);
    let asks = |screen: &vt100::Screen| screen.contents().contains("Only `yes` is accepted");
    terminal.until("the question", asks);
    run.signal("TSTP");
    sleeps(&run);
    assert!(!terminal.screen.screen().hide_cursor());
    run.signal("CONT");
    run.signal("INT");
    assert_eq!(run.code(), -1, "the signal ends it");
}
