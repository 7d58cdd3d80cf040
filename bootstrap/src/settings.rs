//! Settings: arguments and environment, merged once. Commands see these and nothing of clap.

mod rerun;
mod task;

use std::path::{Path, PathBuf};

use crate::args::{self, Args};
use crate::render::{Color, Screen};
use crate::variables::Variables;
pub(crate) use rerun::Rerun;
pub(crate) use task::{
    Apply, Ask, CredentialsFormat, Exec, IfTaken, Init, Keep, OutputsFormat, OutputsTo, Said, Scope, Serve, Speed, Task, WayIn,
};

/// Where the simulated world is kept, beside the manifest.
pub(crate) const SANDBOX_FILE: &str = ".landfall/sandbox.json";

/// What holds for the whole process.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The manifest's path.
    pub(crate) manifest: PathBuf,
    /// Which AWS.
    pub(crate) place: Place,
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
pub(crate) enum Place {
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

/// How the simulated AWS behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SandboxPreset {
    /// Everything happens at once.
    Instant,
    /// AWS's delays and rates, in virtual time.
    Realistic,
}

/// What goes to standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Text for people.
    Human,
    /// JSON for programs.
    Json,
}

impl Settings {
    /// Returns the folder that paths of the manifest are relative to.
    pub(crate) fn folder(&self) -> &Path {
        self.manifest.parent().unwrap_or(Path::new(""))
    }

    /// Returns whether the AWS is simulated.
    pub(crate) fn is_sandbox(&self) -> bool {
        matches!(self.place, Place::Sandbox { .. })
    }

    /// Returns the file of the simulated AWS, whether or not this call works on it.
    pub(crate) fn sandbox_file(&self) -> PathBuf {
        match &self.place {
            Place::Sandbox { file } => file.clone(),
            Place::Aws { .. } => self.folder().join(SANDBOX_FILE),
        }
    }

    /// Returns the AWS profile, where one was named.
    pub(crate) fn profile(&self) -> Option<&str> {
        match &self.place {
            Place::Aws { profile } => profile.as_deref(),
            Place::Sandbox { .. } => None,
        }
    }

    /// Returns whether more than usual is to be said.
    pub(crate) fn is_verbose(&self) -> bool {
        self.verbosity > 0
    }
}

/// Merges everything that was given.
pub(crate) fn resolve(args: Args, variables: Variables) -> (Settings, Task) {
    let Args { global, command } = args;
    let rerun = Rerun::of(&global, &command);
    let folder = global.manifest.parent().unwrap_or(Path::new(""));
    let preset = global.sandbox_preset.map(|preset| match preset {
        args::SandboxPreset::Instant => SandboxPreset::Instant,
        args::SandboxPreset::Realistic => SandboxPreset::Realistic,
    });
    let place = match global.sandbox {
        Some(None) => Place::Sandbox { file: folder.join(SANDBOX_FILE) },
        Some(Some(file)) => Place::Sandbox { file },
        None => Place::Aws { profile: global.profile },
    };
    let color = match global.color {
        args::Color::Auto => Color::Auto,
        args::Color::Always => Color::Always,
        args::Color::Never => Color::Never,
    };
    let format = match global.format {
        args::Format::Human | args::Format::AwsConfig | args::Format::Env => Format::Human,
        args::Format::Json => Format::Json,
    };
    let outputs = match global.format {
        args::Format::Human | args::Format::Json => OutputsFormat::Json,
        args::Format::AwsConfig => OutputsFormat::AwsConfig,
        args::Format::Env => OutputsFormat::Env,
    };
    let screen = Screen::new(color, global.quiet);
    let task = task::task(command, outputs, &variables, screen);
    let settings = Settings {
        manifest: global.manifest,
        place,
        preset,
        sandbox_as: global.sandbox_as,
        format,
        screen,
        verbosity: global.verbose,
        rerun,
        variables,
    };
    (settings, task)
}

/// Returns a word as a shell takes it.
pub(crate) fn quoted(word: &str) -> String {
    let plain = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=@+,".contains(c));
    if plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn settings(line: &[&str]) -> (Settings, Task) {
        resolve(Args::try_parse_from(line).expect("valid arguments"), Variables::default())
    }

    #[test]
    fn the_sandbox_is_kept_beside_the_manifest() {
        for (line, file) in [
            (["landfall", "plan", "-f", "x/landfall.toml", "--sandbox"], "x/.landfall/sandbox.json"),
            (["landfall", "plan", "-f", "landfall.toml", "--sandbox"], ".landfall/sandbox.json"),
            (["landfall", "plan", "-f", "x/landfall.toml", "--sandbox=y.json"], "y.json"),
        ] {
            let (settings, _) = settings(&line);
            assert_eq!(settings.sandbox_file(), Path::new(file), "{line:?}");
            assert!(settings.is_sandbox());
        }
    }

    #[test]
    fn a_sandbox_takes_no_subcommand_for_its_file() {
        let (settings, task) = settings(&["landfall", "--sandbox", "status"]);
        assert_eq!((settings.sandbox_file(), task), (PathBuf::from(".landfall/sandbox.json"), Task::Status(WayIn::Operator)));
    }
}
