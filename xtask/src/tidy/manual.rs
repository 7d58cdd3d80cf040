//! The rule that docs/MANIFEST.md has every key: a quick check of what `cargo xtask docs --check` compares in full.

use super::Violation;
use crate::docs::PAGE;

/// Where the keys are, each with its meaning.
pub(super) const KEYS: &str = "sdk/src/manifest/keys.rs";
/// Texts shorter than this are names and choices, which other keys may have as well.
const MEANING_LENGTH_MIN: usize = 25;

/// Checks that every meaning of a key is on the page.
pub(super) fn meanings(keys: &str, page: &str) -> Vec<Violation> {
    let shown = page.replace("\\|", "|");
    let mut violations = Vec::new();
    for (index, line) in keys.lines().enumerate() {
        let line = line.trim();
        // Patterns are for editors, comments and assertions for readers of the code.
        if line.starts_with("//") || line.contains("assert!") {
            continue;
        }
        for text in literals(line).filter(|text| text.len() >= MEANING_LENGTH_MIN && !text.starts_with('^')) {
            if !shown.contains(&text) {
                let message = format!("is not in {PAGE}: \"{text}\"; `cargo xtask docs` writes it");
                violations.push(Violation { path: KEYS.to_owned(), line: index + 1, message });
            }
        }
    }
    violations
}

/// Returns the text literals of a line, unescaped.
fn literals(line: &str) -> impl Iterator<Item = String> {
    let marked = line.replace("\\\"", "\u{1}");
    let parts: Vec<String> = marked.split('"').skip(1).step_by(2).map(|text| text.replace('\u{1}', "\"").replace("\\\\", "\\")).collect();
    parts.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meaning_that_is_not_on_the_page_is_found() {
        let keys = "optional(\"azs\", X, \"number of zones, such as \\\"3\\\", of it\"),\n// \"a comment of some length or other\"\n";
        assert_eq!(meanings(keys, "| number of zones, such as \"3\", of it |"), []);
        assert_eq!(meanings(keys, "| something else |").len(), 1);
    }
}
