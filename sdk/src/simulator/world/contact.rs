//! An alternate contact of an account.

use serde::{Deserialize, Serialize};

/// The members of AWS's API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Contact {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) email: String,
    pub(crate) phone: String,
}
