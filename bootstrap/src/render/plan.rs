//! A plan as people read it: what to know first, then what happens where, then how much of it.
//!
//! Draws the plan's view and nothing else. What changes in one thing is in `fields`, what several accounts have in common
//! in `alike`, what is blocked or left over in `left`, what to know before in `notes`, the sums in `footer`; `row` is what all of
//! their lines look like.

mod alike;
mod fields;
mod footer;
mod left;
mod notes;
mod row;

use std::collections::BTreeMap;

use landfall::kind::about::account_of;
use landfall::kind::{ABOUT, Action};
use landfall::name::AccountKey;
use landfall::plan::view::{PlanView, StepView};

use super::layout::Layout;
use crate::format::{ends, faint, head, wrapped};
use crate::titles::Title;
use row::{row, sign};

/// Longest plan that is shown whole: two screens.
const LINES_WHOLE: usize = 60;
/// How many creations of an account are shown of a longer plan.
const CREATIONS_SHOWN: usize = 5;
/// What the signs mean; a plan that has any says so once.
const LEGEND: &str = "+ make  ~ change  - remove  ! blocked  ? left over";

/// Returns the whole plan.
pub(crate) fn draw(layout: &Layout, view: &PlanView) -> String {
    let groups = groups(layout, view);
    let whole = layout.unfolded || groups.iter().map(|group| group.blocks.len() + 2).sum::<usize>() <= LINES_WHOLE;
    let mut text = title(layout, view);
    text.push_str(&notes::first(layout, view));
    if !groups.is_empty() {
        text.push_str(&format!("\n{}\n", faint(LEGEND)));
    }
    for group in &groups {
        text.push('\n');
        text.push_str(&group.title);
        text.push_str(&group.body(whole));
    }
    text.push_str(&notes::closed(layout, "unreadable", &view.unreadable));
    text.push_str(&notes::closed(layout, "not ready", &view.not_ready));
    text.push('\n');
    text.push_str(&footer::draw(layout, view));
    text
}

fn title(layout: &Layout, view: &PlanView) -> String {
    let left = if view.exists {
        format!("{} in {} ({})", view.organization, view.management, view.region)
    } else {
        format!("{}, to be created in {} ({})", view.organization, view.management, view.region)
    };
    let line = ends(&left, if layout.sandbox { "sandbox" } else { "" }, layout.width);
    let mut text = format!("{}\n", line.replacen(&view.organization, &head(&view.organization).to_string(), 1));
    for line in wrapped(&layout.via, layout.width) {
        text.push_str(&format!("{line}\n"));
    }
    text
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
    /// The kind of what is created; `None` if something else happens, which is always shown.
    created: Option<&'static str>,
}

impl Group {
    fn body(&self, whole: bool) -> String {
        let creations = self.blocks.iter().filter(|block| block.created.is_some()).count();
        let hide = if whole || creations <= CREATIONS_SHOWN + 1 { None } else { self.more.as_ref() };
        let Some(more) = hide else { return self.blocks.iter().map(|block| block.text.as_str()).collect() };
        // Room for what should not be missed, then what comes first.
        let telling = |block: &&Block| block.created.is_some_and(is_notable);
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
        format!("{text}  {}\n", faint(more))
    }
}

/// Returns the organization, what several accounts have in common, and then every account that something is said about.
fn groups(layout: &Layout, view: &PlanView) -> Vec<Group> {
    let mut blocks: BTreeMap<Option<String>, Vec<Block>> = BTreeMap::new();
    let mut common: Vec<Block> = Vec::new();
    for (step, others) in alike::steps(layout, view) {
        let created = (step.action == Action::Create && step.hazards.is_empty()).then_some(step.kind);
        if others.is_empty() {
            let account = step.account.as_ref().map(ToString::to_string);
            blocks.entry(account).or_default().push(Block { text: step_lines(layout, step), created });
        } else {
            common.push(Block { text: alike::draw(layout, step, &others), created });
        }
    }
    for (account, text) in left::blocked(layout, view).into_iter().chain(left::orphans(layout, view)) {
        blocks.entry(account).or_default().push(Block { text, created: None });
    }
    let mut groups = Vec::new();
    if let Some(blocks) = blocks.remove(&None) {
        groups.push(Group { title: format!("{}\n", head("organization")), blocks, more: None });
    }
    if !common.is_empty() {
        groups.push(Group { title: format!("{}\n", head("several accounts")), blocks: common, more: None });
    }
    let mut group = |key: &str, known: Option<&Title>, blocks: Vec<Block>| {
        let words = known.map_or_else(|| "no longer in the manifest".to_owned(), |known| format!("{}  {}", known.name, known.purpose));
        let more = Some(layout.rerun.line("plan", &format!("--only {key}")));
        groups.push(Group { title: heading(layout, key, &words), blocks, more });
    };
    for known in &layout.titles {
        if let Some(blocks) = blocks.remove(&Some(known.key.to_string())) {
            group(known.key.as_str(), Some(known), blocks);
        }
    }
    for (key, blocks) in blocks {
        group(key.as_deref().unwrap_or_default(), None, blocks);
    }
    groups
}

/// Returns an account's heading; what does not fit beside the key is put below it.
fn heading(layout: &Layout, key: &str, words: &str) -> String {
    if key.chars().count() + 3 + words.chars().count() <= layout.width {
        return format!("{}   {words}\n", head(key));
    }
    wrapped(words, layout.width.saturating_sub(2)).iter().fold(format!("{}\n", head(key)), |text, line| text + &format!("  {line}\n"))
}

/// Returns whether one of a kind is shown of every account, however much else there is.
fn is_notable(kind: &str) -> bool {
    ABOUT.iter().any(|about| about.name == kind && about.is_notable)
}

fn step_lines(layout: &Layout, step: &StepView) -> String {
    let words = beside_address(layout, step);
    row(layout, &sign(step.action), &step.address.to_string(), &words) + &fields::draw(layout, &step.fields)
}

/// Returns what is beside a step's address: what it is, or what it waits for where that is all there is to say.
fn beside_address(layout: &Layout, step: &StepView) -> String {
    // The account's heading has said its name and e-mail.
    let heading = step.account.as_ref().and_then(|key| layout.title(key.as_str())).map(|known| known.name.as_str());
    let summary = heading.and_then(|heading| step.summary.strip_prefix(heading)).unwrap_or(&step.summary).trim();
    if !summary.is_empty() && !layout.whole {
        return summary.to_owned();
    }
    let own = step.address.to_string();
    let after: Vec<String> = step
        .after
        .iter()
        // The organization comes before everything, an account before what is in it, a unit before those under it.
        .filter(|needed| {
            needed.kind() != "organization"
                && account_of(needed).is_none_or(|account| step.account.as_ref().map(AccountKey::as_str) != Some(account))
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

#[cfg(test)]
mod tests;
