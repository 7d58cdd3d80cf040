//! The text of a file.

/// Reads a file that another one names, by the path as written there; the error is the reason why it cannot be read.
pub type ReadFile<'f> = dyn Fn(&str) -> Result<String, String> + 'f;

/// A file's text and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "callers construct it, and it will not get more fields")]
pub struct Source {
    /// The file's name, as messages show it: `landfall.toml`.
    pub name: String,
    /// The whole text.
    pub text: String,
}
