//! Guardrails: the organization's policies of any type, named `landfall-<set>` in AWS.
//!
//! Their documents are made in [`desired`](crate::desired); the kind `attachment` attaches them.

mod hazards;

use std::sync::Arc;

use aws_sdk_organizations::operation::create_policy::CreatePolicyOutput;
use serde::Serialize;

use super::{policy_type, roots, sdk_tags, tag, tags_of};
use crate::address::Address;
use crate::aws::error::AwsError;
use crate::aws::policy;
use crate::aws::quotas;
use crate::aws::retry::RetryPolicy;
use crate::aws::tags::{self, Tags};
use crate::id::PolicyType;
use crate::kind::change::document_fields;
use crate::kind::context::required;
use crate::kind::settle::unless_taken;
use crate::kind::terraform::{Import, Place};
use crate::kind::{Blocked, Context, Facts, Field, Hazard, Kind, Made, ScopeSet, StepError, Text};
use crate::ours::GUARDRAIL_PREFIX;

/// The kind `guardrail`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Guardrail;

/// What a guardrail should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desired {
    /// Its name in AWS.
    pub name: String,
    /// Its type.
    pub policy_type: PolicyType,
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
    /// Its type.
    pub policy_type: PolicyType,
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
        // Names are unique per type.
        desired.name == observed.name && desired.policy_type == observed.policy_type
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
        let Edit::Content { from, to } = edit;
        let name = if is_authorization(to) { "rule" } else { "setting" };
        let fields = document_fields(name, from, to.as_str()).into_iter();
        // The operator of a setting says only that it is set.
        let fields = fields.map(|field| Field { name: field.name.trim_end_matches(" @@assign").to_owned(), ..field });
        if name == "rule" { fields.collect() } else { paired(fields.collect()) }
    }

    fn hazards(edit: &Edit) -> Vec<Hazard> {
        let Edit::Content { from, to } = edit;
        hazards::of(from, to.as_str())
    }

    fn summary(desired: &Desired) -> String {
        let document: serde_json::Value = serde_json::from_str(desired.content.as_str()).unwrap_or_default();
        let (number, noun) = if desired.policy_type.is_authorization() {
            (document.get("Statement").map_or(0, |statement| statement.as_array().map_or(1, Vec::len)), "rule")
        } else {
            (operators(&document), "setting")
        };
        let plural = if number == 1 { "" } else { "s" };
        format!(
            "{number} {noun}{plural}, {} of {} characters",
            grouped(desired.content.as_str().chars().count()),
            grouped(quotas::policy_characters(desired.policy_type))
        )
    }

    fn display_name(observed: &Observed) -> String {
        format!("{} ({})", observed.name, observed.id)
    }

    fn terraform(observed: &Observed, _: &Place<'_>) -> Import {
        Import::new("aws_organizations_policy", &observed.id)
    }

    fn check_removable(_: &Observed) -> Result<(), Blocked> {
        Ok(())
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        Facts::one(address, "id", &observed.id)
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        described(cx, &list(cx).await?).await
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
                    .r#type(desired.policy_type.aws().into())
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
                policy_type: desired.policy_type,
                content: content.to_owned(),
                tags: desired.tags.clone(),
            })
        };
        // A type that is not on yet is not observed, and its policies exist all the same.
        let found = || async {
            let listed = of_types(cx, &[desired.policy_type]).await?;
            Ok(described(cx, &listed).await?.into_iter().find(|observed| Self::matches(desired, observed)))
        };
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
    pub(super) policy_type: PolicyType,
    pub(super) tags: Tags,
}

/// Returns every policy, of the types that are on, with landfall's name prefix, or with landfall's tags under any name.
pub(super) async fn list(cx: &Context<'_>) -> Result<Arc<Vec<Listed>>, AwsError> {
    cx.read_once("policies", || read_list(cx)).await
}

async fn read_list(cx: &Context<'_>) -> Result<Vec<Listed>, AwsError> {
    let types: Vec<PolicyType> = roots(cx).await?.iter().flat_map(policy_type::enabled).map(|(policy_type, _)| policy_type).collect();
    of_types(cx, &types).await
}

