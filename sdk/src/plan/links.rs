//! What each wanted thing needs, read off its references: the place it lives in, what it hangs under, refers to or is
//! attached to.
//!
//! Addresses only. Whether a needed thing exists, and what follows where it does not, is decided elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::{Address, Scope};
use crate::desired::DesiredState;
use crate::kind::{Desired, Text};
use crate::name::{AccountKey, OrganizationName};

/// Every need of every wanted thing.
pub(super) struct Links<'a> {
    needs: BTreeMap<&'a Address, BTreeSet<Address>>,
    /// The unit that each account and unit hangs under.
    parents: BTreeMap<&'a Address, Address>,
    attached: Vec<Attached<'a>>,
}

/// A wanted attachment: which guardrail, on what.
#[derive(Debug)]
pub(super) struct Attached<'a> {
    pub(super) address: &'a Address,
    pub(super) guardrail: Address,
    pub(super) target: Address,
}

impl<'a> Links<'a> {
    pub(super) fn of(desired: &'a DesiredState, organization: &OrganizationName) -> Self {
        let mut links = Self { needs: BTreeMap::new(), parents: BTreeMap::new(), attached: Vec::new() };
        for wanted in &desired.wanted {
            let address = &wanted.address;
            links.needs.insert(address, needs(organization, address, wanted.thing.clone()));
            match &wanted.thing {
                Desired::Unit(unit) => links.parents.extend(referred(&unit.parent).map(|parent| (address, parent))),
                Desired::Account(account) => links.parents.extend(referred(&account.unit).map(|parent| (address, parent))),
                Desired::Attachment(attachment) => {
                    let ends = referred(&attachment.policy).zip(referred(&attachment.target));
                    links.attached.extend(ends.map(|(guardrail, target)| Attached { address, guardrail, target }));
                }
                _ => {}
            }
        }
        links
    }

    /// Returns what a wanted thing needs; nothing for one that is not wanted.
    pub(super) fn needs(&self, address: &Address) -> impl Iterator<Item = &Address> {
        self.needs.get(address).into_iter().flatten()
    }

    /// Returns whether something is wanted.
    pub(super) fn is_wanted(&self, address: &Address) -> bool {
        self.needs.contains_key(address)
    }

    /// Returns every wanted attachment that guards an account: on itself, on its unit and on all above it.
    pub(super) fn guarding(&self, account: &Address) -> impl Iterator<Item = &Attached<'a>> {
        let chain: Vec<&Address> =
            std::iter::successors(self.needs.get_key_value(account).map(|(account, _)| *account), |at| self.parents.get(at)).collect();
        self.attached.iter().filter(move |attached| chain.contains(&&attached.target))
    }
}

/// Returns the address that a text refers to, for texts that are one reference.
fn referred(text: &Text) -> Option<Address> {
    text.references().into_iter().next().map(|(address, _)| address)
}

/// Returns the place a thing lives in, and whatever its texts refer to.
pub(super) fn needs(organization: &OrganizationName, address: &Address, mut thing: Desired) -> BTreeSet<Address> {
    let mut needs = BTreeSet::new();
    thing.visit_references(&mut |text| needs.extend(text.references().into_iter().map(|(address, _)| address)));
    needs.insert(home(organization, address.scope()));
    needs.remove(address);
    needs
}

/// Returns the thing that a scope is in: its account, or the organization.
pub(super) fn home(organization: &OrganizationName, scope: &Scope) -> Address {
    match scope.account() {
        Some(account) if !account.is_management() => of_account(account),
        Some(_) | None => Address::organization("organization", organization),
    }
}

/// Returns the address of an account.
pub(super) fn of_account(key: &AccountKey) -> Address {
    Address::organization("account", key)
}
