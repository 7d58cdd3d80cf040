//! Planning: what would have to be done so that what is becomes what should be.
//!
//! Pure: desired and observed go in, a plan comes out, and the same two give the same plan. It has no clock, no
//! network and no way to ask. A plan is typed data with reasons; how it is drawn is for renderers, which get it
//! as a [`view`].

pub mod check;
pub mod saved;
#[cfg(test)]
mod tests;
pub mod view;

use std::collections::{BTreeMap, BTreeSet};

use crate::address::{Address, Scope};
use crate::aws::tags::Owner;
use crate::desired::{DesiredState, Notice, Wanted};
use crate::kind::{Adoption, AnyChange, Blocked, Desired, Facts, Hazard, Observed};
use crate::model::Organization;
use crate::name::{AccountKey, OrganizationName, Region, RoleName};
use crate::observed::{Observation, ScopeState};

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
}

/// Something of ours that is no longer wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Orphan {
    /// Its address, from its tags.
    pub address: Address,
    /// What a person calls it.
    pub label: String,
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
    pub fn hazards<'a>(&'a self, allowed: &'a [String]) -> impl Iterator<Item = (&'a Address, &'a Hazard)> + 'a {
        self.steps
            .iter()
            .flat_map(|step| step.hazards.iter().map(move |hazard| (&step.address, hazard)))
            .filter(move |(_, hazard)| !allowed.iter().any(|name| name == hazard.name))
    }
}

/// Makes the plan.
///
/// # Errors
///
/// [`check::Refused`] where carrying it out would lock landfall itself out.
pub fn plan(
    organization: &Organization,
    desired: &DesiredState,
    observation: &Observation,
    options: &PlanOptions,
) -> Result<Plan, check::Refused> {
    check::lockout(organization, desired)?;
    let mut plan = Plan {
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
    };
    closed_scopes(desired, observation, &mut plan);
    let things = observation.by_scope();
    for wanted in &desired.wanted {
        let there = things.get(wanted.address.scope()).map_or(&[][..], Vec::as_slice);
        one(wanted, observation, there, &mut plan);
    }
    hold_back(&mut plan);
    orphans(desired, observation, options, &mut plan);
    if !options.only.is_empty() {
        keep_only(&options.only, &mut plan);
    }
    check::order(&plan.steps);
    Ok(plan)
}

/// Says of each scope once why it could not be looked into.
fn closed_scopes(desired: &DesiredState, observation: &Observation, plan: &mut Plan) {
    let mut counts: BTreeMap<&Scope, usize> = BTreeMap::new();
    for wanted in &desired.wanted {
        *counts.entry(wanted.address.scope()).or_default() += 1;
    }
    for (scope, state) in &observation.scopes {
        let wanted = counts.get(scope).copied().unwrap_or(0);
        let closed =
            |reason: &str, hint: &str| ClosedScope { scope: scope.clone(), reason: reason.to_owned(), hint: hint.to_owned(), wanted };
        match state {
            ScopeState::Readable | ScopeState::Absent => {}
            ScopeState::NotReady(reason) => plan.not_ready.push(closed(reason, "`landfall apply` waits for it")),
            ScopeState::Unreadable { reason, hint } => plan.unreadable.push(closed(reason, hint)),
        }
    }
}

/// Decides about one wanted thing.
fn one(wanted: &Wanted, observation: &Observation, there: &[&Observed], plan: &mut Plan) {
    let address = &wanted.address;
    let scope = address.scope();
    let thing = observation.resolved(&wanted.thing);
    match observation.state(scope) {
        // Said once for the whole scope.
        ScopeState::Unreadable { .. } | ScopeState::NotReady(_) if *scope != Scope::Organization || address.kind() != "organization" => {
            return;
        }
        ScopeState::Unreadable { .. } | ScopeState::NotReady(_) | ScopeState::Readable | ScopeState::Absent => {}
    }
    match matching(&plan.organization, address, &thing, there) {
        Match::None => {
            let change = thing.creation();
            let after = needs(&plan.organization, address, thing);
            plan.steps.push(Step { address: address.clone(), change, after, hazards: Vec::new() });
        }
        Match::Taken(blocked) => plan.blocked.push(BlockedStep { address: address.clone(), blocked }),
        Match::Found(observed, hazard) => match thing.diff(observed) {
            Ok(None) => plan.settled.push(address.clone()),
            Ok(Some(change)) => {
                let mut hazards = change.hazards();
                hazards.extend(hazard);
                let after = needs(&plan.organization, address, thing);
                plan.steps.push(Step { address: address.clone(), change, after, hazards });
            }
            Err(blocked) => plan.blocked.push(BlockedStep { address: address.clone(), blocked }),
        },
    }
}

