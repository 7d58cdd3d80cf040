//! Commands: one file each, and what several of them share: opening, observing, planning.

mod apply;
mod completions;
mod credentials;
mod environments;
mod exec;
mod init;
mod man;
mod operator_lock;
mod outputs;
mod plan;
mod replay;
mod sandbox;
mod schema;
mod session;
mod status;
mod validate;
mod way;

use landfall::desired::{DesiredState, desired};
use landfall::model::Organization;
use landfall::observe::{NotReady, ObserveError, Survey, observe_and_tell, observe_as_auditor};
use landfall::observed::Observation;
use landfall::plan::Plan;

use crate::failure::Failure;
use crate::manifest;
use crate::render::looking::{self, Waits};
use crate::settings::{Format, IfTaken, Scope, Settings, Task, WayIn};
use crate::target::Target;

/// Runs a command and returns the exit code.
///
/// # Errors
///
/// What stopped it, with an exit code of its own.
pub(crate) fn run(settings: &Settings, task: Task) -> Result<u8, Failure> {
    match task {
        Task::Init(given) => wait(init::run(settings, given)),
        Task::Validate => validate::run(settings),
        Task::Schema => schema::run(settings),
        Task::Completions(shell) => completions::run(settings, shell),
        Task::Man => man::run(settings),
        Task::Options => man::options(settings),
        Task::Reset => sandbox::reset(settings),
        Task::Serve(given) => wait(sandbox::serve(settings, given)),
        Task::Plan { scope, out, detailed_exitcode, way_in } => {
            wait(plan::run(settings, &scope, way_in, out.as_deref(), detailed_exitcode))
        }
        Task::Apply(given) => wait(apply::run(settings, &given)),
        Task::Replay { file, speed } => wait(replay::run(settings, &file, speed)),
        Task::Status(way_in) => wait(status::run(settings, way_in)),
        Task::Outputs { format, publish, to, index } => wait(outputs::run(settings, format, publish, &to, index.as_deref())),
        Task::Exec(given) => wait(exec::run(settings, &given)),
        Task::Credentials { ask, format } => wait(credentials::run(settings, &ask, format)),
        Task::ForgetCredentials => credentials::forget(settings),
        Task::Environments(index) => wait(environments::run(settings, index.as_deref())),
    }
}

/// Runs a future to its end on this thread: all there is to do in parallel is waiting.
fn wait(command: impl Future<Output = Result<u8, Failure>>) -> Result<u8, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed("could not start").because(error.to_string()))?;
    runtime.block_on(command)
}

/// The manifest, what it asks for, and the AWS it is about.
struct CommandContext<'a> {
    settings: &'a Settings,
    organization: Organization,
    /// The manifest's digest.
    digest: String,
    desired: DesiredState,
    target: Target,
}

/// What a command does on open ground.
///
/// The world is closed however it ends, because a sandbox keeps also what a failed run has done.
async fn on_ground(
    settings: &Settings,
    if_taken: IfTaken,
    work: impl AsyncFnOnce(&CommandContext<'_>) -> Result<u8, Failure>,
) -> Result<u8, Failure> {
    let (organization, digest) = manifest::load(settings)?;
    let target = Target::open(settings, &organization.region, if_taken).await?;
    let context = CommandContext { settings, desired: desired(&organization), organization, digest, target };
    let result = work(&context).await;
    let closed = context.target.close();
    let code = result.map_err(|failure| context.target.via().explain(failure))?;
    closed.map(|()| code)
}

impl CommandContext<'_> {
    /// Observes everything that the manifest is about, with the sessions that can apply what is planned.
    async fn survey(&self, not_ready: NotReady) -> Result<Survey, Failure> {
        let waits = Waits::new(self.settings.screen);
        let tell = |what: &str| waits.add(what);
        let look = observe_and_tell(&self.target.sessions, &self.organization, &self.desired, not_ready, &tell);
        // A look holds what it reads of every account: on the heap, so that no caller's future carries it.
        self.looking(&waits, Box::pin(look)).await
    }

    /// Observes everything that the manifest is about, to show it.
    async fn observation(&self, way_in: WayIn) -> Result<Observation, Failure> {
        match way_in {
            WayIn::Operator => self.survey(NotReady::Report).await.map(|survey| survey.observation),
            WayIn::Auditor => {
                let look = observe_as_auditor(&self.target.sessions, &self.organization, &self.desired);
                self.looking(&Waits::new(self.settings.screen), Box::pin(look)).await
            }
        }
    }

    /// Says how far a look is while it goes on.
    async fn looking<T>(&self, waits: &Waits, look: impl Future<Output = Result<T, ObserveError>>) -> Result<T, Failure> {
        let calls = || self.target.sessions.calls().count().total();
        looking::while_looking(waits, self.organization.accounts.len(), self.target.sandbox().is_none(), calls, look)
            .await
            .map_err(|error| Failure::observing(&error, self.settings.is_verbose()))
    }

    /// Plans what was observed.
    fn plan(&self, observation: &Observation, scope: &Scope) -> Result<Plan, Failure> {
        let mut options = scope.options();
        options.only = self.only(scope)?;
        Ok(landfall::plan::plan(&self.organization, &self.desired, observation, &options)?)
    }

    /// Returns what is to be planned, by accounts and addresses: an environment of workloads stands for its accounts.
    ///
    /// What can match nothing is refused: a misspelt one would look like a settled plan.
    fn only(&self, scope: &Scope) -> Result<Vec<String>, Failure> {
        let mut all = Vec::new();
        for only in &scope.only {
            let is_wanted = self.desired.wanted.iter().any(|wanted| {
                let address = wanted.address.to_string();
                address == *only
                    || address.strip_prefix(only.as_str()).is_some_and(|rest| rest.starts_with('/'))
                    || address == format!("account/{only}")
            });
            // A thing that is no longer wanted has an address, too.
            if is_wanted || only.parse::<landfall::address::Address>().is_ok() {
                all.push(only.clone());
            } else if let Some(environment) = self.organization.environments.iter().find(|environment| environment.name.as_str() == only) {
                all.extend(environment.accounts.iter().map(ToString::to_string));
            } else {
                return Err(self.unknown_only(only));
            }
        }
        Ok(all)
    }

    fn unknown_only(&self, only: &str) -> Failure {
        let environments = self.organization.environments.iter().map(|environment| environment.name.as_str());
        let keys: Vec<&str> = self.organization.accounts.keys().map(landfall::name::AccountKey::as_str).collect();
        let names: Vec<&str> = environments.filter(|name| !keys.contains(name)).chain(keys.iter().copied()).collect();
        Failure::usage(format!("`--only {only}` names nothing of this manifest")).hinted(format!(
            "name an environment or account ({}), or an address as `{}` shows it",
            names.join(", "),
            self.settings.rerun.on_everything().line("plan", "")
        ))
    }

    fn is_json(&self) -> bool {
        self.settings.format == Format::Json
    }
}
