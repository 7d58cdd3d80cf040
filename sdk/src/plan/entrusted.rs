//! Roles of member accounts that the manifest names and that trust other principals of their own account: the guardrail `pipelines`
//! protects the role and its trust policy, but not the principals that it trusts. An administrator of that account can change those
//! instead.

use std::collections::BTreeSet;

use super::Input;
use crate::address::Scope;
use crate::aws::policy::like;
use crate::desired::Notice;
use crate::desired::guardrails::PIPELINES;
use crate::desired::principals::{is_kept_by_aws, named};
use crate::kind::Observed;
use crate::kind::iam::oidc_provider::GITHUB_HOST;
use crate::kind::iam::role;
use crate::kind::iam::role::Local;
use crate::model::Account;
use crate::ours;

/// The SAML provider that Identity Center signs people in with; the guardrail `base` protects it.
const IDENTITY_CENTER: &str = "saml-provider/AWSSSO_*";

/// Returns the notices about each such role.
pub(super) fn notices(input: &Input<'_>) -> Vec<Notice> {
    let mut notices = Vec::new();
    for (key, named) in named(input.organization) {
        let Some(account) = input.organization.accounts.get(key) else { continue };
        for thing in input.observation.of(&Scope::Account(key.clone())) {
            let Observed::IamRole(role) = thing else { continue };
            let resource = format!("role{}{}", role.path, role.name);
            if named.iter().any(|pattern| like(pattern, &resource)) {
                notices.extend(of_role(account, &resource, role, &named));
            }
        }
    }
    notices.sort();
    notices
}

fn of_role(account: &Account, resource: &str, role: &role::Observed, named: &BTreeSet<String>) -> Vec<Notice> {
    let (mut others, mut providers) = (Vec::new(), Vec::new());
    for local in &role.exposed.trusts {
        match local {
            Local::Account => others.push(local.to_string()),
            Local::Principal(who) if is_kept(account, who, named) => {}
            Local::Principal(who) => others.push(who.clone()),
            Local::Provider(provider) if like(IDENTITY_CENTER, provider) || *provider == format!("oidc-provider/{GITHUB_HOST}") => {}
            Local::Provider(provider) => providers.push(provider.clone()),
        }
    }
    let name = format!("account/{}/{resource}", account.key);
    let mut notices = Vec::new();
    if !others.is_empty() {
        let text = format!(
            "{name} lets in {}: an administrator of account/{} can create or change that, and so use the role wherever the manifest names \
             it",
            others.join(" and "),
            account.key,
        );
        let hint = format!(
            "take it out of the role's trust; or name it in the manifest as well (\"account/{}/role/NAME\"), and guardrail {PIPELINES} keeps it",
            account.key
        );
        notices.push(Notice::new(text, hint));
    }
    if !providers.is_empty() {
        notices.push(Notice::new(
            format!("{name} lets in {}: anyone who controls that can use the role wherever the manifest names it", providers.join(" and ")),
            "if that is not meant, take it out of the role's trust",
        ));
    }
    notices
}

/// Returns whether an administrator of the account is as unable to create or change it as the role itself.
fn is_kept(account: &Account, who: &str, named: &BTreeSet<String>) -> bool {
    is_kept_by_aws(who)
        || like(&ours::role("*"), who)
        || *who == format!("role/{}", account.access_role)
        || named.iter().any(|pattern| like(pattern, who))
}
