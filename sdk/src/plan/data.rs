//! A plan as data: steps, and what is settled, blocked, left over or cannot be read.

use std::collections::BTreeMap;

use crate::address::{Address, Scope};
use crate::desired::Notice;
use crate::kind::{AnyChange, Blocked, Facts, Hazard, HazardName, Item, Upkeep};
use crate::name::{AccountKey, EnvironmentName, OrganizationName, Region, RoleName};

/// What would have to be done.
#[derive(Debug, Clone)]
#[must_use = "a plan changes nothing until it is applied"]
#[non_exhaustive]
pub struct Plan {
    /// The organization's name.
    pub organization: OrganizationName,
    /// The home Region.
    pub region: Region,
    /// The management account's id.
    pub management: String,
    /// Whether the organization exists yet.
    pub exists: bool,
    /// What to do, each step behind those it needs.
    pub steps: Vec<Step>,
    /// What is as it should be.
    pub settled: Vec<Address>,
    /// What cannot be done, and why.
    pub blocked: Vec<BlockedStep>,
    /// What is ours and no longer wanted.
    pub orphans: Vec<Orphan>,
    /// Scopes that could not be read.
    pub unreadable: Vec<ClosedScope>,
    /// Scopes that do not let us in yet; what is in them is pending.
    pub not_ready: Vec<ClosedScope>,
    /// What to know first.
    pub notices: Vec<Notice>,
    /// What was known when the plan was made.
    pub facts: Facts,
    /// The role by which each account is first entered.
    pub access_roles: BTreeMap<AccountKey, RoleName>,
    /// The environment of each account that has one, for the estimate.
    pub environments: BTreeMap<AccountKey, EnvironmentName>,
    /// AWS's name of every account, for what a run tells.
    pub account_names: BTreeMap<AccountKey, String>,
}

/// One thing to do.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Step {
    /// To what.
    pub address: Address,
    /// What.
    pub change: AnyChange,
    /// The steps of this plan that have to be done before.
    pub after: Vec<Address>,
    /// What it does only when it is named.
    pub hazards: Vec<Hazard>,
}

/// Something that cannot be done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BlockedStep {
    /// What.
    pub address: Address,
    /// Why, and what would help.
    pub blocked: Blocked,
    /// What it needs that is blocked or could not be read: the reason of its own. None where the reason lies in itself.
    pub needs: Option<Address>,
}

/// Something of ours that is no longer wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Orphan {
    /// Its address, from its tags.
    pub address: Address,
    /// What a person calls it.
    pub label: String,
    /// What it is billed for while it exists.
    pub billed: Vec<Item>,
    /// What it goes on costing, or whom it lets in.
    pub upkeep: Option<Upkeep>,
    /// Whether pruning removes it.
    pub removable: bool,
    /// What to do about it, where that is known.
    pub hint: Option<String>,
}

/// A scope that could not be looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClosedScope {
    /// Which.
    pub scope: Scope,
    /// Why.
    pub reason: String,
    /// What to do about it.
    pub hint: String,
    /// How many things of it are wanted.
    pub wanted: usize,
}

/// What to plan beyond the manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlanOptions {
    /// Removes orphans, where that is allowed at all.
    pub prune: bool,
    /// Plans these only, with what they need: an address, an account's key, or the beginning of an address.
    pub only: Vec<String>,
    /// Whether what is desired is that of [`deep`](crate::desired::deep); nothing that the planner asks for, but a saved plan is compared
    /// with one that looked as far.
    pub deep: bool,
}

impl Plan {
    /// Returns whether nothing is to do and nothing stands in the way.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.steps.is_empty() && self.is_clear() && self.not_ready.is_empty()
    }

    /// Returns whether nothing stands in the way.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        self.blocked.is_empty() && self.unreadable.is_empty()
    }

    /// Returns whether something is to do, now or once an account lets us in.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        !self.steps.is_empty() || !self.not_ready.is_empty()
    }

    /// Returns the hazards of all steps that are not among the allowed names.
    pub fn hazards<'a>(&'a self, allowed: &'a [HazardName]) -> impl Iterator<Item = (&'a Address, &'a Hazard)> + 'a {
        self.steps
            .iter()
            .flat_map(|step| step.hazards.iter().map(move |hazard| (&step.address, hazard)))
            .filter(move |(_, hazard)| !allowed.contains(&hazard.name))
    }
}
