//! `landfall apply`: plans, shows, asks, carries out, and shows what came of it.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use landfall::apply::{Stop, apply};
use landfall::event::{Event, Outcome, What};
use landfall::kind::HazardName;
use landfall::lock::{Force, Held, LockError};
use landfall::observe::{NotReady, Survey};
use landfall::plan::Plan;

use super::operator_lock::{self, OperatorLock, Waited};
use super::plan::layout;
use super::{CommandContext, status, way};
use crate::ask;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::format::{count, hint};
use crate::interrupt::{self, Asked};
use crate::render;
use crate::render::display::{Display, Pace, TICK};
use crate::render::layout::Layout;
use crate::render::run;
use crate::saved;
use crate::screen::note;
use crate::settings::{IfTaken, Rerun, Scope, Settings, WayIn, quoted};

/// What `apply` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// A plan saved by `landfall plan --out`; refused where it is no longer what would be done
    #[arg(value_name = "FILE", conflicts_with_all = ["prune", "only", "deep"])]
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) scope: Scope,
    /// Do not ask; hazards still have to be named
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Allow the hazard with this name
    #[arg(long, value_name = "HAZARD", num_args = 1.., value_parser = hazard_names())]
    pub(crate) allow: Vec<HazardName>,
    /// Exit with 75 when another run is applying, instead of waiting
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Break the lock of a run that is applying; only if you are sure that it has stopped
    #[arg(long, conflicts_with = "no_wait")]
    pub(crate) force_unlock: bool,
}

impl Args {
    /// Returns the saved plan, if one was given, as a command line takes it.
    pub(super) fn file_argument(&self) -> String {
        self.file.as_deref().map(|file| quoted(&file.to_string_lossy())).unwrap_or_default()
    }

    /// Returns what to do while another run is applying.
    pub(super) fn if_taken(&self) -> IfTaken {
        if self.no_wait { IfTaken::Fail } else { IfTaken::Wait }
    }

    /// Returns whose lock may be taken.
    pub(super) fn force(&self) -> Force {
        if self.force_unlock { Force::Break } else { Force::None }
    }

    /// Returns how to make this call again.
    pub(crate) fn again(&self, rerun: &Rerun) -> Rerun {
        rerun.planning(&self.scope).allowing(&self.allow)
    }
}

/// What help says below the options.
const AFTER_HELP: &str = "\
A hazard is what destroys, exposes or gives up something. Each one is allowed by its name, at the prompt or with `--allow`; `--yes` \
allows none.

Examples:
  landfall apply --sandbox                  on the simulated AWS
  landfall apply changes.json               exactly what was saved, or nothing
  landfall apply --yes --no-wait --format json > run.ndjson
  landfall replay run.ndjson                shows that run again";

/// Most hazards that a refusal names one by one.
const NAMED: usize = 20;

/// Reads the name of a hazard; help and completions list them all.
fn hazard_names() -> impl TypedValueParser<Value = HazardName> {
    let names = HazardName::ALL.map(|name| PossibleValue::new(name.as_str()).help(name.description()));
    PossibleValuesParser::new(names).try_map(|text| text.parse::<HazardName>())
}

