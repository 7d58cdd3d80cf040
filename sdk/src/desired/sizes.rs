//! Sizes of the generated documents: a document that is too long for AWS is reported offline.

use std::collections::BTreeMap;

use super::DesiredState;
use super::exempt::exempt_by_account;
use crate::aws::quotas::{self, TRUST_POLICY_CHARACTERS_MOST};
use crate::kind::{Desired, Facts, Text};
use crate::model::Organization;
use crate::ours::{self, AUDITOR, BOUNDARY, BREAK_GLASS, CONFIG_PREFIX, DEPLOYER, PROVISIONER, READER};

/// A document that is too long for AWS.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{document} has {size} characters, AWS takes {most}")]
#[non_exhaustive]
pub struct TooLong {
    /// The document: `the trust policy of prod/iam-role/deployer`.
    pub document: String,
    /// Its length.
    pub size: usize,
    /// The longest that AWS accepts.
    pub most: usize,
    /// The manifest key that it grows with: `access.github`.
    pub key: String,
    /// What to do about it.
    pub hint: String,
}

/// Returns every document that is too long for AWS, each kind once.
#[must_use]
pub fn too_long(organization: &Organization, state: &DesiredState) -> Vec<TooLong> {
    let mut found: BTreeMap<(String, &str), TooLong> = BTreeMap::new();
    let mut check = |name: &str, sort: &'static str, document: String, size: usize, most: usize, key: String, hint: &str| {
        if size > most {
            let longest = TooLong { document, size, most, key, hint: hint.to_owned() };
            let known = found.entry((name.to_owned(), sort)).or_insert_with(|| longest.clone());
            if known.size < size {
                *known = longest;
            }
        }
    };
    let trust_hint = format!(
        "name fewer, or have the quota \"Role trust policy length\" raised in every account (to at most {TRUST_POLICY_CHARACTERS_MOST}) and write \
         access.trust_policy_length"
    );
    for wanted in &state.wanted {
        let address = &wanted.address;
        match &wanted.thing {
            Desired::IamRole(role) => {
                let most = organization.access.trust_policy_length;
                let what = format!("the trust policy of {address}");
                check(&role.name, "trust", what, length(&role.trust), most, key_of(organization, &role.name), &trust_hint);
                let inline = role.inline.values().map(length).sum();
                let what = format!("the inline policies of {address} together");
                check(
                    &role.name,
                    "inline",
                    what,
                    inline,
                    quotas::INLINE_POLICIES_CHARACTERS,
                    "organization.name".to_owned(),
                    "please report this",
                );
            }
            Desired::AccessRole(role) => {
                let most = organization.access.trust_policy_length;
                let what = format!("the trust policy of {address}");
                check(&role.name, "trust", what, length(&role.trust), most, key_of(organization, PROVISIONER), &trust_hint);
            }
            Desired::IamPolicy(policy) => {
                let what = format!("policy {address}");
                let key = key_of(organization, BOUNDARY);
                check(
                    &policy.name,
                    "policy",
                    what,
                    length(&policy.document),
                    quotas::MANAGED_POLICY_CHARACTERS,
                    key,
                    "protect fewer names: `*` covers many",
                );
            }
            Desired::Guardrail(guardrail) => {
                let what = format!("{address}");
                let name = guardrail.name.strip_prefix(crate::ours::GUARDRAIL_PREFIX).unwrap_or(&guardrail.name);
                let hint = match name {
                    super::guardrails::PIPELINES => {
                        "name fewer roles of member accounts: several callers may share one, and a permission set, sso:NAME@KEY, is not \
                         listed"
                    }
                    super::baseline::DATA_PERIMETER | super::baseline::S3_PERIMETER => {
                        "trust fewer accounts: principals of others may assume a role of the account instead"
                    }
                    _ => {
                        "shorten the lists: an action may end in `*`; and give adopted accounts the same access role: \
                         OrganizationAccountAccessRole, or the name in an account that landfall creates, is listed once for all"
                    }
                };
                let key = match name {
                    super::guardrails::PIPELINES => super::principals::longest_list(organization),
                    super::baseline::DATA_PERIMETER | super::baseline::S3_PERIMETER => "security.trusted_accounts".to_owned(),
                    _ => key_of(organization, super::guardrails::BASE),
                };
                check(
                    &guardrail.name,
                    "guardrail",
                    what,
                    length(&guardrail.content),
                    quotas::policy_characters(guardrail.policy_type),
                    key,
                    hint,
                );
            }
            _ => {}
        }
    }
    found.into_values().collect()
}

/// Returns a document's length with its references resolved: ids have 12 digits, ARNs those and a name.
fn length(text: &Text) -> usize {
    let mut facts = Facts::new();
    for (address, name) in text.references() {
        let id = "0".repeat(12);
        let value = match (address.kind(), name.as_str()) {
            ("oidc-provider", "arn") => format!("arn:aws:iam::{id}:oidc-provider/{}", super::trust::GITHUB_HOST),
            ("iam-policy", "arn") => format!("arn:aws:iam::{id}:{}", ours::policy(address.name())),
            (_, "arn") => format!("arn:aws:iam::{id}:{}", ours::role(address.name())),
            _ => id,
        };
        facts.learn(&address, &name, value);
    }
    text.resolved(&facts).as_str().chars().count()
}

/// Returns the manifest key that a document grows with.
fn key_of(organization: &Organization, name: &str) -> String {
    let access = &organization.access;
    let longest = |lists: &[(&str, usize)]| {
        let longest = lists.iter().max_by_key(|(_, count)| *count);
        longest.map_or("access", |(key, _)| *key).to_owned()
    };
    match name {
        PROVISIONER => "access.administrators".to_owned(),
        BREAK_GLASS => "access.break_glass".to_owned(),
        AUDITOR => "access.auditors".to_owned(),
        READER => "access.operators".to_owned(),
        DEPLOYER => longest(&[
            ("access.operators", access.operators.len()),
            ("access.pipelines", access.pipelines.len()),
            ("access.github", access.github.len()),
        ]),
        BOUNDARY => longest(&[
            ("access.protected_policies", access.protected_policies.len()),
            ("access.protected_roles", access.protected_roles.len()),
        ]),
        super::guardrails::BASE => {
            let adopted: Vec<String> =
                exempt_by_account(organization).map(|(_, account)| format!("accounts.{}.access_role", account.key)).collect();
            longest(&[
                ("organization.regions", 0),
                ("guardrails.exempt_actions", organization.guardrail_options.exempt_actions.len()),
                (adopted.last().map_or("accounts", String::as_str), adopted.len()),
            ])
        }
        own => match own.strip_prefix(CONFIG_PREFIX).filter(|app| organization.apps.keys().any(|known| known.as_str() == *app)) {
            Some(app) => longest(&[
                ("access.operators", access.operators.len()),
                ("access.pipelines", access.pipelines.len()),
                (
                    &format!("apps.{app}.github"),
                    organization.apps.values().find(|known| known.name.as_str() == app).map_or(0, |known| known.github.len()),
                ),
            ]),
            None => format!("roles.{own}.trust"),
        },
    }
}
