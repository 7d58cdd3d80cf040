//! Health: what each account of the organization is like, from one observation and the plan made of it.
//!
//! Pure data for `status`, as a tree for people and as a document for programs.

mod account_contents;
mod accounts;

use std::collections::BTreeMap;
use std::time::SystemTime;

use landfall::address::{Address, Scope};
use landfall::kind::Observed;
use landfall::kind::about::account_of;
use landfall::model::Organization;
use landfall::name::AccountKey;
use landfall::observed::{Observation, ScopeState};
use landfall::ours::GUARDRAIL_PREFIX;
use landfall::plan::view::PlanView;
use serde::Serialize;

pub(crate) use account_contents::{Network, Trail};
pub(crate) use accounts::{Account, Health};

/// The version of the document, in its `v`.
const VERSION: u32 = 1;

/// The organization as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Tree {
    v: u32,
    /// Its name.
    pub(crate) organization: String,
    /// AWS's id; absent where there is no organization yet.
    pub(crate) id: Option<String>,
    /// The home Region.
    pub(crate) region: String,
    /// The management account's id.
    pub(crate) management: String,
    /// How many things of the organization itself (units, guardrails) differ from the manifest.
    pub(crate) drifted: usize,
    /// How many of them cannot be changed.
    pub(crate) blocked: usize,
    /// What could not be read of the organization itself.
    pub(crate) unreadable: Option<String>,
    /// Guardrails on the root.
    pub(crate) guardrails: Vec<String>,
    /// How many things of the organization itself are managed and no longer wanted.
    pub(crate) left_over: usize,
    /// Who is applying right now.
    pub(crate) applying: Option<String>,
    /// Accounts that are in no unit.
    pub(crate) accounts: Vec<Account>,
    /// Every unit, parents before children.
    pub(crate) units: Vec<Unit>,
}

/// A unit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Unit {
    /// Where it hangs.
    pub(crate) path: String,
    /// Whether it exists.
    pub(crate) exists: bool,
    /// Whether something is in the way of what the manifest says about it.
    pub(crate) blocked: bool,
    /// The guardrails on it, without our prefix.
    pub(crate) guardrails: Vec<String>,
    /// The accounts directly in it.
    pub(crate) accounts: Vec<Account>,
}

/// Returns the tree as it was seen at `now`.
///
/// `applying` is who holds the lock.
pub(crate) fn tree(
    organization: &Organization,
    observation: &Observation,
    view: &PlanView,
    now: SystemTime,
    applying: Option<String>,
) -> Tree {
    let address = Address::organization("organization", &organization.name);
    let id = observation.facts.find(&address, "id").map(str::to_owned);
    let root = observation.facts.find(&address, "root").unwrap_or_default().to_owned();
    let paths = paths(observation, &root);
    let guardrails = |target: &str| -> Vec<String> {
        let mut names: Vec<String> = observation
            .of(&Scope::Organization)
            .filter_map(|thing| match thing {
                Observed::Attachment(attachment) if attachment.target == target => {
                    attachment.policy_name.strip_prefix(GUARDRAIL_PREFIX).map(str::to_owned)
                }
                _ => None,
            })
            .collect();
        names.sort();
        names
    };
    let mut units: BTreeMap<String, Unit> =
        organization.units.keys().map(|path| (path.to_string(), Unit { path: path.to_string(), ..Unit::default() })).collect();
    for (unit, path) in &paths {
        units.insert(path.clone(), Unit { path: path.clone(), exists: true, guardrails: guardrails(unit), ..Unit::default() });
    }
    for unit in units.values_mut() {
        unit.blocked = view.blocked.iter().any(|blocked| blocked.address.kind() == "unit" && blocked.address.name() == unit.path);
    }
    let mut accounts = Vec::new();
    for (path, account) in accounts::placed(organization, observation, view, &paths, now) {
        match path.and_then(|path| units.get_mut(&path)) {
            Some(unit) => unit.accounts.push(account),
            None => accounts.push(account),
        }
    }
    // The management account holds nothing but what is the organization's: its trail.
    let management = AccountKey::management();
    let region = Scope::Region(management.clone(), organization.region.clone());
    let unreadable = [Scope::Organization, region].iter().find_map(|scope| match observation.state(scope) {
        ScopeState::Unreadable { reason, .. } => Some(reason.clone()),
        ScopeState::Readable | ScopeState::Absent | ScopeState::Closed(_) | ScopeState::NotReady(_) => None,
    });
    let of_organization = |account: Option<&str>| account.is_none_or(|account| account == management.as_str());
    let blocked = view.blocked.iter().filter(|blocked| of_organization(account_of(&blocked.address))).count();
    Tree {
        v: VERSION,
        organization: organization.name.to_string(),
        id,
        region: organization.region.to_string(),
        management: observation.management.to_string(),
        drifted: view.steps.iter().filter(|step| of_organization(step.account.as_ref().map(AccountKey::as_str))).count() + blocked,
        blocked,
        unreadable,
        guardrails: guardrails(&root),
        left_over: view.orphans.iter().filter(|orphan| of_organization(account_of(&orphan.address))).count(),
        applying,
        accounts,
        units: units.into_values().collect(),
    }
}

/// Returns the path of every unit that exists, by its id.
fn paths(observation: &Observation, root: &str) -> BTreeMap<String, String> {
    let units: BTreeMap<&str, (&str, &str)> = observation
        .of(&Scope::Organization)
        .filter_map(|thing| match thing {
            Observed::Unit(unit) => Some((unit.id.as_str(), (unit.parent.as_str(), unit.name.as_str()))),
            _ => None,
        })
        .collect();
    let path = |id: &str| {
        let mut names = Vec::new();
        let mut at = id;
        // A unit has at most as many ancestors as there are units.
        for _ in 0..=units.len() {
            if at == root {
                break;
            }
            let Some((parent, name)) = units.get(at) else { break };
            names.push(*name);
            at = parent;
        }
        names.reverse();
        names.join("/")
    };
    units.keys().map(|id| ((*id).to_owned(), path(id))).collect()
}

impl Tree {
    /// Returns every account, wherever it hangs.
    pub(crate) fn every_account(&self) -> impl Iterator<Item = &Account> {
        self.accounts.iter().chain(self.units.iter().flat_map(|unit| &unit.accounts))
    }

    /// Returns what is wrong with the trail, if something is; an audit trail that writes nothing is never settled.
    pub(crate) fn trail_trouble(&self) -> Option<&'static str> {
        let trail = self.every_account().find_map(|account| account.trail.as_ref())?;
        match (trail.logging, &trail.trouble) {
            (false, _) => Some("trail OFF"),
            (true, Some(_)) => Some("trail cannot write"),
            (true, None) => None,
        }
    }
}

#[cfg(test)]
impl Tree {
    /// Returns the tree of an organization that has these accounts and units, and nothing wrong with itself.
    pub(crate) fn new(organization: &str, accounts: Vec<Account>, units: Vec<Unit>) -> Self {
        Self {
            v: VERSION,
            organization: organization.to_owned(),
            id: Some("o-a1b2c3d4e5".to_owned()),
            region: "eu-west-1".to_owned(),
            management: "111111111111".to_owned(),
            drifted: 0,
            blocked: 0,
            unreadable: None,
            guardrails: vec!["root".to_owned()],
            left_over: 0,
            applying: None,
            accounts,
            units,
        }
    }
}

#[cfg(test)]
mod tests;
