//! `cargo package`: which files of the library would be published, and whether they build without the rest of the repository.

use crate::step::{self, Failure, step};
use crate::timings::Verdict;
use crate::workspace;

/// The crate, with every feature: what is behind a feature is published as well.
const SELECTION: [&str; 4] = ["--package", "landfall", "--all-features", "--locked"];

/// What a package cannot do without.
const NEEDED: [&str; 2] = ["Cargo.toml", "src/lib.rs"];

/// Lists the package, then builds it.
///
/// # Errors
///
/// When a file is missing, when something is not committed, and when it does not build.
pub(super) fn run() -> Result<Verdict, Failure> {
    let list = step("list", || step::output(workspace::cargo(["package", "--list", "--no-verify"]).args(SELECTION)))?;
    let files: Vec<&str> = list.lines().collect();
    if let Some(missing) = NEEDED.iter().find(|needed| !files.contains(needed)) {
        return Err(Failure(format!("the package lacks {missing}")));
    }
    eprintln!("{list}");
    // In a directory of its own: the crate alone selects other features of its dependencies than all tests together.
    let target = workspace::target_directory()?.join("judges").join("package");
    step("build", || step::run(workspace::cargo(["package", "--target-dir"]).arg(target).args(SELECTION)))?;
    Ok(Verdict::Passed(format!("{} files, which build by themselves", files.len())))
}
