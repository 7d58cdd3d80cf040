//! What a run came to in the end: what failed, what was held up by it, and the sum of it all.

use std::collections::BTreeMap;

use landfall::event::{Outcome, STOPPED, What};

use super::page::Page;
use super::tally::{Failed, Tally};
use super::words::{bad, beside, count, duration, good, hint, warned, wrapped};

/// Where the words under `failed` and `blocked` begin.
const NOTE_COLUMN: usize = 9;
/// Kinds that a summary names.
const NAMED: [(&str, &str); 3] = [("account", "account"), ("iam-role", "role"), ("vpc", "network")];

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
pub(crate) fn failures(page: &Page, tally: &Tally) -> String {
    let mut text = String::new();
    for failed in &tally.failed {
        text.push_str(&format!(
            "\n{} {}{}\n",
            bad(format!("{:<width$}", "failed", width = NOTE_COLUMN - 1)),
            failed.address,
            place(failed)
        ));
        text.push_str(&note(page, &failed.message));
        text.push_str(&beside("", NOTE_COLUMN, &failed.hint, page.width));
        if let Some(id) = failed.request_id.as_ref().filter(|_| page.whole) {
            text.push_str(&note(page, &format!("AWS request id {id}")));
        }
    }
    let mut held: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    // What a stopped run did not try is in the numbers; only what something failed for is worth its name.
    for (address, because) in tally.skipped.iter().filter(|(_, because)| because != STOPPED) {
        held.entry(because).or_default().push(address.to_string());
    }
    for (because, addresses) in held {
        text.push('\n');
        let label = warned(format!("{:<width$}", "blocked", width = NOTE_COLUMN - 1));
        let words = beside("", NOTE_COLUMN, &format!("{}\n{because}", addresses.join(", ")), page.width);
        text.push_str(&format!("{label} {}", words.get(NOTE_COLUMN..).unwrap_or_default()));
    }
    text
}

fn note(page: &Page, words: &str) -> String {
    beside("", NOTE_COLUMN, words, page.width)
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

/// Returns the last line: how much was done, in what time, at what price, and what is next.
pub(crate) fn summary(page: &Page, tally: &Tally, end: End) -> String {
    let again = page.again.line("apply", "");
    let (done, total) = (tally.done.len(), tally.total);
    let reach = format!("{done} of {total} done");
    let flight = count(tally.running.len(), "step");
    let cut_short = match end {
        End::Ran => None,
        End::Stopped => Some(("stopped", format!("{reach}. Nothing is half-made; the next `{again}` goes on from here."))),
        End::Abandoned => Some((
            "stopped at once",
            format!("{reach}, {flight} given up in flight. AWS may still finish what it was sent; the next `{again}` looks first."),
        )),
        End::Unknown => Some(("the recording ends before the run did", format!("{reach}, {flight} in flight."))),
    };
    if let Some((what, words)) = cut_short {
        let text = wrapped(&format!("{what}: {words}"), page.width).join("\n");
        return format!("\n{}\n", text.replacen(what, &warned(what).to_string(), 1));
    }
    if tally.is_whole() {
        let made: Vec<String> = NAMED
            .into_iter()
            .map(|(kind, noun)| (tally.done.iter().filter(|address| address.kind() == kind).count(), noun))
            .filter(|(number, _)| *number > 0)
            .map(|(number, noun)| count(number, noun))
            .collect();
        let made = if made.is_empty() { String::new() } else { format!(": {}", made.join(", ")) };
        let calls = count(usize::try_from(tally.calls.total()).unwrap_or(usize::MAX), "call");
        let time = duration(tally.elapsed);
        // The sandbox lets time pass at once, so what it says is what AWS would have taken.
        let time = if page.sandbox { format!("{time} of virtual time") } else { time };
        let words = format!("{reach} in {time}{made}; {calls} to {}, {} of them writes", page.aws, tally.calls.mutating());
        return format!("\n{}\n", wrapped(&words, page.width).join("\n").replacen(&reach, &good(&reach).to_string(), 1));
    }
    let mut parts = vec![reach];
    if !tally.failed.is_empty() {
        parts.push(format!("{} failed", tally.failed.len()));
    }
    if !tally.skipped.is_empty() {
        parts.push(format!("{} blocked", tally.skipped.len()));
    }
    let parts = parts.join(", ");
    let text = wrapped(&format!("{parts}; everything else is in place."), page.width).join("\n");
    format!("\n{}\nWhen that is mended: {}\n", text.replacen(&parts, &bad(&parts).to_string(), 1), hint(again))
}

#[cfg(test)]
mod tests;
