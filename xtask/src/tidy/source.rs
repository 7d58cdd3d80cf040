//! One Rust file as the rules see it.

use std::collections::BTreeSet;

use super::token::{self, Token};

/// Where the crates that rules look into have their modules, and the file that is each crate's root; the library first.
const CRATES: [(&str, &str); 3] = [("sdk/src/", "lib"), ("bootstrap/src/", "main"), ("xtask/src/", "main")];

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
    /// The module of whichever crate of `CRATES`; `None` for all other files.
    pub(super) place: Option<Place>,
    test_children: Vec<String>,
}

/// A module and the crate that it is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The folder of the crate's modules, such as `sdk/src/`.
    pub(super) folder: &'static str,
    /// The module, `[]` for the crate's root.
    pub(super) module: Vec<String>,
}

impl Source {
    /// Reads a file's text.
    pub(super) fn new(path: &str, text: String) -> Self {
        let tokens = token::tokens(&text);
        let untested = token::without_tests(&tokens);
        let place = place_of(path);
        Self {
            path: path.to_owned(),
            text,
            tokens,
            untested: untested.tokens,
            module: place.clone().filter(|place| place.folder == CRATES[0].0).map(|place| place.module),
            place,
            test_children: untested.test_modules,
        }
    }

    /// Returns whether this file is one of some modules, or below one.
    pub(super) fn is_within(&self, modules: &BTreeSet<Place>) -> bool {
        let is_within = |own: &Place, module: &Place| own.folder == module.folder && own.module.starts_with(&module.module);
        self.place.as_ref().is_some_and(|own| modules.iter().any(|module| is_within(own, module)))
    }

    /// Returns the lines of the comment that opens the file.
    pub(super) fn head(&self) -> impl Iterator<Item = &str> {
        self.text.lines().take_while(|line| line.starts_with("//!"))
    }
}

/// Returns the modules that are declared for tests only, in files of their own.
pub(super) fn tests(sources: &[Source]) -> BTreeSet<Place> {
    let children = |source: &Source| -> Vec<Place> {
        let Some(own) = &source.place else { return Vec::new() };
        let child = |name: &String| Place { folder: own.folder, module: own.module.iter().chain([name]).cloned().collect() };
        source.test_children.iter().map(child).collect()
    };
    sources.iter().flat_map(children).collect()
}

fn place_of(path: &str) -> Option<Place> {
    let (folder, root, inside) = CRATES.into_iter().find_map(|(folder, root)| Some((folder, root, path.strip_prefix(folder)?)))?;
    let inside = inside.strip_suffix(".rs")?;
    let module = if inside == root { Vec::new() } else { inside.split('/').map(str::to_owned).collect() };
    Some(Place { folder, module })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_crates_are_modules() {
        let place = |path| Source::new(path, String::new()).place.map(|place| format!("{} {}", place.folder, place.module.join("::")));
        assert_eq!(place("sdk/src/lib.rs").as_deref(), Some("sdk/src/ "));
        assert_eq!(place("sdk/src/kind/iam/role.rs").as_deref(), Some("sdk/src/ kind::iam::role"));
        assert_eq!(place("bootstrap/src/main.rs").as_deref(), Some("bootstrap/src/ "));
        assert_eq!(place("sdk/tests/outside.rs"), None);
        assert_eq!(
            Source::new("sdk/src/kind/iam/role.rs", String::new()).module.map(|module| module.join("::")).as_deref(),
            Some("kind::iam::role")
        );
        assert_eq!(Source::new("bootstrap/src/main.rs", String::new()).module, None);
    }
}
