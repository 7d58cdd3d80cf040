//! `cargo xtask`: this repository's own tasks, one file each.
//!
//! This file only picks the task. Not for users of landfall, and no place for logic of the product.

use std::process::ExitCode;

mod bench;
mod ci;
mod conformance;
mod docs;
mod install;
mod judges;
mod policies;
mod python;
mod step;
mod test;
mod tidy;
mod timings;
mod workspace;

use step::Failure;

const HELP: &str = "\
Usage: cargo xtask TASK

Tasks:
  test                       run all tests and doctests, then conformance
  moto                       serve the moto of conformance for tries by hand, and print its variables; Ctrl-C ends it
  conformance [-- CMD…]      run the conformance tests (or CMD) against moto, an independent simulator of AWS
  policies                   check the generated policies (tests/policies) with external evaluators and linters
  ci [--without-test]        run everything that CI checks, and print what each task took
  judges [NAME…] [FLAGS]     run what is slow or written by others, all or by name: cargo-mutants, cargo-semver-checks, …;
                             `--list` says which there are, how long they take and their flags
  docs [--check]             write docs/MANIFEST.md from the manifest's schema, or check that it is up to date
  tidy                       check the rules of this repository that no compiler checks
  bench [PART…]              measure everything, or parts of it: `calls` counts calls, CPU time and memory of plan and
                             apply on every example; `engine` bootstraps in virtual time, beside their floor;
                             `sessions` handing out and making sessions; `build` cold builds: README's two commands, a program with sessions
  help                       print this text
";

/// A wrong command line; the same code as `landfall` uses (`EX_USAGE` of sysexits.h).
const USAGE_ERROR: u8 = 64;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(lines) = std::env::var_os(bench::commands::LINES) {
        return bench::commands::wrap(&arguments, std::path::Path::new(&lines));
    }
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["test"] => test::run(),
        ["moto"] => conformance::serve(),
        ["conformance"] => conformance::run(&[]).map(|_| ()),
        ["conformance", "--", command @ ..] if !command.is_empty() => conformance::run(command).map(|_| ()),
        ["policies"] => policies::run().map(|_| ()),
        ["ci"] => ci::run(ci::Tests::Run),
        ["ci", "--without-test"] => ci::run(ci::Tests::Leave),
        ["docs"] => docs::run(docs::Do::Write),
        ["docs", "--check"] => docs::run(docs::Do::Check),
        ["tidy"] => tidy::run(),
        ["judges", words @ ..] => match judges::request(words) {
            Ok(request) => judges::run(&request),
            Err(wrong) => {
                eprint!("error: {wrong}\n\n{}", judges::list());
                return ExitCode::from(USAGE_ERROR);
            }
        },
        ["bench", parts @ ..] if bench::are_parts(parts) => bench::run(parts),
        ["help" | "-h" | "--help"] => {
            print!("{HELP}");
            Ok(())
        }
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(USAGE_ERROR);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(message)) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
