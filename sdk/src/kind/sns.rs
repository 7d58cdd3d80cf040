//! Amazon SNS: topics that tell people what happens, and who is subscribed to them.

mod api;
pub mod subscription;
pub mod topic;

use crate::aws::error::AwsError;

/// SNS's codes for a topic or subscription that does not exist (docs/AWS.md D.11).
const GONE: &[&str] = &["NotFound", "ResourceNotFound"];

/// Returns the answer, or `None` if what was asked about does not exist.
fn unless_gone<T>(answer: Result<T, AwsError>) -> Result<Option<T>, AwsError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.is(GONE) => Ok(None),
        Err(error) => Err(error),
    }
}
