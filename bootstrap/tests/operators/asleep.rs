//! Ctrl-Z: a suspended run leaves a clean terminal with a visible cursor, and goes on drawing when it is resumed.

use std::time::Duration;

use landfall_tests::terminal::Terminal;

use super::place::{Place, Running};

/// How often a process is checked, and the pause in between, before it counts as not suspended.
const LOOKS: (usize, Duration) = (6_000, Duration::from_millis(10));

/// Waits until a process is suspended, state `T`.
#[track_caller]
fn sleeps(run: &Running) {
    for _ in 0..LOOKS.0 {
        if run.is_asleep() {
            return;
        }
        std::thread::sleep(LOOKS.1);
    }
    panic!("it is not suspended");
}

fn draws(screen: &vt100::Screen) -> bool {
    screen.hide_cursor() && screen.contents().contains(" running")
}

#[test]
fn a_suspended_run_leaves_the_terminal_as_it_was() {
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

/// The display before the question handles Ctrl-Z; the question waits for a line, and handles no signal.
#[test]
fn a_question_can_be_suspended() {
    let place = Place::new("asleep-question");
    let served = place.serve("instant");
    let (mut terminal, end) = Terminal::open();
    let run = served.start_at(&["apply"], end);
    let asks = |screen: &vt100::Screen| screen.contents().contains("Only `yes` is accepted");
    terminal.until("the question", asks);
    run.signal("TSTP");
    sleeps(&run);
    assert!(!terminal.screen().hide_cursor());
    run.signal("CONT");
    run.signal("INT");
    assert_eq!(run.code(), -1, "the signal ends it");
}
