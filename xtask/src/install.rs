//! What tasks run and this repository does not hold: installed once, pinned, beside cargo's target directory.
//!
//! Nothing is installed anywhere else. What is pinned, and how, is the caller's: a version with a lock file.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::step::{self, Failure};
use crate::workspace;

/// What an installation was made of; written last, so that one without it is unfinished.
const STAMP: &str = "landfall-stamp";

/// Fills `home` by `make`, unless an earlier run has done so with the same stamp and `works` says that it still serves.
///
/// `make` begins with an empty directory. `what` is for the line that says which of the two happened.
///
/// # Errors
///
/// Whatever `make` fails with, and when the directory cannot be emptied or written.
pub(crate) fn once(
    home: &Path,
    what: &str,
    stamp: &str,
    works: impl FnOnce() -> bool,
    make: impl FnOnce() -> Result<(), Failure>,
) -> Result<(), Failure> {
    let parent = home.parent().unwrap_or(home);
    fs::create_dir_all(parent).map_err(|error| Failure::io("create", parent, &error))?;
    // Two runs may share a target directory; the second waits here until the first has installed.
    let lock_path = home.with_added_extension("lock");
    let lock = File::create(&lock_path).map_err(|error| Failure::io("create", &lock_path, &error))?;
    lock.lock().map_err(|error| Failure::io("lock", &lock_path, &error))?;

    let stamp_path = home.join(STAMP);
    if fs::read_to_string(&stamp_path).is_ok_and(|found| found == stamp) && works() {
        eprintln!("    {what} is already in {}", home.display());
        return Ok(());
    }
    eprintln!("    installing {what} into {} (once)", home.display());
    if home.exists() {
        fs::remove_dir_all(home).map_err(|error| Failure::io("remove", home, &error))?;
    }
    fs::create_dir_all(home).map_err(|error| Failure::io("create", home, &error))?;
    make()?;
    fs::write(&stamp_path, stamp).map_err(|error| Failure::io("write", &stamp_path, &error))
}

/// A command of cargo's from crates.io. Its version pins all of it: it is built with the lock file that it was published with.
#[derive(Debug)]
pub(crate) struct CargoTool {
    /// The crate and its binary, such as `cargo-mutants`.
    pub(crate) name: &'static str,
    /// The whole version.
    pub(crate) version: &'static str,
}

impl CargoTool {
    /// Returns the binary, built now unless an earlier run has done so.
    ///
    /// # Errors
    ///
    /// When it cannot be built, for example without a network or with an older Rust than it needs.
    pub(crate) fn binary(&self) -> Result<PathBuf, Failure> {
        let Self { name, version } = self;
        let what = format!("{name} {version}");
        let home = workspace::target_directory()?.join("judges").join(name);
        let binary = home.join("bin").join(name);
        let build = home.join("build");
        let make = || {
            let mut install = workspace::cargo(["install", "--quiet", "--locked", "--version"]);
            install.arg(format!("={version}")).arg(name).arg("--root").arg(&home).arg("--target-dir").arg(&build);
            // Whole-program optimization costs more than it saves in a tool that mostly waits for the compiler.
            install.envs([("CARGO_PROFILE_RELEASE_LTO", "off"), ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")]);
            install.envs([("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"), ("CARGO_PROFILE_RELEASE_DEBUG", "0")]);
            step::run(&mut install)?;
            fs::remove_dir_all(&build).map_err(|error| Failure::io("remove", &build, &error))
        };
        // As cargo calls it: by itself, cargo-mutants knows no `--version`.
        let subcommand = name.trim_start_matches("cargo-");
        let works = || Command::new(&binary).args([subcommand, "--version"]).output().is_ok_and(|output| output.status.success());
        once(&home, &what, &what, works, make).map_err(|Failure(message)| Failure(format!("{what} cannot be installed: {message}")))?;
        Ok(binary)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_and_works_is_not_made_again() {
        let directory = std::env::temp_dir().join(format!("landfall-install-{}", std::process::id()));
        let home = directory.join("tool");
        let mut made = 0;
        let mut install = |stamp: &str, works: bool, outcome: Result<(), Failure>| {
            once(
                &home,
                "tool",
                stamp,
                || works,
                || {
                    made += 1;
                    assert!(fs::read_dir(&home).expect("it is there").next().is_none(), "what was there before is gone");
                    fs::write(home.join("file"), "x").expect("it can be written");
                    outcome
                },
            )
            .is_ok()
        };
        assert!(!install("1", true, Err(Failure("no network".to_owned()))), "a failure is one");
        assert!(install("1", true, Ok(())), "an unfinished one is made again");
        assert!(install("1", true, Ok(())) && install("2", true, Ok(())) && install("2", false, Ok(())));
        assert_eq!(made, 4, "the third of the five found all as it should be");
        fs::remove_dir_all(&directory).expect("the directory is ours");
    }
}
