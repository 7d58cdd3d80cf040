//! The index read from the organization: from the tags that landfall writes to its root and its accounts.
//!
//! Needs credentials of the management account, or of a delegated administrator, that may read Organizations. Networks are left
//! out, because they are not in tags: only the file and SSM parameters have them.

use std::collections::BTreeMap;

use aws_sdk_organizations::types::{Account as Found, AccountState, AccountStatus};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::index::ACTIVE;
use super::{AccountEntry, EnvironmentEntry, Environments, FORMAT, Index, OrganizationEntry, RoleEntry, SourceError};
use crate::address::Address;
use crate::aws::error::AwsError;
use crate::aws::limits::TAGGED_ACCOUNTS_AT_ONCE;
use crate::aws::retry::{NoObserver, RetryPolicy, send_with_retry};
use crate::aws::tags::{self, Tags};
use crate::id::{Partition, iam_arn};
use crate::ours;
use crate::session::Sessions;

impl Environments {
    /// Reads the environments from the organization, and attaches the sessions.
    ///
    /// Returns the same as the file, except [`network`](AccountEntry::network), accounts that do not exist yet, and changes of the
    /// manifest that were not applied. Makes one call per account and unit, so cache the result.
    ///
    /// # Errors
    ///
    /// [`SourceError::Nothing`] if landfall did not build the organization; [`SourceError::Aws`] and [`SourceError::Index`].
    pub async fn discover(sessions: &Sessions) -> Result<Self, SourceError> {
        let index = Lookup { sessions, client: sessions.own().organizations() }.index().await?;
        Ok(Self::from_index(index)?.with_sessions(sessions.clone()))
    }
}

struct Lookup<'a> {
    sessions: &'a Sessions,
    client: aws_sdk_organizations::Client,
}

/// Sends a read, with retries.
macro_rules! read {
    ($lookup:expr, $call:literal, $send:expr) => {
        send_with_retry($lookup.sessions.own().limiter(), &NoObserver, concat!("organizations:", $call), &RetryPolicy::repeatable(), $send)
            .await
    };
}

