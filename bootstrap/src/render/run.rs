//! What a run came to in the end: what failed, what was held up by it, and the sum of it all.

use std::collections::BTreeMap;

use landfall::address::Address;
use landfall::event::{LeftOut, Outcome, What};
use landfall::kind;

use super::layout::Layout;
use super::progress::{Failed, Progress};
use crate::format::{Painted, bad, beside, count, duration, good, hint, short, warned, wrapped};

/// Where the words under `failed` and `blocked` begin.
const NOTE_COLUMN: usize = 9;
/// How the reason of a step begins that waited for another.
const NEEDS: &str = "it needs ";
/// How many of many are named.
const SHOWN: usize = 3;
/// Columns of an address among other words.
const ADDRESS: usize = 20;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// By itself.
    Ran,
    /// It was asked to stop, and did when the calls in flight were over.
    Stopped,
    /// It was told to stop at once: answers in flight were not waited for.
    Abandoned,
    /// It is not known: a recording ends before the run did.
    Unknown,
}

impl End {
    /// Returns how a run ended, as its last event says.
    pub(crate) fn of(last: &What) -> Self {
        match last {
            // A signal that came when all was done has stopped nothing.
            What::RunFinished { outcome: Outcome::Interrupted, skipped, .. } if *skipped > 0 => Self::Stopped,
            What::RunFinished { .. } => Self::Ran,
            _ => Self::Unknown,
        }
    }
}

/// Returns what failed and what could not be tried because of it.
pub(crate) fn failures(layout: &Layout, progress: &Progress) -> String {
    let mut text = String::new();
    for failed in &progress.failed {
        text.push_str(&format!(
            "\n{} {}{}\n",
            bad(format!("{:<width$}", "failed", width = NOTE_COLUMN - 1)),
            failed.address,
            place(failed)
        ));
        text.push_str(&note(layout, &failed.message));
        text.extend(failed.hints.each().map(|hint| note(layout, &layout.adapted(hint))));
        if let Some(id) = failed.request_id.as_ref().filter(|_| layout.whole) {
            text.push_str(&note(layout, &format!("AWS request id {id}")));
        }
    }
    // Each with what failed, not with what it needs itself: that was skipped as well.
    let needs: BTreeMap<String, &str> =
        progress.skipped.iter().map(|(address, because)| (address.to_string(), because.strip_prefix(NEEDS).unwrap_or(because))).collect();
    let mut held: BTreeMap<&str, Vec<&Address>> = BTreeMap::new();
    for (address, because) in &progress.skipped {
        let mut root = because.strip_prefix(NEEDS).unwrap_or(because);
        while let Some(further) = needs.get(root) {
            root = further;
        }
        held.entry(root).or_default().push(address);
    }
    for (root, addresses) in held {
        let named: Vec<String> = addresses.iter().take(SHOWN).map(ToString::to_string).collect();
        let more = addresses.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let verb = if addresses.len() == 1 { "needs" } else { "need" };
        let label = warned(format!("{:<width$}", "skipped", width = NOTE_COLUMN - 1));
        let words = note(layout, &format!("{}{more}\n{verb} {root}", named.join(", ")));
        text.push_str(&format!("\n{label} {}", words.get(NOTE_COLUMN..).unwrap_or_default()));
    }
    text
}

fn note(layout: &Layout, words: &str) -> String {
    beside("", NOTE_COLUMN, words, layout.width)
}

/// Returns ` in acme-prod (222233334444)`.
fn place(failed: &Failed) -> String {
    match (&failed.account_name, &failed.account) {
        (Some(name), Some(id)) => format!(" in {name} ({id})"),
        (Some(name), None) => format!(" in {name}"),
        (None, Some(id)) => format!(" in {id}"),
        (None, None) => String::new(),
    }
}

