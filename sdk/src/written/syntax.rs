//! From text to TOML: refuses a file that is not text, and reports every syntax error with its place.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::diagnostic::{Diagnostic, Diagnostics};
use super::shorten;

/// What a file is, for the errors about the whole of it.
#[derive(Debug)]
pub(crate) struct FileKind {
    /// The noun: `manifest`.
    pub(crate) noun: &'static str,
    /// Its largest size in bytes.
    pub(crate) bytes_max: usize,
    /// The hint if it is empty; `None` if it may be.
    pub(crate) empty: Option<&'static str>,
}

/// Reads the text as TOML. Returns `None` if nothing can be used; otherwise the table has everything that could be read.
pub(crate) fn read<'t>(kind: &FileKind, text: &'t str, diagnostics: &mut Diagnostics) -> Option<DeTable<'t>> {
    if text.len() > kind.bytes_max {
        let message = format!("the file has {} bytes, a {} has at most {}", text.len(), kind.noun, kind.bytes_max);
        diagnostics.report(Diagnostic::error(0..0, message).with_hint("check that this is the right file"));
        return None;
    }
    if let Some(at) = text.find('\0') {
        diagnostics.report(
            Diagnostic::error(at..at + 1, "the file contains a NUL character")
                .with_hint("save it as UTF-8 text; it may be UTF-16 or binary"),
        );
        return None;
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    let table = table.into_inner();
    if let Some(hint) = kind.empty.filter(|_| table.is_empty() && errors.is_empty()) {
        diagnostics.report(Diagnostic::error(first_line(text), format!("the {} is empty", kind.noun)).with_hint(hint));
        return None;
    }
    let mut repeated_header: Option<Range<usize>> = None;
    let mut errors: Vec<(Range<usize>, &str)> =
        errors.iter().map(|error| (on_boundaries(text, error.span().unwrap_or(0..0)), error.message())).collect();
    errors.sort_by_key(|(span, _)| span.start);
    let mut line: Option<Range<usize>> = None;
    let mut after_quote = false;
    for (span, message) in errors {
        let is_repetition = message == "duplicate key";
        let same_line = line.as_ref().is_some_and(|line| span.start <= line.end);
        // After the first error on a line, the parser only guesses at the rest of it.
        if same_line && !is_repetition {
            continue;
        }
        let line = match &line {
            Some(line) if same_line => line.clone(),
            Some(_) | None => line.insert(unreadable(text, &span, message)).clone(),
        };
        // A quote that is not closed hides the bracket after it.
        if after_quote && is_unclosed(message) {
            diagnostics.unreadable(line);
            continue;
        }
        after_quote = ["expected `\"`", "expected `'`"].iter().any(|end| message.ends_with(end));
        // A section written twice is one mistake, however many of its keys are in both.
        if is_repetition && repeated_header.as_ref().is_some_and(|section| section.contains(&span.start)) {
            continue;
        }
        if is_repetition && text[line.clone()].trim_start().starts_with('[') {
            repeated_header = Some(line.end..next_header(text, line.end));
        }
        let diagnostic = if is_repetition {
            let what = shorten(&text[span.clone()]);
            Diagnostic::error(span, format!("`{what}` is written twice")).with_label("remove one of the two")
        } else {
            explain(span, message)
        };
        diagnostics.syntax(line, diagnostic);
    }
    Some(table)
}

/// Returns the first line that is not blank: the place of errors about the whole file.
pub(crate) fn first_line(text: &str) -> Range<usize> {
    // A byte order mark is not text.
    let start = text.len() - text.trim_start_matches('\u{feff}').trim_start().len();
    start..start + text[start..line_of(text, start).end].trim_end().len()
}

/// Turns an error of the `toml` crate into a diagnostic: what is wrong, and below it what was expected.
fn explain(span: Range<usize>, message: &str) -> Diagnostic {
    let (what, expected) = message.split_once(", expected ").unwrap_or((message, ""));
    let (what, label) = match what {
        // Nothing is there to be quoted.
        UNQUOTED if span.is_empty() => ("key with no value", "expected a value".to_owned()),
        UNQUOTED => (what, "expected quotes around it".to_owned()),
        UNCLOSED_ARRAY => (what, "expected `,`, or `]` before it".to_owned()),
        "extra `=`" => (what, "expected one `=`".to_owned()),
        _ if expected.is_empty() => (what, String::new()),
        _ => (what, format!("expected {expected}")),
    };
    let diagnostic = Diagnostic::error(span, format!("not valid TOML: {what}"));
    if label.is_empty() { diagnostic.with_hint("see https://toml.io") } else { diagnostic.with_label(label) }
}

/// The `toml` crate's words for a bare word in the place of a value, and for an array that goes on where it should have ended.
const UNQUOTED: &str = "string values must be quoted";
const UNCLOSED_ARRAY: &str = "missing comma between array elements";

/// Returns what cannot be read because of an error: its line; all to the end of the text where a bracket is not closed, since the
/// parser takes what follows for what is in it.
fn unreadable(text: &str, span: &Range<usize>, message: &str) -> Range<usize> {
    let line = line_of(text, span.start);
    if is_unclosed(message) { line.start..text.len() } else { line }
}

fn is_unclosed(message: &str) -> bool {
    message.starts_with("unclosed ") || message.starts_with("missing comma ")
}

/// Returns the line at a place, without its newline.
fn line_of(text: &str, at: usize) -> Range<usize> {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    start..end
}

/// Returns where the next line that opens with `[` begins, or the end.
fn next_header(text: &str, from: usize) -> usize {
    let mut at = from;
    while let Some(newline) = text[at..].find('\n') {
        at += newline + 1;
        if text[at..].trim_start_matches([' ', '\t']).starts_with('[') {
            return at;
        }
    }
    text.len()
}

/// Widens a span to whole characters of the text.
fn on_boundaries(text: &str, span: Range<usize>) -> Range<usize> {
    let mut start = span.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = span.end.clamp(start, text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

/// Returns the place of every key, by its path: `access.github`.
pub(crate) fn places(table: &DeTable<'_>) -> BTreeMap<String, Range<usize>> {
    fn walk(before: &str, table: &DeTable<'_>, places: &mut BTreeMap<String, Range<usize>>) {
        for (key, value) in table {
            let path = if before.is_empty() { key.get_ref().to_string() } else { format!("{before}.{}", key.get_ref()) };
            if let DeValue::Table(inner) = value.get_ref() {
                walk(&path, inner, places);
            }
            places.insert(path, key.span());
        }
    }
    let mut places = BTreeMap::new();
    walk("", table, &mut places);
    places
}
