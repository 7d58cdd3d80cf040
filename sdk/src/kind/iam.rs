//! Kinds of IAM, one account at a time. Everything of ours stands under the path `/landfall/`.

pub mod access_role;
mod api;
pub mod caller;
mod details;
pub mod oidc_provider;
pub mod policy;
pub mod role;

use crate::aws::error::AwsError;

/// Most that IAM returns in one page of a list.
const PAGE: i32 = 1000;
/// What IAM answers where a name is taken.
const TAKEN: &[&str] = &["EntityAlreadyExists"];
/// What IAM answers about something made moments ago (docs/AWS.md D.3).
const JUST_MADE: &[&str] = &["NoSuchEntity", "MalformedPolicyDocument~Invalid principal"];

/// Returns whether a trust policy lets in a caller, given as STS prints it.
pub(crate) fn admits(trust: &str, caller: &str) -> bool {
    role::trusted::admits(trust, caller)
}

/// Takes "no such thing" for success: it is gone, which is what was wanted.
fn gone<T>(answer: Result<T, AwsError>) -> Result<(), AwsError> {
    match answer {
        Ok(_) => Ok(()),
        Err(error) if error.is(&["NoSuchEntity"]) => Ok(()),
        Err(error) => Err(error),
    }
}
