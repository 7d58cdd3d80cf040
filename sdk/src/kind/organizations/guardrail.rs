//! Guardrails: service control policies, named `landfall-<set>` in AWS.
//!
//! Their documents are made in [`desired`](crate::desired); the kind `attachment` attaches them.

use serde::Serialize;

use std::sync::Arc;

use aws_sdk_organizations::operation::create_policy::CreatePolicyOutput;
use aws_sdk_organizations::types::PolicyType;

use super::{sdk_tags, tag, tags_of};
use crate::address::Address;
use crate::aws::error::AwsError;
use crate::aws::policy;
use crate::aws::quotas;
use crate::aws::retry::RetryPolicy;
use crate::aws::tags::{self, Tags};
use crate::kind::change::document_fields;
use crate::kind::context::required;
use crate::kind::settle::unless_taken;
use crate::kind::{Blocked, Context, Facts, Field, Hazard, HazardName, Kind, Made, ScopeSet, StepError, Text};
use crate::ours::GUARDRAIL_PREFIX;

/// The end of a field's name for the Regions that a guardrail allows.
const ALLOWED_REGIONS: &str = "StringNotEquals aws:RequestedRegion";

/// The kind `guardrail`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Guardrail;

/// What a guardrail should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desired {
    /// Its name in AWS.
    pub name: String,
    /// Its description.
    pub description: String,
    /// The document, minified.
    pub content: Text,
    /// Its tags.
    pub tags: Tags,
}

/// What a guardrail is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Its id, `p-…`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The document as AWS has it.
    pub content: String,
    /// Its tags.
    pub tags: Tags,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "made and matched in this file only")]
pub enum Edit {
    /// The document has another meaning.
    Content {
        /// What it is.
        from: String,
        /// What it should be.
        to: Text,
    },
}

impl Kind for Guardrail {
    const NAME: &'static str = "guardrail";
    const SCOPES: ScopeSet = ScopeSet::Organization;
    const SERVICE: &'static str = "Organizations";
    const REMOVAL_RANK: u8 = 50;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn visit_references(desired: &mut Desired, visit: &mut dyn FnMut(&mut Text)) {
        visit(&mut desired.content);
    }

    fn matches(desired: &Desired, observed: &Observed) -> bool {
        desired.name == observed.name
    }

    fn tags(observed: &Observed) -> Option<&Tags> {
        Some(&observed.tags)
    }

