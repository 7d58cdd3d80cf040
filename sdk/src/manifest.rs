//! The manifest: reads `landfall.toml` into an [`Organization`], or reports every mistake with its place.
//!
//! Pure: opens no files. The caller supplies a reader for the files that a manifest names, and renders the diagnostics. Three
//! layers: a text becomes a value (`value`); the sections of the file become typed values with their places ([`written`](crate::written),
//! by the table in `keys`, and `raw`); `check` and its parts apply the rules between them.

mod accounts;
mod apps;
mod backups;
mod check;
mod delivery;
mod environments;
mod guardrails;
mod keys;
mod management;
mod monitoring;
mod names;
mod network;
mod principals;
mod raw;
mod schema;
mod security;
mod tags;
#[cfg(test)]
mod tests;
mod value;
mod vpc_block;

pub use schema::schema;

pub use crate::written::{DIAGNOSTICS_MAX, Diagnostic, ReadFile, Severity, Source};

use std::collections::BTreeMap;
use std::ops::Range;

use crate::model::Organization;
use crate::written::diagnostic::Diagnostics;
use crate::written::syntax::{self, FileKind};

/// Largest manifest, in bytes: a thousand accounts need a tenth of it, and a larger file is not a manifest.
pub const MANIFEST_BYTES_MAX: usize = 1 << 20;

const MANIFEST: FileKind = FileKind { noun: "manifest", bytes_max: MANIFEST_BYTES_MAX, empty: Some("run `landfall init` to create one") };

/// The result of parsing a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "diagnostics report what is wrong with the manifest"]
#[non_exhaustive]
pub struct Parsed {
    /// The organization; `None` when there is any error.
    pub organization: Option<Organization>,
    /// All diagnostics, sorted by place.
    pub diagnostics: Vec<Diagnostic>,
    /// Places of the keys that generated documents grow with, by name: `access.github`.
    places: BTreeMap<String, Range<usize>>,
}

impl Parsed {
    /// Refuses a manifest that parsed, because a document generated from one of its keys is too long for AWS.
    pub fn refuse(&mut self, key: &str, message: impl Into<String>, hint: impl Into<String>) {
        let span = self.places.get(key).cloned().unwrap_or_default();
        self.diagnostics.push(Diagnostic::error(span, message).with_hint(hint));
        self.diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
        self.organization = None;
    }
}

/// Parses a manifest and checks it, offline.
///
/// Finds all mistakes in one pass, in syntax and in meaning, and reports each once. `files` reads the guardrail files that the
/// manifest names, by paths relative to the manifest; it is called once per path.
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
    debug_assert!(failed == organization.is_none(), "an organization is returned exactly if no diagnostic is an error");
    Parsed { organization: organization.filter(|_| !failed), diagnostics: diagnostics.finish(), places }
}

fn organization(
    text: &str,
    files: &ReadFile<'_>,
    diagnostics: &mut Diagnostics,
    places: &mut BTreeMap<String, Range<usize>>,
) -> Option<Organization> {
    let table = syntax::read(&MANIFEST, text, diagnostics)?;
    places.extend(syntax::places(&table));
    let raw = raw::read(&table, syntax::first_line(text), diagnostics)?;
    check::check(&raw, files, diagnostics)
}
