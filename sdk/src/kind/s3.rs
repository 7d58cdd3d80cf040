//! Kinds of Amazon S3. Every call but a bucket's creation names the bucket's owner.

pub mod bucket;

use aws_sdk_s3::types::Tag;

use super::context::StepError;
use crate::aws::error::AwsError;
use crate::aws::tags::Tags;

/// S3's codes for a bucket that was created moments ago (docs/AWS.md D.4).
const JUST_MADE: &[&str] = &["NoSuchBucket", "MalformedPolicy~Invalid principal"];

fn sdk_tags(tags: &Tags) -> Result<Vec<Tag>, StepError> {
    tags.iter()
        .map(|(key, value)| {
            Tag::builder().key(key).value(value).build().map_err(|error| StepError::refused(error.to_string(), "please report this"))
        })
        .collect()
}

/// Treats a not-found error as `None`.
fn unless_absent<T>(answer: Result<T, AwsError>, code: &str) -> Result<Option<T>, AwsError> {
    match answer {
        Ok(output) => Ok(Some(output)),
        Err(error) if error.is(&[code]) => Ok(None),
        Err(error) => Err(error),
    }
}
