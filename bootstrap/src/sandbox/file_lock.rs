//! A sandbox's file is one process's at a time: what one did would be lost when another one writes its own world over it.
//!
//! The claim is a lock of the operating system on a file beside it (the world itself is replaced at each save), so that it
//! ends with its process, however that ends.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use super::files::{CLAIM, beside, private};
use super::folder;
use crate::failure::Failure;
use crate::process;
use crate::settings::{IfTaken, Settings};

/// Most digits of a process's number: it has 32 bits.
const PID_DIGITS_MAX: usize = 10;
/// Most bytes of a claim: a process's number, and perhaps where it serves.
const CLAIM_MAX: u64 = 100;

/// The right to use a sandbox's file, until it is dropped.
#[derive(Debug)]
pub(crate) struct FileLock(File);

impl FileLock {
    /// Claims the sandbox of a file; says who has it, and waits or not.
    ///
    /// # Errors
    ///
    /// When another process has it and waiting is not wanted, or the file cannot be written.
    pub(crate) fn take(settings: &Settings, sandbox: &Path, if_taken: IfTaken) -> Result<Self, Failure> {
        let name = sandbox.display();
        let unclaimed = |error: io::Error| {
            Failure::failed(format!("could not claim the sandbox `{name}`"))
                .because(error.to_string())
                .hinted("keep it elsewhere with `--sandbox=FILE`")
        };
        let mut file = open(sandbox).map_err(unclaimed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(error)) => return Err(unclaimed(error)),
            Err(TryLockError::WouldBlock) => {
                let User { pid, address } = User::read(&mut file);
                let user = pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"));
                if pid.is_some_and(process::is_above) {
                    // It waits for this one.
                    return Err(Failure::held(format!(
                        "{user}, which runs this command, is using the sandbox `{name}`; nothing was changed"
                    ))
                    .hinted("in `landfall exec --sandbox`, leave `--sandbox` out: AWS_ENDPOINT_URL leads to the same one"));
                }
                if let Some(address) = address {
                    // It serves until it is ended, and its variables lead to it.
                    let variables = settings.rerun.line("sandbox serve", "--export");
                    return Err(Failure::held(format!("{user} is using the sandbox `{name}`; nothing was changed"))
                        .because(format!("it is served at {address}"))
                        .hinted(format!("run without `--sandbox`, with the variables that `eval \"$({variables})\"` sets")));
                }
                if if_taken == IfTaken::Fail {
                    return Err(Failure::held(format!("{user} is using the sandbox `{name}`; nothing was changed")));
                }
                settings.screen.note("waiting:", &format!("{user} is using the sandbox {name}"));
                file.lock().map_err(unclaimed)?;
            }
        }
        refuse_foreign(&mut file).map_err(unclaimed)?;
        let mut claim = Self(file);
        claim.write("").map_err(unclaimed)?;
        Ok(claim)
    }

    /// Tells others where the sandbox is served.
    ///
    /// # Errors
    ///
    /// When the claim cannot be written.
    pub(crate) fn serves(&mut self, address: &str) -> io::Result<()> {
        self.write(address)
    }

    /// Returns where another process serves the sandbox of a file, if one does.
    pub(crate) fn served_at(sandbox: &Path) -> Option<String> {
        let mut file = File::open(beside(sandbox, CLAIM)).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => User::read(&mut file).address,
            Ok(()) | Err(TryLockError::Error(_)) => None,
        }
    }

    fn write(&mut self, address: &str) -> io::Result<()> {
        self.0.set_len(0)?;
        self.0.rewind()?;
        write!(self.0, "{} {address}", std::process::id())
    }
}

fn open(sandbox: &Path) -> io::Result<File> {
    folder::of(sandbox)?;
    private().read(true).write(true).create(true).truncate(false).open(beside(sandbox, CLAIM))
}

/// Who has it, as far as that can be read while it is locked.
#[derive(Default)]
struct User {
    pid: Option<u32>,
    /// Where it is served, if it is.
    address: Option<String>,
}

impl User {
    fn read(file: &mut File) -> Self {
        let mut text = String::new();
        if file.read_to_string(&mut text).is_err() {
            return Self::default();
        }
        let mut words = text.split_whitespace();
        Self { pid: words.next().and_then(|pid| pid.parse().ok()), address: words.next().map(str::to_owned) }
    }
}

/// Refuses a file that no claim wrote: `--sandbox=Cargo` would take `Cargo.lock` for its own.
fn refuse_foreign(file: &mut File) -> io::Result<()> {
    let mut text = String::new();
    let read = file.take(CLAIM_MAX + 1).read_to_string(&mut text);
    file.rewind()?;
    let mut words = text.split_whitespace();
    let pid = words.next().unwrap_or("0");
    let serves = words.next().is_none_or(|address| address.starts_with("http://"));
    let is_claim = serves
        && read.is_ok_and(|read| read as u64 <= CLAIM_MAX)
        && pid.len() <= PID_DIGITS_MAX
        && pid.bytes().all(|byte| byte.is_ascii_digit());
    if is_claim { Ok(()) } else { Err(io::Error::other("the file beside it that ends in .lock is not landfall's")) }
}
