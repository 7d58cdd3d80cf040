//! Rules about sources: every fact about AWS that the code cites is in `docs/AWS.md`, and every fact there is cited.
//!
//! A citation is the page, a space and the number of a heading: `docs/AWS.md N.N`, or of several: `docs/AWS.md N.N, N.N and N.N`.

use std::collections::{BTreeMap, BTreeSet};

use super::{Violation, links};

/// The page with the facts, from the repository's root.
const PAGE: &str = "docs/AWS.md";

/// How a heading of the page begins; its number follows.
const HEADING: &str = "## ";

/// Words that cited a document which is not in this repository, in parts, so that they are not found here.
const GONE: [&str; 2] = ["aws", "facts"];

/// The other such document, which was cited with a number.
const GONE_WITH_NUMBER: &str = "design";

/// Checks the text files of the repository, by their paths.
pub(super) fn check(files: &BTreeMap<String, String>) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut violate = |path: &str, line: usize, message: String| violations.push(Violation { path: path.to_owned(), line, message });
    let headings = headings(files.get(PAGE).map_or("", String::as_str));
    let mut cited = BTreeSet::new();
    for (path, text) in files {
        let words = words(text);
        for (number, line) in citations(&words) {
            if !headings.iter().any(|(known, _)| *known == number) {
                violate(path, line, format!("cites {PAGE} {number}, which has no such heading"));
            }
            // A page that explains the form relies on no fact.
            if !links::is_page(path) {
                cited.insert(number);
            }
        }
        for (line, words) in elsewhere(&words) {
            violate(path, line, format!("cites `{words}`, which is not in this repository; put the fact into {PAGE} and cite its number"));
        }
    }
    let mut seen = BTreeSet::new();
    for (number, line) in headings {
        if !seen.insert(number) {
            violate(PAGE, line, format!("has the number {number} twice"));
        } else if !cited.contains(number) {
            violate(
                PAGE,
                line,
                format!("has the fact {number}, which nothing but pages cites: remove it, or cite it where it is relied on"),
            );
        }
    }
    violations
}

/// Returns the numbers of the page's headings, each with its line.
fn headings(page: &str) -> Vec<(&str, usize)> {
    let mut found = Vec::new();
    for (line, at) in page.lines().zip(1..) {
        let number = line.strip_prefix(HEADING).and_then(|heading| heading.split_whitespace().next());
        found.extend(number.filter(|number| is_number(number)).map(|number| (number, at)));
    }
    found
}

/// Splits a text into words with their lines, without the marks of comments: so a citation may go on in the next line.
fn words(text: &str) -> Vec<(&str, usize)> {
    let mut words = Vec::new();
    for (line, at) in text.lines().zip(1..) {
        let content = line.trim_start().trim_start_matches(['/', '!', '#', '*', '>']);
        words.extend(content.split_whitespace().map(|word| (word, at)));
    }
    words
}

/// Returns the numbers that a text cites, each with its line.
fn citations<'t>(words: &[(&'t str, usize)]) -> Vec<(&'t str, usize)> {
    let mut found = Vec::new();
    for (page, _) in words.iter().enumerate().filter(|(_, (word, _))| word.ends_with(PAGE)) {
        let mut at = page + 1;
        while let Some((word, line)) = words.get(at) {
            let Some((number, after)) = leading_number(word) else { break };
            found.push((number, *line));
            let is_and = words.get(at + 1).is_some_and(|(word, _)| *word == "and");
            at += match after {
                "," => 1,
                "" if is_and => 2,
                _ => break,
            };
        }
    }
    found
}

/// Returns citations of documents that are not in the repository, each with its line.
fn elsewhere(words: &[(&str, usize)]) -> Vec<(usize, String)> {
    let gone = GONE.join("-");
    let mut found = Vec::new();
    for (at, (word, line)) in words.iter().enumerate() {
        if word.contains(&gone) {
            found.push((*line, gone.clone()));
            continue;
        }
        let Some((number, _)) = words.get(at + 1).and_then(|(next, _)| leading_number(next)) else { continue };
        let bare = word.trim_start_matches(|c: char| !c.is_alphanumeric());
        let has_digit = number.starts_with(|c: char| c.is_ascii_digit());
        let is_document = has_digit && links::is_page(bare) && bare != PAGE;
        if is_document || has_digit && bare == GONE_WITH_NUMBER && number.contains('.') {
            found.push((*line, format!("{bare} {number}")));
        }
    }
    found
}

