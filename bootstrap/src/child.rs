//! The command that `landfall exec` runs: what it finds in its environment, which signals reach it, and its exit code.

use std::ffi::OsString;
use std::io;
use std::process::{Command, ExitStatus};

use aws_credential_types::Credentials;

use crate::failure::{Failure, exit};
use crate::visited;

/// Variables that would lead the command to other credentials, or to another AWS, than the session's.
const STALE: &[&str] = &[
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_EXPIRATION",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    // AWS's SDKs prefer it to the session for Bedrock (Amazon Bedrock User Guide, "Use an Amazon Bedrock API key").
    "AWS_BEARER_TOKEN_BEDROCK",
    "AWS_CREDENTIAL_EXPIRATION",
    // What the command runs begins anew.
    visited::VARIABLE,
];
/// The endpoint of every service, and what begins like it: endpoints of single services.
const ENDPOINT: &str = "AWS_ENDPOINT_URL";
const IGNORE_ENDPOINTS: &str = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";

/// What is run, with what.
pub(crate) struct Call<'a> {
    /// The command and its arguments, at least one.
    pub(crate) command: &'a [OsString],
    /// The session's credentials.
    pub(crate) credentials: Credentials,
    /// When they end, where that is known.
    pub(crate) ends: Option<String>,
    /// The session's account.
    pub(crate) account: String,
    /// What was asked for, for the prompt of a shell: environment, account and role by name.
    pub(crate) names: [(&'static str, &'a str); 3],
    /// The Region to work in.
    pub(crate) region: String,
    /// Where AWS is, if not where the environment says.
    pub(crate) endpoint: Option<String>,
}

impl Call<'_> {
    fn command(&self) -> Command {
        let (program, arguments) = self.command.split_first().map_or((OsString::new(), &[][..]), |(program, rest)| (program.clone(), rest));
        let mut command = Command::new(program);
        command.args(arguments);
        for name in STALE {
            command.env_remove(name);
        }
        command
            .env("AWS_ACCESS_KEY_ID", self.credentials.access_key_id())
            .env("AWS_SECRET_ACCESS_KEY", self.credentials.secret_access_key())
            .env("AWS_SESSION_TOKEN", self.credentials.session_token().unwrap_or_default())
            .env("AWS_ACCOUNT_ID", &self.account)
            .env("AWS_REGION", &self.region)
            .env("AWS_DEFAULT_REGION", &self.region);
        command.envs(self.names);
        if let Some(ends) = &self.ends {
            command.env("AWS_CREDENTIAL_EXPIRATION", ends);
        }
        if let Some(endpoint) = &self.endpoint {
            let single = |name: &OsString| name.to_str().is_some_and(|name| name.starts_with(ENDPOINT));
            for (name, _) in std::env::vars_os().filter(|(name, _)| single(name)) {
                command.env_remove(name);
            }
            command.env_remove(IGNORE_ENDPOINTS).env(ENDPOINT, endpoint);
        }
        command
    }

    /// Returns why the command did not begin, with the code that says so.
    fn unrun(&self, error: &io::Error) -> Failure {
        let name = self.command.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        match error.kind() {
            io::ErrorKind::NotFound => Failure::failed(format!("there is no command `{name}`")).with_code(exit::EXEC_NOT_FOUND),
            _ => Failure::failed(format!("could not run `{name}`")).because(error.to_string()).with_code(exit::EXEC_UNRUNNABLE),
        }
    }
}

/// Becomes the command where the system can, so that signals, the terminal and the exit code are its own; otherwise runs it.
///
/// # Errors
///
/// When it is not found or cannot be run.
#[cfg(unix)]
pub(crate) async fn become_or_run(call: &Call<'_>) -> Result<u8, Failure> {
    use std::os::unix::process::CommandExt;
    std::future::ready(Err(call.unrun(&call.command().exec()))).await
}

