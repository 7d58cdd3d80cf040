//! `landfall outputs`: the index of environments that programs read. Reads only.

use landfall::environments::Index;
use landfall::observe::NotReady;

use crate::failure::{Failure, exit};
use crate::settings::{IfTaken, Settings};

/// Observes and prints the index.
pub(super) async fn run(settings: &Settings) -> Result<u8, Failure> {
    super::on_ground(settings, IfTaken::Wait, async |ground| {
        let survey = ground.survey(NotReady::Report).await?;
        settings.screen.json(&Index::of(&ground.organization, &ground.desired, &survey.observation))?;
        Ok(exit::DONE)
    })
    .await
}
