//! Orphans: resources that landfall manages and the manifest no longer has. They are listed with their cost, and removed if that is
//! requested, allowed, and nothing else still needs them.

use std::collections::{BTreeMap, BTreeSet};

use super::layout::is_of_network;
use super::protection::{Protection, Stays, account_of};
use super::{Input, Orphan, Plan, Step};
use crate::address::{Address, Scope};
use crate::aws::tags::Owner;
use crate::desired::Wanted;
use crate::kind::{Basis, Charge, Desired, Observed};

/// Lists the orphans, and plans their removal.
pub(super) fn orphans(input: &Input<'_>, plan: &mut Plan) {
    let mut found = found(input);
    found.sort_by(|one, other| {
        let rank = |(_, observed): &(Address, &Observed)| observed.removed_at();
        // Deeper units first: a parent must be empty.
        let depth = |(address, _): &(Address, &Observed)| address.name().matches('/').count();
        rank(one).cmp(&rank(other)).then_with(|| depth(other).cmp(&depth(one)))
    });
    let blocked: BTreeSet<&Address> = plan.blocked.iter().map(|blocked| &blocked.address).collect();
    let blocked_kinds: BTreeSet<(&Scope, &str)> = blocked.iter().map(|address| (address.scope(), address.kind())).collect();
    let networks = Networks::of(input, &found);
    let mut protection = Protection::of(input, plan);
    protection.mark_moves(&mut plan.steps);
    let (mut orphans, mut removals) = (Vec::new(), Vec::new());
    for (address, observed) in found {
        let is_attachment = matches!(observed, Observed::Attachment(_));
        let stays = if account_of(address.scope()).is_some_and(|account| blocked.contains(&account)) {
            Err(Stays::For("its account is blocked".to_owned()))
        } else if !is_attachment && blocked_kinds.contains(&(address.scope(), address.kind())) {
            // It may be the blocked resource, or its replacement.
            Err(Stays::For(format!("another {} here is blocked", address.kind())))
        } else if let Some(reason) = networks.stays(address.scope()) {
            Err(Stays::For(reason))
        } else if input.links.is_wanted(&address) && !is_attachment {
            Err(Stays::For(format!("it carries the tags of another resource, {address}: remove the tag landfall:address from it")))
        } else {
            observed.removal().map_err(|blocked| Stays::For(blocked.hint.unwrap_or(blocked.reason))).and_then(|change| {
                protection.release(address.scope(), observed)?;
                Ok(change)
            })
        };
        let removable = stays.is_ok();
        let hint = match stays {
            Ok(change) if input.options.prune => {
                let mut hazards = change.hazards();
                if let Observed::Attachment(attachment) = observed {
                    hazards.extend(protection.exposes(attachment));
                }
                removals.push(Step { address, change, after: Vec::new(), hazards });
                continue;
            }
            Ok(_) => "`--prune` removes it".to_owned(),
            Err(Stays::Blocked) => continue,
            Err(Stays::For(reason)) => reason,
        };
        let is_fixed = |charge: &Charge| charge.basis == Basis::Fixed;
        orphans.push(Orphan {
            address,
            label: observed.display_name(),
            billed: observed.cost().iter().filter(|charge| is_fixed(charge)).map(|charge| charge.item).collect(),
            upkeep: observed.upkeep(),
            removable,
            hint: Some(hint),
        });
    }
    orphans.sort_by(|one, other| one.address.cmp(&other.address));
    plan.orphans = orphans;
    behind_all_else(removals, plan);
}

/// Returns the resources that landfall manages and the manifest does not have.
fn found<'a>(input: &Input<'a>) -> Vec<(Address, &'a Observed)> {
    let attached: BTreeSet<(String, String)> = input
        .desired
        .wanted
        .iter()
        .filter(|wanted| matches!(wanted.thing, Desired::Attachment(_)))
        .filter_map(|wanted| match input.observation.resolved(&wanted.thing) {
            Desired::Attachment(attachment) => Some((attachment.policy.as_str().to_owned(), attachment.target.as_str().to_owned())),
            _ => None,
        })
        .collect();
    let wanted: BTreeMap<&Address, &Wanted> = input.desired.wanted.iter().map(|wanted| (&wanted.address, wanted)).collect();
    let mut found = Vec::new();
    for (scope, observed) in &input.observation.things {
        let Owner::Ours(owner) = observed.owner(&input.organization.name) else { continue };
        // There is nothing left to do about it, or to pay.
        if observed.retired().is_some() {
            continue;
        }
        let address = owner.within(scope);
        let is_in_use = match observed {
            Observed::Attachment(seen) => attached.contains(&(seen.policy.clone(), seen.target.clone())),
            Observed::Organization(_) => true,
            Observed::Account(account) => {
                is_it(input, wanted.get(&address), observed) || account.id.as_ref().is_some_and(|id| is_known(input, id.as_str()))
            }
            _ => is_it(input, wanted.get(&address), observed),
        };
        // A network that stays as it is has no orphans.
        if !is_in_use && !input.layouts.hold(&address) {
            found.push((address, observed));
        }
    }
    found
}

