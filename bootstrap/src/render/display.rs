//! The one of four ways in which a run is shown. `apply` and `replay` show through this, and so show the same.

use std::io::{self, Stderr};
use std::time::Duration;

use anstream::ColorChoice;
use landfall::event::Event;
use tokio::time::Instant;

use super::layout::Layout;
use super::lines::Lines;
use super::live::Live;
use super::progress::Progress;
use super::redraw;
use super::run::{self, End};
use crate::format::{count, warned};
use crate::screen::Screen;
use crate::settings::Settings;
use crate::suspend::Suspension;

/// How often [`Display::tick`] should be called.
pub(crate) const TICK: Duration = Duration::from_millis(250);
/// A terminal is not drawn to more often: no one reads faster, and a large run has thousands of events in a second.
const REDRAWN: Duration = Duration::from_millis(50);

/// How time passes between the events of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// So many times as fast as on the wall.
    Times(u32),
    /// Not at all: it is virtual, or a recording that is shown at once.
    Still,
}

/// A run as it is shown, and its numbers.
#[derive(Debug)]
pub(crate) struct Display {
    progress: Progress,
    screen: Screen,
    way: Way,
    pace: Pace,
    /// When the latest event came.
    heard: Instant,
    /// The time of the next event, where it is known; the run's time goes no further before it comes.
    until: Option<Duration>,
    drawn: Option<Instant>,
}

#[derive(Debug)]
enum Way {
    Json,
    Lines(Lines),
    Live(Live<Stderr>),
    Silent,
}

impl Display {
    /// Returns the display that the settings ask for.
    pub(crate) fn of(settings: &Settings, pace: Pace) -> Self {
        let screen = settings.screen;
        let way = if settings.is_json() {
            Way::Json
        } else if screen.is_quiet() {
            Way::Silent
        } else if screen.is_live() && !crate::log::is_on() {
            let is_plain = screen.error_choice() == ColorChoice::Never;
            Way::Live(Live::new(io::stderr(), is_plain, size))
        } else {
            // Also on a terminal, where a log would write into the lines.
            Way::Lines(Lines::default())
        };
        Self { progress: Progress::new(settings.is_verbose()), screen, way, pace, heard: Instant::now(), until: None, drawn: None }
    }

    /// Shows an event.
    pub(crate) fn event(&mut self, event: &Event) {
        self.progress.take(event);
        self.heard = Instant::now();
        match &mut self.way {
            Way::Json => {
                // An event has no map keys but text; and a reader that is gone must not stop a run.
                let line = serde_json::to_string(event).unwrap_or_default();
                let _ = self.screen.data(&format!("{line}\n"));
            }
            Way::Lines(lines) => self.screen.status(&lines.event(&self.progress, event)),
            Way::Live(live) => live.event(event),
            Way::Silent => {}
        }
        self.redraw();
    }

    /// Says when the next event of a recording comes, in the run's time.
    pub(crate) fn coming(&mut self, next: Duration) {
        self.until = Some(next);
    }

    /// Shows that time has passed.
    pub(crate) fn tick(&mut self) {
        self.redraw();
    }

    fn redraw(&mut self) {
        let now = self.now();
        match &mut self.way {
            Way::Lines(lines) => self.screen.status(&lines.waiting(&self.progress, now)),
            Way::Live(live) if self.drawn.is_none_or(|drawn| drawn.elapsed() >= REDRAWN) => {
                live.draw(&self.progress, now);
                self.drawn = Some(Instant::now());
            }
            Way::Live(_) | Way::Json | Way::Silent => {}
        }
    }

    /// Says that no more is begun.
    pub(crate) fn stopping(&mut self) {
        let words = format!("finishing {} in flight (again to stop at once) …", count(self.progress.running.len(), "step"));
        match &mut self.way {
            Way::Live(live) => live.stopping(&words),
            Way::Json | Way::Lines(_) | Way::Silent => self.screen.warn(&format!("{}\n", warned(words))),
        }
    }

    /// Returns when the process is asked to sleep while lines are drawn over each other; elsewhere that needs nobody.
    pub(crate) async fn suspended(suspension: &mut Option<Suspension>) {
        match suspension {
            Some(suspension) => suspension.asked().await,
            None => std::future::pending().await,
        }
    }

    /// Listens for Ctrl-Z, if lines are drawn over each other.
    pub(crate) fn suspension(&self) -> Option<Suspension> {
        matches!(self.way, Way::Live(_)).then(Suspension::listen)
    }

    /// Takes away what is drawn over itself, sleeps, and draws it again when it is woken.
    pub(crate) fn sleep(&mut self) {
        if let Way::Live(live) = &mut self.way {
            live.clear();
            Suspension::sleep();
            self.drawn = None;
            self.redraw();
        }
    }

    /// Says what has to stay, in all its length.
    pub(crate) fn warn(&mut self, text: &str) {
        if let Way::Live(live) = &mut self.way {
            live.clear();
            self.drawn = None;
        }
        self.screen.warn(text);
    }

    /// Takes away what is drawn over itself, and says what the run came to.
    pub(crate) fn end(&mut self, layout: &Layout, end: End) {
        match &mut self.way {
            Way::Json => return,
            Way::Live(live) => live.clear(),
            Way::Lines(_) | Way::Silent => {}
        }
        self.screen.warn(&run::failures(layout, &self.progress));
        let summary = run::summary(layout, &self.progress, end);
        if end == End::Ran && self.progress.is_whole() { self.screen.status(&summary) } else { self.screen.warn(&summary) }
    }

    /// Returns what time it is in the run.
    fn now(&self) -> Duration {
        let elapsed = self.progress.elapsed;
        let now = match self.pace {
            Pace::Times(times) => elapsed + self.heard.elapsed() * times,
            Pace::Still => elapsed,
        };
        self.until.map_or(now, |until| now.min(until.max(elapsed)))
    }
}

/// Returns the size of the terminal that lines are drawn on.
pub(super) fn size() -> redraw::Size {
    terminal_size::terminal_size_of(io::stderr())
        .map(|(columns, rows)| redraw::Size { columns: usize::from(columns.0), rows: usize::from(rows.0) })
        // Some terminals that are not windows say that they are 0 by 0.
        .filter(|size| size.columns > 0 && size.rows > 0)
        .unwrap_or(redraw::SIZE)
}
