//! Leftovers: what is ours and no longer wanted. Listed with what it goes on costing, and removed where that is asked for,
//! allowed, and takes nothing away that is still needed.

use std::collections::{BTreeMap, BTreeSet};

use super::protection::{Protection, Stays, account_of};
use super::{Input, Orphan, Plan, Step};
use crate::address::{Address, Scope};
use crate::aws::tags::Owner;
use crate::kind::{Desired, Observed};

/// Lists what is ours and not wanted, and plans its removal.
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
    let mut protection = Protection::of(input, plan);
    protection.mark_moves(&mut plan.steps);
    let (mut orphans, mut removals) = (Vec::new(), Vec::new());
    for (address, observed) in found {
        let is_attachment = matches!(observed, Observed::Attachment(_));
        let stays = if account_of(address.scope()).is_some_and(|account| blocked.contains(&account)) {
            Err(Stays::For("its account is blocked".to_owned()))
        } else if !is_attachment && blocked_kinds.contains(&(address.scope(), address.kind())) {
            // It may be what the blocked one is, or what stands in for it.
            Err(Stays::For(format!("another {} here is blocked", address.kind())))
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
        orphans.push(Orphan { address, label: observed.label(), upkeep: observed.upkeep(), removable, hint: Some(hint) });
    }
    orphans.sort_by(|one, other| one.address.cmp(&other.address));
    plan.orphans = orphans;
    behind_all_else(removals, plan);
}

/// Returns what is ours and not wanted.
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
    let mut found = Vec::new();
    for (scope, observed) in &input.observation.things {
        let Owner::Ours(owner) = observed.owner(&input.organization.name) else { continue };
        let address = owner.within(scope);
        let is_in_use = match observed {
            Observed::Attachment(seen) => attached.contains(&(seen.policy.clone(), seen.target.clone())),
            Observed::Organization(_) => true,
            Observed::Account(account) => input.links.is_wanted(&address) || is_known(input, &account.id),
            _ => input.links.is_wanted(&address),
        };
        // A network that stays as it is has no leftovers.
        if !is_in_use && !input.layouts.hold(&address) {
            found.push((address, observed));
        }
    }
    found
}

/// Returns whether an account is one of the manifest's, whatever its tags say: one that was renamed there.
fn is_known(input: &Input<'_>, id: &str) -> bool {
    input.observation.facts.ids().get(id).is_some_and(|address| input.links.is_wanted(address))
}

/// Puts removals behind all that is built in their scope, one after the other: accounts leave a unit first, and routes a
/// NAT gateway; and what takes the place of something removed is there before.
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
