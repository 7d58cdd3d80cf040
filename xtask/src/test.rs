//! `cargo xtask test`: all that can be tested here, with nothing to install but Rust (and Python for the last step).

use crate::step::{self, Failure, step};
use crate::{conformance, workspace};

/// Runs unit tests, scenarios and doctests, then conformance.
///
/// # Errors
///
/// The first step that fails.
pub(crate) fn run() -> Result<(), Failure> {
    step("tests and doctests", || step::run(workspace::cargo(["test"]).args(workspace::SELECTION)))?;
    conformance::run(&[])
}
