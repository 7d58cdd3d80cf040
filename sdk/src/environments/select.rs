//! Selects accounts by environment, tier, unit, tag or workload.

use std::fmt;

use super::error::LookupError;
use super::lookup::Account;
use super::{AccountEntry, Environments};

/// A selection of accounts. Without criteria it selects all.
///
/// Criteria of one kind widen the selection (`dev` or `staging`), criteria of different kinds narrow it (and workload `payments`);
/// tags with different keys narrow it, too.
///
/// ```
/// use landfall::environments::Select;
///
/// let select = Select::all().tier("production").workload("payments").tag("owner", "data-platform");
/// # let _ = select;
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "it selects nothing by itself: give it to `Environments::select`"]
pub struct Select {
    environments: Vec<String>,
    tiers: Vec<String>,
    units: Vec<String>,
    workloads: Vec<String>,
    keys: Vec<String>,
    tags: Vec<(String, String)>,
}

impl Select {
    /// Selects every account of the organization, but not the management account, which is in no index.
    pub fn all() -> Self {
        Self::default()
    }

    /// Selects accounts of an environment.
    pub fn environment(mut self, name: impl Into<String>) -> Self {
        self.environments.push(name.into());
        self
    }

    /// Selects accounts of environments of a tier: `sandbox`, `development`, `staging`, `production`.
    pub fn tier(mut self, tier: impl Into<String>) -> Self {
        self.tiers.push(tier.into());
        self
    }

    /// Selects accounts in a unit or below it, by path: `Workloads/Production`.
    pub fn unit(mut self, path: impl Into<String>) -> Self {
        self.units.push(path.into());
        self
    }

    /// Selects accounts of a workload.
    pub fn workload(mut self, name: impl Into<String>) -> Self {
        self.workloads.push(name.into());
        self
    }

    /// Selects one account by its key.
    pub fn account(mut self, key: impl Into<String>) -> Self {
        self.keys.push(key.into());
        self
    }

    /// Selects accounts with a tag from the manifest.
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.push((key.into(), value.into()));
        self
    }

    fn takes(&self, environment: Option<(&str, &str)>, entry: &AccountEntry) -> bool {
        let among = |wanted: &[String], found: Option<&str>| {
            wanted.is_empty() || found.is_some_and(|found| wanted.iter().any(|wanted| wanted == found))
        };
        let in_unit = self.units.is_empty() || self.units.iter().any(|unit| is_within(entry.unit.as_deref().unwrap_or_default(), unit));
        let tagged = self.tags.iter().all(|(key, _)| {
            let found = entry.tags.get(key);
            self.tags.iter().any(|(same, value)| same == key && found == Some(value))
        });
        among(&self.environments, environment.map(|(name, _)| name))
            && among(&self.tiers, environment.map(|(_, tier)| tier))
            && among(&self.workloads, entry.workload.as_deref())
            && among(&self.keys, Some(&entry.key))
            && in_unit
            && tagged
    }
}

/// Returns whether a unit equals another, or is below it.
fn is_within(unit: &str, above: &str) -> bool {
    unit.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl Environments {
    /// Selects accounts, in the index's order. The selection is empty if no account matches all criteria.
    ///
    /// # Errors
    ///
    /// [`LookupError::Unknown`] if a criterion names something that no account has: a misspelt tier must not select nothing without
    /// an error.
    #[expect(clippy::needless_pass_by_value, reason = "criteria are made for one call")]
    pub fn select(&self, select: Select) -> Result<Selection, LookupError> {
        let index = self.index();
        let entries = || index.environments.iter().flat_map(|environment| &environment.accounts).chain(&index.accounts);
        let units: Vec<&str> = entries().filter_map(|entry| entry.unit.as_deref()).flat_map(with_parents).collect();
        let tags: Vec<String> = entries().flat_map(|entry| &entry.tags).map(|(key, value)| format!("{key}={value}")).collect();
        known("environment", &select.environments, index.environments.iter().map(|entry| entry.name.as_str()))?;
        known("environment of tier", &select.tiers, index.environments.iter().map(|entry| entry.tier.as_str()))?;
        known("account in unit", &select.units, units.iter().copied())?;
        known("account of workload", &select.workloads, entries().filter_map(|entry| entry.workload.as_deref()))?;
        known("account", &select.keys, entries().map(|entry| entry.key.as_str()))?;
        let wanted: Vec<String> = select.tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
        known("account with tag", &wanted, tags.iter().map(String::as_str))?;
        let takes = |account: &Account| {
            let environment = account.environment();
            let environment = environment.as_ref().map(|environment| (environment.name(), environment.tier()));
            select.takes(environment, account.entry())
        };
        Ok(Selection { environments: self.clone(), accounts: self.accounts().filter(takes).collect() })
    }
}

/// Returns an error for the first unknown name.
fn known<'k>(what: &'static str, wanted: &[String], known: impl Iterator<Item = &'k str> + Clone) -> Result<(), LookupError> {
    match wanted.iter().find(|name| !known.clone().any(|known| known == name.as_str())) {
        Some(name) => Err(LookupError::unknown(what, name, known)),
        None => Ok(()),
    }
}

/// Returns a unit's path and those of its parents.
fn with_parents(unit: &str) -> impl Iterator<Item = &str> {
    unit.match_indices('/').map(|(at, _)| &unit[..at]).chain([unit])
}

/// Accounts that were selected.
#[derive(Clone)]
pub struct Selection {
    pub(super) environments: Environments,
    pub(super) accounts: Vec<Account>,
}

impl Selection {
    /// Returns the accounts, closed ones included.
    #[must_use]
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }
}

impl fmt::Debug for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Selection").field(&self.accounts).finish()
    }
}
