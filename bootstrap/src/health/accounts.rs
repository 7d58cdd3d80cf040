//! How each account is: those of the manifest, those that have left it, and those that were never in it.

use std::collections::BTreeMap;
use std::time::SystemTime;

use landfall::address::Scope;
use landfall::aws::tags::Owner;
use landfall::kind::about::{account_of, is_account};
use landfall::kind::organizations::account::{self, State};
use landfall::kind::{Action, Observed};
use landfall::model::Organization;
use landfall::name::AccountKey;
use landfall::observed::{Observation, ScopeState};
use landfall::plan::view::PlanView;
use serde::Serialize;

use super::account_contents::{self, Network, Trail};
use crate::titles::titles;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Account {
    /// Its key, or AWS's name for it where the manifest does not know it.
    pub(crate) name: String,
    /// Its id, once it exists.
    pub(crate) id: Option<String>,
    /// What it is for.
    pub(crate) purpose: String,
    /// How many roles that landfall manages are in it.
    pub(crate) roles: usize,
    /// Its network, once there is one.
    pub(crate) network: Option<Network>,
    /// The organization's trail, at the account that keeps its files.
    pub(crate) trail: Option<Trail>,
    /// How many things in it are managed and no longer wanted, itself included.
    pub(crate) left_over: usize,
    /// How it is.
    pub(crate) health: Health,
}

/// How an account is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum Health {
    /// All is as the manifest says.
    Settled,
    /// So many things are not.
    Drifted {
        /// How many.
        things: usize,
        /// How many of them do not exist yet.
        missing: usize,
        /// How many of them cannot be done.
        blocked: usize,
    },
    /// It could not be read.
    Unreadable {
        /// Why.
        reason: String,
        /// What to do about it.
        hint: String,
    },
    /// Its access role cannot be assumed yet.
    NotReady {
        /// What it says.
        reason: String,
    },
    /// It is not active: closed, suspended, not activated, or in a state that is not known.
    Inactive {
        /// AWS's word.
        word: String,
    },
    /// AWS is creating it.
    Creating,
    /// It does not exist yet.
    Missing,
    /// The manifest does not name it.
    Unmanaged,
    /// It is managed by landfall, and the manifest does not name it any more.
    LeftOver,
}

impl Health {
    /// Returns whether sessions of the account can be had.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Self::Settled | Self::Drifted { .. })
    }
}

/// Returns every account, of the manifest or not, with the path of the unit it is in.
pub(super) fn placed(
    organization: &Organization,
    observation: &Observation,
    view: &PlanView,
    paths: &BTreeMap<String, String>,
    now: SystemTime,
) -> Vec<(Option<String>, Account)> {
    let observed: Vec<&account::Observed> = observation
        .of(&Scope::Organization)
        .filter_map(|thing| match thing {
            Observed::Account(account) => Some(account),
            _ => None,
        })
        .collect();
    let mut known: Vec<&str> = Vec::new();
    let mut placed = Vec::new();
    for head in titles(organization) {
        let Some(wanted) = organization.accounts.get(&head.key) else { continue };
        let name = organization.account_name(&head.key);
        let found = observed.iter().find(|account| match (&wanted.id, &account.state) {
            (Some(id), _) => account.id.as_ref() == Some(id),
            (None, State::Creating(_)) => account.name == name,
            (None, _) => account.has_email(&wanted.email),
        });
        let path = found.map_or_else(|| Some(wanted.unit.to_string()), |account| paths.get(&account.parent).cloned());
        let roles = roles(organization, observation, &head.key);
        if let Some(account) = found {
            known.push(account.id_text());
        }
        let health = match found.map(|account| &account.state) {
            // The plan says why it is not created; that is no account to come.
            None if view.blocked.iter().any(|blocked| is_account(&blocked.address) && blocked.address.name() == head.key.as_str()) => {
                of_account(organization, observation, view, &head.key)
            }
            None => Health::Missing,
            Some(State::Creating(_)) => Health::Creating,
            Some(State::Inactive(word) | State::Closed(word)) => Health::Inactive { word: word.clone() },
            Some(_) => of_account(organization, observation, view, &head.key),
        };
        let network = account_contents::network(organization, observation, &head.key);
        let trail = if head.key == AccountKey::log_archive() { account_contents::trail(organization, observation, now) } else { None };
        let id = found.and_then(|account| account.id.as_ref()).map(ToString::to_string);
        let left_over = left_over(view, head.key.as_str());
        placed.push((path, Account { name: head.key.to_string(), id, purpose: head.purpose, roles, network, trail, left_over, health }));
    }
    for account in observed {
        if account.id.is_some() && !known.contains(&account.id_text()) {
            let key: Option<AccountKey> = match Observed::Account(account.clone()).owner(&organization.name) {
                Owner::Ours(address) => address.name().parse().ok(),
                Owner::Other(_) | Owner::Nobody => None,
            };
            let health = match (&account.state, &key) {
                (State::Inactive(word) | State::Closed(word), _) => Health::Inactive { word: word.clone() },
                (_, Some(_)) => Health::LeftOver,
                (_, None) => Health::Unmanaged,
            };
            // What is in an account that leaves the manifest goes on costing, and goes on letting people in.
            let row = Account {
                name: account.name.clone(),
                id: account.id.as_ref().map(ToString::to_string),
                purpose: String::new(),
                roles: key.as_ref().map_or(0, |key| roles(organization, observation, key)),
                network: key.as_ref().and_then(|key| account_contents::network(organization, observation, key)),
                trail: None,
                left_over: key.as_ref().map_or(0, |key| left_over(view, key.as_str())),
                health,
            };
            placed.push((paths.get(&account.parent).cloned(), row));
        }
    }
    placed
}

/// Returns how many things of an account are managed and no longer wanted.
fn left_over(view: &PlanView, key: &str) -> usize {
    view.orphans.iter().filter(|orphan| account_of(&orphan.address) == Some(key)).count()
}

/// Returns how an account is, its home Region included.
fn of_account(organization: &Organization, observation: &Observation, view: &PlanView, key: &AccountKey) -> Health {
    let region = Scope::Region(key.clone(), organization.region.clone());
    for scope in [Scope::Account(key.clone()), region] {
        match observation.state(&scope) {
            ScopeState::Unreadable { reason, hint } => return Health::Unreadable { reason: reason.clone(), hint: hint.clone() },
            ScopeState::NotReady(reason) => return Health::NotReady { reason: reason.clone() },
            ScopeState::Closed(word) => return Health::Inactive { word: word.clone() },
            ScopeState::Readable | ScopeState::Absent => {}
        }
    }
    let steps = || view.steps.iter().filter(|step| step.account.as_ref() == Some(key));
    let missing = steps().filter(|step| step.action == Action::Create).count();
    let blocked = view.blocked.iter().filter(|blocked| account_of(&blocked.address) == Some(key.as_str())).count();
    match steps().count() + blocked {
        0 => Health::Settled,
        things => Health::Drifted { things, missing, blocked },
    }
}

/// Returns how many roles that landfall manages are in an account.
fn roles(organization: &Organization, observation: &Observation, key: &AccountKey) -> usize {
    observation
        .of(&Scope::Account(key.clone()))
        .filter(|thing| matches!(thing, Observed::IamRole(_)) && matches!(thing.owner(&organization.name), Owner::Ours(_)))
        .count()
}
