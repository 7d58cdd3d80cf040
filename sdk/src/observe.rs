//! Observing: reads the organization and every account of it, scope by scope. Never writes.
//!
//! The order is: who are we, is there an organization and is it ours, what is in it, and then every account side
//! by side, each through the role that lets us in. A refusal makes a scope unreadable, never empty.

mod enter;
mod exposed;
mod preflight;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;

use crate::address::{Address, Scope};
use crate::aws::patience::{Patience, Unwatched};
use crate::aws::tags::Owner;
use crate::desired::{DesiredState, Notice};
use crate::kind::organizations::{account, organization};
use crate::kind::{self, Context, Facts, Kind, Observed};
use crate::model::Organization;
use crate::name::AccountKey;
use crate::observed::{Observation, ScopeState};
use crate::session::{Session, Sessions};

use enter::{Surveyor, WayIn, unreadable};
pub use preflight::ObserveError;

/// How many accounts are read at once (docs/AWS.md 10.3: 32 to 64).
const ACCOUNTS_AT_ONCE: usize = 64;

/// What to do about an account that joined minutes ago and refuses its roles to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a plan reports, an apply waits")]
pub enum NotReady {
    /// Say so.
    Report,
    /// Wait until it does, or is 15 minutes old.
    Wait,
}

/// What was seen, and the sessions that saw it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Survey {
    /// What was seen.
    pub observation: Observation,
    /// The session of each account that let us in: decided once per run.
    pub entrances: BTreeMap<AccountKey, Session>,
}

/// Observes everything that the organization's manifest is about.
///
/// # Errors
///
/// [`ObserveError`] where the credentials are not the management account's, or the organization is another one.
/// A scope that cannot be read is no error: it is in the observation as such.
pub async fn observe(
    sessions: &Sessions,
    organization: &Organization,
    desired: &DesiredState,
    not_ready: NotReady,
) -> Result<Survey, ObserveError> {
    observe_and_tell(sessions, organization, desired, not_ready, &|_| {}).await
}

/// Observes the same, and tells what is waited for: one line for each account that is not ready, when the waiting begins.
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

/// Observes the same through role `auditor` of each account, which may read and nothing else: for a plan that its caller may not
/// carry out. The management account is read with the caller's own credentials.
///
/// No session comes with it, so that nothing can be applied by it.
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
    // Who reads as auditor applies nothing: no step is held against that caller.
    let caller = if way_in == WayIn::Auditor { "" } else { identity.arn.as_str() };
    observation.facts.learn(&address, "caller", caller);
    let Some(found) = preflight::organization(sessions, organization, &observation.facts).await? else {
        observation.scopes.insert(Scope::Organization, ScopeState::Absent);
        management(sessions, organization, desired, &mut observation).await;
        observation.notices.extend(preflight::quota(desired, &observation));
        return Ok(Survey { observation, entrances: BTreeMap::new() });
    };
    observation.facts.extend(organization::Organization::facts(&address, &found));
    observation.things.push((Scope::Organization, Observed::Organization(found)));

    let scope = Scope::Organization;
    let facts = observation.facts.clone();
    let cx = context(sessions, organization, &scope, sessions.own(), &facts, Patience::repeatable());
    match kind::observe(&cx).await {
        Ok(things) => {
            observation.things.extend(things.into_iter().map(|thing| (Scope::Organization, thing)));
            observation.scopes.insert(Scope::Organization, ScopeState::Readable);
        }
        Err(error) => {
            observation.scopes.insert(Scope::Organization, unreadable(&error));
            return Ok(Survey { observation, entrances: BTreeMap::new() });
        }
    }
    observation.learn(desired);
    observation.notices.extend(preflight::quota(desired, &observation));
    observation.notices.extend(preflight::control_tower(&observation));
    management(sessions, organization, desired, &mut observation).await;
    let entrances = accounts(sessions, organization, desired, (way_in, tell), &mut observation).await;
    observation.notices.extend(preflight::other_trails(organization, desired, &observation));
    observation.notices.extend(preflight::undelivered(organization, &observation));
    observation.notices.extend(exposed::roles(organization, desired, &observation));
    observation.learn(desired);
    Ok(Survey { observation, entrances })
}

/// Observes which accounts there are and nothing in them, with the fewest calls: one per page of `ListAccounts`.
///
/// That is enough to find an account's id by the manifest. Whose the organization is, is not asked: accounts match by their
/// e-mails, which are unique in all of AWS.
///
/// # Errors
///
/// [`ObserveError`] where the credentials are the root user's, or may not list the accounts.
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
    let cx = context(sessions, organization, &scope, sessions.own(), &facts, Patience::repeatable());
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

