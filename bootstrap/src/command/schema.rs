//! `landfall schema`: JSON Schemas of the manifest and of an app's files, so that editors complete and check them.

use std::path::PathBuf;

use landfall::app::{self, Sources};

use crate::app as files;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::Settings;

/// What `schema` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The schema of app.toml
    #[arg(long)]
    app: bool,
    /// The schema of an app's files of values, made from this app.toml
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "app.toml", conflicts_with = "app")]
    config: Option<PathBuf>,
}

/// Prints the schema.
pub(crate) fn run(settings: &Settings, args: &Args) -> Result<Exit, Failure> {
    let schema = match &args.config {
        Some(file) => {
            let Sources { app, .. } = files::read(file)?;
            app::config_schema(&files::check(settings, &Sources { app, config: Vec::new() }, &[])?)
        }
        None if args.app => app::app_schema(),
        None => landfall::manifest::schema(),
    };
    settings.screen.json(&schema)?;
    Ok(Exit::Done)
}