/// Plans, asks, and carries out; again from the beginning if another run has applied in the meantime.
pub(crate) async fn run(settings: &Settings, given: &Args) -> Result<Exit, Failure> {
    let saved = given.file.as_deref().map(|file| saved::read(settings, file).map(|saved| (file, saved))).transpose()?;
    let scope = saved.as_ref().map_or_else(|| given.scope.clone(), |(_, saved)| Scope::from(&saved.options));
    // What was not ready when a plan was saved is not in it.
    let not_ready = if saved.is_some() { NotReady::Report } else { NotReady::Wait };
    // The plan, the survey and the lock live in it: too much for the stack of who calls.
    Box::pin(super::in_context(settings, given.if_taken(), scope.deep, async |context| {
        let mut layout = layout(context, &scope);
        layout.saved = given.file_argument();
        let rerun = settings.rerun.line("apply", &given.file_argument());
        let mut turn = OperatorLock::look(context, given.force(), given.if_taken(), rerun).await;
        let (plan, survey, held) = loop {
            let survey = context.survey(not_ready).await?;
            let plan = context.plan(&survey.observation, &scope)?;
            if !plan.steps.is_empty() {
                match turn.wait().await? {
                    Waited::NotAtAll => {}
                    Waited::Over => continue,
                    Waited::Stopped(asked) => return Ok(asked.exit()),
                }
            }
            if let Some((file, saved)) = &saved {
                saved::check(settings, file, saved, &context.digest, &plan)?;
            }
            if !context.is_json() {
                settings.screen.data(&render::plan::draw(&layout, &plan.view()))?;
            }
            if plan.steps.is_empty() {
                if !context.is_json() {
                    return Ok(with_blocked(&plan, Exit::Done));
                }
                break (plan, survey, None);
            }
            confirm(settings, given, &plan)?;
            if let Some(held) = turn.take().await? {
                break (plan, survey, Some(held));
            }
        };
        let end = Box::pin(carry_out(context, &layout, &plan, survey, held)).await;
        let exit = with_blocked(&plan, end.exit());
        if exit == Exit::Done && !context.is_json() {
            let (tree, _, seen) = status::tree(context, WayIn::default()).await?;
            settings.screen.data(&format!("\n{}", status::draw(context, &tree, &seen)))?;
            if let Some(next) = way::next(context, &tree, &seen) {
                settings.screen.status(&format!("\n{} {next}\n", hint("next:")));
            }
        }
        Ok(exit)
    }))
    .await
}

/// Returns an exit code that also says whether something is blocked.
fn with_blocked(plan: &Plan, exit: Exit) -> Exit {
    if exit == Exit::Done && !plan.is_clear() { Exit::Partial } else { exit }
}

/// Makes sure that what the plan does is wanted: each hazard by its name, then all of it.
fn confirm(settings: &Settings, given: &Args, plan: &Plan) -> Result<(), Failure> {
    let all: Vec<(&str, String)> =
        plan.hazards(&given.allow).map(|(address, hazard)| (hazard.name.as_str(), format!("{address}: {}", hazard.text))).collect();
    // Allowing a name allows all that has it.
    let mut hazards = all.clone();
    hazards.sort_by_key(|(name, _)| *name);
    hazards.dedup_by_key(|(name, _)| *name);
    let nobody = !ask::is_possible() || settings.is_json();
    if !hazards.is_empty() && (nobody || given.yes) {
        let names: Vec<&str> = hazards.iter().map(|(name, _)| *name).collect();
        let hazard = if names.len() == 1 { "the hazard" } else { "the hazards" };
        let mut failure = Failure::failed(format!("this plan needs {hazard} {} allowed by name; nothing was changed", names.join(", ")));
        for (name, text) in all.iter().take(NAMED) {
            failure = failure.because(format!("{name}: {text}"));
        }
        if let Some(more) = all.len().checked_sub(NAMED).filter(|more| *more > 0) {
            failure = failure.because(format!("and {more} more"));
        }
        let yes = if given.yes { " --yes" } else { "" };
        let more = format!("{} --allow {}{yes}", given.file_argument(), names.join(" "));
        return Err(failure.hinted(format!(
            "allow {}: {}",
            if names.len() == 1 { "it" } else { "them" },
            settings.rerun.line("apply", more.trim())
        )));
    }
    for (name, text) in &hazards {
        if ask::ask(&format!("\n{}Type `{name}` to allow it:", note("hazard", text)))? != *name {
            return Err(declined());
        }
    }
    if given.yes {
        return Ok(());
    }
    if nobody {
        let more = format!("{} --yes", given.file_argument());
        return Err(Failure::failed("this plan needs a confirmation, and there is no terminal to ask on; nothing was changed")
            .hinted(format!("accept it beforehand: {}", settings.rerun.line("apply", more.trim()))));
    }
    let place = if settings.is_sandbox() { "the sandbox".to_owned() } else { format!("account {}", plan.management) };
    let question = format!("\nCarry out {} in {place}? Only `yes` is accepted:", count(plan.steps.len(), "step"));
    if ask::ask(&question)? == "yes" { Ok(()) } else { Err(declined()) }
}

fn declined() -> Failure {
    Failure::failed("not confirmed; nothing was changed")
}

