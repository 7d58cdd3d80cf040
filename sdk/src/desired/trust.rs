//! Trust policies: how the manifest's principals become statements.
//!
//! Every statement names an account's root as `Principal` and narrows it by `ArnLike aws:PrincipalArn`. A role's
//! ARN is never the principal: IAM would store its unique id, and a role made anew would lock everybody out
//! (aws-facts 3.2).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::tree::organization_address;
use super::{Notice, policies};
use crate::address::Address;
use crate::id::iam_arn;
use crate::kind::Text;
pub(super) use crate::kind::iam::oidc_provider::GITHUB_HOST;
use crate::model::{GithubRepository, Organization, Principal};
use crate::name::AccountKey;

/// The audience that GitHub's tokens for AWS carry.
pub(super) const GITHUB_AUDIENCE: &str = "sts.amazonaws.com";
/// What a trust allows besides assuming the role itself (design 4.4).
const SESSION_ACTIONS: &[&str] = &["sts:SetSourceIdentity", "sts:TagSession"];

/// What a trust asks for beyond being named in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// Nothing more.
    Nothing,
    /// A reason: the session tag `landfall:reason`.
    Reason,
    /// A sign-in with a second factor, less than an hour ago.
    FreshMfa,
}

/// Which contexts of a repository's workflows are trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GithubContext {
    /// The protected environment only: its approval stands in for a reason.
    Environment,
    /// The environment, or any branch; never a pull request.
    EnvironmentOrBranch,
}

/// A trust policy in the making.
pub(super) struct Trust<'a> {
    organization: &'a Organization,
    /// By the account's id: patterns of `aws:PrincipalArn`; `None` for the whole account.
    accounts: BTreeMap<String, Option<BTreeSet<String>>>,
    github: Vec<String>,
    shown: Vec<String>,
}

