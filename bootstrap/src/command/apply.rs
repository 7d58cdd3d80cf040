//! `landfall apply`: plans, shows, asks, carries out, and shows what came of it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use landfall::apply::{Report, Stop, apply};
use landfall::event::{Event, Outcome};
use landfall::observe::{NotReady, Survey};
use landfall::plan::Plan;

use super::plan::{flags, page};
use super::{Ground, status};
use crate::ask;
use crate::failure::{Failure, exit};
use crate::interrupt::{self, Asked};
use crate::render;
use crate::render::display::{Display, Pace, TICK};
use crate::render::page::Page;
use crate::render::run::End;
use crate::render::words::{count, warned};
use crate::settings::{Apply, Settings};

/// Plans, asks, and carries out.
pub(super) async fn run(settings: &Settings, given: &Apply) -> Result<u8, Failure> {
    super::on_ground(settings, async |ground| {
        let survey = ground.survey(NotReady::Wait).await?;
        let plan = ground.plan(&survey, &given.scope)?;
        let page = page(ground, &given.scope);
        if !ground.is_json() {
            settings.screen.data(&render::plan::draw(&page, &plan.view()))?;
        }
        if plan.steps.is_empty() && !ground.is_json() {
            return Ok(code_of(&plan, exit::DONE));
        }
        if !plan.steps.is_empty() {
            confirm(settings, given, &plan)?;
        }
        let clear = plan.is_clear();
        let code = carry_out(ground, &page, &plan, survey).await;
        let code = if clear || code != exit::DONE { code } else { exit::PARTIAL };
        if code == exit::DONE && !ground.is_json() {
            let tree = status::tree(ground).await?;
            settings.screen.data(&format!("\n{}", status::draw(ground, &tree)))?;
        }
        Ok(code)
    })
    .await
}

/// Returns an exit code that also says whether something stands in the way.
fn code_of(plan: &Plan, code: u8) -> u8 {
    if code == exit::DONE && !plan.is_clear() { exit::PARTIAL } else { code }
}

/// Makes sure that what the plan does is wanted: each hazard by its name, then all of it.
fn confirm(settings: &Settings, given: &Apply, plan: &Plan) -> Result<(), Failure> {
    let mut hazards: Vec<(String, String)> =
        plan.hazards(&given.allow).map(|(address, hazard)| (hazard.name.to_owned(), format!("{address}: {}", hazard.text))).collect();
    hazards.dedup_by(|one, other| one.0 == other.0);
    let nobody = !ask::is_possible() || settings.format == crate::settings::Format::Json;
    if !hazards.is_empty() && (nobody || given.yes) {
        let names: Vec<&str> = hazards.iter().map(|(name, _)| name.as_str()).collect();
        let mut failure = Failure::failed(format!("this plan has {}, which `--yes` does not accept", count(hazards.len(), "hazard")));
        for (_, text) in &hazards {
            failure = failure.because(text);
        }
        let more = format!("{} --allow {}", flags(&given.scope), names.join(" "));
        return Err(failure.hinted(format!("name it: {}", settings.again.line("apply", more.trim()))));
    }
    for (name, text) in &hazards {
        if ask::ask(&format!("\n{} {text}\nType `{name}` to allow it:", warned("hazard")))? != *name {
            return Err(declined());
        }
    }
    if given.yes {
        return Ok(());
    }
    if nobody {
        let more = format!("{} --yes", flags(&given.scope));
        return Err(Failure::failed("there is nobody to ask whether this plan is wanted")
            .because("standard input is no terminal; nothing was changed")
            .hinted(format!("accept it beforehand: {}", settings.again.line("apply", more.trim()))));
    }
    let place = if settings.is_sandbox() { "the sandbox".to_owned() } else { format!("account {}", plan.management) };
    let question = format!("\nCarry out {} in {place}? Only `yes` is accepted:", count(plan.steps.len(), "step"));
    if ask::ask(&question)? == "yes" { Ok(()) } else { Err(declined()) }
}

fn declined() -> Failure {
    Failure::failed("not confirmed; nothing was changed")
}

/// Carries the plan out, shows it, and returns the exit code.
async fn carry_out(ground: &Ground<'_>, page: &Page, plan: &Plan, survey: Survey) -> u8 {
    let settings = ground.settings;
    let pace = if settings.is_sandbox() { Pace::Still } else { Pace::Times(1) };
    let display = Mutex::new(Display::of(settings, pace));
    let stop = Stop::default();
    let mut emit = |event: Event| lock(&display).event(&event);
    let mut asked = None;
    let report = {
        let mut work = std::pin::pin!(apply(plan, &ground.world.sessions, survey.entrances, &stop, &mut emit));
        let mut signal = std::pin::pin!(interrupt::asked());
        let mut ticks = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                report = &mut work => break Some(report),
                who = &mut signal => {
                    if asked.is_some() {
                        break None;
                    }
                    asked = Some(who);
                    signal.set(interrupt::asked());
                    stop.ask();
                    lock(&display).stopping();
                }
                _ = ticks.tick() => lock(&display).tick(),
            }
        }
    };
    let code = code(report.as_ref(), asked);
    let end = match &report {
        None => End::Abandoned,
        Some(_) if code == exit::INTERRUPTED || code == exit::TERMINATED => End::Stopped,
        Some(_) => End::Ran,
    };
    lock(&display).end(page, end);
    code
}

fn code(report: Option<&Report>, asked: Option<Asked>) -> u8 {
    match (report, asked) {
        // A signal that came when all was done has stopped nothing.
        (Some(report), Some(asked)) if report.outcome == Outcome::Interrupted && report.skipped > 0 => asked.code(),
        (Some(report), Some(_)) if report.failed == 0 => exit::DONE,
        (Some(report), _) => report.exit,
        (None, asked) => asked.map_or(exit::INTERRUPTED, Asked::code),
    }
}

fn lock(display: &Mutex<Display>) -> MutexGuard<'_, Display> {
    // A display that panicked once may draw nonsense; the run goes on.
    display.lock().unwrap_or_else(PoisonError::into_inner)
}
