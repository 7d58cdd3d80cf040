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

/// Returns the bills, in the order of these names, then all others; below them what is assumed, and what is in no sum.
pub(crate) fn draw(layout: &Layout, order: &[&str], estimate: &Estimate) -> String {
    let bills = &estimate.bills;
    let place = |name: &str| order.iter().position(|known| *known == name).unwrap_or(order.len());
    let mut named: Vec<(&str, &Bill)> = bills.named().collect();
    named.sort_by_key(|(name, _)| place(name));
    let has_price = named.iter().any(|(_, bill)| bill.lines.iter().any(|line| line.price.is_some()));
    let mut parts = Vec::new();
    if named.is_empty() {
        parts.push("nothing that landfall has made is billed\n".to_owned());
    }
    if has_price {
        parts.extend([sums(layout, &named, estimate), assumptions(layout, &named)]);
    }
    let apart = unpriced(bills).map(|things| format!("in no sum: {things}"));
    let unread = (!estimate.unread.is_empty()).then(|| format!("not counted: {}, which could not be read", estimate.unread.join(", ")));
    for words in [apart, unread].into_iter().flatten() {
        parts.push(wrapped(&words, layout.width).iter().fold(String::new(), |text, line| text + &format!("{}\n", warned(line))));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

/// Returns a row for each bill, and one for all of them.
fn sums(layout: &Layout, named: &[(&str, &Bill)], estimate: &Estimate) -> String {
    let names = named.iter().map(|(name, _)| name.chars().count()).chain([ALL.len()]).max().unwrap_or_default();
    let row = |name: &str, fixed: &str, by_use: &str| format!("{name:<names$}{fixed:>SUM$}{by_use:>SUM$}");
    let used = |bill: &Bill| -> Money { bill.per_use().filter_map(|line| line.month).sum() };
    let title = format!("a month of {} hours, {}", estimate.terms.hours, lists(&estimate.terms, &estimate.bills));
    let mut text = format!("{}\n{}\n", wrapped(&title, layout.width).join("\n"), faint(row("", "fixed", "by use")));
    for (name, bill) in named {
        let sums = format!("{}  ", row(name, &dollars(bill.fixed), &dollars(used(bill))));
        text.push_str(&beside(&sums, names + 2 * SUM + 2, &things(bill), layout.width));
    }
    if named.len() > 1 {
        let all = row(ALL, &dollars(estimate.bills.fixed()), &dollars(named.iter().map(|(_, bill)| used(bill)).sum()));
        text.push_str(&format!("{}\n", head(all)));
    }
    text
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
    format!("{}\n{text}", wrapped(HEADING, layout.width).join("\n"))
}
