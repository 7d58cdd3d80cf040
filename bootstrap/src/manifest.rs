//! Reading the manifest from its file, with the files it names, and saying all that is wrong with it.

use std::cell::RefCell;
use std::io;
use std::path::Path;

use landfall::desired::desired;
use landfall::desired::sizes::too_long;
use landfall::manifest::{Diagnostic, MANIFEST_BYTES_MAX, Parsed, Severity, Source, parse};
use landfall::model::Organization;
use landfall::plan::check::Refused;
use landfall::plan::saved::digest;

use crate::document::Document;
use crate::failure::Failure;
use crate::format::count;
use crate::input;
use crate::render::diagnostic;
use crate::settings::{Settings, quoted};

/// A manifest as read, good or not.
#[derive(Debug)]
pub(crate) struct Read {
    /// Its text.
    pub(crate) source: Source,
    /// The organization, unless something is wrong.
    pub(crate) organization: Option<Organization>,
    /// All that there is to say.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The digest of all that was read: the manifest, and the files it names in their order.
    pub(crate) digest: String,
}

/// Reads the manifest and checks it.
///
/// # Errors
///
/// When there is no manifest, or it cannot be read. A wrong one is no error here.
pub(crate) fn read(settings: &Settings) -> Result<Read, Failure> {
    let (source, parsed, digest) = parsed(settings)?;
    Ok(Read { source, organization: parsed.organization, diagnostics: parsed.diagnostics, digest })
}

/// Returns the manifest's text, what it says, and the digest of all that was read.
fn parsed(settings: &Settings) -> Result<(Source, Parsed, String), Failure> {
    let path = &settings.manifest;
    let name = path.display().to_string();
    let text = input::read(path, MANIFEST_BYTES_MAX).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::usage(format!("there is no manifest `{name}`"))
            .hinted(format!("run `{}` to write one, or name another with `-f FILE`", settings.rerun.line("init", ""))),
        io::ErrorKind::FileTooLarge => {
            Failure::usage(format!("`{name}` is not a manifest: {error}")).hinted("name the manifest with `-f FILE`")
        }
        _ => Failure::usage(format!("could not read the manifest `{name}`"))
            .because(error.to_string())
            .hinted("name the manifest with `-f FILE`"),
    })?;
    let text = String::from_utf8(text).map_err(|error| Failure::usage(format!("`{name}` is not UTF-8 text")).because(error.to_string()))?;
    match Document::of(&text) {
        None | Some(Document::Manifest) => {}
        Some(found) => {
            let failure = Failure::usage(format!("`{name}` is {found}, not a manifest"));
            return Err(match found {
                Document::SavedPlan => failure.hinted(format!("run `landfall apply {}` to carry it out", quoted(&name))),
                _ => failure.hinted("name the manifest with `-f FILE`"),
            });
        }
    }
    let source = Source { name, text };
    let texts = RefCell::new(vec![source.text.clone()]);
    let mut parsed = parse(&source, &|written| {
        let text = file(settings.folder(), written)?;
        texts.borrow_mut().push(text.clone());
        Ok(text)
    });
    if let Some(organization) = &parsed.organization {
        for found in too_long(organization, &desired(organization)) {
            parsed.refuse(&found.key, found.to_string(), &found.hint);
        }
    }
    Ok((source, parsed, digest(texts.into_inner())))
}

/// Returns why a plan was refused, with its place in the manifest; `None` if it is about no key of it.
pub(crate) fn refused_at(settings: &Settings, refused: &Refused) -> Option<Failure> {
    let key = refused.key()?;
    let (source, mut parsed, _) = parsed(settings).ok()?;
    let message = refused.to_string();
    parsed.refuse(&key, message.as_str(), refused.hint());
    let found = parsed.diagnostics.iter().find(|found| found.message == message)?;
    let drawn = diagnostic::draw(&source, found, crate::width::width());
    Some(Failure::manifest(drawn, format!("{} in {}; nothing was changed", count(1, "error"), source.name)))
}

/// Reads the manifest, draws its warnings, and returns the organization with its digest.
///
/// # Errors
///
/// When there is no manifest or anything in it is wrong.
pub(crate) fn load(settings: &Settings) -> Result<(Organization, String), Failure> {
    let read = read(settings)?;
    let drawn = draw(&read);
    match read.organization {
        Some(organization) => {
            settings.screen.status(&drawn);
            Ok((organization, read.digest))
        }
        None => Err(refused(&read.diagnostics, &read.source.name, drawn)),
    }
}

/// Returns all diagnostics as people see them.
pub(crate) fn draw(read: &Read) -> String {
    read.diagnostics.iter().map(|found| diagnostic::draw(&read.source, found, crate::width::width())).collect()
}

/// Returns the refusal of a manifest whose diagnostics have been drawn.
pub(crate) fn refused(diagnostics: &[Diagnostic], name: &str, drawn: String) -> Failure {
    let errors = diagnostics.iter().filter(|found| found.severity == Severity::Error).count();
    Failure::manifest(drawn, format!("{} in {name}; nothing was sent to AWS", count(errors, "error")))
}

/// Reads a file that the manifest names, relative to the manifest.
fn file(folder: &Path, written: &str) -> Result<String, String> {
    input::read_text(&folder.join(written), MANIFEST_BYTES_MAX).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("there is no file {}", folder.join(written).display()),
        _ => error.to_string(),
    })
}
