//! One emulator of AWS on a loopback port: started, waited for, and ended when it is dropped.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::step::{self, Failure};

/// The range of ports: below 32768, where Linux begins to assign ports to outgoing connections, one of which could take the port
/// between the check and the start.
const PORTS: Range<u16> = 20_000..32_768;

/// How often another port is tried when the server ends before it answers, as it does when its port is taken.
const ATTEMPTS: u32 = 3;

/// How long a server may take until it answers: it needs one to two seconds, and a busy machine many times that.
const START_LIMIT: Duration = Duration::from_mins(1);

/// The timeout of one check of a starting server.
const LOOK_LIMIT: Duration = Duration::from_secs(5);

/// How long to wait between two checks.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// How many lines of the server's log a failure shows.
const LOG_LINES: usize = 20;

/// An emulator of AWS, in Python.
#[derive(Debug)]
pub(super) struct Emulator {
    pub(super) name: &'static str,
    /// Its program, which ends when stdin ends: then it cannot outlive this process, however that is killed. Its arguments are
    /// `-H ADDRESS -p PORT`.
    pub(super) program: &'static str,
    pub(super) settings: &'static [(&'static str, &'static str)],
    /// The path that answers when it has started.
    pub(super) look: &'static str,
}

/// A running emulator; it ends when this value is dropped.
pub(super) struct Server {
    emulator: &'static Emulator,
    // Holds the other end of the server's stdin as well; see `Emulator::program`.
    child: Child,
    port: u16,
    log: PathBuf,
}

impl Server {
    /// Starts a server and waits until it answers.
    ///
    /// # Errors
    ///
    /// When it does not answer; the failure carries the end of its log.
    pub(super) fn start(emulator: &'static Emulator, python: &Path, directory: &Path) -> Result<Self, Failure> {
        let mut last = Failure(format!("{} was not started", emulator.name));
        for attempt in 0..ATTEMPTS {
            let mut server = Self::spawn(emulator, python, directory, free_port(attempt)?)?;
            match server.wait() {
                Started::Yes => return Ok(server),
                Started::Ended(failure) => last = failure,
                Started::Silent(failure) => return Err(failure),
            }
        }
        Err(last)
    }

    /// Returns the address for `AWS_ENDPOINT_URL` and the like.
    pub(super) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Waits until the server ends by itself, and returns how it did; its log stays.
    pub(super) fn ended(mut self) -> Failure {
        loop {
            // Not `wait`: that would close the server's stdin, and so end it.
            match self.child.try_wait() {
                Ok(None) => step::pause(LOOK_AGAIN),
                Ok(Some(status)) => return self.failure(&format!("{} ended with {status}", self.emulator.name)),
                Err(error) => return Failure(format!("cannot wait for {}: {error}", self.emulator.name)),
            }
        }
    }

    /// Ends the server. Its log is removed when the tests have passed, and named otherwise.
    pub(super) fn end(self, passed: bool) {
        if passed {
            // A log that is left behind does no harm.
            let _ = fs::remove_file(&self.log);
        } else {
            eprintln!("    log of {}: {}", self.emulator.name, self.log.display());
        }
    }

    fn spawn(emulator: &'static Emulator, python: &Path, directory: &Path, port: u16) -> Result<Self, Failure> {
        let path = directory.join(format!("{}-{port}.log", emulator.name));
        let log = File::create(&path).map_err(|error| Failure::io("create", &path, &error))?;
        let log_too = log.try_clone().map_err(|error| Failure::io("open", &path, &error))?;
        let mut command = Command::new(python);
        command.args(["-c", emulator.program, "-H", "127.0.0.1", "-p", &port.to_string()]);
        command.stdin(Stdio::piped()).stdout(log).stderr(log_too);
        for (name, _) in std::env::vars_os() {
            let shown = name.to_string_lossy();
            if shown.starts_with("MOTO_") || shown.starts_with("AWS_") {
                command.env_remove(name);
            }
        }
        command.envs(emulator.settings.iter().copied());
        let child = command.spawn().map_err(|error| Failure::io("run", python, &error))?;
        Ok(Self { emulator, child, port, log: path })
    }

    fn wait(&mut self) -> Started {
        let started = step::now();
        while started.elapsed() < START_LIMIT {
            let answered = answers(self.port, self.emulator.look);
            // Checked after the answer: if the child is gone, another server has answered on this port.
            match self.child.try_wait() {
                Ok(None) if answered => return Started::Yes,
                Ok(None) => step::pause(LOOK_AGAIN),
                Ok(Some(status)) => {
                    return Started::Ended(self.failure(&format!("{} ended with {status} before it answered", self.emulator.name)));
                }
                Err(error) => return Started::Silent(Failure(format!("cannot wait for {}: {error}", self.emulator.name))),
            }
        }
        Started::Silent(self.failure(&format!("{} did not answer within {} s", self.emulator.name, START_LIMIT.as_secs())))
    }

    fn failure(&self, what: &str) -> Failure {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let end = lines[lines.len().saturating_sub(LOG_LINES)..].join("\n");
        Failure(format!("{what}; the end of {}:\n{end}", self.log.display()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when the server has already ended and been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How the start of a server went.
enum Started {
    Yes,
    Ended(Failure),
    Silent(Failure),
}

/// Returns a free loopback port; concurrent runs start at different places.
fn free_port(attempt: u32) -> Result<u16, Failure> {
    let size = PORTS.end - PORTS.start;
    // A prime step spreads neighbouring process ids over the range.
    let offset = std::process::id().wrapping_mul(7_919).wrapping_add(attempt) % u32::from(size);
    let offset = u16::try_from(offset).expect("it is smaller than the size of the range");
    (0..size)
        .map(|tried| PORTS.start + (offset + tried) % size)
        .find(|&port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok())
        .ok_or_else(|| Failure(format!("no free port from {} to {} on 127.0.0.1", PORTS.start, PORTS.end - 1)))
}

/// Returns whether a server answers a path with success.
fn answers(port: u16, path: &str) -> bool {
    let look = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), LOOK_LIMIT)?;
        stream.set_read_timeout(Some(LOOK_LIMIT))?;
        stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").as_bytes())?;
        // moto answers 201 here; any success will do.
        let mut head = [0; "HTTP/1.1 2".len()];
        stream.read_exact(&mut head)?;
        Ok(head.starts_with(b"HTTP/1.") && head.ends_with(b" 2"))
    };
    look().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};

    #[test]
    fn a_taken_port_is_passed_over() {
        let first = free_port(0).expect("some port is free");
        let held = TcpListener::bind((Ipv4Addr::LOCALHOST, first));
        let second = free_port(0).expect("another port is free");
        assert!(held.is_err() || first != second);
        assert!(PORTS.contains(&first) && PORTS.contains(&second));
    }

    #[test]
    fn only_an_answer_of_success_counts() {
        let answer = |text: &'static [u8]| {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a port");
            let port = listener.local_addr().expect("it is bound").port();
            let peer = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().expect("the look connects");
                // Read to its end: closing with unread bytes would reset the connection and lose the answer.
                let request = BufReader::new(&stream).lines().map_while(Result::ok);
                assert!(request.take_while(|line| !line.is_empty()).count() > 0);
                stream.write_all(text).expect("the look listens");
            });
            let answered = answers(port, "/");
            peer.join().expect("the peer is done");
            answered
        };
        assert!(answer(b"HTTP/1.1 201 CREATED\r\n\r\n"));
        assert!(!answer(b"HTTP/1.1 500 INTERNAL SERVER ERROR\r\n\r\n"));
        assert!(!answer(b"SSH-2.0-something\r\n"));
    }
}
