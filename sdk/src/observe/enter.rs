//! Entering accounts: which role is assumed, what is read, and what a denial means.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::join_all;

use super::context::context;
use crate::address::Scope;
use crate::aws::denial;
use crate::aws::error::AwsError;
use crate::aws::retry::{NOT_SUBSCRIBED_CODES, RetryPolicy, YOUNG_ACCOUNT, YOUNG_ACCOUNT_CODES};
use crate::desired::access::trusting_administrators;
use crate::id::{AccountId, iam_arn};
use crate::kind::iam::admits;
use crate::kind::organizations::account;
use crate::kind::{self, Facts, Observed};
use crate::model::{DEFAULT_ACCESS_ROLE, Organization};
use crate::name::AccountKey;
use crate::observed::ScopeState;
use crate::ours::{AUDITOR, PATH, PROVISIONER};
use crate::session::{Session, SessionError, Sessions};

/// Pause between attempts to enter an account that is not ready.
const READINESS_PAUSE: Duration = Duration::from_secs(5);

/// What to do about an account that joined minutes ago and whose roles cannot be assumed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a plan reports, an apply waits")]
pub enum NotReady {
    /// Report it.
    Report,
    /// Wait until they can be assumed, or until the account is 15 minutes old.
    Wait,
}

/// The role by which accounts are entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WayIn {
    /// `provisioner`, else the access role: such a caller may apply, and so may wait.
    Operator(NotReady),
    /// `auditor` and no other: a second role would be one without its limits.
    Auditor,
}

impl WayIn {
    fn waits(self) -> bool {
        self == Self::Operator(NotReady::Wait)
    }
}

/// The state of one account: its own scope, then its Regions.
pub(super) struct Visited {
    pub(super) key: AccountKey,
    pub(super) scopes: Vec<(Scope, ScopeState, Vec<Observed>)>,
    pub(super) session: Option<Session>,
}

/// Reads accounts, all of them in the same way.
pub(super) struct Surveyor<'a> {
    pub(super) sessions: &'a Sessions,
    pub(super) organization: &'a Organization,
    pub(super) facts: &'a Facts,
    pub(super) wanted: &'a BTreeMap<&'a Scope, Vec<&'a kind::Desired>>,
    pub(super) way_in: WayIn,
    /// Called once for each account that is waited for.
    pub(super) tell: &'a (dyn Fn(&str) + Sync),
}

impl<'a> Surveyor<'a> {
    /// Reads one account and these Regions of it.
    pub(super) async fn visit(&self, key: AccountKey, found: account::Observed, regions: &BTreeSet<Scope>) -> Visited {
        let scope = Scope::Account(key.clone());
        let closed = |state: ScopeState| Visited { key: key.clone(), scopes: vec![(scope.clone(), state, Vec::new())], session: None };
        match &found.state {
            account::State::Active => {}
            account::State::Creating(_) => return closed(ScopeState::Absent),
            account::State::Closed(word) => return closed(ScopeState::Closed(word.clone())),
            account::State::Inactive(word) => {
                return closed(ScopeState::Unreadable {
                    reason: format!("account {} is {word}", found.id_text()),
                    hint: "see the account in the AWS Organizations console".to_owned(),
                });
            }
        }
        let Some(id) = found.id.clone() else { return closed(ScopeState::Absent) };
        let clock = self.sessions.clock();
        let mut is_told = false;
        loop {
            let age = found.joined.and_then(|joined| clock.now().duration_since(joined).ok());
            let readiness_grace = age.map_or(Duration::ZERO, |age| YOUNG_ACCOUNT.saturating_sub(age));
            let error = match self.account(&key, &scope, &id).await {
                Ok((session, things)) => {
                    let mut scopes = vec![(scope.clone(), ScopeState::Readable, things)];
                    let reads = regions.iter().map(|region| self.region(&session, region, readiness_grace));
                    scopes.extend(join_all(reads).await);
                    return Visited { key, scopes, session: Some(session) };
                }
                Err(error) => error,
            };
            let refused = matches!(&error, SessionError::Aws(error) if error.is(YOUNG_ACCOUNT_CODES) && !is_the_callers(error));
            // An auditor does not wait: nothing is built with its session. A caller who is not one of the manifest's administrators does
            // not wait either: the account would not become ready for them.
            if readiness_grace.is_zero() || !refused || self.way_in == WayIn::Auditor || self.not_an_administrator(&key).is_some() {
                return closed(self.no_entry(&error, &key, &id));
            }
            let what = self.not_ready(&id, age.unwrap_or_default());
            if !self.way_in.waits() {
                return closed(ScopeState::NotReady(what));
            }
            if !is_told {
                is_told = true;
                (self.tell)(&format!("account/{key}, {} more at most: {what}", minutes(readiness_grace)));
            }
            clock.sleep(READINESS_PAUSE).await;
        }
    }

