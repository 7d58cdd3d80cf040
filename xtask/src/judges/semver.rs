//! cargo-semver-checks: whether the library's public items changed more than its version says, since an earlier commit.

use std::process::Command;

use super::options::{Flag, Options};
use crate::install::CargoTool;
use crate::step::{self, Failure};
use crate::timings::Verdict;
use crate::workspace;

/// Pinned: each release has other lints, and reads rustdoc's JSON of certain releases of Rust only (0.51: up to 1.95 and newer).
const TOOL: CargoTool = CargoTool { name: "cargo-semver-checks", version: "0.51.0" };

const BASELINE: &str = "--baseline";

pub(super) const FLAGS: &[Flag] =
    &[Flag { name: BASELINE, value: "REV", about: "compare with this commit [default: the last one that has a tag]" }];

/// Compares the public items with the baseline's.
///
/// # Errors
///
/// When they changed more than the version says, and when the tool cannot be installed or run.
pub(super) fn run(options: &Options) -> Result<Verdict, Failure> {
    let baseline = match options.get(BASELINE) {
        Some(revision) => revision.to_owned(),
        None => match last_tag() {
            Some(tag) => tag,
            None => return Ok(Verdict::Skipped(format!("no commit has a tag yet; name one to compare with: {BASELINE} REV"))),
        },
    };
    let binary = TOOL.binary()?;
    let arguments = ["semver-checks", "--package", "landfall", "--all-features", "--baseline-rev", &baseline];
    step::run(Command::new(binary).current_dir(workspace::root()).args(arguments))?;
    Ok(Verdict::Passed(format!("nothing beside {baseline} that the version does not allow")))
}

/// Returns the last tag before this commit; none where there is no git either.
fn last_tag() -> Option<String> {
    let arguments = ["-c", "safe.directory=*", "describe", "--tags", "--abbrev=0"];
    let text = step::output(Command::new("git").current_dir(workspace::root()).args(arguments)).ok()?;
    Some(text.trim().to_owned())
}
