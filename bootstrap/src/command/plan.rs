//! `landfall plan`: what would have to be done. Reads only.

use std::path::{Path, PathBuf};

use landfall::observed::Observation;
use landfall::plan::Plan;
use landfall::plan::view::PlanView;
use landfall::session::CallCount;
use serde::Serialize;

use super::{CommandContext, way};
use crate::document::{self, Document::SavedPlan};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::format::{count, hint};
use crate::render;
use crate::render::layout::Layout;
use crate::sandbox;
use crate::settings::{IfTaken, Scope, Settings, WayIn, quoted};

/// What `plan` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) scope: Scope,
    #[command(flatten)]
    pub(crate) way_in: WayIn,
    /// Save the plan, for `landfall apply FILE`
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Exit with 2 when changes are pending
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
}

/// What help says below the options.
const AFTER_HELP: &str = "\
Signs:
  + make   ~ change   - remove   ! blocked: the plan says by what
  ? left over: made by landfall, no longer in the manifest

Examples:
  landfall plan --sandbox                   without an AWS account
  landfall plan --only prod                 one environment or account
  landfall plan --prune --out changes.json  removals too; saved, for `apply`
  landfall plan --deep                      default VPCs in every Region, too
  landfall plan --as auditor                with rights to read only: for CI";

/// The document of `--format json`: the plan, and what looking cost.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    plan: &'a PlanView,
    calls: CallCount,
    mutating: u64,
}

/// Observes, plans, prints.
pub(crate) async fn run(settings: &Settings, args: Args) -> Result<Exit, Failure> {
    let (scope, out) = (&args.scope, args.out.as_deref());
    if let Some(file) = out {
        sandbox::refuse_taken(settings, file, SavedPlan)?;
    }
    if scope.deep && args.way_in.reader.is_some() {
        let why = "guardrail limit-regions denies its reads in Regions that are not in use";
        return Err(Failure::usage("`--deep` is not for role auditor").because(why).hinted("leave `--as auditor` out"));
    }
    super::in_context(settings, IfTaken::Wait, scope.deep, async |context| {
        let observation = context.observation(args.way_in).await?;
        let plan = context.plan(&observation, scope)?;
        if let Some(file) = out {
            document::write(file, SavedPlan, &plan.saved(&context.digest, &scope.options()))?;
        }
        show(context, scope, out, &plan, &observation)?;
        Ok(exit(plan.is_clear(), plan.is_pending(), args.detailed_exitcode))
    })
    .await
}

/// Returns the exit code: what is blocked wins over what is pending.
pub(super) fn exit(is_clear: bool, is_pending: bool, is_detailed: bool) -> Exit {
    match (is_clear, is_pending) {
        (false, _) => Exit::Partial,
        (true, true) if is_detailed => Exit::Pending,
        (true, _) => Exit::Done,
    }
}

fn show(context: &CommandContext<'_>, scope: &Scope, out: Option<&Path>, plan: &Plan, seen: &Observation) -> Result<(), Failure> {
    let settings = context.settings;
    let calls = context.target.sessions.calls().count();
    if context.is_json() {
        return settings.screen.json(&Document { plan: &plan.view(), mutating: calls.mutating(), calls });
    }
    let mut layout = reading(context, scope, seen);
    layout.saved = out.map(name).unwrap_or_default();
    settings.screen.data(&render::plan::draw(&layout, &plan.view()))?;
    if plan.is_pending() {
        let apply = match out {
            // It holds what was planned.
            Some(_) => layout.rerun.on_everything().ticked("apply", &layout.saved),
            None => layout.rerun.ticked("apply", ""),
        };
        let asked = if plan.hazards(&[]).next().is_some() { ", once its hazards are allowed" } else { "" };
        settings.screen.status(&format!("\n{} {apply} carries it out{asked}\n", hint("hint:")));
    }
    if settings.is_verbose() {
        let number = usize::try_from(calls.total()).unwrap_or(usize::MAX);
        settings.screen.status(&format!("looked with {} to {}, {} of them writes\n", count(number, "call"), layout.aws, calls.mutating()));
    }
    Ok(())
}

/// Returns the layout in which a plan of this scope is drawn.
pub(super) fn layout(context: &CommandContext<'_>, scope: &Scope) -> Layout {
    let mut layout = Layout::of(context.settings, &context.organization);
    layout.unfolded |= !scope.only.is_empty();
    layout.rerun = layout.rerun.planning(scope);
    layout.reached(&context.target);
    layout
}

/// Returns the layout for a reader: commands that are not theirs to run name who may run them.
pub(super) fn reading(context: &CommandContext<'_>, scope: &Scope, seen: &Observation) -> Layout {
    let mut layout = layout(context, scope);
    layout.rerun = layout.rerun.read_by(way::applier(context, seen));
    layout
}

/// Returns a saved plan's file as a command line takes it.
fn name(file: &Path) -> String {
    quoted(&file.to_string_lossy())
}
