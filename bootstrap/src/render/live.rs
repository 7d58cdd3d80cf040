//! A run at a terminal: a bar for the whole, and one live line for each step that is running.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};
use landfall::address::Address;
use landfall::event::{Event, What};

use super::run::Tally;
use super::words::{about, bad, cut, duration, warned};

/// How often a line's time moves on.
const TICK: Duration = Duration::from_secs(1);
/// Where a line's words begin, and how many there may be.
const ADDRESS: usize = 36;
const WORDS: usize = 32;

/// The lines on the terminal.
#[derive(Debug)]
pub(crate) struct Live {
    lines: MultiProgress,
    whole: ProgressBar,
    running: BTreeMap<Address, ProgressBar>,
}

impl Live {
    /// Returns an empty display; the first event fills it.
    pub(crate) fn new() -> Self {
        let lines = MultiProgress::new();
        let whole = lines.add(ProgressBar::new(0));
        let style =
            ProgressStyle::with_template(" {pos:>3}/{len} {bar:36.green/dim} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
        whole.set_style(style.progress_chars("━╸━"));
        Self { lines, whole, running: BTreeMap::new() }
    }

    /// Shows an event that the tally has taken.
    pub(crate) fn event(&mut self, tally: &Tally, event: &Event) {
        match &event.what {
            What::StepStarted { address } => {
                let line = self.lines.add(ProgressBar::no_length());
                line.set_style(style());
                line.set_message(words(address, tally.doing(address)));
                line.enable_steady_tick(TICK);
                self.running.insert(address.clone(), line);
            }
            What::StepWaiting { address, waiting } => self.say(address, waiting),
            What::StepRetried { address, class: _, code, pause_ms } => {
                self.say(address, &format!("{code}; again in {}", duration(Duration::from_millis(*pause_ms))));
            }
            What::StepDone { address } | What::StepSkipped { address, .. } => self.end(address),
            What::StepFailed { address, message, .. } => {
                self.end(address);
                self.keep(&format!(" {}  {address}  {}", bad("failed"), message.replace('\n', " ")));
            }
            What::RunFinished { .. } => {
                for line in std::mem::take(&mut self.running).into_values() {
                    self.lines.remove(&line);
                }
                self.whole.finish_and_clear();
                return;
            }
            What::RunStarted { .. } | _ => {}
        }
        self.whole.set_length(tally.total as u64);
        self.whole.set_position(tally.ended() as u64);
        let left = tally.left().map(|left| format!("{} left, ", about(left))).unwrap_or_default();
        self.whole.set_message(format!("{left}{} running", tally.running.len()));
    }

    /// Writes a line that stays, above the live ones.
    pub(crate) fn keep(&self, text: &str) {
        // A terminal that has gone away takes its line with it.
        let _ = self.lines.println(text);
    }

    /// Says that no more is begun.
    pub(crate) fn stopping(&self, words: &str) {
        self.keep(&format!("{}", warned(words)));
    }

    fn say(&self, address: &Address, text: &str) {
        if let Some(line) = self.running.get(address) {
            line.set_message(words(address, text));
        }
    }

    fn end(&mut self, address: &Address) {
        if let Some(line) = self.running.remove(address) {
            line.finish_and_clear();
            self.lines.remove(&line);
        }
    }
}

fn words(address: &Address, text: &str) -> String {
    format!("{:<ADDRESS$} {:<WORDS$}", cut(&address.to_string(), ADDRESS), cut(text, WORDS))
}

fn style() -> ProgressStyle {
    let elapsed = |state: &ProgressState, out: &mut dyn Write| {
        // The time column moves in whole seconds, and a line that is over at once needs none.
        let seconds = Duration::from_secs(state.elapsed().as_secs());
        if seconds > Duration::ZERO {
            let text = duration(seconds);
            let _ =
                out.write_str(text.strip_suffix(" s").and_then(|text| text.strip_suffix(".0")).map_or(text.as_str(), |_| text.as_str()));
        }
    };
    ProgressStyle::with_template(" {msg} {since}").unwrap_or_else(|_| ProgressStyle::default_bar()).with_key("since", elapsed)
}
