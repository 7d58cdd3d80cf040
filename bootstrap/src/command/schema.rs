//! `landfall schema`: the manifest's JSON Schema, so that editors complete and check it.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::Settings;

/// Prints the schema.
pub(crate) fn run(settings: &Settings) -> Result<Exit, Failure> {
    settings.screen.json(&landfall::manifest::schema())?;
    Ok(Exit::Done)
}
