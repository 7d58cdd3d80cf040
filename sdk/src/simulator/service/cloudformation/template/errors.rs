//! The errors of templates.

use crate::simulator::failure::Failure;

/// The error for a template that is wrong by itself.
pub(super) fn format_error(problem: impl std::fmt::Display) -> Failure {
    Failure::validation(format!("Template format error: {problem}"))
}

/// The error for a value that cannot be evaluated.
pub(super) fn template_error(problem: impl std::fmt::Display) -> Failure {
    Failure::validation(format!("Template error: {problem}"))
}
