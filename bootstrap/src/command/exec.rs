//! `landfall exec`: runs a command with a session in its environment.

use std::cell::Cell;
use std::ffi::OsString;

use super::credentials::granted;
use super::enter::Source;
use crate::ask;
use crate::cache::Granted;
use crate::child::{self, Call};
use crate::failure::{Failure, exit};
use crate::render::words::count;
use crate::sandbox::{self, Sandbox};
use crate::settings::{Exec, Settings};
use crate::wall;
use crate::world::World;

/// Runs the command and returns its code.
pub(super) async fn run(settings: &Settings, given: &Exec) -> Result<u8, Failure> {
    carry_out(settings, given).await.map_err(|failure| failure.with_code(exit::EXEC_FAILED))
}

async fn carry_out(settings: &Settings, given: &Exec) -> Result<u8, Failure> {
    let command = match &given.command[..] {
        [] => shell()?,
        command => command.to_vec(),
    };
    let source = Source::open(settings, &given.ask)?;
    let world = World::open_running(settings, source.region()).await?;
    let session = source.enter(settings, &given.ask, &world.sessions).await;
    let granted = match &session {
        Ok(session) => granted(session, &world.sessions).await,
        Err(failure) => Err(failure.clone()),
    };
    // Kept before the command runs: another process may use the credentials, too.
    let closed = world.close();
    let (session, granted) = (session?, granted?);
    closed?;
    let minutes = granted.ends().duration_since(wall::now()).unwrap_or_default().as_secs().div_ceil(60);
    let left = count(usize::try_from(minutes).unwrap_or(usize::MAX), "minute");
    settings.screen.say(&format!(
        "`{}` in {} ({}): the session ends at {}, in {left}{}\n",
        given.ask.role,
        given.ask.account.as_deref().unwrap_or(&given.ask.environment),
        session.account(),
        wall::iso(granted.ends()),
        if given.command.is_empty() { "; `exit` leaves it" } else { "" },
    ));
    let call = |endpoint| Call {
        command: &command,
        credentials: granted.credentials(),
        ends: wall::iso(granted.ends()),
        account: session.account().to_string(),
        region: source.region().to_string(),
        endpoint,
    };
    match world.sandbox() {
        None => child::become_or_run(&call(None)).await,
        Some(sandbox) => {
            let code = in_sandbox(settings, sandbox, call).await?;
            world.close()?;
            late(settings, &granted);
            Ok(code)
        }
    }
}

/// Returns the shell that runs where no command was given.
fn shell() -> Result<Vec<OsString>, Failure> {
    if !ask::is_possible() {
        return Err(Failure::usage("there is no command, and no terminal for a shell")
            .hinted("landfall exec ENV --role ROLE -- CMD")
            .with_code(exit::USAGE));
    }
    let shell = std::env::var_os(if cfg!(windows) { "COMSPEC" } else { "SHELL" }).filter(|shell| !shell.is_empty());
    Ok(vec![shell.unwrap_or_else(|| OsString::from(if cfg!(windows) { "cmd.exe" } else { "/bin/sh" }))])
}

/// Runs the command beside a server of the sandbox; both end together.
async fn in_sandbox<'a>(settings: &Settings, sandbox: &Sandbox, call: impl Fn(Option<String>) -> Call<'a>) -> Result<u8, Failure> {
    let (listener, port) = sandbox::listen(0).await?;
    let mut child = child::start(&call(Some(format!("http://127.0.0.1:{port}"))))?;
    let code = Cell::new(None);
    let served = sandbox.serve_on(listener, async { code.set(Some(child.wait().await)) }).await;
    if let Some(code) = code.take() {
        return code;
    }
    // The command has to be waited for, also where its AWS is gone.
    if let Err(failure) = served {
        settings.screen.complain(&failure.draw());
    }
    child.wait().await
}

/// Says that the session ended before the command did: what failed in it may have failed for that.
fn late(settings: &Settings, granted: &Granted) {
    if granted.ends() <= wall::now() {
        settings.screen.say(&format!("the session had ended at {}\n", wall::iso(granted.ends())));
    }
}