fn context<'a>(
    sessions: &'a Sessions,
    organization: &'a Organization,
    scope: &'a Scope,
    session: &'a Session,
    facts: &'a Facts,
    patience: Patience,
) -> Context<'a> {
    Context::new(&organization.name, scope, session, sessions, facts, sessions.clock(), &Unwatched, patience).observing()
}

/// Reads those Regions of the management account in which something is wanted: the caller is there already.
async fn management(sessions: &Sessions, organization: &Organization, desired: &DesiredState, observation: &mut Observation) {
    let facts = observation.facts.clone();
    let regions = regions(organization, desired).remove(&AccountKey::management()).unwrap_or_default();
    let surveyor = Surveyor { sessions, organization, facts: &facts, way_in: WayIn::Operator(NotReady::Report), tell: &|_| {} };
    let looks = regions.iter().map(|region| surveyor.region(sessions.own(), region, Duration::ZERO));
    for (scope, state, things) in join_all(looks).await {
        observation.things.extend(things.into_iter().map(|thing| (scope.clone(), thing)));
        observation.scopes.insert(scope, state);
    }
}

/// Returns the Regions to look into, by account: those in which something is wanted, and every member account's home
/// Region, where a network that is no longer wanted may stand and cost.
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

/// Reads every account side by side.
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
        let key: AccountKey = crate::name::known(wanted.address.name());
        // One that carries the address of another wanted account has no facts, and is not entered under the wrong key.
        let id = facts.find(&wanted.address, "id");
        if let Some(found) = found.iter().copied().find(|observed| account::Account::same(account, observed) && id == Some(&observed.id)) {
            waiting.push((key, found.clone()));
        }
    }
    let mut regions = regions(organization, desired);
    let leaving = leaving(organization, &facts, &found);
    for (key, found) in &leaving {
        observation.facts.learn(&Address::organization(account::Account::NAME, key), "id", &found.id);
        regions.insert(key.clone(), BTreeSet::from([Scope::Region(key.clone(), organization.region.clone())]));
    }
    let left: BTreeSet<AccountKey> = leaving.iter().map(|(key, _)| key.clone()).collect();
    waiting.extend(leaving);
    let none = BTreeSet::new();
    let of = |key: &AccountKey| regions.get(key).unwrap_or(&none);
    let surveyor = Surveyor { sessions, organization, facts: &facts, way_in, tell };
    let mut waiting = waiting.into_iter();
    let mut visits = FuturesUnordered::new();
    for (key, found) in waiting.by_ref().take(ACCOUNTS_AT_ONCE) {
        let regions = of(&key);
        visits.push(surveyor.visit(key, found, regions));
    }
    let mut entrances = BTreeMap::new();
    while let Some(visited) = visits.next().await {
        for (scope, state, things) in visited.scopes {
            if let (true, ScopeState::Unreadable { reason, hint }) = (left.contains(&visited.key), &state) {
                // Nothing is wanted there, so it is in nobody's way.
                let text = format!("{scope} is not in the manifest and could not be read: {reason}");
                observation.notices.push(Notice::new(text, hint.clone()));
                continue;
            }
            observation.things.extend(things.into_iter().map(|thing| (scope.clone(), thing)));
            observation.scopes.insert(scope, state);
        }
        if let Some(session) = visited.session {
            entrances.insert(visited.key, session);
        }
        if let Some((key, found)) = waiting.next() {
            let regions = of(&key);
            visits.push(surveyor.visit(key, found, regions));
        }
    }
    // Visits end in any order; what was seen must not depend on it.
    observation.things.sort_by(|(one, _), (other, _)| one.cmp(other));
    entrances
}

/// Returns the accounts of ours that the manifest no longer names, each under the key that it had: what is in them
/// still exists and still costs money, and is still open to those whom its roles trust.
fn leaving(organization: &Organization, facts: &Facts, found: &[&account::Observed]) -> Vec<(AccountKey, account::Observed)> {
    let known = facts.ids();
    let leaves = |account: &&&account::Observed| {
        let owner = account::Account::owner(account, &organization.name);
        let Owner::Ours(address) = owner else { return None };
        let key: AccountKey = address.name().parse().ok()?;
        let is_wanted = organization.accounts.contains_key(&key) || known.contains_key(account.id.as_str());
        (account.state == account::State::Active && !is_wanted).then_some(key)
    };
    found.iter().filter_map(|account| leaves(&account).map(|key| (key, (*account).clone()))).collect()
}
