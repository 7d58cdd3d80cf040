//! The monthly estimate: what a plan adds to the bill and ends, and what exists costs, by environment.
//!
//! Pure arithmetic of the charges that kinds name (`Kind::cost`) and the price tables ([`prices`]). What is billed for existing is
//! added up; what is billed by use is listed with its assumption and never added to it. Nothing else depends on an estimate: no plan, and
//! no exit code.

mod bill;
mod money;
pub mod prices;

use std::collections::{BTreeMap, BTreeSet};

pub use bill::{Bill, Bills, HOURS, Line, Terms};
pub use money::Money;

use crate::address::{Address, Scope};
use crate::aws::tags::Owner;
use crate::kind::AnyChange;
use crate::kind::charge::{Basis, Charge, Item};
use crate::name::{AccountKey, EnvironmentName, OrganizationName, Region};
use crate::observed::{Observation, ScopeState};

/// Whose bill something is on.
pub struct Payers<'a> {
    /// The home Region: its prices are those of what has no Region.
    pub home: &'a Region,
    /// The environment of each account that has one.
    pub environments: &'a BTreeMap<AccountKey, EnvironmentName>,
}

/// What a plan adds to the monthly bill, and what it ends.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct PlanEstimate {
    /// What both are counted in.
    #[serde(flatten)]
    pub terms: Terms,
    /// What the plan adds.
    #[serde(flatten)]
    pub adds: Bills,
    /// What the plan ends.
    pub ends: Bills,
}

/// What exists costs a month.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Estimate {
    /// What it is counted in.
    #[serde(flatten)]
    pub terms: Terms,
    /// The bills.
    #[serde(flatten)]
    pub bills: Bills,
    /// Scopes that could not be read: what is in them is not counted.
    pub unread: Vec<String>,
}

impl PlanEstimate {
    /// Estimates the changes of a plan.
    #[must_use]
    pub fn of<'a>(payers: &Payers<'_>, changes: impl IntoIterator<Item = (&'a Address, &'a AnyChange)>) -> Self {
        let (mut adds, mut ends) = (Ledger::default(), Ledger::default());
        for (address, change) in changes {
            let place = payers.place(address.scope());
            let (added, ended) = difference(&change.begins(), &change.ends());
            adds.enter(&place, added);
            ends.enter(&place, ended);
        }
        let items = adds.items().chain(ends.items()).collect();
        Self { terms: Terms::of(payers.home, items), adds: adds.bills(), ends: ends.bills() }
    }
}

impl Estimate {
    /// Estimates what landfall has made and exists, wanted or not.
    #[must_use]
    pub fn of(payers: &Payers<'_>, organization: &OrganizationName, observation: &Observation) -> Self {
        let mut ledger = Ledger::default();
        for (scope, thing) in &observation.things {
            if matches!(thing.owner(organization), Owner::Ours(_)) {
                ledger.enter(&payers.place(scope), thing.cost());
            }
        }
        let is_unread = |state: &ScopeState| match state {
            ScopeState::Unreadable { .. } | ScopeState::NotReady(_) => true,
            ScopeState::Readable | ScopeState::Absent | ScopeState::Closed(_) => false,
        };
        let unread = observation.scopes.iter().filter(|(_, state)| is_unread(state)).map(|(scope, _)| scope.to_string()).collect();
        Self { terms: Terms::of(payers.home, ledger.items().collect()), bills: ledger.bills(), unread }
    }
}

/// Who pays for something, and at which Region's prices.
type Place = (Payer, Region);

/// Whose bill it is on: an environment's accounts are one bill.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Payer {
    Environment(EnvironmentName),
    /// An account without an environment, or one that left the manifest.
    Account(AccountKey),
    /// What all accounts share: the organization, its trail, the log archive.
    Organization,
}

impl Payers<'_> {
    fn place(&self, scope: &Scope) -> Place {
        let payer = match scope.account() {
            None => Payer::Organization,
            Some(account) if account.is_management() || account.is_log_archive() => Payer::Organization,
            Some(account) => match self.environments.get(account) {
                Some(environment) => Payer::Environment(environment.clone()),
                None => Payer::Account(account.clone()),
            },
        };
        (payer, scope.region().unwrap_or(self.home).clone())
    }
}

/// Charges, with how many of each there are.
#[derive(Debug, Default)]
struct Ledger(BTreeMap<Place, BTreeMap<(Item, Basis), u32>>);

impl Ledger {
    fn enter(&mut self, place: &Place, charges: impl IntoIterator<Item = Charge>) {
        for Charge { item, quantity, basis } in charges {
            let number = self.0.entry(place.clone()).or_default().entry((item, basis)).or_default();
            *number = number.saturating_add(quantity);
        }
    }

    fn items(&self) -> impl Iterator<Item = (Region, Item)> {
        self.0.iter().flat_map(|((_, region), charges)| charges.keys().map(|(item, _)| (region.clone(), *item)))
    }

    fn bills(self) -> Bills {
        let mut bills = Bills::default();
        for ((payer, region), charges) in self.0 {
            let bill = match payer {
                Payer::Environment(name) => bills.environments.entry(name).or_default(),
                Payer::Account(key) => bills.accounts.entry(key).or_default(),
                Payer::Organization => &mut bills.organization,
            };
            let (fixed, per_use): (Vec<_>, Vec<_>) = charges.into_iter().partition(|((_, basis), _)| *basis == Basis::Fixed);
            for ((item, basis), quantity) in fixed.into_iter().chain(per_use) {
                bill.add(Line::of(&region, Charge { item, quantity, basis }));
            }
        }
        bills
    }
}

/// Returns the charges of one side that the other does not have, for both.
fn difference(begins: &[Charge], ends: &[Charge]) -> (Vec<Charge>, Vec<Charge>) {
    let sum = |charges: &[Charge], of: &Charge| -> u32 {
        charges.iter().filter(|charge| (charge.item, charge.basis) == (of.item, of.basis)).map(|charge| charge.quantity).sum()
    };
    let beyond = |some: &[Charge], others: &[Charge]| -> Vec<Charge> {
        let kinds: BTreeSet<Charge> = some.iter().map(|charge| Charge { quantity: 0, ..*charge }).collect();
        let more = |of: Charge| Charge { quantity: sum(some, &of).saturating_sub(sum(others, &of)), ..of };
        kinds.into_iter().map(more).filter(|charge| charge.quantity > 0).collect()
    };
    (beyond(begins, ends), beyond(ends, begins))
}

#[cfg(test)]
mod tests;
