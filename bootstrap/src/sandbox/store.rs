//! Where a sandbox is kept: the world as it was last written whole, and a journal of what happened since.
//!
//! A change costs one short line, however large the world is; when the journal has grown, and when a command ends, the world
//! is written whole. So a process may be killed at any moment: what a caller was told of is in the file or in the journal.
//! A world is written beside its file, synced and renamed over it, so that there is always a whole one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use landfall::simulator::{Change, Journal, Simulator};

use super::files::{JOURNAL, UNFINISHED, beside, make_private, private};
use super::folder;

/// Shortest journal, in bytes, that is folded into the world: some three thousand calls.
const FOLD_MIN: u64 = 1024 * 1024;
/// A longer world is written anew when the journal has this share of its length. With 57 MB (1,000 accounts) that is 20,000 calls:
/// writing it takes a second and more, doing those again after a kill some seconds (docs/PERFORMANCE.md).
const FOLD_SHARE: u64 = 8;

/// The files of one sandbox, of which this process is the only user.
#[derive(Debug)]
pub(super) struct Store {
    file: PathBuf,
    /// `None` where the next change has to write the world whole: it has not been changed yet, or a line could not be written.
    lines: Option<Lines>,
    /// The number of the latest journal.
    number: u64,
}

/// A journal that is open.
#[derive(Debug)]
struct Lines {
    file: File,
    length: u64,
    /// From this length on it is folded.
    full: u64,
}

impl Store {
    /// Takes the files over, with the journal that goes on, if one does. From here on only their owner can read them.
    ///
    /// # Errors
    ///
    /// When the files belong to somebody else, the journal cannot be written, or one that is no longer needed not be removed.
    pub(super) fn open(file: &Path, journal: Option<Journal>) -> io::Result<Self> {
        make_private(file)?;
        make_private(&beside(file, JOURNAL))?;
        let lines = match journal {
            // Of an earlier world, or of none.
            None => remove(&beside(file, JOURNAL)).map(|()| None)?,
            Some(journal) => {
                let lines = OpenOptions::new().append(true).open(beside(file, JOURNAL))?;
                let length = journal.length as u64;
                // A line that was cut off would make the next one unreadable.
                lines.set_len(length)?;
                Some(Lines { file: lines, length, full: full(fs::metadata(file)?.len()) })
            }
        };
        Ok(Self { file: file.to_owned(), lines, number: journal.map_or(0, |journal| journal.number) })
    }

    /// Keeps one change.
    ///
    /// # Errors
    ///
    /// When neither a line nor the whole world can be written. The next change, or [`Store::close`], tries the world again.
    pub(super) fn keep(&mut self, change: &Change<'_>) -> io::Result<()> {
        if let Some(lines) = self.lines.as_mut().filter(|lines| lines.length < lines.full)
            && lines.append(&change.line()).is_ok()
        {
            return Ok(());
        }
        // A gap in the journal would make another world of all that follows.
        self.lines = None;
        self.number += 1;
        let text = change.world(self.number);
        replace(&self.file, text.as_bytes())?;
        let head = Journal::head(self.number);
        replace(&beside(&self.file, JOURNAL), head.as_bytes())?;
        let file = OpenOptions::new().append(true).open(beside(&self.file, JOURNAL))?;
        self.lines = Some(Lines { file, length: head.len() as u64, full: full(text.len() as u64) });
        Ok(())
    }

    /// Writes the world whole, as versions that know no journals read it.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(super) fn close(&mut self, simulator: &Simulator) -> io::Result<()> {
        replace(&self.file, simulator.to_json().as_bytes())?;
        self.lines = None;
        remove(&beside(&self.file, JOURNAL))
    }
}

/// Returns how long the journal of a world of this length may become.
fn full(target: u64) -> u64 {
    (target / FOLD_SHARE).max(FOLD_MIN)
}

impl Lines {
    fn append(&mut self, line: &str) -> io::Result<()> {
        // One call of the system, so that a kill leaves the line or its beginning. Unsynced: only a machine that loses its
        // power loses what the system has not written by itself since.
        self.file.write_all(line.as_bytes())?;
        self.length += line.len() as u64;
        Ok(())
    }
}

/// Reads the text of a sandbox's world and its journal; `None` where there is no sandbox.
///
/// # Errors
///
/// When they are there and cannot be read.
pub(super) fn read(file: &Path) -> io::Result<Option<(String, Vec<u8>)>> {
    let Some(text) = present(fs::read_to_string(file))? else { return Ok(None) };
    let journal = present(fs::read(beside(file, JOURNAL)))?;
    Ok(Some((text, journal.unwrap_or_default())))
}

/// Removes a sandbox; returns whether there was one.
///
/// # Errors
///
/// When one of its files is there and cannot be removed.
pub(super) fn forget(file: &Path) -> io::Result<bool> {
    // The world last: what is left of a removal that was cut short is a sandbox.
    remove(&beside(file, JOURNAL))?;
    remove(&beside(file, UNFINISHED))?;
    Ok(present(fs::remove_file(file))?.is_some())
}

fn present<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn remove(file: &Path) -> io::Result<()> {
    present(fs::remove_file(file)).map(|_| ())
}

/// Replaces a file, so that at any moment there is the old one or the new one.
fn replace(file: &Path, bytes: &[u8]) -> io::Result<()> {
    folder::of(file)?;
    let unfinished = beside(file, UNFINISHED);
    // What is left of it by a process that was killed may be another user's to read.
    remove(&unfinished)?;
    let mut new = private().write(true).create_new(true).open(&unfinished)?;
    new.write_all(bytes)?;
    new.sync_all()?;
    fs::rename(&unfinished, file)
}
