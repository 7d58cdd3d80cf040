//! `cargo xtask conformance`: the scenarios against moto, an independent simulator of AWS; and `cargo xtask moto`, the same moto
//! for manual use.
//!
//! Prepares moto, starts it on loopback, runs the tests with its address, ends it. What is asked of moto is written in the tests
//! (`tests/`), not here. Landfall's simulator needs none of this. What moto does not know, and every answer at its largest and its
//! smallest, comes from `answers.py`, which writes them from botocore's shapes.

use std::process::Command;

use crate::python::{self, Found};
use crate::step::{self, Failure, step};
use crate::timings::Verdict;
use crate::workspace;

mod hcl;
mod ministack;
mod moto;
mod server;

use server::Server;

/// The variable that tells the tests where moto listens.
const ENDPOINT_VARIABLE: &str = "LANDFALL_CONFORMANCE_ENDPOINT";
/// The variable that tells them where ministack listens.
const POLICIES_VARIABLE: &str = "LANDFALL_CONFORMANCE_POLICIES";
/// The variable that tells them which Python has python-hcl2.
const HCL_VARIABLE: &str = "LANDFALL_CONFORMANCE_HCL";
/// The variable that tells the tests where the binary is that they run: the one that users run.
const BINARY_VARIABLE: &str = "LANDFALL_CONFORMANCE_BINARY";

/// The variable that tells a test of the library which Python has botocore, which moto brings.
const PYTHON_VARIABLE: &str = "LANDFALL_CONFORMANCE_PYTHON";
/// That test.
const ANSWERS: &str = "every_answer_is_read_as_aws_may_send_it";

/// The default Region of clients.
const REGION: &str = "us-east-1";
/// A key and a secret; moto reads neither.
const KEY: &str = "moto";

/// Runs the conformance tests, or `command` in their place, against a moto server of their own.
///
/// Without a usable Python this only says so, except in CI.
///
/// # Errors
///
/// When moto cannot be prepared or started, when the tests fail, and in CI when there is no usable Python.
pub(crate) fn run(command: &[&str]) -> Result<Verdict, Failure> {
    let interpreter = match python::find() {
        Found::Usable(interpreter) => interpreter,
        Found::Unusable(reason) if workspace::in_ci() => return Err(Failure(format!("conformance cannot run: {reason}"))),
        Found::Unusable(reason) => {
            eprintln!("==> conformance: SKIPPED, nothing was compared with moto\n    {reason}");
            return Ok(Verdict::Skipped(reason));
        }
    };
    let directory = workspace::target_directory()?.join("conformance");
    let python = step("moto, prepare", || python::environment(&directory, &interpreter, &moto::PACKAGES))?;
    let binary = workspace::target_directory()?.join("debug").join("landfall");
    step("build the binary", || step::run(workspace::cargo(["build"]).args(workspace::SELECTION).args(["--bin", "landfall"])))?;
    if command.is_empty() {
        let mut test = workspace::cargo(["test"]);
        test.args(workspace::SELECTION).args(["--lib", "--", "--nocapture", ANSWERS]);
        step("answers by botocore's shapes", || step::run(test.env(PYTHON_VARIABLE, &python)))?;
    }
    let second = directory.join("ministack");
    let its = step("ministack, prepare", || python::environment(&second, &interpreter, &ministack::PACKAGES))?;
    let reader = step("python-hcl2, prepare", || python::environment(&directory.join("hcl"), &interpreter, &hcl::PACKAGES))?;
    step("conformance", || {
        let policies = Server::start(&ministack::MINISTACK, &its, &second)?;
        let server = Server::start(&moto::MOTO, &python, &directory)?;
        eprintln!("    moto answers at {}, ministack at {}", server.endpoint(), policies.endpoint());
        let mut subject = subject(command);
        let subject = without_aws_variables(&mut subject).env(BINARY_VARIABLE, &binary).env(HCL_VARIABLE, &reader);
        let outcome = step::run(subject.env(ENDPOINT_VARIABLE, server.endpoint()).env(POLICIES_VARIABLE, policies.endpoint()));
        server.end(outcome.is_ok());
        policies.end(outcome.is_ok());
        outcome
    })
    .map(Verdict::from)
}

/// Serves the moto of conformance until Ctrl-C, and prints the variables that lead an AWS client there.
///
/// # Errors
///
/// When there is no usable Python, and when moto cannot be prepared or started, or ends by itself.
pub(crate) fn serve() -> Result<(), Failure> {
    let interpreter = match python::find() {
        Found::Usable(interpreter) => interpreter,
        Found::Unusable(reason) => return Err(Failure(format!("moto cannot run: {reason}"))),
    };
    let directory = workspace::target_directory()?.join("conformance");
    let python = step("moto, prepare", || python::environment(&directory, &interpreter, &moto::PACKAGES))?;
    let server = Server::start(&moto::MOTO, &python, &directory)?;
    print!("{}", exports(&server.endpoint()));
    eprintln!("    moto with the corrections of conformance; it keeps nothing, and Ctrl-C ends it");
    // Ctrl-C ends this process, and with it the server, which waits for that.
    Err(server.ended())
}

/// Returns what a shell needs: to moto, any key that it has not given out is the management account's.
fn exports(endpoint: &str) -> String {
    let variables = [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_REGION", REGION),
        ("AWS_DEFAULT_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", KEY),
        ("AWS_SECRET_ACCESS_KEY", KEY),
    ];
    variables.map(|(name, value)| format!("export {name}={value}\n")).concat()
}

fn subject(command: &[&str]) -> Command {
    match command {
        [] => {
            let mut tests = workspace::cargo(["test"]);
            tests.args(workspace::SELECTION).args(["--test", "conformance", "--", "--nocapture"]);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variables_are_for_a_shell() {
        let exports = exports("http://127.0.0.1:20000");
        assert!(exports.starts_with("export AWS_ENDPOINT_URL=http://127.0.0.1:20000\n"), "{exports}");
        assert!(exports.contains("export AWS_DEFAULT_REGION="), "{exports}");
    }
}
