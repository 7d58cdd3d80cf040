//! Worlds changed by hand: a built world, changed at random, and read as `observe` reads it.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::settings;
use crate::address::{Address, Scope};
use crate::aws::tags::{self, Owner, Tags};
use crate::desired::DesiredState;
use crate::kind::named::Found;
use crate::kind::organizations::account::{Account, State};
use crate::kind::{Desired, Kind, Observed};
use crate::model::Organization;
use crate::name::literal;
use crate::name::{AccountKey, OrganizationName, Region};
use crate::observed::{Observation, ScopeState};

/// A manual change; a number picks the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hand {
    Rename(usize),
    LoseOrganizationTag(usize),
    LoseAddressTag(usize),
    LoseTags(usize),
    TagAs(usize, usize),
    GiveAway(usize),
    SwapEmails(usize, usize),
    ChangeEmail(usize),
    Move(usize, usize),
    Delete(usize),
    Duplicate(usize),
    /// An unmanaged resource is in the place of a managed one.
    Replace(usize),
    /// A setting is back at AWS's default.
    Reset(usize),
    Close(usize),
    Suspend(usize),
    Deny(usize),
}

impl Hand {
    pub(super) fn any() -> impl Strategy<Value = Self> {
        let pick = || 0..400_usize;
        prop_oneof![
            3 => pick().prop_map(Self::Rename),
            3 => pick().prop_map(Self::LoseOrganizationTag),
            3 => pick().prop_map(Self::LoseAddressTag),
            3 => pick().prop_map(Self::LoseTags),
            2 => (pick(), pick()).prop_map(|(one, other)| Self::TagAs(one, other)),
            2 => pick().prop_map(Self::GiveAway),
            2 => (pick(), pick()).prop_map(|(one, other)| Self::SwapEmails(one, other)),
            1 => pick().prop_map(Self::ChangeEmail),
            3 => (pick(), pick()).prop_map(|(one, other)| Self::Move(one, other)),
            3 => pick().prop_map(Self::Delete),
            2 => pick().prop_map(Self::Duplicate),
            2 => pick().prop_map(Self::Replace),
            2 => pick().prop_map(Self::Reset),
            1 => pick().prop_map(Self::Close),
            1 => pick().prop_map(Self::Suspend),
            1 => pick().prop_map(Self::Deny),
        ]
    }
}

/// An AWS: the organization, and the resources of each account, by its id.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) organization: Vec<Observed>,
    pub(super) inside: BTreeMap<String, Vec<(Option<Region>, Observed)>>,
    denied: BTreeSet<String>,
}

const MANAGEMENT: &str = "111111111111";

impl World {
    /// Splits a built world by account.
    pub(super) fn of(built: &Observation) -> Self {
        let mut world = Self { organization: Vec::new(), inside: BTreeMap::new(), denied: BTreeSet::new() };
        for (scope, thing) in &built.things {
            let region = if let Scope::Region(_, region) = scope { Some(region.clone()) } else { None };
            match scope.account() {
                None => world.organization.push(thing.clone()),
                Some(key) => {
                    let id = if key.is_management() {
                        MANAGEMENT.to_owned()
                    } else {
                        built.facts.find(&Address::organization("account", key), "id").expect("built").to_owned()
                    };
                    world.inside.entry(id).or_default().push((region, thing.clone()));
                }
            }
        }
        world
    }

    fn accounts(&mut self) -> Vec<&mut crate::kind::organizations::account::Observed> {
        self.organization.iter_mut().filter_map(|thing| if let Observed::Account(account) = thing { Some(account) } else { None }).collect()
    }

    /// Picks a resource anywhere: its list and its index.
    fn pick(&self, number: usize) -> (Option<String>, usize) {
        let total = self.organization.len() + self.inside.values().map(Vec::len).sum::<usize>();
        let mut number = number % total.max(1);
        if number < self.organization.len() {
            return (None, number);
        }
        number -= self.organization.len();
        for (id, things) in &self.inside {
            if number < things.len() {
                return (Some(id.clone()), number);
            }
            number -= things.len();
        }
        (None, 0)
    }

    fn thing(&mut self, number: usize) -> Option<&mut Observed> {
        match self.pick(number) {
            (None, at) => self.organization.get_mut(at),
            (Some(id), at) => self.inside.get_mut(&id)?.get_mut(at).map(|(_, thing)| thing),
        }
    }

