//! Apps: programs of the company's own, and the accounts that they run in.

use super::access::GithubRepository;
use crate::name::{AccountKey, AppName, EnvironmentName};

/// An app, `[apps.X]`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct App {
    /// Its name.
    pub name: AppName,
    /// Repositories whose workflows may set its values, and no others'.
    pub github: Vec<GithubRepository>,
    /// Its account in each environment that has it, in promotion order.
    pub accounts: Vec<(EnvironmentName, AccountKey)>,
}

impl App {
    /// Returns its account in an environment.
    #[must_use]
    pub fn account(&self, environment: &str) -> Option<&AccountKey> {
        self.accounts.iter().find(|(name, _)| name.as_str() == environment).map(|(_, account)| account)
    }
}
