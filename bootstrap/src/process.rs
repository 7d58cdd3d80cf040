//! This process, as the lock names it; whether another one of this machine is gone; and the processes that led to this one.
//!
//! Told from Linux's `/proc`. Elsewhere, and where processes of others are hidden, no process counts as gone: then a dead
//! holder's lock is waited for. Which processes led to this one, `ps` tells on every Unix.

use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use landfall::lock::Holder;

/// Stands where the host does not say its name.
const UNKNOWN_HOST: &str = "an unknown host";
/// Where in `/proc/PID/stat`, counted from behind the command's name, the state is.
const STATE: usize = 0;
/// And the process that started it.
const PARENT: usize = 1;
/// And the start, in clock ticks since the machine was started (`man 5 proc`).
const START: usize = 19;
/// Where `ps` is on Linux, macOS and the BSDs; a program that was started with an empty environment has no PATH to find it by.
const PS: &str = "/bin/ps";
/// The flag with which `ps` shows the environment behind the command (`man 1 ps` of macOS; of the BSDs).
const SHOW_VARIABLES: &str = if cfg!(target_os = "macos") { "-E" } else { "-e" };

/// Returns this process as a holder of the lock.
pub(crate) fn holder(caller: &str) -> Holder {
    let pid = std::process::id();
    let started = stat(pid).ok().and_then(|stat| stat.get(START).cloned()).unwrap_or_else(now);
    Holder::new(caller, host(), machine(), pid, started)
}

/// Returns whether the process of a holder on this machine is gone.
pub(crate) fn is_gone(holder: &Holder) -> bool {
    match stat(holder.pid) {
        // Its number may have been given to another one since; and a zombie does nothing any more.
        Ok(stat) => stat.get(START) != Some(&holder.started) || stat.get(STATE).is_some_and(|state| state == "Z" || state == "X"),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// Returns the processes that led to this one, as far as the host tells: who started it, who started that one, and so on.
pub(crate) fn above() -> impl Iterator<Item = u32> {
    std::iter::successors(parent(std::process::id()), |below| parent(*below))
}

/// Returns whether a process started this one, or one that did, as far as the host tells.
pub(crate) fn is_above(pid: u32) -> bool {
    above().any(|above| above == pid)
}

fn parent(pid: u32) -> Option<u32> {
    let parent: u32 = match stat(pid) {
        Ok(stat) => stat.get(PARENT)?.parse().ok()?,
        Err(_) => ps(&["-o", "ppid=", "-p", &pid.to_string()])?.trim().parse().ok()?,
    };
    // The kernel has no parent, or is its own.
    Some(parent).filter(|parent| *parent != 0)
}

/// Returns a variable that a process was started with, where the host shows it: processes of other users may be hidden.
pub(crate) fn variable(pid: u32, name: &str) -> Option<String> {
    match std::fs::read(format!("/proc/{pid}/environ")) {
        Ok(environment) => among(String::from_utf8_lossy(&environment).split('\0'), name),
        Err(_) if has_proc() => None,
        Err(_) => among(ps(&[SHOW_VARIABLES, "-ww", "-o", "command=", "-p", &pid.to_string()])?.split_whitespace(), name),
    }
}

fn among<'e>(mut environment: impl Iterator<Item = &'e str>, name: &str) -> Option<String> {
    environment.find_map(|set| Some(set.strip_prefix(name)?.strip_prefix('=')?.to_owned()))
}

fn has_proc() -> bool {
    stat(std::process::id()).is_ok()
}

/// Returns what `ps` prints; nothing where it fails, or there is none.
fn ps(arguments: &[&str]) -> Option<String> {
    let mut command = std::process::Command::new(PS);
    let output = command.args(arguments).stdin(std::process::Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn host() -> String {
    let named = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let named = named.or_else(|| std::env::var("HOSTNAME").ok()).or_else(|| std::env::var("COMPUTERNAME").ok());
    named.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).unwrap_or_else(|| UNKNOWN_HOST.to_owned())
}

/// Returns what tells this machine and its numbering of processes from all others: containers of one host, which may share
/// its name, have numbers of their own.
fn machine() -> Option<String> {
    // Where this one is hidden, so may be others that live.
    stat(1).ok()?;
    let started = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let numbering = std::fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{} {}", started.trim(), numbering.display()))
}

/// Returns the fields of a process's `stat` behind the command's name, which may hold anything.
fn stat(pid: u32) -> io::Result<Vec<String>> {
    let text = std::fs::read(format!("/proc/{pid}/stat"))?;
    let text = String::from_utf8_lossy(&text);
    Ok(text.rsplit(')').next().unwrap_or_default().split_whitespace().map(str::to_owned).collect())
}

#[expect(clippy::disallowed_methods, reason = "where the host does not tell when the process started, this tells it from others as well")]
fn now() -> String {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos().to_string()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn this_process_lives_and_another_start_of_its_number_does_not() {
        let me = holder("ada");
        assert!(me.machine.is_some() && !is_gone(&me), "{me:?}");
        assert!(is_gone(&Holder::new("ada", me.host.clone(), me.machine.clone(), me.pid, "1")));
        assert!(is_gone(&Holder::new("ada", me.host.clone(), me.machine.clone(), u32::MAX, me.started)));
    }

    #[test]
    fn the_processes_above_are_told_with_what_they_were_started_with() {
        let me = std::process::id();
        // The shell starts a program that shows whom `ps` takes for its parent.
        let shell = std::process::Command::new("/bin/sh").args(["-c", "/bin/ps -o ppid= -p $$; exit 0"]).output().expect("a shell");
        assert_eq!(String::from_utf8_lossy(&shell.stdout).trim(), me.to_string());
        assert!(above().count() > 0 && !is_above(me));
        assert_eq!(
            ps(&["-o", "ppid=", "-p", &me.to_string()]).map(|parent| parent.trim().to_owned()),
            parent(me).map(|pid| pid.to_string())
        );
        assert!(variable(me, "PATH").or_else(|| variable(me, "HOME")).is_some());
        assert_eq!(variable(me, "LANDFALL_NO_SUCH_VARIABLE"), None);
        // As macOS's `ps` shows it: the command first.
        assert_eq!(among("landfall credentials dev A=1 AB=2,x\n".split_whitespace(), "AB"), Some("2,x".to_owned()));
    }

    #[test]
    fn a_child_is_gone_when_it_has_ended_even_if_nobody_asked_for_its_end() {
        let mut child = std::process::Command::new("cat").stdin(std::process::Stdio::piped()).spawn().expect("cat");
        let started = stat(child.id()).expect("it lives")[START].clone();
        let child_holder = Holder::new("ada", host(), machine(), child.id(), started);
        assert!(!is_gone(&child_holder));
        child.kill().expect("killed");
        while !is_gone(&child_holder) {
            std::thread::yield_now();
        }
        child.wait().expect("ended");
        assert!(is_gone(&child_holder));
    }
}
