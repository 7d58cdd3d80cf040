//! `landfall outputs`: the index of environments for programs, as JSON, AWS profiles or variables. Reads only.

use std::path::Path;

use landfall::environments::Index;
use landfall::observe::{NotReady, observe_accounts};

use super::Ground;
use crate::failure::{Failure, exit};
use crate::render::index::{profiles, variables};
use crate::settings::{OutputsFormat, Place, SandboxPreset, Settings, quoted};

/// Observes and prints the index.
pub(super) async fn run(settings: &Settings, format: OutputsFormat) -> Result<u8, Failure> {
    super::on_ground(settings, async |ground| {
        match format {
            OutputsFormat::Json => {
                let survey = ground.survey(NotReady::Report).await?;
                settings.screen.json(&Index::of(&ground.organization, &ground.desired, &survey.observation))?;
            }
            OutputsFormat::AwsConfig => settings.screen.data(&profiles(&accounts(ground).await?, &again(settings)?))?,
            OutputsFormat::Env => settings.screen.data(&variables(&accounts(ground).await?))?,
        }
        Ok(exit::DONE)
    })
    .await
}

/// Returns the index without networks, which asks AWS for its list of accounts only.
async fn accounts(ground: &Ground<'_>) -> Result<Index, Failure> {
    let observation = observe_accounts(&ground.world.sessions, &ground.organization, &ground.desired)
        .await
        .map_err(|error| Failure::observing(&error, ground.settings.is_verbose()))?;
    Ok(Index::of(&ground.organization, &ground.desired, &observation))
}

/// Returns the flags with which landfall, called from anywhere, finds the same manifest, AWS and caller.
///
/// The profile is always named: a program that was told AWS_PROFILE hands it on to the process that it calls for credentials,
/// which would ask itself for ever.
fn again(settings: &Settings) -> Result<String, Failure> {
    let absolute = |path: &Path| {
        std::path::absolute(path)
            .map(|path| quoted(&path.to_string_lossy()))
            .map_err(|error| Failure::failed(format!("could not tell where `{}` is", path.display())).because(error.to_string()))
    };
    let place = match &settings.place {
        Place::Aws { profile } => {
            let profile = profile.as_deref().or(settings.variables.profile.as_deref()).unwrap_or("default");
            format!("--profile {}", quoted(profile))
        }
        Place::Sandbox { file, preset } => {
            let preset = match preset {
                SandboxPreset::Instant => "",
                SandboxPreset::Realistic => " --sandbox-preset realistic",
            };
            format!("--sandbox={}{preset}", absolute(file)?)
        }
    };
    Ok(format!("--manifest {} {place}", absolute(&settings.manifest)?))
}
