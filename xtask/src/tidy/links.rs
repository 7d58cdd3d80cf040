//! Rules about references between files: links of Markdown lead somewhere, and a Markdown file or a test that is named is there.
//!
//! Addresses of the web are not asked for.

use std::collections::{BTreeMap, BTreeSet};

use super::Violation;

/// What a link may begin with that leads out of the repository.
const OUTSIDE: [&str; 3] = ["https://", "http://", "mailto:"];

/// Checks the text files of the repository, by their paths; `paths` are all of its files.
pub(super) fn check(files: &BTreeMap<String, String>, paths: &[String]) -> Vec<Violation> {
    let pages: BTreeMap<&str, Page<'_>> =
        files.iter().filter(|(path, _)| is_page(path)).map(|(path, text)| (path.as_str(), Page::read(text))).collect();
    let mut violations = Vec::new();
    let mut violate = |path: &str, line: usize, message: String| violations.push(Violation { path: path.to_owned(), line, message });
    for (path, page) in &pages {
        for (line, target) in &page.links {
            if let Some(why) = broken(path, target, &pages, paths) {
                violate(path, *line, format!("links to `{target}`: {why}"));
            }
        }
        for (line, label) in &page.uses {
            if !page.labels.contains_key(label) {
                violate(path, *line, format!("links to `[{label}]`, which has no `[{label}]: ADDRESS`"));
            }
        }
        for (label, line) in &page.labels {
            if !page.uses.iter().any(|(_, used)| used == label) {
                violate(path, *line, format!("has an address `[{label}]` that nothing links to"));
            }
        }
    }
    for (path, text) in files {
        for (line, name) in named(text) {
            if !exists(name, paths) && resolve(path, name).is_none_or(|inside| !exists(&inside, paths)) {
                violate(path, line, format!("names `{name}`, and there is no such file"));
            }
        }
    }
    for (path, text) in files.iter().filter(|(path, _)| is_page(path)) {
        for (line, file, function) in functions(text) {
            if !files.get(file).is_some_and(|source| source.contains(&format!("fn {function}("))) {
                violate(path, line, format!("names `{file}::{function}`, and there is no such function"));
            }
        }
    }
    violations
}

/// Returns the functions that a page names by file, `FILE.rs::FUNCTION`, each with its line.
fn functions(text: &str) -> impl Iterator<Item = (usize, &str, &str)> {
    let words = text.lines().zip(1..).flat_map(|(line, at)| line.split([' ', '`', '|', ',']).map(move |word| (at, word)));
    words.filter_map(|(at, word)| {
        let end = word.find(".rs::")? + ".rs".len();
        Some((at, &word[..end], &word[end + "::".len()..]))
    })
}

/// A Markdown file: where its links lead, and what can be linked to.
#[derive(Default)]
struct Page<'t> {
    /// Addresses with their lines.
    links: Vec<(usize, &'t str)>,
    /// Labels that stand for an address, with the lines of their use.
    uses: Vec<(usize, &'t str)>,
    /// Labels with the lines that give their addresses.
    labels: BTreeMap<&'t str, usize>,
    /// What `#…` may say, as GitHub makes it of headings.
    anchors: BTreeSet<String>,
}

impl<'t> Page<'t> {
    fn read(text: &'t str) -> Self {
        let mut page = Self::default();
        let mut is_code = false;
        for (line, at) in text.lines().zip(1..) {
            if line.trim_start().starts_with("```") {
                is_code = !is_code;
            } else if !is_code {
                page.line(line, at);
            }
        }
        page
    }

    fn line(&mut self, line: &'t str, at: usize) {
        let marks = line.len() - line.trim_start_matches('#').len();
        if marks > 0 && line[marks..].starts_with(' ') {
            self.add_anchor(&anchor(&line[marks..]));
        }
        if let Some((label, address)) = line.strip_prefix('[').and_then(|rest| rest.split_once("]: ")) {
            self.labels.insert(label, at);
            self.links.push((at, address.trim()));
            return;
        }
        // What is between backticks is no link.
        for plain in line.split('`').step_by(2) {
            for (end, _) in plain.match_indices(']') {
                let after = &plain[end + 1..];
                if let Some(address) = after.strip_prefix('(').and_then(|rest| rest.split(')').next()) {
                    self.links.push((at, address));
                } else if let Some(label) = after.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
                    self.uses.push((at, label));
                }
            }
        }
    }

    /// Adds a heading's anchor: the second of a name is `NAME-1`, the next `NAME-2`.
    fn add_anchor(&mut self, anchor: &str) {
        let mut name = anchor.to_owned();
        let mut number = 0;
        while !self.anchors.insert(name) {
            number += 1;
            name = format!("{anchor}-{number}");
        }
    }
}

/// Returns why a link leads nowhere.
fn broken(from: &str, target: &str, pages: &BTreeMap<&str, Page<'_>>, paths: &[String]) -> Option<String> {
    if OUTSIDE.iter().any(|scheme| target.starts_with(scheme)) {
        return None;
    }
    let (file, anchor) = target.split_once('#').map_or((target, None), |(file, anchor)| (file, Some(anchor)));
    let file = if file.is_empty() { Some(from.to_owned()) } else { resolve(from, file) };
    let Some(file) = file.filter(|file| exists(file, paths)) else { return Some("there is no such file".to_owned()) };
    let anchor = anchor?;
    let is_there = pages.get(file.as_str()).is_some_and(|page| page.anchors.contains(anchor));
    (!is_there).then(|| format!("{file} has no heading `#{anchor}`"))
}

