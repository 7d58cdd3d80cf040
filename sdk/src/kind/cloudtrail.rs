//! Kinds of AWS CloudTrail. A trail belongs to the management account and is changed in its home Region only.

pub mod trail;

use aws_sdk_cloudtrail::types::Tag;

use super::context::StepError;
use crate::aws::tags::Tags;

fn sdk_tags(tags: &Tags) -> Result<Vec<Tag>, StepError> {
    tags.iter()
        .map(|(key, value)| {
            Tag::builder().key(key).value(value).build().map_err(|error| StepError::refused(error.to_string(), "please report this"))
        })
        .collect()
}

fn plain_tags(tags: &[Tag]) -> Tags {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().unwrap_or_default().to_owned())).collect()
}
