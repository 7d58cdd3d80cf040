//! Roles and users of member accounts that the manifest names as principals: an administrator of such an account could create them
//! or change their trust, and so get into every account that trusts them.
//!
//! The guardrail `pipelines` protects them. It cannot protect principals of the management account, to which no guardrail applies,
//! or a whole account.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Access, CustomRole, Organization, Principal};
use crate::name::AccountKey;

/// The path of Identity Center's roles. Only AWS can create or change a role there ("IAM identifiers", "Friendly names and paths";
/// `UnmodifiableEntity`), and their trust is Identity Center's own provider, which `base` protects.
const KEPT_BY_AWS: &str = "role/aws-reserved/";

/// Returns the roles and users of member accounts that a trust policy of this manifest names, by account, in the form of an ARN:
/// `role/ci`.
pub(crate) fn named(organization: &Organization) -> BTreeMap<&AccountKey, BTreeSet<String>> {
    by_account(organization, principals(organization))
}

/// Returns those that can deploy to production.
pub(super) fn writing_to_production(organization: &Organization) -> BTreeMap<&AccountKey, BTreeSet<String>> {
    by_account(organization, production_writers(organization))
}

fn by_account<'a>(
    organization: &'a Organization,
    principals: impl Iterator<Item = &'a Principal>,
) -> BTreeMap<&'a AccountKey, BTreeSet<String>> {
    let mut named: BTreeMap<&AccountKey, BTreeSet<String>> = BTreeMap::new();
    for (key, resource) in principals.filter_map(|principal| of_member(organization, principal)) {
        named.entry(key).or_default().insert(resource);
    }
    named
}

/// Returns the account and name of a principal that an administrator of a member account could create.
fn of_member<'a>(organization: &'a Organization, principal: &'a Principal) -> Option<(&'a AccountKey, String)> {
    let (key, resource) = match principal {
        Principal::Role(key, role) => (key, format!("role/{role}")),
        Principal::Arn(arn) => {
            let id = principal.arn_account()?;
            let account = organization.accounts.values().find(|account| account.id.as_ref().is_some_and(|own| own.as_str() == id))?;
            (&account.key, arn.splitn(6, ':').nth(5)?.to_owned())
        }
        Principal::Account(_) | Principal::PermissionSet(..) | Principal::Github(_) => return None,
    };
    (!key.is_management() && !is_kept_by_aws(&resource)).then_some((key, resource))
}

/// Returns whether only AWS can create or change this: `role/PATH/NAME`, as in an ARN.
pub(crate) fn is_kept_by_aws(resource: &str) -> bool {
    resource.starts_with(KEPT_BY_AWS)
}

/// Returns the manifest key that names most of them.
pub(super) fn longest_list(organization: &Organization) -> String {
    let count = |list: &[Principal]| list.iter().filter(|principal| of_member(organization, principal).is_some()).count();
    let longest = lists(organization).into_iter().max_by_key(|(_, list)| count(list));
    longest.map_or_else(|| "access".to_owned(), |(key, _)| key)
}

/// Returns every principal that a role of the manifest trusts.
pub(crate) fn principals(organization: &Organization) -> impl Iterator<Item = &Principal> {
    lists(organization).into_iter().flat_map(|(_, list)| list)
}

/// Returns each list of principals, with its key in the manifest.
fn lists(organization: &Organization) -> Vec<(String, &[Principal])> {
    // A new list does not compile until it is added here.
    let Access {
        administrators,
        operators,
        pipelines,
        auditors,
        planners,
        break_glass,
        github: _,
        refs: _,
        protected_roles: _,
        protected_policies: _,
        trust_policy_length: _,
        index: _,
    } = &organization.access;
    let access = [
        ("administrators", administrators),
        ("operators", operators),
        ("pipelines", pipelines),
        ("auditors", auditors),
        ("planners", planners),
        ("break_glass", break_glass),
    ];
    let own = organization.roles.values().map(|own| (format!("roles.{}.trust", own.name), own.trust.as_slice()));
    access.into_iter().map(|(key, list)| (format!("access.{key}"), list.as_slice())).chain(own).collect()
}

/// Returns the principals that may assume a role that writes to production.
fn production_writers(organization: &Organization) -> impl Iterator<Item = &Principal> {
    let production = || organization.environments.iter().filter(|environment| environment.tier.is_production());
    let writes = move |own: &&CustomRole| own.writes && production().any(|environment| own.environments.contains(&environment.name));
    let pipelines = organization.access.pipelines.iter().filter(move |_| production().next().is_some());
    pipelines.chain(organization.roles.values().filter(writes).flat_map(|own| &own.trust))
}
