//! Arguments as people type them. Only [`settings`](crate::settings) looks at these types; commands never do.

pub(crate) mod help;
mod values;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{Args as ClapArgs, FromArgMatches, Parser, Subcommand, ValueEnum};

use landfall::kind::HazardName;
use landfall::model::Tier;

use crate::exit::Exit;
use values::{duration, hazard_names, permission_set, speed, tag, tier};

/// Sets up a company's AWS accounts from one small file, and keeps them so
#[derive(Debug, Parser)]
#[command(name = "landfall", version, arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// The manifest
    #[arg(short = 'f', long, global = true, value_name = "FILE", default_value = "landfall.toml")]
    pub(crate) manifest: PathBuf,
    /// Profile of the AWS configuration whose credentials are used
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "sandbox")]
    pub(crate) profile: Option<String>,
    /// Work on a simulated AWS, kept in a file, instead of the real one [default: .landfall/sandbox.json]
    #[arg(long, global = true, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    #[expect(clippy::option_option, reason = "clap's form of a flag whose value may be left out")]
    pub(crate) sandbox: Option<Option<PathBuf>>,
    /// How the simulated AWS behaves: at once, or with AWS's delays and rates in virtual time
    /// [default: the preset the sandbox was created with; `instant` for a new one]
    #[arg(long, global = true, value_name = "PRESET", value_enum)]
    pub(crate) sandbox_preset: Option<SandboxPreset>,
    /// Who calls the simulated AWS: a permission set of the management account [default: sso:AdministratorAccess]
    #[arg(long, global = true, value_name = "sso:NAME", value_parser = permission_set)]
    pub(crate) sandbox_as: Option<String>,
    /// What is written to standard output; `aws-config` is for `outputs`, `env` for `outputs` and `credentials`
    #[arg(long, global = true, value_name = "FORMAT", value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
    /// When to colour
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
    /// Print only results and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more: whole plans, AWS request ids; twice: a log
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SandboxPreset {
    Instant,
    Realistic,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    Human,
    Json,
    /// Profiles for ~/.aws/config that call `landfall credentials`
    AwsConfig,
    /// Variables, one NAME=VALUE a line
    Env,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a manifest, asking for what is not given
    Init(Init),
    /// Check the manifest, offline
    Validate,
    /// Show what would have to be done
    Plan(Plan),
    /// Plan, ask for confirmation, and apply
    Apply(Apply),
    /// Draw a run again from what `apply --format json` wrote
    Replay(Replay),
    /// Show the organization as a tree, with the health of each account
    Status(Status),
    /// Print the index of environments that programs read: as JSON, AWS profiles or variables
    Outputs(Outputs),
    /// Run a command with a session in an environment
    Exec(Exec),
    /// Print credentials of a session, as `credential_process` of ~/.aws/config wants them, or as variables
    Credentials(Credentials),
    /// List the environments with their accounts, tiers and roles
    Environments(Environments),
    /// The simulated AWS by itself
    #[command(subcommand)]
    Sandbox(Sandbox),
    /// Print the JSON Schema of the manifest, for editors
    Schema,
    /// Print a completion script for a shell
    Completions {
        /// The shell
        #[arg(value_name = "SHELL", value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page, every command in it: landfall man | man -l -
    Man,
    /// Show the options that every command takes
    Options,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Outputs {
    /// Write it to this file instead of standard output; never over anything but an older one
    #[arg(long, value_name = "FILE", conflicts_with = "write")]
    pub(crate) out: Option<PathBuf>,
    /// With `--format aws-config`: write the profiles into ~/.aws/config, in the place of those written before
    #[arg(long)]
    pub(crate) write: bool,
    /// Read this index, which `landfall outputs` wrote, instead of AWS; profiles then name it and need no list of accounts
    #[arg(long, value_name = "FILE", conflicts_with = "publish")]
    pub(crate) index: Option<PathBuf>,
    /// Also write it into SSM parameters of the management account, below /landfall/environments
    #[arg(long)]
    pub(crate) publish: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Init {
    /// The organization's name: 2 to 20 of a-z, 0-9 and -
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The accounts' e-mails; {account} becomes each account's key: aws+{account}@acme.example
    #[arg(long, value_name = "TEMPLATE")]
    pub(crate) email: Option<String>,
    /// The home Region
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Every Region that may be used [default: the home Region and us-east-1]
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    pub(crate) regions: Vec<String>,
    /// The environments, in the order of promotion [default: dev,staging,prod]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) environments: Vec<String>,
    /// Tiers that differ from what the names suggest: lab=sandbox,blue=production
    #[arg(long, value_name = "NAME=TIER", value_delimiter = ',', value_parser = tier)]
    pub(crate) tiers: Vec<(String, Tier)>,
    /// Who runs landfall: permission sets of IAM Identity Center, or principals [default: `AdministratorAccess`]
    #[arg(long, value_name = "WHO", value_delimiter = ',')]
    pub(crate) administrators: Vec<String>,
    /// Who deploys outside production and reads everywhere [default: `AdministratorAccess`]
    #[arg(long, value_name = "WHO", value_delimiter = ',')]
    pub(crate) operators: Vec<String>,
    /// Repositories whose workflows deploy
    #[arg(long, value_name = "OWNER/REPO", value_delimiter = ',')]
    pub(crate) github: Vec<String>,
}

/// Which session is asked for.
#[derive(Debug, ClapArgs)]
pub(crate) struct Ask {
    /// The environment, or any account's key
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// The role: deployer, reader, auditor, …
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: String,
    /// Which of the environment's accounts, by key or workload [default: its main one]
    #[arg(long, value_name = "KEY")]
    pub(crate) account: Option<String>,
    /// Why; production asks for it on roles that write, and its logs keep it [default: `$LANDFALL_REASON`]
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// How long the session lives: 15m to what the role allows
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "1h")]
    pub(crate) duration: Duration,
    /// What AWS's logs call the session [default: as your own session or user is called]
    #[arg(long, value_name = "NAME")]
    pub(crate) session_name: Option<String>,
    /// Serial number or ARN of an MFA device, for `break-glass`; the code is asked for
    #[arg(long, value_name = "SERIAL")]
    pub(crate) mfa: Option<String>,
    /// The index that `landfall outputs` wrote, instead of the manifest and AWS's list of accounts
    #[arg(long, value_name = "FILE")]
    pub(crate) index: Option<PathBuf>,
    /// A session tag; several may be given
    #[arg(long, value_name = "KEY=VALUE", value_parser = tag)]
    pub(crate) tag: Vec<(String, String)>,
    /// Who is behind the session, in every log along the chain
    #[arg(long, value_name = "NAME")]
    pub(crate) source_identity: Option<String>,
    /// The external id that another company's role asks for
    #[arg(long, value_name = "ID")]
    pub(crate) external_id: Option<String>,
    /// Narrow the session to what this policy allows, too: a file with JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// Narrow the session to what this managed policy allows, too; several may be given
    #[arg(long, value_name = "ARN")]
    pub(crate) policy_arn: Vec<String>,
    /// Ask AWS for a new session, and keep none
    #[arg(long)]
    pub(crate) no_cache: bool,
}

/// Credentials, or the sessions that are kept.
#[derive(Debug, ClapArgs)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Credentials {
    #[command(subcommand)]
    pub(crate) kept: Option<Kept>,
    #[command(flatten)]
    pub(crate) ask: Option<Ask>,
}

