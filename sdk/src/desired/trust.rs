//! Trust policies: turns the manifest's principals into statements.
//!
//! Every statement names an account's root as `Principal` and narrows it by `ArnLike aws:PrincipalArn`. A role's ARN is never the
//! principal: IAM would store its unique id, and a role that is created again would not be trusted (docs/AWS.md 3.2).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::address::organization_address;
use super::{Notice, policies};
use crate::address::Address;
use crate::id::iam_arn;
use crate::kind::Text;
pub(super) use crate::kind::iam::oidc_provider::GITHUB_HOST;
use crate::model::{GithubRepository, Organization, Principal};
use crate::name::{AccountKey, EnvironmentName};

/// The audience of GitHub's tokens for AWS.
pub(super) const GITHUB_AUDIENCE: &str = "sts.amazonaws.com";
/// Actions that a trust policy allows besides assuming the role: the reason is a session tag, the person a source identity.
const SESSION_ACTIONS: &[&str] = &["sts:SetSourceIdentity", "sts:TagSession"];

/// Job functions of AWS whose managed policies do not allow `sts:AssumeRole` (`SecurityAudit` v92). Permission sets with only such
/// a policy usually have its name.
const ASSUME_NOTHING: &[&str] = &["ReadOnlyAccess", "SecurityAudit", "ViewOnlyAccess"];

/// What a trust policy requires beyond being named in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// Nothing more.
    Nothing,
    /// A reason: the session tag `landfall:reason`.
    Reason,
    /// A sign-in with MFA less than an hour ago.
    FreshMfa,
}

/// Which contexts of a repository's workflows are trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GithubContext {
    /// The environment of this name, on the manifest's refs: the environment's approval replaces a reason.
    Production,
    /// The environment of this name, on any branch or tag.
    Environment,
    /// Any branch or tag, with an environment or without one.
    EnvironmentOrBranch,
}

/// Refs on which workflows are trusted outside production: all but those of pull requests (`refs/pull/…`), whose jobs name an
/// environment like any other (GitHub Docs, "OpenID Connect reference": a job with an environment has that in its subject). A merge
/// queue's branch, `refs/heads/gh-readonly-queue/…`, is a branch.
const BRANCHES_AND_TAGS: &[&str] = &["refs/heads/*", "refs/tags/*"];

/// Builds a trust policy.
pub(super) struct Trust<'a> {
    organization: &'a Organization,
    /// By the account's id: patterns of `aws:PrincipalArn`; `None` for the whole account.
    accounts: BTreeMap<String, Option<BTreeSet<String>>>,
    github: Vec<(GithubRepository, GithubContext, EnvironmentName)>,
    shown: Vec<String>,
}

