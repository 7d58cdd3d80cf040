//! `cargo xtask test`: all that can be tested here, with nothing to install but Rust (and Python for the last step).

use crate::step::{self, Failure, step};
use crate::{conformance, workspace};

/// What every build of the tests selects. One selection for all of them: another one would unify the dependencies'
/// features differently and compile the AWS crates, minutes of work, a second time.
pub(crate) const SELECTION: [&str; 2] = ["--workspace", "--all-features"];

/// Runs unit tests, scenarios and doctests, then conformance.
///
/// # Errors
///
/// The first step that fails.
pub(crate) fn run() -> Result<(), Failure> {
    step("build the tests", build)?;
    step("tests and doctests", tests)?;
    conformance::run(&[]).map(|_| ())
}

/// Builds the unit tests and scenarios.
///
/// # Errors
///
/// When the build fails.
pub(crate) fn build() -> Result<(), Failure> {
    step::run(workspace::cargo(["test", "--no-run"]).args(SELECTION))
}

/// Runs unit tests, scenarios and doctests.
///
/// # Errors
///
/// When one fails.
pub(crate) fn tests() -> Result<(), Failure> {
    step::run(workspace::cargo(["test"]).args(SELECTION))
}
