//! What drawing a plan needs beside the plan: who the accounts are, how wide it may be, and how to call landfall again.

use landfall::event::Command;
use landfall::model::Organization;

use crate::caller;
use crate::settings::{Rerun, Settings};
use crate::target::AwsTarget;
use crate::titles::{Title, titles};

/// How a plan or a run is drawn, and for whom.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line or of the place that is drawn to")]
pub(crate) struct Layout {
    /// The accounts in the order of reading: environments as they are promoted, then the others.
    pub(crate) titles: Vec<Title>,
    /// How to call landfall again.
    pub(crate) rerun: Rerun,
    /// The file of the plan that is drawn, as a command line takes it; empty where it was not saved.
    pub(crate) saved: String,
    /// Whether the AWS is simulated.
    pub(crate) sandbox: bool,
    /// As whom and by which way AWS is reached; empty in a sandbox.
    pub(crate) via: String,
    /// What calls go to: `AWS`, `the sandbox`, or an address.
    pub(crate) aws: String,
    /// Whether everything about a step is said.
    pub(crate) whole: bool,
    /// Whether every step is shown, however many there are.
    pub(crate) unfolded: bool,
    /// Whether long values are broken into lines; a program or a file gets each of them on one.
    pub(crate) wraps: bool,
    /// How wide it may be.
    pub(crate) width: usize,
}

impl Layout {
    /// Returns the layout for an organization.
    pub(crate) fn of(settings: &Settings, organization: &Organization) -> Self {
        Self { titles: titles(organization), ..Self::bare(settings) }
    }

    /// Returns the layout for a run that is known by its events only.
    pub(crate) fn bare(settings: &Settings) -> Self {
        Self {
            titles: Vec::new(),
            rerun: settings.rerun.clone(),
            saved: String::new(),
            sandbox: settings.is_sandbox(),
            via: String::new(),
            aws: aws(settings.is_sandbox()).to_owned(),
            whole: settings.is_verbose(),
            unfolded: settings.is_verbose(),
            wraps: crate::width::is_terminal(),
            width: crate::width::width(),
        }
    }

    /// Returns the layout for a recorded run: as it was drawn then, as far as the recording says so. `rerun` is how to make it again.
    pub(crate) fn recorded(settings: &Settings, command: Option<&Command>, rerun: Option<Rerun>) -> Self {
        let bare = Self::bare(settings);
        let Some(command) = command else { return bare };
        let aws = match &command.endpoint {
            Some(endpoint) => endpoint.clone(),
            None => aws(command.sandbox).to_owned(),
        };
        Self { rerun: rerun.unwrap_or(bare.rerun), sandbox: command.sandbox, aws, ..bare }
    }

    /// Returns the command of a run, for its recording.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(self.rerun.arguments());
        command.sandbox = self.sandbox;
        command.endpoint = Some(self.aws.clone()).filter(|words| words != aws(self.sandbox));
        command
    }

    /// Says who works by which way, once AWS is opened.
    pub(crate) fn reached(&mut self, target: &AwsTarget) {
        if self.sandbox {
            return;
        }
        let via = target.via();
        self.via = format!("as {}", caller::word(&target.sessions.identity().arn));
        self.via.extend(via.profile.iter().map(|profile| format!(", profile {profile}")));
        self.via.extend(via.endpoint.iter().map(|endpoint| format!(", endpoint {endpoint}")));
        via.aws().clone_into(&mut self.aws);
    }

    /// Returns a text of the library with its commands as they have to be typed here: with this call's global flags, and with who may
    /// type them where that is not who reads it.
    pub(crate) fn adapted(&self, text: &str) -> String {
        const COMMAND: &str = "`landfall ";
        let mut parts = text.split(COMMAND);
        let mut adapted = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end = part.find(|c: char| c != '-' && !c.is_ascii_alphanumeric()).unwrap_or(part.len());
            let (command, rest) = part.split_at(end);
            let (more, rest) = rest.split_at(rest.find('`').unwrap_or(0));
            match rest.strip_prefix('`') {
                Some(rest) => adapted.push_str(&format!("{}{rest}", self.rerun.ticked(command, more.trim_start()))),
                None => adapted.push_str(&format!("`{}{rest}", self.rerun.line(command, more.trim_start()))),
            }
        }
        adapted
    }

    /// Returns how to apply the plan that is drawn, with more arguments.
    pub(crate) fn apply(&self, more: &str) -> String {
        if self.saved.is_empty() {
            return self.rerun.line("apply", more);
        }
        // It holds what was planned.
        self.rerun.on_everything().line("apply", format!("{} {more}", self.saved).trim_end())
    }

    /// Returns an account's heading.
    pub(crate) fn title(&self, key: &str) -> Option<&Title> {
        self.titles.iter().find(|title| title.key.as_str() == key)
    }
}

/// Returns what calls go to, unless that is an address.
fn aws(sandbox: bool) -> &'static str {
    if sandbox { "the sandbox" } else { "AWS" }
}
