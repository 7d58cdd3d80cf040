//! Settings: the options of every command, merged once with the environment.

mod global;
mod rerun;
mod scope;

use std::path::{Path, PathBuf};

use crate::screen::Screen;
use crate::variables::Variables;
pub(crate) use global::{Format, GlobalArgs, SandboxPreset};
pub(crate) use rerun::{Rerun, quoted};
pub(crate) use scope::{Reader, Scope, WayIn};

/// Where the simulated world is kept, beside the manifest.
pub(crate) const SANDBOX_FILE: &str = ".landfall/sandbox.json";

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
