//! Observing: reads the organization and every account of it, scope by scope. Never writes.
//!
//! The order is: who are we, is there an organization and is it ours, what is in it, and then every account side
//! by side, each through the role that lets us in. A refusal makes a scope unreadable, never empty.

mod exposed;
mod preflight;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;

use crate::address::{Address, Scope};
use crate::aws::denial;
use crate::aws::error::AwsError;
use crate::aws::patience::{NOT_SUBSCRIBED_CODES, Patience, Unwatched, YOUNG_ACCOUNT, YOUNG_ACCOUNT_CODES};
use crate::aws::tags::Owner;
use crate::desired::policies::PROVISIONER;
use crate::desired::{DesiredState, Notice};
use crate::id::{AccountId, iam_arn};
use crate::kind::organizations::{account, organization};
use crate::kind::{self, Context, Facts, Kind, Observed};
use crate::model::{DEFAULT_ACCESS_ROLE, Organization};
use crate::name::AccountKey;
use crate::observed::{Observation, ScopeState};
use crate::session::{Session, SessionError, Sessions};

pub use preflight::ObserveError;

/// How many accounts are read at once (aws-facts 10.3: 32 to 64).
const ACCOUNTS_AT_ONCE: usize = 64;
/// Pause between tries to get into an account that is not ready.
const READINESS_PAUSE: Duration = Duration::from_secs(5);

/// What to do about an account that joined moments ago and does not let us in yet.
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
    let identity = sessions.identity();
    preflight::identity(identity)?;
    let mut observation = Observation::nothing(identity.account.clone());
    let address = Address::organization("organization", &organization.name);
    observation.facts.learn(&address, "management", identity.account.as_str());
    observation.facts.learn(&address, "caller", identity.arn.as_str());
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
    let entrances = accounts(sessions, organization, desired, not_ready, &mut observation).await;
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
    let looks =
        regions.iter().map(|region| region_of(sessions, organization, &facts, sessions.own(), region, Duration::ZERO, NotReady::Report));
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

/// What one account turned out to be: its own scope, then its Regions.
struct Visited {
    key: AccountKey,
    scopes: Vec<(Scope, ScopeState, Vec<Observed>)>,
    session: Option<Session>,
}

