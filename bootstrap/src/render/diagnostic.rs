//! A manifest's diagnostics: drawn on the text they are about, or as data.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use landfall::manifest::{Diagnostic, Severity, Source};
use serde::Serialize;

/// Returns a diagnostic with the lines it is about, and an empty line after it.
pub(crate) fn draw(source: &Source, found: &Diagnostic, width: usize) -> String {
    let level = match found.severity {
        Severity::Error => Level::ERROR,
        // A severity that this program does not know is at least worth a look.
        Severity::Warning | _ => Level::WARNING,
    };
    let label = Some(found.label.as_str()).filter(|label| !label.is_empty());
    let snippet = Snippet::source(source.text.as_str())
        .path(source.name.as_str())
        .annotation(AnnotationKind::Primary.span(found.span.clone()).label(label))
        .annotations(found.related.iter().map(|(span, label)| AnnotationKind::Context.span(span.clone()).label(label.as_str())));
    let mut group = level.primary_title(found.message.as_str()).element(snippet);
    if let Some(hint) = &found.hint {
        group = group.element(Level::HELP.with_name("hint").message(hint.as_str()));
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
