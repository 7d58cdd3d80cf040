//! What changes a world, in a form in which it can be done again.
//!
//! The same deeds at the same times make the same world, since every id follows from a counter. So a world is kept by
//! what happened since it was last written whole, which costs a call nothing that grows with the world.

use serde::{Deserialize, Serialize};

use super::{Change, World};
use crate::simulator::Principal;
use crate::simulator::clock::Timestamp;
use crate::simulator::wire::Parsed;

/// Something that changed a world.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Deed {
    /// A call that its operation answered, or refused.
    Call(Parsed),
    /// The session of this access key ended before its time.
    Expiry(String),
    /// Credentials were handed out without a call.
    Credentials(Principal),
}

impl Deed {
    pub(super) fn of(change: Change, parsed: Parsed) -> Self {
        match change {
            Change::Call => Self::Call(parsed),
            Change::Expiry => Self::Expiry(parsed.access_key.unwrap_or_default()),
        }
    }

    /// Returns what it is called in an error.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Call(parsed) => format!("{}:{}", parsed.service.name(), parsed.operation),
            Self::Expiry(_) => "the end of a session".to_owned(),
            Self::Credentials(_) => "new credentials".to_owned(),
        }
    }
}

impl World {
    /// Does it again. Neither rates nor faults are asked: what they kept from happening was no deed.
    pub(crate) fn redo(&mut self, now: Timestamp, deed: &Deed) {
        self.settle(now);
        match deed {
            // One that was refused the first time is refused the same way.
            Deed::Call(parsed) => {
                let _ = self.authenticate(now, parsed).and_then(|credential| self.carry_out(now, parsed, credential.as_ref()));
            }
            Deed::Expiry(key) => self.expire(now, key),
            Deed::Credentials(principal) => {
                let _ = self.issue(now, principal);
            }
        }
    }

    /// Hands out credentials without a call, and tells what that did to the world.
    pub(crate) fn issue_recorded(&mut self, now: Timestamp, principal: &Principal) -> (Option<(String, Option<String>)>, Option<Deed>) {
        self.settle(now);
        let ids = self.ids;
        let issued = self.issue(now, principal);
        (issued, (self.ids != ids).then(|| Deed::Credentials(principal.clone())))
    }
}
