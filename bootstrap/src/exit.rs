//! Exit codes: every one that the binary has, and what it means. Help, the manual page and README list these.

use std::process::ExitCode;

/// How a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All was done, or there was nothing to do.
    Done,
    /// It failed: no credentials, refused, or "no" at the prompt.
    Failed,
    /// `plan --detailed-exitcode`: changes are pending (Terraform's habit).
    Pending,
    /// Something is blocked, unreadable or failed; the rest finished.
    Partial,
    /// Wrong usage, or a manifest that is missing or wrong (`EX_USAGE` of sysexits).
    Usage,
    /// Another operator holds the lock, or took it over (`EX_TEMPFAIL` of sysexits: it may work later).
    LockHeld,
    /// Interrupted, as shells have it: 128 + SIGINT.
    Interrupted,
    /// Terminated: 128 + SIGTERM.
    Terminated,
    /// `exec`: landfall itself failed, and the command did not run (as `env` and `timeout` have it).
    ExecFailed,
    /// `exec`: the command exists and cannot be run.
    ExecUnrunnable,
    /// `exec`: there is no such command.
    ExecNotFound,
    /// `exec`: the command ran, and this is its exit code.
    Command(u8),
}

impl Exit {
    /// Those of every command, by number.
    pub(crate) const ALL: [Self; 8] =
        [Self::Done, Self::Failed, Self::Pending, Self::Partial, Self::Usage, Self::LockHeld, Self::Interrupted, Self::Terminated];
    /// Those that only `exec` has, by number.
    pub(crate) const OF_EXEC: [Self; 3] = [Self::ExecFailed, Self::ExecUnrunnable, Self::ExecNotFound];

    /// Returns the number.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Pending => 2,
            Self::Partial => 4,
            Self::Usage => 64,
            Self::LockHeld => 75,
            Self::Interrupted => 130,
            Self::Terminated => 143,
            Self::ExecFailed => 125,
            Self::ExecUnrunnable => 126,
            Self::ExecNotFound => 127,
            Self::Command(code) => code,
        }
    }

    /// Returns what it means, as help says it.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Pending => "changes pending (`plan --detailed-exitcode`)",
            Self::Partial => "some of it blocked, unreadable or failed",
            Self::Usage => "usage or manifest",
            Self::LockHeld => "another operator holds the lock",
            Self::Interrupted => "interrupted",
            Self::Terminated => "terminated",
            Self::ExecFailed => "landfall failed",
            Self::ExecUnrunnable => "the command cannot be run",
            Self::ExecNotFound => "it was not found",
            Self::Command(_) => "the exit code of the command",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Returns a list for help: each code with its meaning.
pub(crate) fn listed(exits: &[Exit]) -> String {
    exits.iter().map(|exit| format!("{} {}", exit.code(), exit.meaning())).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the numbers of a text, in its order.
    fn numbers(text: &str) -> Vec<u8> {
        text.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok()).collect()
    }

    #[test]
    fn readme_lists_every_exit_code() {
        let readme = include_str!("../../README.md").split_whitespace().collect::<Vec<_>>().join(" ");
        let (_, list) = readme.split_once("Exit codes: ").expect("a list");
        let (list, of_exec) = list.split_once(" `exec` returns ").expect("those of exec");
        let expected: Vec<String> = Exit::ALL.iter().map(|exit| format!("{} {}", exit.code(), exit.meaning())).collect();
        assert_eq!(list.trim_end_matches('.').split("; ").collect::<Vec<_>>(), expected);
        let (of_exec, _) = of_exec.split_once('.').expect("an end");
        assert!(of_exec.starts_with(Exit::Command(0).meaning()), "{of_exec}");
        assert_eq!(numbers(of_exec), Exit::OF_EXEC.map(Exit::code));
    }

    #[test]
    fn each_exit_code_is_one_number() {
        let mut codes: Vec<u8> = Exit::ALL.iter().chain(&Exit::OF_EXEC).map(|exit| exit.code()).collect();
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
        // One of signals is what the command of `exec` is said to end with, too.
        assert!(codes.iter().all(|code| *code <= 128 || [128 + 2, 128 + 15].contains(code)), "{codes:?}");
    }
}
