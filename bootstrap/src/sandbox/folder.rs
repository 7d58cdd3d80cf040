//! Landfall's own folder beside a manifest, `.landfall`: made when something is kept in it, and ignored by Git.

use std::fs;
use std::io;
use std::path::Path;

/// Its name.
const NAME: &str = ".landfall";
/// All that is in it belongs to one machine.
const IGNORED: &str = "*\n";

/// Makes the folder of a file. In one that is landfall's own, Git is told to ignore everything.
///
/// # Errors
///
/// When it cannot be made.
pub(super) fn of(file: &Path) -> io::Result<()> {
    let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) else { return Ok(()) };
    fs::create_dir_all(folder)?;
    if folder.ends_with(NAME) {
        fs::write(folder.join(".gitignore"), IGNORED)?;
    }
    Ok(())
}
