//! `cargo xtask ci`: everything that a change must pass, cheapest first. `.ci/run` calls it on a clean machine.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::step::{self, Failure};
use crate::timings::Timings;
use crate::workspace::{SELECTION, cargo};
use crate::{conformance, docs, policies, test, tidy};

/// What a run may take that compiles everything, on two cores.
const COLD: Duration = Duration::from_mins(45);

/// What a run may take that finds the dependencies built.
const WARM: Duration = Duration::from_mins(25);

/// Crates that a program which only wants a session must never compile: together they cost minutes and gigabytes.
const NOT_IN_A_SESSION: [&str; 5] = ["aws-sdk-cloudtrail", "aws-sdk-iam", "aws-sdk-kms", "aws-sdk-organizations", "aws-sdk-s3"];

/// How the library is selected for a program that only wants a session.
const SESSION_ONLY: [&str; 5] = ["--package", "landfall", "--no-default-features", "--features", "session"];

/// Selections of the library's features whose documentation must be whole by itself: links lead to what is there.
const DOCUMENTED: [&str; 6] = ["session", "session,simulator", "ssm", "config", "discovery", "operate"];

/// Whether the tests are part of this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tests {
    /// Run them, last.
    Run,
    /// Leave them out: the caller runs them by itself.
    Leave,
}

/// Runs every check, stopping at the first that fails, and prints what each took.
///
/// # Errors
///
/// The first check that fails.
pub(crate) fn run(tests: Tests) -> Result<(), Failure> {
    let mut timings = Timings::default();
    let outcome = checks(&mut timings, tests);
    print!("{timings}");
    println!("{:>9}  {}", "", budget(timings.total()));
    outcome
}

fn checks(timings: &mut Timings, tests: Tests) -> Result<(), Failure> {
    timings.time("format", || step::run(&mut cargo(["fmt", "--all", "--check"])))?;
    timings.time("tidy", tidy::run)?;
    timings.time("session alone, dependencies", session_dependencies)?;
    timings.time("one build of dependencies", one_build)?;
    timings.time("session alone, build", || step::run(cargo(["clippy"]).args(SESSION_ONLY).args(["--", "--deny", "warnings"])))?;
    timings.time("clippy", || step::run(cargo(["clippy"]).args(SELECTION).args(["--all-targets", "--", "--deny", "warnings"])))?;
    for features in DOCUMENTED {
        let documented = || {
            step::run(
                cargo(["doc", "--no-deps", "--package", "landfall", "--no-default-features", "--features", features])
                    .env("RUSTDOCFLAGS", "--deny warnings"),
            )
        };
        timings.time(&format!("rustdoc, {features}"), documented)?;
    }
    timings.time("rustdoc", || step::run(cargo(["doc", "--no-deps"]).args(SELECTION).env("RUSTDOCFLAGS", "--deny warnings")))?;
    if tests == Tests::Run {
        timings.time("build the tests", test::build)?;
    }
    timings.time("docs", || docs::run(docs::Do::Check))?;
    timings.time("policies", policies::run)?;
    if tests == Tests::Run {
        timings.time("tests and doctests", test::tests)?;
        timings.time("conformance", || conformance::run(&[]))?;
    }
    Ok(())
}

/// Says what a run took beside what it may take. More is no failure: another job may have had the machine.
fn budget(took: Duration) -> String {
    let minutes = took.as_secs_f64() / 60.0;
    let limits = format!("{} minutes cold and {} warm", COLD.as_secs() / 60, WARM.as_secs() / 60);
    if took > COLD { format!("{minutes:.1} minutes: MORE than the {limits}") } else { format!("{minutes:.1} of at most {limits}") }
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
    fn the_budget_is_told() {
        assert_eq!(budget(Duration::from_mins(18)), "18.0 of at most 45 minutes cold and 25 warm");
        assert_eq!(budget(Duration::from_secs(2_730)), "45.5 minutes: MORE than the 45 minutes cold and 25 warm");
    }

    #[test]
    fn heavy_crates_are_found_by_their_whole_name() {
        assert_eq!(heavy_crates("landfall v0.1.0\naws-sdk-iam v1.133.0\naws-sdk-sts v1.124.0"), ["aws-sdk-iam"]);
        assert_eq!(heavy_crates("landfall v0.1.0\naws-sdk-s3control v1.0.0"), [""; 0]);
    }
}