impl Lookup<'_> {
    async fn index(&self) -> Result<Index, SourceError> {
        let described = read!(self, "DescribeOrganization", || self.client.describe_organization().send())?;
        let found = described.organization().ok_or_else(|| AwsError::incomplete("organizations:DescribeOrganization", "Organization"))?;
        let id = found.id().unwrap_or_default();
        let nothing = || SourceError::Nothing { place: format!("the organization {id}") };
        let roots = read!(self, "ListRoots", || self.client.list_roots().send())?;
        let root = roots.roots().first().and_then(|root| root.id()).ok_or_else(nothing)?;
        let root_tags = self.tags(root).await?;
        let name = root_tags.get(tags::ORGANIZATION).ok_or_else(nothing)?;
        let region = root_tags.get(tags::REGION).ok_or_else(nothing)?;
        let partition = found.arn().and_then(Partition::of_arn).unwrap_or(Partition::Aws);

        let accounts = self.accounts(root).await?;
        let tagged = stream::iter(accounts)
            .map(|(unit, account)| async move {
                let tags = self.tags(account.id().unwrap_or_default()).await?;
                Ok::<_, AwsError>(entry(partition, name, &unit, &account, &tags))
            })
            .buffered(TAGGED_ACCOUNTS_AT_ONCE)
            .try_collect::<Vec<_>>()
            .await?;
        let mut by_environment: BTreeMap<Option<String>, Vec<AccountEntry>> = BTreeMap::new();
        for (environment, entry) in tagged.into_iter().flatten() {
            by_environment.entry(environment).or_default().push(entry);
        }
        for accounts in by_environment.values_mut() {
            accounts.sort_by(|one, other| one.key.cmp(&other.key));
        }
        let environments = tags::from_parts(tags::ENVIRONMENTS, &root_tags).into_iter().map(|word| {
            let mut words = word.split(':');
            let name = words.next().unwrap_or_default().to_owned();
            EnvironmentEntry {
                tier: words.next().unwrap_or_default().to_owned(),
                follows: words.next().map(str::to_owned),
                accounts: by_environment.remove(&Some(name.clone())).unwrap_or_default(),
                name,
            }
        });
        Ok(Index {
            landfall: FORMAT,
            environments: environments.collect(),
            accounts: by_environment.remove(&None).unwrap_or_default(),
            organization: OrganizationEntry {
                name: name.clone(),
                id: Some(id.to_owned()),
                management: found.master_account_id().unwrap_or_default().to_owned(),
                partition: partition.to_string(),
                region: region.clone(),
                regions: tags::from_parts(tags::REGIONS, &root_tags).into_iter().map(str::to_owned).collect(),
            },
        })
    }

    /// Returns every account below the root, with the path of its unit.
    async fn accounts(&self, root: &str) -> Result<Vec<(String, Found)>, AwsError> {
        let mut accounts = Vec::new();
        let mut parents = vec![(root.to_owned(), String::new())];
        while let Some((parent, path)) = parents.pop() {
            let mut token = None;
            loop {
                let page = || self.client.list_accounts_for_parent().parent_id(&parent).set_next_token(token.clone()).send();
                let page = read!(self, "ListAccountsForParent", page)?;
                accounts.extend(page.accounts.unwrap_or_default().into_iter().map(|account| (path.clone(), account)));
                token = page.next_token;
                if token.is_none() {
                    break;
                }
            }
            loop {
                let page = || self.client.list_organizational_units_for_parent().parent_id(&parent).set_next_token(token.clone()).send();
                let page = read!(self, "ListOrganizationalUnitsForParent", page)?;
                for unit in page.organizational_units() {
                    let name = unit.name().unwrap_or_default();
                    let path = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
                    parents.push((unit.id().unwrap_or_default().to_owned(), path));
                }
                token = page.next_token;
                if token.is_none() {
                    break;
                }
            }
        }
        Ok(accounts)
    }

    async fn tags(&self, resource: &str) -> Result<Tags, AwsError> {
        let mut tags = Tags::new();
        let mut token = None;
        loop {
            let page = || self.client.list_tags_for_resource().resource_id(resource).set_next_token(token.clone()).send();
            let page = read!(self, "ListTagsForResource", page)?;
            tags.extend(page.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())));
            token = page.next_token;
            if token.is_none() {
                return Ok(tags);
            }
        }
    }
}

/// Returns a managed account and its environment; `None` for an unmanaged account.
fn entry(partition: Partition, organization: &str, unit: &str, account: &Found, tags: &Tags) -> Option<(Option<String>, AccountEntry)> {
    if tags.get(tags::ORGANIZATION).is_none_or(|name| name != organization) {
        return None;
    }
    let address: Address = tags.get(tags::ADDRESS)?.parse().ok()?;
    let id = account.id()?.to_owned();
    let roles = tags::from_parts(tags::ROLES, tags).into_iter().filter_map(|word| {
        let mut words = word.split(':');
        let name = words.next()?.replace('/', ",");
        let max_session = words.next()?.parse().ok()?;
        let arn = iam_arn(partition, &id, ours::role(&name));
        Some((name, RoleEntry { arn, max_session, reason: words.next() == Some("reason") }))
    });
    let entry = AccountEntry {
        key: address.name().to_owned(),
        name: account.name().unwrap_or_default().to_owned(),
        state: state_of(account),
        unit: Some(unit.to_owned()),
        workload: tags.get(tags::WORKLOAD).cloned(),
        tags: tags.iter().filter(|(key, _)| !key.starts_with(tags::PREFIX)).map(|(key, value)| (key.clone(), value.clone())).collect(),
        roles: roles.collect(),
        network: None,
        terraform_bucket: None,
        id: Some(id),
    };
    Some((tags.get(tags::ENVIRONMENT).cloned(), entry))
}

/// Returns the word for an account's state that the index uses.
fn state_of(account: &Found) -> String {
    let word = |word: &str| word.to_lowercase().replace('_', " ");
    match (account.state(), account.status()) {
        (Some(AccountState::Active), _) | (None, Some(AccountStatus::Active)) => ACTIVE.to_owned(),
        (Some(other), _) => word(other.as_str()),
        (None, Some(other)) => word(other.as_str()),
        (None, None) => word("in an unknown state"),
    }
}