/// Returns the policies with their documents.
async fn described(cx: &Context<'_>, policies: &[Listed]) -> Result<Vec<Observed>, AwsError> {
    const DESCRIBE: &str = "organizations:DescribePolicy";
    let client = cx.session().organizations();
    let mut guardrails = Vec::new();
    for listed in policies {
        let id = &listed.id;
        let described = cx.call(DESCRIBE, || client.describe_policy().policy_id(id).send()).await?;
        let content = required(DESCRIBE, "Policy.Content", described.policy.and_then(|policy| policy.content))?;
        let (tags, name, policy_type) = (listed.tags.clone(), listed.name.clone(), listed.policy_type);
        guardrails.push(Observed { tags, id: id.clone(), name, policy_type, content });
    }
    Ok(guardrails)
}

async fn of_types(cx: &Context<'_>, types: &[PolicyType]) -> Result<Vec<Listed>, AwsError> {
    const LIST: &str = "organizations:ListPolicies";
    let client = cx.session().organizations();
    let mut policies = Vec::new();
    for policy_type in types.iter().copied() {
        let listed = cx
            .listed(
                LIST,
                |next| client.list_policies().filter(policy_type.aws().into()).set_next_token(next).send(),
                |page| (page.policies.unwrap_or_default(), page.next_token),
            )
            .await?;
        // AWS's own (FullAWSAccess) cannot be tagged.
        for policy in listed.into_iter().filter(|policy| !policy.aws_managed()) {
            let (id, name) = (required(LIST, "Id", policy.id)?, required(LIST, "Name", policy.name)?);
            let tags = tags_of(cx, &id).await?;
            if name.starts_with(GUARDRAIL_PREFIX) || tags.contains_key(tags::ADDRESS) {
                policies.push(Listed { id, name, policy_type, tags });
            }
        }
    }
    Ok(policies)
}

/// Puts together what is added to and removed from a setting: it has one value, whereas an element of a rule is a list.
fn paired(fields: Vec<Field>) -> Vec<Field> {
    let mut pairs: Vec<Field> = Vec::new();
    for field in fields {
        match pairs.iter_mut().find(|known| known.name == field.name) {
            Some(known) if known.from.is_none() && field.to.is_none() => known.from = field.from,
            _ => pairs.push(field),
        }
    }
    pairs
}

/// Returns whether a document is in the language of IAM's policies.
fn is_authorization(content: &Text) -> bool {
    let document: Option<serde_json::Value> = serde_json::from_str(content.as_str()).ok();
    document.and_then(|document| PolicyType::of(&document)).is_some_and(PolicyType::is_authorization)
}

/// Returns how many values the operators of a document set (`@@assign` and its like).
fn operators(document: &serde_json::Value) -> usize {
    match document {
        serde_json::Value::Object(members) => {
            members.iter().map(|(key, value)| if key.starts_with("@@") { 1 } else { operators(value) }).sum()
        }
        _ => 0,
    }
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
            policy_type: PolicyType::ServiceControl,
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
            policy_type: PolicyType::ServiceControl,
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
    fn a_setting_of_another_type_is_shown_by_its_path() {
        let document = |tokens: &str| {
            format!(
                r#"{{"ec2_attributes":{{"instance_metadata_defaults":{{"http_tokens":{{"@@assign":"{tokens}"}},"http_endpoint":{{"@@assign":"enabled"}}}}}}}}"#
            )
        };
        let edit = Edit::Content { from: document("optional"), to: Text::new(document("required")) };
        let shown: Vec<String> = Guardrail::fields(&edit).iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["setting ec2_attributes instance_metadata_defaults http_tokens  optional -> required"]);
        let desired = Desired { policy_type: PolicyType::Ec2, content: Text::new(document("required")), ..desired() };
        assert_eq!(Guardrail::summary(&desired), "2 settings, 128 of 10,000 characters");
    }

    #[test]
    fn the_summary_counts_rules_and_characters() {
        assert_eq!(Guardrail::summary(&desired()), "1 rule, 104 of 10,240 characters");
    }
}
