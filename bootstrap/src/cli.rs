//! The command line: the options of every command, and one command with its own. It is read here, and run here.

mod help;

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::command::{
    apply, completions, config, credentials, environments, exec, export, init, man, outputs, plan, replay, sandbox, schema, status,
    validate,
};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::{Format, GlobalArgs, Rerun, Settings, quoted};
use crate::variables::Variables;

/// Sets up a company's AWS accounts from one small file, and keeps them so
#[derive(Debug, Parser)]
#[command(name = "landfall", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

/// What can be done. Completions and the manual page have this order, help its groups.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check the manifest, offline
    Validate,
    /// Draw a run again from what `apply --format json` wrote
    Replay(replay::Args),
    /// Show the organization as a tree, with the health of each account
    Status(status::Args),
    /// List the environments with their accounts, tiers and roles
    Environments(environments::Args),
    /// The simulated AWS by itself
    #[command(subcommand)]
    Sandbox(sandbox::Command),
    /// Print the JSON Schema of the manifest or of an app, for editors
    Schema(schema::Args),
    /// Print the manual page: landfall man | man -l -
    Man,
    /// Show the options that every command takes
    Options,
    /// Write a manifest, asking for what is not given
    Init(init::Args),
    /// Show what would have to be done
    Plan(plan::Args),
    /// Plan, ask for confirmation, and apply
    Apply(apply::Args),
    /// Print the index of environments: JSON, profiles, Terraform, CDK
    Outputs(outputs::Args),
    /// Hand what landfall owns to Terraform, as import blocks
    #[command(subcommand)]
    Export(export::Command),
    /// Run a command with a session in an environment
    Exec(exec::Args),
    /// Print credentials of a session, for ~/.aws/config or as variables
    Credentials(credentials::Args),
    /// Settings and secrets of an app: checked, compared, set
    #[command(subcommand)]
    Config(config::Command),
    /// Print a completion script for a shell
    Completions(completions::Args),
}

impl Cli {
    /// Reads the arguments of this process.
    ///
    /// # Errors
    ///
    /// The code to exit with, when clap has said all there is to say: help and version, or wrong usage.
    pub(crate) fn of_process() -> Result<Self, Exit> {
        Self::try_read(std::env::args_os()).map_err(|error| {
            // A closed pipe is no reason to fail over a help text.
            let _ = error.print();
            match error.use_stderr() {
                false => Exit::Done,
                true if is_exec(std::env::args_os()) => Exit::ExecFailed,
                true => Exit::Usage,
            }
        })
    }

    /// Reads a command line.
    ///
    /// # Errors
    ///
    /// What clap says of it, and what clap cannot see: a format that belongs to one command.
    pub(crate) fn try_read(line: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> Result<Self, clap::Error> {
        let matches = help::command(Cli::command()).try_get_matches_from(line).map_err(with_file_first)?;
        let cli = Self::from_arg_matches(&matches)?;
        match cli.command.refused(cli.global.format).or_else(|| cli.without_sandbox()) {
            Some(message) => Err(help::command(Cli::command()).error(ErrorKind::ArgumentConflict, message)),
            None => Ok(cli),
        }
    }

    /// Returns why options of a sandbox are refused: without one, they would be left out and the command go to AWS.
    fn without_sandbox(&self) -> Option<&'static str> {
        let is_of_one = self.global.sandbox.is_some() || matches!(self.command, Command::Sandbox(_));
        let given = self.global.sandbox_as.is_some() || self.global.sandbox_preset.is_some();
        (given && !is_of_one).then_some("`--sandbox-as` and `--sandbox-preset` need `--sandbox`")
    }

    /// Returns how to make this call again.
    pub(crate) fn rerun(&self) -> Rerun {
        let rerun = Rerun::of(&self.global);
        match &self.command {
            Command::Plan(args) => rerun.planning(&args.scope).reading(args.way_in),
            Command::Apply(args) => args.again(&rerun),
            Command::Status(args) => rerun.reading(args.way_in),
            _ => rerun,
        }
    }

