//! What a plan answers about itself: settled, clear, pending, and its hazards.

use super::{MANIFEST, find, planned};
use crate::address::Scope;
use crate::kind::organizations::account;
use crate::kind::{Hazard, HazardName, Observed};
use crate::observed::{Observation, ScopeState};
use crate::plan::check::order;
use crate::plan::{ClosedScope, Plan, PlanOptions};

/// What a plan answers about itself: whether it is settled, clear and pending, by each thing that may be in it.
#[test]
fn a_plan_is_settled_clear_and_pending_by_what_is_in_it() {
    let closed = || ClosedScope { scope: Scope::Organization, reason: "r".to_owned(), hint: String::new(), wanted: 1 };
    let of = |change: &dyn Fn(&mut Plan)| {
        let mut plan = planned(MANIFEST, |_| {});
        change(&mut plan);
        (plan.is_settled(), plan.is_clear(), plan.is_pending())
    };
    let with_step =
        planned(MANIFEST, |world| world.things.retain(|(_, thing)| !matches!(thing, Observed::IamRole(role) if role.name == "reader")));
    let (step, blocked) = (with_step.steps[0].clone(), planned(MANIFEST, suspend_prod).blocked[0].clone());
    assert_eq!(of(&|_| {}), (true, true, false));
    assert_eq!(of(&|plan| plan.steps.push(step.clone())), (false, true, true));
    assert_eq!(of(&|plan| plan.not_ready.push(closed())), (false, true, true));
    assert_eq!(of(&|plan| plan.blocked.push(blocked.clone())), (false, false, false));
    assert_eq!(of(&|plan| plan.unreadable.push(closed())), (false, false, false));
}

#[test]
fn hazards_are_those_of_all_steps_that_are_not_allowed() {
    let mut plan =
        planned(MANIFEST, |world| world.things.retain(|(_, thing)| !matches!(thing, Observed::IamRole(role) if role.name == "reader")));
    let hazards = [HazardName::RemoveRole, HazardName::MoveLogs].map(|name| Hazard::new(name, "h"));
    let steps = [0, plan.steps.len() - 1];
    for (index, hazard) in steps.into_iter().zip(hazards) {
        plan.steps[index].hazards = vec![hazard];
    }
    let named = |allowed: &[HazardName]| plan.hazards(allowed).map(|(_, hazard)| hazard.name).collect::<Vec<_>>();
    assert_eq!(named(&[]), [HazardName::RemoveRole, HazardName::MoveLogs]);
    assert_eq!(named(&[HazardName::RemoveRole]), [HazardName::MoveLogs]);
    assert_eq!(named(&[HazardName::RemoveRole, HazardName::MoveLogs]), []);
}

#[cfg(debug_assertions)]
#[test]
#[should_panic(expected = "comes before")]
fn a_step_before_one_that_it_needs_is_a_fault() {
    let plan = planned(MANIFEST, |world| {
        world.things.retain(|(scope, _)| scope.account().is_none_or(|account| account.as_str() != "dev"));
        world.facts = crate::kind::Facts::new();
        world.learn(&crate::desired::desired(&super::organization(MANIFEST)));
    });
    let reversed: Vec<_> = plan.steps.into_iter().rev().collect();
    order(&reversed);
}

fn suspend_prod(world: &mut Observation) {
    let Observed::Account(account) = find(world, "account/prod", "acme") else { panic!("an account") };
    account.state = account::State::Inactive("suspended".to_owned());
}

/// That there is an organization is known, even if nothing in it can be read.
#[test]
fn the_organization_is_settled_although_it_cannot_be_read() {
    let plan = planned(MANIFEST, |world| {
        world.things.retain(|(scope, thing)| *scope != Scope::Organization || matches!(thing, Observed::Organization(_)));
        world.scopes.insert(Scope::Organization, ScopeState::Unreadable { reason: "denied".to_owned(), hint: String::new() });
    });
    assert!(plan.settled.iter().any(|address| address.to_string() == "organization/acme"), "{:?}", plan.settled);
    assert!(plan.exists);
    let organization = super::organization(MANIFEST);
    let nothing = Observation::nothing("111111111111".parse().expect("valid"));
    let from_nothing = crate::plan::plan(&organization, &crate::desired::desired(&organization), &nothing, &PlanOptions::default());
    assert!(from_nothing.is_ok_and(|plan| !plan.exists));
}
