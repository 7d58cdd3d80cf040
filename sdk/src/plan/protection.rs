//! What must not be removed yet: a guardrail stays on an account until its replacement is attached, and a unit stays until it is
//! empty.
//!
//! Used while removals are decided one after the other. In the graph, every removal from the organization also waits for everything
//! that is created there. So what is allowed here holds throughout a run, and if a step fails, what it was to replace stays.

use std::collections::{BTreeMap, BTreeSet};

use super::links::{Links, of_account};
use super::{Input, Plan, Step};
use crate::address::{Address, Scope};
use crate::aws::tags::{self, Owner};
use crate::id::AccountId;
use crate::kind::organizations::{account, attachment};
use crate::kind::{Desired, Hazard, HazardName, Observed};
use crate::name::{AccountKey, OrganizationName};

/// Why something stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stays {
    /// Its replacement is blocked, so it is not an orphan.
    Blocked,
    /// Another resource depends on it.
    For(String),
}

/// An account of the organization, in the manifest or not.
struct Guarded<'a> {
    observed: &'a account::Observed,
    id: &'a str,
    /// Its address in the manifest.
    wanted: Option<Address>,
    /// Whether it will be in the unit that the manifest names.
    arrives: bool,
    moves: bool,
}

/// The organization as it is, and what is to be removed from it.
pub(super) struct Protection<'a> {
    organization: &'a OrganizationName,
    links: &'a Links<'a>,
    /// The parent of each unit and account.
    parents: BTreeMap<&'a str, &'a str>,
    accounts: Vec<Guarded<'a>>,
    attachments: Vec<&'a attachment::Observed>,
    /// What is in each resource or uses it, by that resource's id or ARN: labels, since not everything has an id.
    contents: BTreeMap<&'a str, BTreeSet<String>>,
    /// Addresses that exist, or will when the plan's steps are done.
    standing: BTreeSet<Address>,
    detached: BTreeSet<(&'a str, &'a str)>,
    /// Labels and ids of what is to be removed.
    removed: BTreeSet<String>,
}

impl<'a> Protection<'a> {
    pub(super) fn of(input: &Input<'a>, plan: &Plan) -> Self {
        let steps: BTreeSet<&Address> = plan.steps.iter().map(|step| &step.address).collect();
        let moves: BTreeSet<&Address> = plan.steps.iter().filter(|step| step.change.is_move()).map(|step| &step.address).collect();
        let standing: BTreeSet<Address> = steps.iter().copied().chain(&plan.settled).cloned().collect();
        let wanted: Vec<(&Address, Desired)> = input
            .desired
            .wanted
            .iter()
            .filter(|wanted| matches!(wanted.thing, Desired::Account(_)))
            .map(|wanted| (&wanted.address, input.observation.resolved(&wanted.thing)))
            .collect();
        let mut this = Self {
            organization: &input.organization.name,
            links: input.links,
            parents: BTreeMap::new(),
            accounts: Vec::new(),
            attachments: Vec::new(),
            contents: BTreeMap::new(),
            standing,
            detached: BTreeSet::new(),
            removed: BTreeSet::new(),
        };
        for thing in input.observation.of(&Scope::Organization) {
            match thing {
                Observed::Unit(unit) => {
                    this.parents.insert(&unit.id, &unit.parent);
                }
                Observed::Account(observed) => {
                    // AWS is still creating it.
                    let Some(id) = observed.id.as_ref().map(AccountId::as_str) else { continue };
                    this.parents.insert(id, &observed.parent);
                    let address = wanted.iter().find(|(_, desired)| desired.matches(thing)).map(|(address, _)| *address);
                    this.accounts.push(Guarded {
                        observed,
                        id,
                        arrives: address.is_some_and(|address| this.standing.contains(address)),
                        moves: address.is_some_and(|address| moves.contains(address)),
                        wanted: address.cloned(),
                    });
                }
                Observed::Attachment(attachment) => this.attachments.push(attachment),
                _ => {}
            }
        }
        for (_, thing) in &input.observation.things {
            let leaves =
                |account: &&Guarded<'_>| account.moves && matches!(thing, Observed::Account(seen) if seen.id == account.observed.id);
            if this.accounts.iter().any(|account| leaves(&account)) {
                continue;
            }
            for container in thing.inside() {
                this.contents.entry(container).or_default().insert(thing.display_name());
            }
        }
        this
    }

    /// Decides whether a resource may be removed; if so, it counts as removed from then on.
    ///
    /// # Errors
    ///
    /// Why it stays.
    pub(super) fn release(&mut self, scope: &Scope, thing: &'a Observed) -> Result<(), Stays> {
        let own = thing.facts(&Address::organization("organization", self.organization));
        let mut contents = own.values().chain(thing.serves()).filter_map(|id| self.contents.get(id)).flatten();
        if let Some(held) = contents.find(|label| !self.removed.contains(*label) && **label != thing.display_name()) {
            return Err(Stays::For(format!("it still holds or serves {held}")));
        }
        if let Observed::Attachment(attachment) = thing {
            self.release_attachment(attachment)?;
        }
        let is_replaced = || self.standing.iter().any(|address| address.scope() == scope && address.kind() == thing.kind());
        if let Some(watched) = thing.watches()
            && !self.removed.contains(watched)
            && !is_replaced()
        {
            return Err(Stays::For(format!("it watches {watched}, which stays")));
        }
        self.removed.extend(own.values().map(str::to_owned));
        self.removed.insert(thing.display_name());
        Ok(())
    }

