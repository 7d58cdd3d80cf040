//! What README's two commands cost from nothing: `cargo install`, then all tests' binaries; and which crates are the dearest.
//!
//! Every compiler is started by this program (`RUSTC_WRAPPER`), which samples its CPU time and memory while it runs and writes a
//! line for each. Nothing is kept: both commands build into a directory of their own.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use super::usage;
use crate::step::{self, Failure, step};
use crate::workspace;

/// Names the file into which a compiler's line goes; with it set, this program is a compiler's wrapper.
pub(crate) const LINES: &str = "LANDFALL_BENCH_COMPILERS";

/// Crates that are named.
const DEAREST: usize = 10;

/// What one compiler cost.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Compiler {
    name: String,
    cpu: Duration,
    peak_kilobytes: u64,
}

/// Runs a compiler and writes what it cost.
pub(crate) fn wrap(arguments: &[String], lines: &Path) -> ExitCode {
    let Some((compiler, arguments)) = arguments.split_first() else { return ExitCode::FAILURE };
    let Ok(mut child) = Command::new(compiler).args(arguments).spawn() else { return ExitCode::FAILURE };
    let Ok((status, usage)) = usage::watch(&mut child) else { return ExitCode::FAILURE };
    let name = arguments.iter().position(|argument| argument == "--crate-name").and_then(|at| arguments.get(at + 1));
    if let (Some(name), Some(cpu)) = (name, usage.cpu) {
        let line = format!("{name} {} {}\n", cpu.as_millis(), usage.peak_kilobytes.unwrap_or_default());
        // A line that cannot be written is missing in a table.
        let _ = OpenOptions::new().append(true).create(true).open(lines).and_then(|mut file| file.write_all(line.as_bytes()));
    }
    if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Builds by both commands, and prints what that cost.
///
/// # Errors
///
/// When a build fails.
pub(super) fn run() -> Result<(), Failure> {
    let place = workspace::target_directory()?.join("bench").join("commands");
    if place.exists() {
        fs::remove_dir_all(&place).map_err(|error| Failure::io("remove", &place, &error))?;
    }
    fs::create_dir_all(&place).map_err(|error| Failure::io("create", &place, &error))?;
    let (target, installed) = (place.join("target").display().to_string(), place.join("root").display().to_string());
    let install = ["install", "--locked", "--path", "bootstrap", "--root", &installed, "--target-dir", &target];
    let mut test = vec!["test", "--locked", "--no-run", "--target-dir", &target];
    test.extend(workspace::SELECTION);
    let mut text = String::new();
    for (name, arguments) in [("cargo install", &install[..]), ("cargo xtask test", &test)] {
        let lines = place.join(format!("{}.lines", name.replace(' ', "-")));
        let own = std::env::current_exe().map_err(|error| Failure(format!("cannot find this program: {error}")))?;
        let mut command = workspace::cargo(arguments.iter().copied());
        command.env(LINES, &lines).env("RUSTC_WRAPPER", own);
        let (before, started) = (usage::of_children(), step::now());
        step(&format!("{name}, from nothing"), || step::run(&mut command))?;
        let wall = started.elapsed();
        let cpu = usage::of_children().zip(before).map(|(after, before)| after.saturating_sub(before));
        let lines = fs::read_to_string(&lines).map_err(|error| Failure::io("read", &lines, &error))?;
        text += &table(name, wall, cpu, compilers(&lines));
    }
    print!("{text}");
    Ok(())
}

fn compilers(lines: &str) -> Vec<Compiler> {
    let read = |line: &str| {
        let [name, cpu, peak] = line.split(' ').collect::<Vec<_>>()[..] else { return None };
        Some(Compiler { name: name.to_owned(), cpu: Duration::from_millis(cpu.parse().ok()?), peak_kilobytes: peak.parse().ok()? })
    };
    lines.lines().filter_map(read).collect()
}

fn table(name: &str, wall: Duration, cpu: Option<Duration>, compilers: Vec<Compiler>) -> String {
    let largest = compilers.iter().map(|compiler| compiler.peak_kilobytes).max().unwrap_or_default() / 1024;
    let ran = compilers.len();
    let mut crates: BTreeMap<String, Duration> = BTreeMap::new();
    for compiler in compilers {
        *crates.entry(compiler.name).or_default() += compiler.cpu;
    }
    let count = crates.len();
    let mut dearest: Vec<(String, Duration)> = crates.into_iter().collect();
    dearest.sort_by_key(|(_, cpu)| std::cmp::Reverse(*cpu));
    let cpu = cpu.map_or_else(|| "-".to_owned(), |cpu| format!("{:.0}", cpu.as_secs_f64()));
    let dearest: Vec<String> = dearest.iter().take(DEAREST).map(|(name, cpu)| format!("{name} {:.0}", cpu.as_secs_f64())).collect();
    format!(
        "\n{name}: {cpu} CPU s, {:.0} s, largest compiler {largest} MB, {count} crates by {ran} compilers\n  dearest: {}\n",
        wall.as_secs_f64(),
        dearest.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_that_is_compiled_twice_counts_once_with_both_costs() {
        let lines = "serde 1500 204800\nbuild_script_build 100 1024\nserde 500 102400\nhalf a line\n";
        let shown = table("cargo install", Duration::from_secs(3), Some(Duration::from_secs(2)), compilers(lines));
        assert_eq!(
            shown,
            "\ncargo install: 2 CPU s, 3 s, largest compiler 200 MB, 2 crates by 3 compilers\n  dearest: serde 2, build_script_build 0\n"
        );
    }
}