/// Returns whether a resource is the desired one of its address. If none is, the address is blocked and the plan reports it there.
fn is_it(input: &Input<'_>, wanted: Option<&&Wanted>, observed: &Observed) -> bool {
    let Some(wanted) = wanted else { return false };
    let thing = input.observation.resolved(&wanted.thing);
    thing.matches(observed) || !input.observation.of(wanted.address.scope()).any(|other| thing.matches(other))
}

/// Returns whether the manifest has an account whatever its tags carry: its key was changed.
fn is_known(input: &Input<'_>, id: &str) -> bool {
    input.observation.facts.ids().get(id).is_some_and(|address| input.links.is_wanted(address))
}

/// Orders removals one after the other, after everything that is created in their scope: accounts leave a unit and routes leave a
/// NAT gateway first, and a replacement exists before the old resource is removed.
fn behind_all_else(removals: Vec<Step>, plan: &mut Plan) {
    let mut last: BTreeMap<Scope, Vec<Address>> = BTreeMap::new();
    for step in &plan.steps {
        last.entry(step.address.scope().clone()).or_default().push(step.address.clone());
    }
    for mut step in removals {
        let before = last.entry(step.address.scope().clone()).or_default();
        step.after.clone_from(before);
        *before = vec![step.address.clone()];
        plan.steps.push(step);
    }
}

/// Networks that the manifest no longer has: each is removed as a whole, or stays as a whole.
struct Networks(BTreeMap<Scope, String>);

impl Networks {
    fn of(input: &Input<'_>, found: &[(Address, &Observed)]) -> Self {
        let wanted: BTreeSet<&Scope> =
            input.desired.wanted.iter().filter(|wanted| is_of_network(&wanted.address)).map(|wanted| wanted.address.scope()).collect();
        let mut given_up: BTreeMap<&Scope, Vec<&Observed>> = BTreeMap::new();
        for (address, observed) in found.iter().filter(|(address, _)| !wanted.contains(address.scope())) {
            given_up.entry(address.scope()).or_default().push(observed);
        }
        let stays = given_up.into_iter().filter_map(|(scope, parts)| Some((scope.clone(), Self::reason(input, scope, &parts)?)));
        Self(stays.collect())
    }

    /// Returns why no part of a network can be removed: its VPC exists and is not to be removed, or contains resources that
    /// landfall does not manage. If the VPC is gone, the remains can be removed.
    fn reason(input: &Input<'_>, scope: &Scope, parts: &[&Observed]) -> Option<String> {
        let goes: BTreeSet<String> = parts.iter().map(|part| part.display_name()).collect();
        let in_use: BTreeSet<&str> = parts.iter().flat_map(|part| part.inside().into_iter().chain(part.watches())).collect();
        input.observation.of(scope).find_map(|thing| {
            let Observed::Vpc(vpc) = thing else { return None };
            let goes_too = goes.contains(&thing.display_name());
            if !goes_too && in_use.contains(vpc.id.as_str()) {
                return Some(format!("{} does not carry landfall's tags: put them back, or remove the network by hand", vpc.id));
            }
            let mut inside = input.observation.of(scope).filter(|thing| goes_too && thing.inside().contains(&vpc.id.as_str()));
            let held = inside.find(|thing| !goes.contains(&thing.display_name()))?;
            Some(format!("{} still holds {}, which landfall did not make", vpc.id, held.display_name()))
        })
    }

    fn stays(&self, scope: &Scope) -> Option<String> {
        self.0.get(scope).cloned()
    }
}
