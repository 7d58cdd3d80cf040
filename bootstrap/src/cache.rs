//! Sessions kept on disk between calls of `landfall credentials`: one file for each request, readable by its owner only.
//!
//! What is damaged, somebody else's or open to others is as good as absent, and replaced. Nothing in here is shown or logged.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Credentials are made anew when less than this is left: the AWS CLI asks again from here on with every call.
const LEFT_MIN: Duration = Duration::from_mins(15);
/// … or this share of their life.
const LEFT_PERCENT_MIN: u32 = 20;
/// The longest session there is; a file this old holds nothing that lives.
const LIFE_MAX: Duration = Duration::from_hours(12);

/// Credentials with their beginning and end by the wall's clock.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Granted {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    /// Seconds since 1970.
    began: u64,
    /// Seconds since 1970.
    ends: u64,
}

impl Granted {
    /// Takes credentials that were just granted, and live for `life` from `now` on.
    pub(crate) fn new(credentials: &Credentials, now: SystemTime, life: Duration) -> Self {
        Self {
            access_key_id: credentials.access_key_id().to_owned(),
            secret_access_key: credentials.secret_access_key().to_owned(),
            session_token: credentials.session_token().unwrap_or_default().to_owned(),
            began: seconds(now),
            ends: seconds(now + life),
        }
    }

    /// Returns the credentials. They have no end in there, since a sandbox's clock is another one.
    pub(crate) fn credentials(&self) -> Credentials {
        let token = Some(self.session_token.clone());
        Credentials::new(&self.access_key_id, &self.secret_access_key, token, None, "landfall-cache")
    }

    /// Returns when they end.
    pub(crate) fn ends(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.ends)
    }

    /// Returns whether enough of their life is left to give them out again.
    pub(crate) fn is_fresh(&self, now: SystemTime) -> bool {
        let left = Duration::from_secs(self.ends.saturating_sub(seconds(now)));
        let life = Duration::from_secs(self.ends.saturating_sub(self.began));
        // A beginning that lies ahead means that a clock was moved.
        self.began <= seconds(now) && life > LEFT_MIN && left >= LEFT_MIN && left >= life * LEFT_PERCENT_MIN / 100
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
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
        let folder = cache.join("credentials");
        Self { file: folder.join(format!("{name}.json")), folder }
    }

    /// Returns what is kept, if it is whole and nobody else could read or have written it.
    pub(crate) fn read(&self) -> Option<Granted> {
        if !guard::is_private(&self.folder) || !guard::is_private(&self.file) {
            return None;
        }
        let text = fs::read(&self.file).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Keeps credentials, all of them or nothing, and forgets those that ended long ago.
    ///
    /// # Errors
    ///
    /// When the folder cannot be made private, or the file not be written.
    pub(crate) fn write(&self, granted: &Granted, now: SystemTime) -> io::Result<()> {
        guard::private_folder(&self.folder)?;
        self.sweep(now);
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

    /// Returns whether it is ours, no link, and closed to everybody else.
    pub(super) fn is_private(path: &Path) -> bool {
        let is_ours = |metadata: &fs::Metadata| metadata.uid() == rustix::process::geteuid().as_raw();
        fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_symlink() && is_ours(&metadata) && metadata.mode() & OTHERS == 0)
    }

    /// Makes a folder that is closed to everybody else, or closes it.
    pub(super) fn private_folder(path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(path)?;
        if is_private(path) {
            return Ok(());
        }
        if fs::symlink_metadata(path)?.is_symlink() {
            return Err(io::Error::other("it is a link"));
        }
        // Whatever was put in there while it was open is not to be trusted.
        fs::set_permissions(path, Permissions::from_mode(FOLDER_MODE))?;
        for entry in fs::read_dir(path)?.flatten() {
            let _ = fs::remove_file(entry.path());
        }
        if is_private(path) { Ok(()) } else { Err(io::Error::other("it belongs to another user")) }
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

    fn granted(began: u64, ends: u64) -> Granted {
        let text = || "x".to_owned();
        Granted { access_key_id: text(), secret_access_key: text(), session_token: text(), began, ends }
    }

    #[test]
    fn credentials_are_renewed_before_they_end() {
        let at = |minutes: u64| UNIX_EPOCH + Duration::from_mins(minutes);
        let hour = granted(0, 60 * 60);
        assert!(hour.is_fresh(at(0)) && hour.is_fresh(at(45)), "a quarter of an hour is left");
        assert!(!hour.is_fresh(at(46)) && !hour.is_fresh(at(61)));
        let long = granted(0, 12 * 60 * 60);
        assert!(long.is_fresh(at(9 * 60)) && !long.is_fresh(at(10 * 60)), "a fifth of it is left");
        let moved = granted(60 * 60, 2 * 60 * 60);
        assert!(!moved.is_fresh(at(30)), "it begins in the future");
    }

    #[test]
    fn requests_have_places_of_their_own() {
        let slot = |parts: &[&str]| Slot::of(Path::new("/c"), parts.iter().copied()).file;
        assert_eq!(slot(&["a", "b"]), slot(&["a", "b"]));
        assert_ne!(slot(&["ab", "c"]), slot(&["a", "bc"]));
        assert!(slot(&["../x"]).starts_with("/c/credentials"));
    }
}