/// Returns the last lines: how much was done, in what time, at what price, what is left, and what is next.
pub(crate) fn summary(layout: &Layout, progress: &Progress, end: End) -> String {
    let again = layout.rerun.line("apply", "");
    let (done, total) = (progress.done.len(), progress.total);
    let reach = format!("{done} of {total} done");
    let flight = count(progress.running.len(), "step");
    let cut_short = match end {
        End::Ran => None,
        End::Stopped => Some(("stopped", format!("{}. Run `{again}` again.", stopped(progress, &reach)))),
        End::Abandoned => Some((
            "stopped at once",
            format!("{reach}, {flight} given up in flight. AWS may still finish what it was sent; the next `{again}` looks first."),
        )),
        End::Unknown => Some(("the recording ends before the run did", format!("{reach}, {flight} in flight."))),
    };
    if let Some((what, words)) = cut_short {
        return format!("\n{}{}", paragraph(layout, what, &format!("{what}: {words}"), warned), left_out(layout, progress));
    }
    let mut parts = vec![reach.clone()];
    let held = progress.skipped.len() + progress.broken_off.len() + progress.not_begun;
    for (number, words) in [(progress.failed.len(), "failed"), (held, "skipped"), (progress.left_out.len(), "blocked")] {
        if number > 0 {
            parts.push(format!("{number} {words}"));
        }
    }
    let parts = parts.join(", ");
    if progress.is_whole() {
        let made: Vec<String> = kind::ABOUT
            .iter()
            .filter_map(|about| Some((about.name, about.counted?)))
            .map(|(kind, noun)| (progress.done.iter().filter(|address| address.kind() == kind).count(), noun))
            .filter(|(number, _)| *number > 0)
            .map(|(number, noun)| count(number, noun))
            .collect();
        let made = if made.is_empty() { String::new() } else { format!(": {}", made.join(", ")) };
        let calls = count(usize::try_from(progress.calls.total()).unwrap_or(usize::MAX), "call");
        let time = duration(progress.elapsed);
        // The sandbox lets time pass at once, so what it says is what AWS would have taken.
        let time = if layout.sandbox { format!("{time} of virtual time") } else { time };
        let comma = if progress.left_out.is_empty() { "" } else { "," };
        let words = format!("{parts}{comma} in {time}{made}; {calls} to {}, {} of them writes", layout.aws, progress.calls.mutating());
        return format!("\n{}{}", paragraph(layout, &reach, &words, good), left_out(layout, progress));
    }
    let rest = if progress.left_out.is_empty() { "; everything else is in place." } else { "." };
    let sum = paragraph(layout, &parts, &format!("{parts}{rest}"), bad);
    format!("\n{sum}{}When that is corrected: {}\n", left_out(layout, progress), hint(again))
}

/// Returns words broken into lines, with what they begin with painted.
fn paragraph(layout: &Layout, first: &str, words: &str, paint: fn(String) -> Painted<String>) -> String {
    let text = wrapped(words, layout.width).join("\n");
    format!("{}\n", text.replacen(first, &paint(first.to_owned()).to_string(), 1))
}

/// Returns how far a stopped run came: waiting for AWS is no failure.
fn stopped(progress: &Progress, reach: &str) -> String {
    let mut parts = vec![reach.to_owned()];
    if !progress.failed.is_empty() {
        parts.push(format!("{} failed", progress.failed.len()));
    }
    if let Some(first) = progress.broken_off.first() {
        let number = progress.broken_off.len();
        let (verb, more) = if number == 1 { ("was", "") } else { ("were", " …") };
        parts.push(format!("{number} {verb} waiting for AWS ({}{more})", short(first, ADDRESS)));
    }
    for (number, words) in [(progress.skipped.len(), "skipped"), (progress.not_begun, "not begun")] {
        if number > 0 {
            parts.push(format!("{number} {words}"));
        }
    }
    parts.join(", ")
}

/// Names what the plan had to leave out: an exit code alone does not say that a unit is not ours.
fn left_out(layout: &Layout, progress: &Progress) -> String {
    let (needing, own): (Vec<&LeftOut>, Vec<&LeftOut>) = progress.left_out.iter().partition(|left| left.needs.is_some());
    if progress.left_out.is_empty() {
        return String::new();
    }
    let mut named: Vec<String> = own.iter().take(SHOWN).map(|left| format!("{} ({})", left.what, layout.adapted(&left.reason))).collect();
    let more = own.len().saturating_sub(SHOWN);
    if more > 0 {
        named.push(format!("{more} more"));
    }
    if !needing.is_empty() {
        named.push(format!("and {} that need{} it", needing.len(), if needing.len() == 1 { "s" } else { "" }));
    }
    let words = format!("blocked: {}; `{}` says more", named.join(", "), layout.rerun.line("plan", ""));
    paragraph(layout, "blocked:", &words, warned)
}

#[cfg(test)]
mod tests;
