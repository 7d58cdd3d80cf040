//! `landfall status`: the organization as a tree, with the health of each account. Reads only.

use landfall::observed::Observation;
use landfall::plan::Plan;

use super::Ground;
use super::plan::{self, reading};
use super::turn;
use crate::failure::Failure;
use crate::health::{self, Tree};
use crate::render;
use crate::settings::{IfTaken, Scope, Settings, WayIn};

/// Observes and prints the tree; the exit code is that of `plan`.
pub(super) async fn run(settings: &Settings, way_in: WayIn) -> Result<u8, Failure> {
    super::on_ground(settings, IfTaken::Wait, async |ground| {
        let (tree, plan, seen) = tree(ground, way_in).await?;
        if ground.is_json() {
            settings.screen.json(&tree)?;
        } else {
            settings.screen.data(&draw(ground, &tree, &seen))?;
        }
        Ok(plan::code(&plan, false))
    })
    .await
}

/// Observes the organization as it is now, and returns what was seen beside the tree.
pub(super) async fn tree(ground: &Ground<'_>, way_in: WayIn) -> Result<(Tree, Plan, Observation), Failure> {
    let applying = match way_in {
        WayIn::Operator => turn::holder(ground).await,
        // The lock is the operators': whoever reads as auditor needs no rights to it, and is not told of it.
        WayIn::Auditor => None,
    };
    let observation = ground.observation(way_in).await?;
    let plan = ground.plan(&observation, &Scope::default())?;
    let now = ground.world.sessions.clock().now();
    Ok((health::tree(&ground.organization, &observation, &plan.view(), now, applying), plan, observation))
}

/// Returns the tree as people see it.
pub(super) fn draw(ground: &Ground<'_>, tree: &Tree, seen: &Observation) -> String {
    render::tree::draw(&reading(ground, &Scope::default(), seen), tree)
}
