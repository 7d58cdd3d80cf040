//! CPU time and peak memory of child processes, as Linux shows them under `/proc`. Elsewhere both stay unknown.

use std::fs;
use std::process::{Child, ExitStatus};
use std::time::Duration;

use crate::step::{self, Failure};

/// Length of one tick in `/proc/PID/stat`: `USER_HZ` is 100 on every Linux that Rust supports (`man 5 proc_pid_stat`).
const TICK: Duration = Duration::from_millis(10);

/// Positions of `utime` and `stime` in `/proc/PID/stat`, counted from the state, which follows the command's name.
const TIMES: [usize; 2] = [11, 12];
/// Positions of `cutime` and `cstime`: the same of all children that ended, and of theirs.
const CHILDREN: [usize; 2] = [13, 14];

/// How often a running child's memory is looked at. The system keeps the peak itself, so that only a peak in the last
/// moment can be missed.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// What a process has used up to the last look.
#[derive(Debug, Default)]
pub(super) struct Usage {
    pub(super) cpu: Option<Duration>,
    pub(super) peak_kilobytes: Option<u64>,
}

/// Whether a process still runs.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Running {
    Yes,
    /// It has ended, or this system does not report it.
    No,
}

impl Usage {
    /// Reads the usage once.
    pub(super) fn look(&mut self, process: u32) -> Running {
        let Ok(stat) = fs::read_to_string(format!("/proc/{process}/stat")) else { return Running::No };
        let Some((state, cpu)) = parse_stat(&stat, TIMES) else { return Running::No };
        self.cpu = Some(cpu);
        // An ended process has no memory any more; the last value is kept.
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        self.peak_kilobytes = parse_peak(&status).or(self.peak_kilobytes);
        if state == "Z" || state == "X" { Running::No } else { Running::Yes }
    }
}

/// Waits for a child, and returns how it ended and what it used.
///
/// # Errors
///
/// When it cannot be waited for.
pub(super) fn watch(child: &mut Child) -> Result<(ExitStatus, Usage), Failure> {
    let failure = |error: std::io::Error| Failure(format!("cannot wait for `landfall`: {error}"));
    let mut usage = Usage::default();
    // An ended child keeps its CPU times until it is waited for, so look first and wait afterwards.
    while usage.look(child.id()) == Running::Yes {
        step::pause(LOOK_AGAIN);
    }
    Ok((child.wait().map_err(failure)?, usage))
}

/// Returns the CPU time of every process that this one started, directly or not, and that ended.
pub(super) fn of_children() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    parse_stat(&stat, CHILDREN).map(|(_, cpu)| cpu)
}

/// Returns the state and a CPU time, user and system.
fn parse_stat(stat: &str, times: [usize; 2]) -> Option<(&str, Duration)> {
    // The command's name is in parentheses and may itself have spaces and parentheses.
    let (_, fields) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let mut ticks = 0;
    for position in times {
        ticks += fields.get(position)?.parse::<u32>().ok()?;
    }
    Some((fields.first()?, TICK * ticks))
}

fn parse_peak(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stat_is_read_behind_the_command() {
        let stat = "42 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 150 25 60 40 20";
        assert_eq!(parse_stat(stat, TIMES), Some(("S", Duration::from_millis(1_750))));
        assert_eq!(parse_stat(stat, CHILDREN), Some(("S", Duration::from_secs(1))));
        assert_eq!(parse_stat("42 (a) S 1 2", TIMES), None);
    }

    #[test]
    fn peak_is_read_from_status() {
        assert_eq!(parse_peak("Name:\tx\nVmHWM:\t   53120 kB\nVmRSS:\t 1 kB\n"), Some(53_120));
        assert_eq!(parse_peak("Name:\tx\n"), None);
    }
}
