//! Planning: what would have to be done so that what is becomes what should be.
//!
//! Pure: desired and observed go in, a plan comes out, and the same two give the same plan. It has no clock, no
//! network and no way to ask. A plan is typed data with reasons; how it is drawn is for renderers, which get it
//! as a [`view`].

pub mod check;
mod decide;
mod entrusted;
mod exempt;
mod hold;
mod identity;
mod layout;
mod leftovers;
mod links;
mod only;
mod order;
mod principals;
mod protection;
pub mod saved;
#[cfg(test)]
mod tests;
pub mod view;
mod way_in;

use std::collections::BTreeMap;

use crate::address::{Address, Scope};
use crate::desired::{DesiredState, Notice};
use crate::kind::{AnyChange, Blocked, Facts, Hazard, HazardName, Upkeep};
use crate::model::Organization;
use crate::name::{AccountKey, OrganizationName, Region, RoleName};
use crate::observed::{Observation, ScopeState};
use layout::Layouts;
use links::Links;

/// What would have to be done.
#[derive(Debug, Clone)]
#[must_use = "a plan that nobody reads changes nothing"]
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

/// What planning looks at. Nothing in it can ask, wait or change.
#[derive(Clone, Copy)]
struct Input<'a> {
    organization: &'a Organization,
    desired: &'a DesiredState,
    observation: &'a Observation,
    options: &'a PlanOptions,
    links: &'a Links<'a>,
    layouts: &'a Layouts,
}

/// Makes the plan.
///
/// # Errors
///
/// [`check::Refused`] where carrying it out would lock landfall itself out, or let another account's principals in as administrators.
pub fn plan(
    organization: &Organization,
    desired: &DesiredState,
    observation: &Observation,
    options: &PlanOptions,
) -> Result<Plan, check::Refused> {
    check::of_management(organization, &observation.management)?;
    check::lockout(organization, desired)?;
    let links = Links::of(desired, &organization.name);
    let layouts = Layouts::of(organization, desired, observation);
    let input = Input { organization, desired, observation, options, links: &links, layouts: &layouts };
    let mut plan = Plan::empty(&input);
    closed_scopes(&input, &mut plan);
    decide::everything(&input, &mut plan);
    hold::blocked(&input, &mut plan);
    hold::pending(&mut plan);
    leftovers::orphans(&input, &mut plan);
    plan.notices.extend(way_in::notice(&input));
    plan.notices.extend(principals::notices(&input));
    identity::notices(&input, &mut plan);
    order::sort(&mut plan.steps);
    only::keep(&input, &mut plan);
    check::order(&plan.steps);
    Ok(plan)
}

impl Plan {
    fn empty(input: &Input<'_>) -> Self {
        let Input { organization, desired, observation, .. } = *input;
        Self {
            organization: organization.name.clone(),
            region: organization.region.clone(),
            management: observation.management.to_string(),
            exists: *observation.state(&Scope::Organization) != ScopeState::Absent,
            steps: Vec::new(),
            settled: Vec::new(),
            blocked: Vec::new(),
            orphans: Vec::new(),
            unreadable: Vec::new(),
            not_ready: Vec::new(),
            notices: observation.notices.iter().chain(&desired.notices).cloned().collect(),
            facts: observation.facts.clone(),
            account_names: organization.accounts.keys().map(|key| (key.clone(), organization.account_name(key))).collect(),
            access_roles: organization.accounts.values().map(|account| (account.key.clone(), account.access_role.clone())).collect(),
        }
    }
}

/// Reports of each scope once why it could not be read.
fn closed_scopes(input: &Input<'_>, plan: &mut Plan) {
    let states = &input.observation.scopes;
    for (scope, state) in states {
        // An account that cannot be entered closes its Regions too, which then have no state of their own.
        let is_in = |other: &Scope| {
            other == scope || matches!(scope, Scope::Account(_)) && other.account() == scope.account() && !states.contains_key(other)
        };
        let wanted = input.desired.wanted.iter().filter(|wanted| is_in(wanted.address.scope())).count();
        let closed =
            |reason: &str, hint: &str| ClosedScope { scope: scope.clone(), reason: reason.to_owned(), hint: hint.to_owned(), wanted };
        match state {
            // A closed account is a notice of its own.
            ScopeState::Readable | ScopeState::Absent | ScopeState::Closed(_) => {}
            ScopeState::NotReady(reason) => plan.not_ready.push(closed(reason, "`landfall apply` waits for it")),
            ScopeState::Unreadable { reason, hint } => plan.unreadable.push(closed(reason, hint)),
        }
    }
}
