//! `landfall replay`: draws a run again from the events that `apply --format json` wrote, through the same displays.

mod recording;

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use landfall::event::{Event, What};
use tokio::time::Instant;

use super::apply;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::format::count;
use crate::interrupt;
use crate::render::display::{Display, Pace, TICK};
use crate::render::layout::Layout;
use crate::render::run::End;
use crate::settings::{GlobalArgs, Rerun, Settings};
use crate::suspend::Suspension;
use recording::{Line, MAKE, Reader};

/// What `replay` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The recording; - is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// How fast: so many times as fast as it was, or max [default: 1 on a terminal, else max]
    #[arg(long, value_name = "N|max", value_parser = speed)]
    pub(crate) speed: Option<Speed>,
}

/// How fast a recording is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speed {
    Times(u32),
    Max,
}

/// Reads how fast a recording is shown.
fn speed(text: &str) -> Result<Speed, String> {
    match text.parse() {
        Ok(times @ 1..) => Ok(Speed::Times(times)),
        _ if text == "max" => Ok(Speed::Max),
        Ok(0) | Err(_) => Err("a whole number from 1, or `max`".to_owned()),
    }
}

/// Shows a recording; `-` is standard input, and may still be growing.
pub(crate) async fn run(settings: &Settings, args: Args) -> Result<Exit, Failure> {
    let file = args.file.as_path();
    let mut reader = Reader::open(file)?;
    let speed = args.speed.unwrap_or(if settings.screen.is_live() { Speed::Times(1) } else { Speed::Max });
    let pace = match speed {
        Speed::Times(times) => Pace::Times(times),
        Speed::Max => Pace::Still,
    };
    let display = Display::of(settings, pace);
    let mut show =
        Show { suspension: display.suspension(), display, speed, begun: None, end: End::Unknown, layout: Layout::bare(settings) };
    let mut skipped = 0;
    let mut is_cut_off = false;
    loop {
        match show.while_waiting(reader.next()).await {
            Waited::Interrupted(exit) => return Ok(exit),
            Waited::Over(line) => match line? {
                Some(Line::Event(event)) => {
                    if let What::RunStarted { command, .. } = &event.what {
                        show.layout =
                            Layout::recorded(settings, command.as_ref(), command.as_ref().and_then(|command| recorded(&command.arguments)));
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
    let Show { mut display, end, layout, .. } = show;
    display.end(&layout, end);
    if !settings.is_json() {
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

/// The `apply` that a recording says was made.
#[derive(Parser)]
#[command(no_binary_name = true)]
struct Recorded {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(flatten)]
    apply: apply::Args,
}

/// Returns how to make the `apply` again that a recording says was made; `None` if this landfall has no such arguments.
fn recorded(arguments: &[String]) -> Option<Rerun> {
    let Recorded { global, apply } = Recorded::try_parse_from(arguments).ok()?;
    Some(apply.again(&Rerun::of(&global)))
}

/// A recording that is being shown.
struct Show {
    display: Display,
    suspension: Option<Suspension>,
    speed: Speed,
    /// When the run's time was zero.
    begun: Option<Instant>,
    end: End,
    /// What the sum at its end is drawn on.
    layout: Layout,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;

    #[test]
    fn a_recorded_apply_is_made_again() {
        for line in ["apply -f my.toml --sandbox=p.box --prune --allow remove-role", "apply --profile ada --only dev prod", "apply"] {
            let cli = Cli::try_read(["landfall"].into_iter().chain(line.split(' '))).expect("valid arguments");
            assert_eq!(recorded(&cli.rerun().arguments()), Some(cli.rerun()), "{line}");
        }
        assert_eq!(recorded(&["--later".to_owned()]), None);
    }
}
