//! One Rust file as the rules see it.

use super::token::{self, Token};

/// Where the library's modules live.
const LIBRARY: &str = "sdk/src/";

/// A Rust file, read once for all rules.
pub(super) struct Source {
    /// Path from the workspace's root.
    pub(super) path: String,
    /// The text as it is.
    pub(super) text: String,
    /// The code with its tests.
    pub(super) tokens: Vec<Token>,
    /// The code without its tests.
    pub(super) untested: Vec<Token>,
    /// The module of the library that this file is, `[]` for the crate's root; `None` outside the library.
    pub(super) module: Option<Vec<String>>,
    test_children: Vec<String>,
}

impl Source {
    /// Reads a file's text.
    pub(super) fn new(path: &str, text: String) -> Self {
        let tokens = token::tokens(&text);
        let untested = token::without_tests(&tokens);
        Self {
            path: path.to_owned(),
            text,
            tokens,
            untested: untested.tokens,
            module: module_of(path),
            test_children: untested.test_modules,
        }
    }

    /// Returns the modules of the library that this file declares for tests only, in files of their own.
    pub(super) fn test_modules(&self) -> Vec<Vec<String>> {
        let Some(own) = &self.module else { return Vec::new() };
        self.test_children.iter().map(|child| own.iter().chain([child]).cloned().collect()).collect()
    }

    /// Returns the lines of the comment that opens the file.
    pub(super) fn head(&self) -> impl Iterator<Item = &str> {
        self.text.lines().take_while(|line| line.starts_with("//!"))
    }
}

fn module_of(path: &str) -> Option<Vec<String>> {
    let inside = path.strip_prefix(LIBRARY)?.strip_suffix(".rs")?;
    if inside == "lib" {
        return Some(Vec::new());
    }
    Some(inside.split('/').map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_library_are_modules() {
        let module = |path| module_of(path).map(|names| names.join("::"));
        assert_eq!(module("sdk/src/lib.rs").as_deref(), Some(""));
        assert_eq!(module("sdk/src/kind/iam/role.rs").as_deref(), Some("kind::iam::role"));
        assert_eq!(module("sdk/tests/outside.rs"), None);
        assert_eq!(module("bootstrap/src/main.rs"), None);
    }
}
