//! Ctrl-Z: a run put to sleep leaves a clean terminal with its cursor shown, and goes on drawing when it is woken.

use std::time::Duration;

use landfall_tests::terminal::Terminal;

use super::place::{Place, Running};

/// How often a process is looked at, and with which pause, before it counts as one that does not sleep.
const LOOKS: (usize, Duration) = (6_000, Duration::from_millis(10));

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
    assert!(!terminal.screen().hide_cursor());
    run.signal("CONT");
    run.signal("INT");
    assert_eq!(run.code(), -1, "the signal ends it");
}
