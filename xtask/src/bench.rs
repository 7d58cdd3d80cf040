//! `cargo xtask bench`: what plan and apply cost on every example, in the sandbox; and the other figures, in parts.
//!
//! `bench` of the tests measures whole bootstraps in virtual time, against their floor; `sessions` of the library what
//! sessions cost; [`cold`] what it takes to compile them. `docs/PERFORMANCE.md` says how to read them.
//!
//! Counts calls as the program reports them, and measures CPU time and memory from outside. No statistics: it shows
//! where an order of magnitude went, not a percent.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::step::{self, Failure, step};
use crate::workspace;

mod cold;
pub(crate) mod commands;
mod report;
mod usage;

use report::Cost;

/// A part and its name.
type Part = (&'static str, fn() -> Result<(), Failure>);

/// The parts, in the order in which all of them run.
const PARTS: [Part; 4] = [("calls", calls), ("engine", engine), ("sessions", sessions), ("build", build)];

/// What is run on each example, in this order and on one sandbox: the second round shows what an unchanged world costs.
pub(crate) const ROUNDS: [(&str, &[&str]); 4] =
    [("plan", &["plan"]), ("apply", &["apply", "--yes"]), ("plan again", &["plan"]), ("apply again", &["apply", "--yes"])];

/// Accounts of the organizations that are bootstrapped in virtual time, beside their floor.
const SIZES: [&str; 4] = ["3", "10", "100", "1000"];

/// Returns whether each word is a part.
pub(crate) fn are_parts(words: &[&str]) -> bool {
    words.iter().all(|word| PARTS.iter().any(|(name, _)| name == word))
}

/// Runs the parts that are named; all of them where none is.
///
/// # Errors
///
/// When there is no example, when a build fails, and when a run does not succeed.
pub(crate) fn run(parts: &[&str]) -> Result<(), Failure> {
    PARTS.iter().filter(|(name, _)| parts.is_empty() || parts.contains(name)).try_for_each(|(_, part)| part())
}

/// Builds README's commands and programs with sessions, each from nothing.
fn build() -> Result<(), Failure> {
    commands::run()?;
    cold::run()
}

/// Builds `landfall` and runs it on every example.
fn calls() -> Result<(), Failure> {
    let manifests = manifests(&workspace::root().join("examples"))?;
    step("build", || step::run(workspace::cargo(["build"]).args(workspace::SELECTION).args(["--bin", "landfall"])))?;
    let target = workspace::target_directory()?;
    let program = target.join("debug").join("landfall");
    for (name, manifest) in manifests {
        let directory = target.join("bench").join(&name);
        fs::create_dir_all(&directory).map_err(|error| Failure::io("create", &directory, &error))?;
        let sandbox = directory.join("sandbox.json");
        if sandbox.exists() {
            fs::remove_file(&sandbox).map_err(|error| Failure::io("remove", &sandbox, &error))?;
        }
        let mut costs = Vec::new();
        for (round, arguments) in ROUNDS {
            let mut command = Command::new(&program);
            command.args(arguments).arg("--manifest").arg(&manifest).args(["--format", "json"]);
            command.arg(format!("--sandbox={}", sandbox.display()));
            let cost = step(&format!("{name}, {round}"), || measure(&mut command, &directory.join(arguments[0])))?;
            costs.push((round, cost));
        }
        print!("{}", report::table(&name, &costs));
    }
    Ok(())
}

fn engine() -> Result<(), Failure> {
    step("build", || step::run(workspace::cargo(["build"]).args(workspace::SELECTION).args(["--bin", "bench"])))?;
    let program = workspace::target_directory()?.join("debug").join("bench");
    step("virtual time", || step::run(Command::new(&program).args(SIZES)))?;
    step("virtual time, the simulator's rates halved without the client knowing", || {
        step::run(Command::new(program).args(["100", "--halved"]))
    })
}

/// Optimized, and so selected by itself: the library's own benchmark needs none of the large AWS crates.
fn sessions() -> Result<(), Failure> {
    const SELECTION: [&str; 6] = ["--package", "landfall", "--features", "simulator", "--bench", "sessions"];
    step("sessions", || step::run(workspace::cargo(["bench"]).args(SELECTION)))
}

/// Returns the examples that are a directory with a manifest, by name.
fn manifests(examples: &Path) -> Result<BTreeMap<String, PathBuf>, Failure> {
    let failure = |error: std::io::Error| Failure::io("list", examples, &error);
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(examples).map_err(failure)? {
        let entry = entry.map_err(failure)?;
        let manifest = entry.path().join("landfall.toml");
        if manifest.is_file() {
            found.insert(entry.file_name().to_string_lossy().into_owned(), manifest);
        }
    }
    if found.is_empty() { Err(Failure("there is no examples/*/landfall.toml to run".to_owned())) } else { Ok(found) }
}

/// Runs a command to its end; `log` is where its output goes, with an extension added.
fn measure(command: &mut Command, log: &Path) -> Result<Cost, Failure> {
    let (out_path, error_path) = (log.with_extension("out"), log.with_extension("err"));
    // Files instead of pipes, which would have to be read while the child runs.
    let create = |path: &Path| File::create(path).map_err(|error| Failure::io("create", path, &error));
    command.stdout(create(&out_path)?).stderr(create(&error_path)?);
    let started = step::now();
    let mut child = command.spawn().map_err(|error| Failure(format!("cannot run `landfall`: {error}")))?;
    let (status, usage) = usage::watch(&mut child)?;
    let wall = started.elapsed();
    let said = fs::read_to_string(&out_path).map_err(|error| Failure::io("read", &out_path, &error))?;
    if !status.success() {
        let errors = fs::read_to_string(&error_path).unwrap_or_default();
        return Err(Failure(format!("ended with {status}\n{}", errors.trim_end())));
    }
    let (calls, mutating) = report::calls(&said);
    Ok(Cost { wall, usage, calls, mutating })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_measured_to_its_end() {
        let directory = std::env::temp_dir().join(format!("landfall-bench-{}", std::process::id()));
        fs::create_dir_all(&directory).expect("the temporary directory is writable");
        let script =
            r#"i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo '{"event":"run_finished","calls":{"sts:X":2},"mutating":1}'"#;
        let cost = measure(Command::new("sh").args(["-c", script]), &directory.join("sh")).expect("the script succeeds");
        assert_eq!(cost.mutating, Some(1));
        assert_eq!(cost.calls.map(|calls| calls["sts:X"]), Some(2));
        if cfg!(target_os = "linux") {
            assert!(cost.usage.peak_kilobytes.is_some_and(|peak| peak > 100), "{:?}", cost.usage);
            assert!(cost.usage.cpu.is_some(), "{:?}", cost.usage);
        }
        let Err(Failure(message)) = measure(Command::new("sh").args(["-c", "echo why >&2; exit 4"]), &directory.join("sh")) else {
            panic!("exit 4 is a failure")
        };
        assert!(message.ends_with("why"), "{message}");
        fs::remove_dir_all(&directory).expect("the directory is ours");
    }

    #[test]
    fn parts_are_known_by_name() {
        assert!(are_parts(&[]) && are_parts(&["build", "calls"]));
        assert!(!are_parts(&["sessions", "memory"]));
    }

    #[test]
    fn examples_without_a_manifest_are_no_examples() {
        let Err(Failure(message)) = manifests(&workspace::root().join("xtask")) else { panic!("xtask holds no example") };
        assert!(message.contains("landfall.toml"));
    }
}