/// Splits a word into the number with which it begins and what follows it.
fn leading_number(word: &str) -> Option<(&str, &str)> {
    let end = word.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(word.len());
    let number = word[..end].trim_end_matches('.');
    is_number(number).then(|| (number, &word[number.len()..]))
}

/// Returns whether a text is the number of a heading: `9`, `10.3`, `A`, `D.4`.
fn is_number(text: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_part = |text: &str| is_digits(text) || text.len() == 1 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    match text.split_once('.') {
        Some((part, section)) => is_part(part) && is_digits(section),
        None => is_part(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, String)]) -> Vec<String> {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.clone())).collect();
        check(&files).iter().map(ToString::to_string).collect()
    }

    fn cited(text: &str) -> Vec<String> {
        citations(&words(&text.replace("PAGE", PAGE))).iter().map(|(number, line)| format!("{number} in {line}")).collect()
    }

    #[test]
    fn citations_are_read_in_every_form() {
        for (text, expected) in [
            ("/// Most trails (PAGE 4.1).", &["4.1 in 1"][..]),
            ("//! from PAGE 4.2 and 4.3 (CloudTrail) and 5.5", &["4.2 in 1", "4.3 in 1"]),
            ("//! in PAGE 1.4,\n//! 2.1, 5.8 and 8.1.", &["1.4 in 1", "2.1 in 2", "5.8 in 2", "8.1 in 2"]),
            ("// one a second (PAGE\n    // 10.3: of all)", &["10.3 in 2"]),
            ("(PAGE 9, class T)", &["9 in 1"]),
            ("(PAGE D.4), and PAGE A", &["D.4 in 1", "A in 1"]),
            ("the form is `PAGE N.N`; [PAGE](PAGE) has them; PAGE holds 5", &[]),
        ] {
            assert_eq!(cited(text), expected, "{text}");
        }
    }

    #[test]
    fn every_citation_has_its_heading_and_every_heading_its_citation() {
        let page = "# Facts\n\n## 1.1 One\n\n## 9 Errors\n\n## Not a number\n".to_owned();
        let code = |numbers: &str| ("sdk/src/a.rs", format!("//! From {PAGE} {numbers}.\n"));
        assert_eq!(found(&[(PAGE, page.clone()), code("1.1 and 9")]), [""; 0]);
        let unknown = found(&[(PAGE, page.clone()), code("1.1, 9 and 1.11")]);
        assert_eq!(unknown, [format!("sdk/src/a.rs:1: cites {PAGE} 1.11, which has no such heading")]);
        let uncited = found(&[(PAGE, page.clone()), code("1.1"), ("docs/STYLE.md", format!("As in {PAGE} 9."))]);
        assert_eq!(uncited.len(), 1, "{uncited:?}");
        assert!(uncited[0].starts_with(&format!("{PAGE}:5: has the fact 9")), "{uncited:?}");
        let twice = found(&[(PAGE, format!("{page}\n## 9 Errors\n")), code("1.1, 9")]);
        assert_eq!(twice, [format!("{PAGE}:9: has the number 9 twice")]);
        assert_eq!(found(&[code("1.1")]).len(), 1, "without the page nothing is found");
    }

    #[test]
    fn documents_that_are_not_here_are_not_cited() {
        let gone = GONE.join("-");
        for bad in
            [format!("(see {gone} N.N)"), format!("{GONE_WITH_NUMBER} {}", "4.4"), format!("(other.md {})", 3), format!("faults.md {}:", 1)]
        {
            let found = found(&[("sdk/src/a.rs", format!("//! A.\n// {bad}\n"))]);
            assert_eq!(found.len(), 1, "{bad}: {found:?}");
            assert!(found[0].starts_with("sdk/src/a.rs:2:"), "{found:?}");
        }
        for good in ["a design of 4 parts", "by design 4 of them", "README.md has 3", "docs/MANIFEST.md says", "version 4.4"] {
            assert_eq!(found(&[("sdk/src/a.rs", format!("// {good}\n"))]), [""; 0], "{good}");
        }
    }
}
