//! A terminal for tests: reads what a process draws there, and presses keys.

use std::fs::File;
use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// Longest that the terminal may be still while something on it is waited for, and how often it may be written to before that.
const PATIENCE: Duration = Duration::from_mins(1);
const WRITES: usize = 2_000;

/// A terminal that a test reads and types on.
pub struct Terminal {
    written: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    keys: File,
}

impl Terminal {
    /// Returns one, and the end of it that is a process's.
    ///
    /// # Panics
    ///
    /// When the machine has none.
    #[must_use]
    pub fn open() -> (Self, File) {
        let seen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&seen).and_then(|()| unlockpt(&seen)).expect("ours");
        let name = ptsname(&seen, Vec::new()).expect("a name");
        let end = open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).expect("its other end");
        let (sender, written) = channel();
        let keys = File::from(seen.try_clone().expect("a second hold of it"));
        std::thread::spawn(move || {
            let (mut seen, mut bytes) = (File::from(seen), [0; 4096]);
            // It ends with an error when there is no writer any more.
            while let Ok(read @ 1..) = seen.read(&mut bytes) {
                if sender.send(bytes[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        let side = |length: u16| std::num::NonZero::new(length).expect("a size");
        (Self { written, screen: vt100::Parser::new(side(24), side(80), 0), keys }, File::from(end))
    }

    /// Returns what is on it, as far as it was read.
    #[must_use]
    pub fn screen(&self) -> &vt100::Screen {
        self.screen.screen()
    }

    /// Types.
    ///
    /// # Panics
    ///
    /// When its other end is closed.
    pub fn press(&mut self, keys: &[u8]) {
        self.keys.write_all(keys).expect("typed");
    }

    /// Reads on until the screen is as wanted.
    ///
    /// # Panics
    ///
    /// When it never is.
    #[track_caller]
    pub fn until(&mut self, what: &str, is_it: impl Fn(&vt100::Screen) -> bool) {
        for _ in 0..WRITES {
            if is_it(self.screen.screen()) {
                return;
            }
            let text = self.screen.screen().contents();
            match self.written.recv_timeout(PATIENCE) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(why) => panic!("{what}: {why}: {text}"),
            }
        }
        panic!("{what}: {}", self.screen.screen().contents());
    }
}
