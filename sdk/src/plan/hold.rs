//! Blocked is transitive: a resource that is in, below or attached to something blocked or unreadable, or that refers to it, is
//! blocked too, whether its id is known or not. What depends on something that is not ready is left out for now.

use std::collections::{BTreeMap, BTreeSet};

use super::layout::is_of_network;
use super::links::{Links, home};
use super::{BlockedStep, ClosedScope, Input, Plan, Step};
use crate::address::{Address, Scope};
use crate::kind::{Blocked, Desired};
use crate::observed::ScopeState;

/// Blocks the steps that depend on something blocked or unreadable, each with the cause.
pub(super) fn blocked(input: &Input<'_>, plan: &mut Plan) {
    guard_moves(input.links, &mut plan.steps);
    let causes = causes(input, plan);
    let (stuck, free): (Vec<Step>, Vec<Step>) = plan.steps.drain(..).partition(|step| causes.contains_key(&step.address));
    plan.steps = free;
    for step in stuck {
        plan.blocked.push(waiting_for(step.address, &causes));
    }
    // If an account is blocked, that explains what is wrong in it; likewise within a network.
    for blocked in &mut plan.blocked {
        let account = home(&input.organization.name, blocked.address.scope());
        let is_in_account = blocked.address.scope().account().is_some() && causes.contains_key(&account);
        let follows = |cause: &Address| *cause != blocked.address && is_of_network(cause) && cause.scope() == blocked.address.scope();
        if blocked.needs.is_none() && (is_in_account || causes.get(&blocked.address).is_some_and(follows)) {
            *blocked = waiting_for(blocked.address.clone(), &causes);
        }
    }
}

fn waiting_for(address: Address, causes: &BTreeMap<Address, Address>) -> BlockedStep {
    let cause = causes.get(&address).cloned();
    let reason = cause.as_ref().map_or_else(String::new, |cause| format!("it needs {cause}"));
    BlockedStep { address, blocked: Blocked { reason, hint: None }, needs: cause }
}

/// A move of an account waits for every guardrail of its new place.
fn guard_moves(links: &Links<'_>, steps: &mut [Step]) {
    for step in steps.iter_mut().filter(|step| step.change.is_move()) {
        step.after.extend(links.guarding(&step.address).map(|attached| attached.address.clone()));
    }
}

/// Returns everything that is blocked, each with its root cause: itself, or a dependency.
fn causes(input: &Input<'_>, plan: &Plan) -> BTreeMap<Address, Address> {
    let mut needed_by: BTreeMap<&Address, Vec<&Address>> = BTreeMap::new();
    for wanted in &input.desired.wanted {
        for needed in input.links.needs(&wanted.address) {
            needed_by.entry(needed).or_default().push(&wanted.address);
        }
    }
    for step in plan.steps.iter().filter(|step| step.change.is_move()) {
        for needed in &step.after {
            needed_by.entry(needed).or_default().push(&step.address);
        }
    }
    // An elastic IP address is allocated for one NAT gateway, so not if that cannot be created.
    for wanted in &input.desired.wanted {
        if let Desired::Eip(eip) = &wanted.thing {
            needed_by.entry(&eip.nat).or_default().push(&wanted.address);
        }
    }
    let refused: BTreeSet<&Address> = plan.blocked.iter().map(|blocked| &blocked.address).collect();
    let is_shut = |scope: &Scope| matches!(input.observation.state(scope), ScopeState::Unreadable { .. } | ScopeState::Closed(_));
    let mut causes: BTreeMap<Address, Address> = BTreeMap::new();
    // Parents come before children, so a cause is found before its effects.
    for wanted in &input.desired.wanted {
        let root = &wanted.address;
        if causes.contains_key(root) || !(refused.contains(root) || is_shut(root.scope())) {
            continue;
        }
        let mut reached = vec![root];
        while let Some(at) = reached.pop() {
            if !causes.contains_key(at) {
                causes.insert(at.clone(), root.clone());
                reached.extend(needed_by.get(at).into_iter().flatten().copied());
            }
        }
    }
    causes
}

/// Leaves out for now what depends on something that is not ready, and keeps only those dependencies of a step that are steps.
pub(super) fn pending(plan: &mut Plan) {
    let not_ready: BTreeSet<Scope> = plan.not_ready.iter().map(|closed: &ClosedScope| closed.scope.clone()).collect();
    // If an account is closed, so are its Regions.
    let is_closed = |scope: &Scope| {
        not_ready.contains(scope) || scope.account().is_some_and(|account| not_ready.contains(&Scope::Account(account.clone())))
    };
    let mut pending: BTreeSet<Address> = BTreeSet::new();
    let mut steps: Vec<Step> = Vec::with_capacity(plan.steps.len());
    let all: BTreeSet<Address> = plan.steps.iter().map(|step| step.address.clone()).collect();
    // Steps come after their dependencies, so one pass is enough.
    for mut step in plan.steps.drain(..) {
        let is_missing = |needed: &&Address| plan.facts.find(needed, "id").is_none();
        let waits = |needed: &&Address| pending.contains(*needed) || is_closed(needed.scope());
        if let Some(needed) = step.after.iter().filter(is_missing).find(waits) {
            let account = needed.scope().account();
            if let Some(closed) = plan.not_ready.iter_mut().find(|closed| closed.scope.account() == account) {
                closed.wanted += 1;
            }
            pending.insert(step.address);
        } else {
            step.after.retain(|needed| all.contains(needed));
            steps.push(step);
        }
    }
    for step in &mut steps {
        step.after.retain(|needed| !pending.contains(needed));
    }
    plan.steps = steps;
}
