//! A manifest's diagnostics: drawn on the text they are about, or as data.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use landfall::manifest::{Diagnostic, Severity, Source};
use serde::Serialize;

use crate::format::wrapped;

/// Fewest columns that words are broken into.
const WORDS_MIN: usize = 20;

/// Returns a diagnostic with the lines it is about, and an empty line after it.
pub(crate) fn draw(source: &Source, found: &Diagnostic, width: usize) -> String {
    let level = match found.severity {
        Severity::Error => Level::ERROR,
        // A severity that this program does not know is at least worth a look.
        Severity::Warning | _ => Level::WARNING,
    };
    // What does not fit beside the underlining is put below the text; what does not fit on a line is broken.
    let (line, column) = found.position(&source.text);
    let digits = line.to_string().len();
    let underlined = source.text.get(found.span.clone()).and_then(|text| text.lines().next()).map_or(1, |text| text.chars().count());
    let beside = digits + " | ".len() + column + underlined;
    let label = Some(found.label.as_str()).filter(|label| !label.is_empty());
    let (label, note) = if label.is_some_and(|label| beside + label.chars().count() > width) { (None, label) } else { (label, None) };
    let below =
        |name: &str, words: &str| wrapped(words, width.saturating_sub(digits + " = : ".len() + name.len()).max(WORDS_MIN)).join("\n");
    let title = wrapped(&found.message, width.saturating_sub("warning: ".len()).max(WORDS_MIN)).join("\n");
    let snippet = Snippet::source(source.text.as_str())
        .path(source.name.as_str())
        .annotation(AnnotationKind::Primary.span(found.span.clone()).label(label))
        .annotations(found.related.iter().map(|(span, label)| AnnotationKind::Context.span(span.clone()).label(label.as_str())));
    let mut group = level.primary_title(title).element(snippet);
    if let Some(note) = note {
        group = group.element(Level::NOTE.message(below("note", note)));
    }
    if let Some(hint) = &found.hint {
        group = group.element(Level::HELP.with_name("hint").message(below("hint", hint)));
    }
    format!("{}\n\n", Renderer::styled().term_width(width).render(&[group]))
}

/// A diagnostic as a program reads it.
#[derive(Debug, Serialize)]
pub(crate) struct Finding<'a> {
    severity: &'static str,
    message: &'a str,
    line: usize,
    column: usize,
    label: Option<&'a str>,
    hint: Option<&'a str>,
}

impl<'a> Finding<'a> {
    /// Returns a diagnostic as data.
    pub(crate) fn of(source: &Source, found: &'a Diagnostic) -> Self {
        let (line, column) = found.position(&source.text);
        Self {
            severity: found.severity.as_str(),
            message: &found.message,
            line,
            column,
            label: Some(found.label.as_str()).filter(|label| !label.is_empty()),
            hint: found.hint.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use landfall::manifest::parse;

    /// A terminal breaks what is too long for it, in the middle of a word.
    #[test]
    fn no_line_but_the_manifests_own_is_wider_than_the_page() {
        let long = "aws+{account}-with-a-very-long-address-indeed-so-that-no-line-holds-it@a-company-of-a-long-name.example";
        let text = format!(
            "schema = 1\n[organization]\nname = \"acme\"\nemail = \"{long}\"\nregion = \"mars-west-1\"\nregions = [\"eu-west-1\"]\n\
             [environments.dev]\ntier = \"devlopment\"\nnetwork = {{ cidr = \"10.0.0.0/12\", nat = \"sometimes\" }}\n\
             [environments.staging]\ntier = \"staging\"\nid = \"222200000005\"\n"
        );
        let source = Source { name: "landfall.toml".to_owned(), text };
        let parsed = parse(&source, &|_| Err("no".to_owned()));
        assert!(parsed.diagnostics.len() > 3, "{:?}", parsed.diagnostics);
        for width in [60, 80, 110] {
            for found in &parsed.diagnostics {
                let drawn = anstream::adapter::strip_str(&draw(&source, found, width)).to_string();
                for line in drawn.lines() {
                    // The manifest's own lines, and words that no blank breaks.
                    let is_own = line.split_once(" | ").is_some_and(|(_, own)| source.text.contains(own.trim()));
                    let is_word = line.split_whitespace().any(|word| word.chars().count() > width / 2);
                    assert!(is_own || is_word || line.chars().count() <= width, "{width}: {drawn}");
                }
            }
        }
    }

    #[test]
    fn a_mistake_is_underlined_with_what_to_do() {
        let text = "schema = 1\n[organization]\nname = \"acme\"\nfolows = \"dev\"\nemail = \"aws+{account}@acme.example\"\n\
            region = \"eu-west-1\"\nregions = [\"eu-west-1\"]\n[environments.dev]\ntier = \"development\"\n";
        let source = Source { name: "landfall.toml".to_owned(), text: text.to_owned() };
        let parsed = parse(&source, &|_| Err("no".to_owned()));
        let drawn: String = parsed.diagnostics.iter().map(|found| draw(&source, found, 80)).collect();
        assert_eq!(
            anstream::adapter::strip_str(&drawn).to_string(),
            "error: unknown key `folows`\n --> landfall.toml:4:1\n  |\n4 | folows = \"dev\"\n  | ^^^^^^\n  |\n  \
             = hint: [organization] has `name`, `email`, `region`, `regions`, `access_role`\n\n"
        );
    }
}
