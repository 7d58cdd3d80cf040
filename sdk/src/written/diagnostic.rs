//! Diagnostics: mistakes in a file, with their places. The caller renders them; there are spans here but no colours.

use std::collections::BTreeMap;
use std::ops::Range;

use super::source::Source;

/// Most diagnostics of one file; the last one then gives the number left out. A file with more is not a manifest.
pub const DIAGNOSTICS_MAX: usize = 200;

/// Its severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// The file is refused.
    Error,
    /// The file is accepted, but probably does not mean what its author intended.
    Warning,
}

impl Severity {
    /// Returns the first word of the message: `error` or `warning`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One finding. It always has a label or a hint that says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// Its severity.
    pub severity: Severity,
    /// The message, without the place.
    pub message: String,
    /// The offending text, in bytes of the source; empty if something is missing from an empty file.
    pub span: Range<usize>,
    /// The label of the underlined text; may be empty.
    pub label: String,
    /// Related places, each with its label.
    pub related: Vec<(Range<usize>, String)>,
    /// What to do about it, if the label does not say so.
    pub hint: Option<String>,
}

impl Diagnostic {
    pub(crate) fn error(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, message: message.into(), span, label: String::new(), related: Vec::new(), hint: None }
    }

    pub(crate) fn warning(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(span, message) }
    }

    pub(crate) fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn with_related(mut self, span: Range<usize>, label: impl Into<String>) -> Self {
        self.related.push((span, label.into()));
        self
    }

    /// Returns the line and the column where the offending text begins, both counted from 1; the column is in characters.
    #[must_use]
    pub fn position(&self, text: &str) -> (usize, usize) {
        let mut end = self.span.start.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &text[..end];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        // A byte order mark at the start is invisible and does not count.
        let seen = before[line_start..].trim_start_matches('\u{feff}');
        (before.matches('\n').count() + 1, seen.chars().count() + 1)
    }

    /// Returns the diagnostic on one line: `landfall.toml:18:1: error: unknown key …; did you mean …?`, for logs and plain
    /// terminals.
    #[must_use]
    pub fn one_line(&self, source: &Source) -> String {
        let (line, column) = self.position(&source.text);
        let mut out = format!("{}:{line}:{column}: {}: {}", source.name, self.severity.as_str(), self.message);
        for more in [Some(self.label.as_str()), self.hint.as_deref()].into_iter().flatten().filter(|more| !more.is_empty()) {
            out.push_str("; ");
            out.push_str(more);
        }
        out
    }
}

/// Collects findings and drops those that only follow from broken syntax.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics {
    found: Vec<Diagnostic>,
    /// Parts of the text with a syntax error, from start to end: values read from them are meaningless. They do not overlap.
    broken: BTreeMap<usize, usize>,
    /// Parts of the text that no message may show.
    hidden: Vec<Range<usize>>,
}

impl Diagnostics {
    /// Reports broken syntax, and which part of the text cannot be read because of it.
    pub(crate) fn syntax(&mut self, unreadable: Range<usize>, diagnostic: Diagnostic) {
        self.unreadable(unreadable);
        self.found.push(diagnostic);
    }

    /// Notes a part of the text that cannot be read, where the cause is reported already.
    pub(crate) fn unreadable(&mut self, part: Range<usize>) {
        self.broken.insert(part.start, part.end);
    }

    /// Notes a part of the text that may be a secret.
    pub(crate) fn hide(&mut self, part: Range<usize>) {
        self.hidden.push(part);
    }

    /// Returns the text as it may be shown: what is hidden is stars, so that every place stays where it is.
    pub(crate) fn shown(&self, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        for part in &self.hidden {
            let end = part.end.min(bytes.len());
            for byte in bytes[part.start.min(end)..end].iter_mut().filter(|byte| **byte != b'\n') {
                *byte = b'*';
            }
        }
        // A part begins and ends where a character does.
        String::from_utf8(bytes).unwrap_or_else(|_| "*".repeat(text.len()))
    }

    /// Takes what is hidden out of the messages about it: names that they quote. What is shorter than a secret stays.
    pub(crate) fn mask(&mut self, text: &str) {
        const SECRET_MIN: usize = 8;
        for found in &mut self.found {
            let touched = self.hidden.iter().filter(|part| part.start <= found.span.end && found.span.start <= part.end);
            let hidden: Vec<&str> = touched.filter_map(|part| text.get(part.clone())).collect();
            let quoted = |(n, part): (usize, &str)| {
                let is_hidden = n % 2 == 1 && part.len() >= SECRET_MIN && hidden.iter().any(|text| text.contains(part));
                if is_hidden { "*".repeat(part.chars().count()) } else { part.to_owned() }
            };
            found.message = found.message.split('`').enumerate().map(quoted).collect::<Vec<_>>().join("`");
        }
    }

    /// Reports something in the file that is wrong.
    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        // The last part that begins before the end of the span is the only one that can touch it.
        let line = self.broken.range(..=diagnostic.span.end).next_back();
        let follows_from_syntax = line.is_some_and(|(_, end)| diagnostic.span.start <= *end);
        if !follows_from_syntax {
            self.found.push(diagnostic);
        }
    }

    /// Reports that something is missing from the file, unless there was a syntax error: the rest may not have been read then.
    pub(crate) fn report_absence(&mut self, diagnostic: Diagnostic) {
        if self.broken.is_empty() {
            self.report(diagnostic);
        }
    }

    /// Returns the number of findings so far.
    pub(crate) fn len(&self) -> usize {
        self.found.len()
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.found.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Returns the findings by place, each once, at most [`DIAGNOSTICS_MAX`].
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|found| (found.span.start, found.span.end, found.severity));
        self.found.dedup();
        if let Some(more) = self.found.len().checked_sub(DIAGNOSTICS_MAX).filter(|more| *more > 0) {
            self.found.truncate(DIAGNOSTICS_MAX);
            let span = self.found.last().map_or(0..0, |last| last.span.clone());
            self.found.push(Diagnostic::error(span, format!("and {more} more")).with_hint("check that this is the right file"));
        }
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters() {
        let text = "a = 1\nü = \"é\" # x\n";
        let at = |start| Diagnostic::error(start..start, "").position(text);
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(6), (2, 1));
        assert_eq!(at(text.find('"').expect("in the text")), (2, 5));
        assert_eq!(at(7), (2, 1), "inside a character: its beginning");
        assert_eq!(at(999), (3, 1), "beyond the end: the end");
    }
}
