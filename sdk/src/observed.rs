//! The observed state: everything that exists, as far as it could be read; plain data that the planner compares with the desired
//! state.
//!
//! Absent, present and unreadable are three different answers. [`observe`](crate::observe) reads it.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::{Address, Scope};
use crate::aws::tags::{ADDRESS, Owner};
use crate::desired::{DesiredState, Notice};
use crate::id::AccountId;
use crate::kind::{Desired, Facts, Observed};

/// The observed state.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Observation {
    /// The management account.
    pub management: AccountId,
    /// What could be read of each scope; a scope that is not in here was not read because it does not exist.
    pub scopes: BTreeMap<Scope, ScopeState>,
    /// The resources, by scope.
    pub things: Vec<(Scope, Observed)>,
    /// The facts of resources that match a desired one.
    pub facts: Facts,
    /// Notices that a plan shows first.
    pub notices: Vec<Notice>,
}

/// What could be read of a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the five answers are the design; code must handle each")]
pub enum ScopeState {
    /// All of it.
    Readable,
    /// It does not exist yet, so nothing is in it.
    Absent,
    /// It exists and cannot be entered yet, with AWS's message.
    NotReady(String),
    /// It is closed permanently: nothing in it works or can be changed. Why, in AWS's words.
    Closed(String),
    /// It exists and could not be read.
    Unreadable {
        /// Why.
        reason: String,
        /// What to do about it.
        hint: String,
    },
}

impl Observation {
    /// Returns an observation of nothing: no organization.
    #[must_use]
    pub fn nothing(management: AccountId) -> Self {
        Self { management, scopes: BTreeMap::new(), things: Vec::new(), facts: Facts::new(), notices: Vec::new() }
    }

    /// Returns what could be read of a scope.
    #[must_use]
    pub fn state(&self, scope: &Scope) -> &ScopeState {
        // A Region of an account is as readable as the account, unless it was read separately.
        let account = scope.account().map(|account| Scope::Account(account.clone()));
        self.scopes.get(scope).or_else(|| self.scopes.get(&account?)).unwrap_or(&ScopeState::Absent)
    }

    /// Returns the resources of a scope.
    pub fn of<'a, 'b>(&'a self, scope: &'b Scope) -> impl Iterator<Item = &'a Observed> + use<'a, 'b> {
        self.things.iter().filter(move |(place, _)| place == scope).map(|(_, thing)| thing)
    }

    /// Returns all resources by their scope, for callers that read many scopes.
    #[must_use]
    pub fn by_scope(&self) -> BTreeMap<&Scope, Vec<&Observed>> {
        let mut all: BTreeMap<&Scope, Vec<&Observed>> = BTreeMap::new();
        for (scope, thing) in &self.things {
            all.entry(scope).or_default().push(thing);
        }
        all
    }

    /// Records the facts of every desired resource that exists. Parents come first in `desired`, so a child can be found by its
    /// parent's id. A resource that is tagged with another desired address, or another organization's name, does not match, and its
    /// facts are not recorded.
    pub fn learn(&mut self, desired: &DesiredState) {
        let mut facts = std::mem::take(&mut self.facts);
        let things = self.by_scope();
        let addresses: BTreeSet<&Address> = desired.wanted.iter().map(|wanted| &wanted.address).collect();
        for wanted in &desired.wanted {
            let thing = filled_in(&wanted.thing, &facts);
            let is_another = |observed: &Observed| {
                let Some(organization) = &desired.organization else { return false };
                let carried = match (observed, observed.owner(organization)) {
                    (Observed::Attachment(_) | Observed::Organization(_), _) => return false,
                    (_, Owner::Other(_)) => return true,
                    (_, Owner::Ours(owner)) => Some(owner),
                    (_, Owner::Nobody) => observed.tags().and_then(|tags| tags.get(ADDRESS)?.parse::<Address>().ok()),
                };
                let carried = carried.map(|address| address.within(wanted.address.scope()));
                carried.is_some_and(|carried| carried != wanted.address && addresses.contains(&carried))
            };
            let there = things.get(wanted.address.scope()).into_iter().flatten();
            let found = there.copied().find(|observed| thing.matches(observed) && !is_another(observed));
            if let Some(observed) = found {
                facts.extend(observed.facts(&wanted.address));
            }
        }
        self.facts = facts;
    }

    /// Returns a desired resource with every known reference filled in.
    #[must_use]
    pub fn resolved(&self, thing: &Desired) -> Desired {
        filled_in(thing, &self.facts)
    }
}

fn filled_in(thing: &Desired, facts: &Facts) -> Desired {
    let mut thing = thing.clone();
    thing.visit_references(&mut |text| *text = text.resolved(facts));
    thing
}
