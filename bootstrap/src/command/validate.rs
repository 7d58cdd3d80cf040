//! `landfall validate`: everything that is wrong with the manifest, at once, without AWS.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::format::{count, good};
use crate::manifest::{self, Read};
use crate::render::diagnostic::Finding;
use crate::settings::Settings;

/// Checks the manifest.
pub(crate) fn run(settings: &Settings) -> Result<Exit, Failure> {
    let read = manifest::read(settings)?;
    if settings.is_json() { json(settings, &read) } else { human(settings, &read) }
}

fn json(settings: &Settings, read: &Read) -> Result<Exit, Failure> {
    let findings: Vec<Finding<'_>> = read.diagnostics.iter().map(|found| Finding::of(&read.source, found)).collect();
    settings.screen.json(&findings)?;
    Ok(if read.organization.is_some() { Exit::Done } else { Exit::Usage })
}

fn human(settings: &Settings, read: &Read) -> Result<Exit, Failure> {
    let drawn = manifest::draw(read);
    let Some(organization) = &read.organization else {
        return Err(manifest::refused(&read.diagnostics, &read.source.name, drawn));
    };
    settings.screen.status(&drawn);
    settings.screen.data(&format!(
        "{} {}: {}, {}, {}\n",
        read.source.name,
        good("is valid"),
        count(organization.environments.len(), "environment"),
        count(organization.accounts.len(), "account"),
        count(organization.units.len(), "unit"),
    ))?;
    Ok(Exit::Done)
}