/// Returns the path from the root of what a file names from its own folder; `None` where that is outside.
fn resolve(from: &str, name: &str) -> Option<String> {
    let mut names: Vec<&str> = from.split('/').collect();
    names.pop();
    for part in name.trim_end_matches('/').split('/') {
        match part {
            "." | "" => {}
            ".." => {
                names.pop()?;
            }
            part => names.push(part),
        }
    }
    Some(names.join("/"))
}

/// Returns whether a path from the root is a file or folder of the repository.
fn exists(path: &str, paths: &[String]) -> bool {
    paths.iter().any(|known| known.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// Returns the Markdown files that a text names with their folders, each with its line.
fn named(text: &str) -> Vec<(usize, &str)> {
    let is_inside = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    let mut found = Vec::new();
    for (line, at) in text.lines().zip(1..) {
        for word in line.split_whitespace().filter(|word| word.contains(".md") && !word.contains("://")) {
            let names = word.split(|c| !is_inside(c)).map(|name| name.trim_end_matches('.'));
            found.extend(names.filter(|name| name.contains('/') && !name.starts_with('/') && is_page(name)).map(|name| (at, name)));
        }
    }
    found
}

/// Returns whether a path is that of a Markdown file.
pub(super) fn is_page(path: &str) -> bool {
    std::path::Path::new(path).extension().is_some_and(|extension| extension == "md")
}

/// Returns what GitHub makes of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Samples say `.page` for the ending of Markdown, or this file would name pages that are not there.
    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let real = |text: &str| text.replace(".page", ".md");
        let files: BTreeMap<String, String> = files.iter().map(|(path, text)| (real(path), real(text))).collect();
        let paths: Vec<String> = files.keys().cloned().collect();
        check(&files, &paths).iter().map(ToString::to_string).collect()
    }

    const PAGE: &str = "# A page\n\n## 10.3 How much, at `once`?\n\n## Again\n\n## Again\n";

    #[test]
    fn links_lead_to_files_and_headings() {
        for good in [
            "[a](docs/A.page)",
            "[a](docs)",
            "[a](#here)",
            "[a](docs/A.page#103-how-much-at-once)",
            "[a](docs/A.page#again-1)",
            "[a](https://x.example/y.md)",
            "`[a](no)`",
        ] {
            assert_eq!(found(&[("README.page", &format!("# Here\n\n{good}\n")), ("docs/A.page", PAGE)]), [""; 0], "{good}");
        }
        for bad in [
            "[a](B.txt)",
            "[a](docs/A.page#no)",
            "[a](#no)",
            "[a](../A)",
            "[a][no]",
            "[no]: https://x.example",
            "| [a](docs/A.page) | [b](B) |",
        ] {
            let found = found(&[("README.page", &format!("# Here\n\n{bad}\n")), ("docs/A.page", PAGE)]);
            assert_eq!(found.len(), 1, "{bad}: {found:?}");
            assert!(found[0].starts_with("README.md:3: "), "{found:?}");
        }
    }

    #[test]
    fn links_are_read_from_the_folder_of_their_page() {
        assert_eq!(
            found(&[("docs/A.page", "[up](../README.page) and [beside](B.page#b)\n"), ("docs/B.page", "# B\n"), ("README.page", "")]),
            [""; 0]
        );
        assert_eq!(found(&[("docs/A.page", "[a](README.page)\n"), ("README.page", "")]).len(), 1);
    }

    #[test]
    fn code_is_no_link_and_labels_are_used() {
        assert_eq!(found(&[("A.page", "```toml\n[a](no)\n[b]: no\n```\n")]), [""; 0]);
        assert_eq!(found(&[("A.page", "[a][b]\n\n[b]: https://x.example\n")]), [""; 0]);
        assert_eq!(found(&[("A.page", "[a][b]\n\n[b]: nowhere\n")]).len(), 1);
    }

    #[test]
    fn a_function_that_a_page_names_is_there() {
        let code = ("tests/a.rs", "#[test]\nfn it_is_so() {}\n");
        assert_eq!(found(&[("A.page", "| `a` | tests/a.rs::it_is_so |\n"), code]), [""; 0]);
        for bad in ["tests/a.rs::it_is", "tests/b.rs::it_is_so", "`tests/a.rs::gone`"] {
            assert_eq!(found(&[("A.page", &format!("{bad}\n")), code]).len(), 1, "{bad}");
        }
    }

    #[test]
    fn a_page_that_is_named_is_there() {
        let code = |name: &str| format!("//! A file.\n// As {name} says.\nconst A: &str = include_str!(\"../../{name}\");\n");
        assert_eq!(found(&[("sdk/src/a.rs", &code("docs/HERE.page")), ("docs/HERE.page", "")]), [""; 0]);
        let bad = found(&[("sdk/src/a.rs", &code("faults/gone.page")), ("docs/HERE.page", "")]);
        assert_eq!(bad.len(), 2, "{bad:?}");
        assert!(bad[0].starts_with("sdk/src/a.rs:2: names"), "{bad:?}");
        assert_eq!(found(&[("a.rs", "// docs/*.page, NAME.page, <https://x.example/docs/NO.page>")]), [""; 0]);
    }
}
