//! Kinds of AWS KMS, one account and Region at a time. Aliases of ours begin with `alias/landfall/`.

pub mod key;

use std::collections::BTreeMap;

use aws_sdk_kms::types::Tag;

use super::context::{Context, StepError};
use crate::aws::error::AwsError;
use crate::aws::tags::Tags;

/// What every alias of ours begins with.
pub const ALIAS_PREFIX: &str = "alias/landfall/";
/// What KMS answers about a key made moments ago (aws-facts D.4).
const JUST_MADE: &[&str] = &["NotFoundException"];

/// Reads all tags of a key.
async fn tags_of(cx: &Context<'_>, key: &str) -> Result<Tags, AwsError> {
    let client = cx.session().kms();
    let patience = cx.patience().just_made(JUST_MADE);
    let mut tags = BTreeMap::new();
    let mut marker: Option<String> = None;
    loop {
        let page = cx
            .call_with("kms:ListResourceTags", &patience, || client.list_resource_tags().key_id(key).set_marker(marker.clone()).send())
            .await?;
        tags.extend(page.tags().iter().map(|tag| (tag.tag_key().to_owned(), tag.tag_value().to_owned())));
        marker = page.next_marker().map(str::to_owned);
        if !page.truncated() || marker.is_none() {
            return Ok(tags);
        }
    }
}

fn sdk_tags(tags: &Tags) -> Result<Vec<Tag>, StepError> {
    tags.iter()
        .map(|(key, value)| {
            let tag = Tag::builder().tag_key(key).tag_value(value).build();
            tag.map_err(|error| StepError::refused(error.to_string(), "please report this"))
        })
        .collect()
}
