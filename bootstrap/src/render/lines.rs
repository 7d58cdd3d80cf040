//! A run where there is no terminal: one plain line for each thing worth one, so that a log stays readable.
//!
//! A step has a line when it ends, and before that only if it takes long: a step that is over at once needs no second line
//! that says it began.

use std::collections::BTreeMap;
use std::time::Duration;

use landfall::address::Address;
use landfall::event::{Event, STOPPED, What};

use super::progress::{Progress, Running};
use crate::format::{bad, duration, faint, good, warned};

/// A step that takes longer says what it waits for, and says so again when that has changed …
const LONG: Duration = Duration::from_secs(10);
/// … or when nothing has for this long: a log that stands still looks like a program that does.
const STILL: Duration = Duration::from_mins(1);

/// What has been said of running steps.
#[derive(Debug, Default)]
pub(crate) struct Lines(BTreeMap<Address, Running>);

impl Lines {
    /// Returns the lines of an event that the tally has taken.
    pub(crate) fn event(&mut self, progress: &Progress, event: &Event) -> String {
        let (what, address, more) = match &event.what {
            What::StepDone { address } => (good(format!("{:<8}", "done")), address, ""),
            What::StepFailed { address, message, .. } => (bad(format!("{:<8}", "failed")), address, message.as_str()),
            // What a stop kept from ending is in the last lines.
            What::StepSkipped { because, .. } if because == STOPPED => return String::new(),
            What::StepSkipped { address, because } => (warned(format!("{:<8}", "skipped")), address, because.as_str()),
            // What a later library adds has no line until one is written here.
            _ => return String::new(),
        };
        self.0.remove(address);
        line(progress, progress.elapsed, &what.to_string(), address, more)
    }

    /// Returns the lines of steps that have been silent for long.
    pub(crate) fn waiting(&mut self, progress: &Progress, now: Duration) -> String {
        let mut text = String::new();
        for (address, running) in &progress.running {
            let said = self.0.get(address);
            let retry = if said.is_some_and(|said| said.activity.is_like(&running.activity)) { STILL } else { LONG };
            let said = said.map_or(running.since, |said| said.since);
            if now.saturating_sub(said) < retry {
                continue;
            }
            let waits = progress.waits_for(address);
            let what = if waits.is_some() { "waiting" } else { progress.doing(address) };
            text.push_str(&line(progress, now, &faint(format!("{what:<8}")).to_string(), address, waits.as_deref().unwrap_or_default()));
            self.0.insert(address.clone(), Running { since: now, activity: running.activity.clone() });
        }
        text
    }
}

/// Returns one line: time, count, what, where, more.
fn line(progress: &Progress, now: Duration, what: &str, address: &Address, more: &str) -> String {
    let elapsed = duration(now);
    let more = if more.is_empty() { String::new() } else { format!("  {}", more.replace('\n', " ")) };
    let width = progress.total.to_string().len().max(3);
    format!("{elapsed:>11}  {:>width$}/{}  {what}  {address}{more}\n", progress.ended(), progress.total)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::render::fixture::{beginning, events, seen};

    /// An error that was waited out does not go on standing there (a NAT gateway that is seen at last, and pending).
    #[test]
    fn what_is_over_is_not_said_again() {
        let nat = |more: serde_json::Value| {
            let mut fields = json!({ "address": "prod/eu-west-1/nat/a" });
            fields.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
            fields
        };
        let run = events(&[
            beginning(&["prod/eu-west-1/nat/a"]),
            (0, "step_started", nat(json!({}))),
            (1_000, "step_waiting", nat(json!({ "waiting": "nat-0cef4ddf2f9fd9b81 to become available" }))),
            (2_000, "step_retried", nat(json!({ "class": "not-yet", "code": "NatGatewayNotFound", "pause_ms": 2_970 }))),
            (5_000, "step_waiting", nat(json!({ "waiting": "nat-0cef4ddf2f9fd9b81 to become available" }))),
        ]);
        let progress = crate::render::fixture::progress(&run);
        let text = Lines::default().waiting(&progress, Duration::from_secs(90));
        assert_eq!(seen(&text), " 1 min 30 s    0/1  waiting   prod/eu-west-1/nat/a  waiting for it to become available\n");
    }

    /// 85 of 165 are done when a run is stopped: the count says so to the end.
    #[test]
    fn what_a_stop_kept_from_ending_is_not_counted() {
        let run = events(&[
            beginning(&["unit/A", "unit/B", "unit/C"]),
            (0, "step_started", json!({ "address": "unit/A" })),
            (0, "step_started", json!({ "address": "unit/B" })),
            (100, "step_skipped", json!({ "address": "unit/B", "because": STOPPED })),
            (100, "step_skipped", json!({ "address": "unit/C", "because": STOPPED })),
            (200, "step_done", json!({ "address": "unit/A" })),
        ]);
        let (mut progress, mut lines, mut text) = (Progress::default(), Lines::default(), String::new());
        for event in &run {
            progress.take(event);
            text.push_str(&lines.event(&progress, event));
        }
        assert_eq!(seen(&text), "      0.2 s    1/3  done      unit/A\n");
        assert_eq!((progress.broken_off.len(), progress.not_begun, progress.is_whole()), (1, 1, false));
    }

    #[test]
    fn a_step_has_a_line_when_it_ends_and_before_only_if_it_takes_long() {
        let (quick, slow) = (json!({ "address": "unit/A" }), json!({ "address": "account/b" }));
        let retried =
            |pause: u64| json!({ "address": "account/b", "class": "wait", "code": "FinalizingOrganizationException", "pause_ms": pause });
        let run = events(&[
            beginning(&["unit/A", "account/b"]),
            (0, "step_started", quick.clone()),
            (400, "step_done", quick),
            (400, "step_started", slow.clone()),
            (9_000, "step_retried", retried(2_000)),
            (11_000, "step_retried", retried(4_000)),
            (25_000, "step_retried", retried(8_000)),
            (75_000, "step_retried", retried(8_000)),
            (80_000, "step_waiting", json!({ "address": "account/b", "waiting": "" })),
            (80_000, "step_waiting", json!({ "address": "account/b", "waiting": "AWS is creating it" })),
            (90_000, "step_waiting", json!({ "address": "account/b", "waiting": "AWS is creating it" })),
            (91_000, "step_done", slow),
        ]);
        let (mut progress, mut lines, mut text) = (Progress::default(), Lines::default(), String::new());
        for event in &run {
            progress.take(event);
            text.push_str(&lines.event(&progress, event));
            text.push_str(&lines.waiting(&progress, progress.elapsed));
        }
        assert_eq!(
            seen(&text),
            "      0.4 s    1/2  done      unit/A
       11 s    1/2  waiting   account/b  AWS is finishing the organization
 1 min 15 s    1/2  waiting   account/b  AWS is finishing the organization
 1 min 30 s    1/2  waiting   account/b  AWS is creating it
 1 min 31 s    2/2  done      account/b\n"
        );
    }
}
