//! Effective policies that AWS would find invalid.

use crate::id::AccountId;

/// An account whose policies of one type come to something invalid, and what AWS says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidPolicy {
    pub(crate) account: AccountId,
    pub(crate) policy_type: String,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) path: String,
}

impl InvalidPolicy {
    /// Returns one with the code and message that AWS's documentation has as its example.
    #[must_use]
    pub fn new(account: AccountId, policy_type: impl Into<String>) -> Self {
        Self {
            account,
            policy_type: policy_type.into(),
            code: "ELEMENTS_TOO_MANY".to_owned(),
            message: "The effective policy has too many elements".to_owned(),
            path: String::new(),
        }
    }

    /// Returns it with the place of the error.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }
}
