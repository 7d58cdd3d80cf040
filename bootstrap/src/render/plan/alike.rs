//! Changes that are the same in several accounts are shown once: a role's trust that changes in thirteen accounts is one
//! thing to review, not thirteen.

use landfall::address::Scope;
use landfall::kind::Action;
use landfall::plan::view::{PlanView, StepView};

use super::fields;
use super::row::{row, sign};
use crate::render::layout::Layout;

/// How many accounts are named.
const NAMED: usize = 3;

/// Returns the steps in their order, each with the accounts of all that are like it; a step that is like an earlier one is left out.
pub(super) fn steps<'a>(layout: &Layout, view: &'a PlanView) -> Vec<(&'a StepView, Vec<String>)> {
    let mut shown: Vec<(&StepView, Vec<String>)> = Vec::new();
    for step in &view.steps {
        let account = step.account.as_ref().map(ToString::to_string);
        // With `-v` or `--only` each account says all of its own.
        let first = shown.iter_mut().find(|(known, _)| !layout.unfolded && are_alike(known, step));
        match (first, account) {
            (Some((known, accounts)), Some(account)) => {
                if accounts.is_empty() {
                    accounts.extend(known.account.as_ref().map(ToString::to_string));
                }
                accounts.push(account);
            }
            _ => shown.push((step, Vec::new())),
        }
    }
    shown
}

fn are_alike(one: &StepView, other: &StepView) -> bool {
    let in_accounts = one.address.scope().account().is_some() && other.address.scope().account().is_some();
    one.action == Action::Change
        && other.action == Action::Change
        && in_accounts
        && place(one) == place(other)
        && one.fields == other.fields
}

/// Returns a step's address without its account.
fn place(step: &StepView) -> String {
    let (kind, name) = (step.address.kind(), step.address.name());
    match step.address.scope() {
        Scope::Region(_, region) => format!("{region}/{kind}/{name}"),
        Scope::Organization | Scope::Account(_) => format!("{kind}/{name}"),
    }
}

/// Returns the lines of what several accounts have in common.
pub(super) fn draw(layout: &Layout, step: &StepView, accounts: &[String]) -> String {
    let mut order: Vec<&str> =
        layout.titles.iter().map(|title| title.key.as_str()).filter(|key| accounts.iter().any(|account| account == key)).collect();
    order.extend(accounts.iter().map(String::as_str).filter(|account| layout.title(account).is_none()));
    row(layout, &sign(step.action), &place(step), &format!("in {}", named(&order))) + &fields::draw(layout, &step.fields)
}

/// Returns the first of many names, and how many more there are.
fn named(names: &[&str]) -> String {
    match names {
        [first @ .., last] if names.len() <= NAMED && !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ if names.len() <= NAMED => names.join(", "),
        // A number for one alone would be as long as its name.
        [first @ .., last] if names.len() == NAMED + 1 => format!("{} and {last}", first.join(", ")),
        _ => format!("{} and {} more", names[..NAMED].join(", "), names.len() - NAMED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_accounts_are_three_and_a_number() {
        for (names, expected) in [
            (&["a"][..], "a"),
            (&["a", "b"], "a and b"),
            (&["a", "b", "c"], "a, b and c"),
            (&["a", "b", "c", "d"], "a, b, c and d"),
            (&["lab", "billing-dev", "test", "d", "e", "f"], "lab, billing-dev, test and 3 more"),
        ] {
            assert_eq!(named(names), expected);
        }
    }
}
