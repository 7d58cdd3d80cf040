//! Kinds of AWS KMS, one account and Region at a time. Landfall's aliases begin with `alias/landfall/`.

mod api;
pub mod key;

use super::context::Context;
use crate::aws::error::AwsError;
use crate::aws::tags::Tags;

/// KMS's codes for a key that was created moments ago (docs/AWS.md D.4).
const JUST_MADE: &[&str] = &["NotFoundException"];

/// Reads all tags of a key.
async fn tags_of(cx: &Context<'_>, key: &str) -> Result<Tags, AwsError> {
    let mut list = api::ListResourceTags { key_id: key.to_owned(), marker: None };
    let retry = cx.retry().until_visible(JUST_MADE);
    Ok(api::read(cx.pages_with(&retry, &mut list).await?))
}
