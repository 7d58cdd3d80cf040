//! What a kind says of an existing resource: whether it may be adopted, why nothing can be done about it, and what it goes on costing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::charge::Item;
use super::hazard::Hazard;

/// What may happen to a resource that matches by its natural key but lacks landfall's tags.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the three answers are the design")]
pub enum Adoption {
    /// It is adopted: missing tags are added.
    Adopt,
    /// It is adopted if the hazard is allowed.
    Hazard(Hazard),
    /// It stays unmanaged, and landfall's step is blocked for this reason.
    Refuse(Blocked),
}

/// The continued effect of a resource that is no longer wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a cost or an access; both are shown as text")]
pub enum Upkeep {
    /// It is billed as this for as long as it exists.
    Billed(Item),
    /// Someone can still assume it; the text to show.
    Access(String),
}

impl Upkeep {
    /// Returns the continued effects of several resources, each type of cost with its number.
    #[must_use]
    pub fn all<'a>(several: impl IntoIterator<Item = &'a Self>) -> Vec<String> {
        let (mut billed, mut access) = (BTreeMap::<Item, usize>::new(), BTreeSet::new());
        for one in several {
            match one {
                Self::Billed(item) => *billed.entry(*item).or_default() += 1,
                Self::Access(words) => {
                    access.insert(words.clone());
                }
            }
        }
        let plural = |noun: &str| if noun.ends_with('s') { "es" } else { "s" };
        let cost = |(item, number): (Item, usize)| {
            let (noun, time) = (item.noun(), if item.unit().is_hourly() { "hour" } else { "month" });
            format!("{number} {noun}{} billed by the {time}", if number == 1 { "" } else { plural(noun) })
        };
        billed.into_iter().map(cost).chain(access).collect()
    }
}

impl fmt::Display for Upkeep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Self::all([self]).concat())
    }
}

/// Why a step cannot be done, and a hint.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Blocked {
    /// The reason.
    pub reason: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Blocked {
    /// Returns a reason with a hint.
    pub fn new(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { reason: reason.into(), hint: Some(hint.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_counted_and_an_access_is_shown_once() {
        let (nat, eip) = (Upkeep::Billed(Item::NatGateway), Upkeep::Billed(Item::PublicAddress));
        let access = Upkeep::Access("reader lets in sso:Engineers".to_owned());
        for (several, expected) in [
            (vec![], vec![]),
            (vec![&nat], vec!["1 NAT gateway billed by the hour"]),
            (vec![&Upkeep::Billed(Item::Key)], vec!["1 key billed by the month"]),
            (
                vec![&eip, &access, &nat, &eip, &nat, &access, &eip],
                vec!["2 NAT gateways billed by the hour", "3 addresses billed by the hour", "reader lets in sso:Engineers"],
            ),
        ] {
            assert_eq!(Upkeep::all(several), expected);
        }
    }
}
