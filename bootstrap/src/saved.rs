//! Saved plans as files: written for their owner only, read, and compared with what would be done now.

use std::io::{self, Write};
use std::path::Path;

use landfall::plan::Plan;
use landfall::plan::saved::Saved;

use crate::failure::Failure;
use crate::render::words::count;
use crate::settings::{Settings, quoted};

/// Most differences that are named.
const NAMED: usize = 20;

/// Writes a plan's document beside the file and renames it: whole or not at all, and nobody else's to read, since a plan tells
/// how an organization is guarded.
///
/// # Errors
///
/// When the file cannot be written.
pub(crate) fn write(file: &Path, document: &str) -> Result<(), Failure> {
    let mut unfinished = file.as_os_str().to_owned();
    unfinished.push(format!(".{}", std::process::id()));
    let written = create(Path::new(&unfinished))
        .and_then(|mut open| open.write_all(document.as_bytes()))
        .and_then(|()| std::fs::rename(&unfinished, file));
    written.map_err(|error| {
        // What is left of it is of no use; that it cannot be removed either is the same fault.
        let _ = std::fs::remove_file(&unfinished);
        Failure::failed(format!("could not write the plan to `{}`", file.display())).because(error.to_string())
    })
}

fn create(file: &Path) -> io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}

/// Reads a saved plan.
///
/// # Errors
///
/// When there is none, or the file is something else.
pub(crate) fn read(settings: &Settings, file: &Path) -> Result<Saved, Failure> {
    let name = file.display();
    let anew = format!("`{}` makes one", settings.again.line("plan", &format!("--out {}", quoted(&file.to_string_lossy()))));
    let text = std::fs::read_to_string(file).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::usage(format!("there is no saved plan `{name}`")).hinted(&anew),
        _ => Failure::usage(format!("could not read the saved plan `{name}`")).because(error.to_string()),
    })?;
    Saved::parse(&text).map_err(|error| Failure::usage(format!("could not use `{name}`")).because(error.to_string()).hinted(&anew))
}

/// Makes sure that a plan made now is the saved one.
///
/// # Errors
///
/// Where they differ, with the addresses at which they do.
pub(crate) fn check(settings: &Settings, file: &Path, saved: &Saved, manifest: &str, plan: &Plan) -> Result<(), Failure> {
    let name = file.display();
    let (organization, management) = (plan.organization.as_str(), plan.management.as_str());
    if saved.organization != organization || saved.management != management {
        return Err(Failure::failed(format!("the saved plan `{name}` is for somewhere else; nothing was changed")).because(format!(
            "it is for organization {} in account {}, and this is {organization} in account {management}",
            saved.organization, saved.management
        )));
    }
    let differences = saved.differences(plan);
    if differences.is_empty() {
        return Ok(());
    }
    let moved = if saved.manifest == manifest { "AWS has changed since it was made" } else { "the manifest has changed since it was made" };
    let mut failure =
        Failure::failed(format!("the saved plan `{name}` is no longer what would be done; nothing was changed")).because(moved);
    for difference in differences.iter().take(NAMED) {
        failure = failure.because(format!("{} {}", difference.address, difference.how));
    }
    if let Some(more) = differences.len().checked_sub(NAMED).filter(|more| *more > 0) {
        failure = failure.because(format!("and {} more", count(more, "difference")));
    }
    let mut again = vec![format!("--out {}", quoted(&file.to_string_lossy()))];
    again.extend(saved.options.prune.then(|| "--prune".to_owned()));
    if !saved.options.only.is_empty() {
        again.push(format!("--only {}", saved.options.only.join(" ")));
    }
    Err(failure.hinted(format!("`{}` makes it anew", settings.again.line("plan", &again.join(" ")))))
}
