//! Whom AWS tells about security, bills and operations of every account, besides the mailboxes of the root users.

use std::fmt;

/// The alternate contacts of every account, as far as the manifest has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contacts {
    /// For security.
    pub security: Option<Contact>,
    /// For bills.
    pub billing: Option<Contact>,
    /// For operations.
    pub operations: Option<Contact>,
}

/// A person or a team. `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contact {
    /// The name, at most 64 characters.
    pub name: String,
    /// The title, at most 50 characters.
    pub title: String,
    /// The e-mail address, at most 254 characters.
    pub email: String,
    /// The phone number, at most 25 characters.
    pub phone: String,
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(a contact)")
    }
}
