//! Where this workspace is, where it is built, and how its cargo is called.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::step::{self, Failure};

/// What every build of the tests selects. One selection for all of them: another one would unify the dependencies'
/// features differently and compile the AWS crates, minutes of work, a second time.
pub(crate) const SELECTION: [&str; 2] = ["--workspace", "--all-features"];

/// Returns the workspace's root.
pub(crate) fn root() -> PathBuf {
    // `cargo run` sets the variable for the process too; the one of compile time serves a binary that is started by hand.
    let own = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    own.parent().map_or_else(|| own.clone(), Path::to_path_buf)
}

/// Returns a call of the cargo that runs this task, in the workspace's root.
pub(crate) fn cargo<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).args(arguments);
    // Cargo describes this task's own package in these. Build scripts that watch them (ring's does) would run again inside of a task, and
    // all that depends on them be compiled again; the next cargo outside of one would do the same.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_of_this_package)) {
        command.env_remove(name);
    }
    command
}

/// Returns whether a variable is one that cargo sets for the package that it runs.
fn is_of_this_package(name: &str) -> bool {
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
}

/// Returns the directory that cargo builds into, which may lie anywhere.
///
/// # Errors
///
/// When `cargo metadata` fails or answers without it.
pub(crate) fn target_directory() -> Result<PathBuf, Failure> {
    let text = step::output(&mut cargo(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| Failure(format!("`cargo metadata` printed no JSON: {error}")))?;
    metadata["target_directory"].as_str().map(PathBuf::from).ok_or_else(|| Failure("`cargo metadata` names no target directory".to_owned()))
}

/// Returns whether this runs in CI, where a check that cannot run is a failure.
pub(crate) fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true" || value == "1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cargo_of_a_task_does_not_know_the_tasks_package() {
        // Cargo sets them for this test as well.
        assert!(std::env::var_os("CARGO_PKG_NAME").is_some() && std::env::var_os("CARGO_MANIFEST_DIR").is_some());
        let command = cargo(["build"]);
        let removed: Vec<&str> = command.get_envs().filter(|(_, value)| value.is_none()).filter_map(|(name, _)| name.to_str()).collect();
        for name in ["CARGO_PKG_NAME", "CARGO_PKG_VERSION_MAJOR", "CARGO_MANIFEST_DIR"] {
            assert!(removed.contains(&name), "{name}: {removed:?}");
        }
        assert!(!removed.contains(&"CARGO_TARGET_DIR") && !removed.contains(&"CARGO_HOME"), "{removed:?}");
    }

    #[test]
    fn the_root_holds_the_workspace() {
        let manifest = std::fs::read_to_string(root().join("Cargo.toml")).expect("the workspace has a manifest");
        assert!(manifest.contains("[workspace]"));
    }
}
