//! A bill: lines, each an item at its price, and the sum of those that are billed for existing.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::money::Money;
use super::prices::Prices;
use crate::kind::charge::{Basis, Charge, Item, Unit, assumed};
use crate::name::{AccountKey, EnvironmentName, Region};

/// The currency of AWS's price lists.
const CURRENCY: &str = "USD";

/// Hours of a month, as in AWS's own calculator.
pub const HOURS: u32 = 730;

/// What an estimate is counted in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Terms {
    /// The currency.
    pub currency: &'static str,
    /// Hours of a month.
    pub hours: u32,
    /// The date of the prices, the oldest if there are several tables; `None` if no Region has a table.
    pub prices: Option<&'static str>,
    /// The Regions whose prices are used.
    pub regions: BTreeSet<Region>,
    /// Items without a price, by Region: a Region without a table has none. They are in no sum.
    pub unpriced: BTreeMap<Region, BTreeSet<Item>>,
}

/// Bills of a month.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Bills {
    /// Each environment's accounts together.
    pub environments: BTreeMap<EnvironmentName, Bill>,
    /// Accounts without an environment, and those that left the manifest.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub accounts: BTreeMap<AccountKey, Bill>,
    /// What all accounts share.
    pub organization: Bill,
}

/// One bill of a month.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Bill {
    /// The sum of what is billed for existing, as far as it has prices.
    pub fixed: Money,
    /// What is billed, for existing and by use.
    pub lines: Vec<Line>,
}

/// One line of a bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Line {
    /// What is billed.
    pub key: Item,
    /// The Region whose price it is.
    pub region: Region,
    /// How many: of what is billed by use, how many things are used.
    pub quantity: u32,
    /// Whether it is billed for existing or by use: `fixed` or `per-use`.
    pub basis: &'static str,
    /// What is assumed of what is billed by use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assumption: Option<String>,
    /// In which unit.
    pub unit: Unit,
    /// The price of one; `None` if there is none.
    pub price: Option<Money>,
    /// Whether that is from one of AWS's price lists or bills.
    pub verified: bool,
    /// What a month costs; `None` without a price.
    pub month: Option<Money>,
}

impl Terms {
    /// Returns the terms of an estimate that has these items.
    pub(super) fn of(home: &Region, items: BTreeSet<(Region, Item)>) -> Self {
        let mut regions: BTreeSet<Region> = items.iter().map(|(region, _)| region.clone()).collect();
        if regions.is_empty() {
            regions.insert(home.clone());
        }
        let mut unpriced: BTreeMap<Region, BTreeSet<Item>> = BTreeMap::new();
        for (region, item) in items {
            if Prices::of(&region).and_then(|prices| prices.price(item)).is_none() {
                unpriced.entry(region).or_default().insert(item);
            }
        }
        regions.retain(|region| Prices::of(region).is_some());
        let prices = regions.iter().filter_map(Prices::of).map(|prices| prices.date.as_str()).min();
        Self { currency: CURRENCY, hours: HOURS, prices, regions, unpriced }
    }
}

impl Bills {
    /// Returns every bill that has a line, each under its name: environments, accounts, then `organization`.
    pub fn named(&self) -> impl Iterator<Item = (&str, &Bill)> {
        let environments = self.environments.iter().map(|(name, bill)| (name.as_str(), bill));
        let accounts = self.accounts.iter().map(|(key, bill)| (key.as_str(), bill));
        environments.chain(accounts).chain([("organization", &self.organization)]).filter(|(_, bill)| !bill.lines.is_empty())
    }

    /// Returns the sum of what is billed for existing.
    #[must_use]
    pub fn fixed(&self) -> Money {
        self.named().map(|(_, bill)| bill.fixed).sum()
    }
}

impl Bill {
    pub(super) fn add(&mut self, line: Line) {
        if line.is_fixed() {
            self.fixed = self.fixed + line.month.unwrap_or_default();
        }
        self.lines.push(line);
    }

    /// Returns the lines that are billed for existing.
    pub fn fixed_lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.is_fixed())
    }

    /// Returns the lines that are billed by use.
    pub fn per_use(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| !line.is_fixed())
    }
}

impl Line {
    /// Returns the line of a charge at a Region's price.
    pub(super) fn of(region: &Region, charge: Charge) -> Self {
        let Charge { item, quantity, basis } = charge;
        let price = Prices::of(region).and_then(|prices| prices.price(item));
        let (basis, assumption, units) = match basis {
            Basis::Fixed if item.unit().is_hourly() => ("fixed", None, HOURS),
            Basis::Fixed => ("fixed", None, 1),
            Basis::PerUse(assumption) => ("per-use", Some(assumed(item, assumption)), assumption.units),
        };
        Self {
            key: item,
            region: region.clone(),
            quantity,
            basis,
            assumption,
            unit: item.unit(),
            price: price.map(|price| price.price),
            verified: price.is_some_and(|price| price.verified),
            month: price.map(|price| price.price * (u64::from(quantity) * u64::from(units))),
        }
    }

    /// Returns whether it is billed for existing.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        self.assumption.is_none()
    }
}
