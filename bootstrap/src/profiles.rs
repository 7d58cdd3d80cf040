//! The AWS configuration, `~/.aws/config`: which profiles it has, and landfall's own block in it.
//!
//! Between its two marks everything is landfall's and replaced as a whole; outside of them nothing is touched.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use aws_config::profile::{ProfileFileLoadError, ProfileSet};
use aws_types::os_shim_internal::{Env, Fs};

use crate::document;
use crate::failure::Failure;
use crate::format::count;

/// Returns the lines between which the profiles of an organization are.
pub(crate) fn marks(organization: &str) -> (String, String) {
    (format!("# landfall {organization} begin"), format!("# landfall {organization} end"))
}

/// Writes an organization's block, marks included, into the configuration, and returns the names of its profiles.
///
/// # Errors
///
/// When a profile of the same name is outside the block, the marks are damaged, or the file cannot be read or written.
pub(crate) fn install(file: &Path, organization: &str, block: &str) -> Result<Vec<String>, Failure> {
    let name = file.display();
    let failed = |what: &str, error: &io::Error| Failure::failed(format!("could not {what} `{name}`")).because(error.to_string());
    let before = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(failed("read", &error)),
    };
    let after = with_block(&before, organization, block).map_err(|problem| problem.failure(file, organization))?;
    if after != before {
        document::put(file, &after).map_err(|error| failed("write", &error))?;
    }
    Ok(profiles(block).map(|(_, name)| name).collect())
}

/// Returns the Region of the selected profile, where the AWS configuration can be read and has one.
pub(crate) async fn region() -> Option<String> {
    load().await.ok()?.get("region").map(str::to_owned)
}

/// Reads the AWS configuration as every AWS program does.
///
/// # Errors
///
/// When a file cannot be read or is not an AWS configuration.
pub(crate) async fn load() -> Result<ProfileSet, ProfileFileLoadError> {
    #[expect(deprecated, reason = "the files are those that every AWS program reads, and there is no other name for that")]
    let files = aws_config::profile::profile_file::ProfileFiles::default();
    aws_config::profile::load(&Fs::real(), &Env::real(), &files, None).await
}

/// Why a block cannot be put into a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Problem {
    /// Profiles outside the block have names of the block's, at these lines.
    Taken(Vec<(usize, String)>),
    /// The mark at this line has no counterpart, or there are several blocks.
    Marks(usize),
}

impl Problem {
    fn failure(&self, file: &Path, organization: &str) -> Failure {
        /// Most profiles that are named.
        const NAMED: usize = 5;
        let name = file.display();
        let (begin, end) = marks(organization);
        match self {
            Self::Taken(taken) => {
                let are = if taken.len() == 1 { "is" } else { "are" };
                let mut failure = Failure::failed(format!(
                    "{} of {organization} {are} in `{name}` already, outside landfall's block; nothing was written",
                    count(taken.len(), "profile")
                ));
                for (line, profile) in taken.iter().take(NAMED) {
                    failure = failure.because(format!("line {line}: [profile {profile}]"));
                }
                if taken.len() > NAMED {
                    failure = failure.because(format!("and {} more", taken.len() - NAMED));
                }
                failure.hinted("delete them there (an earlier `outputs >> ~/.aws/config` wrote such), then run this again")
            }
            Self::Marks(line) => Failure::failed(format!("the marks of landfall's block in `{name}` are damaged; nothing was written"))
                .because(format!("line {line}; there has to be one `{begin}` and below it one `{end}`"))
                .hinted("delete what is left of the block, then run this again"),
        }
    }
}

/// Returns the configuration with the block in the place of an older one, or at the end.
fn with_block(before: &str, organization: &str, block: &str) -> Result<String, Problem> {
    let (begin, end) = marks(organization);
    let lines: Vec<&str> = before.split_inclusive('\n').collect();
    let at = |mark: &str| -> Vec<usize> { lines.iter().enumerate().filter(|(_, line)| line.trim() == mark).map(|(at, _)| at).collect() };
    let old = match (&at(&begin)[..], &at(&end)[..]) {
        ([], []) => None,
        ([begin], [end]) if begin < end => Some(*begin..*end + 1),
        (begins, ends) => {
            let first = begins.iter().chain(ends).min().copied().unwrap_or_default();
            return Err(Problem::Marks(first + 1));
        }
    };
    let (above, below) = match old {
        Some(old) => (lines[..old.start].concat(), lines[old.end..].concat()),
        None => (before.to_owned(), String::new()),
    };
    let ours: BTreeSet<String> = profiles(block).map(|(_, name)| name).collect();
    let gap = before.lines().count() - below.lines().count();
    let outside = profiles(&above).chain(profiles(&below).map(|(line, name)| (line + gap, name)));
    let taken: Vec<(usize, String)> = outside.filter(|(_, name)| ours.contains(name)).collect();
    if !taken.is_empty() {
        return Err(Problem::Taken(taken));
    }
    let mut text = above;
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    if !text.is_empty() && !text.ends_with("\n\n") {
        text.push('\n');
    }
    Ok(text + block + &below)
}

/// Returns the profiles of a configuration with their lines: `[profile NAME]`, where blanks and quotes are not the name's.
fn profiles(text: &str) -> impl Iterator<Item = (usize, String)> {
    text.lines().enumerate().filter_map(|(at, line)| {
        let inside = line.trim_start().strip_prefix('[')?.split(']').next()?.trim();
        let name = inside.strip_prefix("profile").filter(|rest| rest.starts_with([' ', '\t']))?;
        Some((at + 1, name.trim().trim_matches(['"', '\'']).to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: &str = "# landfall acme begin\n\n[profile acme-dev-reader]\nregion = x\n# landfall acme end\n";

    #[test]
    fn a_block_is_put_at_the_end_and_replaced_where_it_is() {
        for before in ["", "[default]\nregion = y", "[default]\n\n", "[default]\r\nregion = y\r\n"] {
            let once = with_block(before, "acme", BLOCK).expect(before);
            assert!(once.starts_with(before) && once.ends_with(BLOCK), "{once}");
            assert_eq!(with_block(&once, "acme", BLOCK).expect("again"), once, "a second time changes nothing");
            let more = format!("{once}\n[profile later]\n");
            let newer = BLOCK.replace("region = x", "region = z");
            assert_eq!(with_block(&more, "acme", &newer).expect("replaced"), more.replace("region = x", "region = z"));
            assert!(with_block(&more, "kestrel", "# landfall kestrel begin\n# landfall kestrel end\n").expect("beside").starts_with(&more));
        }
    }

    #[test]
    fn what_is_outside_is_never_repeated_or_lost() {
        for (before, expected) in [
            ("[profile acme-dev-reader]\n", Problem::Taken(vec![(1, "acme-dev-reader".to_owned())])),
            ("\n[ profile   \"acme-dev-reader\" ] # old\n", Problem::Taken(vec![(2, "acme-dev-reader".to_owned())])),
            (&format!("{BLOCK}[profile acme-dev-reader]\n"), Problem::Taken(vec![(6, "acme-dev-reader".to_owned())])),
            ("# landfall acme begin\n[default]\n", Problem::Marks(1)),
            ("\n# landfall acme end\n# landfall acme begin\n", Problem::Marks(2)),
            (&format!("{BLOCK}{BLOCK}"), Problem::Marks(1)),
        ] {
            assert_eq!(with_block(before, "acme", BLOCK), Err(expected), "{before}");
        }
        assert!(with_block("[acme-dev-reader]\n[profiles acme-dev-reader]\n", "acme", BLOCK).is_ok());
    }
}
