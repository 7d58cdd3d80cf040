//! Frames of hand-made runs, and a whole run of the simulator in terminals of several widths.

use landfall::simulator::Preset;
use serde_json::json;

use super::*;
use crate::render::fixture::{STARTUP, beginning, built, events, progress, seen};
use crate::render::terminal::Terminal;

const RUN: [&str; 6] = [
    "account/staging",
    "account/prod",
    "dev/eu-west-1/nat/a",
    "log-archive/eu-west-1/bucket/audit",
    "dev/iam-role/deployer",
    "unit/Workloads",
];

/// A run in which one of six is done, one has failed, and four go on.
fn midway() -> Progress {
    let step = |name: &str| json!({ "address": name });
    let waits = |name: &str, waiting: &str| json!({ "address": name, "waiting": waiting });
    progress(&events(&[
        beginning(&RUN),
        (0, "step_started", step(RUN[5])),
        (400, "step_done", step(RUN[5])),
        (1_000, "step_started", step(RUN[1])),
        (1_000, "step_waiting", waits(RUN[1], "waiting for its access role")),
        (2_000, "step_started", step(RUN[2])),
        (2_000, "step_waiting", waits(RUN[2], "pending")),
        (3_000, "step_started", step(RUN[0])),
        (3_000, "step_waiting", waits(RUN[0], "AWS is creating\nit")),
        (4_000, "step_started", step(RUN[4])),
        (
            5_000,
            "step_failed",
            json!({ "address": RUN[4], "code": null, "message": "no", "hint": "", "request_id": null, "account": null }),
        ),
        (6_000, "step_started", step(RUN[3])),
        (6_500, "step_retried", json!({ "address": RUN[3], "class": "throttle", "code": "SlowDown", "pause_ms": 2_000 })),
    ]))
}

fn shown(progress: &Progress, seconds: u64, columns: usize, rows: usize) -> Vec<String> {
    frame(progress, Duration::from_secs(seconds), Size { columns, rows }).iter().map(|line| seen(line)).collect()
}

#[test]
fn frames_at_several_widths() {
    for columns in [110, 80, 60, 40, 20] {
        insta::assert_snapshot!(format!("frame_{columns}"), shown(&midway(), 75, columns, 24).join("\n"));
    }
}

#[test]
fn a_frame_fits_any_terminal() {
    let progress = midway();
    for columns in 0..130 {
        for rows in 0..8 {
            for seconds in [0, 7, 75, 4_000, 400_000] {
                let lines = shown(&progress, seconds, columns, rows);
                assert!(lines.len() < rows.max(2), "{columns} by {rows}: {lines:?}");
                assert!(lines.iter().all(|line| line.chars().count() <= room(columns)), "{columns} by {rows}: {lines:?}");
            }
        }
    }
}

#[test]
fn what_does_not_fit_is_counted() {
    let progress = midway();
    let last = |rows| shown(&progress, 75, 80, rows).pop().unwrap_or_default();
    assert!(last(6).starts_with(" log-archive/"), "four fit: {}", last(6));
    assert_eq!(last(5), " … and 2 more");
    assert_eq!(last(3), " … and 4 more");
    assert!(last(2).starts_with("   2/6"), "only the bar fits: {}", last(2));
}

#[test]
fn the_bar_is_as_full_as_the_run_is_far() {
    for (share, expected) in [(0, "|━━━━"), (250, "━|━━━"), (125, "╸|━━━"), (200, "╸|━━━"), (1000, "━━━━|"), (9000, "━━━━|")]
    {
        let (full, half, empty) = parts(share, 4);
        assert_eq!(format!("{full}{half}|{empty}"), expected, "{share}");
    }
}

#[test]
fn a_long_address_loses_its_region_first() {
    let address = |text: &str| text.parse::<Address>().expect("valid");
    for (text, width, expected) in [
        ("prod/eu-west-1/nat/a", 20, "prod/eu-west-1/nat/a"),
        ("prod/eu-west-1/nat/a", 19, "prod/…/nat/a"),
        ("prod/eu-west-1/nat/a", 8, "prod/… …"),
        ("account/staging", 9, "account …"),
        ("account/staging", 1, " "),
        ("account/staging", 0, ""),
    ] {
        assert_eq!(short(&address(text), width), expected, "{text} in {width}");
    }
}

