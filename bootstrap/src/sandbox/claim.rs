//! A sandbox's file is one process's at a time: what one did would be lost when another one writes its own world over it.
//!
//! The claim is a lock of the operating system on a file beside it (the world itself is replaced at each save), so that it
//! ends with its process, however that ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use crate::failure::Failure;
use crate::process;
use crate::render::words::warned;
use crate::settings::{IfTaken, Settings};

/// Most digits of a process's number: it has 32 bits.
const PID_DIGITS_MAX: usize = 10;

/// The right to use a sandbox's file, until it is dropped.
#[derive(Debug)]
pub(crate) struct Claim(#[expect(dead_code, reason = "held open, since the lock ends when it is closed")] File);

impl Claim {
    /// Claims the sandbox of a file; says who has it, and waits or not.
    ///
    /// # Errors
    ///
    /// When somebody else has it and nobody wants to wait, or the claim cannot be written.
    pub(crate) fn take(settings: &Settings, sandbox: &Path, if_taken: IfTaken) -> Result<Self, Failure> {
        let name = sandbox.display();
        let unclaimed = |error: io::Error| {
            Failure::failed(format!("could not claim the sandbox `{name}`"))
                .because(error.to_string())
                .hinted("`--sandbox=FILE` keeps it elsewhere")
        };
        let mut file = open(sandbox).map_err(unclaimed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(error)) => return Err(unclaimed(error)),
            Err(TryLockError::WouldBlock) => {
                let pid = user(&mut file);
                let user = pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"));
                if pid.is_some_and(process::is_above) {
                    // It waits for this one.
                    return Err(Failure::held(format!("{user}, which runs this command, is using the sandbox `{name}`"))
                        .because("nothing was changed")
                        .hinted("in `landfall exec --sandbox`, leave `--sandbox` out: AWS_ENDPOINT_URL leads to the same one"));
                }
                if if_taken == IfTaken::Fail {
                    return Err(Failure::held(format!("{user} is using the sandbox `{name}`")).because("nothing was changed"));
                }
                settings.screen.complain(&format!("{} {user} is using the sandbox {name}\n", warned("waiting:")));
                file.lock().map_err(unclaimed)?;
            }
        }
        refuse_foreign(&mut file).map_err(unclaimed)?;
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| write!(file, "{}", std::process::id())).map_err(unclaimed)?;
        Ok(Self(file))
    }
}

fn open(sandbox: &Path) -> io::Result<File> {
    if let Some(folder) = sandbox.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let mut beside = sandbox.as_os_str().to_owned();
    beside.push(".lock");
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(beside)
}

/// Refuses a file that no claim wrote: `--sandbox=Cargo` would take `Cargo.lock` for its own.
fn refuse_foreign(file: &mut File) -> io::Result<()> {
    let mut head = [0; PID_DIGITS_MAX + 1];
    let read = file.read(&mut head)?;
    file.rewind()?;
    let is_pid = read <= PID_DIGITS_MAX && head.iter().take(read).all(u8::is_ascii_digit);
    if is_pid { Ok(()) } else { Err(io::Error::other("the file beside it that ends in .lock is not landfall's")) }
}

/// Returns the process that has it, as far as it can be read while it is locked.
fn user(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
