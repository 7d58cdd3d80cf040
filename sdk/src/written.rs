//! What is written in a TOML file: typed values with their places, and every mistake with its own.
//!
//! Pure, and without a word about what the values mean: the [manifest](crate::manifest) and the files of an app are read with
//! it. A text becomes a table (`syntax`), its sections become values by a table of keys (`section`, `shape`), and what is wrong becomes a
//! [`Diagnostic`].

pub(crate) mod diagnostic;
pub(crate) mod duration;
pub(crate) mod section;
pub(crate) mod shape;
pub(crate) mod source;
pub(crate) mod syntax;

pub use diagnostic::{DIAGNOSTICS_MAX, Diagnostic, Severity};
pub use source::{ReadFile, Source};

/// Returns the text's beginning, for messages.
pub(crate) fn shorten(text: &str) -> String {
    const SHOWN: usize = 64;
    if text.chars().count() <= SHOWN { text.to_owned() } else { text.chars().take(SHOWN).chain(['…']).collect() }
}
