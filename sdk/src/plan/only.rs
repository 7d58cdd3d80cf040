//! `--only`: the named part of a plan, with its dependencies.

use std::collections::BTreeSet;

use super::{Input, Plan};
use crate::address::{Address, Scope};

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
