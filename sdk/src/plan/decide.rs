//! What each wanted thing needs done, looked at by itself: nothing, a step, or why it cannot be done.
//!
//! Matching is by natural key; tags say whose a thing is, never which one it is. What follows for the things that need a
//! blocked one is decided in [`hold`](super::hold).

use super::links::{Links, needs};
use super::{BlockedStep, Input, Plan, Step};
use crate::address::{Address, Scope};
use crate::aws::tags::{self, Owner};
use crate::desired::{Notice, Wanted};
use crate::kind::{Adoption, AnyChange, Blocked, Desired, Hazard, Observed};
use crate::name::OrganizationName;
use crate::observed::ScopeState;

/// Decides about every wanted thing.
pub(super) fn everything(input: &Input<'_>, plan: &mut Plan) {
    let things = input.observation.by_scope();
    plan.blocked.extend(input.layouts.blocked());
    for wanted in input.desired.wanted.iter().filter(|wanted| !input.layouts.hold(&wanted.address)) {
        let there = things.get(wanted.address.scope()).map_or(&[][..], Vec::as_slice);
        one(input, wanted, there, plan);
    }
}

/// Decides about one wanted thing.
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
            Ok(()) => return step(thing.creation(), None),
            Err(blocked) => blocked,
        },
        Match::Taken(blocked) => blocked,
        Match::Found(observed, hazard) => {
            if let Some(retired) = observed.retired() {
                plan.notices.push(Notice::new(retired.reason, retired.hint.unwrap_or_default()).weighty());
                return;
            }
            match thing.diff(observed) {
                Ok(None) => return plan.settled.push(address.clone()),
                Ok(Some(change)) => return step(change, hazard),
                Err(blocked) => blocked,
            }
        }
    };
    plan.blocked.push(BlockedStep { address: address.clone(), blocked, needs: None });
}

enum Match<'a> {
    /// Nothing is there.
    None,
    /// It is there and managed by us, or becomes so.
    Found(&'a Observed, Option<Hazard>),
    /// Its place is taken.
    Taken(Blocked),
}

/// Finds the thing that a wanted one is.
fn matching<'a>(input: &Input<'_>, address: &Address, thing: &Desired, there: &[&'a Observed]) -> Match<'a> {
    let organization = &input.organization.name;
    let mut same = there.iter().copied().filter(|observed| thing.matches(observed));
    let first = same.next();
    if let (Some(first), Some(second)) = (first, same.next()) {
        return Match::Taken(Blocked::new(
            format!("two resources match {address}: {} and {}", first.display_name(), second.display_name()),
            "remove the tag landfall:address from the one that is not",
        ));
    }
    let Some(observed) = first else {
        // Nothing is built beside what has our name or what is left of our tags, or on it: tags can be forged and lost.
        let rival = there.iter().find_map(|observed| forged(organization, address, observed).or_else(|| thing.rival(observed)));
        return rival.map_or(Match::None, Match::Taken);
    };
    match observed.owner(organization) {
        Owner::Ours(owner) if is_known_as(thing, address, owner.clone()) => Match::Found(observed, None),
        Owner::Ours(owner) => renamed(input.links, thing, observed, &owner),
        Owner::Other(other) => Match::Taken(Blocked::new(
            format!("{} belongs to organization {other}", observed.display_name()),
            "landfall changes nothing that another organization made",
        )),
        // What is left of its tags says that it is something else.
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

/// Returns whether a thing of ours that carries `owner` is the one of this address.
fn is_known_as(thing: &Desired, address: &Address, owner: Address) -> bool {
    // Attachments have no tags of their own, and of organizations there is one. In an account, its key says nothing more.
    matches!(thing, Desired::Attachment(_) | Desired::Organization(_)) || owner.within(address.scope()) == *address
}

/// Decides about a thing of our natural key that carries another of our addresses.
fn renamed<'a>(links: &Links<'_>, thing: &Desired, observed: &'a Observed, owner: &Address) -> Match<'a> {
    let name = observed.display_name();
    match (thing, observed) {
        // Its id in the manifest is the owner's word for it, and nothing else is this account.
        (Desired::Account(account), Observed::Account(_)) if account.id.is_some() && !links.is_wanted(owner) => {
            Match::Found(observed, None)
        }
        (Desired::Account(_), Observed::Account(account)) => Match::Taken(Blocked::new(
            format!("{name} is {owner} by its tags"),
            format!("if its key was changed on purpose, write `id = \"{}\"` under its `[accounts.KEY]`", account.id_text()),
        )),
        _ => Match::Taken(Blocked::new(format!("{name} is {owner} by its tags"), "remove the tag landfall:address if that is wrong")),
    }
}

/// Returns why nothing is made beside a thing that carries our address, whole or in part, and is not the one we look for.
fn forged(organization: &OrganizationName, address: &Address, observed: &Observed) -> Option<Blocked> {
    match observed.owner(organization) {
        Owner::Ours(owner) if owner.clone().within(address.scope()) == *address => {
            Some(Blocked::new(format!("{} carries the tag of {address}, but is not it", observed.display_name()), renamed_hint(observed)))
        }
        Owner::Nobody => {
            let carried = left_of(observed)?;
            (carried.within(address.scope()) == *address).then(|| {
                Blocked::new(
                    format!("{} carries the tag landfall:address of {address}, but not landfall:organization", observed.display_name()),
                    format!("if it is ours, tag it landfall:organization = {organization}; if not, remove landfall:address"),
                )
            })
        }
        Owner::Ours(_) | Owner::Other(_) => None,
    }
}

/// Adds to the hint what to do where the thing is ours and lost its tags; a thing without tags of its own cannot lose them.
fn with_tags(organization: &OrganizationName, address: &Address, observed: &Observed, mut blocked: Blocked) -> Blocked {
    let hint = blocked.hint.take().unwrap_or_default();
    let is_said = observed.tags().is_none() || hint.contains(tags::ADDRESS);
    let own = format!("{} = {organization}, {} = {address}", tags::ORGANIZATION, tags::ADDRESS);
    blocked.hint = Some(if is_said { hint } else { format!("if landfall made it, put its tags back: {own}; if not: {hint}") });
    blocked
}

/// Returns the address that a thing carries.
fn left_of(observed: &Observed) -> Option<Address> {
    observed.tags()?.get(tags::ADDRESS)?.parse().ok()
}

fn renamed_hint(observed: &Observed) -> String {
    match observed {
        Observed::Account(account) => {
            format!(
                "if it is this account, write `id = \"{}\"` under its `[accounts.KEY]`; its e-mail is {}",
                account.id_text(),
                account.email.as_deref().unwrap_or_default()
            )
        }
        _ => "rename it back, or remove the tag landfall:address from it".to_owned(),
    }
}