    /// Reads one Region of an account whose denials are retried for this much longer. If it cannot be read, the rest of the account stays
    /// readable.
    pub(super) async fn region(&self, session: &Session, scope: &Scope, readiness_grace: Duration) -> (Scope, ScopeState, Vec<Observed>) {
        let Scope::Region(_, region) = scope else { return (scope.clone(), ScopeState::Absent, Vec::new()) };
        let session = session.in_region(region);
        let retry = if self.way_in.waits() && !readiness_grace.is_zero() {
            RetryPolicy::repeatable().until_visible(NOT_SUBSCRIBED_CODES).visible_within(readiness_grace)
        } else {
            RetryPolicy::repeatable()
        };
        let cx = context(self.sessions, self.organization, scope, &session, self.facts, retry);
        match kind::observe(&cx, &self.organization.region, self.wanted_in(scope)).await {
            Ok(things) => (scope.clone(), ScopeState::Readable, things),
            Err(error) if !readiness_grace.is_zero() && error.is(NOT_SUBSCRIBED_CODES) => {
                let reason = format!("account {} joined moments ago and not every service accepts it yet", session.account());
                (scope.clone(), ScopeState::NotReady(reason), Vec::new())
            }
            Err(error) => (scope.clone(), unreadable(&error), Vec::new()),
        }
    }

    /// Enters an account and reads it: an operator through `provisioner` if it can be assumed and is allowed to read, else through the
    /// access role.
    ///
    /// A run that was killed may have created `provisioner` without its permissions, or they may have been removed since: then the role can
    /// be assumed but can do nothing, not even repair itself.
    async fn account(&self, key: &AccountKey, scope: &Scope, id: &AccountId) -> Result<(Session, Vec<Observed>), SessionError> {
        if self.way_in == WayIn::Auditor {
            return self.through(&ours(AUDITOR), scope, id).await;
        }
        let refused = match self.through(&ours(PROVISIONER), scope, id).await {
            Err(SessionError::Aws(error)) if error.is_denied() || error.is(YOUNG_ACCOUNT_CODES) => error,
            answer => return answer,
        };
        let answer = self.through(self.access_role(key), scope, id).await;
        // The error of `provisioner` is more useful than the error that no other role can be assumed.
        if answer.is_err() && refused.call != "sts:AssumeRole" { Err(refused.into()) } else { answer }
    }

    async fn through(&self, role: &str, scope: &Scope, id: &AccountId) -> Result<(Session, Vec<Observed>), SessionError> {
        let arn = iam_arn(self.organization.partition, id, format_args!("role/{role}"));
        let session = self.sessions.assume(id, &arn).await?;
        let cx = context(self.sessions, self.organization, scope, &session, self.facts, RetryPolicy::repeatable());
        let things = kind::observe(&cx, &self.organization.region, self.wanted_in(scope)).await?;
        Ok((session, things))
    }

    fn wanted_in(&self, scope: &Scope) -> &[&'a kind::Desired] {
        self.wanted.get(scope).map_or(&[], Vec::as_slice)
    }

    fn access_role(&self, key: &AccountKey) -> &str {
        self.organization.accounts.get(key).map_or(DEFAULT_ACCESS_ROLE, |account| account.access_role.as_str())
    }

    /// Returns the reason if the manifest names administrators and the caller is not one of them, and the administrators.
    fn not_an_administrator(&self, key: &AccountKey) -> Option<(String, String)> {
        let account = self.organization.accounts.get(key).filter(|_| !self.organization.access.administrators.is_empty())?;
        let (trust, administrators) = trusting_administrators(self.organization, account);
        let caller = &self.sessions.identity().arn;
        let who = || format!("access.administrators in the manifest does not include {caller}");
        (!admits(trust.resolved(self.facts).as_str(), caller)).then(|| (who(), administrators))
    }

    /// Returns the reason for an account that joined minutes ago and cannot be entered: AWS does not report whether it is not ready or does
    /// not trust the caller (docs/AWS.md 2.1).
    fn not_ready(&self, id: &AccountId, age: Duration) -> String {
        format!(
            "account {id} joined {} ago and refuses {}: it is not ready yet, or none of its roles trusts the caller",
            minutes(age),
            self.sessions.identity().arn
        )
    }