impl<'a> Trust<'a> {
    pub(super) fn new(organization: &'a Organization) -> Self {
        Self { organization, accounts: BTreeMap::new(), github: Vec::new(), shown: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.accounts.is_empty() && self.github.is_empty()
    }

    /// Trusts everybody whom the management account lets.
    pub(super) fn management(mut self) -> Self {
        self.accounts.insert(self.id(&AccountKey::management()), None);
        self.shown.push("management".to_owned());
        self
    }

    /// Trusts a list of principals.
    pub(super) fn principals(mut self, principals: &[Principal], github: GithubContext, account: &crate::model::Account) -> Self {
        for principal in principals {
            self.shown.push(principal.to_string());
            match principal {
                Principal::Account(key) => {
                    let id = self.id(key);
                    self.accounts.insert(id, None);
                }
                Principal::Role(key, role) => {
                    let id = self.id(key);
                    let arn = iam_arn(self.organization.partition, &id, format_args!("role/{role}"));
                    self.narrow(id, [arn]);
                }
                Principal::Arn(arn) => {
                    let id = arn.split(':').nth(4).unwrap_or_default().to_owned();
                    self.narrow(id, [arn.clone()]);
                }
                Principal::PermissionSet(name) => {
                    let id = self.id(&AccountKey::management());
                    // Identity Center's roles end in 16 characters of its own, and may stand below a Region's name.
                    let forms = ["", "*/"].map(|region| {
                        let role = format!("role/aws-reserved/sso.amazonaws.com/{region}AWSReservedSSO_{name}_????????????????");
                        iam_arn(self.organization.partition, &id, role)
                    });
                    self.narrow(id, forms);
                }
                Principal::Github(repository) => {
                    self.shown.pop();
                    self = self.github(std::slice::from_ref(repository), github, account);
                }
            }
        }
        self
    }

    /// Trusts workflows of repositories.
    pub(super) fn github(mut self, repositories: &[GithubRepository], context: GithubContext, account: &crate::model::Account) -> Self {
        let Some(environment) = &account.environment else { return self };
        for repository in repositories {
            self.shown.push(format!("github {}/{} environment:{environment}", repository.owner, repository.repository));
            for name in subject_names(repository) {
                self.github.push(format!("repo:{name}:environment:{environment}"));
                if context == GithubContext::EnvironmentOrBranch {
                    self.github.push(format!("repo:{name}:ref:refs/heads/*"));
                }
            }
        }
        self
    }

    /// Returns whom it trusts, for people.
    pub(super) fn shown(&self) -> String {
        let mut shown: Vec<&str> = Vec::new();
        for name in &self.shown {
            if !shown.contains(&name.as_str()) {
                shown.push(name);
            }
        }
        shown.join(", ")
    }

    /// Returns the document.
    pub(super) fn document(&self, asks: Asks, account: &AccountKey) -> Text {
        let mut statements = Vec::new();
        for (index, (id, patterns)) in self.accounts.iter().enumerate() {
            let principal = json!({"AWS": iam_arn(self.organization.partition, id, "root")});
            let mut who = Map::new();
            if let Some(patterns) = patterns {
                who.insert("ArnLike".to_owned(), json!({"aws:PrincipalArn": patterns}));
            }
            let mut conditions = who.clone();
            match asks {
                Asks::Nothing => {}
                Asks::Reason => {
                    conditions.insert("Null".to_owned(), json!({"aws:RequestTag/landfall:reason": "false"}));
                    conditions.insert("StringLike".to_owned(), json!({"aws:RequestTag/landfall:reason": "?*"}));
                }
                Asks::FreshMfa => {
                    conditions.insert("Bool".to_owned(), json!({"aws:MultiFactorAuthPresent": "true"}));
                    conditions.insert("NumericLessThan".to_owned(), json!({"aws:MultiFactorAuthAge": "3600"}));
                }
            }
            // Session tags and source identity are separate actions; a reason is asked for where the role is assumed.
            statements.push(statement(&format!("Assume{}", index + 1), &principal, &json!("sts:AssumeRole"), &conditions));
            statements.push(statement(&format!("Label{}", index + 1), &principal, &json!(SESSION_ACTIONS), &who));
        }
        if !self.github.is_empty() {
            let provider = Address::account(account, "oidc-provider", "github");
            let mut conditions = Map::new();
            conditions.insert("StringEquals".to_owned(), json!({(format!("{GITHUB_HOST}:aud")): GITHUB_AUDIENCE}));
            conditions.insert("StringLike".to_owned(), json!({(format!("{GITHUB_HOST}:sub")): self.github}));
            let principal = json!({"Federated": Text::fact(&provider, "arn").as_str()});
            statements.push(statement("Github", &principal, &json!("sts:AssumeRoleWithWebIdentity"), &conditions));
        }
        policies::text(&policies::document(&statements))
    }

    fn narrow(&mut self, id: String, arns: impl IntoIterator<Item = String>) {
        // Who is trusted as a whole account stays so.
        if let Some(patterns) = self.accounts.entry(id).or_insert_with(|| Some(BTreeSet::new())) {
            patterns.extend(arns);
        }
    }

    fn id(&self, key: &AccountKey) -> String {
        let fact = if key.is_management() {
            Text::fact(&organization_address(self.organization), "management")
        } else {
            Text::fact(&Address::organization("account", key), "id")
        };
        fact.as_str().to_owned()
    }
}

fn statement(sid: &str, principal: &Value, action: &Value, conditions: &Map<String, Value>) -> Value {
    let mut statement = json!({"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": action});
    if !conditions.is_empty() {
        statement["Condition"] = Value::Object(conditions.clone());
    }
    statement
}

/// Returns the names a repository's tokens carry: the classic one, and with ids the immutable one too (aws-facts 3.5).
fn subject_names(repository: &GithubRepository) -> Vec<String> {
    let GithubRepository { owner, owner_id, repository: name, repository_id } = repository;
    let mut names = vec![format!("{owner}/{name}")];
    if let (Some(owner_id), Some(repository_id)) = (owner_id, repository_id) {
        names.push(format!("{owner}@{owner_id}/{name}@{repository_id}"));
    }
    names
}

/// Returns what a plan should say about principals that trust more, or less, than it looks.
pub(super) fn notices(what: &str, principals: &[Principal]) -> Vec<Notice> {
    let mut notices = Vec::new();
    for principal in principals {
        match principal {
            Principal::Account(key) => notices.push(Notice::new(
                format!("{what} trusts every principal of account/{key}"),
                format!("name a role to narrow it: \"account/{key}/role/NAME\""),
            )),
            Principal::Github(repository) => notices.extend(github_notice(repository)),
            Principal::Role(..) | Principal::Arn(_) | Principal::PermissionSet(_) => {}
        }
    }
    notices
}

/// Returns the notice about a repository without ids.
pub(super) fn github_notice(repository: &GithubRepository) -> Option<Notice> {
    (repository.owner_id.is_none() || repository.repository_id.is_none()).then(|| {
        Notice::new(
            format!("github {repository} is trusted by its classic name only; repositories made or renamed since July 2026 send ids"),
            format!(
                "write the ids: \"{}@OWNER_ID/{}@REPOSITORY_ID\" (gh api repos/{}/{} --jq '.owner.id, .id')",
                repository.owner, repository.repository, repository.owner, repository.repository
            ),
        )
    })
}
