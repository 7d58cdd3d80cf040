//! Why an answer could not be read.

/// Why a text could not be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unread {
    /// The text is cut off, or another program wrote it. The operation may have taken effect.
    #[error("the answer cannot be read: {0}")]
    Malformed(String),
    /// The service wrote it, but a required member is missing, or a value is not as documented.
    #[error("the answer is not as documented: {0}")]
    Unexpected(String),
}

impl Unread {
    /// Describes an answer that is not as documented, without the value, which may be secret.
    pub(super) fn unexpected(words: &str) -> Self {
        let is_of_name = ["missing field", "duplicate field"].iter().any(|start| words.starts_with(start));
        let end = if is_of_name { " at line" } else { ": " };
        let kind = words.split(end).next().unwrap_or_default();
        let kind = if is_of_name { kind } else { kind.split(['`', '"']).next().unwrap_or_default() };
        Self::Unexpected(kind.split(" at line").next().unwrap_or_default().trim_end().to_owned())
    }
}

/// Returns whether a member is an id or an ARN, by its name; an empty one counts as missing.
pub(super) fn is_id(name: &str) -> bool {
    ["id", "arn"].contains(&name) || ["Id", "Arn", "ARN"].iter().any(|end| name.ends_with(end))
}
