//! Sessions kept on disk between calls of `landfall credentials`: one file for each request, readable by its owner only.
//!
//! What is damaged, another user's or open to others counts as absent, and is replaced. Nothing in here is shown or logged.

mod granted;

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use granted::LIFE_MAX;
pub(crate) use granted::{Granted, check};

/// More than any session's file has; what is longer is not a session's.
const SIZE_MAX: u64 = 64 * 1024;
/// Where they are, in the user's folder for caches.
const FOLDER: &str = "credentials";
/// How long another process's turn is waited for: longer than all its calls may take, and no process that hangs, or was put to
/// sleep, holds up the others for ever.
const TURN_MAX: Duration = Duration::from_mins(3);
/// How often a process that waits for another's session looks.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Nothing fresh is kept: the holder of this asks AWS.
#[derive(Debug, Default)]
pub(crate) struct Missing {
    /// The right to keep others waiting meanwhile; only its holder's being there counts.
    pub(crate) turn: Option<File>,
    /// How long another process was waited for that kept nothing.
    pub(crate) waited: Duration,
}

/// The place of one request's credentials.
#[derive(Debug)]
pub(crate) struct Slot {
    folder: PathBuf,
    file: PathBuf,
}

impl Slot {
    /// Returns the place in a user's folder for a request, told by all that makes it another one.
    pub(crate) fn of<'p>(cache: &Path, parts: impl IntoIterator<Item = &'p str>) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            // Lengths keep ("ab", "c") and ("a", "bc") apart.
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        let name = hash.finalize().iter().fold(String::new(), |name, byte| name + &format!("{byte:02x}"));
        let folder = cache.join(FOLDER);
        Self { file: folder.join(format!("{name}.json")), folder }
    }

    /// Returns what is kept, if it is whole and no other user could read or have written it.
    pub(crate) fn read(&self) -> Option<Granted> {
        if !guard::is_private(&self.folder) || !guard::is_private(&self.file) || !is_small_file(&self.file) {
            return None;
        }
        let text = fs::read(&self.file).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Returns what is kept and fresh; if nothing is, waits while another process asks for the same, and returns what it kept.
    ///
    /// With nothing, whoever gets the turn asks while it holds it. Where the other one got nothing, nobody waits for anybody: what
    /// it failed of may be slow, and a queue would be slow once for each.
    pub(crate) async fn fresh_or_turn(&self, now: impl Fn() -> SystemTime) -> Result<Granted, Missing> {
        let fresh = || self.read().filter(|kept| kept.is_fresh(now()));
        if let Some(kept) = fresh() {
            return Ok(kept);
        }
        let Some(turn) = self.turn() else { return Err(Missing::default()) };
        let mut waited = Duration::ZERO;
        loop {
            let is_ours = match turn.try_lock() {
                Ok(()) => true,
                Err(TryLockError::WouldBlock) => false,
                Err(TryLockError::Error(_)) => return Err(Missing { turn: None, waited }),
            };
            if let Some(kept) = fresh() {
                return Ok(kept);
            }
            if is_ours {
                return Err(Missing { turn: waited.is_zero().then_some(turn), waited });
            }
            if waited >= TURN_MAX {
                return Err(Missing { turn: None, waited });
            }
            waited += LOOK_EVERY;
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Opens the file whose lock is the turn; `None` if there can be none.
    fn turn(&self) -> Option<File> {
        guard::private_folder(&self.folder).ok()?;
        let file = self.file.with_extension("turn");
        if fs::symlink_metadata(&file).is_ok() && !(guard::is_private(&file) && is_small_file(&file)) {
            // A pipe would block who opens it.
            fs::remove_file(&file).ok()?;
        }
        match guard::private_file(&file) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => File::options().write(true).open(&file).ok(),
            made => made.ok(),
        }
    }

    /// Keeps credentials, all of them or nothing, and forgets those that ended long ago.
    ///
    /// # Errors
    ///
    /// When the folder cannot be made private, or the file not be written.
    pub(crate) fn write(&self, granted: &Granted, now: SystemTime) -> io::Result<()> {
        guard::private_folder(&self.folder)?;
        self.sweep(now);
        if fs::symlink_metadata(&self.file).is_ok_and(|metadata| metadata.is_dir()) {
            // Nothing that landfall wrote is in there.
            fs::remove_dir(&self.file)?;
        }
        let unfinished = self.file.with_extension(format!("{}.new", std::process::id()));
        // Left by a process of the same number that was killed.
        let _ = fs::remove_file(&unfinished);
        let mut file = guard::private_file(&unfinished)?;
        let written = file.write_all(&serde_json::to_vec(granted)?).and_then(|()| fs::rename(&unfinished, &self.file));
        if written.is_err() {
            let _ = fs::remove_file(&unfinished);
        }
        written
    }

    fn sweep(&self, now: SystemTime) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let modified = entry.metadata().and_then(|metadata| metadata.modified());
            if modified.is_ok_and(|modified| now.duration_since(modified).unwrap_or_default() > LIFE_MAX) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// Removes every session that is kept, and returns how many there were.
///
/// # Errors
///
/// When one cannot be removed.
pub(crate) fn forget(cache: &Path) -> io::Result<usize> {
    let mut count = 0;
    let entries = match fs::read_dir(cache.join(FOLDER)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let path = entry?.path();
        // What holds a turn is empty, and another process may be holding it.
        if path.extension().is_some_and(|extension| extension == "turn") {
            continue;
        }
        fs::remove_file(&path)?;
        count += usize::from(path.extension().is_some_and(|extension| extension == "json"));
    }
    Ok(count)
}

fn is_small_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.len() <= SIZE_MAX)
}

