//! A run where there is no terminal: one plain line for each thing worth one, so that a log stays readable.
//!
//! A step has a line when it ends, and before that only if it takes long: a step that is over at once needs no second line
//! that says it began.

use std::collections::BTreeMap;
use std::time::Duration;

use landfall::address::Address;
use landfall::event::{Event, What};

use super::tally::{AGAIN, Running, Tally};
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
            let (said, words) = self.0.get(address).map_or((running.since, None), |said| (said.since, Some(stem(&said.words))));
            let patience = if words == Some(stem(&running.words)) { STILL } else { LONG };
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

/// Returns what a step waits for without the length of the pause, which is another one each time.
fn stem(words: &str) -> &str {
    words.split_once(AGAIN).map_or(words, |(stem, _)| stem)
}

/// Returns one line: time, count, what, where, more.
fn line(tally: &Tally, now: Duration, what: &str, address: &Address, more: &str) -> String {
    let elapsed = duration(now);
    let more = if more.is_empty() { String::new() } else { format!("  {}", more.replace('\n', " ")) };
    let width = tally.total.to_string().len().max(3);
    format!("{elapsed:>11}  {:>width$}/{}  {what}  {address}{more}\n", tally.ended(), tally.total)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::render::fixture::{beginning, events, seen};

    #[test]
    fn a_step_has_a_line_when_it_ends_and_before_only_if_it_takes_long() {
        let (quick, slow) = (json!({ "address": "unit/A" }), json!({ "address": "account/b" }));
        let retried = |pause: u64| json!({ "address": "account/b", "class": "wait", "code": "Finalizing", "pause_ms": pause });
        let run = events(&[
            beginning(&["unit/A", "account/b"]),
            (0, "step_started", quick.clone()),
            (400, "step_done", quick),
            (400, "step_started", slow.clone()),
            (9_000, "step_retried", retried(2_000)),
            (11_000, "step_retried", retried(4_000)),
            (25_000, "step_retried", retried(8_000)),
            (75_000, "step_retried", retried(8_000)),
            (80_000, "step_waiting", json!({ "address": "account/b", "waiting": "AWS is creating it" })),
            (90_000, "step_waiting", json!({ "address": "account/b", "waiting": "AWS is creating it" })),
            (91_000, "step_done", slow),
        ]);
        let (mut tally, mut lines, mut text) = (Tally::default(), Lines::default(), String::new());
        for event in &run {
            tally.take(event);
            text.push_str(&lines.event(&tally, event));
            text.push_str(&lines.waiting(&tally, tally.elapsed));
        }
        assert_eq!(
            seen(&text),
            "      0.4 s    1/2  done      unit/A
       11 s    1/2  waiting   account/b  Finalizing; again in 4.0 s
 1 min 15 s    1/2  waiting   account/b  Finalizing; again in 8.0 s
 1 min 30 s    1/2  waiting   account/b  AWS is creating it
 1 min 31 s    2/2  done      account/b\n"
        );
    }
}
