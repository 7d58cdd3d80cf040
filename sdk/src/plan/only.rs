//! `--only`: the named part of a plan, with its dependencies.

use std::collections::{BTreeMap, BTreeSet};

use super::{Input, Plan};
use crate::address::{Address, Scope};
use crate::kind::Observed;

/// Keeps the named steps and their dependencies, or all steps if none is named. Steps have to be in order.
pub(super) fn keep(input: &Input<'_>, plan: &mut Plan) {
    let only = &input.options.only;
    if only.is_empty() {
        return;
    }
    let named = |address: &Address| {
        let text = address.to_string();
        only.iter().any(|name| {
            text == *name || text.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('/')) || text == format!("account/{name}")
        })
    };
    let mut kept: BTreeSet<Address> = plan.steps.iter().filter(|step| named(&step.address)).map(|step| step.address.clone()).collect();
    let removed: BTreeMap<Address, Observed> =
        plan.steps.iter().filter_map(|step| Some((step.address.clone(), step.change.removed()?))).collect();
    for step in plan.steps.iter().rev() {
        if !kept.contains(&step.address) {
            continue;
        }
        match removed.get(&step.address) {
            None => kept.extend(step.after.iter().cloned()),
            Some(observed) => {
                // Replacements come first; of the other removals only those that it cannot be removed before.
                let made = plan.steps.iter().filter(|other| !removed.contains_key(&other.address));
                kept.extend(made.filter(|other| other.address.scope() == step.address.scope()).map(|other| other.address.clone()));
                kept.extend(in_the_way(&removed, &step.address, observed));
            }
        }
    }
    plan.steps.retain(|step| kept.contains(&step.address));
    let mut earlier: Vec<Address> = Vec::new();
    for step in &mut plan.steps {
        if removed.contains_key(&step.address) {
            step.after = earlier.iter().filter(|other| other.scope() == step.address.scope()).cloned().collect();
        }
        earlier.push(step.address.clone());
    }
    plan.blocked.retain(|blocked| named(&blocked.address));
    plan.settled.retain(&named);
    plan.orphans.retain(|orphan| named(&orphan.address));
    let scoped =
        |scope: &Scope| scope.account().is_none_or(|account| only.iter().any(|name| name.split('/').next() == Some(account.as_str())));
    plan.unreadable.retain(|closed| scoped(&closed.scope));
    plan.not_ready.retain(|closed| scoped(&closed.scope));
}

/// Returns the removals that have to come before that of a resource: of what is in it, attached to it, or watches it.
fn in_the_way<'a>(
    removed: &'a BTreeMap<Address, Observed>,
    address: &Address,
    observed: &Observed,
) -> impl Iterator<Item = Address> + use<'a> {
    let facts = observed.facts(address);
    let ids: BTreeSet<String> = facts.values().map(str::to_owned).collect();
    let needs =
        move |other: &Observed| other.inside().iter().any(|id| ids.contains(*id)) || other.watches().is_some_and(|id| ids.contains(id));
    removed.iter().filter(move |(_, other)| needs(other)).map(|(address, _)| address.clone())
}
