//! The command that `landfall exec` runs: what it finds in its environment, which signals reach it, and its exit code.

use std::ffi::OsString;
use std::io;
use std::process::{Command, ExitStatus};

use aws_credential_types::Credentials;
use landfall::config::Secret;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::variables::ENDPOINT;
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
    /// Settings and secrets of an app, as variables.
    pub(crate) values: Vec<(String, Secret<String>)>,
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
        command.envs(self.values.iter().map(|(name, value)| (name, value.expose())));
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
            io::ErrorKind::NotFound => Failure::failed(format!("there is no command `{name}`")).with_exit(Exit::ExecNotFound),
            _ => Failure::failed(format!("could not run `{name}`")).because(error.to_string()).with_exit(Exit::ExecUnrunnable),
        }
    }
}

/// Becomes the command where the system can, so that signals, the terminal and the exit code are its own; otherwise runs it.
///
/// # Errors
///
/// When it is not found or cannot be run.
#[cfg(unix)]
pub(crate) async fn become_or_run(call: &Call<'_>) -> Result<Exit, Failure> {
    use std::os::unix::process::CommandExt;
    std::future::ready(Err(call.unrun(&call.command().exec()))).await
}

/// Becomes the command where the system can, so that signals, the terminal and the exit code are its own; otherwise runs it.
///
/// # Errors
///
/// When it is not found or cannot be run.
#[cfg(not(unix))]
pub(crate) async fn become_or_run(call: &Call<'_>) -> Result<Exit, Failure> {
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
    pub(crate) async fn wait(&mut self) -> Result<Exit, Failure> {
        loop {
            tokio::select! {
                status = self.process.wait() => {
                    return status.map(exit).map_err(|error| Failure::failed("could not wait for the command").because(error.to_string()));
                }
                signal = self.signals.next() => signals::pass_on(&self.process, signal),
            }
        }
    }
}

#[cfg(unix)]
fn exit(status: ExitStatus) -> Exit {
    use std::os::unix::process::ExitStatusExt;
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).map_or(Exit::ExecFailed, Exit::Command)
}

#[cfg(not(unix))]
fn exit(status: ExitStatus) -> Exit {
    status.code().and_then(|code| u8::try_from(code).ok()).map_or(Exit::ExecFailed, Exit::Command)
}

#[cfg(unix)]
mod signals {
    use std::io;

    use rustix::process::{Pid, Signal};
    use signal_hook::iterator::exfiltrator::WithOrigin;
    use signal_hook::iterator::{Handle, SignalsInfo};
    use signal_hook::low_level::siginfo::{Cause, Origin};
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    /// What is passed on. The rest of what ends a process cannot be caught, or does not concern the command.
    const PASSED_ON: [Signal; 6] = [Signal::INT, Signal::QUIT, Signal::TERM, Signal::HUP, Signal::USR1, Signal::USR2];

    /// Signals that are for the command.
    pub(super) struct Signals {
        caught: UnboundedReceiver<Signal>,
        handle: Handle,
    }

    impl Signals {
        pub(super) fn listen() -> io::Result<Self> {
            let mut origins = SignalsInfo::<WithOrigin>::new(PASSED_ON.map(Signal::as_raw))?;
            let (handle, (tell, caught)) = (origins.handle(), unbounded_channel());
            std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
                for origin in origins.forever() {
                    let signal = PASSED_ON.into_iter().find(|signal| signal.as_raw() == origin.signal);
                    // If the receiver is gone, the thread is about to end.
                    let _ = signal.filter(|signal| is_ours_alone(*signal, &origin)).map(|signal| tell.send(signal));
                }
            })?;
            Ok(Self { caught, handle })
        }

        /// Waits for the next.
        pub(super) async fn next(&mut self) -> Option<Signal> {
            self.caught.recv().await
        }
    }

    impl Drop for Signals {
        fn drop(&mut self) {
            self.handle.close();
        }
    }

    /// Returns whether the command has not got this signal already: a terminal sends its Ctrl-C and Ctrl-\\ to both of us, a
    /// process to the one that it names.
    fn is_ours_alone(signal: Signal, origin: &Origin) -> bool {
        !matches!(signal, Signal::INT | Signal::QUIT) || matches!(origin.cause, Cause::Sent(_))
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
