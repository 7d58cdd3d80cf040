//! A request for a session: the role, and the other parameters of `AssumeRole`.
//!
//! An [`AssumeRequest`] is plain data with one callback for MFA. [`check`] checks before any call whether AWS could accept it.

pub mod check;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::id::AccountId;

/// The session name that AWS's logs show for what landfall does.
pub const SESSION_NAME: &str = "landfall";

/// The session tag that carries the reason; trust policies of production roles require it.
pub const REASON_TAG: &str = "landfall:reason";

/// A role to assume, and how.
///
/// Two requests that send the same to AWS share one session; labels and callbacks are not compared.
///
/// ```
/// use landfall::session::AssumeRequest;
///
/// let prod = "222233334444".parse().expect("an account id");
/// let request = AssumeRequest::new(prod, "arn:aws:iam::222233334444:role/landfall/deployer")
///     .session_name("ci-4711")
///     .reason("release 42");
/// # assert!(request.check().is_ok());
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct AssumeRequest {
    pub(super) asked: Asked,
    pub(super) known: Known,
    pub(super) mfa: Option<MfaCode>,
}

/// The part of a request that is sent to AWS; also the key of its session in the cache.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Asked {
    pub(super) account: AccountId,
    pub(super) role_arn: String,
    pub(super) session_name: String,
    pub(super) duration: Duration,
    pub(super) tags: Vec<(String, String)>,
    pub(super) transitive: Vec<String>,
    pub(super) source_identity: Option<String>,
    pub(super) external_id: Option<String>,
    pub(super) policy: Option<String>,
    pub(super) policy_arns: Vec<String>,
    pub(super) mfa_serial: Option<String>,
    pub(super) reason: Option<String>,
}

/// What the caller knows about the role; it allows earlier refusals and better explanations.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    pub(super) label: Option<String>,
    pub(super) max_session: Option<Duration>,
    pub(super) asks_reason: Option<bool>,
    pub(super) account_created: Option<SystemTime>,
}

/// The result of an MFA callback: the six digits, or why there are none.
pub type MfaAnswer = Result<String, Box<dyn std::error::Error + Send + Sync>>;

/// The callback that asks a person for a code.
#[derive(Clone)]
pub(super) struct MfaCode(Arc<dyn Fn() -> Pin<Box<dyn Future<Output = MfaAnswer> + Send>> + Send + Sync>);

impl MfaCode {
    pub(super) async fn ask(&self) -> MfaAnswer {
        (self.0)().await
    }
}

/// AWS's default for a session, and the maximum for a chained one (docs/AWS.md 2.1).
pub(super) const DURATION_DEFAULT: Duration = Duration::from_hours(1);

impl AssumeRequest {
    /// Requests a role in an account: for one hour, named `landfall`, with no other options.
    ///
    /// The session must turn out to be in this account.
    pub fn new(account: AccountId, role_arn: impl Into<String>) -> Self {
        let asked = Asked {
            account,
            role_arn: role_arn.into(),
            session_name: SESSION_NAME.to_owned(),
            duration: DURATION_DEFAULT,
            tags: Vec::new(),
            transitive: Vec::new(),
            source_identity: None,
            external_id: None,
            policy: None,
            policy_arns: Vec::new(),
            mfa_serial: None,
            reason: None,
        };
        Self { asked, known: Known::default(), mfa: None }
    }

    /// Names the session: AWS's logs in the account show it. 2 to 64 of `A-Z a-z 0-9 _ + = , . @ -`; default `landfall`.
    #[must_use]
    pub fn session_name(mut self, name: impl Into<String>) -> Self {
        self.asked.session_name = name.into();
        self
    }

    /// Sets the lifetime of the credentials, which are renewed before it ends: 15 minutes to the role's maximum; default one hour.
    ///
    /// If requested with the credentials of a role (chained), the maximum is one hour.
    #[must_use]
    pub fn duration(mut self, duration: Duration) -> Self {
        self.asked.duration = duration;
        self
    }

