//! `landfall replay`: draws a run again from the events that `apply --format json` wrote, through the same displays.

mod recording;

use std::path::Path;
use std::time::Duration;

use landfall::event::{Event, What};
use tokio::time::Instant;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt;
use crate::render::display::{Display, Pace, TICK};
use crate::render::format::count;
use crate::render::page::Page;
use crate::render::run::End;
use crate::settings::{Format, Settings, Speed};
use crate::suspend::Suspension;
use recording::{Line, Reader};

/// Shows a recording; `-` is standard input, and may still be growing.
pub(super) async fn run(settings: &Settings, file: &Path, speed: Speed) -> Result<Exit, Failure> {
    let mut reader = Reader::open(file)?;
    let pace = match speed {
        Speed::Times(times) => Pace::Times(times),
        Speed::Max => Pace::Still,
    };
    let display = Display::of(settings, pace);
    let mut show = Show { suspension: display.suspension(), display, speed, begun: None, end: End::Unknown, page: Page::bare(settings) };
    let mut skipped = 0;
    let mut is_cut_off = false;
    loop {
        match show.while_waiting(reader.next()).await {
            Waited::Interrupted(exit) => return Ok(exit),
            Waited::Over(line) => match line? {
                Some(Line::Event(event)) => {
                    if let What::RunStarted { command, .. } = &event.what {
                        show.page = Page::recorded(settings, command.as_ref());
                    }
                    if let Some(exit) = show.event(&event).await? {
                        return Ok(exit);
                    }
                }
                Some(Line::Unknown) => skipped += 1,
                Some(Line::CutOff) => is_cut_off = true,
                None => break,
            },
        }
    }
    if show.begun.is_none() {
        return Err(Failure::usage(format!("there is no run in `{}`", file.display())).hinted(MAKE));
    }
    let Show { mut display, end, page, .. } = show;
    display.end(&page, end);
    if settings.format == Format::Human {
        let warn = |text: &str| settings.screen.note("warning:", text);
        if is_cut_off {
            warn("the last line is cut off and was left out");
        }
        if skipped > 0 {
            warn(&format!("{} of a newer landfall left out", count(skipped, "event")));
        }
    }
    Ok(Exit::Done)
}

/// How to get something to replay.
const MAKE: &str = "`landfall apply --yes --format json > FILE` writes a recording";

/// A recording that is being shown.
struct Show {
    display: Display,
    suspension: Option<Suspension>,
    speed: Speed,
    /// When the run's time was zero.
    begun: Option<Instant>,
    end: End,
    /// What the sum at its end is drawn on.
    page: Page,
}

/// What came of waiting.
enum Waited<T> {
    Over(T),
    /// The exit code of who interrupted it.
    Interrupted(Exit),
}

impl Show {
    /// Waits until an event is due and shows it; returns an exit code when interrupted.
    async fn event(&mut self, event: &Event) -> Result<Option<Exit>, Failure> {
        match (&event.what, self.begun, self.end) {
            (What::RunStarted { .. }, None, _) => self.begun = Some(Instant::now()),
            (What::RunStarted { .. }, Some(_), _) | (_, Some(_), End::Ran | End::Stopped) => {
                return Err(Failure::usage("there is more than one run in the recording").hinted("replay them one by one"));
            }
            (_, None, _) => return Err(Failure::usage("the recording does not begin with `run_started`").hinted(MAKE)),
            (_, Some(_), _) => {}
        }
        let at = Duration::from_millis(event.elapsed_ms);
        self.display.coming(at);
        if let (Speed::Times(times), Some(begun)) = (self.speed, self.begun) {
            let due = begun + at / times;
            if let Waited::Interrupted(exit) = self.while_waiting(tokio::time::sleep_until(due)).await {
                return Ok(Some(exit));
            }
        }
        self.display.event(event);
        self.end = End::of(&event.what);
        Ok(None)
    }

    /// Waits for something while the display goes on.
    async fn while_waiting<T>(&mut self, something: impl Future<Output = T>) -> Waited<T> {
        let mut something = std::pin::pin!(something);
        let mut ticks = tokio::time::interval(TICK);
        let mut asked = std::pin::pin!(interrupt::asked());
        loop {
            tokio::select! {
                biased;
                asked = &mut asked => return Waited::Interrupted(asked.exit()),
                over = &mut something => return Waited::Over(over),
                () = Display::suspended(&mut self.suspension) => self.display.sleep(),
                _ = ticks.tick() => self.display.tick(),
            }
        }
    }
}