    pub(super) fn suffer(&mut self, hand: Hand) {
        match hand {
            Hand::Rename(number) => rename(self.thing(number)),
            Hand::LoseOrganizationTag(number) => with_tags(self.thing(number), |tags| {
                tags.remove(tags::ORGANIZATION);
            }),
            Hand::LoseAddressTag(number) => with_tags(self.thing(number), |tags| {
                tags.remove(tags::ADDRESS);
            }),
            Hand::LoseTags(number) => with_tags(self.thing(number), Tags::clear),
            Hand::GiveAway(number) => with_tags(self.thing(number), |tags| {
                tags.insert(tags::ORGANIZATION.to_owned(), "other".to_owned());
            }),
            Hand::TagAs(number, other) => {
                let other = self.thing(other).and_then(|thing| thing.tags()?.get(tags::ADDRESS).cloned());
                if let Some(address) = other {
                    with_tags(self.thing(number), |tags| {
                        tags.insert(tags::ADDRESS.to_owned(), address);
                    });
                }
            }
            Hand::SwapEmails(one, other) => {
                let mut accounts = self.accounts();
                let count = accounts.len().max(1);
                let (one, other) = (one % count, other % count);
                if one != other && accounts.len() > 1 {
                    let email = std::mem::take(&mut accounts[one].email);
                    accounts[one].email = std::mem::replace(&mut accounts[other].email, email);
                }
            }
            Hand::ChangeEmail(number) => {
                self.account(number, |account| account.email = account.email.as_ref().map(|email| format!("new-{email}")));
            }
            Hand::Close(number) => self.account(number, |account| account.state = State::Closed("closed".to_owned())),
            Hand::Suspend(number) => self.account(number, |account| account.state = State::Inactive("suspended".to_owned())),
            Hand::Move(number, unit) => {
                let units: Vec<String> = self
                    .organization
                    .iter()
                    .filter_map(|thing| match thing {
                        Observed::Unit(unit) => Some(unit.id.clone()),
                        Observed::Organization(organization) => Some(organization.root.clone()),
                        _ => None,
                    })
                    .collect();
                let unit = units[unit % units.len()].clone();
                self.account(number, |account| account.parent = unit);
            }
            Hand::Deny(number) => {
                let id =
                    self.inside.keys().filter(|id| *id != MANAGEMENT).nth(number % self.inside.len().max(2).saturating_sub(1)).cloned();
                self.denied.extend(id);
            }
            Hand::Delete(number) => match self.pick(number) {
                // AWS deletes no organization and no account at once, and no unit that is not empty.
                (None, at) if matches!(self.organization.get(at), Some(Observed::Guardrail(_) | Observed::Attachment(_))) => {
                    let gone = self.organization.remove(at);
                    if let Observed::Guardrail(gone) = gone {
                        self.organization
                            .retain(|thing| !matches!(thing, Observed::Attachment(attachment) if attachment.policy == gone.id));
                    }
                }
                (None, _) => {}
                (Some(id), at) => {
                    self.inside.get_mut(&id).map(|things| things.remove(at));
                }
            },
            Hand::Duplicate(number) => {
                let (list, _) = self.pick(number);
                let Some(mut twin) = self.thing(number).cloned() else { return };
                if identify(&mut twin) {
                    self.add(list, number, twin);
                }
            }
            Hand::Reset(number) => {
                if let Some(thing) = self.thing(number) {
                    settings::reset(thing);
                }
            }
            Hand::Replace(number) => with_tags(self.thing(number), |tags| {
                tags.clear();
                tags.insert("owner".to_owned(), "somebody".to_owned());
            }),
        }
    }

    fn add(&mut self, list: Option<String>, number: usize, thing: Observed) {
        match list {
            None => self.organization.push(thing),
            Some(id) => {
                let at = self.pick(number).1;
                if let Some(things) = self.inside.get_mut(&id) {
                    let region = things.get(at).and_then(|(region, _)| region.clone());
                    things.push((region, thing));
                }
            }
        }
    }

    fn account(&mut self, number: usize, change: impl FnOnce(&mut crate::kind::organizations::account::Observed)) {
        let mut accounts = self.accounts();
        let count = accounts.len().max(1);
        if let Some(account) = accounts.get_mut(number % count) {
            change(account);
        }
    }

    /// Returns what `observe` would read of it with a manifest.
    pub(super) fn seen(&self, organization: &Organization, desired: &DesiredState) -> Observation {
        let mut seen = Observation::nothing(MANAGEMENT.parse().expect("valid"));
        seen.facts.learn(&Address::organization("organization", &organization.name), "management", MANAGEMENT);
        seen.scopes.insert(Scope::Organization, ScopeState::Readable);
        seen.things.extend(self.organization.iter().map(|thing| (Scope::Organization, thing.clone())));
        seen.learn(desired);
        let home = organization.region.clone();
        self.enter(&AccountKey::management(), MANAGEMENT, &home, &mut seen);
        seen.scopes.remove(&Scope::Account(AccountKey::management()));
        for (key, account) in entered(organization, desired, &seen) {
            match &account.state {
                State::Active if self.denied.contains(account.id_text()) => {
                    let denied = ScopeState::Unreadable { reason: "denied".to_owned(), hint: String::new() };
                    seen.scopes.insert(Scope::Account(key), denied);
                }
                State::Active => self.enter(&key, account.id_text(), &home, &mut seen),
                State::Closed(word) => {
                    seen.scopes.insert(Scope::Account(key), ScopeState::Closed(word.clone()));
                }
                State::Inactive(word) => {
                    seen.scopes.insert(Scope::Account(key), ScopeState::Unreadable { reason: word.clone(), hint: String::new() });
                }
                State::Creating(_) => {}
            }
        }
        seen.learn(desired);
        seen
    }