/// Reads every account side by side.
async fn accounts(
    sessions: &Sessions,
    organization: &Organization,
    desired: &DesiredState,
    not_ready: NotReady,
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
    let mut waiting = waiting.into_iter();
    let mut visits = FuturesUnordered::new();
    for (key, found) in waiting.by_ref().take(ACCOUNTS_AT_ONCE) {
        let regions = of(&key);
        visits.push(visit(sessions, organization, &facts, not_ready, key, found, regions));
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
            visits.push(visit(sessions, organization, &facts, not_ready, key, found, regions));
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

async fn visit(
    sessions: &Sessions,
    organization: &Organization,
    facts: &Facts,
    not_ready: NotReady,
    key: AccountKey,
    found: account::Observed,
    regions: &BTreeSet<Scope>,
) -> Visited {
    let scope = Scope::Account(key.clone());
    let closed = |state: ScopeState| Visited { key: key.clone(), scopes: vec![(scope.clone(), state, Vec::new())], session: None };
    match &found.state {
        account::State::Active => {}
        account::State::Creating(_) => return closed(ScopeState::Absent),
        account::State::Closed(word) => return closed(ScopeState::Closed(word.clone())),
        account::State::Inactive(word) => {
            return closed(ScopeState::Unreadable {
                reason: format!("account {} is {word}", found.id),
                hint: "see the account in the AWS Organizations console".to_owned(),
            });
        }
    }
    let Ok(id) = found.id.parse::<AccountId>() else { return closed(ScopeState::Absent) };
    let access_role = organization.accounts.get(&key).map_or(DEFAULT_ACCESS_ROLE, |account| account.access_role.as_str()).to_owned();
    loop {
        let age = found.joined.and_then(|joined| sessions.clock().now().duration_since(joined).ok());
        let youth = age.map_or(Duration::ZERO, |age| YOUNG_ACCOUNT.saturating_sub(age));
        let error = match look(sessions, organization, facts, &scope, &id, &access_role).await {
            Ok((session, things)) => {
                let mut scopes = vec![(scope.clone(), ScopeState::Readable, things)];
                let looks = regions.iter().map(|region| region_of(sessions, organization, facts, &session, region, youth, not_ready));
                scopes.extend(join_all(looks).await);
                return Visited { key, scopes, session: Some(session) };
            }
            Err(error) => error,
        };
        let refused = matches!(&error, SessionError::Aws(error) if error.is(YOUNG_ACCOUNT_CODES));
        if youth.is_zero() || !refused {
            return closed(no_entry(&error, &id, &access_role));
        }
        if not_ready == NotReady::Report {
            return closed(ScopeState::NotReady(format!("account {id} joined moments ago and cannot be entered yet")));
        }
        sessions.clock().sleep(READINESS_PAUSE).await;
    }
}

/// Reads one Region of an account, which is young for that much longer. One that cannot be read leaves the rest of the
/// account readable.
async fn region_of(
    sessions: &Sessions,
    organization: &Organization,
    facts: &Facts,
    session: &Session,
    scope: &Scope,
    youth: Duration,
    not_ready: NotReady,
) -> (Scope, ScopeState, Vec<Observed>) {
    let Scope::Region(_, region) = scope else { return (scope.clone(), ScopeState::Absent, Vec::new()) };
    let session = session.in_region(region);
    let patience = match not_ready {
        NotReady::Wait if !youth.is_zero() => Patience::repeatable().just_made(NOT_SUBSCRIBED_CODES).visible_within(youth),
        NotReady::Wait | NotReady::Report => Patience::repeatable(),
    };
    let cx = context(sessions, organization, scope, &session, facts, patience);
    match kind::observe(&cx).await {
        Ok(things) => (scope.clone(), ScopeState::Readable, things),
        Err(error) if !youth.is_zero() && error.is(NOT_SUBSCRIBED_CODES) => {
            let reason = format!("account {} joined moments ago and not every service lets it in yet", session.account());
            (scope.clone(), ScopeState::NotReady(reason), Vec::new())
        }
        Err(error) => (scope.clone(), unreadable(&error), Vec::new()),
    }
}

/// Enters an account and reads it: through `provisioner` if it lets us and may read, else through the access role.
///
/// A run that was killed may have made `provisioner` and not yet given it its permissions, and somebody may have taken them
/// away: then it lets us in and may do nothing, not even be mended.
async fn look(
    sessions: &Sessions,
    organization: &Organization,
    facts: &Facts,
    scope: &Scope,
    id: &AccountId,
    access_role: &str,
) -> Result<(Session, Vec<Observed>), SessionError> {
    let through = async |role: &str| {
        let session = sessions.assume(id, &iam_arn(organization.partition, id, format_args!("role/{role}"))).await?;
        let cx = context(sessions, organization, scope, &session, facts, Patience::repeatable());
        let things = kind::observe(&cx).await?;
        Ok((session, things))
    };
    let refused = match through(&format!("landfall/{PROVISIONER}")).await {
        Err(SessionError::Aws(error)) if error.is_denied() || error.is(YOUNG_ACCOUNT_CODES) => error,
        answer => return answer,
    };
    let answer = through(access_role).await;
    // What `provisioner` was refused says more than that there is no other way in.
    if answer.is_err() && refused.call != "sts:AssumeRole" { Err(refused.into()) } else { answer }
}

fn unreadable(error: &AwsError) -> ScopeState {
    let hint = if error.is_denied() { denial::hint(error) } else { "run it again; with -v it shows AWS's request id".to_owned() };
    ScopeState::Unreadable { reason: error.to_string(), hint }
}

fn no_entry(error: &SessionError, id: &AccountId, access_role: &str) -> ScopeState {
    match error {
        SessionError::Aws(error) if error.call == "sts:AssumeRole" && error.is_denied() => ScopeState::Unreadable {
            reason: format!("neither landfall/{PROVISIONER} nor {access_role} in account {id} can be assumed: {error}"),
            hint: format!(
                "does the caller have sts:AssumeRole, and does {access_role} exist and trust the management account? An invited account \
                 has none: make it there (AdministratorAccess), or name another with `access_role`"
            ),
        },
        SessionError::Aws(error) => unreadable(error),
        SessionError::WrongAccount { .. } | SessionError::Incomplete(_) => {
            ScopeState::Unreadable { reason: error.to_string(), hint: "check the credentials; nothing was changed".to_owned() }
        }
    }
}
