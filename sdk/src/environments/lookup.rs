//! Environments and accounts by name.

use std::fmt;

use super::error::LookupError;
use super::{AccountEntry, EnvironmentEntry, Environments};
use crate::id::AccountId;

impl Environments {
    /// Returns an environment.
    ///
    /// # Errors
    ///
    /// [`LookupError::Unknown`] with the nearest name.
    pub fn get(&self, name: &str) -> Result<Environment, LookupError> {
        let entries = &self.index().environments;
        let at = entries.iter().position(|entry| entry.name == name);
        let at = at.ok_or_else(|| LookupError::unknown("environment", name, entries.iter().map(|entry| entry.name.as_str())))?;
        Ok(Environment { environments: self.clone(), at })
    }

    /// Returns every environment, in promotion order.
    pub fn all(&self) -> impl Iterator<Item = Environment> {
        (0..self.index().environments.len()).map(|at| Environment { environments: self.clone(), at })
    }

    /// Returns any account by its key, including one that belongs to no environment, like `log-archive`.
    ///
    /// # Errors
    ///
    /// [`LookupError::Unknown`] with the nearest key.
    pub fn account(&self, key: &str) -> Result<Account, LookupError> {
        let found = self.account_where(|entry| entry.key == key);
        found.ok_or_else(|| LookupError::unknown("account", key, self.entries().map(|(_, _, entry)| entry.key.as_str())))
    }

    /// Returns the account with an id, as events and logs of AWS contain it.
    ///
    /// # Errors
    ///
    /// [`LookupError::Unknown`] if no account in the index has it: one of another organization, the management account, or an
    /// account created after the index was written.
    pub fn account_by_id(&self, id: &AccountId) -> Result<Account, LookupError> {
        let found = self.account_where(|entry| entry.id.as_deref() == Some(id.as_str()));
        // A similar id means nothing, and the list of all ids would be long.
        found.ok_or_else(|| LookupError::unknown("account with id", id.as_str(), []))
    }

    fn account_where(&self, is_it: impl Fn(&AccountEntry) -> bool) -> Option<Account> {
        let (environment, at, _) = self.entries().find(|(_, _, entry)| is_it(entry))?;
        Some(Account { environments: self.clone(), environment, at })
    }

    /// Returns every account: those of environments in promotion order, then the others.
    pub fn accounts(&self) -> impl Iterator<Item = Account> {
        self.entries().map(|(environment, at, _)| Account { environments: self.clone(), environment, at })
    }

    fn entries(&self) -> impl Iterator<Item = (Option<usize>, usize, &AccountEntry)> {
        let index = self.index();
        let of_environments = index.environments.iter().enumerate();
        let of_environments = of_environments
            .flat_map(|(n, environment)| environment.accounts.iter().enumerate().map(move |(at, entry)| (Some(n), at, entry)));
        of_environments.chain(index.accounts.iter().enumerate().map(|(at, entry)| (None, at, entry)))
    }
}

/// A named stage and its accounts.
#[derive(Clone)]
pub struct Environment {
    environments: Environments,
    at: usize,
}

impl Environment {
    /// Returns its entry in the index.
    #[must_use]
    pub fn entry(&self) -> &EnvironmentEntry {
        &self.environments.index().environments[self.at]
    }

    /// Returns its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.entry().name
    }

    /// Returns its tier: `sandbox`, `development`, `staging` or `production`.
    #[must_use]
    pub fn tier(&self) -> &str {
        &self.entry().tier
    }

    /// Returns its accounts.
    pub fn accounts(&self) -> impl Iterator<Item = Account> {
        (0..self.entry().accounts.len()).map(|at| Account { environments: self.environments.clone(), environment: Some(self.at), at })
    }

    /// Returns one of its accounts, by key (`payments-prod`) or by its workload (`payments`).
    ///
    /// # Errors
    ///
    /// [`LookupError::Unknown`] with the nearest name.
    pub fn account(&self, name: &str) -> Result<Account, LookupError> {
        let by_key = self.accounts().find(|account| account.key() == name);
        let found = by_key.or_else(|| self.accounts().find(|account| account.entry().workload.as_deref() == Some(name)));
        found.ok_or_else(|| {
            let entries = || self.entry().accounts.iter();
            let workloads = entries().filter_map(|entry| entry.workload.as_deref());
            LookupError::unknown("account", name, entries().map(|entry| entry.key.as_str()).chain(workloads))
        })
    }

    /// Returns its main account: the one with the environment's name, or else its only workload account.
    ///
    /// # Errors
    ///
    /// [`LookupError::AmbiguousAccount`] if there are several, with their keys.
    pub fn main(&self) -> Result<Account, LookupError> {
        if let Some(own) = self.accounts().find(|account| account.key() == self.name()) {
            return Ok(own);
        }
        let mut workloads = self.accounts().filter(|account| account.entry().workload.is_some());
        match (workloads.next(), workloads.next()) {
            (Some(only), None) => Ok(only),
            _ => Err(LookupError::AmbiguousAccount {
                environment: self.name().to_owned(),
                keys: self.entry().accounts.iter().map(|entry| entry.key.clone()).collect(),
            }),
        }
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Environment").field(&self.name()).finish()
    }
}

/// One account.
#[derive(Clone)]
pub struct Account {
    pub(super) environments: Environments,
    environment: Option<usize>,
    at: usize,
}

impl Account {
    /// Returns its entry in the index.
    #[must_use]
    pub fn entry(&self) -> &AccountEntry {
        let index = self.environments.index();
        match self.environment {
            Some(n) => &index.environments[n].accounts[self.at],
            None => &index.accounts[self.at],
        }
    }

    /// Returns its key: `prod`, `payments-prod`, `log-archive`.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.entry().key
    }

    /// Returns its id; `None` before it exists.
    #[must_use]
    pub fn id(&self) -> Option<AccountId> {
        self.entry().id.as_ref()?.parse().ok()
    }

    /// Returns the environment it belongs to, if any.
    #[must_use]
    pub fn environment(&self) -> Option<Environment> {
        self.environment.map(|at| Environment { environments: self.environments.clone(), at })
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Account").field(&self.key()).finish()
    }
}
