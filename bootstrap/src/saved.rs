//! Saved plans as files: read, and compared with what would be done now.

use std::io;
use std::path::Path;

use landfall::plan::Plan;
use landfall::plan::saved::{How, Saved};

use crate::document::Document;
use crate::failure::Failure;
use crate::format::count;
use crate::input;
use crate::settings::{Scope, Settings, quoted};

/// The largest file that is read as a saved plan: a thousand accounts make some ten million bytes.
const SAVED_PLAN_BYTES_MAX: usize = 128 << 20;
/// Most differences that are named.
const NAMED: usize = 20;

/// Reads a saved plan.
///
/// # Errors
///
/// When there is none, or the file is something else.
pub(crate) fn read(settings: &Settings, file: &Path) -> Result<Saved, Failure> {
    let name = file.display();
    let anew = format!("run `{}` to make one", settings.rerun.line("plan", &format!("--out {}", quoted(&file.to_string_lossy()))));
    let text = input::read_text(file, SAVED_PLAN_BYTES_MAX).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::usage(format!("there is no saved plan `{name}`")).hinted(&anew),
        _ => Failure::usage(format!("could not read the saved plan `{name}`")).because(error.to_string()),
    })?;
    Saved::parse(&text).map_err(|error| match Document::of(&text) {
        Some(Document::SavedPlan) => {
            Failure::usage(format!("could not use the saved plan `{name}`")).because(error.to_string()).hinted(&anew)
        }
        // Overwriting it would be the worst advice.
        Some(Document::Manifest) => Failure::usage(format!("`{name}` is a manifest, not a saved plan")).hinted(named(settings, file)),
        found => {
            let is = found.map_or_else(|| "is not a saved plan".to_owned(), |found| format!("is {found}, not a saved plan"));
            Failure::usage(format!("`{name}` {is}"))
                .hinted(format!("run `{}` to make one", settings.rerun.line("plan", "--out changes.json")))
        }
    })
}

/// Returns how to apply a manifest that was given in the place of a saved plan.
fn named(settings: &Settings, file: &Path) -> String {
    if file == settings.manifest {
        return format!("leave it out: `{}`", settings.rerun.line("apply", ""));
    }
    format!("name it with -f: `{}`", settings.rerun.on(file).line("apply", ""))
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
    // That another manifest leaves nothing to do says nothing about this plan.
    let is_carried_out = saved.is_carried_out(plan) && (saved.manifest == manifest || !plan.steps.is_empty());
    if is_carried_out && plan.steps.is_empty() {
        settings.screen.status(&format!("the saved plan `{name}` was carried out already\n\n"));
        return Ok(());
    }
    let failure = if is_carried_out {
        Failure::failed(format!("the saved plan `{name}` was carried out already, and other steps are needed now; nothing was changed"))
    } else {
        let moved = match differences.iter().all(|difference| difference.how == How::Edited) {
            true => "the file has changed",
            false if saved.manifest == manifest => "AWS has changed",
            false => "the manifest has changed",
        };
        Failure::failed(format!("the saved plan `{name}` is no longer what would be done; nothing was changed"))
            .because(format!("{moved} since it was made"))
    };
    let told: Vec<_> = differences.iter().filter(|difference| !is_carried_out || difference.how != How::Gone).collect();
    let mut failure = told.iter().take(NAMED).fold(failure, |failure, difference| {
        let text = format!("{} {}", difference.address, difference.how);
        failure.because(text)
    });
    if let Some(more) = told.len().checked_sub(NAMED).filter(|more| *more > 0) {
        failure = failure.because(format!("and {} more", count(more, "difference")));
    }
    let again = settings.rerun.planning(&Scope::from(&saved.options));
    let anew = again.line("plan", &format!("--out {}", quoted(&file.to_string_lossy())));
    Err(failure.hinted(format!("run `{anew}` to make it anew")))
}
