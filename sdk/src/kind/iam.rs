//! Kinds of IAM, one account at a time. All roles and policies of landfall have the path `/landfall/`.

pub mod access_role;
pub mod account_alias;
mod api;
pub mod caller;
mod details;
pub mod oidc_provider;
pub mod password_policy;
pub mod policy;
pub mod role;
pub mod root_access;
pub mod service_role;
mod trust_fields;
mod trusted;

use crate::aws::error::AwsError;

/// The largest page size of IAM's lists.
const PAGE: i32 = 1000;
/// IAM's code for a name that is taken.
const TAKEN: &[&str] = &["EntityAlreadyExists"];
/// IAM's code for a resource that does not exist.
const NO_SUCH_ENTITY: &[&str] = &["NoSuchEntity"];
/// IAM's codes for a resource that was created moments ago (docs/AWS.md D.3).
const JUST_MADE: &[&str] = &["NoSuchEntity", "MalformedPolicyDocument~Invalid principal"];

/// Returns whether a trust policy admits a caller, given as STS prints it.
pub(crate) fn admits(trust: &str, caller: &str) -> bool {
    trusted::admits(trust, caller)
}

/// Treats a not-found error as success: the resource is gone, as wanted.
fn gone<T>(answer: Result<T, AwsError>) -> Result<(), AwsError> {
    match answer {
        Ok(_) => Ok(()),
        Err(error) if error.is(NO_SUCH_ENTITY) => Ok(()),
        Err(error) => Err(error),
    }
}