enum Match<'a> {
    /// Nothing is there.
    None,
    /// It is there and ours, or becomes ours.
    Found(&'a Observed, Option<Hazard>),
    /// Its place is taken.
    Taken(Blocked),
}

/// Finds the thing that a wanted one is, by natural key; tags say whose it is, never which one it is.
fn matching<'a>(organization: &OrganizationName, address: &Address, thing: &Desired, there: &[&'a Observed]) -> Match<'a> {
    let mut same = there.iter().copied().filter(|observed| thing.same(observed));
    let first = same.next();
    if let (Some(first), Some(second)) = (first, same.next()) {
        return Match::Taken(Blocked::new(
            format!("{} and {} both are it", first.label(), second.label()),
            "remove the tag landfall:address from the one that is not",
        ));
    }
    let Some(observed) = first else {
        // One that carries our address but has another key: tags can be forged, so nothing is built beside it or on it.
        let forged = there.iter().copied().find(|observed| observed.owner(organization) == Owner::Ours(address.clone()));
        return match forged {
            Some(observed) => Match::Taken(Blocked::new(
                format!("{} carries the tag of {address}, but is not it", observed.label()),
                renamed_hint(observed),
            )),
            None => Match::None,
        };
    };
    match observed.owner(organization) {
        Owner::Ours(owner) if owner == *address || address.kind() == "attachment" || address.kind() == "organization" => {
            Match::Found(observed, None)
        }
        Owner::Ours(owner) if address.kind() == "account" => Match::Taken(Blocked::new(
            format!("{} is {owner} by its tags", observed.label()),
            "an account's key cannot change; to rename it on purpose, remove the tag landfall:address from it first",
        )),
        Owner::Ours(owner) => Match::Taken(Blocked::new(
            format!("{} is {owner} by its tags", observed.label()),
            "remove the tag landfall:address if that is wrong",
        )),
        Owner::Other(other) => Match::Taken(Blocked::new(
            format!("{} belongs to organization {other}", observed.label()),
            "landfall changes nothing that another organization made",
        )),
        Owner::Nobody => match thing.adoption(observed) {
            Some(Adoption::Adopt) => Match::Found(observed, None),
            Some(Adoption::Hazard(hazard)) => Match::Found(observed, Some(hazard)),
            Some(Adoption::Refuse(blocked)) => Match::Taken(blocked),
            None => Match::None,
        },
    }
}

fn renamed_hint(observed: &Observed) -> String {
    match observed {
        Observed::Account(account) => format!("if it is this account, say so: id = \"{}\"", account.id),
        Observed::Subnet(subnet) => format!(
            "a subnet's block cannot change: write cidr, azs and subnets so that {} is cut out again, or remove {} with all that is in it",
            subnet.cidr, subnet.id
        ),
        _ => "remove the tag landfall:address from it, or rename it back".to_owned(),
    }
}

/// Returns what a thing needs: the place it lives in, and whatever fills in its unknown references.
fn needs(organization: &OrganizationName, address: &Address, mut thing: Desired) -> Vec<Address> {
    let mut needs = BTreeSet::new();
    thing.texts(&mut |text| needs.extend(text.references().into_iter().map(|(address, _)| address)));
    match address.scope().account() {
        Some(account) if !account.is_management() => needs.insert(Address::organization("account", account)),
        Some(_) | None => needs.insert(Address::organization("organization", organization)),
    };
    needs.remove(address);
    needs.into_iter().collect()
}