    /// Returns the settings, and what to do.
    pub(crate) fn resolve(self, variables: Variables) -> (Settings, Command) {
        let rerun = self.rerun();
        (Settings::new(self.global, rerun, variables), self.command)
    }
}

impl Command {
    /// Returns why this command does not write a format, if it does not.
    fn refused(&self, format: Format) -> Option<&'static str> {
        match (self, format) {
            (Self::Outputs(args), _) => args.refused(format),
            (_, Format::Human | Format::Json)
            | (Self::Credentials(_), Format::Env)
            | (Self::Config(config::Command::Pull(_)), Format::Env | Format::Toml) => None,
            (_, Format::AwsConfig) => Some("`--format aws-config` is for `landfall outputs` only"),
            (_, Format::Env) => Some("`--format env` is for `outputs`, `credentials` and `config pull`"),
            (_, Format::Toml) => Some("`--format toml` is for `landfall config pull` only"),
            (_, Format::Terraform | Format::Cdk) => Some("`--format terraform` and `--format cdk` are for `landfall outputs` only"),
        }
    }

    /// Runs it and returns the exit code.
    ///
    /// # Errors
    ///
    /// What stopped it, with an exit code of its own.
    pub(crate) fn run(self, settings: &Settings) -> Result<Exit, Failure> {
        match self {
            Self::Init(args) => wait(init::run(settings, args)),
            Self::Validate => validate::run(settings),
            Self::Plan(args) => wait(plan::run(settings, args)),
            Self::Apply(args) => wait(apply::run(settings, &args)),
            Self::Replay(args) => wait(replay::run(settings, args)),
            Self::Status(args) => wait(status::run(settings, args)),
            Self::Outputs(args) => wait(outputs::run(settings, args)),
            Self::Export(command) => wait(export::run(settings, command)),
            Self::Exec(args) => wait(exec::run(settings, args)),
            Self::Credentials(args) => wait(credentials::run(settings, args)),
            Self::Config(command) => wait(config::run(settings, command)),
            Self::Environments(args) => wait(environments::run(settings, args)),
            Self::Sandbox(command) => wait(sandbox::run(settings, command)),
            Self::Schema(args) => schema::run(settings, &args),
            Self::Completions(args) => completions::run(settings, &args, help::full(Cli::command())),
            Self::Man => man::run(settings, help::full(Cli::command())),
            Self::Options => man::options(settings, help::command(Cli::command())),
        }
    }
}

/// Says what is wrong with a saved plan behind `--allow`, which takes it for the name of a hazard.
fn with_file_first(error: clap::Error) -> clap::Error {
    let file = match (error.get(ContextKind::InvalidArg), error.get(ContextKind::InvalidValue)) {
        (Some(ContextValue::String(flag)), Some(ContextValue::String(value))) if flag.starts_with("--allow ") => value,
        _ => return error,
    };
    // No hazard has one of these in its name.
    if error.kind() != ErrorKind::InvalidValue || !file.contains(['.', '/', '\\']) {
        return error;
    }
    let message = format!("`{file}` is no hazard; write a saved plan before `--allow`: landfall apply {} --allow HAZARD", quoted(file));
    help::command(Cli::command()).error(ErrorKind::InvalidValue, message)
}

/// Returns whether a command line, wrong as it may be, is one of `exec`: the codes below 125 are those of the command that it runs.
fn is_exec(line: impl IntoIterator<Item = OsString>) -> bool {
    let read = help::command(Cli::command()).ignore_errors(true).try_get_matches_from(line);
    read.is_ok_and(|matches| matches.subcommand_name() == Some("exec"))
}

