//! Which files there are: what git would commit, or all of them where there is no git.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::step::{self, Failure};

/// Directories that are never part of the source, for the walk without git.
const NOT_SOURCE: [&str; 3] = [".git", ".landfall", "target"];

/// The files of the repository, as paths from its root with `/` between the names.
pub(super) struct Repository {
    /// Every file that is committed or would be by `git add --all`.
    pub(super) paths: Vec<String>,
    /// The committed entries of the root; what lies there uncommitted is its owner's business.
    pub(super) top_level: BTreeSet<String>,
}

/// Lists the repository at `root`.
///
/// # Errors
///
/// When a directory cannot be read.
pub(super) fn list(root: &Path) -> Result<Repository, Failure> {
    // A source archive has no git, and a container's git may be missing: then every file counts.
    match (git(root, &["--cached"]), git(root, &["--others", "--exclude-standard"])) {
        (Ok(committed), Ok(new)) if !committed.is_empty() => {
            let top_level = top_level(&committed);
            Ok(Repository { paths: committed.into_iter().chain(new).collect(), top_level })
        }
        _ => {
            let mut paths = Vec::new();
            walk(root, "", &mut paths)?;
            Ok(Repository { top_level: top_level(&paths), paths })
        }
    }
}

fn git(root: &Path, which: &[&str]) -> Result<Vec<String>, Failure> {
    // In CI the checkout often belongs to another user than the one who runs this, which git refuses by default.
    let arguments = ["-c", "safe.directory=*", "ls-files", "-z"];
    let text = step::output(Command::new("git").current_dir(root).args(arguments).args(which))?;
    Ok(text.split_terminator('\0').map(str::to_owned).collect())
}

fn walk(directory: &Path, prefix: &str, paths: &mut Vec<String>) -> Result<(), Failure> {
    let failure = |error: std::io::Error| Failure::io("list", directory, &error);
    for entry in fs::read_dir(directory).map_err(failure)? {
        let entry = entry.map_err(failure)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if NOT_SOURCE.contains(&name.as_str()) {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.file_type().map_err(failure)?.is_dir() {
            walk(&entry.path(), &format!("{path}/"), paths)?;
        } else {
            paths.push(path);
        }
    }
    Ok(())
}

fn top_level(paths: &[String]) -> BTreeSet<String> {
    paths.iter().filter_map(|path| path.split('/').next()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    #[test]
    fn git_and_the_walk_agree_on_the_sources() {
        let listed = list(&workspace::root()).expect("the workspace can be listed");
        let mut walked = Vec::new();
        walk(&workspace::root(), "", &mut walked).expect("the workspace can be walked");
        let own = "xtask/src/tidy/files.rs".to_owned();
        assert!(listed.paths.contains(&own) && walked.contains(&own));
        assert!(walked.iter().all(|path| !path.starts_with(".git/")));
    }

    #[test]
    fn top_level_takes_first_names() {
        let paths = ["a/b/c.rs", "a/d.rs", "e"].map(str::to_owned);
        assert_eq!(top_level(&paths).into_iter().collect::<Vec<_>>(), ["a", "e"]);
    }
}