    fn enter(&self, key: &AccountKey, id: &str, home: &Region, seen: &mut Observation) {
        seen.scopes.insert(Scope::Account(key.clone()), ScopeState::Readable);
        seen.scopes.insert(Scope::Region(key.clone(), home.clone()), ScopeState::Readable);
        for (region, thing) in self.inside.get(id).into_iter().flatten() {
            let scope = region.as_ref().map_or_else(|| Scope::Account(key.clone()), |region| Scope::Region(key.clone(), region.clone()));
            seen.things.push((scope, thing.clone()));
        }
    }
}

/// Returns the accounts that `observe` enters, each under its key in the manifest.
fn entered(
    organization: &Organization,
    desired: &DesiredState,
    seen: &Observation,
) -> Vec<(AccountKey, crate::kind::organizations::account::Observed)> {
    let there =
        || seen.of(&Scope::Organization).filter_map(|thing| if let Observed::Account(account) = thing { Some(account) } else { None });
    let mut found = Vec::new();
    for wanted in &desired.wanted {
        let Desired::Account(account) = &wanted.thing else { continue };
        let id = seen.facts.find(&wanted.address, "id");
        if let Some(account) = there().find(|observed| Account::matches(account, observed) && id == Some(observed.id_text())) {
            found.push((wanted.address.name().parse().expect("a key"), account.clone()));
        }
    }
    let known = seen.facts.ids();
    for account in there().filter(|account| account.state == State::Active && !known.contains_key(account.id_text())) {
        let Owner::Ours(address) = Account::owner(account, &organization.name) else { continue };
        let Ok(key) = address.name().parse::<AccountKey>() else { continue };
        if !organization.accounts.contains_key(&key) {
            found.push((key, account.clone()));
        }
    }
    found
}

/// Renames a resource, if AWS allows that.
fn rename(thing: Option<&mut Observed>) {
    let Some(thing) = thing else { return };
    match thing {
        Observed::Unit(unit) => unit.name.push_str("-v1"),
        Observed::Guardrail(guardrail) => guardrail.name.push_str("-v1"),
        Observed::Account(account) => account.name.push_str("-v1"),
        _ => {}
    }
}

/// Gives a copy its own id; not every resource can exist twice.
fn identify(thing: &mut Observed) -> bool {
    match thing {
        Observed::Vpc(vpc) => vpc.id = literal(&format!("{}-2", vpc.id)),
        Observed::Eip(eip) => eip.id = literal(&format!("{}-2", eip.id)),
        Observed::Nat(nat) => nat.id = literal(&format!("{}-2", nat.id)),
        Observed::FlowLog(log) => log.id = literal(&format!("{}-2", log.id)),
        Observed::Key(key) => {
            key.id.push_str("-2");
            key.alias = None;
        }
        Observed::Guardrail(guardrail) => {
            guardrail.id.push_str("-2");
            guardrail.name.push_str("-copy");
        }
        Observed::Unit(unit) => {
            unit.id.push_str("-2");
            unit.name.push_str("-copy");
        }
        _ => return false,
    }
    true
}

/// Changes a resource's tags, if it has some.
fn with_tags(thing: Option<&mut Observed>, change: impl FnOnce(&mut Tags)) {
    let Some(thing) = thing else { return };
    let tags = match thing {
        Observed::Unit(thing) => &mut thing.tags,
        Observed::Account(thing) => &mut thing.tags,
        Observed::Guardrail(thing) => &mut thing.tags,
        Observed::IamPolicy(thing) => &mut thing.tags,
        Observed::OidcProvider(thing) => &mut thing.tags,
        Observed::IamRole(thing) => &mut thing.tags,
        Observed::AccessRole(thing) => &mut thing.tags,
        Observed::Key(thing) => &mut thing.tags,
        Observed::Bucket(thing) => &mut thing.tags,
        Observed::Trail(thing) => &mut thing.tags,
        Observed::Vpc(thing) => &mut thing.tags,
        Observed::InternetGateway(thing) => &mut thing.tags,
        Observed::Subnet(thing) => &mut thing.tags,
        Observed::Eip(thing) => &mut thing.tags,
        Observed::Nat(thing) => &mut thing.tags,
        Observed::RouteTable(thing) => &mut thing.tags,
        Observed::Endpoint(thing) => &mut thing.tags,
        Observed::SecurityGroup(thing) if !thing.is_default() => &mut thing.tags,
        Observed::FlowLog(thing) => &mut thing.tags,
        Observed::Topic(Found { tags: Some(tags), .. }) => tags,
        Observed::BackupVault(thing) => &mut thing.tags,
        _ => return,
    };
    change(tags);
}

/// Returns the address in a resource's tags, if they have an organization's name.
pub(super) fn address_of(thing: &Observed, organization: &OrganizationName) -> Option<Address> {
    match thing.owner(organization) {
        Owner::Ours(address) => Some(address),
        Owner::Other(_) | Owner::Nobody => None,
    }
}
