//! `landfall status`: the organization as a tree, with the health of each account. Reads only.

use landfall::observe::NotReady;

use super::Ground;
use super::plan::page;
use crate::failure::{Failure, exit};
use crate::health::{self, Tree};
use crate::render;
use crate::settings::{IfTaken, Scope, Settings};

/// Observes and prints the tree.
pub(super) async fn run(settings: &Settings) -> Result<u8, Failure> {
    super::on_ground(settings, IfTaken::Wait, async |ground| {
        let tree = tree(ground).await?;
        if ground.is_json() {
            settings.screen.json(&tree)?;
        } else {
            settings.screen.data(&draw(ground, &tree))?;
        }
        Ok(if tree.is_clouded() { exit::PARTIAL } else { exit::DONE })
    })
    .await
}

/// Observes the organization as it is now.
pub(super) async fn tree(ground: &Ground<'_>) -> Result<Tree, Failure> {
    let survey = ground.survey(NotReady::Report).await?;
    let plan = ground.plan(&survey, &Scope::default())?;
    Ok(health::tree(&ground.organization, &survey.observation, &plan.view(), ground.world.sessions.clock().now()))
}

/// Returns the tree as people see it.
pub(super) fn draw(ground: &Ground<'_>, tree: &Tree) -> String {
    render::tree::draw(&page(ground, &Scope::default()), tree)
}
