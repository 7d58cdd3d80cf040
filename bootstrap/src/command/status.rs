//! `landfall status`: the organization as a tree, with the health of each account. Reads only.

use landfall::observed::Observation;
use landfall::plan::Plan;

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
}

/// Observes and prints the tree; the exit code is that of `plan`.
pub(crate) async fn run(settings: &Settings, args: Args) -> Result<Exit, Failure> {
    super::in_context(settings, IfTaken::Wait, async |context| {
        let (tree, plan, seen) = tree(context, args.way_in).await?;
        if context.is_json() {
            settings.screen.json(&tree)?;
        } else {
            settings.screen.data(&draw(context, &tree, &seen))?;
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

/// Returns the tree as people see it.
pub(super) fn draw(context: &CommandContext<'_>, tree: &Tree, seen: &Observation) -> String {
    render::tree::draw(&reading(context, &Scope::default(), seen), tree)
}
