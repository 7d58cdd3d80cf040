//! Profiles that lead to themselves: landfall asks a profile for credentials, whose program is landfall, which asks that profile.
//!
//! Left alone, each process starts the next for ever. So a process that is about to run a profile's program says so in a variable
//! that its children inherit, and one that finds its own profile in there refuses. A process can set a variable only for a program
//! that it starts: it becomes itself once more, with the variable set. Where the system cannot do that (not Unix), nothing is
//! guarded.

use crate::failure::Failure;

/// The process that set it and the profiles that were asked on the way to it, one a line.
pub(crate) const VARIABLE: &str = "LANDFALL_PROFILES";

/// Notes that a profile's program is about to run.
///
/// # Errors
///
/// When it was run already on the way to this process.
pub(crate) fn enter(visited: Option<&str>, profile: &str) -> Result<(), Failure> {
    let me = std::process::id().to_string();
    let mut lines = visited.unwrap_or_default().lines();
    let is_ours = lines.next() == Some(&me);
    let before: Vec<&str> = lines.collect();
    if is_ours && before.last() == Some(&profile) {
        return Ok(());
    }
    if before.contains(&profile) {
        return Err(refused(&before, profile));
    }
    become_again(&[&[me.as_str()], &before[..], &[profile]].concat().join("\n"));
    Ok(())
}

fn refused(before: &[&str], profile: &str) -> Failure {
    let way: Vec<&str> = before.iter().copied().chain([profile]).collect();
    Failure::failed(format!("profile `{profile}` needs its own credentials"))
        .because(format!("its `credential_process` runs landfall, which asks the same profile: {}", way.join(" -> ")))
        .hinted("name a profile with credentials of its own in that line: `credential_process = landfall credentials … --profile NAME`")
        .hinted("`landfall outputs --format aws-config --profile NAME` writes such profiles")
}

/// Starts this process's program anew in its place, with the variable set. Where it cannot, it goes on unguarded.
#[cfg(unix)]
fn become_again(value: &str) {
    use std::os::unix::process::CommandExt;

    let mut line = std::env::args_os();
    let Ok(program) = std::env::current_exe() else { return };
    let mut command = std::process::Command::new(program);
    if let Some(name) = line.next() {
        command.arg0(name);
    }
    // It returns only if it failed.
    let _ = command.args(line).env(VARIABLE, value).exec();
}

#[cfg(not(unix))]
fn become_again(_: &str) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_on_the_way_is_refused_with_the_way() {
        let failure = enter(Some("1\ndefault\nacme-dev-reader"), "default").expect_err("a circle").draw();
        assert!(failure.contains("default -> acme-dev-reader -> default"), "{failure}");
    }

    #[test]
    fn a_process_that_noted_it_goes_on() {
        let noted = format!("{}\nbase", std::process::id());
        assert_eq!(enter(Some(&noted), "base"), Ok(()));
    }
}