/// Runs a future to its end on this thread: all there is to do in parallel is waiting.
fn wait(command: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed("could not start").because(error.to_string()))?;
    runtime.block_on(command)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        help::command(Cli::command()).debug_assert();
    }

    #[test]
    fn a_wrong_line_of_exec_is_told_from_others() {
        for (line, expected) in [
            (&["exec", "dev"][..], true),
            (&["--sandbox", "exec", "dev", "--rôle"], true),
            (&["exec"], true),
            (&["plan", "--only", "exec", "--pruned"], false),
            (&["plan", "exec"], false),
            (&["exce", "dev"], false),
            (&[], false),
        ] {
            let whole = std::iter::once("landfall").chain(line.iter().copied()).map(OsString::from);
            assert!(Cli::try_read(whole.clone()).is_err(), "{line:?}");
            assert_eq!(is_exec(whole), expected, "{line:?}");
        }
    }

    #[test]
    fn a_saved_plan_behind_allow_is_told_to_go_before_it() {
        let said = |line: &[&str]| Cli::try_read([&["landfall", "apply"], line].concat()).expect_err("refused").to_string();
        let text = said(&["--allow", "adopt-unit", "my plan.json"]);
        assert!(text.contains("write a saved plan before `--allow`: landfall apply 'my plan.json' --allow HAZARD"), "{text}");
        assert!(said(&["--allow", "adopt"]).contains("possible values"));
        assert!(said(&["--only", "a", "--format", "a.json"]).contains("possible values"));
    }

    #[test]
    fn credentials_are_asked_for_or_forgotten() {
        let parse = |line: &[&str]| match Cli::try_read(line).map(|cli| cli.command) {
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
        let parse = |line: &[&str]| Cli::try_read(line);
        assert!(parse(&["landfall", "outputs", "--format", "aws-config"]).is_ok());
        assert!(parse(&["landfall", "plan", "--format", "env"]).is_err());
        assert!(parse(&["landfall", "credentials", "dev", "--role", "reader", "--format", "env"]).is_ok());
        assert!(parse(&["landfall", "credentials", "dev", "--role", "reader", "--format", "aws-config"]).is_err());
        assert!(parse(&["landfall", "outputs", "--format", "aws-config", "--write"]).is_ok());
        assert!(parse(&["landfall", "outputs", "--write"]).is_err());
        for format in ["terraform", "cdk"] {
            assert!(parse(&["landfall", "outputs", "--format", format, "--out", "x"]).is_ok());
            assert!(parse(&["landfall", "outputs", "--format", format, "--write"]).is_err());
            assert!(parse(&["landfall", "config", "pull", "dev", "--format", format]).is_err());
        }
        assert!(parse(&["landfall", "outputs", "--out", "x.json"]).is_ok());
        assert!(parse(&["landfall", "outputs", "--format", "aws-config", "--out", "config"]).is_err());
    }

    #[test]
    fn options_of_a_sandbox_need_one() {
        let parse = |line: &[&str]| Cli::try_read(line).is_ok();
        for option in [&["--sandbox-as", "sso:Engineers"], &["--sandbox-preset", "realistic"]] {
            assert!(!parse(&[&["landfall", "apply"][..], option].concat()), "{option:?} would go to AWS");
            assert!(parse(&[&["landfall", "apply", "--sandbox"][..], option].concat()), "{option:?}");
        }
        assert!(parse(&["landfall", "sandbox", "serve", "--sandbox-preset", "realistic"]));
    }

    fn settings(line: &[&str]) -> Settings {
        Cli::try_read(line).expect("valid arguments").resolve(Variables::default()).0
    }

    #[test]
    fn the_sandbox_is_kept_beside_the_manifest() {
        for (line, file) in [
            (["landfall", "plan", "-f", "x/landfall.toml", "--sandbox"], "x/.landfall/sandbox.json"),
            (["landfall", "plan", "-f", "landfall.toml", "--sandbox"], ".landfall/sandbox.json"),
            (["landfall", "plan", "-f", "x/landfall.toml", "--sandbox=y.json"], "y.json"),
        ] {
            let settings = settings(&line);
            assert_eq!(settings.sandbox_file(), Path::new(file), "{line:?}");
            assert!(settings.is_sandbox());
        }
    }

    #[test]
    fn a_sandbox_takes_no_subcommand_for_its_file() {
        let (settings, command) =
            Cli::try_read(["landfall", "--sandbox", "status"]).expect("valid arguments").resolve(Variables::default());
        assert_eq!(settings.sandbox_file(), Path::new(".landfall/sandbox.json"));
        assert!(matches!(command, Command::Status(_)), "{command:?}");
    }
}
