//! `landfall status`: the organization as a tree, with the health of each account. Reads only.

use landfall::cost::{Estimate, Payers};
use landfall::observed::Observation;
use landfall::plan::Plan;
use serde::Serialize;

use super::CommandContext;
use super::operator_lock;
use super::plan::{self, reading};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::health::{self, Tree};
use crate::render;
use crate::settings::{IfTaken, Reader, Scope, Settings, WayIn};

/// What `status` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) way_in: WayIn,
    /// Show what it costs a month: each environment, what is billed for existing and what by use
    #[arg(long)]
    pub(crate) cost: bool,
}

/// The document of `--format json`: the tree, and what it costs if that was asked for.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    tree: &'a Tree,
    #[serde(skip_serializing_if = "Option::is_none")]
    estimate: Option<Estimate>,
}

/// Observes and prints the tree; the exit code is that of `plan`.
pub(crate) async fn run(settings: &Settings, args: Args) -> Result<Exit, Failure> {
    super::in_context(settings, IfTaken::Wait, false, async |context| {
        let (tree, plan, seen) = tree(context, args.way_in).await?;
        let estimate = args.cost.then(|| estimate(&plan, &seen));
        if context.is_json() {
            settings.screen.json(&Document { tree: &tree, estimate })?;
        } else {
            let mut text = draw(context, &tree, &seen);
            if let Some(estimate) = &estimate {
                let order: Vec<&str> = context.organization.environments.iter().map(|environment| environment.name.as_str()).collect();
                let layout = reading(context, &Scope::default(), &seen);
                text.push_str(&format!("\n{}", render::cost::draw(&layout, &order, estimate)));
            }
            settings.screen.data(&text)?;
        }
        Ok(plan::exit(plan.is_clear(), plan.is_pending(), false))
    })
    .await
}

/// Observes the organization as it is now, and returns what was seen beside the tree.
pub(super) async fn tree(context: &CommandContext<'_>, way_in: WayIn) -> Result<(Tree, Plan, Observation), Failure> {
    let applying = match way_in.reader {
        None => operator_lock::holder(context).await,
        // The lock is the operators': a reader as auditor needs no rights to it, and is not shown it.
        Some(Reader::Auditor) => None,
    };
    let observation = context.observation(way_in).await?;
    let plan = context.plan(&observation, &Scope::default())?;
    let now = context.target.sessions.clock().now();
    Ok((health::tree(&context.organization, &observation, &plan.view(), now, applying), plan, observation))
}

/// Estimates what exists; the plan knows whose bill each account is on.
fn estimate(plan: &Plan, seen: &Observation) -> Estimate {
    let payers = Payers { home: &plan.region, environments: &plan.environments };
    Estimate::of(&payers, &plan.organization, seen)
}

/// Returns the tree as people see it.
pub(super) fn draw(context: &CommandContext<'_>, tree: &Tree, seen: &Observation) -> String {
    render::tree::draw(&reading(context, &Scope::default(), seen), tree)
}
