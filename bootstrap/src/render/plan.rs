//! A plan as people read it: what to know first, then what happens where, then how much of it.
//!
//! Draws the plan's view and nothing else. Signs: `+` create, `~` change, `-` remove, `!` blocked, `?` no longer
//! wanted.

use std::collections::BTreeMap;
use std::time::Duration;

use landfall::address::Address;
use landfall::kind::{Action, Field};
use landfall::plan::view::{ClosedView, PlanView, StepView};

use super::estimate::{self, CREATION_PAUSE, CREATIONS_AT_ONCE, Open, Past};
use super::page::{Head, Page};
use super::words::{about, bad, beside, count, cut, ends, faint, good, head, hint, warned};

/// Longest plan that is shown whole: two screens.
const LINES_WHOLE: usize = 60;
/// How many creations of an account are shown of a longer plan.
const CREATIONS_SHOWN: usize = 5;
/// Kinds that are shown of every account, however much else there is.
const TELLING: [&str; 5] = ["account", "vpc", "nat", "key", "bucket"];
/// Where the words beside an address begin.
const SUMMARY_COLUMN: usize = 38;
/// Fewest columns that words beside an address are broken into.
const BESIDE_MIN: usize = 24;
/// Where the words under `notice` and its like begin.
const NOTE_COLUMN: usize = 12;
/// Where a field's values begin.
const VALUE_COLUMN: usize = 19;

/// Returns the whole plan.
pub(crate) fn draw(page: &Page, view: &PlanView) -> String {
    let groups = groups(page, view);
    let whole = page.unfolded || groups.iter().map(|group| group.blocks.len() + 2).sum::<usize>() <= LINES_WHOLE;
    let mut text = title(page, view);
    text.push_str(&warnings(page, view));
    for group in &groups {
        text.push('\n');
        text.push_str(&group.title);
        text.push_str(&group.body(page, whole));
    }
    text.push_str(&closed(page, "unreadable", &view.unreadable));
    text.push_str(&closed(page, "not ready", &view.not_ready));
    text.push('\n');
    text.push_str(&footer(page, view));
    text
}

fn title(page: &Page, view: &PlanView) -> String {
    let left = if view.exists {
        format!("{} in {} ({})", view.organization, view.management, view.region)
    } else {
        format!("{}, to be created in {} ({})", view.organization, view.management, view.region)
    };
    let line = ends(&left, if page.sandbox { "sandbox" } else { "" }, page.width);
    let mut text = format!("{}\n", line.replacen(&view.organization, &head(&view.organization).to_string(), 1));
    for line in super::words::wrapped(&page.via, page.width) {
        text.push_str(&format!("{line}\n"));
    }
    text
}

