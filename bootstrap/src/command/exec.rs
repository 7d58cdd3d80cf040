//! `landfall exec`: runs a command with a session in its environment.

use std::cell::Cell;
use std::ffi::OsString;

use super::config::values::Values;
use super::credentials::{granted, obtain};
use super::session::{Keep, SessionArgs, Source};
use landfall::config::Secret;
use landfall::ours::CONFIG_PREFIX;
use landfall::session::Session;

use crate::ask;
use crate::cache::Granted;
use crate::child::{self, Call};
use crate::exit::{Exit, listed};
use crate::failure::Failure;
use crate::format::count;
use crate::sandbox;
use crate::settings::{IfTaken, Settings};
use crate::system_clock;
use crate::target::AwsTarget;

/// What `exec` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = after_help(), mut_arg("role", |role| role.required(false).required_unless_present("config").default_value("").hide_default_value(true)))]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) ask: SessionArgs,
    /// Also give the command the settings and secrets of this app, as variables; the role is then config-APP, if none is named
    #[arg(long, value_name = "APP")]
    pub(crate) config: Option<String>,
    /// The command and its arguments [default: a shell]
    #[arg(last = true, value_name = "CMD")]
    pub(crate) command: Vec<OsString>,
}

/// What help says below the options, before the exit codes.
const ABOUT: &str = "\
The command gets AWS_ACCESS_KEY_ID and its like, AWS_REGION, and AWS_CREDENTIAL_EXPIRATION, and no AWS_PROFILE. The session is not \
renewed; it expires at AWS_CREDENTIAL_EXPIRATION. LANDFALL_ENVIRONMENT, LANDFALL_ACCOUNT and LANDFALL_ROLE are for the prompt of a \
shell. With `--sandbox` it also gets AWS_ENDPOINT_URL, served for as long as it runs.

Who is the role already, as a job that signed in to it is, gets its own credentials; so does `landfall credentials`. A session that was \
unlocked with `--mfa` is kept as those of `credentials` are.";
/// What help says after them.
const EXAMPLES: &str = "\
Examples:
  landfall exec dev --role deployer                   a shell
  landfall exec dev --role deployer -- aws s3 ls
  landfall exec prod --role deployer --reason 'release 42' -- ./deploy.sh
  landfall exec dev --config shop -- cargo run            the program finds its settings and secrets";

fn after_help() -> String {
    let exits = listed(&Exit::OF_EXEC);
    format!("{ABOUT}\n\nExit codes: {}; {exits}\n\n{EXAMPLES}", Exit::Command(0).meaning())
}

/// Runs the command and returns its code.
pub(crate) async fn run(settings: &Settings, args: Args) -> Result<Exit, Failure> {
    let mut args = Args { ask: args.ask.with_reason_of(&settings.variables), ..args };
    if let Some(app) = args.config.as_ref().filter(|_| args.ask.role.is_empty()) {
        args.ask.role = format!("{CONFIG_PREFIX}{app}");
    }
    if let Some(app) = args.config.as_ref().filter(|_| args.ask.account.is_none()) {
        args.ask.account = account_of(settings, &args.ask, app).map_err(|failure| failure.with_exit(Exit::ExecFailed))?;
    }
    Box::pin(carry_out(settings, &args)).await.map_err(|failure| failure.with_exit(Exit::ExecFailed))
}

/// Returns which of an environment's accounts has an app; `None` leaves it to the lookup of the environment.
fn account_of(settings: &Settings, ask: &SessionArgs, app: &str) -> Result<Option<String>, Failure> {
    let source = Source::of(settings, ask.index.as_deref())?;
    let role = format!("{CONFIG_PREFIX}{app}");
    let environment = source.index().environments.iter().find(|environment| environment.name == ask.environment);
    let account = environment.and_then(|environment| environment.accounts.iter().find(|entry| entry.roles.contains_key(&role)));
    Ok(account.filter(|account| account.key != ask.environment).map(|account| account.key.clone()))
}

async fn carry_out(settings: &Settings, given: &Args) -> Result<Exit, Failure> {
    let command = match &given.command[..] {
        [] => shell()?,
        command => command.to_vec(),
    };
    let source = Source::open(settings, &given.ask)?;
    if settings.is_sandbox() {
        return in_sandbox(settings, given, &source, &command).await;
    }
    if let Some(app) = &given.config {
        // The values are read with the session, so that it is opened here, and not kept.
        let target = AwsTarget::open(settings, source.region(), IfTaken::Wait).await?;
        let session = source.enter(settings, &given.ask, &target.sessions).await?;
        let granted = granted(&session, &target.sessions).await?;
        let values = values(&session, app).await?;
        report(settings, given, &granted);
        return child::become_or_run(&Call { values, ..call(&given.ask, &source, &granted, &command, None) }).await;
    }
    // A code works once: a session that was unlocked with one is kept for the next command.
    let keep = if given.ask.mfa.is_some() { given.ask.keep() } else { Keep::No };
    let granted = obtain(settings, &given.ask, &source, keep).await?;
    report(settings, given, &granted);
    child::become_or_run(&call(&given.ask, &source, &granted, &command, None)).await
}

