//! `landfall config`: the settings and secrets of an app in every environment.
//!
//! Files are read and checked first; nothing is sent to AWS while they have a mistake.

pub(crate) mod check;
pub(super) mod context;
pub(crate) mod diff;
pub(crate) mod get;
pub(crate) mod history;
pub(crate) mod pull;
pub(crate) mod push;
pub(crate) mod set;
pub(crate) mod unset;
pub(super) mod values;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::Settings;

/// What `config` can do.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Check the files, and that every secret has a value in every environment
    Check(check::Args),
    /// Show what differs between two environments
    Diff(diff::Args),
    /// Print settings of an environment
    Get(get::Args),
    /// Give a secret a value, from a prompt or standard input
    Set(set::Args),
    /// Remove the value of a secret
    Unset(unset::Args),
    /// Print the values of an environment, as variables, JSON or TOML
    Pull(pull::Args),
    /// Write the settings of an environment into its account
    Push(push::Args),
    /// Show when and by whom a secret was written
    History(history::Args),
}

/// Runs it.
pub(crate) async fn run(settings: &Settings, command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Check(args) => check::run(settings, &args).await,
        Command::Diff(args) => diff::run(settings, &args).await,
        Command::Get(args) => get::run(settings, &args),
        Command::Set(args) => set::run(settings, &args).await,
        Command::Unset(args) => unset::run(settings, &args).await,
        Command::Pull(args) => pull::run(settings, &args).await,
        Command::Push(args) => push::run(settings, &args).await,
        Command::History(args) => history::run(settings, &args).await,
    }
}
