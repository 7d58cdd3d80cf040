//! Customer-managed IAM policies, such as the permissions boundary.

use serde::Serialize;

use super::api::{
    CreatePolicy, CreatePolicyVersion, CreatedPolicy, DeletePolicy, DeletePolicyVersion, GetPolicyVersion, ListPolicyTags,
    ListPolicyVersions, RoleDetail, TagPolicy, Version, read, written,
};
use super::details::details;
use super::{JUST_MADE, TAKEN, gone};
use crate::address::Address;
use crate::aws::client::Operation as _;
use crate::aws::error::AwsError;
use crate::aws::quotas;
use crate::aws::retry::RetryPolicy;
use crate::aws::tags::Tags;
use crate::kind::change::document_fields;
use crate::kind::context::required;
use crate::kind::settle::unless_taken;
use crate::kind::terraform::{Import, Place};
use crate::kind::{Blocked, Context, Facts, Field, Kind, Made, ScopeSet, StepError, Text};
use crate::ours::PATH;

/// The kind `iam-policy`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct IamPolicy;

/// What a policy should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desired {
    /// Its name.
    pub name: String,
    /// Its description, which cannot be changed.
    pub description: String,
    /// The document, minified.
    pub document: Text,
    /// Its tags.
    pub tags: Tags,
}

/// What a policy is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Its path.
    pub path: String,
    /// The default version's document; `None` under another path, of which nothing is read.
    pub document: Option<String>,
    /// Its tags; `None` under another path.
    pub tags: Tags,
    /// The roles outside landfall's path that have it as their permissions boundary, by name.
    pub bounds: Vec<String>,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "made and matched in this file only")]
pub enum Edit {
    /// The document has another meaning.
    Document {
        /// What it is.
        from: String,
        /// What it should be.
        to: Text,
    },
}

impl Kind for IamPolicy {
    const NAME: &'static str = "iam-policy";
    const SCOPES: ScopeSet = ScopeSet::Account;
    const SERVICE: &'static str = "IAM";
    const REMOVAL_RANK: u8 = 12;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn visit_references(desired: &mut Desired, visit: &mut dyn FnMut(&mut Text)) {
        visit(&mut desired.document);
    }

    fn matches(desired: &Desired, observed: &Observed) -> bool {
        desired.name.eq_ignore_ascii_case(&observed.name)
    }

    fn tags(observed: &Observed) -> Option<&Tags> {
        Some(&observed.tags)
    }

    fn tagging<'a>(desired: &'a Desired, observed: &'a Observed) -> Option<(&'a Tags, &'a Tags)> {
        Some((&observed.tags, &desired.tags))
    }

    fn diff(desired: &Desired, observed: &Observed) -> Result<Vec<Edit>, Blocked> {
        let differs = |document: &&String| !document_fields("", document, desired.document.as_str()).is_empty();
        let edit = |document: &String| Edit::Document { from: document.clone(), to: desired.document.clone() };
        Ok(observed.document.as_ref().filter(differs).map(edit).into_iter().collect())
    }

    fn visit_edit_references(edit: &mut Edit, visit: &mut dyn FnMut(&mut Text)) {
        let Edit::Document { to, .. } = edit;
        visit(to);
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        match edit {
            Edit::Document { from, to } => document_fields("document", from, to.as_str()),
        }
    }

    fn summary(_: &Desired) -> String {
        String::new()
    }

    fn display_name(observed: &Observed) -> String {
        observed.arn.clone()
    }

    fn terraform(observed: &Observed, _: &Place<'_>) -> Import {
        Import::new("aws_iam_policy", &observed.arn)
    }

    /// IAM does not delete a policy that bounds a role, and the role would be unbounded without it.
    fn check_removable(observed: &Observed) -> Result<(), Blocked> {
        if observed.bounds.is_empty() {
            return Ok(());
        }
        let roles = format!("role{} {}", if observed.bounds.len() == 1 { "" } else { "s" }, observed.bounds.join(", "));
        Err(Blocked::new(
            format!("{} bounds {roles}, which landfall did not make", observed.name),
            format!("it is the permissions boundary of {roles}: remove what landfall did not make first"),
        ))
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        Facts::one(address, "arn", &observed.arn)
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        let mut policies = Vec::new();
        let details = details(cx).await?;
        for policy in &details.policies {
            let (arn, path, name) = (policy.arn.clone(), policy.path.clone(), policy.name.clone());
            // A policy of the wanted name under another path blocks, but its contents are not read.
            let (document, tags) = if path == PATH {
                let version = policy.versions.iter().find(|version| version.is_default_version);
                let document = required(ListPolicyTags::CALL, "DefaultVersion", version)?.document.clone();
                (Some(document), read(&cx.send(&ListPolicyTags { policy_arn: arn.clone() }).await?.tags))
            } else {
                (None, Tags::new())
            };
            let is_bounded = |role: &&RoleDetail| role.boundary() == Some(arn.as_str()) && role.path != PATH;
            let bounds = details.roles.iter().filter(is_bounded).map(|role| role.name.clone()).collect();
            policies.push(Observed { arn, name, path, document, tags, bounds });
        }
        Ok(policies)
    }

    async fn create(cx: &Context<'_>, _address: &Address, desired: &Desired) -> Result<Made<Observed>, StepError> {
        let request = CreatePolicy {
            policy_name: desired.name.clone(),
            path: PATH,
            policy_document: desired.document.known()?.to_owned(),
            description: desired.description.clone(),
            tags: written(&desired.tags),
        };
        let sent = cx.send_with(&RetryPolicy::repeatable(), &request).await;
        let made = |made: CreatedPolicy| {
            Ok(Observed {
                arn: made.policy.arn,
                name: desired.name.clone(),
                path: PATH.to_owned(),
                document: Some(request.policy_document.clone()),
                tags: desired.tags.clone(),
                bounds: Vec::new(),
            })
        };
        let found = || async { Ok(Self::observe(cx).await?.into_iter().find(|observed| Self::matches(desired, observed))) };
        unless_taken(sent, TAKEN, made, found).await
    }

    async fn edit(cx: &Context<'_>, address: &Address, _: &Desired, observed: &Observed, edits: &[Edit]) -> Result<Facts, StepError> {
        let policy_arn = &observed.arn;
        for edit in edits {
            let Edit::Document { to, .. } = edit;
            new_version(cx, policy_arn, to.known()?).await?;
        }
        Ok(Self::facts(address, observed))
    }

    async fn tag(cx: &Context<'_>, observed: &Observed, tags: &Tags) -> Result<(), StepError> {
        cx.send(&TagPolicy { policy_arn: observed.arn.clone(), tags: written(tags) }).await?;
        Ok(())
    }

    async fn remove(cx: &Context<'_>, observed: &Observed) -> Result<(), StepError> {
        let policy_arn = &observed.arn;
        let listed = match versions(cx, policy_arn, &cx.retry()).await {
            Err(error) if error.is(&["NoSuchEntity"]) => return Ok(()),
            listed => listed?,
        };
        for version in listed.into_iter().filter(|version| !version.is_default_version) {
            cx.send(&DeletePolicyVersion { policy_arn: policy_arn.clone(), version_id: version.id }).await?;
        }
        Ok(gone(cx.send(&DeletePolicy { policy_arn: policy_arn.clone() }).await)?)
    }
}

