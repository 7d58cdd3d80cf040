//! `cargo xtask ci`: everything that a change must pass, cheapest first. `.ci/run` calls it on a clean machine.

use std::collections::BTreeSet;

use crate::step::{self, Failure, step};
use crate::workspace::{SELECTION, cargo};
use crate::{docs, policies, test, tidy};

/// Crates that a program which only wants a session must never compile: together they cost minutes and gigabytes.
const NOT_IN_A_SESSION: [&str; 5] = ["aws-sdk-cloudtrail", "aws-sdk-iam", "aws-sdk-kms", "aws-sdk-organizations", "aws-sdk-s3"];

/// How the library is selected for a program that only wants a session.
const SESSION_ONLY: [&str; 5] = ["--package", "landfall", "--no-default-features", "--features", "session"];

/// Selections of the library's features whose documentation must be whole by itself: links lead to what is there.
const DOCUMENTED: [&str; 5] = ["session", "session,simulator", "ssm", "discovery", "operate"];

/// Whether the tests are part of this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tests {
    /// Run them, last.
    Run,
    /// Leave them out: the caller runs them by itself.
    Leave,
}

/// Runs every check, stopping at the first that fails.
///
/// # Errors
///
/// The first check that fails.
pub(crate) fn run(tests: Tests) -> Result<(), Failure> {
    step("format", || step::run(&mut cargo(["fmt", "--all", "--check"])))?;
    step("tidy", tidy::run)?;
    step("session alone, dependencies", session_dependencies)?;
    step("one build of dependencies", one_build)?;
    step("session alone, build", || step::run(cargo(["clippy"]).args(SESSION_ONLY).args(["--", "--deny", "warnings"])))?;
    step("clippy", || step::run(cargo(["clippy"]).args(SELECTION).args(["--all-targets", "--", "--deny", "warnings"])))?;
    for features in DOCUMENTED {
        let documented = || {
            step::run(
                cargo(["doc", "--no-deps", "--package", "landfall", "--no-default-features", "--features", features])
                    .env("RUSTDOCFLAGS", "--deny warnings"),
            )
        };
        step(&format!("rustdoc, {features}"), documented)?;
    }
    step("rustdoc", || step::run(cargo(["doc", "--no-deps"]).args(SELECTION).env("RUSTDOCFLAGS", "--deny warnings")))?;
    step("docs", || docs::run(docs::Do::Check))?;
    policies::run()?;
    match tests {
        Tests::Run => test::run(),
        Tests::Leave => Ok(()),
    }
}

fn session_dependencies() -> Result<(), Failure> {
    let tree = step::output(cargo(["tree", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"]).args(SESSION_ONLY))?;
    let found = heavy_crates(&tree);
    let features = step::output(cargo(["tree", "--edges", "normal,build,features", "--prefix", "none"]).args(SESSION_ONLY))?;
    if features.lines().any(|line| line.contains("feature \"test-util\"")) {
        return Err(Failure("feature `session` of landfall switches on `test-util` of another crate in its users' builds".to_owned()));
    }
    if found.is_empty() {
        Ok(())
    } else {
        Err(Failure(format!("feature `session` of landfall pulls in {}; make them optional under `operate`", found.join(", "))))
    }
}

/// Checks that tests build no dependency again that the binary was built with: that both select the same features of it.
fn one_build() -> Result<(), Failure> {
    let tree = |edges, more: &[&str]| {
        step::output(cargo(["tree", "--workspace", "--edges", edges, "--prefix", "none", "--format", "{p} {f}"]).args(more.iter().copied()))
    };
    let other = other_features(&tree("normal,build", &[])?, &tree("normal,build,dev", &["--all-features"])?);
    if other.is_empty() {
        Ok(())
    } else {
        Err(Failure(format!("`cargo xtask test` builds with other features, and so anew: {}", other.join(", "))))
    }
}

/// Returns the crates of a `cargo tree` that another has with other features. The workspace's own have a path.
fn other_features(binary: &str, tests: &str) -> Vec<String> {
    let lines = |tree: &str| -> BTreeSet<String> {
        tree.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).filter(|line| !line.contains(" (/")).collect()
    };
    let (binary, tests) = (lines(binary), lines(tests));
    binary.difference(&tests).filter_map(|line| line.split(' ').next().map(str::to_owned)).collect()
}

/// Returns which of the heavy crates a `cargo tree` without drawing names.
fn heavy_crates(tree: &str) -> Vec<&'static str> {
    let named = |name: &str| tree.lines().any(|line| line.split(' ').next() == Some(name));
    NOT_IN_A_SESSION.into_iter().filter(|name| named(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_that_would_be_built_again_are_named() {
        let binary = "landfall v0.1.0 (/w/sdk) ssm\nclap v4.6.9 help\nuuid v1.29.3 rng (*)\n";
        assert_eq!(other_features(binary, "landfall v0.1.0 (/w/sdk) \nclap v4.6.9 env,help\nuuid v1.29.3 rng\nrand v0.10.4 \n"), ["clap"]);
        assert_eq!(other_features(binary, binary), [""; 0]);
    }

    #[test]
    fn heavy_crates_are_found_by_their_whole_name() {
        assert_eq!(heavy_crates("landfall v0.1.0\naws-sdk-iam v1.133.0\naws-sdk-sts v1.124.0"), ["aws-sdk-iam"]);
        assert_eq!(heavy_crates("landfall v0.1.0\naws-sdk-s3control v1.0.0"), [""; 0]);
    }
}
