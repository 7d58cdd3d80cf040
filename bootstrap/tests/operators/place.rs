//! A folder with a manifest in it, and the real binary run there.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use landfall::simulator::{Clock, Options, Simulator};
use landfall_tests::loopback::Loopback;

pub(crate) const STARTUP: &str = include_str!("../../../examples/startup/landfall.toml");

/// A temporary folder, removed at the end.
pub(crate) struct Place(pub(crate) PathBuf);

impl Place {
    pub(crate) fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("operators-{name}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        let place = Self(folder);
        place.write(STARTUP);
        place
    }

    pub(crate) fn write(&self, manifest: &str) {
        std::fs::write(self.0.join("landfall.toml"), manifest).expect("written");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        command.args(arguments).current_dir(&self.0).env_clear().stdin(Stdio::null());
        command
    }

    pub(crate) fn sandbox(&self, arguments: &[&str]) -> Run {
        Run(self.command(arguments).arg("--sandbox").output().expect("the binary runs"))
    }

    pub(crate) fn start_in_sandbox(&self, arguments: &[&str]) -> Running {
        Running::of(self.command(arguments).arg("--sandbox"))
    }

    /// Serves the sandbox and returns how to reach it.
    pub(crate) fn serve(&self, preset: &str) -> Served<'_> {
        let mut server = self.start_in_sandbox(&["sandbox", "serve", "--sandbox-preset", preset]);
        let mut address = String::new();
        BufReader::new(server.0.stdout.take().expect("piped")).read_line(&mut address).expect("an address");
        Served { place: self, address: address.trim().to_owned(), server }
    }
}

impl Place {
    /// Serves a new simulator of this process and returns how to reach it.
    pub(crate) fn loopback(&self) -> Aws<'_> {
        Aws { place: self, loopback: Loopback::serve(|| Simulator::new(Options::default(), Clock::wall())) }
    }
}

/// An AWS in this process: its calls can be read, and made to fail.
pub(crate) struct Aws<'a> {
    place: &'a Place,
    pub(crate) loopback: Loopback,
}

impl Aws<'_> {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.place.command(arguments);
        command.env("HOME", &self.place.0).envs(self.loopback.variables());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run(self.command(arguments).output().expect("the binary runs"))
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        Running::of(&mut self.command(arguments))
    }

    /// Returns how many runs acquired the lock without finding it held: conditional writes of the lock, except renewals and
    /// releases.
    pub(crate) fn holders(&self) -> usize {
        let puts = self.loopback.simulator.calls().into_iter().filter(|call| call.service == "s3" && call.operation == "PutObject");
        let done = puts.filter(|call| call.error.is_none()).count();
        // Each holder writes once to acquire and once to release.
        done.div_ceil(2)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A served sandbox: an AWS for several processes.
pub(crate) struct Served<'a> {
    place: &'a Place,
    pub(crate) address: String,
    pub(crate) server: Running,
}

impl Served<'_> {
    fn command(&self, arguments: &[&str]) -> Command {
        let credentials = Simulator::management_credentials();
        let mut command = self.place.command(arguments);
        command
            .env("HOME", &self.place.0)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_ENDPOINT_URL", &self.address)
            .env("AWS_ACCESS_KEY_ID", credentials.access_key_id())
            .env("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key())
            .env("AWS_SESSION_TOKEN", credentials.session_token().unwrap_or_default());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run(self.command(arguments).output().expect("the binary runs"))
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        Running::of(&mut self.command(arguments))
    }

    /// Starts it at a terminal, which gets everything except its standard output.
    #[cfg(target_os = "linux")]
    pub(crate) fn start_at(&self, arguments: &[&str], terminal: std::fs::File) -> Running {
        let stdin = terminal.try_clone().expect("a second hold of it");
        let mut command = self.command(arguments);
        Running(command.stdin(stdin).stdout(Stdio::null()).stderr(terminal).spawn().expect("the binary runs"))
    }
}

/// A running process; killed if it is dropped without waiting.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    fn of(command: &mut Command) -> Self {
        Self(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs"))
    }

    /// Reads standard error until a line has these words, and returns what was read.
    pub(crate) fn until(&mut self, words: &str) -> String {
        let stderr = self.0.stderr.as_mut().expect("piped");
        let (mut text, mut byte) = (String::new(), [0]);
        while !text.contains(words) {
            // Byte by byte, so that the next reader misses nothing.
            assert_eq!(stderr.read(&mut byte).expect("read"), 1, "it ended without {words:?}: {text}");
            text.push(char::from(byte[0]));
        }
        text
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.0.id().to_string()]).status().expect("kill");
        assert!(sent.success());
    }

    /// Returns whether it was stopped by a signal and can be continued.
    #[cfg(target_os = "linux")]
    pub(crate) fn is_asleep(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id())).expect("it lives");
        stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('T'))
    }

    /// Stops it.
    #[cfg(target_os = "linux")]
    pub(crate) fn sleep(&self) {
        self.signal("STOP");
        while !self.is_asleep() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }

    /// Waits for the end of a process without captured output, and returns its exit code.
    #[cfg(target_os = "linux")]
    pub(crate) fn code(mut self) -> i32 {
        self.0.wait().expect("ended").code().unwrap_or(-1)
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Run {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let mut errors = self.0.stderr.take().expect("piped");
        let reading = std::thread::spawn(move || errors.read_to_end(&mut stderr).map(|_| stderr));
        self.0.stdout.take().expect("piped").read_to_end(&mut stdout).expect("read");
        let stderr = reading.join().expect("no panic").expect("read");
        Run(Output { status: self.0.wait().expect("ended"), stdout, stderr })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The result of a run.
pub(crate) struct Run(Output);

impl Run {
    pub(crate) fn code(&self) -> i32 {
        self.0.status.code().unwrap_or(-1)
    }

    pub(crate) fn out(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    pub(crate) fn err(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }

    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code(), code, "stdout: {}\nstderr: {}", self.out(), self.err());
        self
    }
}
