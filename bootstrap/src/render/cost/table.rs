//! What exists costs a month: environments one below the other, what is billed for existing beside what is billed by use.

use std::collections::BTreeSet;

use landfall::cost::{Bill, Estimate, Money};

use super::{dollars, lists, things, unpriced};
use crate::format::{beside, faint, head, warned, wrapped};
use crate::render::layout::Layout;

/// Columns of a sum.
const SUM: usize = 10;
/// What is above the assumptions.
const HEADING: &str = "what is billed by use is not part of `fixed`, and assumes";
/// What the row of all sums is called.
const ALL: &str = "together";

/// Returns the bills, in the order of these names, then all others.
pub(crate) fn draw(layout: &Layout, order: &[&str], estimate: &Estimate) -> String {
    let bills = &estimate.bills;
    let place = |name: &str| order.iter().position(|known| *known == name).unwrap_or(order.len());
    let mut named: Vec<(&str, &Bill)> = bills.named().collect();
    named.sort_by_key(|(name, _)| place(name));
    let mut text = String::new();
    if named.is_empty() {
        text.push_str("nothing that landfall has made is billed\n");
    } else if named.iter().all(|(_, bill)| bill.lines.iter().all(|line| line.price.is_none())) {
        // There is no sum to show.
    } else {
        let title = format!("a month of {} hours, {}", estimate.terms.hours, lists(&estimate.terms, bills));
        text.push_str(&format!("{}\n", wrapped(&title, layout.width).join("\n")));
        let names = named.iter().map(|(name, _)| name.chars().count()).chain([ALL.len()]).max().unwrap_or_default();
        let row = |name: &str, fixed: &str, by_use: &str| format!("{name:<names$}{fixed:>SUM$}{by_use:>SUM$}");
        text.push_str(&format!("{}\n", faint(row("", "fixed", "by use"))));
        let used = |bill: &Bill| -> Money { bill.per_use().filter_map(|line| line.month).sum() };
        for (name, bill) in &named {
            let sums = format!("{}  ", row(name, &dollars(bill.fixed), &dollars(used(bill))));
            text.push_str(&beside(&sums, names + 2 * SUM + 2, &things(bill), layout.width));
        }
        if named.len() > 1 {
            let used = named.iter().map(|(_, bill)| used(bill)).sum();
            text.push_str(&format!("{}\n", head(row(ALL, &dollars(bills.fixed()), &dollars(used)))));
        }
    }
    text.push_str(&assumptions(layout, &named));
    let gap = if text.is_empty() { "" } else { "\n" };
    let apart = unpriced(bills).map(|things| format!("in no sum: {things}"));
    let unread = (!estimate.unread.is_empty()).then(|| format!("not counted: {}, which could not be read", estimate.unread.join(", ")));
    let notes: Vec<String> = apart.into_iter().chain(unread).flat_map(|words| wrapped(&words, layout.width)).collect();
    if !notes.is_empty() {
        text.push_str(gap);
    }
    notes.into_iter().fold(text, |text, line| text + &format!("{}\n", warned(line)))
}

/// Returns what is assumed of what is billed by use, each assumption once.
fn assumptions(layout: &Layout, named: &[(&str, &Bill)]) -> String {
    let mut seen = BTreeSet::new();
    let mut text = String::new();
    for line in named.iter().flat_map(|(_, bill)| bill.per_use()) {
        let (Some(assumption), Some(price)) = (&line.assumption, line.price) else { continue };
        if seen.insert((assumption, &line.region)) {
            let doubt = if line.verified { "" } else { " (unverified)" };
            text.push_str(&beside("  ", 2, &format!("{assumption}: ${price} per {}{doubt}", line.unit), layout.width));
        }
    }
    if text.is_empty() {
        return text;
    }
    format!("\n{}\n{text}", wrapped(HEADING, layout.width).join("\n"))
}
