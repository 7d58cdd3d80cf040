//! Observing: reads the organization and every account of it, scope by scope. Never writes.
//!
//! The order is: who is the caller, is there an organization and is it managed by landfall, what is in it; then all accounts concurrently,
//! each through a role that can be assumed. A denied read makes a scope unreadable, never empty.

mod context;
mod effective;
mod enter;
mod exposed;
mod preflight;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{join, join_all};
use futures_util::stream::FuturesUnordered;

use crate::address::{Address, Scope};
use crate::aws::limits::ACCOUNTS_AT_ONCE;
use crate::aws::retry::RetryPolicy;
use crate::aws::tags::Owner;
use crate::desired::{DesiredState, Notice};
use crate::id::AccountId;
use crate::kind::organizations::{account, organization};
use crate::kind::{self, Facts, Kind, Observed};
use crate::model::Organization;
use crate::name::AccountKey;
use crate::observed::{Observation, ScopeState};
use crate::session::{Session, Sessions};

use context::{Notices, context, observed_by};
pub use enter::NotReady;
use enter::{Surveyor, WayIn, unreadable};
pub use preflight::ObserveError;

/// What was observed, and the sessions that were used.
#[derive(Debug)]
#[non_exhaustive]
pub struct Survey {
    /// What was observed.
    pub observation: Observation,
    /// The session of each account that could be entered: its role is chosen once per run.
    pub account_sessions: BTreeMap<AccountKey, Session>,
}

/// Observes everything that the organization's manifest is about.
///
/// # Errors
///
/// [`ObserveError`] if the credentials are not the management account's, or the organization is another one. A scope that cannot be read is
/// not an error: the observation has it as unreadable.
pub async fn observe(
    sessions: &Sessions,
    organization: &Organization,
    desired: &DesiredState,
    not_ready: NotReady,
) -> Result<Survey, ObserveError> {
    observe_and_tell(sessions, organization, desired, not_ready, &|_| {}).await
}

/// Observes the same, and reports each account that is not ready, once, when the waiting begins.
///
/// # Errors
///
/// As [`observe`].
pub async fn observe_and_tell(
    sessions: &Sessions,
    organization: &Organization,
    desired: &DesiredState,
    not_ready: NotReady,
    tell: &(dyn Fn(&str) + Sync),
) -> Result<Survey, ObserveError> {
    survey(sessions, organization, desired, WayIn::Operator(not_ready), tell).await
}

/// Observes the same through role `auditor` of each account, which can only read: for a plan that the caller is not allowed to apply. The
/// management account is read with the caller's own credentials.
///
/// It returns no sessions, so nothing can be applied with it.
///
/// # Errors
///
/// As [`observe`].
pub async fn observe_as_auditor(
    sessions: &Sessions,
    organization: &Organization,
    desired: &DesiredState,
) -> Result<Observation, ObserveError> {
    survey(sessions, organization, desired, WayIn::Auditor, &|_| {}).await.map(|survey| survey.observation)
}