/// Becomes the command where the system can, so that signals, the terminal and the exit code are its own; otherwise runs it.
///
/// # Errors
///
/// When it is not found or cannot be run.
#[cfg(not(unix))]
pub(crate) async fn become_or_run(call: &Call<'_>) -> Result<u8, Failure> {
    start(call)?.wait().await
}

/// A command that runs.
pub(crate) struct Child {
    process: tokio::process::Child,
    signals: signals::Signals,
}

/// Starts the command.
///
/// # Errors
///
/// When it is not found or cannot be run.
pub(crate) fn start(call: &Call<'_>) -> Result<Child, Failure> {
    // Before the command: a signal that comes in between must not end us alone.
    let signals = signals::Signals::listen().map_err(|error| Failure::failed("could not listen for signals").because(error.to_string()))?;
    let process = tokio::process::Command::from(call.command()).spawn().map_err(|error| call.unrun(&error))?;
    Ok(Child { process, signals })
}

impl Child {
    /// Waits for its end, passing signals on, and returns its code; 128 and the signal where one ended it.
    ///
    /// # Errors
    ///
    /// When the system cannot tell.
    pub(crate) async fn wait(&mut self) -> Result<u8, Failure> {
        loop {
            tokio::select! {
                status = self.process.wait() => {
                    return status.map(code).map_err(|error| Failure::failed("could not wait for the command").because(error.to_string()));
                }
                signal = self.signals.next() => signals::pass_on(&self.process, signal),
            }
        }
    }
}

#[cfg(unix)]
fn code(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt;
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(exit::FAILED)
}

#[cfg(not(unix))]
fn code(status: ExitStatus) -> u8 {
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(exit::FAILED)
}

#[cfg(unix)]
mod signals {
    use std::io::{self, IsTerminal};

    use rustix::process::{Pid, Signal};
    use tokio::signal::unix::{self, SignalKind};

    /// Signals that are for the command.
    pub(super) struct Signals {
        interrupt: unix::Signal,
        quit: unix::Signal,
        terminate: unix::Signal,
        hangup: unix::Signal,
        user1: unix::Signal,
        user2: unix::Signal,
        /// Whether a terminal sends its own signals to the command, too: it must not get them twice.
        has_terminal: bool,
    }

    impl Signals {
        pub(super) fn listen() -> io::Result<Self> {
            Ok(Self {
                interrupt: unix::signal(SignalKind::interrupt())?,
                quit: unix::signal(SignalKind::quit())?,
                terminate: unix::signal(SignalKind::terminate())?,
                hangup: unix::signal(SignalKind::hangup())?,
                user1: unix::signal(SignalKind::user_defined1())?,
                user2: unix::signal(SignalKind::user_defined2())?,
                has_terminal: io::stdin().is_terminal() || io::stdout().is_terminal() || io::stderr().is_terminal(),
            })
        }

        /// Waits for the next; `None` for one that the command has got already.
        pub(super) async fn next(&mut self) -> Option<Signal> {
            let from_terminal = |signal| (!self.has_terminal).then_some(signal);
            tokio::select! {
                _ = self.interrupt.recv() => from_terminal(Signal::INT),
                _ = self.quit.recv() => from_terminal(Signal::QUIT),
                _ = self.terminate.recv() => Some(Signal::TERM),
                _ = self.hangup.recv() => Some(Signal::HUP),
                _ = self.user1.recv() => Some(Signal::USR1),
                _ = self.user2.recv() => Some(Signal::USR2),
            }
        }
    }

    pub(super) fn pass_on(child: &tokio::process::Child, signal: Option<Signal>) {
        let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let (Some(pid), Some(signal)) = (pid, signal) {
            // It may have ended by itself just now.
            let _ = rustix::process::kill_process(pid, signal);
        }
    }
}

#[cfg(not(unix))]
mod signals {
    use std::io;

    /// Ctrl-C, which the command gets from the console itself.
    pub(super) struct Signals;

    impl Signals {
        pub(super) fn listen() -> io::Result<Self> {
            Ok(Self)
        }

        pub(super) async fn next(&mut self) {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    pub(super) fn pass_on(_: &tokio::process::Child, (): ()) {}
}
