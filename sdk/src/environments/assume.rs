//! A request for a role by name: the other parameters of `AssumeRole`, and the checks before any call.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use super::error::EnterError;
use super::lookup::{Account, Environment};
use super::{Environments, Role};
use crate::id::AccountId;
use crate::name::{Region, nearest};
use crate::session::{AssumeError, AssumeRequest, MfaAnswer, Session};

/// A request for a role; await it to get a [`Session`].
///
/// ```no_run
/// # async fn example(environments: landfall::Environments) -> Result<(), landfall::environments::EnterError> {
/// use std::time::Duration;
/// use landfall::Role;
///
/// let session = environments
///     .get("prod")?
///     .assume(Role::Deployer)
///     .reason("release 42")
///     .session_name("ci-4711")
///     .duration(Duration::from_mins(30))
///     .await?;
/// # let _ = session;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Before any call: [`EnterError::Lookup`], [`EnterError::NotActive`], [`EnterError::RoleUndefined`], and, as
/// [`EnterError::Assume`] with a [`Failure::Request`](crate::session::Failure::Request), a duration beyond the role's maximum and
/// anything else that AWS would not accept; a missing reason, as soon as it is known that the caller does not already have the
/// role. Then [`EnterError::Open`] and [`EnterError::Assume`] for what AWS refuses.
#[derive(Debug, Clone)]
#[must_use = "no role is assumed before it is awaited"]
pub struct Assume {
    asked: Result<(Environments, AssumeRequest), EnterError>,
    region: Option<Region>,
}

impl Assume {
    fn refused(error: EnterError) -> Self {
        Self { asked: Err(error), region: None }
    }

    fn new(environments: &Environments, account: &Account, role: &Role) -> Self {
        let asked = ask(account, role).map(|request| (environments.clone(), request));
        Self { asked, region: None }
    }

    fn with(mut self, change: impl FnOnce(AssumeRequest) -> AssumeRequest) -> Self {
        self.asked = self.asked.map(|(environments, request)| (environments, change(request)));
        self
    }

    /// Sets the reason, sent as the session tag `landfall:reason`. See [`AssumeRequest::reason`].
    pub fn reason(self, reason: impl Into<String>) -> Self {
        self.with(|request| request.reason(reason))
    }

    /// Names the session in AWS's logs; default `landfall`. See [`AssumeRequest::session_name`].
    pub fn session_name(self, name: impl Into<String>) -> Self {
        self.with(|request| request.session_name(name))
    }

    /// Sets how long credentials live before they are renewed: 15 minutes to the role's maximum; default one hour.
    pub fn duration(self, duration: Duration) -> Self {
        self.with(|request| request.duration(duration))
    }

    /// Adds a session tag. See [`AssumeRequest::tag`].
    pub fn tag(self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.with(|request| request.tag(key, value))
    }

    /// Makes a session tag transitive: sessions made from this one inherit it. See [`AssumeRequest::transitive`].
    pub fn transitive(self, key: impl Into<String>) -> Self {
        self.with(|request| request.transitive(key))
    }

    /// Sets the person behind the session. See [`AssumeRequest::source_identity`].
    pub fn source_identity(self, identity: impl Into<String>) -> Self {
        self.with(|request| request.source_identity(identity))
    }

    /// Sends an external id. See [`AssumeRequest::external_id`].
    pub fn external_id(self, id: impl Into<String>) -> Self {
        self.with(|request| request.external_id(id))
    }

    /// Narrows the session by a policy in JSON. See [`AssumeRequest::policy`].
    pub fn policy(self, json: impl Into<String>) -> Self {
        self.with(|request| request.policy(json))
    }

    /// Narrows the session by a managed policy. See [`AssumeRequest::policy_arn`].
    pub fn policy_arn(self, arn: impl Into<String>) -> Self {
        self.with(|request| request.policy_arn(arn))
    }

    /// Sends the code of an MFA device. See [`AssumeRequest::mfa`].
    pub fn mfa<F>(self, serial: impl Into<String>, code: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = MfaAnswer> + Send + 'static,
    {
        self.with(|request| request.mfa(serial, code))
    }

    /// Sets when the account was created, for more precise errors. See [`AssumeRequest::account_created`].
    pub fn account_created(self, at: SystemTime) -> Self {
        self.with(|request| request.account_created(at))
    }

    /// Sets the Region that the session's clients act in; default: the organization's home Region.
    pub fn region(mut self, region: Region) -> Self {
        self.region = Some(region);
        self
    }

    /// Returns the request that would be sent, checked as far as possible without AWS.
    ///
    /// # Errors
    ///
    /// The errors that awaiting it would return before any call.
    pub fn request(&self) -> Result<&AssumeRequest, EnterError> {
        let (_, request) = self.asked.as_ref().map_err(Clone::clone)?;
        request.check().map_err(|error| EnterError::Assume(Box::new(AssumeError::of_request(request, error))))?;
        Ok(request)
    }

    async fn enter(self) -> Result<Session, EnterError> {
        match self.request() {
            // A caller that already has the role needs no reason; this is known only after `GetCallerIdentity`.
            Err(error) if !error.is_reason_missing() => return Err(error),
            _ => {}
        }
        let (environments, request) = self.asked?;
        let session = environments.sessions().await?.session(request).await.map_err(|error| EnterError::Assume(Box::new(error)))?;
        Ok(match &self.region {
            Some(region) => session.in_region(region),
            None => session.in_region(environments.region()),
        })
    }
}

impl Environment {
    /// Requests a role in the main account; await it to get a session.
    ///
    /// Errors are returned when it is awaited: see [`Assume`].
    pub fn assume(&self, role: Role) -> Assume {
        match self.main() {
            Ok(account) => account.assume(role),
            Err(error) => Assume::refused(error.into()),
        }
    }
}

impl Account {
    /// Requests a role in this account; await it to get a session.
    ///
    /// Errors are returned when it is awaited: see [`Assume`].
    #[expect(clippy::needless_pass_by_value, reason = "reads well by value: `assume(Role::Deployer)`")]
    pub fn assume(&self, role: Role) -> Assume {
        Assume::new(&self.environments, self, &role)
    }
}

impl IntoFuture for Assume {
    type Output = Result<Session, EnterError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.enter())
    }
}

/// Builds the request for a role in an account, if both exist.
fn ask(account: &Account, role: &Role) -> Result<AssumeRequest, EnterError> {
    let entry = account.entry();
    let not_active = || EnterError::NotActive { account: entry.key.clone(), state: entry.state.clone() };
    let id: AccountId = account.id().filter(|_| entry.is_active()).ok_or_else(not_active)?;
    let found = entry.roles.get(role.as_str()).ok_or_else(|| EnterError::RoleUndefined {
        role: role.to_string(),
        account: entry.key.clone(),
        nearest: nearest(role.as_str(), entry.roles.keys().map(String::as_str)).map(str::to_owned),
        defined: entry.roles.keys().cloned().collect(),
    })?;
    Ok(AssumeRequest::new(id, &found.arn)
        .called(&entry.key)
        .role_max_session(Duration::from_secs(found.max_session.into()))
        .role_asks_reason(found.reason))
}