    /// Adds a session tag. The role's trust policy must allow `sts:TagSession`.
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.asked.tags.push((key.into(), value.into()));
        self
    }

    /// Makes a session tag transitive: every session assumed from this one carries it and cannot replace it.
    #[must_use]
    pub fn transitive(mut self, key: impl Into<String>) -> Self {
        self.asked.transitive.push(key.into());
        self
    }

    /// Sets the source identity, which every log along the chain shows. The trust policy must allow `sts:SetSourceIdentity`.
    #[must_use]
    pub fn source_identity(mut self, identity: impl Into<String>) -> Self {
        self.asked.source_identity = Some(identity.into());
        self
    }

    /// Sends the external id that another company's role requires. It is not a secret.
    #[must_use]
    pub fn external_id(mut self, id: impl Into<String>) -> Self {
        self.asked.external_id = Some(id.into());
        self
    }

    /// Narrows the session: it may do what both the role and this policy, in JSON, allow.
    #[must_use]
    pub fn policy(mut self, json: impl Into<String>) -> Self {
        self.asked.policy = Some(json.into());
        self
    }

    /// Narrows the session by a managed policy; at most ten.
    #[must_use]
    pub fn policy_arn(mut self, arn: impl Into<String>) -> Self {
        self.asked.policy_arns.push(arn.into());
        self
    }

    /// Authenticates with an MFA device: its serial number or ARN, and a callback for the code.
    ///
    /// A code works once, so the callback runs for every `AssumeRole` that is sent, renewals included. Give such sessions a long
    /// [`duration`](AssumeRequest::duration).
    #[must_use]
    pub fn mfa<F>(mut self, serial: impl Into<String>, code: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = MfaAnswer> + Send + 'static,
    {
        self.asked.mfa_serial = Some(serial.into());
        self.mfa = Some(MfaCode(Arc::new(move || Box::pin(code()))));
        self
    }

    /// Sets the reason: sent as the session tag [`REASON_TAG`], which roles that write require in production, and which AWS's logs
    /// keep.
    ///
    /// 1 to 256 letters, digits, spaces and `_ . : / = + - @`.
    #[must_use]
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.asked.reason = Some(reason.into());
        self
    }

    /// Sets the account's name, which errors then show beside its id.
    #[must_use]
    pub fn called(mut self, label: impl Into<String>) -> Self {
        self.known.label = Some(label.into());
        self
    }

    /// Sets the role's maximum session duration, so that a longer one is refused before any call.
    #[must_use]
    pub fn role_max_session(mut self, longest: Duration) -> Self {
        self.known.max_session = Some(longest);
        self
    }

    /// Sets whether the role requires a reason; if so, a request without one is refused before any call.
    #[must_use]
    pub fn role_asks_reason(mut self, asks: bool) -> Self {
        self.known.asks_reason = Some(asks);
        self
    }

    /// Sets when the account was created: if it is minutes old, a refusal is most likely temporary.
    #[must_use]
    pub fn account_created(mut self, at: SystemTime) -> Self {
        self.known.account_created = Some(at);
        self
    }

    /// Returns the account that the session must be in.
    pub fn account(&self) -> &AccountId {
        &self.asked.account
    }

    /// Returns the role's ARN.
    pub fn role_arn(&self) -> &str {
        &self.asked.role_arn
    }
}

impl Asked {
    /// Returns whether such a session has other permissions than a plain session of the role, or another source identity. The
    /// reason does not count: only the role's trust policy reads that tag.
    pub(super) fn changes_rights(&self) -> bool {
        let is_narrowed = self.policy.is_some() || !self.policy_arns.is_empty();
        is_narrowed || !self.tags.is_empty() || !self.transitive.is_empty() || self.source_identity.is_some()
    }

    /// Returns the tags that are sent: those of the request, and the reason.
    pub(super) fn tags_sent(&self) -> impl Iterator<Item = (&str, &str)> {
        let reason = self.reason.as_deref().map(|reason| (REASON_TAG, reason));
        self.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).chain(reason)
    }

    /// Returns the characters of inline policy and policy ARNs, which share one limit.
    pub(super) fn policy_length(&self) -> usize {
        self.policy.as_deref().map_or(0, |policy| policy.chars().count()) + self.policy_arns.iter().map(String::len).sum::<usize>()
    }
}

impl fmt::Debug for AssumeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The callback is left out: it may have captured secrets.
        f.debug_struct("AssumeRequest").field("asked", &self.asked).field("known", &self.known).finish_non_exhaustive()
    }
}
