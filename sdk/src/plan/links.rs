//! The dependencies of each desired resource, derived from its references: its scope, its parent, and what it refers to or is
//! attached to.
//!
//! Addresses only. Whether a dependency exists, and what follows if it does not, is decided elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::{Address, Scope};
use crate::desired::DesiredState;
use crate::kind::{Desired, Text};
use crate::name::{AccountKey, OrganizationName};

/// All dependencies of all desired resources.
pub(super) struct Links<'a> {
    needs: BTreeMap<&'a Address, BTreeSet<Address>>,
    /// The parent unit of each account and unit.
    parents: BTreeMap<&'a Address, Address>,
    attached: Vec<Attached<'a>>,
}

/// A desired attachment: the guardrail and its target.
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

    /// Returns the dependencies of a desired resource; nothing for any other.
    pub(super) fn needs(&self, address: &Address) -> impl Iterator<Item = &Address> {
        self.needs.get(address).into_iter().flatten()
    }

    /// Returns whether an address is desired.
    pub(super) fn is_wanted(&self, address: &Address) -> bool {
        self.needs.contains_key(address)
    }

    /// Returns the ends of a desired attachment.
    pub(super) fn attached(&self, address: &Address) -> Option<&Attached<'a>> {
        self.attached.iter().find(|attached| attached.address == address)
    }

    /// Returns every desired attachment that applies to an account: on itself, on its unit and on all units above.
    pub(super) fn guarding(&self, account: &Address) -> impl Iterator<Item = &Attached<'a>> {
        let chain: Vec<&Address> =
            std::iter::successors(self.needs.get_key_value(account).map(|(account, _)| *account), |at| self.parents.get(at)).collect();
        self.attached.iter().filter(move |attached| chain.contains(&&attached.target))
    }
}

/// Returns the address that a text refers to, if it is a single reference.
fn referred(text: &Text) -> Option<Address> {
    text.references().into_iter().next().map(|(address, _)| address)
}

/// Returns the scope of a resource, and everything that its texts refer to.
pub(super) fn needs(organization: &OrganizationName, address: &Address, mut thing: Desired) -> BTreeSet<Address> {
    let mut needs = BTreeSet::new();
    thing.visit_references(&mut |text| needs.extend(text.references().into_iter().map(|(address, _)| address)));
    needs.insert(home(organization, address.scope()));
    needs.remove(address);
    needs
}

/// Returns the resource that contains a scope: its account, or the organization.
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
