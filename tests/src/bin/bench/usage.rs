//! What this process uses, as Linux shows it under `/proc`; elsewhere all figures are nothing.

use std::fs;
use std::time::Duration;

/// Length of a tick: `USER_HZ` is 100 on every Linux that Rust supports.
const TICK: Duration = Duration::from_millis(10);

/// What was used at a moment.
pub(crate) struct Usage {
    cpu: Duration,
}

impl Usage {
    pub(crate) fn now() -> Self {
        Self { cpu: cpu() }
    }

    pub(crate) fn cpu_since(&self) -> Duration {
        cpu().saturating_sub(self.cpu)
    }
}

/// Returns the most memory that this process has held, in megabytes.
pub(crate) fn peak() -> u64 {
    status("VmHWM:") / 1024
}

fn cpu() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit_once(") ").map(|(_, fields)| fields.split_whitespace().collect()).unwrap_or_default();
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<u32>().ok()).unwrap_or(0);
    TICK * (ticks(11) + ticks(12))
}

fn status(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}
