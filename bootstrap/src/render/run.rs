//! A run as people follow it without a terminal, and what it came to in the end.
//!
//! Everything here is computed from events. The [`Tally`] is what all displays count with, so that their numbers agree.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use landfall::address::Address;
use landfall::event::{Event, STOPPED, What};
use landfall::kind::Action;
use landfall::session::CallCount;

use super::page::Page;
use super::words::{bad, beside, count, duration, faint, good, hint, warned};

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
}

/// Where a run stands.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    /// How many steps there are.
    pub(crate) total: usize,
    /// What is running.
    pub(crate) running: BTreeSet<Address>,
    /// What is done.
    pub(crate) done: Vec<Address>,
    /// What failed.
    pub(crate) failed: Vec<Failed>,
    /// What was not tried, and why.
    pub(crate) skipped: Vec<(Address, String)>,
    /// How long it has been going on.
    pub(crate) elapsed: Duration,
    /// The calls of the whole run, once it is over.
    pub(crate) calls: CallCount,
    actions: BTreeMap<Address, Action>,
}

/// One step that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failed {
    address: Address,
    account: Option<String>,
    message: String,
    hint: String,
    request_id: Option<String>,
}

impl Tally {
    /// Takes note of an event.
    pub(crate) fn take(&mut self, event: &Event) {
        self.elapsed = Duration::from_millis(event.elapsed_ms);
        match &event.what {
            What::RunStarted { steps } => {
                self.total = steps.len();
                self.actions = steps.iter().map(|step| (step.address.clone(), step.action)).collect();
            }
            What::StepStarted { address } => {
                self.running.insert(address.clone());
            }
            What::StepDone { address } => {
                self.running.remove(address);
                self.done.push(address.clone());
            }
            What::StepFailed { address, message, hint, request_id, account, code: _ } => {
                self.running.remove(address);
                self.failed.push(Failed {
                    address: address.clone(),
                    account: account.clone(),
                    message: message.clone(),
                    hint: hint.clone(),
                    request_id: request_id.clone(),
                });
            }
            What::StepSkipped { address, because } => {
                self.running.remove(address);
                self.skipped.push((address.clone(), because.clone()));
            }
            What::RunFinished { calls, .. } => self.calls = calls.clone(),
            // Events that a later library adds change no count; waits and retries do not either.
            What::StepWaiting { .. } | What::StepRetried { .. } | _ => {}
        }
    }

    /// Returns how many steps have ended.
    pub(crate) fn ended(&self) -> usize {
        self.done.len() + self.failed.len() + self.skipped.len()
    }

    /// Returns about how long it will still take; nothing before that can be known.
    pub(crate) fn left(&self) -> Option<Duration> {
        /// An estimate from less than this says nothing.
        const ENOUGH: Duration = Duration::from_secs(5);
        let (ended, total) = (u32::try_from(self.ended()).ok()?, u32::try_from(self.total).ok()?);
        if self.elapsed < ENOUGH || ended * 10 < total {
            return None;
        }
        Some(self.elapsed * total.saturating_sub(ended) / ended)
    }

    /// Returns what is being done to an address: `creating`.
    pub(crate) fn doing(&self, address: &Address) -> &'static str {
        match self.actions.get(address) {
            Some(Action::Create) | None => "creating",
            Some(Action::Change) => "changing",
            Some(Action::Remove) => "removing",
        }
    }
}

/// Returns the line of an event where there is no terminal: time, count, what, where, more. Nothing for the two ends.
pub(crate) fn line(tally: &Tally, event: &Event) -> Option<String> {
    let (what, address, more) = match &event.what {
        What::StepStarted { address } => (faint(tally.doing(address).to_owned()), address, String::new()),
        What::StepWaiting { address, waiting } => (faint("waiting".to_owned()), address, waiting.clone()),
        What::StepRetried { address, class: _, code, pause_ms } => {
            (warned("retrying".to_owned()), address, format!("{code}; again in {}", duration(Duration::from_millis(*pause_ms))))
        }
        What::StepDone { address } => (good("done".to_owned()), address, String::new()),
        What::StepFailed { address, message, .. } => (bad("failed".to_owned()), address, message.clone()),
        What::StepSkipped { address, because } => (warned("skipped".to_owned()), address, because.clone()),
        What::RunStarted { .. } | What::RunFinished { .. } | _ => return None,
    };
    let elapsed = duration(Duration::from_millis(event.elapsed_ms));
    let more = if more.is_empty() { more } else { format!("  {}", more.replace('\n', " ")) };
    Some(format!("{elapsed:>8}  {:>3}/{}  {what:<8}  {address}{more}\n", tally.ended(), tally.total))
}

/// Returns what failed and what could not be tried because of it.
pub(crate) fn failures(page: &Page, tally: &Tally) -> String {
    let mut text = String::new();
    for failed in &tally.failed {
        text.push_str(&format!(
            "\n{} {}{}\n",
            bad(format!("{:<width$}", "failed", width = NOTE_COLUMN - 1)),
            failed.address,
            place(page, failed)
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
fn place(page: &Page, failed: &Failed) -> String {
    let key = failed.address.scope().account().map(ToString::to_string);
    let name = key.as_deref().and_then(|key| page.head(key)).and_then(|known| known.name.split(' ').next());
    match (name, &failed.account) {
        (Some(name), Some(id)) => format!(" in {name} ({id})"),
        (Some(name), None) => format!(" in {name}"),
        (None, _) => String::new(),
    }
}

/// Returns the last line: how much was done, in what time, at what price, and what is next.
pub(crate) fn summary(page: &Page, tally: &Tally, end: End) -> String {
    let again = page.again.line("apply", "");
    let (done, total) = (tally.done.len(), tally.total);
    let reach = format!("{done} of {total} done");
    match end {
        End::Ran => {}
        End::Stopped => {
            return format!("\n{}: {reach}. Nothing is half-made; the next `{again}` goes on from here.\n", warned("stopped"));
        }
        End::Abandoned => {
            let given_up = count(tally.running.len(), "step");
            return format!(
                "\n{}: {reach}, {given_up} given up in flight. AWS may still finish what it was sent; the next `{again}` looks first.\n",
                warned("stopped at once")
            );
        }
    }
    if tally.failed.is_empty() && tally.skipped.is_empty() {
        let made: Vec<String> = NAMED
            .into_iter()
            .map(|(kind, noun)| (tally.done.iter().filter(|address| address.kind() == kind).count(), noun))
            .filter(|(number, _)| *number > 0)
            .map(|(number, noun)| count(number, noun))
            .collect();
        let made = if made.is_empty() { String::new() } else { format!(": {}", made.join(", ")) };
        let calls = count(usize::try_from(tally.calls.total()).unwrap_or(usize::MAX), "call");
        let time = duration(tally.elapsed);
        return format!("\n{} in {time}{made}; {calls} to AWS, {} of them writes\n", good(reach), tally.calls.mutating());
    }
    let mut parts = vec![reach];
    if !tally.failed.is_empty() {
        parts.push(format!("{} failed", tally.failed.len()));
    }
    if !tally.skipped.is_empty() {
        parts.push(format!("{} blocked", tally.skipped.len()));
    }
    format!("\n{}; everything else is in place.\nWhen that is mended: {}\n", bad(parts.join(", ")), hint(again))
}
