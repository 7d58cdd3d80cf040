//! Money in words: what a plan adds to the monthly bill and ends, what is left over of it, and what exists costs (`table`).
//!
//! Sums of dollars have two digits, since list prices before tax and discount promise no more; `--format json` has exact ones.

mod table;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use landfall::cost::{Bill, Bills, Line, Money, Terms};
use landfall::kind::Item;
use landfall::name::Region;
use landfall::plan::view::{OrphanView, PlanView};

pub(crate) use table::draw;

use crate::format::{count, grouped};

/// How many bills a sentence names; of more, the others are one sum.
const NAMED: usize = 4;

/// Returns the sentences about money of a plan; none if nothing of it is billed for existing.
pub(crate) fn sentences(view: &PlanView) -> Vec<String> {
    let estimate = &view.estimate;
    let mut all = Vec::new();
    for (verb, place, before, bills) in [("Adds", "to", " before traffic and logs", &estimate.adds), ("Ends", "on", "", &estimate.ends)] {
        let amounts = by_bill(bills);
        if !amounts.is_empty() {
            let sum = dollars(bills.fixed());
            all.push(format!("{verb} about {sum} a month{before}: {amounts}; {}.", lists(&estimate.terms, bills)));
        }
        all.extend(unpriced(bills).map(|things| format!("{verb} {place} the monthly bill: {things}.")));
    }
    all
}

/// Returns what is billed of things that are left over: `3 NAT gateways, 3 addresses`.
pub(crate) fn left_over<'a>(orphans: impl IntoIterator<Item = &'a OrphanView>) -> Option<String> {
    let mut numbers: BTreeMap<Item, usize> = BTreeMap::new();
    for item in orphans.into_iter().flat_map(|orphan| &orphan.billed) {
        *numbers.entry(*item).or_default() += 1;
    }
    words(numbers)
}

/// Returns what each bill has of it, the largest first: `prod $120 (3 NAT gateways, 3 addresses), dev $39 (1 NAT gateway, 1 address)`.
fn by_bill(bills: &Bills) -> String {
    let mut priced: Vec<(&str, &Bill)> = bills.named().filter(|(_, bill)| !bill.fixed.is_zero()).collect();
    priced.sort_by_key(|(_, bill)| std::cmp::Reverse(bill.fixed));
    // A sum of one alone would be as long as its name.
    let shown = if priced.len() == NAMED + 1 { priced.len() } else { NAMED.min(priced.len()) };
    let rest = priced.split_off(shown);
    let is_one = priced.len() == 1;
    let part = |(name, bill): &(&str, &Bill)| {
        let amount = if is_one { String::new() } else { format!(" {}", dollars(bill.fixed)) };
        format!("{name}{amount} ({})", things(bill))
    };
    let mut parts: Vec<String> = priced.iter().map(part).collect();
    if !rest.is_empty() {
        parts.push(format!("{} more {}", rest.len(), dollars(rest.iter().map(|(_, bill)| bill.fixed).sum())));
    }
    parts.join(", ")
}

/// Returns dollars as a text that says "about" has them.
fn dollars(amount: Money) -> String {
    match usize::try_from(amount.rounded()).unwrap_or(usize::MAX) {
        0 if amount.is_zero() => "$0".to_owned(),
        0 => "under $1".to_owned(),
        whole => format!("${}", grouped(whole)),
    }
}

/// Returns whose prices they are: `list prices of 2026-09-25, eu-west-1`.
fn lists(terms: &Terms, bills: &Bills) -> String {
    let regions: Vec<&str> = terms.regions.iter().map(Region::as_str).collect();
    let is_unverified = |line: &Line| line.price.is_some() && !line.verified;
    let doubt = if bills.named().flat_map(|(_, bill)| bill.fixed_lines()).any(is_unverified) { ", some unverified" } else { "" };
    format!("list prices of {}, {}{doubt}", terms.prices.unwrap_or("an unknown date"), regions.join(" and "))
}

/// Returns what is billed for existing and has no price: `3 NAT gateways, for which landfall has no prices in eu-central-1`.
fn unpriced(bills: &Bills) -> Option<String> {
    let without = || bills.named().flat_map(|(_, bill)| bill.fixed_lines()).filter(|line| line.price.is_none());
    let regions: BTreeSet<&str> = without().map(|line| line.region.as_str()).collect();
    let regions = regions.into_iter().collect::<Vec<_>>().join(" and ");
    total(without()).map(|things| format!("{things}, for which landfall has no prices in {regions}"))
}

/// Returns what of a bill has a price for existing: `3 NAT gateways, 3 addresses`.
fn things(bill: &Bill) -> String {
    total(bill.fixed_lines().filter(|line| line.price.is_some())).unwrap_or_default()
}

/// Returns lines as numbers of things: `3 NAT gateways, 3 addresses`.
fn total<'a>(lines: impl IntoIterator<Item = &'a Line>) -> Option<String> {
    let mut numbers: BTreeMap<Item, usize> = BTreeMap::new();
    for line in lines {
        *numbers.entry(line.key).or_default() += usize::try_from(line.quantity).unwrap_or(usize::MAX);
    }
    words(numbers)
}

fn words(numbers: BTreeMap<Item, usize>) -> Option<String> {
    let words: Vec<String> = numbers.into_iter().map(|(item, number)| count(number, item.noun())).collect();
    (!words.is_empty()).then(|| words.join(", "))
}
