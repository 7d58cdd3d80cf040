//! `cargo xtask test`: all that can be tested here, with nothing to install but Rust (and Python for the last step).

use crate::step::{self, Failure, step};
use crate::{conformance, workspace};

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
    step::run(workspace::cargo(["test", "--no-run"]).args(workspace::SELECTION))
}

/// Runs unit tests, scenarios and doctests.
///
/// # Errors
///
/// When one fails.
pub(crate) fn tests() -> Result<(), Failure> {
    step::run(workspace::cargo(["test"]).args(workspace::SELECTION))
}
