//! `cargo xtask policies`: a second opinion on the generated policies, from an independent evaluator and linters.
//!
//! The rows and the documents come from the tests' crate (`tests/policies`, `tests/src/probes`), as JSON. Here they are asked
//! again: npm's `@cloud-copilot/iam-simulate` answers every row, Python's `parliament` and `policy_sentry` check every document.
//! They are tools of this task alone: nothing of them is part of landfall.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::python::{self, Found, Packages};
use crate::step::{self, Failure, step};
use crate::timings::Verdict;
use crate::workspace;

mod answers;
mod findings;
mod node;

/// The linters. Pinned: each release knows other actions and keys of AWS; a raise is a change of its own.
const LINTERS: Packages = Packages { what: "parliament and policy_sentry", locked: include_str!("policies/requirements.lock") };

const SIMULATE: &str = include_str!("policies/simulate.mjs");
const LINT: &str = include_str!("policies/lint.py");
/// A document of which each statement has a fault that the linters must find, or they have gone silent.
const FAULTY: &str = include_str!("policies/faulty.json");

/// Asks them all.
///
/// What Node or Python is missing for is left out and named, except in CI.
///
/// # Errors
///
/// When something cannot be prepared or run, on every wrong or contradicted answer, and on every finding that is not listed.
pub(crate) fn run() -> Result<Verdict, Failure> {
    let directory = workspace::target_directory()?.join("policies");
    fs::create_dir_all(&directory).map_err(|error| Failure::io("create", &directory, &error))?;
    let probes = step("policies, probes", || probes(&directory))?;
    let mut left_out = Vec::new();
    match node::find() {
        node::Found::Usable => step("policies, second evaluator", || second_evaluator(&directory, &probes))?,
        node::Found::Unusable(reason) => left_out.push(skipped("no second evaluator was asked", &reason)?),
    }
    match python::find() {
        Found::Usable(interpreter) => step("policies, linters", || linters(&directory, &interpreter, &probes))?,
        Found::Unusable(reason) => left_out.push(skipped("no linter was asked", &reason)?),
    }
    if left_out.is_empty() { Ok(().into()) } else { Ok(Verdict::Skipped(left_out.join("; "))) }
}

/// Says what was left out, and why; in CI that is a failure.
fn skipped(what: &str, reason: &str) -> Result<String, Failure> {
    let left_out = format!("{what}: {reason}");
    if workspace::in_ci() {
        return Err(Failure(format!("policies: {left_out}")));
    }
    eprintln!("==> policies: SKIPPED, {what}\n    {reason}");
    Ok(left_out)
}

/// The rows and documents: what the file holds, and where it is.
struct Probes {
    file: PathBuf,
    all: Value,
}

fn probes(directory: &Path) -> Result<Probes, Failure> {
    step::run(workspace::cargo(["build", "--quiet"]).args(workspace::SELECTION).args(["--bin", "probes"]))?;
    let binary = workspace::target_directory()?.join("debug").join("probes");
    let text = step::output(&mut Command::new(binary))?;
    let file = directory.join("probes.json");
    fs::write(&file, &text).map_err(|error| Failure::io("write", &file, &error))?;
    Ok(Probes { file, all: json(&text, "the probes")? })
}

fn second_evaluator(directory: &Path, probes: &Probes) -> Result<(), Failure> {
    let home = node::packages(&directory.join("node"))?;
    let script = home.join("simulate.mjs");
    fs::write(&script, SIMULATE).map_err(|error| Failure::io("write", &script, &error))?;
    let text = step::output(Command::new("node").arg(&script).arg(&probes.file))?;
    let told = answers::judge(&probes.all, &json(&text, "the second evaluator")?)?;
    eprintln!("    {told}");
    Ok(())
}

fn linters(directory: &Path, interpreter: &python::Interpreter, probes: &Probes) -> Result<(), Failure> {
    let python = python::environment(&directory.join("python"), interpreter, &LINTERS)?;
    let script = directory.join("lint.py");
    fs::write(&script, LINT).map_err(|error| Failure::io("write", &script, &error))?;
    let faulty = directory.join("faulty.json");
    fs::write(&faulty, FAULTY).map_err(|error| Failure::io("write", &faulty, &error))?;
    let lint = |file: &Path| json(&step::output(Command::new(&python).arg(&script).arg(file))?, "the linters");
    findings::must_be_found(&json(FAULTY, "faulty.json")?, &lint(&faulty)?)?;
    let told = findings::judge(&lint(&probes.file)?)?;
    eprintln!("    {told}");
    Ok(())
}

fn json(text: &str, whose: &str) -> Result<Value, Failure> {
    serde_json::from_str(text).map_err(|error| Failure(format!("{whose} printed no JSON: {error}")))
}
