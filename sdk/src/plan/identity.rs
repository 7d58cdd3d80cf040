//! Notices about accounts: which existing ones are taken over, which leave the manifest, and which new one may be an existing one
//! under another key.

use std::collections::BTreeSet;

use super::{Input, Plan, entrusted, exempt};
use crate::address::Address;
use crate::aws::tags::Owner;
use crate::desired::Notice;
use crate::kind::about::is_account;
use crate::kind::organizations::account;
use crate::kind::{Action, AnyChange, Basis, Desired, Observed, Upkeep};

/// Adds the notices, before all others.
pub(super) fn notices(input: &Input<'_>, plan: &mut Plan) {
    let mut notices = leaving(plan);
    notices.extend(renames(plan));
    notices.extend(adoptions(input, plan));
    notices.extend(exempt::notices(input, plan));
    notices.extend(entrusted::notices(input));
    let mut notices: Vec<Notice> = notices.into_iter().map(Notice::weighty).collect();
    notices.append(&mut plan.notices);
    plan.notices = notices;
}

/// Accounts that the manifest no longer names: landfall does nothing to them, and they may go on costing money.
fn leaving(plan: &Plan) -> Vec<Notice> {
    let mut notices = Vec::new();
    for orphan in plan.orphans.iter().filter(|orphan| is_account(&orphan.address)) {
        let key = orphan.address.name();
        let is_inside = |address: &Address| address.scope().account().is_some_and(|account| account.as_str() == key);
        let inside: Vec<&super::Orphan> = plan.orphans.iter().filter(|other| is_inside(&other.address)).collect();
        let upkeep = Upkeep::all(inside.iter().filter_map(|other| other.upkeep.as_ref()));
        let goes_on = if upkeep.is_empty() { String::new() } else { format!(": {}", upkeep.join("; ")) };
        let removes = plan.steps.iter().any(|step| is_inside(&step.address));
        let (stays, first) = if removes {
            ("; this plan removes its network and roles, and the account stays", "once they are removed, ")
        } else if inside.iter().any(|other| other.removable) {
            (" and stays as it is", "`landfall apply --prune` removes its network and roles; then ")
        } else {
            (" and stays as it is", "")
        };
        notices.push(Notice::new(
            format!("{} leaves the manifest{stays}{goes_on}", orphan.label),
            format!("{first}close it in the AWS console, or write environment or accounts `{key}` again"),
        ));
    }
    notices
}

/// If one account leaves and another is new, they may be the same under another key.
fn renames(plan: &Plan) -> Vec<Notice> {
    let made: Vec<&str> = plan
        .steps
        .iter()
        .filter(|step| is_account(&step.address) && step.change.action() == Action::Create)
        .map(|step| step.address.name())
        .collect();
    let Some(first) = made.first() else { return Vec::new() };
    let id = |orphan: &super::Orphan| orphan.label.rsplit_once('(').map(|(_, id)| id.trim_end_matches(')').to_owned()).unwrap_or_default();
    plan.orphans
        .iter()
        .filter(|orphan| is_account(&orphan.address))
        .map(|orphan| {
            Notice::new(
                format!("is {} the former {}? Without a change, a new account is created", made.join(" or "), orphan.address.name()),
                format!("if it is, write `[accounts.{first}]` with `id = \"{}\"`", id(orphan)),
            )
        })
        .collect()
}

/// Existing accounts that are taken over by their e-mail or id.
fn adoptions(input: &Input<'_>, plan: &Plan) -> Vec<Notice> {
    let organization = &input.organization.name;
    let mut notices = Vec::new();
    for step in &plan.steps {
        let AnyChange::Account(crate::kind::Change::Edit { observed, .. }) = &step.change else { continue };
        if Observed::Account(observed.clone()).owner(organization) != Owner::Nobody || observed.state != account::State::Active {
            continue;
        }
        let key = step.address.name();
        let guardrails: BTreeSet<&str> = input.links.guarding(&step.address).map(|attached| attached.guardrail.name()).collect();
        let guardrails: Vec<&str> = guardrails.into_iter().collect();
        let billed: Vec<Upkeep> = input
            .desired
            .wanted
            .iter()
            .filter(|wanted| wanted.address.scope().account().is_some_and(|account| account.as_str() == key))
            .flat_map(|wanted| wanted.thing.cost())
            .filter(|charge| charge.basis == Basis::Fixed)
            .map(|charge| Upkeep::Billed(charge.item))
            .collect();
        let billed = Upkeep::all(&billed).into_iter().fold(String::new(), |text, words| text + "; " + &words);
        notices.push(Notice::new(
            format!(
                "{key} takes over the existing account \"{}\" ({}); it comes under guardrail{} {}{billed}",
                observed.name,
                observed.id_text(),
                if guardrails.len() == 1 { "" } else { "s" },
                listed(&guardrails),
            ),
            if by_id(input, &step.address) {
                format!("if that is not meant, take `id` out of `[accounts.{key}]`")
            } else {
                format!("if that is not meant, give {key} another e-mail: `[accounts.{key}]` with `email = \"…\"`")
            },
        ));
    }
    notices
}

/// Returns names as a sentence lists them.
fn listed(names: &[&str]) -> String {
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// Returns whether the manifest names an account by its id.
fn by_id(input: &Input<'_>, address: &Address) -> bool {
    let mut accounts = input.desired.wanted.iter().filter(|wanted| wanted.address == *address);
    accounts.any(|wanted| matches!(&wanted.thing, Desired::Account(account) if account.id.is_some()))
}