/// Blocks what needs something blocked or unreadable, leaves out for now what needs something that is not ready, and keeps
/// of each step's needs those that are steps.
fn hold_back(plan: &mut Plan) {
    let scopes = |closed: &[ClosedScope]| -> BTreeSet<Scope> { closed.iter().map(|closed| closed.scope.clone()).collect() };
    let (unreadable, not_ready) = (scopes(&plan.unreadable), scopes(&plan.not_ready));
    // A Region of an account is as closed as the account.
    let within = |scope: &Scope, closed: &BTreeSet<Scope>| {
        closed.contains(scope) || scope.account().is_some_and(|account| closed.contains(&Scope::Account(account.clone())))
    };
    let mut stuck: BTreeSet<Address> = plan.blocked.iter().map(|blocked| blocked.address.clone()).collect();
    let mut pending: BTreeSet<Address> = BTreeSet::new();
    let settled: BTreeSet<&Address> = plan.settled.iter().collect();
    let mut steps: Vec<Step> = Vec::with_capacity(plan.steps.len());
    let mut kept: BTreeSet<Address> = BTreeSet::new();
    // Steps stand behind what they need, so one pass is enough.
    for mut step in plan.steps.drain(..) {
        let missing = |needed: &&Address| !settled.contains(needed) && plan.facts.find(needed, "id").is_none();
        let stands = |needed: &&Address| stuck.contains(*needed) || within(needed.scope(), &unreadable);
        let waits = |needed: &&Address| pending.contains(*needed) || within(needed.scope(), &not_ready);
        if let Some(needed) = step.after.iter().filter(missing).find(stands).cloned() {
            stuck.insert(step.address.clone());
            let blocked = Blocked { reason: format!("it needs {needed}"), hint: None };
            plan.blocked.push(BlockedStep { address: step.address, blocked });
        } else if let Some(needed) = step.after.iter().filter(missing).find(waits) {
            let account = needed.scope().account();
            if let Some(closed) = plan.not_ready.iter_mut().find(|closed| closed.scope.account() == account) {
                closed.wanted += 1;
            }
            pending.insert(step.address);
        } else {
            step.after.retain(|needed| kept.contains(needed));
            kept.insert(step.address.clone());
            steps.push(step);
        }
    }
    plan.steps = steps;
}

/// Lists what is ours and not wanted; removes it where that is asked for and allowed.
fn orphans(desired: &DesiredState, observation: &Observation, options: &PlanOptions, plan: &mut Plan) {
    let wanted: BTreeSet<&Address> = desired.wanted.iter().map(|wanted| &wanted.address).collect();
    let mut removals: Vec<(u8, Step)> = Vec::new();
    for (scope, observed) in &observation.things {
        let Owner::Ours(address) = observed.owner(&plan.organization) else { continue };
        let in_use = match observed {
            Observed::Attachment(_) | Observed::Organization(_) => {
                desired.wanted.iter().any(|wanted| wanted.address.scope() == scope && observation.resolved(&wanted.thing).same(observed))
            }
            _ => wanted.contains(&address),
        };
        if in_use {
            continue;
        }
        match observed.removal() {
            Ok(change) if options.prune => {
                let rank = observed.removed_at();
                removals.push((rank, Step { address, change, after: Vec::new(), hazards: Vec::new() }));
            }
            Ok(_) => plan.orphans.push(Orphan { address, label: observed.label(), hint: Some("`--prune` removes it".to_owned()) }),
            Err(blocked) => plan.orphans.push(Orphan { address, label: observed.label(), hint: blocked.hint }),
        }
    }
    removals.sort_by(|(rank, step), (other_rank, other)| {
        // Deeper units first: a parent must be empty.
        rank.cmp(other_rank).then_with(|| other.address.name().matches('/').count().cmp(&step.address.name().matches('/').count()))
    });
    // What is removed from the organization, or from a network, waits for all that is built there: accounts move out of a
    // unit first, and routes leave a NAT gateway first.
    let mut last: BTreeMap<Scope, Vec<Address>> = BTreeMap::new();
    for step in plan.steps.iter().filter(|step| !matches!(step.address.scope(), Scope::Account(_))) {
        last.entry(step.address.scope().clone()).or_default().push(step.address.clone());
    }
    for (_, mut step) in removals {
        let before = last.entry(step.address.scope().clone()).or_default();
        step.after.clone_from(before);
        *before = vec![step.address.clone()];
        plan.steps.push(step);
    }
}

/// Keeps the named steps and what they need.
fn keep_only(only: &[String], plan: &mut Plan) {
    let named = |address: &Address| {
        let text = address.to_string();
        only.iter().any(|name| {
            text == *name || text.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('/')) || text == format!("account/{name}")
        })
    };
    let mut kept: BTreeSet<Address> = plan.steps.iter().filter(|step| named(&step.address)).map(|step| step.address.clone()).collect();
    for step in plan.steps.iter().rev() {
        if kept.contains(&step.address) {
            kept.extend(step.after.iter().cloned());
        }
    }
    plan.steps.retain(|step| kept.contains(&step.address));
    plan.blocked.retain(|blocked| named(&blocked.address));
    plan.settled.retain(&named);
    plan.orphans.retain(|orphan| named(&orphan.address));
    let scoped =
        |scope: &Scope| scope.account().is_none_or(|account| only.iter().any(|name| name.split('/').next() == Some(account.as_str())));
    plan.unreadable.retain(|closed| scoped(&closed.scope));
    plan.not_ready.retain(|closed| scoped(&closed.scope));
}
