//! What a key stands for.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::AccountId;
use crate::simulator::clock::Timestamp;
use crate::simulator::stored::{StoredDocument, Tags};

/// What an access key stands for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Credential {
    pub(crate) who: Who,
    /// The session token; long-lived keys have none.
    pub(crate) token: Option<String>,
    pub(crate) made: Timestamp,
    pub(crate) expires: Option<Timestamp>,
    #[serde(default)]
    pub(crate) session: Session,
}

/// A principal that can hold a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub(crate) enum Who {
    Root { account: AccountId },
    User { account: AccountId, name: String },
    Role { account: AccountId, name: String, role_id: String, session: String },
}

/// What a session carries besides its role.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Session {
    pub(crate) policy: Option<StoredDocument>,
    pub(crate) policy_arns: Vec<String>,
    pub(crate) tags: Tags,
    /// The keys of `tags` that later sessions inherit, in lower case.
    pub(crate) transitive: BTreeSet<String>,
    pub(crate) source_identity: Option<String>,
    /// When the holder last proved a device.
    pub(crate) mfa: Option<Timestamp>,
    /// The policy of the task that a root user's session is for, which `AssumeRoot` gave.
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
