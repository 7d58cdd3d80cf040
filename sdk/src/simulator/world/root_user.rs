//! Root users of member accounts: who can sign in as one, and what the management account may do about it.

use serde::{Deserialize, Serialize};

use crate::simulator::clock::Timestamp;

/// The password of an account's root user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub(crate) enum RootPassword {
    /// The account was made with one that nobody knows, and that the owner of the e-mail can have replaced.
    #[default]
    AsMade,
    /// There is none, and none can be had by e-mail: the account was made under central root access, or it was deleted.
    Absent,
    /// A session of `AssumeRoot` allowed one again: the owner of the e-mail can set it.
    Allowed { since: Timestamp },
}

impl RootPassword {
    /// Whether the owner of the account's e-mail can sign in.
    pub(crate) fn can_sign_in(self) -> bool {
        match self {
            Self::AsMade | Self::Allowed { .. } => true,
            Self::Absent => false,
        }
    }
}

/// What central root access is made of (IAM API, `ListOrganizationsFeatures`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum RootFeature {
    /// Root users' credentials are looked at and deleted from the management account.
    RootCredentialsManagement,
    /// Tasks that only a root user may do are done from the management account.
    RootSessions,
}
