//! The manifest: `landfall.toml` read into an [`Organization`], or into everything that is wrong with it, with places.
//!
//! Pure: no file is opened here. Files that a manifest names come from the caller's reader; drawing diagnostics is
//! the caller's too. Three floors: a text becomes a value (`value`); the file's sections become typed values with their places
//! (`syntax`, `read` by the table in `keys`, `raw`); and the rules between them (`check` and its parts).

mod accounts;
mod check;
mod diagnostic;
mod environments;
mod guardrails;
mod keys;
mod management;
mod names;
mod network;
mod principals;
mod raw;
mod read;
mod schema;
mod source;
mod syntax;
#[cfg(test)]
mod tests;
mod value;

pub use diagnostic::{DIAGNOSTICS_MAX, Diagnostic, Severity};
pub use schema::schema;
pub use source::{MANIFEST_BYTES_MAX, ReadFile, Source};

use std::collections::BTreeMap;
use std::ops::Range;

use crate::model::Organization;
use diagnostic::Diagnostics;

/// What came out of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "diagnostics say what is wrong with the manifest"]
#[non_exhaustive]
pub struct Parsed {
    /// The organization; `None` when there is any error.
    pub organization: Option<Organization>,
    /// Everything there is to say, by place.
    pub diagnostics: Vec<Diagnostic>,
    /// Where keys stand that documents grow with, by their names: `access.github`.
    places: BTreeMap<String, Range<usize>>,
}

impl Parsed {
    /// Refuses the manifest after all, for what a key of it leads to: a document that AWS would not take.
    pub fn refuse(&mut self, key: &str, message: impl Into<String>, hint: impl Into<String>) {
        let span = self.places.get(key).cloned().unwrap_or_default();
        self.diagnostics.push(Diagnostic::error(span, message).with_hint(hint));
        self.diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
        self.organization = None;
    }
}

/// Parses a manifest and checks it, offline.
///
/// All mistakes are found in one go, syntax and meaning alike, each reported once. `files` reads the guardrail files
/// that the manifest names, relative to itself; it is asked once per path.
///
/// # Examples
///
/// ```
/// use landfall::manifest::{Source, parse};
///
/// let source = Source { name: "landfall.toml".to_owned(), text: "schema = 1\norganisation = {}\n".to_owned() };
/// let parsed = parse(&source, &|_| Err("no such file".to_owned()));
/// assert!(parsed.organization.is_none());
/// assert_eq!(
///     parsed.diagnostics[0].one_line(&source),
///     "landfall.toml:2:1: error: unknown key `organisation`; did you mean `organization`?"
/// );
/// ```
pub fn parse(source: &Source, files: &ReadFile<'_>) -> Parsed {
    let mut diagnostics = Diagnostics::default();
    let mut places = BTreeMap::new();
    let organization = organization(&source.text, files, &mut diagnostics, &mut places);
    let failed = diagnostics.has_errors();
    debug_assert!(failed == organization.is_none(), "an organization comes out exactly when nothing is wrong");
    Parsed { organization: organization.filter(|_| !failed), diagnostics: diagnostics.finish(), places }
}

fn organization(
    text: &str,
    files: &ReadFile<'_>,
    diagnostics: &mut Diagnostics,
    places: &mut BTreeMap<String, Range<usize>>,
) -> Option<Organization> {
    let table = syntax::read(text, diagnostics)?;
    places.extend(syntax::places(&table));
    let raw = raw::read(&table, syntax::first_line(text), diagnostics)?;
    check::check(&raw, files, diagnostics)
}
