//! What this process uses, as Linux shows it under `/proc`; elsewhere all figures are nothing.

use std::fs;
use std::time::Duration;

/// What was used at a moment.
pub(crate) struct Usage {
    cpu: Duration,
    kilobytes: u64,
}

impl Usage {
    /// Begins to measure; the peak of memory begins anew.
    pub(crate) fn begin() -> Self {
        // Five resets the peak (`man 5 proc_pid_clear_refs`); where that is not allowed, the peak is the process's.
        let _ = fs::write("/proc/self/clear_refs", "5");
        Self { cpu: cpu(), kilobytes: status("VmRSS:") }
    }

    /// Returns the CPU time of the main thread since then.
    pub(crate) fn cpu(&self) -> Duration {
        cpu().saturating_sub(self.cpu)
    }

    /// Returns by how many kilobytes memory was above its level of then, at its peak since.
    pub(crate) fn growth(&self) -> u64 {
        status("VmHWM:").saturating_sub(self.kilobytes)
    }
}

/// Returns the main thread's time on a CPU: exact, where the times of the whole process come in ticks of 10 ms.
fn cpu() -> Duration {
    let text = fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split(' ').next().and_then(|nanoseconds| nanoseconds.parse().ok()).unwrap_or(0))
}

fn status(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}
