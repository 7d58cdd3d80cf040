//! Root users of member accounts: their passwords, and the features of central root access.

use serde::{Deserialize, Serialize};

use crate::simulator::clock::Timestamp;

/// The password of an account's root user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub(crate) enum RootPassword {
    /// The account was created with an unknown password, which the owner of the e-mail can reset.
    #[default]
    AsMade,
    /// There is none, and it cannot be reset by e-mail: the account was created under central root access, or the password was
    /// deleted.
    Absent,
    /// A session of `AssumeRoot` allowed a password again: the owner of the e-mail can set it.
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

/// The features of central root access (IAM API, `ListOrganizationsFeatures`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum RootFeature {
    /// The management account can see and delete the credentials of root users.
    RootCredentialsManagement,
    /// The management account can do tasks that only a root user may do.
    RootSessions,
}