async fn survey(
    sessions: &Sessions,
    organization: &Organization,
    desired: &DesiredState,
    way_in: WayIn,
    tell: &(dyn Fn(&str) + Sync),
) -> Result<Survey, ObserveError> {
    let identity = sessions.identity();
    preflight::identity(identity)?;
    let mut observation = Observation::nothing(identity.account.clone());
    let address = Address::organization("organization", &organization.name);
    observation.facts.learn(&address, "management", identity.account.as_str());
    // An auditor applies nothing, so no step is blocked for locking this caller out.
    let caller = if way_in == WayIn::Auditor { "" } else { identity.arn.as_str() };
    observation.facts.learn(&address, "caller", caller);
    let Some(found) = preflight::organization(sessions, organization, &observation.facts).await? else {
        observation.scopes.insert(Scope::Organization, ScopeState::Absent);
        management(sessions, organization, desired, &mut observation).await;
        observation.notices.extend(preflight::quota(desired, &observation));
        return Ok(Survey { observation, account_sessions: BTreeMap::new() });
    };
    observation.facts.extend(organization::Organization::facts(&address, &found));
    observation.things.push((Scope::Organization, Observed::Organization(found)));

    let scope = Scope::Organization;
    let facts = observation.facts.clone();
    let (wanted, notices) = (desired.by_scope(), Notices::default());
    let cx = observed_by(sessions, organization, &scope, sessions.own(), &facts, RetryPolicy::repeatable(), &notices);
    match kind::observe(&cx, &organization.region, wanted.get(&scope).map_or(&[], Vec::as_slice)).await {
        Ok(things) => {
            observation.things.extend(things.into_iter().map(|thing| (Scope::Organization, thing)));
            observation.scopes.insert(Scope::Organization, ScopeState::Readable);
        }
        Err(error) => {
            observation.scopes.insert(Scope::Organization, unreadable(&error));
            return Ok(Survey { observation, account_sessions: BTreeMap::new() });
        }
    }
    observation.learn(desired);
    observation.notices.extend(preflight::quota(desired, &observation));
    observation.notices.extend(preflight::control_tower(&observation));
    management(sessions, organization, desired, &mut observation).await;
    // An apply does not wait for what changes no step.
    let is_asked = way_in != WayIn::Operator(NotReady::Wait);
    let types = if is_asked { effective::types(&observation) } else { BTreeSet::new() };
    let names = effective::Names::of(&observation);
    let checked = effective::notices(&cx, &types, &names);
    let (account_sessions, invalid) = join(accounts(sessions, organization, desired, (way_in, tell), &mut observation), checked).await;
    observation.notices.extend(notices.taken());
    observation.notices.extend(invalid);
    observation.notices.extend(preflight::other_trails(organization, desired, &observation));
    observation.notices.extend(preflight::undelivered(organization, &observation));
    observation.notices.extend(exposed::roles(organization, desired, &observation));
    observation.learn(desired);
    Ok(Survey { observation, account_sessions })
}

/// Observes which accounts exist, and nothing in them, with one call per page of `ListAccounts`.
///
/// That is enough to find the id of an account in the manifest. It is not checked who manages the organization: accounts match by their
/// e-mails, which are unique in all of AWS.
///
/// # Errors
///
/// [`ObserveError`] if the credentials are the root user's, or are not allowed to list the accounts.
pub async fn observe_accounts(
    sessions: &Sessions,
    organization: &Organization,
    desired: &DesiredState,
) -> Result<Observation, ObserveError> {
    let identity = sessions.identity();
    preflight::identity(identity)?;
    let mut observation = Observation::nothing(identity.account.clone());
    let scope = Scope::Organization;
    let facts = Facts::new();
    let cx = context(sessions, organization, &scope, sessions.own(), &facts, RetryPolicy::repeatable());
    let things = match account::Account::listed(&cx).await {
        Ok(things) => things,
        Err(error) if error.is(preflight::NO_ORGANIZATION) => return Ok(observation),
        Err(source) => return Err(ObserveError::Unreadable { account: identity.account.clone(), source: Box::new(source) }),
    };
    observation.things.extend(things.into_iter().map(|thing| (Scope::Organization, Observed::Account(thing))));
    observation.scopes.insert(Scope::Organization, ScopeState::Readable);
    observation.learn(desired);
    Ok(observation)
}

/// Reads those Regions of the management account in which something is wanted, with the caller's own session.
async fn management(sessions: &Sessions, organization: &Organization, desired: &DesiredState, observation: &mut Observation) {
    let facts = observation.facts.clone();
    let regions = regions(organization, desired).remove(&AccountKey::management()).unwrap_or_default();
    let wanted = desired.by_scope();
    let surveyor =
        Surveyor { sessions, organization, facts: &facts, wanted: &wanted, way_in: WayIn::Operator(NotReady::Report), tell: &|_| {} };
    let reads = regions.iter().map(|region| surveyor.region(sessions.own(), region, Duration::ZERO));
    for (scope, state, things) in join_all(reads).await {
        observation.things.extend(things.into_iter().map(|thing| (scope.clone(), thing)));
        observation.scopes.insert(scope, state);
    }
}

/// Returns the Regions to read, by account: those in which something is wanted, and the home Region of every member account, in which a
/// network that is no longer wanted may still cost money.
fn regions(organization: &Organization, desired: &DesiredState) -> BTreeMap<AccountKey, BTreeSet<Scope>> {
    let home = |account: &AccountKey| BTreeSet::from([Scope::Region(account.clone(), organization.region.clone())]);
    let mut regions: BTreeMap<AccountKey, BTreeSet<Scope>> =
        organization.accounts.keys().map(|account| (account.clone(), home(account))).collect();
    for wanted in &desired.wanted {
        if let scope @ Scope::Region(account, _) = wanted.address.scope() {
            regions.entry(account.clone()).or_default().insert(scope.clone());
        }
    }
    regions
}

