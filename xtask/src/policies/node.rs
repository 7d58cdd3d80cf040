//! Node for the second evaluator: a usable one, and its packages under cargo's target directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::install;
use crate::step::{self, Failure};

/// The evaluator and all that it depends on, each with its version and checksum.
const PACKAGES: [(&str, &str); 2] =
    [("package.json", include_str!("package.json")), ("package-lock.json", include_str!("package-lock.json"))];

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
    let make = || {
        for (name, text) in PACKAGES {
            let file = home.join(name);
            fs::write(&file, text).map_err(|error| Failure::io("write", &file, &error))?;
        }
        let install = ["ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"];
        step::run(Command::new("npm").current_dir(home).args(install))
    };
    install::once(home, "the second evaluator", &PACKAGES.map(|(_, text)| text).concat(), || true, make)?;
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
        let lock: serde_json::Value = serde_json::from_str(PACKAGES[1].1).expect("it is JSON");
        let packages = lock["packages"].as_object().expect("it names packages");
        let wanted = packages[""]["dependencies"].as_object().expect("the root wants some");
        assert_eq!(packages.len(), wanted.len() + 1, "the evaluator brings nothing that is not named in package.json");
        for (name, package) in packages.iter().filter(|(name, _)| !name.is_empty()) {
            assert!(package["integrity"].is_string(), "{name} has no checksum");
            assert!(package["resolved"].is_null(), "{name} names a registry; npm install --omit-lockfile-registry-resolved does not");
        }
        assert!(wanted.values().all(|version| version.as_str().is_some_and(|text| text.starts_with(|first: char| first.is_ascii_digit()))));
    }
}
