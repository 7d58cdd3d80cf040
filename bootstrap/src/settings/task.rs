//! What to do: the command that was given, and what was given to it. Made of arguments and variables once; a command sees its own
//! part and nothing of clap.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use landfall::lock::Force;
use landfall::model::Tier;
use landfall::plan::PlanOptions;
use serde::Serialize;

use super::quoted;
use crate::args;
use crate::render::Screen;
use crate::variables::Variables;

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Task {
    /// Write a manifest.
    Init(Init),
    /// Check the manifest.
    Validate,
    /// Show the plan.
    Plan {
        /// What to plan.
        scope: Scope,
        /// Where the plan is saved, if it is.
        out: Option<PathBuf>,
        /// Whether pending changes have an exit code.
        detailed_exitcode: bool,
        /// By which role the accounts are read.
        way_in: WayIn,
    },
    /// Carry the plan out.
    Apply(Apply),
    /// Show a recorded run.
    Replay {
        /// The recording; `-` is standard input.
        file: PathBuf,
        /// How fast.
        speed: Speed,
    },
    /// Show the tree, read through this role of each account.
    Status(WayIn),
    /// Print the index of environments.
    Outputs {
        /// In which form.
        format: OutputsFormat,
        /// Whether it is also written into SSM parameters.
        publish: bool,
        /// Where it goes.
        to: OutputsTo,
        /// The index to read; none: manifest and AWS.
        index: Option<PathBuf>,
    },
    /// Run a command with a session.
    Exec(Exec),
    /// Print a session's credentials.
    Credentials {
        /// Which session.
        ask: Ask,
        /// In which form.
        format: CredentialsFormat,
    },
    /// Forget the sessions that are kept.
    ForgetCredentials,
    /// List environments, from this index or from manifest and AWS.
    Environments(Option<PathBuf>),
    /// Serve the sandbox.
    Serve(Serve),
    /// Forget the sandbox.
    Reset,
    /// Print the manifest's schema.
    Schema,
    /// Print a completion script.
    Completions(clap_complete::Shell),
    /// Print the manual page.
    Man,
    /// Show the options of every command.
    Options,
}

/// How fast a recording is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speed {
    /// So many times as fast as it was.
    Times(u32),
    /// At once.
    Max,
}

/// By which role of each account it is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum WayIn {
    /// By the role that applies: `provisioner`, else the access role.
    #[default]
    Operator,
    /// By `auditor`.
    Auditor,
}

impl From<&args::WayIn> for WayIn {
    fn from(given: &args::WayIn) -> Self {
        match given.reader {
            None => Self::Operator,
            Some(args::Reader::Auditor) => Self::Auditor,
        }
    }
}

/// How the index is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutputsFormat {
    /// As JSON, format 1.
    Json,
    /// As profiles of the AWS configuration.
    AwsConfig,
    /// As variables.
    Env,
}

/// Where the index goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OutputsTo {
    /// To standard output.
    Screen,
    /// To a file of its own.
    File(PathBuf),
    /// Into the AWS configuration, between marks.
    AwsConfig,
}

/// How credentials are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CredentialsFormat {
    /// As a `credential_process` writes them.
    Json,
    /// As variables.
    Env,
}

/// Whether sessions are kept for later calls, and those kept are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// They are.
    Yes,
    /// Not this one.
    No,
}

/// Which session is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Ask {
    /// The environment, or any account's key.
    pub(crate) environment: String,
    /// The role's name.
    pub(crate) role: String,
    /// Which account of the environment; `None`: the main one.
    pub(crate) account: Option<String>,
    /// Why.
    pub(crate) reason: Option<String>,
    /// How long it lives.
    pub(crate) duration: Duration,
    /// What AWS's logs call it; none: as the caller is called.
    pub(crate) session_name: Option<String>,
    /// The MFA device.
    pub(crate) mfa: Option<String>,
    /// The index; `None`: manifest and AWS.
    pub(crate) index: Option<PathBuf>,
    /// Session tags.
    pub(crate) tags: Vec<(String, String)>,
    /// Who is behind it.
    pub(crate) source_identity: Option<String>,
    /// What another company's role asks for.
    pub(crate) external_id: Option<String>,
    /// The file of a policy that narrows it.
    pub(crate) policy: Option<PathBuf>,
    /// Managed policies that narrow it.
    pub(crate) policy_arns: Vec<String>,
    /// Whether it is kept.
    #[serde(skip)]
    pub(crate) keep: Keep,
}

impl Ask {
    /// Returns a text that differs where another session is asked for.
    pub(crate) fn meaning(&self) -> String {
        serde_json::json!(self).to_string()
    }
}

/// What `exec` was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exec {
    /// The session.
    pub(crate) ask: Ask,
    /// The command and its arguments; none: a shell.
    pub(crate) command: Vec<OsString>,
}

/// What `sandbox serve` was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Serve {
    /// The port, 0 for any free one.
    pub(crate) port: u16,
    /// What is said on standard output.
    pub(crate) said: Said,
}

/// What a server says on standard output; the rest is on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    /// Where it is.
    Address,
    /// The variables that lead there, for a shell.
    Exports,
}

/// What `init` was given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Init {
    /// The organization's name.
    pub(crate) name: Option<String>,
    /// The e-mail template.
    pub(crate) email: Option<String>,
    /// The home Region.
    pub(crate) region: Option<String>,
    /// Every Region; empty: the home Region and us-east-1.
    pub(crate) regions: Vec<String>,
    /// The environments, in promotion order; empty: ask.
    pub(crate) environments: Vec<String>,
    /// The tiers that were said.
    pub(crate) tiers: Vec<(String, Tier)>,
    /// Who runs landfall; empty: ask.
    pub(crate) administrators: Vec<String>,
    /// Who deploys outside production; empty: ask.
    pub(crate) operators: Vec<String>,
    /// Repositories whose workflows deploy.
    pub(crate) github: Vec<String>,
}

