//! Environments and accounts by name.

use std::fmt;

use super::assume::Assume;
use super::{AccountEntry, EnvironmentEntry, Environments, Role};
use crate::id::AccountId;
use crate::name::nearest;

/// Why a name leads to no account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LookupError {
    /// The index has nothing of that name.
    #[error("there is no {what} `{name}`{}", more(.nearest.as_deref(), .known))]
    Unknown {
        /// What was looked for: `environment`, `account`, `tier` …
        what: &'static str,
        /// The name that was given.
        name: String,
        /// The name that was most likely meant.
        nearest: Option<String>,
        /// Every name that there is.
        known: Vec<String>,
    },
    /// An environment has several accounts and none of them is the main one.
    #[error("environment `{environment}` has several accounts: name one of {} with `.account(\"…\")`", .keys.join(", "))]
    AmbiguousAccount {
        /// The environment.
        environment: String,
        /// The keys of its accounts.
        keys: Vec<String>,
    },
}

fn more(nearest: Option<&str>, known: &[String]) -> String {
    match nearest {
        Some(near) => format!("; the nearest is `{near}`"),
        None if known.is_empty() => String::new(),
        None => format!("; there are {}", known.join(", ")),
    }
}

impl LookupError {
    pub(super) fn unknown<'k>(what: &'static str, name: &str, known: impl IntoIterator<Item = &'k str>) -> Self {
        let mut all: Vec<&str> = Vec::new();
        for name in known {
            if !all.contains(&name) {
                all.push(name);
            }
        }
        let nearest = nearest(name, all.iter().copied()).map(str::to_owned);
        Self::Unknown { what, name: name.to_owned(), nearest, known: all.into_iter().map(str::to_owned).collect() }
    }
}

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

    /// Returns any account by its key, also one that belongs to no environment, like `log-archive`.
    ///
    /// # Errors
    ///
    /// [`LookupError::Unknown`] with the nearest key.
    pub fn account(&self, key: &str) -> Result<Account, LookupError> {
        let found = self.account_where(|entry| entry.key == key);
        found.ok_or_else(|| LookupError::unknown("account", key, self.entries().map(|(_, _, entry)| entry.key.as_str())))
    }

    /// Returns the account of an id, as events and logs of AWS name it.
    ///
    /// # Errors
    ///
    /// [`LookupError::Unknown`] where no account of the index has it: another organization's, the management account's, or an
    /// account made after the index was.
    pub fn account_by_id(&self, id: &AccountId) -> Result<Account, LookupError> {
        let found = self.account_where(|entry| entry.id.as_deref() == Some(id.as_str()));
        // No other id is near in meaning, and all of them would be a long list.
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
    /// Returns what the index says of it.
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

    /// Returns one of its accounts, by key (`payments-prod`) or by the workload it was made for (`payments`).
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

    /// Returns its main account: the one of its own name, or the only one that a workload has in it.
    ///
    /// # Errors
    ///
    /// [`LookupError::AmbiguousAccount`] where there are several, with their keys.
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

    /// Asks for a role in the main account; await it for a session.
    ///
    /// What cannot be is told when it is awaited: see [`Assume`].
    pub fn assume(&self, role: Role) -> Assume {
        match self.main() {
            Ok(account) => account.assume(role),
            Err(error) => Assume::refused(error.into()),
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
    environments: Environments,
    environment: Option<usize>,
    at: usize,
}

impl Account {
    /// Returns what the index says of it.
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

    /// Asks for a role in it; await it for a session.
    ///
    /// What cannot be is told when it is awaited: see [`Assume`].
    #[expect(clippy::needless_pass_by_value, reason = "a role is a word of the call: `assume(Role::Deployer)`")]
    pub fn assume(&self, role: Role) -> Assume {
        Assume::new(&self.environments, self, &role)
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Account").field(&self.key()).finish()
    }
}