/// Who may read: on Unix, the mode says.
#[cfg(unix)]
mod guard {
    use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
    use std::path::Path;

    const FOLDER_MODE: u32 = 0o700;
    const FILE_MODE: u32 = 0o600;
    const OTHERS: u32 = 0o077;

    fn is_ours(metadata: &fs::Metadata) -> bool {
        metadata.uid() == rustix::process::geteuid().as_raw()
    }

    /// Returns whether it is ours, no link, and closed to everybody else.
    pub(super) fn is_private(path: &Path) -> bool {
        fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_symlink() && is_ours(&metadata) && metadata.mode() & OTHERS == 0)
    }

    /// Makes a folder that is closed to everybody else, or closes it.
    pub(super) fn private_folder(path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(path)?;
        if is_private(path) {
            return Ok(());
        }
        let metadata = fs::symlink_metadata(path)?;
        if metadata.is_symlink() {
            return Err(io::Error::other("it is a link"));
        }
        // Under `sudo -E` it is the user's, who needs what is in it.
        if !is_ours(&metadata) {
            return Err(io::Error::other("it belongs to another user"));
        }
        // Whatever was put in there while it was open is not to be trusted.
        fs::set_permissions(path, Permissions::from_mode(FOLDER_MODE))?;
        for entry in fs::read_dir(path)?.flatten() {
            let _ = fs::remove_file(entry.path());
        }
        if is_private(path) { Ok(()) } else { Err(io::Error::other("it cannot be closed to others")) }
    }

    /// Makes a file that only its owner can open.
    pub(super) fn private_file(path: &Path) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path)
    }
}

/// Who may read: elsewhere, the user's own folder is closed to others already.
#[cfg(not(unix))]
mod guard {
    use std::fs::{self, File};
    use std::io;
    use std::path::Path;

    pub(super) fn is_private(path: &Path) -> bool {
        path.exists()
    }

    pub(super) fn private_folder(path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    pub(super) fn private_file(path: &Path) -> io::Result<File> {
        File::create_new(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_turn_that_is_never_given_back_is_not_waited_for_for_ever() {
        let folder = std::env::temp_dir().join(format!("landfall-turn-{}", std::process::id()));
        let slot = Slot::of(&folder, ["a"]);
        let held = slot.turn().expect("a turn");
        held.lock().expect("free");
        let begun = tokio::time::Instant::now();
        let missing = slot.fresh_or_turn(crate::system_clock::now).await.err().expect("nothing is kept");
        assert!(missing.turn.is_none(), "it asks by itself");
        assert_eq!((begun.elapsed(), missing.waited), (TURN_MAX, TURN_MAX));
        drop(held);
        let missing = slot.fresh_or_turn(crate::system_clock::now).await.err().expect("nothing is kept");
        assert!(missing.turn.is_some() && missing.waited.is_zero(), "and has the turn where it is free");
        let _ = fs::remove_dir_all(folder);
    }

    /// The five processes that meet a silent STS: one asks, and what the others waited for it is known to the last moment.
    #[tokio::test(start_paused = true)]
    async fn what_was_waited_for_a_turn_is_told() {
        let folder = std::env::temp_dir().join(format!("landfall-waited-{}", std::process::id()));
        let slot = Slot::of(&folder, ["a"]);
        let held = slot.turn().expect("a turn");
        held.lock().expect("free");
        let fails = Duration::from_secs(122);
        let failing = async {
            tokio::time::sleep(fails).await;
            drop(held);
        };
        let waiting = || slot.fresh_or_turn(crate::system_clock::now);
        let (a, b, c, d, ()) = tokio::join!(waiting(), waiting(), waiting(), waiting(), failing);
        for missing in [a, b, c, d] {
            let missing = missing.err().expect("nothing is kept");
            assert!(missing.turn.is_none() && missing.waited >= fails && missing.waited <= fails + 2 * LOOK_EVERY, "{missing:?}");
        }
        let _ = fs::remove_dir_all(folder);
    }

    #[test]
    fn requests_have_places_of_their_own() {
        let slot = |parts: &[&str]| Slot::of(Path::new("/c"), parts.iter().copied()).file;
        assert_eq!(slot(&["a", "b"]), slot(&["a", "b"]));
        assert_ne!(slot(&["ab", "c"]), slot(&["a", "bc"]));
        assert!(slot(&["../x"]).starts_with("/c/credentials"));
    }
}
