//! Why the lock cannot be used.

use crate::aws::error::AwsError;

/// Why the lock cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// AWS refused, or did not answer.
    #[error("could not {doing} the lock {place}")]
    Aws {
        /// What was being done: `read`, `take`, `renew`, `release`.
        doing: &'static str,
        /// The object.
        place: String,
        /// What AWS said.
        source: AwsError,
    },
    /// Another AWS account has the bucket's name.
    #[error("the bucket name {0} is taken by another AWS account; all AWS accounts share one namespace of bucket names")]
    NameTaken(String),
    /// Another operator took it over.
    #[error("the lock was taken over by {0}")]
    TakenOver(String),
}
