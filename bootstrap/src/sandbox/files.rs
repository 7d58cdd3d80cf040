//! Which files a sandbox has: its world, and beside it a journal, a claim, and the world while it is written. Nothing else
//! takes their place, and they take no other file's.

use std::fs::OpenOptions;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::document::{self, Document, Found};
use crate::failure::Failure;
use crate::settings::{SANDBOX_FILE, Settings};

/// How the name of the journal goes on.
pub(super) const JOURNAL: &str = "journal";
/// How the name of a world that is being written goes on.
pub(super) const UNFINISHED: &str = "new";
/// How the name of the claim goes on.
pub(super) const CLAIM: &str = "lock";

/// What the owner's group and all others may do.
#[cfg(unix)]
const OTHERS: u32 = 0o077;

/// Returns how such a file is made: for its owner alone, like all that has keys in it, though these open nothing.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Takes a file from everybody but its owner: an older version, or a copy, may have left it open, and secrets may be written to it now.
///
/// # Errors
///
/// When it is there, and cannot be changed.
pub(super) fn make_private(file: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = match std::fs::metadata(file) {
            Ok(metadata) => metadata.permissions().mode(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        if mode & OTHERS != 0 {
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode & !OTHERS))?;
        }
    }
    Ok(())
}

/// Returns the path of what belongs to a sandbox's file.
pub(super) fn beside(sandbox: &Path, what: &str) -> PathBuf {
    let mut path = sandbox.as_os_str().to_owned();
    path.push(format!(".{what}"));
    path.into()
}

/// Refuses the file of a sandbox where something else is in its place: `--sandbox=FILE` may name anything, and opening a sandbox or
/// removing it writes over all of its files. What is in landfall's own folder is its own, also where it is damaged.
///
/// (The claim is told by its own text, once it is open.)
///
/// # Errors
///
/// When there is something else, or it cannot be read.
pub(crate) fn refuse_foreign(sandbox: &Path) -> Result<(), Failure> {
    for (file, expected) in [
        (sandbox.to_owned(), Document::Sandbox),
        (beside(sandbox, JOURNAL), Document::Journal),
        (beside(sandbox, UNFINISHED), Document::Sandbox),
    ] {
        let name = file.display();
        let found = document::found(&file)
            .map_err(|error| Failure::failed(format!("could not read {expected} in `{name}`")).because(error.to_string()))?;
        let is = match found {
            Found::Nothing | Found::Empty => continue,
            Found::Document(found) if found == expected => continue,
            Found::Other if sandbox.ends_with(SANDBOX_FILE) => continue,
            Found::Document(found) => format!("{found}, not {expected}"),
            Found::Other => format!("not {expected}"),
        };
        return Err(Failure::usage(format!("`{name}` is {is}; nothing was changed"))
            .hinted("name another file with `--sandbox=FILE`, or move this one away"));
    }
    Ok(())
}

/// Refuses a file that [`document::write`] would refuse, and those that the sandbox keeps for itself: it would write over what was written
/// there. Called before work whose result goes there.
///
/// # Errors
///
/// When the file exists and is not a document of this kind, is the sandbox's, or cannot be looked at.
pub(crate) fn refuse_taken(settings: &Settings, file: &Path, document: Document) -> Result<(), Failure> {
    refuse_own(&settings.sandbox_file(), file, document)?;
    document::refuse_other(file, document)
}

/// Refuses to write a document to a file that a sandbox keeps for itself, whether or not it is there yet.
///
/// # Errors
///
/// When it is one.
fn refuse_own(sandbox: &Path, file: &Path, document: Document) -> Result<(), Failure> {
    let own = [JOURNAL, UNFINISHED, CLAIM].map(|what| beside(sandbox, what));
    if std::iter::once(sandbox).chain(own.iter().map(PathBuf::as_path)).any(|own| is_same(own, file)) {
        return Err(Failure::usage(format!("`{}` is the sandbox's file; {document} cannot be written to it", file.display()))
            .hinted("name another file"));
    }
    Ok(())
}

/// Returns whether two paths lead to the same file, also where it does not exist yet.
pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    whole(one) == whole(other)
}

/// Returns a path without links and without `.` and `..`, as far as it exists; the rest as it is written.
fn whole(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (mut known, mut rest) = (absolute.as_path(), Vec::new());
    let mut whole = loop {
        if let Ok(found) = known.canonicalize() {
            break found;
        }
        let (Some(folder), Some(last)) = (known.parent(), known.components().next_back()) else { break known.to_owned() };
        rest.push(last);
        known = folder;
    };
    for part in rest.into_iter().rev() {
        if part == Component::ParentDir {
            whole.pop();
        } else {
            whole.push(part);
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_file_that_was_left_open_is_closed_to_others() {
        use std::os::unix::fs::PermissionsExt as _;
        let file = std::env::temp_dir().join(format!("landfall-private-{}", std::process::id()));
        std::fs::write(&file, "{}").expect("written");
        for (before, after) in [(0o644, 0o600), (0o666, 0o600), (0o600, 0o600), (0o400, 0o400)] {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(before)).expect("set");
            make_private(&file).expect("changed");
            assert_eq!(std::fs::metadata(&file).expect("there").permissions().mode() & 0o777, after);
        }
        std::fs::remove_file(&file).expect("removed");
        make_private(&file).expect("there is nothing to close");
    }

    #[test]
    fn two_names_of_one_file_are_the_same() {
        for (one, other, expected) in [
            ("x.json", "./x.json", true),
            ("nowhere/../x.json", "x.json", true),
            ("nowhere/x.json", "nowhere/./y/../x.json", true),
            ("src/../Cargo.toml", "Cargo.toml", true),
            ("x.json", "y.json", false),
            ("nowhere/x.json", "x.json", false),
        ] {
            assert_eq!(is_same(Path::new(one), Path::new(other)), expected, "{one} and {other}");
        }
    }
}