/// Reads all accounts concurrently.
async fn accounts(
    sessions: &Sessions,
    organization: &Organization,
    desired: &DesiredState,
    (way_in, tell): (WayIn, &(dyn Fn(&str) + Sync)),
    observation: &mut Observation,
) -> BTreeMap<AccountKey, Session> {
    let facts = observation.facts.clone();
    let mut waiting: Vec<(AccountKey, account::Observed)> = Vec::new();
    let found: Vec<&account::Observed> = observation
        .of(&Scope::Organization)
        .filter_map(|thing| if let Observed::Account(account) = thing { Some(account) } else { None })
        .collect();
    for wanted in &desired.wanted {
        let kind::Desired::Account(account) = &wanted.thing else { continue };
        let key: AccountKey = crate::name::literal(wanted.address.name());
        // An account with the address of another wanted account has no outputs, and is not entered under the wrong key.
        let id = facts.find(&wanted.address, "id");
        if let Some(found) = found
            .iter()
            .copied()
            .find(|observed| account::Account::matches(account, observed) && id == observed.id.as_ref().map(AccountId::as_str))
        {
            waiting.push((key, found.clone()));
        }
    }
    let mut regions = regions(organization, desired);
    let leaving = leaving(organization, &facts, &found);
    for (key, found) in &leaving {
        observation.facts.learn(&Address::organization(account::Account::NAME, key), "id", found.id_text());
        regions.insert(key.clone(), BTreeSet::from([Scope::Region(key.clone(), organization.region.clone())]));
    }
    let left: BTreeSet<AccountKey> = leaving.iter().map(|(key, _)| key.clone()).collect();
    waiting.extend(leaving);
    let none = BTreeSet::new();
    let of = |key: &AccountKey| regions.get(key).unwrap_or(&none);
    let wanted = desired.by_scope();
    let surveyor = Surveyor { sessions, organization, facts: &facts, wanted: &wanted, way_in, tell };
    let mut waiting = waiting.into_iter();
    let mut visits = FuturesUnordered::new();
    for (key, found) in waiting.by_ref().take(ACCOUNTS_AT_ONCE) {
        let regions = of(&key);
        visits.push(surveyor.visit(key, found, regions));
    }
    let mut account_sessions = BTreeMap::new();
    while let Some(visited) = visits.next().await {
        for (scope, state, things) in visited.scopes {
            if let (true, ScopeState::Unreadable { reason, hint }) = (left.contains(&visited.key), &state) {
                // Nothing is wanted there, so it blocks nothing.
                let text = format!("{scope} is not in the manifest and could not be read: {reason}");
                observation.notices.push(Notice::new(text, hint.clone()));
                continue;
            }
            observation.things.extend(things.into_iter().map(|thing| (scope.clone(), thing)));
            observation.scopes.insert(scope, state);
        }
        if let Some(session) = visited.session {
            account_sessions.insert(visited.key, session);
        }
        if let Some((key, found)) = waiting.next() {
            let regions = of(&key);
            visits.push(surveyor.visit(key, found, regions));
        }
    }
    // Reads end in any order; the observation must not depend on it.
    observation.things.sort_by(|(one, _), (other, _)| one.cmp(other));
    account_sessions
}

/// Returns the managed accounts that are no longer in the manifest, each under its former key: what is in them still exists, still costs
/// money, and is still open to those whom its roles trust.
fn leaving(organization: &Organization, facts: &Facts, found: &[&account::Observed]) -> Vec<(AccountKey, account::Observed)> {
    let known = facts.ids();
    let leaves = |account: &&&account::Observed| {
        let owner = account::Account::owner(account, &organization.name);
        let Owner::Ours(address) = owner else { return None };
        let key: AccountKey = address.name().parse().ok()?;
        let is_wanted = organization.accounts.contains_key(&key) || account.id.as_ref().is_some_and(|id| known.contains_key(id.as_str()));
        (account.state == account::State::Active && !is_wanted).then_some(key)
    };
    found.iter().filter_map(|account| leaves(&account).map(|key| (key, (*account).clone()))).collect()
}
