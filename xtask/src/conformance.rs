//! `cargo xtask conformance`: the scenarios against moto, a simulator of AWS that others wrote.
//!
//! Prepares moto, starts it on loopback, runs the tests with its address, ends it. What is asked of moto is written in
//! the tests (`tests/`), not here. Our own simulator needs none of this.

use std::process::Command;

use crate::step::{self, Failure, step};
use crate::{test, workspace};

mod python;
mod server;

use python::Found;
use server::Server;

/// Tells the tests where moto listens.
const ENDPOINT_VARIABLE: &str = "LANDFALL_CONFORMANCE_ENDPOINT";
/// Tells the tests where the binary is that they run: the one that users run.
const BINARY_VARIABLE: &str = "LANDFALL_CONFORMANCE_BINARY";

/// Runs the conformance tests, or `command` in their place, against a moto server of their own.
///
/// Without a usable Python this only says so, except in CI.
///
/// # Errors
///
/// When moto cannot be prepared or started, when the tests fail, and in CI when there is no usable Python.
pub(crate) fn run(command: &[&str]) -> Result<(), Failure> {
    let interpreter = match python::find() {
        Found::Usable(interpreter) => interpreter,
        Found::Unusable(reason) if workspace::in_ci() => return Err(Failure(format!("conformance cannot run: {reason}"))),
        Found::Unusable(reason) => {
            eprintln!("==> conformance: SKIPPED, nothing was compared with moto\n    {reason}");
            return Ok(());
        }
    };
    let directory = workspace::target_directory()?.join("conformance");
    let python = step("moto, prepare", || python::environment(&directory, &interpreter))?;
    let binary = workspace::target_directory()?.join("debug").join("landfall");
    step("build the binary", || step::run(workspace::cargo(["build"]).args(test::SELECTION).args(["--bin", "landfall"])))?;
    step("conformance", || {
        let server = Server::start(&python, &directory)?;
        eprintln!("    moto answers at {}", server.endpoint());
        let outcome =
            step::run(without_aws_variables(&mut subject(command)).env(ENDPOINT_VARIABLE, server.endpoint()).env(BINARY_VARIABLE, &binary));
        server.end(outcome.is_ok());
        outcome
    })
}

fn subject(command: &[&str]) -> Command {
    match command {
        [] => {
            let mut tests = workspace::cargo(["test"]);
            tests.args(test::SELECTION).args(["--test", "conformance", "--", "--nocapture"]);
            tests
        }
        [program, arguments @ ..] => {
            let mut command = Command::new(program);
            command.args(arguments);
            command
        }
    }
}

/// Takes this person's AWS settings away from a command: nothing of conformance may reach the real AWS.
fn without_aws_variables(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") {
            command.env_remove(name);
        }
    }
    command
}