/// Returns the variables of an app.
async fn values(session: &Session, app: &str) -> Result<Vec<(String, Secret<String>)>, Failure> {
    let values = Values::of_account(session, app, true).await;
    Ok(values.map_err(|error| super::config::context::refused(&error))?.variables())
}

/// Says what the command gets, and how long.
fn report(settings: &Settings, given: &Args, granted: &Granted) {
    let ends = match granted.ends() {
        Some(ends) => {
            let minutes = ends.duration_since(system_clock::now()).unwrap_or_default().as_secs().div_ceil(60);
            let left = count(usize::try_from(minutes).unwrap_or(usize::MAX), "minute");
            format!("the session ends at {}, in {left}", system_clock::iso(ends))
        }
        None => "the session is your own, and does not say when it ends".to_owned(),
    };
    settings.screen.status(&format!(
        "`{}` in {} ({}): {ends}{}\n",
        given.ask.role,
        place(&given.ask),
        granted.account(),
        if given.command.is_empty() { "; `exit` leaves it" } else { "" },
    ));
}

fn place(ask: &SessionArgs) -> &str {
    ask.account.as_deref().unwrap_or(&ask.environment)
}

fn call<'a>(ask: &'a SessionArgs, source: &Source, granted: &Granted, command: &'a [OsString], endpoint: Option<String>) -> Call<'a> {
    Call {
        command,
        credentials: granted.credentials(),
        ends: granted.ends().map(system_clock::iso),
        account: granted.account().to_owned(),
        values: Vec::new(),
        names: [("LANDFALL_ENVIRONMENT", &ask.environment), ("LANDFALL_ACCOUNT", place(ask)), ("LANDFALL_ROLE", &ask.role)],
        region: source.region().to_string(),
        endpoint,
    }
}

/// Returns the shell that runs where no command was given.
fn shell() -> Result<Vec<OsString>, Failure> {
    if !ask::is_possible() {
        return Err(Failure::usage("there is no command, and no terminal for a shell")
            .hinted("name a command: landfall exec ENV --role ROLE -- CMD"));
    }
    let shell = std::env::var_os(if cfg!(windows) { "COMSPEC" } else { "SHELL" }).filter(|shell| !shell.is_empty());
    Ok(vec![shell.unwrap_or_else(|| OsString::from(if cfg!(windows) { "cmd.exe" } else { "/bin/sh" }))])
}

/// Runs the command beside a server of the sandbox; both end together.
async fn in_sandbox(settings: &Settings, given: &Args, source: &Source, command: &[OsString]) -> Result<Exit, Failure> {
    let target = AwsTarget::open_running(settings, source.region()).await?;
    let granted = async {
        let session = source.enter(settings, &given.ask, &target.sessions).await?;
        let values = match &given.config {
            Some(app) => values(&session, app).await?,
            None => Vec::new(),
        };
        Ok::<_, Failure>((granted(&session, &target.sessions).await?, values))
    };
    let granted = granted.await;
    // Kept before the command runs: another process may use the credentials, too.
    let closed = target.close();
    let (granted, values) = granted?;
    closed?;
    report(settings, given, &granted);
    let Some(sandbox) = target.sandbox() else { return Err(Failure::failed("there is no sandbox")) };
    let (listener, port) = sandbox::listen(0).await?;
    let call = Call { values, ..call(&given.ask, source, &granted, command, Some(format!("http://127.0.0.1:{port}"))) };
    let mut child = child::start(&call)?;
    drop(call);
    let code = Cell::new(None);
    let served = sandbox.serve_on(listener, async { code.set(Some(child.wait().await)) }).await;
    let code = if let Some(code) = code.take() {
        code
    } else {
        // The command has to be waited for, also where its AWS is gone.
        if let Err(failure) = served {
            settings.screen.warn(&failure.draw());
        }
        child.wait().await
    };
    target.close()?;
    late(settings, &granted);
    code
}

/// Says that the session ended before the command did: what failed in it may have failed for that.
fn late(settings: &Settings, granted: &Granted) {
    if let Some(ends) = granted.ends().filter(|ends| *ends <= system_clock::now()) {
        settings.screen.status(&format!("the session had ended at {}\n", system_clock::iso(ends)));
    }
}
