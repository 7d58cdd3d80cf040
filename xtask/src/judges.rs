//! `cargo xtask judges`: what others wrote, or takes long, and judges this repository; each installed by itself and pinned.
//!
//! To add one (a scanner of templates, a browser for pages) is a row of `JUDGES` and a file beside this one. What is quick
//! runs in `cargo xtask ci` as well.

use crate::step::{self, Failure};
use crate::timings::{Timings, Verdict};
use crate::{conformance, policies, workspace};

mod mutants;
mod options;
mod package;
mod semver;

pub(crate) use options::Request;
use options::{Flag, Judge};

/// All of them, the quickest first.
#[rustfmt::skip]
const JUDGES: &[Judge] = &[
    Judge { name: "policies", about: "generated policies, by an evaluator (npm) and two linters (PyPI); also in `ci`", takes: "1 minute", flags: &[], run: |_| policies::run() },
    Judge { name: "conformance", about: "every example, by moto (PyPI); also in `ci`", takes: "2 minutes", flags: &[], run: |_| conformance::run(&[]) },
    Judge { name: "package", about: "what would be published of `landfall`, by cargo: its files, and that they build by themselves", takes: "5 minutes", flags: &[], run: |_| package::run() },
    Judge { name: "semver", about: "the library's public items beside those of an earlier commit, by cargo-semver-checks", takes: "5 minutes", flags: semver::FLAGS, run: semver::run },
    Judge { name: "trouble", about: "every point at which a run can be killed or lose an answer, instead of a sample (LANDFALL_TROUBLE=all)", takes: "30 minutes", flags: &[], run: |_| trouble() },
    Judge { name: "mutants", about: "whether unit tests of `landfall` notice a change of planner and policies, by cargo-mutants", takes: "3 hours at most", flags: mutants::FLAGS, run: mutants::run },
];

/// Reads the words after `judges`.
///
/// # Errors
///
/// As [`Request::parse`].
pub(crate) fn request(words: &[&str]) -> Result<Request, String> {
    Request::parse(JUDGES, words)
}

/// Prints the judges, or runs those that are asked for, all of them to their end, and prints how each ended.
///
/// # Errors
///
/// When a judge fails or cannot be installed.
pub(crate) fn run(request: &Request) -> Result<(), Failure> {
    let Request::Run { judges, options } = request else {
        print!("{}", list());
        return Ok(());
    };
    let mut timings = Timings::default();
    let failures: Vec<String> = judges
        .iter()
        .filter_map(|judge| timings.time(judge.name, || (judge.run)(options)).err())
        .map(|Failure(message)| format!("  {message}"))
        .collect();
    print!("{timings}");
    if failures.is_empty() {
        Ok(())
    } else {
        Err(Failure(format!("{} of {} judges failed:\n{}", failures.len(), judges.len(), failures.join("\n"))))
    }
}

/// Returns a line for each judge and each flag.
pub(crate) fn list() -> String {
    let mut text = String::new();
    for Judge { name, about, takes, flags, .. } in JUDGES {
        text.push_str(&format!("{name:<13}{about} [{takes}]\n"));
        for Flag { name, value, about } in *flags {
            text.push_str(&format!("    {:<19}{about}\n", format!("{name} {value}")));
        }
    }
    text
}

/// Kills runs and loses answers at every point, one by one; docs/PERFORMANCE.md has how many there are.
fn trouble() -> Result<Verdict, Failure> {
    let mut command = workspace::cargo(["test"]);
    command.args(workspace::SELECTION).args(["--test", "trouble", "--test", "operators", "--", "--nocapture"]);
    step::run(command.env("LANDFALL_TROUBLE", "all")).map(Verdict::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_judge_and_flag_is_listed() {
        let list = list();
        for judge in JUDGES {
            assert!(list.lines().any(|line| line.starts_with(&format!("{} ", judge.name))), "{}", judge.name);
            for flag in judge.flags {
                assert!(list.contains(&format!("    {} {}", flag.name, flag.value)), "{}", flag.name);
            }
        }
    }
}