/// Creates a new default version; if there are too many, the oldest other one is deleted.
///
/// A repeat compares first: a version with the same meaning is the one whose answer was lost.
async fn new_version(cx: &Context<'_>, arn: &str, wanted: &str) -> Result<(), StepError> {
    let policy_arn = arn.to_owned();
    let present = versions(cx, arn, &cx.retry().until_visible(JUST_MADE)).await?;
    if let Some(default) = present.iter().find(|version| version.is_default_version)
        && document_fields("", &document(cx, arn, &default.id).await?, wanted).is_empty()
    {
        return Ok(());
    }
    if present.len() >= quotas::POLICY_VERSIONS
        && let Some(oldest) = present.iter().rev().find(|version| !version.is_default_version)
    {
        cx.send(&DeletePolicyVersion { policy_arn: policy_arn.clone(), version_id: oldest.id.clone() }).await?;
    }
    let request = CreatePolicyVersion { policy_arn, policy_document: wanted.to_owned(), set_as_default: true };
    cx.send_with(&RetryPolicy::create_once(), &request).await?;
    Ok(())
}

/// Returns versions, newest first as IAM lists them.
async fn versions(cx: &Context<'_>, arn: &str, retry: &RetryPolicy) -> Result<Vec<Version>, AwsError> {
    let mut versions = cx.send_with(retry, &ListPolicyVersions { policy_arn: arn.to_owned() }).await?.versions;
    versions.sort_by_key(|version| std::cmp::Reverse(version.id.trim_start_matches('v').parse::<u64>().unwrap_or(0)));
    Ok(versions)
}

async fn document(cx: &Context<'_>, arn: &str, version: &str) -> Result<String, AwsError> {
    let retry = cx.retry().until_visible(JUST_MADE);
    let request = GetPolicyVersion { policy_arn: arn.to_owned(), version_id: version.to_owned() };
    Ok(cx.send_with(&retry, &request).await?.version.document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weakened_boundary_shows_the_statement() {
        let desired = Desired {
            name: "boundary".to_owned(),
            description: String::new(),
            document: Text::new(
                r#"{"Statement":[{"Sid":"A","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"B","Effect":"Deny","Action":"iam:*","Resource":"*"}]}"#,
            ),
            tags: Tags::new(),
        };
        let observed = Observed {
            arn: "arn:aws:iam::1:policy/landfall/boundary".to_owned(),
            name: "boundary".to_owned(),
            path: PATH.to_owned(),
            document: Some(r#"{"Statement":[{"Sid":"A","Effect":"Allow","Action":"*","Resource":"*"}]}"#.to_owned()),
            tags: Tags::new(),
            bounds: Vec::new(),
        };
        assert_eq!(IamPolicy::check_removable(&observed), Ok(()));
        let bounding = IamPolicy::check_removable(&Observed { bounds: vec!["app".to_owned(), "job".to_owned()], ..observed.clone() });
        assert_eq!(bounding.expect_err("in use").reason, "boundary bounds roles app, job, which landfall did not make");
        let edits = IamPolicy::diff(&desired, &observed).expect("open");
        let shown: Vec<String> = edits.iter().flat_map(IamPolicy::fields).map(|field| field.to_string()).collect();
        assert_eq!(shown, [r#"document B  + {"Action":"iam:*","Effect":"Deny","Resource":"*","Sid":"B"}"#]);
    }
}
