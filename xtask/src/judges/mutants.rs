//! cargo-mutants: changes the planner and the policies in small ways, one at a time, and asks whether a unit test notices.
//!
//! It works on a copy of the repository, with dependencies built beside cargo's target directory. A shard is every N-th of
//! the changes, so that a run of any length is a sample of all files.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use serde_json::Value;

use super::options::{Flag, Options};
use crate::install::CargoTool;
use crate::step::{self, Failure};
use crate::timings::Verdict;
use crate::workspace;

mod outcomes;
mod shard;

use shard::Shard;

/// Pinned: each release makes other changes of the same text.
const TOOL: CargoTool = CargoTool { name: "cargo-mutants", version: "27.1.0" };

/// What is changed: everything that decides without looking at AWS what is done to an organization and who may do what.
const FILES: [&str; 8] = [
    "sdk/src/plan.rs",
    "sdk/src/plan/**",
    "sdk/src/aws/policy.rs",
    "sdk/src/aws/policy/**",
    "sdk/src/desired/policies*",
    "sdk/src/desired/policies*/**",
    "sdk/src/desired/trust*",
    "sdk/src/desired/trust*/**",
];

/// Into how many shards the changes are divided when nothing else is said: one is some seventy of a thousand changes.
const SHARDS: u64 = 16;

/// How long a run takes at most when nothing else is said.
const MINUTES: u64 = 180;

/// How often a run is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// How many worlds the property of plans tries for each change.
const WORLDS: &str = "50";

/// How many seconds the tests of a change have at least before it counts as endless: a busy machine is not a loop.
const TIMEOUT: &str = "60";

const SHARD: &str = "--shard";
const SEED: &str = "--seed";
const BUDGET: &str = "--minutes";

pub(super) const FLAGS: &[Flag] = &[
    Flag { name: SHARD, value: "K/N", about: "try the K-th, from 0, of N parts of all changes; 0/1 is all of them" },
    Flag { name: SEED, value: "NUMBER", about: "choose one of 16 parts by this number [default: by chance; it is printed]" },
    Flag { name: BUDGET, value: "NUMBER", about: "stop after so many minutes, and say how much was not tried [default: 180]" },
];

/// Tries the changes of a shard until the time is up.
///
/// # Errors
///
/// When a change that no test notices is not listed, when the tests fail without any, and when the tool cannot be installed.
pub(super) fn run(options: &Options) -> Result<Verdict, Failure> {
    let (shard, chosen) = shard(options, RandomState::new().hash_one(std::process::id()) % 1_000_000)?;
    let minutes = options.get(BUDGET).map_or(Ok(MINUTES), |text| number(BUDGET, text))?;
    eprintln!("    shard {shard}{chosen}; {minutes} minutes at most");
    let binary = TOOL.binary()?;
    let home = workspace::target_directory()?.join("judges").join("mutants");
    fs::create_dir_all(&home).map_err(|error| Failure::io("create", &home, &error))?;
    let results = home.join("mutants.out");
    if results.exists() {
        fs::remove_dir_all(&results).map_err(|error| Failure::io("remove", &results, &error))?;
    }
    let mut command = command(&binary, &home, shard);
    let mut child = command.spawn().map_err(|error| Failure::io("run", &binary, &error))?;
    let ended = wait(&mut child, Duration::from_mins(minutes))?;
    match ended.and_then(|status| status.code()) {
        // Stopped by us, or everything tried: all caught, some missed, some endless.
        None | Some(0 | 2 | 3) => {}
        Some(4) => return Err(Failure(format!("unit tests fail without any change; see {}", results.join("log").display()))),
        Some(code) => return Err(Failure(format!("cargo-mutants ended with {code}; see {}", results.join("debug.log").display()))),
    }
    let (all, tried) = (json(&results.join("mutants.json"))?, json(&results.join("outcomes.json"))?);
    let said = outcomes::judge(shard, &all, &tried)?;
    Ok(Verdict::Passed(format!("shard {shard}: {said}")))
}

/// Returns the shard, and where it comes from if it was not given.
fn shard(options: &Options, chance: u64) -> Result<(Shard, String), Failure> {
    match (options.get(SHARD), options.get(SEED)) {
        (Some(_), Some(_)) => Err(Failure(format!("{SHARD} and {SEED} both choose the shard; leave one out"))),
        (Some(text), None) => {
            let parts = text.split_once('/').and_then(|(part, of)| Some(Shard { part: part.parse().ok()?, of: of.parse().ok()? }));
            let shard = parts.filter(|shard| shard.part < shard.of);
            shard.map(|shard| (shard, String::new())).ok_or_else(|| Failure(format!("{SHARD} {text}: write K/N with K from 0 to N - 1")))
        }
        (None, seed) => {
            let seed = seed.map_or(Ok(chance), |text| number(SEED, text))?;
            Ok((Shard { part: seed % SHARDS, of: SHARDS }, format!(", chosen by {SEED} {seed}")))
        }
    }
}

