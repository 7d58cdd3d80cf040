//! Kinds of AWS Organizations, all reached with management-account credentials.

pub mod account;
pub mod attachment;
pub(crate) mod effective;
pub mod guardrail;
pub mod organization;
pub mod policy_type;
pub mod trusted_access;
pub mod unit;

use std::sync::Arc;

use aws_sdk_organizations::types::{Root, Tag};

use super::context::{Context, StepError};
use crate::aws::error::AwsError;
use crate::aws::tags::Tags;

/// Codes for a managed resource that Organizations does not see yet (docs/AWS.md 9: 30 s, if landfall made it).
pub(super) const JUST_MADE: &[&str] = &[
    "TargetNotFoundException",
    "ParentNotFoundException",
    "DestinationParentNotFoundException",
    "AccountNotFoundException",
    "PolicyNotFoundException",
    "ChildNotFoundException",
    "PolicyTypeNotEnabledException",
];

/// Reads the root, which knows the policy types that are on; AWS has one.
async fn roots(cx: &Context<'_>) -> Result<Arc<Vec<Root>>, AwsError> {
    cx.read_once("roots", || async {
        let client = cx.session().organizations();
        cx.listed(
            "organizations:ListRoots",
            |next| client.list_roots().set_next_token(next).send(),
            |page| (page.roots.unwrap_or_default(), page.next_token),
        )
        .await
    })
    .await
}

/// Reads all tags of a root, unit, account or policy.
async fn tags_of(cx: &Context<'_>, resource: &str) -> Result<Tags, AwsError> {
    Ok(Tags::clone(&*cx.read_once(format!("tags of {resource}"), || read_tags(cx, resource)).await?))
}

async fn read_tags(cx: &Context<'_>, resource: &str) -> Result<Tags, AwsError> {
    let client = cx.session().organizations();
    let tags = cx
        .listed(
            "organizations:ListTagsForResource",
            |next| client.list_tags_for_resource().resource_id(resource).set_next_token(next).send(),
            |page| (page.tags.unwrap_or_default(), page.next_token),
        )
        .await?;
    Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
}

/// Writes tags; existing ones are replaced.
async fn tag(cx: &Context<'_>, resource: &str, tags: &Tags) -> Result<(), StepError> {
    let client = cx.session().organizations();
    let tags = sdk_tags(tags)?;
    let retry = cx.retry().until_visible(JUST_MADE);
    cx.call_with("organizations:TagResource", &retry, || client.tag_resource().resource_id(resource).set_tags(Some(tags.clone())).send())
        .await?;
    Ok(())
}

fn sdk_tags(tags: &Tags) -> Result<Vec<Tag>, StepError> {
    tags.iter()
        .map(|(key, value)| {
            Tag::builder().key(key).value(value).build().map_err(|error| StepError::refused(error.to_string(), "please report this"))
        })
        .collect()
}