    fn no_entry(&self, error: &SessionError, key: &AccountKey, id: &AccountId) -> ScopeState {
        let error = match error {
            SessionError::Aws(error) => error,
            SessionError::WrongAccount { .. } | SessionError::Incomplete(_) => {
                return ScopeState::Unreadable { reason: error.to_string(), hint: "check the credentials; nothing was changed".to_owned() };
            }
        };
        if error.call != "sts:AssumeRole" || !error.is_denied() {
            return unreadable(error);
        }
        let (reason, hint) = match self.way_in {
            WayIn::Operator(_) => {
                let access_role = self.access_role(key);
                let reason = format!("neither {} nor {access_role} in account {id} can be assumed: {error}", ours(PROVISIONER));
                match self.not_an_administrator(key) {
                    Some((who, administrators)) => (format!("{who}: {reason}"), format!("run it as one of these ({administrators})")),
                    // An account that landfall created has the role; its trust may have been changed.
                    None if self.organization.accounts.get(key).is_some_and(|account| account.id.is_none()) => (
                        reason,
                        "check that the caller has sts:AssumeRole; if it has, both trust policies were changed: repair them as in \
                         docs/ACCESS.md, \"The last resort\""
                            .to_owned(),
                    ),
                    None => (
                        reason,
                        format!(
                            "check that the caller has sts:AssumeRole, and that {access_role} exists and trusts the caller; an invited \
                             account has no such role: create it there (AdministratorAccess), or name another with `access_role`"
                        ),
                    ),
                }
            }
            // STS gives the same error for a role that does not exist and for one that does not trust the caller (docs/AWS.md 2.1).
            WayIn::Auditor => (
                format!("{} in account {id} cannot be assumed: {error}", ours(AUDITOR)),
                format!(
                    "check that it exists (`landfall apply` makes it in each account), that access.planners names the caller, and that \
                     the caller has sts:AssumeRole on role/{}",
                    ours(AUDITOR)
                ),
            ),
        };
        ScopeState::Unreadable { reason, hint }
    }
}

/// Returns whether the caller's own policies deny the call, according to AWS: those do not change as the account gets older.
fn is_the_callers(error: &AwsError) -> bool {
    use denial::Layer;
    let layer = denial::layer(&error.message);
    error.call == "sts:AssumeRole" && matches!(layer, Some(Layer::Identity | Layer::Boundary | Layer::Session | Layer::Endpoint))
}

fn minutes(length: Duration) -> String {
    match length.as_secs() / 60 {
        0 => "less than a minute".to_owned(),
        1 => "1 minute".to_owned(),
        several => format!("{several} minutes"),
    }
}

/// Returns the part after `role/` in the ARN of a role that landfall makes.
fn ours(role: &str) -> String {
    format!("{}{role}", PATH.trim_start_matches('/'))
}

/// Returns the state of a scope that could not be read, with a hint.
pub(super) fn unreadable(error: &AwsError) -> ScopeState {
    let hint = if error.is_denied() { denial::hint(error) } else { "run it again; with -v it shows AWS's request id".to_owned() };
    ScopeState::Unreadable { reason: error.to_string(), hint }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::error::tests::refused;

    #[test]
    fn a_denial_by_the_callers_own_policies_is_not_retried() {
        let not_authorized =
            "User: arn:aws:iam::1:user/ada is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::2:role/x";
        for (call, because, expected) in [
            ("sts:AssumeRole", " because no identity-based policy allows the sts:AssumeRole action", true),
            ("sts:AssumeRole", " because no session policy allows the sts:AssumeRole action", true),
            ("sts:AssumeRole", " because no permissions boundary allows the sts:AssumeRole action", true),
            ("sts:AssumeRole", " because no resource-based policy allows the sts:AssumeRole action", false),
            ("sts:AssumeRole", " with an explicit deny in a service control policy", false),
            ("sts:AssumeRole", "", false),
            ("iam:ListRoles", " because no identity-based policy allows the iam:ListRoles action", false),
        ] {
            let error = AwsError { call, message: format!("{not_authorized}{because}"), ..refused("AccessDenied", None) };
            assert_eq!(is_the_callers(&error), expected, "{call}{because}");
        }
    }

    #[test]
    fn ages_are_shown_in_minutes() {
        let shown = [0, 59, 60, 119, 120, 840].map(|seconds| minutes(Duration::from_secs(seconds)));
        assert_eq!(shown, ["less than a minute", "less than a minute", "1 minute", "1 minute", "2 minutes", "14 minutes"]);
    }
}