fn number(flag: &str, text: &str) -> Result<u64, Failure> {
    text.parse().map_err(|_| Failure(format!("{flag} {text}: write a whole number")))
}

fn command(binary: &Path, home: &Path, shard: Shard) -> Command {
    let mut command = Command::new(binary);
    command.current_dir(workspace::root()).args(["mutants", "--no-config", "--package", "landfall"]);
    // What plans needs no simulator, and is compiled a third faster without it.
    command.args(["--no-default-features", "--features", "operate"]);
    // For building and for running: without it, the library is compiled twice for each change.
    command.args(["--cargo-arg=--lib", "--cap-lints=true", "--colors", "never", "--minimum-test-timeout", TIMEOUT]);
    command.args(FILES.iter().flat_map(|file| ["--file", file]));
    command.args(["--sharding", "round-robin", "--shard", &shard.to_string(), "--output"]).arg(home);
    // The copy is somewhere else each time: dependencies are kept, and each change is compiled on top of the one before.
    command.env("CARGO_TARGET_DIR", home.join("target")).env("CARGO_INCREMENTAL", "1");
    // The property of plans takes most of the time; a mutant that it notices at all, it notices early.
    command.env("LANDFALL_WORLDS", WORLDS);
    // A changed test result must not be written down as the new one.
    command.env("INSTA_UPDATE", "no");
    command
}

/// Waits for a run, and stops it when the time is up; returns how it ended if it did so by itself.
fn wait(child: &mut Child, limit: Duration) -> Result<Option<ExitStatus>, Failure> {
    let failure = |error: std::io::Error| Failure(format!("cannot wait for cargo-mutants: {error}"));
    let started = step::now();
    while started.elapsed() < limit {
        if let Some(status) = child.try_wait().map_err(failure)? {
            return Ok(Some(status));
        }
        step::pause(LOOK_AGAIN);
    }
    eprintln!("    the time is up");
    // As at Ctrl-C: it ends what it runs, and removes its copy.
    step::run(Command::new("kill").args(["-s", "INT", &child.id().to_string()]))?;
    child.wait().map_err(failure)?;
    Ok(None)
}

/// Reads what the tool wrote; nothing was tried where it wrote nothing.
fn json(path: &Path) -> Result<Value, Failure> {
    if !path.exists() {
        return Ok(Value::Null);
    }
    let text = fs::read_to_string(path).map_err(|error| Failure::io("read", path, &error))?;
    serde_json::from_str(&text).map_err(|error| Failure(format!("{} is not JSON: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::super::{options::Request, request};
    use super::*;

    fn of(words: &[&str]) -> Result<(Shard, String), Failure> {
        let words: Vec<&str> = std::iter::once("mutants").chain(words.iter().copied()).collect();
        let Ok(Request::Run { options, .. }) = request(&words) else { panic!("{words:?}") };
        shard(&options, 35)
    }

    #[test]
    fn a_shard_is_given_or_chosen() {
        assert_eq!(of(&["--shard", "3/4"]), Ok((Shard { part: 3, of: 4 }, String::new())));
        assert_eq!(of(&["--seed", "18"]), Ok((Shard { part: 2, of: 16 }, ", chosen by --seed 18".to_owned())));
        assert_eq!(of(&[]), Ok((Shard { part: 3, of: 16 }, ", chosen by --seed 35".to_owned())), "by chance");
        for wrong in [&["--shard", "4/4"][..], &["--shard", "1"], &["--shard", "1/x"], &["--seed", "x"], &["--seed", "1", "--shard", "0/1"]]
        {
            assert!(of(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_run_is_stopped_when_its_time_is_up() {
        let spawn = |script| Command::new("sh").args(["-c", script]).spawn().expect("there is a shell");
        assert!(wait(&mut spawn("exit 3"), Duration::from_mins(1)).is_ok_and(|ended| ended.is_some_and(|status| status.code() == Some(3))));
        assert!(wait(&mut spawn("exec sleep 60"), Duration::ZERO).is_ok_and(|ended| ended.is_none()));
    }

    #[test]
    fn every_pattern_means_files_that_are_there() {
        for pattern in FILES.iter().filter(|pattern| !pattern.contains("*/")) {
            let path = workspace::root().join(pattern.trim_end_matches("/**").trim_end_matches('*'));
            assert!(path.exists() || path.with_extension("rs").exists(), "{pattern}");
        }
    }
}
