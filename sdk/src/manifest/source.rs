//! What a manifest is read from.

/// Largest manifest, in bytes: a thousand accounts take a tenth of it, and a larger file is the wrong one.
pub const MANIFEST_BYTES_MAX: usize = 1 << 20;

/// Reads a file that the manifest names, by the path as written there; the error says why it cannot.
pub type ReadFile<'f> = dyn Fn(&str) -> Result<String, String> + 'f;

/// A manifest's text and what to call it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the caller makes it, and a text with a name is all there ever is")]
pub struct Source {
    /// Its name as people know it: `landfall.toml`.
    pub name: String,
    /// The whole text.
    pub text: String,
}
