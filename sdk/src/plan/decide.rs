//! Decides for each desired resource by itself: it is settled, needs a step, or is blocked.
//!
//! Resources are matched by natural key; tags identify the owner, never the resource. What follows for resources that depend on a
//! blocked one is decided in [`hold`](super::hold).

use super::links::{Links, needs};
use super::{BlockedStep, Input, Plan, Step, closing};
use crate::address::{Address, Scope};
use crate::aws::tags::{self, Owner};
use crate::desired::{Notice, Wanted};
use crate::kind::{Adoption, AnyChange, Blocked, Desired, Hazard, Observed};
use crate::name::OrganizationName;
use crate::observed::ScopeState;

/// Decides about every desired resource.
pub(super) fn everything(input: &Input<'_>, plan: &mut Plan) {
    let things = input.observation.by_scope();
    plan.blocked.extend(input.layouts.blocked());
    for wanted in input.desired.wanted.iter().filter(|wanted| !input.layouts.hold(&wanted.address)) {
        let there = things.get(wanted.address.scope()).map_or(&[][..], Vec::as_slice);
        one(input, wanted, there, plan);
    }
}

/// Decides about one desired resource.
fn one(input: &Input<'_>, wanted: &Wanted, there: &[&Observed], plan: &mut Plan) {
    let address = &wanted.address;
    let scope = address.scope();
    let thing = input.observation.resolved(&wanted.thing);
    match input.observation.state(scope) {
        // Reported once for the whole scope.
        ScopeState::Unreadable { .. } | ScopeState::NotReady(_) | ScopeState::Closed(_)
            if *scope != Scope::Organization || !matches!(thing, Desired::Organization(_)) =>
        {
            return;
        }
        ScopeState::Unreadable { .. } | ScopeState::NotReady(_) | ScopeState::Closed(_) | ScopeState::Readable | ScopeState::Absent => {}
    }
    let mut step = |change: AnyChange, hazard: Option<Hazard>| {
        let mut hazards = change.hazards();
        hazards.extend(hazard);
        let after = needs(&plan.organization, address, thing.clone()).into_iter().collect();
        plan.steps.push(Step { address: address.clone(), change, after, hazards });
    };
    let blocked = match matching(input, address, &thing, there) {
        Match::None => match thing.creatable() {
            Ok(()) => return step(thing.creation(), closing::hazard(input, address)),
            Err(blocked) => blocked,
        },
        Match::Taken(blocked) => blocked,
        Match::Found(observed, hazard) => {
            if let Some(retired) = observed.retired() {
                plan.notices.push(Notice::new(retired.reason, retired.hint.unwrap_or_default()).weighty());
                return;
            }
            plan.notices.extend(observed.awaits().map(|awaited| Notice::new(awaited.reason, awaited.hint.unwrap_or_default())));
            match thing.diff(observed) {
                Ok(None) => return plan.settled.push(address.clone()),
                Ok(Some(change)) => return step(change, hazard.or_else(|| closing::default_vpc(input, address, observed))),
                Err(blocked) => blocked,
            }
        }
    };
    plan.blocked.push(BlockedStep { address: address.clone(), blocked, needs: None });
}

enum Match<'a> {
    /// It does not exist.
    None,
    /// It exists and landfall manages it, or will.
    Found(&'a Observed, Option<Hazard>),
    /// Another resource has its name or place.
    Taken(Blocked),
}

