//! What a plan cannot do, and what it leaves standing. What waits for one blocked thing is a number; what is left over of one
//! kind in one account is a line.

use std::collections::{BTreeMap, BTreeSet};

use landfall::address::{Address, Scope};
use landfall::kind::about::{account_of, is_account};
use landfall::plan::view::{BlockedView, OrphanView, PlanView};

use super::row::{aside, row};
use crate::format::{bad, faint, warned};
use crate::render::cost;
use crate::render::layout::Layout;

/// How many names of one kind are shown.
const NAMED: usize = 4;

/// A text and the account it belongs to; none for the organization.
type Placed = (Option<String>, String);

/// Returns what is blocked, each with how many others wait for it.
pub(super) fn blocked(layout: &Layout, view: &PlanView) -> Vec<Placed> {
    let mut waiting: BTreeMap<String, Vec<&BlockedView>> = BTreeMap::new();
    let mut own = Vec::new();
    for blocked in &view.blocked {
        match &blocked.needs {
            Some(root) if !layout.unfolded => waiting.entry(root.to_string()).or_default().push(blocked),
            _ => own.push(blocked),
        }
    }
    let mut placed = Vec::new();
    for blocked in own {
        let mut text = one(layout, blocked);
        if let Some(others) = waiting.remove(&blocked.address.to_string()) {
            text.push_str(&more(layout, &others, &blocked.address.to_string()));
        }
        placed.push((account_of(&blocked.address).map(str::to_owned), text));
    }
    // What they wait for is not in this plan, or could not be read: the first of each account is shown.
    for (root, others) in waiting {
        let mut groups: BTreeMap<Option<String>, Vec<&BlockedView>> = BTreeMap::new();
        for blocked in others {
            groups.entry(account_of(&blocked.address).map(str::to_owned)).or_default().push(blocked);
        }
        for (account, others) in groups {
            let text = others.first().map(|first| one(layout, first)).unwrap_or_default() + &more(layout, &others[1..], &root);
            placed.push((account, text));
        }
    }
    placed
}

fn one(layout: &Layout, blocked: &BlockedView) -> String {
    let mut text = row(layout, &bad('!').to_string(), &blocked.address.to_string(), &layout.adapted(&blocked.reason));
    if let Some(help) = &blocked.hint {
        text.push_str(&aside(layout, &layout.adapted(help)));
    }
    text
}

/// Says how many wait for a thing; of one alone the address is as short.
fn more(layout: &Layout, others: &[&BlockedView], root: &str) -> String {
    match others {
        [] => String::new(),
        [only] => one(layout, only),
        _ => format!("      {}\n", faint(format!("… {} more wait for {root}", others.len()))),
    }
}

/// Returns what is left over: one line for each kind of an account, and what to do about them once.
pub(super) fn orphans(layout: &Layout, view: &PlanView) -> Vec<Placed> {
    let mut groups: BTreeMap<Option<String>, BTreeMap<String, Vec<&OrphanView>>> = BTreeMap::new();
    for orphan in &view.orphans {
        let sort = if layout.unfolded { orphan.address.to_string() } else { sort(&orphan.address) };
        groups.entry(account_of(&orphan.address).map(str::to_owned)).or_default().entry(sort).or_default().push(orphan);
    }
    let mut placed = Vec::new();
    for (account, sorts) in groups {
        let all: Vec<&OrphanView> = sorts.values().flatten().copied().collect();
        let mut hints: Vec<(Option<&str>, String)> = Vec::new();
        for (sort, orphans) in &sorts {
            let text = left_over(layout, sort, orphans, &all);
            let hint = orphans[0].hint.as_deref();
            // Lines with the same hint are together, with the hint once below them.
            match hints.iter_mut().find(|(known, _)| *known == hint) {
                Some((_, lines)) => lines.push_str(&text),
                None => hints.push((hint, text)),
            }
        }
        for (hint, lines) in hints {
            let hint = hint.map(|hint| aside(layout, &layout.adapted(hint))).unwrap_or_default();
            placed.push((account.clone(), lines + &hint));
        }
    }
    placed
}

/// Returns what things of one kind in one place have in common: their address up to the name.
fn sort(address: &Address) -> String {
    let kind = address.kind();
    match address.scope() {
        // An account is one thing.
        Scope::Organization if is_account(address) => address.to_string(),
        Scope::Organization => kind.to_owned(),
        Scope::Account(account) => format!("{account}/{kind}"),
        Scope::Region(account, region) => format!("{account}/{region}/{kind}"),
    }
}

fn left_over(layout: &Layout, sort: &str, orphans: &[&OrphanView], all: &[&OrphanView]) -> String {
    let sign = warned('?').to_string();
    let [orphan] = orphans else {
        // A number for one alone would be as long as its name.
        let shown = if orphans.len() == NAMED + 1 { orphans.len() } else { NAMED };
        let names: Vec<&str> = orphans.iter().take(shown).map(|orphan| orphan.address.name()).collect();
        let rest = orphans.len().saturating_sub(shown);
        let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        let words = format!("{}: {}{rest}{}", orphans.len(), names.join(", "), upkeep(orphans));
        return row(layout, &sign, sort, &words);
    };
    // Of an account that leaves, what all of it costs.
    let upkeep = if is_account(&orphan.address) {
        cost::left_over(all.iter().copied()).map(|billed| format!("; {billed} billed")).unwrap_or_default()
    } else {
        upkeep(orphans)
    };
    row(layout, &sign, &orphan.address.to_string(), &format!("{}{upkeep}", orphan.label))
}

/// Returns what things of one kind go on costing, or whom each of them lets in.
fn upkeep(orphans: &[&OrphanView]) -> String {
    if let Some(billed) = cost::left_over(orphans.iter().copied()) {
        return format!("; {billed} billed");
    }
    let each: BTreeSet<&str> = orphans.iter().filter_map(|orphan| orphan.upkeep.as_deref()).collect();
    each.into_iter().fold(String::new(), |text, upkeep| text + "; " + upkeep)
}
