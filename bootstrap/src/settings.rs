//! Settings: the options of every command, merged once with the environment.

mod rerun;
mod scope;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::render::{Color, Screen};
use crate::variables::Variables;
pub(crate) use rerun::Rerun;
pub(crate) use scope::{Reader, Scope, WayIn};

/// Where the simulated world is kept, beside the manifest.
pub(crate) const SANDBOX_FILE: &str = ".landfall/sandbox.json";

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

/// What goes to standard output. (On a value, a doc comment is what help says of it.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    // Text for people.
    Human,
    // JSON for programs.
    Json,
    /// Profiles for ~/.aws/config that call `landfall credentials`
    AwsConfig,
    /// Variables, one NAME=VALUE a line
    Env,
}

/// How the simulated AWS behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SandboxPreset {
    // Everything happens at once.
    Instant,
    // AWS's delays and rates, in virtual time.
    Realistic,
}

/// What holds for the whole process.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The manifest's path.
    pub(crate) manifest: PathBuf,
    /// Which AWS.
    pub(crate) target: Target,
    /// How a simulated one has to behave, where that was said; a new one is instant.
    pub(crate) preset: Option<SandboxPreset>,
    /// Who calls a simulated one: a permission set, where one was named.
    pub(crate) sandbox_as: Option<String>,
    /// What goes to standard output.
    pub(crate) format: Format,
    /// Where words go.
    pub(crate) screen: Screen,
    /// How often `-v` was given.
    pub(crate) verbosity: u8,
    /// How to call landfall again on the same manifest and AWS.
    pub(crate) rerun: Rerun,
    /// What of the process's environment counts.
    pub(crate) variables: Variables,
}

/// Which AWS a command works on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// The real one.
    Aws {
        /// The profile of the AWS configuration, where one was named.
        profile: Option<String>,
    },
    /// A simulated one.
    Sandbox {
        /// Its file.
        file: PathBuf,
    },
}

/// What to do while the sandbox or the lock is another run's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IfTaken {
    /// Wait until it is free.
    Wait,
    /// Give up at once, with an exit code that says so.
    Fail,
}

impl Settings {
    /// Merges the options of every command with the environment.
    pub(crate) fn new(global: GlobalArgs, rerun: Rerun, variables: Variables) -> Self {
        let folder = global.manifest.parent().unwrap_or(Path::new(""));
        let target = match global.sandbox {
            Some(None) => Target::Sandbox { file: folder.join(SANDBOX_FILE) },
            Some(Some(file)) => Target::Sandbox { file },
            None => Target::Aws { profile: global.profile },
        };
        Self {
            manifest: global.manifest,
            target,
            preset: global.sandbox_preset,
            sandbox_as: global.sandbox_as,
            format: global.format,
            screen: Screen::new(global.color, global.quiet),
            verbosity: global.verbose,
            rerun,
            variables,
        }
    }

    /// Returns whether JSON goes to standard output.
    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Returns the folder that paths of the manifest are relative to.
    pub(crate) fn folder(&self) -> &Path {
        self.manifest.parent().unwrap_or(Path::new(""))
    }

    /// Returns whether the AWS is simulated.
    pub(crate) fn is_sandbox(&self) -> bool {
        matches!(self.target, Target::Sandbox { .. })
    }

    /// Returns the file of the simulated AWS, whether or not this call works on it.
    pub(crate) fn sandbox_file(&self) -> PathBuf {
        match &self.target {
            Target::Sandbox { file } => file.clone(),
            Target::Aws { .. } => self.folder().join(SANDBOX_FILE),
        }
    }

    /// Returns the AWS profile, where one was named.
    pub(crate) fn profile(&self) -> Option<&str> {
        match &self.target {
            Target::Aws { profile } => profile.as_deref(),
            Target::Sandbox { .. } => None,
        }
    }

    /// Returns whether more than usual is to be said.
    pub(crate) fn is_verbose(&self) -> bool {
        self.verbosity > 0
    }
}

/// Returns a word as a shell takes it.
pub(crate) fn quoted(word: &str) -> String {
    let plain = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=@+,".contains(c));
    if plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
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
