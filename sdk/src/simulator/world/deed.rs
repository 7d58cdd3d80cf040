//! Changes of a world, in a form that can be replayed.
//!
//! The same deeds at the same times give the same world, since every id follows from a counter. So a world is kept as the deeds
//! since it was last written completely, and the cost of a call does not grow with the world.

use serde::{Deserialize, Serialize};

use super::StackTrouble;
use crate::simulator::principal::Principal;
use crate::simulator::wire::Parsed;

/// Something that changed a world.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Deed {
    /// A call that its operation answered, or refused.
    Call(Parsed),
    /// The session of this access key expired early.
    Expiry(String),
    /// Credentials were created without a call.
    Credentials(Principal),
    /// Something goes wrong in a stack, from outside.
    Trouble(StackTrouble),
}

impl Deed {
    /// Returns its name in an error.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Call(parsed) => format!("{}:{}", parsed.service.name(), parsed.operation),
            Self::Expiry(_) => "the end of a session".to_owned(),
            Self::Credentials(_) => "new credentials".to_owned(),
            Self::Trouble(_) => "trouble in a stack".to_owned(),
        }
    }
}
