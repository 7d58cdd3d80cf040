//! A named step of a task: what runs, how long it took, and how it failed.
//!
//! Knows nothing of any single task.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Why a task stopped: one or more lines for a person, which follow `error: `.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure(pub(crate) String);

impl Failure {
    /// Returns the failure of an operation of the file system: what was being done to which path.
    pub(crate) fn io(doing: &str, path: &Path, error: &std::io::Error) -> Self {
        Self(format!("cannot {doing} {}: {error}", path.display()))
    }
}

/// Runs `work` under a name; prints the name before and the duration after it to stderr.
///
/// # Errors
///
/// Whatever `work` fails with, preceded by the step's name.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    eprintln!("==> {name}");
    let started = now();
    let outcome = work();
    let seconds = started.elapsed().as_secs_f64();
    match outcome {
        Ok(value) => {
            eprintln!("    {name}: done in {seconds:.1} s");
            Ok(value)
        }
        Err(Failure(message)) => {
            eprintln!("    {name}: failed after {seconds:.1} s");
            Err(Failure(format!("{name}: {message}")))
        }
    }
}

/// Runs a command with this process's stdin, stdout and stderr, and waits for it.
///
/// # Errors
///
/// When it cannot be started or does not end with success.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let shown = shown(command);
    let status = command.status().map_err(|error| Failure(format!("cannot run `{shown}`: {error}")))?;
    if status.success() { Ok(()) } else { Err(Failure(format!("`{shown}` ended with {status}"))) }
}

/// Runs a command and returns its stdout; its stderr goes into the failure.
///
/// # Errors
///
/// When it cannot be started, does not end with success, or prints something that is not UTF-8.
pub(crate) fn output(command: &mut Command) -> Result<String, Failure> {
    let shown = shown(command);
    let output = command.output().map_err(|error| Failure(format!("cannot run `{shown}`: {error}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Failure(format!("`{shown}` ended with {}\n{}", output.status, said.trim_end())));
    }
    String::from_utf8(output.stdout).map_err(|_| Failure(format!("`{shown}` printed something that is not UTF-8")))
}

/// Returns the time; only for measuring durations and bounding waits.
#[expect(clippy::disallowed_methods, reason = "tasks measure real durations of real processes")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Waits a moment between two checks of another process, which offers nothing to wait on.
pub(crate) fn pause(duration: Duration) {
    std::thread::sleep(duration);
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_command_is_named() {
        let Err(Failure(message)) = run(Command::new("sh").args(["-c", "exit 3"])) else { panic!("exit 3 is a failure") };
        assert_eq!(message, "`sh -c exit 3` ended with exit status: 3");
    }

    #[test]
    fn a_failing_step_is_named() {
        assert_eq!(step::<()>("tests", || Err(Failure("two of them".to_owned()))), Err(Failure("tests: two of them".to_owned())));
    }

    #[test]
    fn output_carries_stderr_into_the_failure() {
        assert_eq!(output(Command::new("sh").args(["-c", "echo yes"])), Ok("yes\n".to_owned()));
        let Err(Failure(message)) = output(Command::new("sh").args(["-c", "echo why >&2; exit 1"])) else { panic!("exit 1 is a failure") };
        assert!(message.ends_with("\nwhy"), "{message}");
    }
}
