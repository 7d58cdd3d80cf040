//! `landfall outputs`: the index of environments that programs read. Reads only, unless it is to be published.

use landfall::environments::{Index, SourceError, ssm};
use landfall::observe::NotReady;

use super::Ground;
use crate::failure::{Failure, exit};
use crate::render::words::count;
use crate::settings::Settings;

/// Observes and prints the index; publishes it where that is asked for.
pub(super) async fn run(settings: &Settings, publish: bool) -> Result<u8, Failure> {
    super::on_ground(settings, async |ground| {
        let survey = ground.survey(NotReady::Report).await?;
        let index = Index::of(&ground.organization, &ground.desired, &survey.observation);
        settings.screen.json(&index)?;
        if publish {
            write(ground, &index).await?;
        }
        Ok(exit::DONE)
    })
    .await
}

/// Writes the index into SSM parameters, and says what that changed.
async fn write(ground: &Ground<'_>, index: &Index) -> Result<(), Failure> {
    const DOING: &str = "could not publish the environments";
    let settings = ground.settings;
    let published = ssm::publish(&ground.world.sessions, index).await.map_err(|error| match &error {
        SourceError::Aws(error) => Failure::aws(DOING, error, settings.is_verbose()),
        other => Failure::failed(DOING).because(other.to_string()),
    })?;
    settings.screen.say(&format!(
        "{} below {}: {} written, {} removed, {} as before\n",
        count(published.written.len() + published.unchanged, "parameter"),
        ssm::PATH,
        published.written.len(),
        published.removed.len(),
        published.unchanged
    ));
    Ok(())
}
