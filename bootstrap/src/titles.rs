//! The headings of the accounts, in the order of reading: environments as they are promoted, then the others.

use landfall::model::{Organization, Purpose};
use landfall::name::AccountKey;

/// An account's heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Title {
    /// Its key.
    pub(crate) key: AccountKey,
    /// Its name and e-mail: `acme-prod <aws+prod@acme.example>`.
    pub(crate) name: String,
    /// What it is for: a tier, or `audit logs`.
    pub(crate) purpose: String,
}

/// Returns every account's heading, environments first, the management account last.
pub(crate) fn titles(organization: &Organization) -> Vec<Title> {
    let promoted = organization.environments.iter().flat_map(|environment| &environment.accounts);
    let others = organization.accounts.keys().filter(|key| organization.accounts[*key].environment.is_none());
    promoted
        .chain(others)
        .filter_map(|key| organization.accounts.get(key))
        .map(|account| Title {
            key: account.key.clone(),
            name: format!("{} <{}>", organization.account_name(&account.key), account.email),
            purpose: match (organization.environment_of(account), account.purpose) {
                (Some(environment), _) => environment.tier.to_string(),
                (None, Purpose::LogArchive) => "audit logs".to_owned(),
                (None, _) => "other".to_owned(),
            },
        })
        .chain([Title { key: AccountKey::management(), name: "the management account".to_owned(), purpose: "audit trail".to_owned() }])
        .collect()
}
