//! A run where there is no terminal: one plain line for each thing worth one, so that a log stays readable.
//!
//! A step has a line when it ends, and before that only if it takes long: a step that is over at once needs no second line
//! that says it began.

use std::collections::BTreeMap;
use std::time::Duration;

use landfall::address::Address;
use landfall::event::{Event, What};

use super::tally::{Running, Tally};
use super::words::{bad, duration, faint, good, warned};

/// A step that takes longer says what it waits for, and says so again when that has changed …
const LONG: Duration = Duration::from_secs(10);
/// … or when nothing has for this long: a log that stands still looks like a program that does.
const STILL: Duration = Duration::from_mins(1);

/// What has been said of running steps.
#[derive(Debug, Default)]
pub(crate) struct Lines(BTreeMap<Address, Running>);

impl Lines {
    /// Returns the lines of an event that the tally has taken.
    pub(crate) fn event(&mut self, tally: &Tally, event: &Event) -> String {
        let (what, address, more) = match &event.what {
            What::StepDone { address } => (good(format!("{:<8}", "done")), address, ""),
            What::StepFailed { address, message, .. } => (bad(format!("{:<8}", "failed")), address, message.as_str()),
            What::StepSkipped { address, because } => (warned(format!("{:<8}", "skipped")), address, because.as_str()),
            // What a later library adds has no line until somebody writes one.
            _ => return String::new(),
        };
        self.0.remove(address);
        line(tally, tally.elapsed, &what.to_string(), address, more)
    }

    /// Returns the lines of steps that have been silent for long.
    pub(crate) fn waiting(&mut self, tally: &Tally, now: Duration) -> String {
        let mut text = String::new();
        for (address, running) in &tally.running {
            let (said, words) = self.0.get(address).map_or((running.since, None), |said| (said.since, Some(&said.words)));
            let patience = if words == Some(&running.words) { STILL } else { LONG };
            if now.saturating_sub(said) < patience {
                continue;
            }
            let doing = tally.doing(address);
            let (what, more) = if running.words == doing { (doing, "") } else { ("waiting", running.words.as_str()) };
            text.push_str(&line(tally, now, &faint(format!("{what:<8}")).to_string(), address, more));
            self.0.insert(address.clone(), Running { since: now, words: running.words.clone() });
        }
        text
    }
}

/// Returns one line: time, count, what, where, more.
fn line(tally: &Tally, now: Duration, what: &str, address: &Address, more: &str) -> String {
    let elapsed = duration(now);
    let more = if more.is_empty() { String::new() } else { format!("  {}", more.replace('\n', " ")) };
    let width = tally.total.to_string().len().max(3);
    format!("{elapsed:>11}  {:>width$}/{}  {what}  {address}{more}\n", tally.ended(), tally.total)
}
