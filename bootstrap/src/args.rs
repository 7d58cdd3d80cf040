//! Arguments as people type them. Only [`settings`](crate::settings) looks at these types; commands never do.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use crate::failure::exit;

/// Sets up a company's AWS accounts from one small file, and keeps them so
#[derive(Debug, Parser)]
#[command(name = "landfall", version, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = "\
Try it without an AWS account:
  landfall init
  landfall apply --sandbox

Exit codes:
  0 done, 1 failed, 2 changes pending (plan --detailed-exitcode), 4 some of it blocked or failed,
  64 usage or manifest, 75 lock held, 130 interrupted, 143 terminated")]
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
    #[arg(long, global = true, value_name = "PRESET", value_enum, default_value_t = SandboxPreset::Instant)]
    pub(crate) sandbox_preset: SandboxPreset,
    /// What is written to standard output
    #[arg(long, global = true, value_name = "FORMAT", value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
    /// When to colour
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
    /// Say only what was asked for, and what went wrong
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
    /// Do it: plan, ask, carry out
    Apply(Apply),
    /// Show the organization as a tree, with the health of each account
    Status,
    /// Print the index of environments that programs read, as JSON
    Outputs,
    /// The simulated AWS by itself
    #[command(subcommand)]
    Sandbox(Sandbox),
    /// Print the JSON Schema of the manifest, for editors
    Schema,
    /// Print a completion script for a shell
    #[command(after_help = "\
bash: landfall completions bash > ~/.local/share/bash-completion/completions/landfall
zsh:  landfall completions zsh > a file `_landfall` in a folder of $fpath
fish: landfall completions fish > ~/.config/fish/completions/landfall.fish")]
    Completions {
        /// The shell
        #[arg(value_name = "SHELL", value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page, every command in it: landfall man | man -l -
    Man,
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
    /// The environments, in the order of promotion
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) environments: Vec<String>,
    /// Replace a manifest that exists
    #[arg(long)]
    pub(crate) force: bool,
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

#[derive(Debug, ClapArgs)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) scope: Scope,
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
    /// Do what this hazard of the plan says
    #[arg(long, value_name = "HAZARD", num_args = 1..)]
    pub(crate) allow: Vec<String>,
    /// Exit with 75 when somebody else is applying, instead of waiting
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Break the lock of whoever is applying; only when you know that they are not
    #[arg(long, conflicts_with = "no_wait")]
    pub(crate) force_unlock: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Sandbox {
    /// Serve the simulated AWS on 127.0.0.1, for any AWS client
    Serve {
        /// The port [default: any free one]
        #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
        port: u16,
    },
    /// Forget the simulated AWS
    Reset,
}

/// Parses the process's arguments.
///
/// # Errors
///
/// The code to exit with, when clap has said all there is to say: help and version, or wrong usage.
pub(crate) fn parse() -> Result<Args, ExitCode> {
    Args::try_parse().map_err(|error| {
        // A closed pipe is no reason to fail over a help text.
        let _ = error.print();
        ExitCode::from(if error.use_stderr() { exit::USAGE } else { exit::DONE })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        Args::command().debug_assert();
    }
}