/// Carries the plan out, shows it, gives the lock back, and returns how it ended.
async fn carry_out(context: &CommandContext<'_>, layout: &Layout, plan: &Plan, survey: Survey, held: Option<Held>) -> End {
    let settings = context.settings;
    let pace = if settings.is_sandbox() { Pace::Still } else { Pace::Times(1) };
    let display = Display::of(settings, pace);
    let mut suspension = display.suspension();
    let display = Mutex::new(display);
    let stop = Stop::default();
    let mut emit = |mut event: Event| {
        if let What::RunStarted { command, .. } = &mut event.what {
            *command = Some(layout.command());
        }
        lock(&display).event(&event);
    };
    let (mut asked, mut lost) = (None, None);
    let report = {
        let mut work = std::pin::pin!(apply(plan, &context.target.sessions, survey.account_sessions, &stop, &mut emit));
        let mut keep = std::pin::pin!(keep(settings, held.as_ref()));
        let mut signal = std::pin::pin!(interrupt::asked());
        let mut ticks = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                report = &mut work => break Some(report),
                error = &mut keep, if lost.is_none() => {
                    stop.ask();
                    lock(&display).warn(&operator_lock::lost(&error));
                    lost = Some(error);
                }
                who = &mut signal => {
                    if asked.is_some() {
                        break None;
                    }
                    asked = Some(who);
                    signal.set(interrupt::asked());
                    stop.ask();
                    lock(&display).stopping();
                }
                () = Display::suspended(&mut suspension) => lock(&display).sleep(),
                _ = ticks.tick() => lock(&display).tick(),
            }
        }
    };
    let ran = report.as_ref().map(|report| Ran { outcome: report.outcome, failed: report.failed, skipped: report.skipped });
    let end = End::of(ran, asked, lost.is_some());
    lock(&display).end(layout, end.shown());
    // Pending calls that were abandoned may still take effect: the lock stays until another run sees that this process is gone.
    if let Some(held) = held.filter(|_| report.is_some()) {
        operator_lock::release(settings, held).await;
    }
    end
}

/// Renews the lock; returns only when it is lost.
async fn keep(settings: &Settings, held: Option<&Held>) -> LockError {
    match held {
        // No other run can be in a sandbox, since its file is locked; and renewing would move its time.
        Some(held) if !settings.is_sandbox() => held.keep().await,
        Some(_) | None => std::future::pending().await,
    }
}

fn lock(display: &Mutex<Display>) -> MutexGuard<'_, Display> {
    // A display that panicked once may draw nonsense; the run goes on.
    display.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What came of the steps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ran {
    pub(super) outcome: Outcome,
    pub(super) failed: usize,
    pub(super) skipped: usize,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Every step is done.
    Finished,
    /// Something failed, and what does not need it is done.
    Failed,
    /// It stopped at a signal, after the calls in flight.
    Interrupted(Asked),
    /// It stopped because another operator took the lock over.
    LockLost,
    /// At a second signal: calls in flight were not waited for.
    Abandoned(Asked),
}

impl End {
    /// Returns how a run ended. `ran` is `None` if its end was not waited for; `asked` is who asked to stop, `is_lost` whether the lock
    /// was taken over.
    pub(super) fn of(ran: Option<Ran>, asked: Option<Asked>, is_lost: bool) -> Self {
        let asked = asked.unwrap_or(Asked::Interrupt);
        let Some(Ran { outcome, failed, skipped }) = ran else { return Self::Abandoned(asked) };
        match outcome {
            Outcome::Interrupted if skipped > 0 && is_lost => Self::LockLost,
            Outcome::Interrupted if skipped > 0 => Self::Interrupted(asked),
            // What came when all was done has stopped nothing.
            Outcome::Interrupted if failed == 0 => Self::Finished,
            Outcome::Done => Self::Finished,
            _ => Self::Failed,
        }
    }

    /// Returns its exit code.
    pub(super) fn exit(self) -> Exit {
        match self {
            Self::Finished => Exit::Done,
            Self::Failed => Exit::Partial,
            Self::Interrupted(asked) | Self::Abandoned(asked) => asked.exit(),
            Self::LockLost => Exit::LockHeld,
        }
    }

    /// Returns what the sum of the run says of it.
    fn shown(self) -> run::End {
        match self {
            Self::Finished | Self::Failed => run::End::Ran,
            Self::Interrupted(_) | Self::LockLost => run::End::Stopped,
            Self::Abandoned(_) => run::End::Abandoned,
        }
    }
}