impl Init {
    /// Returns whether nothing has to be asked: all that has no default was given.
    pub(crate) fn is_enough(&self) -> bool {
        self.name.is_some() && self.email.is_some() && self.region.is_some()
    }
}

/// What to plan beyond the manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    /// Removes orphans.
    pub(crate) prune: bool,
    /// Plans these only.
    pub(crate) only: Vec<String>,
}

impl Scope {
    /// Returns it as the planner takes it.
    pub(crate) fn options(&self) -> PlanOptions {
        let mut options = PlanOptions::default();
        options.prune = self.prune;
        options.only.clone_from(&self.only);
        options
    }
}

impl From<&args::Scope> for Scope {
    fn from(given: &args::Scope) -> Self {
        Self { prune: given.prune, only: given.only.clone() }
    }
}

impl From<&PlanOptions> for Scope {
    fn from(options: &PlanOptions) -> Self {
        Self { prune: options.prune, only: options.only.clone() }
    }
}

/// What `apply` was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Apply {
    /// The saved plan that is to be carried out, if one is.
    pub(crate) file: Option<PathBuf>,
    /// What to plan.
    pub(crate) scope: Scope,
    /// Whether the plan is accepted unseen.
    pub(crate) yes: bool,
    /// The hazards that are accepted.
    pub(crate) allow: Vec<landfall::kind::HazardName>,
    /// What to do when somebody else is at work.
    pub(crate) if_taken: IfTaken,
    /// Whose lock may be taken.
    pub(crate) force: Force,
}

impl Apply {
    /// Returns the saved plan, if one was given, as a command line takes it.
    pub(crate) fn file_argument(&self) -> String {
        self.file.as_deref().map(|file| quoted(&file.to_string_lossy())).unwrap_or_default()
    }
}

/// What to do when somebody else is at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IfTaken {
    /// Wait for a turn.
    Wait,
    /// Give up at once, with an exit code of its own.
    Fail,
}

/// Reads a command and what was given to it.
pub(super) fn task(command: args::Command, outputs: OutputsFormat, variables: &Variables, screen: Screen) -> Task {
    let ask = |ask: args::Ask| Ask {
        environment: ask.environment,
        role: ask.role,
        account: ask.account,
        reason: ask.reason.or_else(|| variables.reason.clone()),
        duration: ask.duration,
        session_name: ask.session_name,
        mfa: ask.mfa,
        index: ask.index,
        tags: ask.tag,
        source_identity: ask.source_identity,
        external_id: ask.external_id,
        policy: ask.policy,
        policy_arns: ask.policy_arn,
        keep: if ask.no_cache { Keep::No } else { Keep::Yes },
    };
    match command {
        args::Command::Init(given) => Task::Init(Init {
            name: given.name,
            email: given.email,
            region: given.region,
            regions: given.regions,
            environments: given.environments,
            tiers: given.tiers,
            administrators: given.administrators,
            operators: given.operators,
            github: given.github,
        }),
        args::Command::Validate => Task::Validate,
        args::Command::Plan(plan) => Task::Plan {
            scope: Scope::from(&plan.scope),
            out: plan.out,
            detailed_exitcode: plan.detailed_exitcode,
            way_in: WayIn::from(&plan.way_in),
        },
        args::Command::Apply(apply) => Task::Apply(Apply {
            file: apply.file,
            scope: Scope::from(&apply.scope),
            yes: apply.yes,
            allow: apply.allow,
            if_taken: if apply.no_wait { IfTaken::Fail } else { IfTaken::Wait },
            force: if apply.force_unlock { Force::Break } else { Force::None },
        }),
        args::Command::Replay(replay) => {
            let speed = match replay.speed {
                Some(args::Speed::Times(times)) => Speed::Times(times),
                None if screen.is_live() => Speed::Times(1),
                Some(args::Speed::Max) | None => Speed::Max,
            };
            Task::Replay { file: replay.file, speed }
        }
        args::Command::Status(status) => Task::Status(WayIn::from(&status.way_in)),
        args::Command::Outputs(args::Outputs { out, write, index, publish }) => {
            let to = match out {
                Some(file) => OutputsTo::File(file),
                None if write => OutputsTo::AwsConfig,
                None => OutputsTo::Screen,
            };
            Task::Outputs { format: outputs, publish, to, index }
        }
        args::Command::Exec(exec) => Task::Exec(Exec { ask: ask(exec.ask), command: exec.command }),
        args::Command::Credentials(given) => match (given.kept, given.ask) {
            (None, Some(asked)) => {
                let format = if outputs == OutputsFormat::Env { CredentialsFormat::Env } else { CredentialsFormat::Json };
                Task::Credentials { ask: ask(asked), format }
            }
            (Some(args::Kept::Forget), _) | (None, None) => Task::ForgetCredentials,
        },
        args::Command::Environments(given) => Task::Environments(given.index),
        args::Command::Sandbox(args::Sandbox::Serve { port, export }) => {
            Task::Serve(Serve { port, said: if export { Said::Exports } else { Said::Address } })
        }
        args::Command::Sandbox(args::Sandbox::Reset) => Task::Reset,
        args::Command::Schema => Task::Schema,
        args::Command::Completions { shell } => Task::Completions(shell),
        args::Command::Man => Task::Man,
        args::Command::Options => Task::Options,
    }
}