/// What to know first: hazards, because they have to be named, then notices.
fn warnings(page: &Page, view: &PlanView) -> String {
    let mut text = String::new();
    for step in &view.steps {
        for hazard in &step.hazards {
            let more = format!("{}\n{}: {}", step.address, hazard.name, hazard.text);
            text.push_str(&note(page, &bad(format!("{:<NOTE_COLUMN$}", "hazard")).to_string(), &more));
            let allow = page.again.line("apply", &format!("--allow {}", hazard.name));
            text.push_str(&note(page, &" ".repeat(NOTE_COLUMN), &format!("only when named: {allow}")));
        }
    }
    for notice in &view.notices {
        text.push_str(&note(page, &warned(format!("{:<NOTE_COLUMN$}", "notice")).to_string(), &notice.text));
        text.push_str(&note(page, &" ".repeat(NOTE_COLUMN), &notice.hint));
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

/// Returns words beside a label that is padded already.
fn note(page: &Page, label: &str, words: &str) -> String {
    let plain = beside("", NOTE_COLUMN, words, page.width);
    format!("{label}{}", plain.get(NOTE_COLUMN..).unwrap_or_default())
}

/// The organization, or one account.
struct Group {
    title: String,
    blocks: Vec<Block>,
    /// How to see all of it; the organization is always shown whole.
    more: Option<String>,
}

/// One address with all that is said about it.
struct Block {
    text: String,
    /// The kind of what is created; none where something else happens, which is always shown.
    created: Option<&'static str>,
}

impl Group {
    fn body(&self, page: &Page, whole: bool) -> String {
        let creations = self.blocks.iter().filter(|block| block.created.is_some()).count();
        let hide = if whole || creations <= CREATIONS_SHOWN + 1 { None } else { self.more.as_ref() };
        let Some(more) = hide else { return self.blocks.iter().map(|block| block.text.as_str()).collect() };
        // Room for what nobody should miss, then whatever comes first.
        let telling = |block: &&Block| block.created.is_some_and(|kind| TELLING.contains(&kind));
        let mut plain = CREATIONS_SHOWN.saturating_sub(self.blocks.iter().filter(telling).count());
        let mut left = CREATIONS_SHOWN;
        let mut text = String::new();
        for block in &self.blocks {
            if block.created.is_some() {
                let room = if telling(&block) { &mut left } else { &mut plain };
                if *room == 0 {
                    continue;
                }
                *room -= 1;
            }
            text.push_str(&block.text);
        }
        let more = format!("… {} more of this account: {more}", creations - CREATIONS_SHOWN);
        format!("{text}  {}\n", faint(cut(&more, page.width.max(more.chars().count()))))
    }
}

/// Returns the organization and then every account that something is said about.
fn groups(page: &Page, view: &PlanView) -> Vec<Group> {
    let mut blocks: BTreeMap<Option<String>, Vec<Block>> = BTreeMap::new();
    for step in &view.steps {
        let account = step.account.as_ref().map(ToString::to_string);
        let text = step_lines(page, step);
        let created = (step.action == Action::Create && step.hazards.is_empty()).then_some(step.kind);
        blocks.entry(account).or_default().push(Block { text, created });
    }
    for blocked in &view.blocked {
        let mut text = line(page, &bad('!').to_string(), &blocked.address, &blocked.reason);
        if let Some(help) = &blocked.hint {
            text.push_str(&aside(page, help));
        }
        blocks.entry(group_of(&blocked.address)).or_default().push(Block { text, created: None });
    }
    for orphan in &view.orphans {
        let mut text = line(page, &warned('?').to_string(), &orphan.address, &format!("{}, no longer wanted", orphan.label));
        if let Some(help) = &orphan.hint {
            text.push_str(&aside(page, help));
        }
        blocks.entry(group_of(&orphan.address)).or_default().push(Block { text, created: None });
    }
    let mut groups = Vec::new();
    if let Some(blocks) = blocks.remove(&None) {
        groups.push(Group { title: format!("{}\n", head("organization")), blocks, more: None });
    }
    let mut group = |key: &str, known: Option<&Head>, blocks: Vec<Block>| {
        let title = match known {
            Some(known) => format!("{}   {}  {}\n", head(key), known.name, known.purpose),
            None => format!("{}   no longer in the manifest\n", head(key)),
        };
        let more = Some(page.again.line("plan", &format!("--only {key}")));
        groups.push(Group { title, blocks, more });
    };
    for known in &page.heads {
        if let Some(blocks) = blocks.remove(&Some(known.key.to_string())) {
            group(known.key.as_str(), Some(known), blocks);
        }
    }
    for (key, blocks) in blocks {
        group(key.as_deref().unwrap_or_default(), None, blocks);
    }
    groups
}

/// Returns the account that an address is about.
fn group_of(address: &Address) -> Option<String> {
    match address.scope().account() {
        Some(account) => Some(account.to_string()),
        None if address.kind() == "account" => Some(address.name().to_owned()),
        None => None,
    }
}

fn step_lines(page: &Page, step: &StepView) -> String {
    let sign = match step.action {
        Action::Create => good('+').to_string(),
        Action::Change => warned('~').to_string(),
        Action::Remove => bad('-').to_string(),
    };
    let mut text = line(page, &sign, &step.address, &beside_address(page, step));
    let mut last = "";
    for field in &step.fields {
        let name = if field.name == last { "" } else { &field.name };
        last = &field.name;
        text.push_str(&field_line(page, name, field));
    }
    text
}

/// Returns what stands beside a step's address: what it is, or what it waits for where that is all there is to say.
fn beside_address(page: &Page, step: &StepView) -> String {
    // The account's heading has said its name and e-mail.
    let heading = step.account.as_ref().and_then(|key| page.head(key.as_str())).map(|known| known.name.as_str());
    let summary = heading.and_then(|heading| step.summary.strip_prefix(heading)).unwrap_or(&step.summary).trim();
    if !summary.is_empty() && !page.whole {
        return summary.to_owned();
    }
    let own = step.address.to_string();
    let after: Vec<String> = step
        .after
        .iter()
        // The organization comes before everything, an account before what is in it, a unit before those under it.
        .filter(|needed| {
            needed.kind() != "organization"
                && group_of(needed).is_none_or(|account| step.account.as_ref().map(ToString::to_string) != Some(account))
        })
        .map(ToString::to_string)
        .filter(|needed| !own.starts_with(&format!("{needed}/")))
        .collect();
    match (summary.is_empty(), after.is_empty()) {
        (_, true) => summary.to_owned(),
        (true, false) => format!("after {}", after.join(", ")),
        (false, false) => format!("{summary}\nafter {}", after.join(", ")),
    }
}

fn line(page: &Page, sign: &str, address: &Address, words: &str) -> String {
    let address = address.to_string();
    if words.is_empty() {
        return format!("  {sign} {address}\n");
    }
    // A long address pushes its words on, by two blanks, rather than onto a line of their own.
    let column = SUMMARY_COLUMN.max(4 + address.chars().count() + 2);
    let indent = if column + 24 > page.width { SUMMARY_COLUMN } else { column };
    let room = page.width.saturating_sub(column);
    // Where there is no room beside the address, or not for an ARN, the words stand below it.
    if room < BESIDE_MIN || words.split_whitespace().any(|word| word.chars().count() > room) {
        let below = super::words::wrapped(words, page.width.saturating_sub(6));
        return below.iter().fold(format!("  {sign} {address}\n"), |text, line| text + &format!("      {line}\n"));
    }
    let lines = super::words::wrapped(words, room);
    let mut text = format!("  {sign} {address:<width$}", width = column - 4);
    for (index, line) in lines.iter().enumerate() {
        if index > 0 {
            text.push_str(&" ".repeat(indent));
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// Returns a hint under a line.
fn aside(page: &Page, words: &str) -> String {
    super::words::wrapped(words, page.width.saturating_sub(6))
        .iter()
        .fold(String::new(), |text, line| text + &format!("      {}\n", hint(line)))
}

fn field_line(page: &Page, name: &str, field: &Field) -> String {
    let value = match (&field.from, &field.to) {
        (Some(from), Some(to)) => format!("{from} -> {to}"),
        (None, Some(to)) => format!("+ {to}"),
        (Some(from), None) => format!("- {from}"),
        (None, None) => String::new(),
    };
    let column = VALUE_COLUMN.max(6 + name.chars().count() + 2);
    let room = page.width.saturating_sub(column).max(24);
    let value = if page.whole { value } else { cut(&value, room) };
    if column + value.chars().count() > page.width && column > VALUE_COLUMN {
        return format!("      {name}\n{:VALUE_COLUMN$}{value}\n", "");
    }
    format!("      {name:<width$}{value}\n", width = column - 6)
}

/// Says which scopes could not be looked into, and why.
fn closed(page: &Page, label: &str, scopes: &[ClosedView]) -> String {
    let mut text = String::new();
    for closed in scopes {
        text.push('\n');
        text.push_str(&note(page, &warned(format!("{label:<NOTE_COLUMN$}")).to_string(), &format!("{}: {}", closed.scope, closed.reason)));
        text.push_str(&note(page, &" ".repeat(NOTE_COLUMN), &closed.hint));
        if closed.wanted > 0 {
            let left = format!("{} of it not compared", count(closed.wanted, "thing"));
            text.push_str(&note(page, &" ".repeat(NOTE_COLUMN), &left));
        }
    }
    text
}

/// Returns how much it all is, what it costs, and how long it takes.
fn footer(page: &Page, view: &PlanView) -> String {
    if view.steps.is_empty() && view.blocked.is_empty() && view.unreadable.is_empty() && view.not_ready.is_empty() {
        return format!("{}\n", good(format!("nothing to do: all {} are as the manifest says", count(view.settled, "thing"))));
    }
    let number = |action| view.steps.iter().filter(|step| step.action == action).count();
    let mut text = format!(
        "Plan: {} to create, {} to change, {} to remove, {} blocked",
        number(Action::Create),
        number(Action::Change),
        number(Action::Remove),
        view.blocked.len()
    );
    for (scopes, words) in [(&view.unreadable, "not readable"), (&view.not_ready, "not ready yet")] {
        if !scopes.is_empty() {
            text.push_str(&format!(", {} {words}", count(scopes.len(), "scope")));
        }
    }
    text.push('.');
    let billed: Vec<String> = [("nat", "NAT gateway"), ("eip", "elastic IP address"), ("key", "key")]
        .into_iter()
        .map(|(kind, noun)| (created(view, kind), noun))
        .filter(|(created, _)| *created > 0)
        .map(|(created, noun)| count(created, noun))
        .collect();
    if !billed.is_empty() {
        text.push_str(&format!(" Billed from now on: {}.", billed.join(", ")));
    }
    text = super::words::wrapped(&text, page.width).join("\n");
    text.push('\n');
    let accounts = created(view, "account");
    if accounts > 0 {
        let (time, noun) = (about(duration_of(view)), count(accounts, "account"));
        let place = if page.sandbox { "; the sandbox is faster" } else { "" };
        let words = format!(
            "AWS creates accounts at one every {} s after the first {}: {time} for {noun} and what is in them{place}.",
            CREATION_PAUSE.as_secs(),
            ["", "one", "two", "three"][CREATIONS_AT_ONCE],
        );
        text.push_str(&super::words::wrapped(&words, page.width).join("\n"));
        text.push('\n');
    }
    text
}

fn created(view: &PlanView, kind: &str) -> usize {
    view.steps.iter().filter(|step| step.kind == kind && step.action == Action::Create).count()
}

/// Returns how long carrying it out takes, as far as AWS's pace decides that.
fn duration_of(view: &PlanView) -> Duration {
    let open: Vec<Open<'_>> = view.steps.iter().map(|step| Open { address: &step.address, action: step.action, running: None }).collect();
    estimate::left(&open, &Past { is_new: !view.exists, ..Past::default() })
}

#[cfg(test)]
mod tests;