    fn release_attachment(&mut self, attachment: &'a attachment::Observed) -> Result<(), Stays> {
        let Some(guardrail) = self.guardrail(attachment) else { return Ok(()) };
        // It may be what the blocked resource should become.
        if self.links.is_wanted(&guardrail) && !self.standing.contains(&guardrail) {
            return Err(Stays::Blocked);
        }
        for account in &self.accounts {
            if self.is_under(account.id, &attachment.target) && !account.is_out_of_use() {
                self.check(account, attachment, &guardrail)?;
            }
        }
        self.detached.insert((&attachment.policy, &attachment.target));
        Ok(())
    }

    /// Checks that an account keeps a guardrail that it has and should have when this attachment is removed.
    fn check(&self, account: &Guarded<'_>, attachment: &attachment::Observed, guardrail: &Address) -> Result<(), Stays> {
        let guarding = account.wanted.iter().flat_map(|address| self.links.guarding(address));
        let replacements: Vec<_> = guarding.filter(|seen| seen.guardrail == *guardrail).collect();
        // An account that is blocked, or not in the manifest, keeps all of its guardrails.
        let is_needed = !account.arrives || !replacements.is_empty();
        let is_replaced = account.arrives && replacements.iter().any(|seen| self.standing.contains(seen.address));
        let is_doubled = || {
            self.attachments.iter().any(|other| {
                (other.policy != attachment.policy || other.target != attachment.target)
                    && !self.is_detached(other)
                    && self.guardrail(other).as_ref() == Some(guardrail)
                    && self.is_under(account.id, &other.target)
            })
        };
        if !is_needed || is_replaced || is_doubled() {
            return Ok(());
        }
        Err(match &account.wanted {
            Some(_) => Stays::Blocked,
            None => Stays::For(format!("it guards {} ({}), which is not in the manifest", account.observed.name, account.id)),
        })
    }

    /// Returns the accounts of the manifest that lose a guardrail with an attachment.
    pub(super) fn exposes(&self, attachment: &attachment::Observed) -> Option<Hazard> {
        let guardrail = self.guardrail(attachment)?;
        let stays = |account: &&Guarded<'_>| account.arrives && !account.moves && self.is_under(account.id, &attachment.target);
        let loses = |account: &&Guarded<'_>| {
            let kept = account.wanted.iter().flat_map(|address| self.links.guarding(address));
            !kept.into_iter().any(|seen| seen.guardrail == guardrail)
        };
        let exposed: Vec<&str> = self.accounts.iter().filter(stays).filter(loses).map(|account| account.observed.name.as_str()).collect();
        let text = format!("{guardrail} no longer guards {}", exposed.join(", "));
        (!exposed.is_empty()).then(|| Hazard::new(HazardName::RemoveGuardrail, text))
    }

    /// Marks the moves by which an account loses a guardrail.
    pub(super) fn mark_moves(&self, steps: &mut [Step]) {
        for step in steps.iter_mut().filter(|step| step.change.is_move()) {
            let Some(account) = self.accounts.iter().find(|account| account.wanted.as_ref() == Some(&step.address)) else { continue };
            let above = self.attachments.iter().filter(|seen| self.is_under(account.id, &seen.target));
            let has: BTreeSet<Address> = above.filter_map(|seen| self.guardrail(seen)).collect();
            let keeps: BTreeSet<&Address> = self.links.guarding(&step.address).map(|attached| &attached.guardrail).collect();
            let lost: Vec<String> = has.iter().filter(|had| !keeps.contains(had)).map(ToString::to_string).collect();
            if !lost.is_empty() {
                let text = format!("{} is no longer under {}", account.observed.name, lost.join(", "));
                step.hazards.push(Hazard::new(HazardName::RemoveGuardrail, text));
            }
        }
    }

    fn is_detached(&self, attachment: &attachment::Observed) -> bool {
        self.detached.contains(&(attachment.policy.as_str(), attachment.target.as_str()))
    }

    /// Returns whether an account or unit is the target, or somewhere below it.
    fn is_under(&self, id: &str, target: &str) -> bool {
        // A tree has no cycles, but AWS's answer is not trusted that far.
        std::iter::successors(Some(id), |at| self.parents.get(at).copied()).zip(0..=self.parents.len()).any(|(at, _)| at == target)
    }

    /// Returns the landfall guardrail that an attachment belongs to.
    fn guardrail(&self, attachment: &attachment::Observed) -> Option<Address> {
        match tags::owner(&attachment.policy_tags, self.organization) {
            Owner::Ours(address) => Some(address),
            Owner::Other(_) | Owner::Nobody => None,
        }
    }
}

impl Guarded<'_> {
    fn is_out_of_use(&self) -> bool {
        matches!(self.observed.state, account::State::Closed(_))
    }
}

/// Returns the key of the account that a scope lies in, as an address.
pub(super) fn account_of(scope: &Scope) -> Option<Address> {
    scope.account().filter(|account: &&AccountKey| !account.is_management()).map(of_account)
}
