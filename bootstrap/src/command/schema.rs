//! `landfall schema`: the manifest's JSON Schema, so that editors complete and check it.

use crate::failure::{Failure, exit};
use crate::settings::Settings;

/// Prints the schema.
pub(super) fn run(settings: &Settings) -> Result<u8, Failure> {
    settings.screen.json(&landfall::manifest::schema())?;
    Ok(exit::DONE)
}
