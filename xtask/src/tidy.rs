//! `cargo xtask tidy`: the rules of this repository that no compiler checks.
//!
//! One file per group of rules; each rule is a function from text to violations, with a bad sample in its tests.
//! Style that rustfmt or clippy can check is not checked here.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use crate::docs;
use crate::step::Failure;
use crate::workspace;

mod answers;
mod circles;
mod citations;
mod edges;
mod files;
mod links;
mod manual;
mod names;
mod paths;
mod source;
mod text;
mod token;
mod violation;
mod words;
mod writes;

use source::Source;
use violation::Violation;

/// Checks every file of the repository and prints the violations to stderr.
///
/// # Errors
///
/// When a rule is broken or a file cannot be read.
pub(crate) fn run() -> Result<(), Failure> {
    let repository = files::list(&workspace::root())?;
    let mut sources = Vec::new();
    let mut texts = BTreeMap::new();
    let mut violations = names::top_level(&repository.top_level);
    for path in &repository.paths {
        violations.extend(names::file(path));
        let Some(text) = read(path)? else { continue };
        violations.extend(text::any(path, &text));
        texts.insert(path.clone(), text.clone());
        if Path::new(path).extension().is_some_and(|extension| extension == "rs") {
            sources.push(Source::new(path, text));
        } else {
            violations.extend(words::plain(path, &text));
        }
    }
    violations.extend(check(&sources));
    violations.extend(citations::check(&texts));
    violations.extend(links::check(&texts, &repository.paths));
    violations.extend(circles::between(&sources));
    if let (Some(keys), Some(page)) = (read(manual::KEYS)?, read(docs::PAGE)?) {
        violations.extend(manual::meanings(&keys, &page));
    }
    violations.sort();
    for violation in &violations {
        eprintln!("{violation}");
    }
    match violations.len() {
        0 => Ok(()),
        1 => Err(Failure("tidy found 1 violation".to_owned())),
        count => Err(Failure(format!("tidy found {count} violations"))),
    }
}

/// Applies the rules of Rust files.
fn check(sources: &[Source]) -> Vec<Violation> {
    let services = edges::services(sources);
    let tests = source::tests(sources);
    let mut violations = Vec::new();
    for source in sources {
        violations.extend(text::rust(source));
        violations.extend(writes::rust(source));
        violations.extend(answers::rust(source));
        let is_test = source.is_within(&tests);
        violations.extend(words::rust(source, is_test));
        if !is_test {
            violations.extend(edges::uses(source, &services));
            violations.extend(edges::purity(source));
        }
    }
    violations
}

/// Returns a file's text, or `None` where it is no text or was deleted since the last commit.
fn read(path: &str) -> Result<Option<String>, Failure> {
    let full = workspace::root().join(path);
    match fs::read_to_string(&full) {
        Ok(text) => Ok(Some(text)),
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::NotFound) => Ok(None),
        Err(error) => Err(Failure::io("read", &full, &error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_a_test_module_is_left_out_of_the_edges() {
        let parent = Source::new("sdk/src/plan.rs", "//! Plan.\n#[cfg(test)]\nmod scenarios;\n".to_owned());
        let child = Source::new("sdk/src/plan/scenarios.rs", "//! Tests.\nuse crate::simulator::World;\n".to_owned());
        assert_eq!(check(&[parent, child]), []);
        let untested = Source::new("sdk/src/plan.rs", "//! Plan.\nmod scenarios;\n".to_owned());
        let child = Source::new("sdk/src/plan/scenarios.rs", "//! Tests.\nuse crate::simulator::World;\n".to_owned());
        assert_eq!(check(&[untested, child]).len(), 1);
    }
}