impl<'a> Trust<'a> {
    pub(super) fn new(organization: &'a Organization) -> Self {
        Self { organization, accounts: BTreeMap::new(), github: Vec::new(), shown: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.accounts.is_empty() && self.github.is_empty()
    }

    /// Trusts everyone to whom the management account grants it.
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
                    let id = principal.arn_account().unwrap_or_default().to_owned();
                    self.narrow(id, [arn.clone()]);
                }
                Principal::PermissionSet(name, key) => {
                    let id = self.id(key);
                    // Identity Center's roles end in 16 random characters, and may be below a Region's name. Nothing else can be in
                    // this path, since IAM reserves it for AWS.
                    let role = format!("role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_{name}_????????????????");
                    let arn = iam_arn(self.organization.partition, &id, role);
                    self.narrow(id, [arn]);
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
            let trusted = (repository.clone(), context, environment.clone());
            if !self.github.contains(&trusted) {
                self.github.push(trusted);
            }
        }
        self
    }

    /// Returns the trusted principals, for people.
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
            let (assume, label) = (format!("Assume{}", index + 1), format!("Label{}", index + 1));
            if asks == Asks::Nothing {
                let actions = [&["sts:AssumeRole"], SESSION_ACTIONS].concat();
                statements.push(statement(&assume, &principal, &json!(actions), &conditions));
                continue;
            }
            // Session tags and source identity are separate actions; only assuming the role requires the reason.
            statements.push(statement(&assume, &principal, &json!("sts:AssumeRole"), &conditions));
            let mut labels = who;
            if asks == Asks::Reason {
                // A session's tags give access to resources with equal tags: in production a caller may set only the reason.
                labels.insert("ForAllValues:StringLike".to_owned(), json!({"aws:TagKeys": "landfall:*"}));
            }
            statements.push(statement(&label, &principal, &json!(SESSION_ACTIONS), &labels));
        }
        statements.extend(self.of_github("Github", account, |repository| repository.repository_id.is_none()));
        statements.extend(self.of_github("GithubById", account, |repository| repository.repository_id.is_some()));
        policies::text(&policies::document(&statements))
    }

    /// Returns the statement for some of the repositories. Those with ids are bound to them, even if the names pass to another
    /// owner.
    fn of_github(&self, sid: &str, account: &AccountKey, of: impl Fn(&GithubRepository) -> bool) -> Option<Value> {
        let (mut subjects, mut ids, mut refs) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for (repository, context, environment) in self.github.iter().filter(|(repository, ..)| of(repository)) {
            ids.extend(repository.repository_id.map(|id| id.to_string()));
            for name in subject_names(repository) {
                subjects.insert(match context {
                    GithubContext::Production | GithubContext::Environment => format!("repo:{name}:environment:{environment}"),
                    // The other condition restricts the branch or tag.
                    GithubContext::EnvironmentOrBranch => format!("repo:{name}:*"),
                });
            }
            match context {
                GithubContext::Production => refs.extend(self.organization.access.refs.iter().map(String::as_str)),
                GithubContext::Environment | GithubContext::EnvironmentOrBranch => refs.extend(BRANCHES_AND_TAGS),
            }
        }
        if subjects.is_empty() {
            return None;
        }
        let claim = |name: &str| format!("{GITHUB_HOST}:{name}");
        let mut equals = json!({(claim("aud")): GITHUB_AUDIENCE});
        if !ids.is_empty() {
            equals[claim("repository_id")] = json!(ids);
        }
        let mut conditions = Map::new();
        // If every subject of a repository is trusted, exclude that of a pull request, whatever its ref.
        if subjects.iter().any(|subject| subject.ends_with(":*")) {
            conditions.insert("StringNotLike".to_owned(), json!({(claim("sub")): "*:pull_request"}));
        }
        conditions.insert("StringEquals".to_owned(), equals);
        conditions.insert("StringLike".to_owned(), json!({(claim("ref")): refs, (claim("sub")): subjects}));
        let principal = json!({"Federated": Text::fact(&Address::account(account, "oidc-provider", "github"), "arn").as_str()});
        Some(statement(sid, &principal, &json!("sts:AssumeRoleWithWebIdentity"), &conditions))
    }

    fn narrow(&mut self, id: String, arns: impl IntoIterator<Item = String>) {
        // An account that is trusted as a whole stays so.
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

/// Returns the names in a repository's tokens: the classic one, and with ids the immutable one too (docs/AWS.md 3.5).
fn subject_names(repository: &GithubRepository) -> Vec<String> {
    let GithubRepository { owner, owner_id, repository: name, repository_id } = repository;
    let mut names = vec![format!("{owner}/{name}")];
    if let (Some(owner_id), Some(repository_id)) = (owner_id, repository_id) {
        names.push(format!("{owner}@{owner_id}/{name}@{repository_id}"));
    }
    names
}

/// Returns notices about principals that trust more, or less, than it seems.
pub(super) fn notices(what: &str, principals: &[Principal]) -> Vec<Notice> {
    let mut notices = Vec::new();
    for principal in principals {
        match principal {
            Principal::Account(key) => notices.push(Notice::new(
                format!(
                    "every administrator of account/{key} can get into {what}, and so can everyone whom they allow to assume roles: the \
                     whole account is named"
                ),
                format!("name a role to narrow it: \"account/{key}/role/NAME\""),
            )),
            Principal::Github(repository) => notices.extend(github_notice(repository)),
            Principal::PermissionSet(name, _) if ASSUME_NOTHING.contains(&name.as_str()) => notices.push(Notice::new(
                format!("{principal} for {what}: AWS's job function {name} may assume no role, so it alone gives no access"),
                "give that permission set sts:AssumeRole on arn:aws:iam::*:role/landfall/*, or name another (docs/ACCESS.md)",
            )),
            Principal::Role(..) | Principal::Arn(_) | Principal::PermissionSet(..) => {}
        }
    }
    notices
}

/// Returns the notice about protecting an environment of GitHub.
pub(super) fn gate_notice(environment: &EnvironmentName, repositories: &BTreeSet<&GithubRepository>, refs: &[String]) -> Notice {
    let repositories: Vec<String> =
        repositories.iter().map(|repository| format!("{}/{}", repository.owner, repository.repository)).collect();
    let at = repositories.first().map_or_else(String::new, |first| format!(", at https://github.com/{first}/settings/environments"));
    let more = match repositories.len() {
        0 | 1 => String::new(),
        many => format!(" and {} more", many - 1),
    };
    let only = if refs.is_empty() { String::new() } else { format!(" only {}", refs.join(" and ")) };
    let refs = if refs.is_empty() { "any branch or tag".to_owned() } else { refs.join(" or ") };
    Notice::new(
        format!(
            "workflows of {} deploy to {environment} from environment `{environment}` on {refs}: GitHub makes that environment, without \
             protection, when a job first names it",
            repositories.join(", ")
        ),
        format!("protect it first{at}{more}: required reviewers, deployment branches and tags{only}, no bypass for administrators"),
    )
}

/// Returns the notice about a repository without ids.
pub(super) fn github_notice(repository: &GithubRepository) -> Option<Notice> {
    // The manifest has both ids or none.
    repository.repository_id.is_none().then(|| {
        Notice::new(
            format!("github {repository} is trusted by its classic name only; repositories made or renamed since July 2026 send ids"),
            format!(
                "write the ids: \"{}@OWNER_ID/{}@REPOSITORY_ID\" (gh api repos/{}/{} --jq '.owner.id, .id')",
                repository.owner, repository.repository, repository.owner, repository.repository
            ),
        )
    })
}
