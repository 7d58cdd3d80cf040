//! The options of every command, as they are typed.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::screen::Color;

/// The options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
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
    /// What is written to standard output; some commands have formats of their own
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

/// What goes to standard output. (On a value, a doc comment is what help says of it.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    // Text for people.
    Human,
    // JSON for programs.
    Json,
    /// Profiles for ~/.aws/config that call `landfall credentials`; for `outputs`
    AwsConfig,
    /// Variables, one NAME=VALUE a line; for `outputs`, `credentials` and `config pull`
    Env,
    /// A file of values, for `config pull`
    Toml,
    /// Providers and local values, one file; for `outputs`
    Terraform,
    /// Context for an app of CDK, as JSON; for `outputs`
    Cdk,
}

/// How the simulated AWS behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SandboxPreset {
    // Everything happens at once.
    Instant,
    // AWS's delays and rates, in virtual time.
    Realistic,
}

/// Reads a permission set as principals have it, and returns its name.
fn permission_set(text: &str) -> Result<String, String> {
    /// The longest name that IAM Identity Center gives a permission set.
    const NAME_MAX: usize = 32;
    let good =
        |name: &&str| (1..=NAME_MAX).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b));
    let name = text.strip_prefix("sso:").filter(good);
    name.map(str::to_owned).ok_or_else(|| "a permission set as the manifest has it, such as sso:Engineers".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permission_sets() {
        assert_eq!(permission_set("sso:Engineers"), Ok("Engineers".to_owned()));
        for bad in ["Engineers", "sso:", "sso:a b", "sso:a/b", &format!("sso:{}", "x".repeat(33))] {
            assert!(permission_set(bad).is_err(), "{bad}");
        }
    }
}