/// Finds the observed resource that matches a desired one.
fn matching<'a>(input: &Input<'_>, address: &Address, thing: &Desired, there: &[&'a Observed]) -> Match<'a> {
    let organization = &input.organization.name;
    let mut same = there.iter().copied().filter(|observed| thing.matches(observed));
    let first = same.next();
    if let (Some(first), Some(second)) = (first, same.next()) {
        return Match::Taken(Blocked::new(
            format!("two resources match {address}: {} and {}", first.display_name(), second.display_name()),
            "remove the tag landfall:address from the wrong one",
        ));
    }
    let Some(observed) = first else {
        // Nothing is created beside or on a resource that has landfall's name or some of its tags: tags can be forged and lost.
        let rival = there.iter().find_map(|observed| forged(organization, address, observed).or_else(|| thing.rival(observed)));
        return rival.map_or(Match::None, Match::Taken);
    };
    match observed.owner(organization) {
        Owner::Ours(owner) if is_known_as(thing, address, owner.clone()) => Match::Found(observed, None),
        Owner::Ours(owner) => renamed(input.links, (address, thing), observed, &owner),
        Owner::Other(other) => Match::Taken(Blocked::new(
            format!("{} belongs to organization {other}", observed.display_name()),
            "landfall changes nothing that another organization made",
        )),
        // Its remaining tags carry another address.
        Owner::Nobody if left_of(observed).is_some_and(|left| !is_known_as(thing, address, left)) => Match::Taken(Blocked::new(
            format!("{} carries the tag landfall:address of something else", observed.display_name()),
            "if it is this one, remove the tag landfall:address from it",
        )),
        Owner::Nobody => match thing.adoption(observed) {
            Some(Adoption::Adopt) => Match::Found(observed, None),
            Some(Adoption::Hazard(hazard)) => Match::Found(observed, Some(hazard)),
            Some(Adoption::Refuse(blocked)) => Match::Taken(with_tags(organization, address, observed, blocked)),
            None => Match::None,
        },
    }
}

/// Returns whether a resource that is tagged with `owner` is the one of this address.
fn is_known_as(thing: &Desired, address: &Address, owner: Address) -> bool {
    // Attachments have no tags, and there is one organization only. Within an account, the account's key adds nothing.
    matches!(thing, Desired::Attachment(_) | Desired::Organization(_)) || owner.within(address.scope()) == *address
}

/// Decides about a resource that has the natural key but is tagged with another address.
fn renamed<'a>(links: &Links<'_>, (address, thing): (&Address, &Desired), observed: &'a Observed, owner: &Address) -> Match<'a> {
    let name = observed.display_name();
    match (thing, observed) {
        // The manifest names it by its id, and no other key has this account.
        (Desired::Account(account), Observed::Account(_)) if account.id.is_some() && !links.is_wanted(owner) => {
            Match::Found(observed, None)
        }
        (Desired::Account(_), Observed::Account(account)) => Match::Taken(Blocked::new(
            format!("{name} is tagged as {owner}"),
            format!("if its key was changed on purpose, write `id = \"{}\"` in `[accounts.{}]`", account.id_text(), address.name()),
        )),
        _ => Match::Taken(Blocked::new(format!("{name} is tagged as {owner}"), "remove the tag landfall:address if that is wrong")),
    }
}

/// Returns why nothing is created beside a resource that carries the address, whole or in part, but does not match.
fn forged(organization: &OrganizationName, address: &Address, observed: &Observed) -> Option<Blocked> {
    match observed.owner(organization) {
        Owner::Ours(owner) if owner.clone().within(address.scope()) == *address => Some(Blocked::new(
            format!("{} carries the tag of {address} but does not match it", observed.display_name()),
            renamed_hint(address, observed),
        )),
        Owner::Nobody => {
            let carried = left_of(observed)?;
            (carried.within(address.scope()) == *address).then(|| {
                Blocked::new(
                    format!("{} carries the tag landfall:address of {address}, but not landfall:organization", observed.display_name()),
                    format!("if landfall made it, tag it landfall:organization = {organization}; if not, remove landfall:address"),
                )
            })
        }
        Owner::Ours(_) | Owner::Other(_) => None,
    }
}

/// Adds to the hint what to do if landfall created the resource and its tags were lost; kinds without tags cannot lose them.
fn with_tags(organization: &OrganizationName, address: &Address, observed: &Observed, mut blocked: Blocked) -> Blocked {
    let hint = blocked.hint.take().unwrap_or_default();
    let is_said = observed.tags().is_none() || hint.contains(tags::ADDRESS);
    let own = format!("{} = {organization}, {} = {address}", tags::ORGANIZATION, tags::ADDRESS);
    blocked.hint = Some(if is_said { hint } else { format!("if landfall made it, put its tags back: {own}; if not: {hint}") });
    blocked
}

/// Returns the address that a resource is tagged with.
fn left_of(observed: &Observed) -> Option<Address> {
    observed.tags()?.get(tags::ADDRESS)?.parse().ok()
}

fn renamed_hint(address: &Address, observed: &Observed) -> String {
    match observed {
        Observed::Account(account) => {
            format!(
                "if it is this account, write `id = \"{}\"` in `[accounts.{}]`; its e-mail is {}",
                account.id_text(),
                address.name(),
                account.email.as_deref().unwrap_or_default()
            )
        }
        // A file whose type changed keeps its name, and names are unique for each type only.
        Observed::Guardrail(guardrail) => format!(
            "it is a {}: if the file became a policy of another type, rename the file, and `--prune` removes the former one; otherwise rename \
             it back, or remove the tag landfall:address from it",
            guardrail.policy_type.noun()
        ),
        _ => "rename it back, or remove the tag landfall:address from it".to_owned(),
    }
}