/// What can be done with sessions that are kept.
#[derive(Debug, Subcommand)]
pub(crate) enum Kept {
    /// Forget every session that is kept, of any organization
    Forget,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Environments {
    /// The index that `landfall outputs` wrote, instead of the manifest and AWS's list of accounts
    #[arg(long, value_name = "FILE")]
    pub(crate) index: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Exec {
    #[command(flatten)]
    pub(crate) ask: Ask,
    /// The command and its arguments [default: a shell]
    #[arg(last = true, value_name = "CMD")]
    pub(crate) command: Vec<OsString>,
}

/// What narrows or widens a plan.
#[derive(Debug, ClapArgs)]
pub(crate) struct Scope {
    /// Remove what landfall made and the manifest no longer names; never accounts or audit logs
    #[arg(long)]
    pub(crate) prune: bool,
    /// Only these and what they need: an account's key, an address, or the beginning of one
    #[arg(long, value_name = "ADDRESS", num_args = 1..)]
    pub(crate) only: Vec<String>,
}

/// By which role the accounts are read.
#[derive(Debug, ClapArgs)]
pub(crate) struct WayIn {
    /// Read every account through this role, which may write nothing [default: provisioner, else the access role]
    #[arg(long = "as", value_name = "ROLE", value_enum)]
    pub(crate) reader: Option<Reader>,
}

/// A role that reads all that a plan needs, and writes nothing.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Reader {
    Auditor,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Status {
    #[command(flatten)]
    pub(crate) way_in: WayIn,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) scope: Scope,
    #[command(flatten)]
    pub(crate) way_in: WayIn,
    /// Save the plan, for `landfall apply FILE`
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Exit with 2 when changes are pending
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Apply {
    /// A plan saved by `landfall plan --out`; refused where it is no longer what would be done
    #[arg(value_name = "FILE", conflicts_with_all = ["prune", "only"])]
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) scope: Scope,
    /// Do not ask; hazards still have to be named
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Allow the hazard with this name
    #[arg(long, value_name = "HAZARD", num_args = 1.., value_parser = hazard_names())]
    pub(crate) allow: Vec<HazardName>,
    /// Exit with 75 when another run is applying, instead of waiting
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Break the lock of a run that is applying; only if you are sure that it has stopped
    #[arg(long, conflicts_with = "no_wait")]
    pub(crate) force_unlock: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Replay {
    /// The recording; - is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// How fast: so many times as fast as it was, or max [default: 1 on a terminal, else max]
    #[arg(long, value_name = "N|max", value_parser = speed)]
    pub(crate) speed: Option<Speed>,
}

/// How fast a recording is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speed {
    Times(u32),
    Max,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Sandbox {
    /// Serve the simulated AWS on 127.0.0.1, for any AWS client
    Serve {
        /// The port [default: any free one]
        #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
        port: u16,
        /// Print the variables that lead there on standard output, for `eval`; if it is served already, print those and end
        #[arg(long)]
        export: bool,
    },
    /// Forget the simulated AWS
    Reset,
}

/// Parses the process's arguments.
///
/// # Errors
///
/// The code to exit with, when clap has said all there is to say: help and version, or wrong usage.
pub(crate) fn parse() -> Result<Args, Exit> {
    read(std::env::args_os()).and_then(checked).map_err(|error| {
        // A closed pipe is no reason to fail over a help text.
        let _ = error.print();
        if error.use_stderr() { Exit::Usage } else { Exit::Done }
    })
}

/// Reads a command line.
fn read(line: impl Iterator<Item = OsString>) -> Result<Args, clap::Error> {
    help::command().try_get_matches_from(line).and_then(|matches| Args::from_arg_matches(&matches))
}

/// Refuses what clap cannot see: a format that belongs to one command.
fn checked(args: Args) -> Result<Args, clap::Error> {
    if let Command::Outputs(outputs) = &args.command {
        let refuse = |message| Err(help::command().error(ErrorKind::ArgumentConflict, message));
        match (args.global.format, outputs.write, &outputs.out) {
            (Format::Human | Format::Json | Format::Env, true, _) => return refuse("`--write` is for `--format aws-config`"),
            (Format::AwsConfig, _, Some(_)) => return refuse("`--format aws-config` is written with `--write`, not with `--out`"),
            _ => {}
        }
    }
    match (args.global.format, &args.command) {
        (Format::Human | Format::Json, _) | (_, Command::Outputs(_)) | (Format::Env, Command::Credentials(_)) => Ok(args),
        (Format::AwsConfig | Format::Env, _) => {
            let message = "`--format aws-config` is for `landfall outputs` only, `--format env` for `outputs` and `credentials`";
            Err(help::command().error(ErrorKind::ArgumentConflict, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        help::command().debug_assert();
    }

    #[test]
    fn credentials_are_asked_for_or_forgotten() {
        let parse = |line: &[&str]| match read(line.iter().map(OsString::from)).map(|args| args.command) {
            Ok(Command::Credentials(given)) => Ok((given.kept.is_some(), given.ask.map(|ask| ask.environment))),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.kind()),
        };
        assert_eq!(parse(&["landfall", "credentials", "dev", "--role", "reader"]), Ok((false, Some("dev".to_owned()))));
        assert_eq!(parse(&["landfall", "credentials", "forget"]), Ok((true, None)));
        assert_eq!(parse(&["landfall", "credentials", "dev"]), Err(ErrorKind::MissingRequiredArgument));
        assert_eq!(parse(&["landfall", "credentials"]), Err(ErrorKind::MissingRequiredArgument));
    }

    #[test]
    fn formats_of_one_command_are_refused_elsewhere() {
        let parse = |line: &[&str]| read(line.iter().map(OsString::from)).and_then(checked);
        assert!(parse(&["landfall", "outputs", "--format", "aws-config"]).is_ok());
        assert!(parse(&["landfall", "plan", "--format", "env"]).is_err());
        assert!(parse(&["landfall", "credentials", "dev", "--role", "reader", "--format", "env"]).is_ok());
        assert!(parse(&["landfall", "credentials", "dev", "--role", "reader", "--format", "aws-config"]).is_err());
        assert!(parse(&["landfall", "outputs", "--format", "aws-config", "--write"]).is_ok());
        assert!(parse(&["landfall", "outputs", "--write"]).is_err());
        assert!(parse(&["landfall", "outputs", "--out", "x.json"]).is_ok());
        assert!(parse(&["landfall", "outputs", "--format", "aws-config", "--out", "config"]).is_err());
    }
}
