//! What may go wrong where an index comes from AWS.

use super::IndexError;
use crate::aws::error::AwsError;

/// Why AWS gave no index.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// AWS refused, or did not answer.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// There is nothing of landfall's.
    #[error("{place} has no environments of landfall's")]
    Nothing {
        /// Where it was looked for.
        place: String,
    },
    /// The parts of a text do not belong together: somebody is writing them, or changed one by hand.
    #[error("the parameters below {path} do not belong together: they are being written, or one was changed by hand")]
    Torn {
        /// The path of the parts.
        path: String,
    },
    /// What was found is no index.
    #[error(transparent)]
    Index(#[from] IndexError),
}
