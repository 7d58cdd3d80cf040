//! Planning: the steps that change the observed state into the desired one.
//!
//! Pure: desired and observed state go in, a plan comes out, and the same input gives the same plan. No clock, no network, no
//! questions. A plan is typed data with reasons; renderers get it as a [`view`].

mod archive;
pub mod check;
mod closing;
mod data;
mod decide;
mod entrusted;
mod exempt;
mod hold;
mod identity;
mod input;
mod judged;
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

pub use data::{BlockedStep, ClosedScope, Orphan, Plan, PlanOptions, Step};

use crate::address::Scope;
use crate::desired::DesiredState;
use crate::model::Organization;
use crate::observed::{Observation, ScopeState};
use input::Input;
use layout::Layouts;
use links::Links;

/// Makes the plan.
///
/// # Errors
///
/// [`check::Refused`] if applying it would lock landfall itself out, stop the audit log, or make principals of another account administrators;
/// or if an account of the organization is trusted as one of others.
pub fn plan(
    organization: &Organization,
    desired: &DesiredState,
    observation: &Observation,
    options: &PlanOptions,
) -> Result<Plan, check::Refused> {
    check::of_management(organization, &observation.management)?;
    check::own_accounts(organization, observation)?;
    check::lockout(organization, desired, observation)?;
    let links = Links::of(desired, &organization.name);
    archive::check(organization, desired, observation, &links)?;
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
            environments: organization
                .accounts
                .values()
                .filter_map(|account| Some((account.key.clone(), account.environment.clone()?)))
                .collect(),
            account_names: organization.accounts.keys().map(|key| (key.clone(), organization.account_name(key))).collect(),
            access_roles: organization.accounts.values().map(|account| (account.key.clone(), account.access_role.clone())).collect(),
        }
    }
}

/// Reports once for each scope why it could not be read.
fn closed_scopes(input: &Input<'_>, plan: &mut Plan) {
    let states = &input.observation.scopes;
    for (scope, state) in states {
        // An account that cannot be entered closes its Regions too, which then have no state of their own.
        let is_in = |other: &Scope| {
            other == scope || matches!(scope, Scope::Account(_)) && other.account() == scope.account() && !states.contains_key(other)
        };
        let closed = |reason: &str, hint: &str| {
            let wanted = input.desired.wanted.iter().filter(|wanted| is_in(wanted.address.scope())).count();
            ClosedScope { scope: scope.clone(), reason: reason.to_owned(), hint: hint.to_owned(), wanted }
        };
        match state {
            // A closed account has its own notice.
            ScopeState::Readable | ScopeState::Absent | ScopeState::Closed(_) => {}
            ScopeState::NotReady(reason) => plan.not_ready.push(closed(reason, "`landfall apply` waits for it")),
            ScopeState::Unreadable { reason, hint } => plan.unreadable.push(closed(reason, hint)),
        }
    }
}
