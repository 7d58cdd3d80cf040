//! Credentials.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::AccountId;
use crate::simulator::clock::Timestamp;
use crate::simulator::stored::{StoredDocument, Tags};

/// The credential of an access key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Credential {
    pub(crate) who: Who,
    /// The session token; `None` for long-lived keys.
    pub(crate) token: Option<String>,
    pub(crate) made: Timestamp,
    pub(crate) expires: Option<Timestamp>,
    #[serde(default)]
    pub(crate) session: Session,
}

/// A principal that can have a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub(crate) enum Who {
    Root { account: AccountId },
    User { account: AccountId, name: String },
    Role { account: AccountId, name: String, role_id: String, session: String },
}

/// The data of a session besides its role.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Session {
    pub(crate) policy: Option<StoredDocument>,
    pub(crate) policy_arns: Vec<String>,
    pub(crate) tags: Tags,
    /// The keys of `tags` that later sessions inherit, in lower case.
    pub(crate) transitive: BTreeSet<String>,
    pub(crate) source_identity: Option<String>,
    /// When its holder last used an MFA device.
    pub(crate) mfa: Option<Timestamp>,
    /// The task policy of a root user's session from `AssumeRoot`.
    pub(crate) root_task: Option<String>,
}

impl Credential {
    /// Returns a credential that does not expire.
    pub(crate) fn lasting(who: Who, now: Timestamp) -> Self {
        Self { who, token: None, made: now, expires: None, session: Session::default() }
    }
}

impl Who {
    pub(crate) fn account(&self) -> &AccountId {
        match self {
            Self::Root { account } | Self::User { account, .. } | Self::Role { account, .. } => account,
        }
    }
}