/// The columns of a terminal under test; `fn` pointers carry nothing.
fn small() -> Size {
    Size { columns: 40, rows: 12 }
}

#[test]
fn what_failed_stays_above_and_says_no_more_than_fits() {
    let mut live = Live::new(Vec::new(), false, small);
    let failed = events(&[
        beginning(&["prod/eu-west-1/eip/c"]),
        (0, "step_started", json!({ "address": "prod/eu-west-1/eip/c" })),
        (
            10,
            "step_failed",
            json!({
                "address": "prod/eu-west-1/eip/c", "code": "AddressLimitExceeded", "hint": "", "request_id": null, "account": null,
                "message": "AWS: AddressLimitExceeded,\n5 elastic IPs are in use",
            }),
        ),
    ]);
    let mut progress = Progress::default();
    for event in &failed {
        progress.take(event);
        live.event(event);
        live.draw(&progress, Duration::from_secs(3));
    }
    live.stopping("finishing 3 steps in flight (again to stop at once) …");
    live.clear();
    let mut terminal = Terminal::new(small());
    terminal.write(live.painter.written());
    assert_eq!(terminal.text(), "failed  prod/eu-west-1/eip/c  AWS: Add…\nfinishing 3 steps in flight (again to …");
    assert_eq!(terminal.cursor(), ((2, 0), true));
}

/// Draws a whole run of the simulator, every event of it, in a terminal that changes its width half way.
#[tokio::test]
async fn a_whole_run_is_never_wider_than_the_terminal() {
    let run = built(STARTUP, Preset::Realistic).await.events;
    for size in [(80, 24), (60, 10), (40, 6), (20, 4), (5, 2)].map(|(columns, rows)| Size { columns, rows }) {
        let mut painter = Painter::new(Vec::new(), false);
        let mut terminal = Terminal::new(size);
        let mut progress = Progress::default();
        let mut read = 0;
        for event in &run {
            progress.take(event);
            painter.draw(frame(&progress, progress.elapsed, size), size.columns);
            terminal.write(&painter.written()[read..]);
            read = painter.written().len();
            assert!(!terminal.is_wrapped(), "{size:?}: {}", terminal.text());
            assert_eq!(usize::from(terminal.cursor().0.0), painter.height(), "{size:?}: nothing scrolled away: {}", terminal.text());
        }
        painter.clear(size.columns);
        terminal.write(&painter.written()[read..]);
        assert_eq!((terminal.text(), terminal.cursor()), (String::new(), ((0, 0), true)), "{size:?}");
    }
}

/// Most steps are over at once and a few take minutes: the bar goes by time, and is never full before the end.
#[tokio::test]
async fn the_bar_goes_by_time() {
    let run = built(STARTUP, Preset::Realistic).await.events;
    let total = run.last().map(|event| event.elapsed_ms).unwrap_or_default();
    let mut progress = Progress::default();
    for event in &run {
        progress.take(event);
        let shown = progress.share(progress.elapsed);
        assert_eq!(shown == WHOLE, progress.ended() == progress.total, "at {} ms", event.elapsed_ms);
        let passed = usize::try_from(event.elapsed_ms * 1000 / total).expect("at most 1000");
        assert!(shown.abs_diff(passed) <= 250, "at {} ms: {shown} shown, {passed} passed", event.elapsed_ms);
    }
}

/// The estimate against what came: within a third or a minute, from the first moment on.
#[tokio::test]
async fn the_estimate_is_honest() {
    let more = "\n[environments.sandbox]\ntier = \"sandbox\"\n[accounts.tooling]\nunit = \"Infrastructure\"\n";
    for manifest in [STARTUP.to_owned(), format!("{STARTUP}{more}")] {
        let run = built(&manifest, Preset::Realistic).await.events;
        let total = Duration::from_millis(run.last().map(|event| event.elapsed_ms).unwrap_or_default());
        let mut progress = Progress::default();
        for event in &run {
            progress.take(event);
            let Some(told) = progress.left(progress.elapsed) else { continue };
            let came = total.saturating_sub(progress.elapsed);
            let wrong = told.abs_diff(came);
            assert!(
                wrong <= Duration::from_mins(1).max(came / 3),
                "at {:?}: told {told:?}, came {came:?}; {:?}",
                progress.elapsed,
                progress.running
            );
        }
    }
}