    fn tagging<'a>(desired: &'a Desired, observed: &'a Observed) -> Option<(&'a Tags, &'a Tags)> {
        Some((&observed.tags, &desired.tags))
    }

    fn diff(desired: &Desired, observed: &Observed) -> Result<Vec<Edit>, Blocked> {
        let mut edits = Vec::new();
        if !document_fields("", &observed.content, desired.content.as_str()).is_empty() {
            edits.push(Edit::Content { from: observed.content.clone(), to: desired.content.clone() });
        }
        Ok(edits)
    }

    fn visit_edit_references(edit: &mut Edit, visit: &mut dyn FnMut(&mut Text)) {
        let Edit::Content { to, .. } = edit;
        visit(to);
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        match edit {
            Edit::Content { from, to } => document_fields("rule", from, to.as_str()),
        }
    }

    fn hazards(edit: &Edit) -> Vec<Hazard> {
        let Edit::Content { from, to } = edit;
        let fields = document_fields("", from, to.as_str()).into_iter();
        let lost: Vec<String> = fields.filter(|field| field.name.ends_with(ALLOWED_REGIONS)).filter_map(|field| field.from).collect();
        if lost.is_empty() {
            return Vec::new();
        }
        let text = format!("{} is no longer allowed: what runs there can no longer be managed, nor removed", lost.join(", "));
        vec![Hazard::new(HazardName::NarrowRegions, text)]
    }

    fn summary(desired: &Desired) -> String {
        let rules = serde_json::from_str::<serde_json::Value>(desired.content.as_str())
            .ok()
            .and_then(|document| document.get("Statement").map(|statement| statement.as_array().map_or(1, Vec::len)))
            .unwrap_or(0);
        let plural = if rules == 1 { "" } else { "s" };
        format!(
            "{rules} rule{plural}, {} of {} characters",
            grouped(desired.content.as_str().chars().count()),
            grouped(quotas::GUARDRAIL_CHARACTERS)
        )
    }

    fn display_name(observed: &Observed) -> String {
        format!("{} ({})", observed.name, observed.id)
    }

    fn check_removable(_: &Observed) -> Result<(), Blocked> {
        Ok(())
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        Facts::one(address, "id", &observed.id)
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        const DESCRIBE: &str = "organizations:DescribePolicy";
        let client = cx.session().organizations();
        let mut guardrails = Vec::new();
        for listed in list(cx).await?.iter() {
            let id = &listed.id;
            let described = cx.call(DESCRIBE, || client.describe_policy().policy_id(id).send()).await?;
            let content = required(DESCRIBE, "Policy.Content", described.policy.and_then(|policy| policy.content))?;
            guardrails.push(Observed { tags: listed.tags.clone(), id: id.clone(), name: listed.name.clone(), content });
        }
        Ok(guardrails)
    }

    async fn create(cx: &Context<'_>, _address: &Address, desired: &Desired) -> Result<Made<Observed>, StepError> {
        const CREATE: &str = "organizations:CreatePolicy";
        let client = cx.session().organizations();
        let content = desired.content.known()?;
        let sdk_tags = sdk_tags(&desired.tags)?;
        let sent = cx
            .call_with(CREATE, &RetryPolicy::repeatable(), || {
                client
                    .create_policy()
                    .name(&desired.name)
                    .description(&desired.description)
                    .r#type(PolicyType::ServiceControlPolicy)
                    .content(content)
                    .set_tags(Some(sdk_tags.clone()))
                    .send()
            })
            .await;
        let made = |output: CreatePolicyOutput| {
            let id = output.policy.and_then(|policy| policy.policy_summary?.id);
            Ok(Observed {
                id: required(CREATE, "Policy.PolicySummary.Id", id)?,
                name: desired.name.clone(),
                content: content.to_owned(),
                tags: desired.tags.clone(),
            })
        };
        let found = || async { Ok(Self::observe(cx).await?.into_iter().find(|observed| observed.name == desired.name)) };
        unless_taken(sent, &["DuplicatePolicyException"], made, found).await
    }

    async fn edit(cx: &Context<'_>, address: &Address, _: &Desired, observed: &Observed, edits: &[Edit]) -> Result<Facts, StepError> {
        let client = cx.session().organizations();
        for edit in edits {
            match edit {
                Edit::Content { to, .. } => {
                    let content = to.known()?;
                    cx.call("organizations:UpdatePolicy", || client.update_policy().policy_id(&observed.id).content(content).send())
                        .await?;
                }
            }
        }
        Ok(Self::facts(address, observed))
    }

    async fn tag(cx: &Context<'_>, observed: &Observed, tags: &Tags) -> Result<(), StepError> {
        tag(cx, &observed.id, tags).await
    }

    async fn remove(cx: &Context<'_>, observed: &Observed) -> Result<(), StepError> {
        let client = cx.session().organizations();
        match cx.call("organizations:DeletePolicy", || client.delete_policy().policy_id(&observed.id).send()).await {
            Ok(_) => Ok(()),
            Err(error) if error.is(&["PolicyNotFoundException"]) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// A policy that landfall manages, or that blocks it.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) tags: Tags,
}

/// Returns every service control policy with landfall's name prefix, or with landfall's tags under any name.
pub(super) async fn list(cx: &Context<'_>) -> Result<Arc<Vec<Listed>>, AwsError> {
    cx.read_once("policies", || read_list(cx)).await
}

async fn read_list(cx: &Context<'_>) -> Result<Vec<Listed>, AwsError> {
    const LIST: &str = "organizations:ListPolicies";
    let client = cx.session().organizations();
    let listed = cx
        .listed(
            LIST,
            |next| client.list_policies().filter(PolicyType::ServiceControlPolicy).set_next_token(next).send(),
            |page| (page.policies.unwrap_or_default(), page.next_token),
        )
        .await?;
    let mut policies = Vec::new();
    // AWS's own (FullAWSAccess) cannot be tagged.
    for policy in listed.into_iter().filter(|policy| !policy.aws_managed()) {
        let (id, name) = (required(LIST, "Id", policy.id)?, required(LIST, "Name", policy.name)?);
        let tags = tags_of(cx, &id).await?;
        if name.starts_with(GUARDRAIL_PREFIX) || tags.contains_key(tags::ADDRESS) {
            policies.push(Listed { id, name, tags });
        }
    }
    Ok(policies)
}

/// Returns a document as it is sent: minified, since white space counts against the size.
#[must_use]
pub fn content(document: &serde_json::Value) -> Text {
    Text::new(policy::minify(document))
}

/// Returns a number with commas: sizes near a limit are compared by eye.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let head = digits.len() % 3;
    let mut text = digits[..head].to_owned();
    for at in (head..digits.len()).step_by(3) {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(&digits[at..at + 3]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desired() -> Desired {
        Desired {
            name: "landfall-base".to_owned(),
            description: String::new(),
            content: Text::new(
                r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Deny","Action":["a:b","a:c"],"Resource":"*"}]}"#,
            ),
            tags: Tags::new(),
        }
    }

    #[test]
    fn an_equivalent_document_is_settled() {
        let echoed = Observed {
            id: "p-1".to_owned(),
            name: "landfall-base".to_owned(),
            content: r#"{ "Statement": {"Sid":"A","Resource":["*"],"Action":["a:c","a:b"],"Effect":"Deny"}, "Version": "2012-10-17" }"#
                .to_owned(),
            tags: Tags::new(),
        };
        assert_eq!(Guardrail::diff(&desired(), &echoed), Ok(vec![]));
        let weakened = Observed { content: echoed.content.replace(r#""a:c","#, ""), ..echoed };
        let edits = Guardrail::diff(&desired(), &weakened).expect("open");
        let shown: Vec<String> = edits.iter().flat_map(Guardrail::fields).map(|field| field.to_string()).collect();
        assert_eq!(shown, ["rule A Action  + a:c"]);
    }

    #[test]
    fn a_region_that_is_no_longer_allowed_is_a_hazard() {
        let limited = |regions: &str| {
            format!(
                r#"{{"Statement":[{{"Sid":"L","Effect":"Deny","NotAction":"iam:*","Resource":"*","Condition":{{"StringNotEquals":{{"aws:RequestedRegion":{regions}}}}}}}]}}"#
            )
        };
        let names = |from: &str, to: &str| -> Vec<HazardName> {
            let edit = Edit::Content { from: limited(from), to: Text::new(limited(to)) };
            Guardrail::hazards(&edit).into_iter().map(|hazard| hazard.name).collect()
        };
        assert_eq!(names(r#"["eu-west-1","us-east-1"]"#, r#"["eu-west-1"]"#), [HazardName::NarrowRegions]);
        assert_eq!(names(r#"["eu-west-1"]"#, r#"["eu-west-1","us-east-1"]"#), []);
        assert_eq!(names(r#"["us-east-1"]"#, r#"["eu-west-1"]"#), [HazardName::NarrowRegions]);
    }

    #[test]
    fn the_summary_counts_rules_and_characters() {
        assert_eq!(Guardrail::summary(&desired()), "1 rule, 104 of 10,240 characters");
    }
}
