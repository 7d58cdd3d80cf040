//! Why the text of an answer was not read.

/// Why a text was not read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unread {
    /// It is not what the service writes: cut off, or another program's. What was asked for may have been done.
    #[error("the answer cannot be read: {0}")]
    Malformed(String),
    /// It is, and lacks a member that AWS always sends, or has another value in it than documented.
    #[error("the answer is not as documented: {0}")]
    Unexpected(String),
}

impl Unread {
    /// Returns that an answer is not as documented, without the value that was not expected: it may be secret.
    pub(super) fn unexpected(words: &str) -> Self {
        let kind = words.split(": ").next().unwrap_or_default();
        Self::Unexpected(kind.split(" at line").next().unwrap_or_default().to_owned())
    }
}
