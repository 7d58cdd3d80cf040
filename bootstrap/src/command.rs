//! Commands: one file each, and what several of them share: opening, observing, planning.

pub(crate) mod apply;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod credentials;
pub(crate) mod environments;
pub(crate) mod exec;
pub(crate) mod export;
pub(crate) mod init;
pub(crate) mod man;
mod operator_lock;
pub(crate) mod outputs;
pub(crate) mod plan;
pub(crate) mod replay;
pub(crate) mod sandbox;
pub(crate) mod schema;
mod session;
pub(crate) mod status;
pub(crate) mod validate;
mod way;

use landfall::desired::{self, DesiredState};
use landfall::model::Organization;
use landfall::observe::{NotReady, ObserveError, Survey, observe_and_tell, observe_as_auditor};
use landfall::observed::Observation;
use landfall::plan::Plan;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::manifest;
use crate::render::looking::{self, Waits};
use crate::settings::{IfTaken, Reader, Scope, Settings, WayIn};
use crate::target::AwsTarget;

/// The manifest, what it asks for, and the AWS it is about.
struct CommandContext<'a> {
    settings: &'a Settings,
    organization: Organization,
    /// The manifest's digest.
    digest: String,
    desired: DesiredState,
    target: AwsTarget,
}

/// Runs what a command does on the manifest and the AWS that it is about.
///
/// The AWS is closed however it ends, because a sandbox also keeps what a failed run has done.
async fn in_context(
    settings: &Settings,
    if_taken: IfTaken,
    deep: bool,
    work: impl AsyncFnOnce(&CommandContext<'_>) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    let (organization, digest) = manifest::load(settings)?;
    let target = AwsTarget::open(settings, &organization.region, if_taken).await?;
    let desired = if deep { desired::deep(&organization) } else { desired::desired(&organization) };
    let context = CommandContext { settings, organization, digest, desired, target };
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
        match way_in.reader {
            None => self.survey(NotReady::Report).await.map(|survey| survey.observation),
            Some(Reader::Auditor) => {
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
        landfall::plan::plan(&self.organization, &self.desired, observation, &options)
            .map_err(|refused| crate::manifest::refused_at(self.settings, &refused).unwrap_or_else(|| refused.into()))
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
        self.settings.is_json()
    }
}

#[cfg(test)]
mod tests {
    use landfall::event::Outcome::{Done, Interrupted, Partial};

    use super::apply::{End, Ran};
    use super::plan;
    use crate::exit::Exit;
    use crate::failure::Failure;
    use crate::interrupt::Asked;

    #[test]
    fn each_end_has_its_exit_code() {
        for (failure, expected) in [
            (Failure::failed("no credentials"), 1),
            (Failure::usage("no such file"), 64),
            (Failure::manifest(String::new(), "1 error"), 64),
            (Failure::held("another operator is applying"), 75),
            (Failure::usage("no such role").with_exit(Exit::ExecFailed), 125),
            (Failure::failed("no such command").with_exit(Exit::ExecNotFound).with_exit(Exit::ExecFailed), 127),
        ] {
            assert_eq!(failure.exit().code(), expected, "{failure:?}");
        }
        for (is_clear, is_pending, is_detailed, expected) in
            [(true, false, true, 0), (true, true, false, 0), (true, true, true, 2), (false, true, true, 4), (false, false, false, 4)]
        {
            assert_eq!(plan::exit(is_clear, is_pending, is_detailed).code(), expected, "{is_clear} {is_pending} {is_detailed}");
        }
        let ran = |outcome, failed, skipped| Some(Ran { outcome, failed, skipped });
        let (interrupt, terminate) = (Some(Asked::Interrupt), Some(Asked::Terminate));
        for (ran, asked, is_lost, end, code) in [
            (ran(Done, 0, 0), None, false, End::Finished, 0),
            (ran(Partial, 1, 2), None, false, End::Failed, 4),
            (ran(Interrupted, 0, 3), interrupt, false, End::Interrupted(Asked::Interrupt), 130),
            (ran(Interrupted, 1, 3), terminate, false, End::Interrupted(Asked::Terminate), 143),
            (ran(Interrupted, 0, 3), None, true, End::LockLost, 75),
            (ran(Interrupted, 1, 3), interrupt, true, End::LockLost, 75),
            // What came when all was done has stopped nothing.
            (ran(Interrupted, 0, 0), interrupt, false, End::Finished, 0),
            (ran(Interrupted, 1, 0), interrupt, false, End::Failed, 4),
            (ran(Interrupted, 0, 0), None, true, End::Finished, 0),
            (ran(Interrupted, 1, 0), None, true, End::Failed, 4),
            (ran(Done, 0, 0), terminate, true, End::Finished, 0),
            (ran(Partial, 1, 1), interrupt, true, End::Failed, 4),
            (None, interrupt, false, End::Abandoned(Asked::Interrupt), 130),
            (None, terminate, true, End::Abandoned(Asked::Terminate), 143),
        ] {
            let found = End::of(ran, asked, is_lost);
            assert_eq!((found, found.exit().code()), (end, code), "{ran:?} {asked:?} {is_lost}");
        }
    }
}
