//! Rules about names of files: what the root holds, and names that say nothing.

use std::collections::BTreeSet;

use super::Violation;

/// Everything that the root may hold; visitors of the repository read this list first.
const TOP_LEVEL: &[&str] = &[
    ".cargo",
    ".ci",
    ".gitignore",
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "bootstrap",
    "clippy.toml",
    "docs",
    "examples",
    "rustfmt.toml",
    "sdk",
    "tests",
    "xtask",
];

/// Module names that say where code was put and not what it is.
const EMPTY_NAMES: &[&str] = &["common", "helper", "helpers", "imp", "impl", "misc", "util", "utils"];

/// Checks the entries of the root.
pub(super) fn top_level(entries: &BTreeSet<String>) -> Vec<Violation> {
    let strange = entries.iter().filter(|entry| !TOP_LEVEL.contains(&entry.as_str()));
    let message = "is not one of the entries that the root may hold (TOP_LEVEL in xtask/src/tidy/names.rs)";
    strange.map(|entry| Violation { path: entry.clone(), line: 0, message: message.to_owned() }).collect()
}

/// Checks the name of one file.
pub(super) fn file(path: &str) -> Option<Violation> {
    let violation = |message: String| Some(Violation { path: path.to_owned(), line: 0, message });
    let stem = path.strip_suffix(".rs")?;
    if stem.rsplit('/').next() == Some("mod") {
        return violation("a module with children is `name.rs` beside `name/`, never `name/mod.rs`".to_owned());
    }
    let empty = stem.split('/').find(|name| EMPTY_NAMES.contains(name))?;
    violation(format!("`{empty}` says nothing; name the file after what it holds"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strange_entries_of_the_root_are_found() {
        let check = |entries: &[&str]| top_level(&entries.iter().map(|&entry| entry.to_owned()).collect()).len();
        assert_eq!(check(&["sdk", "xtask", "README.md"]), 0);
        assert_eq!(check(&["sdk", "notes.md", "scratch"]), 2);
    }

    #[test]
    fn empty_names_and_mod_files_are_found() {
        for good in ["sdk/src/kind/iam.rs", "sdk/src/modern.rs", "sdk/src/utility_rates.rs", "docs/common/mod.txt"] {
            assert_eq!(file(good), None, "{good}");
        }
        for bad in ["sdk/src/kind/mod.rs", "sdk/src/util.rs", "tests/tests/common/world.rs", "sdk/src/kind/imp.rs", "sdk/src/helpers.rs"] {
            assert!(file(bad).is_some(), "{bad}");
        }
    }
}
