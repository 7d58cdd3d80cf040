//! Errors of an index that is read from AWS.

use super::IndexError;
use crate::aws::error::AwsError;

/// Why no index could be read from AWS.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// AWS refused, or did not answer.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// It has no environments of landfall.
    #[error("{place} has no environments of landfall")]
    Nothing {
        /// Where it was searched.
        place: String,
    },
    /// The parts of a text do not belong together: they are being written, or one was changed by hand.
    #[error("the parameters below {path} do not belong together: they are being written, or one was changed by hand")]
    Torn {
        /// The path of the parts.
        path: String,
    },
    /// What was found is not an index.
    #[error(transparent)]
    Index(#[from] IndexError),
}
