//! `landfall sandbox serve` and `reset`: the simulated AWS for other programs, and its end.

use clap::Subcommand;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::format::hint;
use crate::interrupt;
use crate::manifest;
use crate::sandbox::{self, FileLock, Sandbox};
use crate::settings::{IfTaken, Settings, quoted};

/// What can be done with the simulated AWS.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the simulated AWS on 127.0.0.1, for any AWS client
    Serve(ServeArgs),
    /// Forget the simulated AWS
    Reset,
}

/// What `sandbox serve` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct ServeArgs {
    /// The port [default: any free one]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    port: u16,
    /// Print the variables that lead there on standard output, for `eval`; if it is served already, print those and end
    #[arg(long)]
    export: bool,
}

/// Serves or forgets it.
pub(crate) async fn run(settings: &Settings, command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Serve(args) => serve(settings, args).await,
        Command::Reset => reset(settings),
    }
}

/// Where clients begin that no manifest sends elsewhere.
const REGION: &str = "us-east-1";

/// Serves until it is interrupted; asked for the exports of one that is served already, says those.
async fn serve(settings: &Settings, args: ServeArgs) -> Result<Exit, Failure> {
    if settings.sandbox_as.is_some() {
        return Err(Failure::usage("`sandbox serve` hands out the administrator's keys, whatever --sandbox-as says")
            .hinted("leave --sandbox-as out; `landfall exec` gives a command the session of a role"));
    }
    let region = if settings.manifest.exists() { manifest::load(settings)?.0.region.to_string() } else { REGION.to_owned() };
    let file = settings.sandbox_file();
    if args.export
        && let Some(address) = FileLock::served_at(&file)
    {
        settings.screen.data(&exports(&address, &region))?;
        return Ok(Exit::Done);
    }
    let ready = |address: &str| {
        let exports = exports(address, &region);
        let end = format!("the sandbox is kept in {}; Ctrl-C ends it\n", file.display());
        if args.export {
            settings.screen.status(&format!("serving {address}\n{end}"));
            settings.screen.data(&exports)
        } else {
            settings.screen.status(&format!("{}\n\n{end}", hint(exports.trim_end())));
            settings.screen.data(&format!("{address}\n"))
        }
    };
    let asked = std::cell::Cell::new(None);
    let shutdown = async { asked.set(Some(interrupt::asked().await)) };
    Sandbox::serve(settings, &file, args.port, ready, shutdown).await?;
    // Ending it is what was wanted, so that is no failure.
    Ok(Exit::Done)
}

/// Returns what a shell needs so that any AWS client comes here.
/// The keys of the simulated administrator are the same in every world, and open nothing anywhere else.
fn exports(address: &str, region: &str) -> String {
    let credentials = landfall::simulator::Simulator::management_credentials();
    let mut variables = vec![
        ("AWS_ENDPOINT_URL", address),
        ("AWS_REGION", region),
        // The only one that the AWS CLI's first version and boto3 know.
        ("AWS_DEFAULT_REGION", region),
        ("AWS_ACCESS_KEY_ID", credentials.access_key_id()),
        ("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key()),
    ];
    variables.extend(credentials.session_token().map(|token| ("AWS_SESSION_TOKEN", token)));
    variables.into_iter().fold(String::new(), |text, (name, value)| text + &format!("export {name}={}\n", quoted(value)))
}

/// Removes the sandbox's file, and with it the values of all settings and secrets.
fn reset(settings: &Settings) -> Result<Exit, Failure> {
    let file = settings.sandbox_file();
    sandbox::refuse_foreign(&file)?;
    // Without a file there is no process to wait for.
    let _claim = if file.exists() { Some(FileLock::take(settings, &file, IfTaken::Wait)?) } else { None };
    match sandbox::forget(&file) {
        Ok(true) => settings
            .screen
            .status(&format!("forgot the sandbox {}: its organization, accounts and roles, settings and secrets\n", file.display())),
        Ok(false) => settings.screen.status(&format!("there is no sandbox {}\n", file.display())),
        Err(error) => {
            return Err(Failure::failed(format!("could not remove the sandbox `{}`", file.display())).because(error.to_string()));
        }
    }
    Ok(Exit::Done)
}
