//! What a plan adds to the monthly bill, and takes from it: the few things landfall makes that cost by the hour.
//!
//! A small table of list prices, for an order of magnitude: one Region, nothing that is billed by use. Prices of every
//! Region, and of all that is billed, are another program's work.

use landfall::kind::Action;
use landfall::plan::view::{OrphanView, PlanView};

use crate::format::count;

/// The day of the price lists, and the Region they are of.
const LISTS: &str = "list prices of 2026-08-31, us-east-1";
/// Hours of a month, as AWS's own calculator has them.
const HOURS: f64 = 730.0;

/// Something that is billed for as long as it exists.
struct Price {
    kind: &'static str,
    noun: &'static str,
    /// US dollars a month.
    month: f64,
}

/// AWS's price lists of us-east-1: `AmazonEC2` 20260831181331 (a NAT gateway's hour 0.045, its data not included), `AmazonVPC`
/// 20260831092232 (a public address's hour 0.005), awskms 20260831092318 (a key's month 1.00).
const PRICES: [Price; 3] = [
    Price { kind: "nat", noun: "NAT gateway", month: 0.045 * HOURS },
    Price { kind: "eip", noun: "address", month: 0.005 * HOURS },
    Price { kind: "key", noun: "key", month: 1.0 },
];

/// Returns the sentences about money of a plan; `None` if nothing of it is billed by the hour.
pub(crate) fn sentences(view: &PlanView) -> Vec<String> {
    let kinds = |action: Action| view.steps.iter().filter(move |step| step.action == action).map(|step| step.kind);
    let traffic = " before traffic";
    [(Action::Create, "Billed from now on", traffic), (Action::Remove, "No longer billed", "")]
        .into_iter()
        .filter_map(|(action, begin, more)| {
            let bill = Bill::of(kinds(action));
            let words = bill.words()?;
            Some(format!("{begin}: {words}: about ${} a month{more} ({LISTS}).", bill.rounded()))
        })
        .collect()
}

/// Returns what is billed of things that are left over: `3 NAT gateways, 3 addresses`.
pub(crate) fn left_over<'a>(orphans: impl IntoIterator<Item = &'a OrphanView>) -> Option<String> {
    Bill::of(orphans.into_iter().map(|orphan| orphan.address.kind())).words()
}

/// How many there are of each thing that is billed.
struct Bill([usize; PRICES.len()]);

impl Bill {
    fn of<'a>(kinds: impl Iterator<Item = &'a str>) -> Self {
        let mut numbers = [0; PRICES.len()];
        for kind in kinds {
            for (number, price) in numbers.iter_mut().zip(&PRICES) {
                *number += usize::from(price.kind == kind);
            }
        }
        Self(numbers)
    }

    fn words(&self) -> Option<String> {
        let words: Vec<String> =
            self.0.iter().zip(&PRICES).filter(|(number, _)| **number > 0).map(|(number, price)| count(*number, price.noun)).collect();
        (!words.is_empty()).then(|| words.join(", "))
    }

    /// Returns dollars a month, in two digits: more would promise too much.
    fn rounded(&self) -> u32 {
        let dollars: f64 =
            self.0.iter().zip(&PRICES).map(|(number, price)| f64::from(u32::try_from(*number).unwrap_or(u32::MAX)) * price.month).sum();
        let step = if dollars < 100.0 { 1.0 } else { 10_f64.powf((dollars.log10().floor() - 1.0).max(0.0)) };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "rounded, not negative, and too large only for an impossible bill"
        )]
        let rounded = ((dollars / step).round() * step) as u32;
        rounded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bill(nat: usize, eip: usize, key: usize) -> Bill {
        Bill([nat, eip, key])
    }

    #[test]
    fn the_documents_have_these_prices() {
        let tiers = include_str!("../../../docs/TIERS.md");
        for price in PRICES {
            let row = tiers.lines().find(|line| line.contains(&format!("{} |", price.noun)) && line.contains('$'));
            assert!(row.is_some_and(|row| row.ends_with(&format!("| ${:.2} |", price.month))), "{}: {row:?}", price.noun);
        }
        assert!(tiers.contains(LISTS), "{LISTS}");
    }

    #[test]
    fn the_sum_is_that_of_the_price_lists() {
        // 8 x 32.85 + 8 x 3.65 + 1 = 293; 3 x 36.5 = 109.5; 36.5; 1.
        for (bill, dollars, words) in [
            (bill(8, 8, 1), 290, "8 NAT gateways, 8 addresses, 1 key"),
            (bill(3, 3, 0), 110, "3 NAT gateways, 3 addresses"),
            (bill(1, 1, 0), 37, "1 NAT gateway, 1 address"),
            (bill(0, 0, 1), 1, "1 key"),
            (bill(100, 100, 0), 3_700, "100 NAT gateways, 100 addresses"),
        ] {
            assert_eq!((bill.rounded(), bill.words().as_deref()), (dollars, Some(words)));
        }
        assert_eq!(bill(0, 0, 0).words(), None);
    }
}
