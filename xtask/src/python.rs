//! Python for tasks that run external tools: a usable interpreter, and virtual environments under cargo's target directory.
//!
//! Nothing is installed outside that directory. What is installed is pinned by the task that wants it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::install;
use crate::step::{self, Failure};

/// The oldest Python that everything installs on which the tasks want (the `Requires-Python` of moto).
const OLDEST: (u32, u32) = (3, 10);

/// The names under which systems install Python 3, best first.
const NAMES: [&str; 2] = ["python3", "python"];

/// Prints the version in one line, then fails where Debian's split has left out the making of virtual environments.
const PROBE: &str = "import sys; print(*sys.version_info[:2], flush=True); import venv, ensurepip";

/// The result of looking for Python.
#[derive(Debug)]
pub(crate) enum Found {
    /// The interpreter to make the environment with.
    Usable(Interpreter),
    /// No such interpreter: why, and what to do.
    Unusable(String),
}

/// A Python that can make virtual environments.
#[derive(Debug)]
pub(crate) struct Interpreter {
    program: &'static str,
    version: (u32, u32),
}

/// Looks for a Python that is new enough and can make virtual environments.
pub(crate) fn find() -> Found {
    let mut reason = "there is no `python3` on this machine; install Python 3 with its venv module".to_owned();
    for program in NAMES {
        let Ok(output) = Command::new(program).args(["-c", PROBE]).output() else { continue };
        match judge(program, &String::from_utf8_lossy(&output.stdout), output.status.success()) {
            Ok(version) => return Found::Usable(Interpreter { program, version }),
            Err(refusal) => reason = refusal,
        }
    }
    Found::Unusable(reason)
}

/// Returns the version, or why an interpreter with this answer to `PROBE` does not serve.
fn judge(program: &str, printed: &str, succeeded: bool) -> Result<(u32, u32), String> {
    let mut numbers = printed.split_whitespace().map_while(|word| word.parse().ok());
    let (Some(major), Some(minor)) = (numbers.next(), numbers.next()) else {
        return Err(format!("`{program}` does not print its version; is it Python 3?"));
    };
    if (major, minor) < OLDEST {
        return Err(format!("`{program}` is Python {major}.{minor}; {}.{} or newer is needed", OLDEST.0, OLDEST.1));
    }
    if !succeeded {
        return Err(format!(
            "`{program}` cannot make virtual environments (no `venv` or `ensurepip` module); on Debian and Ubuntu: apt-get install python3-venv"
        ));
    }
    Ok((major, minor))
}

/// Packages for a virtual environment, each with its version and checksums.
#[derive(Debug)]
pub(crate) struct Packages {
    /// What they are, for people.
    pub(crate) what: &'static str,
    /// A requirements file in which everything has a hash, also what the packages need themselves.
    pub(crate) locked: &'static str,
}

/// Returns the Python of a virtual environment that holds `packages`, made now unless an earlier run has made it.
///
/// # Errors
///
/// When the environment cannot be made or a package cannot be installed, for example without a network.
pub(crate) fn environment(directory: &Path, interpreter: &Interpreter, packages: &Packages) -> Result<PathBuf, Failure> {
    let home = directory.join("venv");
    let python = home.join("bin").join("python");
    let make = || {
        step::run(Command::new(interpreter.program).args(["-m", "venv"]).arg(&home))?;
        let requirements = home.join("requirements.lock");
        fs::write(&requirements, packages.locked).map_err(|error| Failure::io("write", &requirements, &error))?;
        let pip = ["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--prefer-binary"];
        step::run(Command::new(&python).args(pip).args(["--require-hashes", "--requirement"]).arg(&requirements))
    };
    install::once(&home, packages.what, &stamp(&home, interpreter, packages), || answers(&python), make)?;
    Ok(python)
}

/// What an environment was made of and where; it has to be made again when any of it changes.
fn stamp(home: &Path, interpreter: &Interpreter, packages: &Packages) -> String {
    let (major, minor) = interpreter.version;
    format!("{}\nPython {major}.{minor}\n{}\n", packages.locked, home.display())
}

/// Returns whether the environment's Python still runs; one that the system has removed does not.
fn answers(python: &Path) -> bool {
    Command::new(python).args(["-c", ""]).status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpreters_are_judged_by_version_and_venv() {
        assert_eq!(judge("python3", "3 12\n", true), Ok((3, 12)));
        for (printed, succeeded, expected) in [
            ("", false, "does not print its version"),
            ("2 7\n", false, "is Python 2.7"),
            ("3 9\n", true, "3.10 or newer is needed"),
            ("3 11\n", false, "apt-get install python3-venv"),
        ] {
            let refusal = judge("python3", printed, succeeded).expect_err("this one does not serve");
            assert!(refusal.contains(expected), "{printed:?}: {refusal}");
        }
    }

    #[test]
    fn a_stamp_tells_one_version_from_another() {
        let at = |version, locked| stamp(Path::new("venv"), &Interpreter { program: "python3", version }, &Packages { what: "a", locked });
        assert_ne!(at((3, 11), "a==1"), at((3, 12), "a==1"));
        assert_ne!(at((3, 11), "a==1"), at((3, 11), "a==2"));
    }
}
