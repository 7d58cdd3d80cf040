//! Who is told about what, and how much may be spent before someone is.

use crate::name::{AccountKey, Dollars, Email, EnvironmentName};

/// The e-mail addresses that are subscribed to landfall's topics; a topic without any does not exist.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Monitoring {
    /// Who gets what has to be acted on at once.
    pub urgent: Vec<Email>,
    /// Who gets what is about money.
    pub money: Vec<Email>,
}

/// A monthly budget.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Budget {
    /// Whose costs it watches.
    pub of: Spender,
    /// The amount of one month.
    pub amount: Dollars,
}

/// Whose costs a budget watches.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Spender {
    /// All accounts, the management account included.
    Organization,
    /// All accounts of an environment together.
    Environment(EnvironmentName),
    /// One account, which may be the management account.
    Account(AccountKey),
}
