//! The files of an app: read from their folder, and all that is wrong with them said at once.

use std::io;
use std::path::Path;

use landfall::app::{self, APP_BYTES_MAX, App, Environment, Parsed, Sources};
use landfall::manifest::{Severity, Source};

use crate::failure::Failure;
use crate::format::count;
use crate::input;
use crate::render::diagnostic;
use crate::settings::Settings;

/// Reads `app.toml` and every file of values beside it, in `config/`.
///
/// # Errors
///
/// When there is no such file, or one cannot be read.
pub(crate) fn read(file: &Path) -> Result<Sources, Failure> {
    let app = source(file)?;
    let folder = file.parent().unwrap_or(Path::new("")).join("config");
    let mut config = Vec::new();
    let entries = match folder.read_dir() {
        Ok(entries) => Some(entries),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(unread(&folder, &error)),
    };
    for entry in entries.into_iter().flatten() {
        let path = entry.map_err(|error| unread(&folder, &error))?.path();
        // A pipe would be waited for.
        let is_file = path.metadata().is_ok_and(|about| about.is_file());
        let is_toml = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
        if !is_toml {
            continue;
        }
        if !is_file {
            return Err(Failure::usage(format!("`{}` is not a file", path.display()))
                .hinted("a link of this name leads nowhere, or it is a folder"));
        }
        // A name that no environment can have is reported with the others.
        let stem = if path.extension().is_some_and(|extension| extension == "toml") { path.file_stem() } else { path.file_name() };
        config.push((stem.unwrap_or_default().to_string_lossy().into_owned(), source(&path)?));
    }
    config.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(Sources { app, config })
}

/// Checks the files, draws what is wrong, and returns the app.
///
/// # Errors
///
/// When anything in them is wrong.
pub(crate) fn check(settings: &Settings, sources: &Sources, environments: &[Environment]) -> Result<App, Failure> {
    let Parsed { app, diagnostics, .. } = app::parse(sources, environments);
    let width = crate::width::width();
    let drawn: String =
        diagnostics.iter().flat_map(|(source, found)| found.iter().map(move |found| diagnostic::draw(source, found, width))).collect();
    if let Some(app) = app {
        settings.screen.status(&drawn);
        return Ok(app);
    }
    let errors: Vec<(&str, usize)> = diagnostics
        .iter()
        .map(|(source, found)| (source.name.as_str(), found.iter().filter(|found| found.severity == Severity::Error).count()))
        .filter(|(_, errors)| *errors > 0)
        .collect();
    let all = errors.iter().map(|(_, errors)| errors).sum();
    let names: Vec<&str> = errors.iter().map(|(name, _)| *name).collect();
    Err(Failure::manifest(drawn, format!("{} in {}; nothing was sent to AWS", count(all, "error"), names.join(", "))))
}

fn source(path: &Path) -> Result<Source, Failure> {
    let text = input::read_text(path, APP_BYTES_MAX).map_err(|error| unread(path, &error))?;
    Ok(Source { name: path.display().to_string(), text })
}

fn unread(path: &Path, error: &io::Error) -> Failure {
    let name = path.display();
    match error.kind() {
        io::ErrorKind::NotFound => Failure::usage(format!("there is no `{name}`"))
            .hinted("name the file that declares the app's settings with `--app FILE`; docs/CONFIG.md has an example"),
        _ => Failure::usage(format!("could not read `{name}`")).because(error.to_string()),
    }
}
