//! The documents that landfall writes to files: what a file holds, told by how it begins, and the only way to write one.
//!
//! Nothing that landfall did not write is replaced: [`write`] replaces a document of the same kind and refuses every other
//! file. `cargo xtask tidy` keeps other modules from writing files by themselves.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// How much of a file tells what it is: every document names its kind in its first lines.
const HEAD_BYTES: u64 = 4096;
/// How a file of `landfall outputs --format terraform` begins.
pub(crate) const TERRAFORM_HEAD: &str = "# Made by `landfall outputs --format terraform`";
/// How a file of `landfall export terraform --import` begins.
pub(crate) const IMPORTS_HEAD: &str = "# Made by `landfall export terraform --import`";

/// A kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Document {
    /// `landfall.toml`, by landfall or by hand. Never replaced: it is a person's work.
    Manifest,
    /// A plan of `landfall plan --out`.
    SavedPlan,
    /// The environments of `landfall outputs`.
    Index,
    /// The variables of `landfall outputs --format env`.
    Variables,
    /// The file of `landfall outputs --format terraform`.
    Terraform,
    /// The file of `landfall export terraform --import`.
    Imports,
    /// The context of `landfall outputs --format cdk`.
    Context,
    /// The events of `landfall apply --format json`.
    Recording,
    /// The world of a sandbox.
    Sandbox,
    /// What has happened in a sandbox since its world was written.
    Journal,
    /// The manifest's JSON Schema.
    Schema,
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Manifest => "a manifest",
            Self::SavedPlan => "a saved plan",
            Self::Index => "an index of environments",
            Self::Variables => "a list of variables",
            Self::Terraform => "providers for Terraform",
            Self::Imports => "imports for Terraform",
            Self::Context => "context for CDK",
            Self::Recording => "a recorded run",
            Self::Sandbox => "a sandbox",
            Self::Journal => "a sandbox's journal",
            Self::Schema => "the schema of manifests",
        })
    }
}

impl Document {
    /// Returns what a text is, by its beginning; `None` where it is nothing that landfall reads or writes.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let start = text.trim_start_matches('\u{feff}').trim_start();
        if let Some(members) = start.strip_prefix('{') {
            let has = |key: &str| start.match_indices(key).any(|(at, _)| start[at + key.len()..].trim_start().starts_with(':'));
            return if members.trim_start().starts_with("\"landfall:") {
                Some(Self::Context)
            } else if has("\"landfall_plan\"") {
                Some(Self::SavedPlan)
            } else if has("\"landfall_sandbox\"") {
                Some(Self::Sandbox)
            } else if has("\"landfall_sandbox_journal\"") {
                Some(Self::Journal)
            } else if has("\"landfall\"") && has("\"organization\"") {
                Some(Self::Index)
            } else if has("\"event\"") && has("\"seq\"") {
                Some(Self::Recording)
            } else {
                (has("\"$schema\"") && start.contains("Landfall manifest")).then_some(Self::Schema)
            };
        }
        if start.starts_with("LANDFALL_ORGANIZATION=") {
            return Some(Self::Variables);
        }
        if start.starts_with(TERRAFORM_HEAD) {
            return Some(Self::Terraform);
        }
        if start.starts_with(IMPORTS_HEAD) {
            return Some(Self::Imports);
        }
        // Told by its sections, so that a manifest with mistakes in it is one, too.
        let is_section = |line: &str| line == "[organization]" || line.starts_with("[environments.");
        start.lines().any(|line| is_section(line.trim())).then_some(Self::Manifest)
    }

    /// Returns what a file is; `None` where it is something else, or cannot be read.
    pub(crate) fn of_file(file: &Path) -> Option<Self> {
        match found(file) {
            Ok(Found::Document(document)) => Some(document),
            _ => None,
        }
    }

    /// Returns whether only the file's owner may read it: a plan tells how an organization is guarded.
    fn is_private(self) -> bool {
        self == Self::SavedPlan
    }
}

/// What is in the place of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// There is none.
    Nothing,
    /// One without a text, made by `mktemp` or `touch`: there is nothing to lose.
    Empty,
    /// A document.
    Document(Document),
    /// Something that landfall neither reads nor writes.
    Other,
}

/// Returns what is in the place of a file.
///
/// # Errors
///
/// When it cannot be read, or is no regular file.
pub(crate) fn found(file: &Path) -> io::Result<Found> {
    Ok(match look(file)? {
        None => Found::Nothing,
        Some(head) if head.trim().is_empty() => Found::Empty,
        Some(head) => Document::of(&head).map_or(Found::Other, Found::Document),
    })
}

/// Refuses a file that exists and is not a document of this kind.
///
/// # Errors
///
/// When it is one, or cannot be looked at.
pub(crate) fn refuse_other(file: &Path, document: Document) -> Result<(), Failure> {
    let name = file.display();
    let refuse = |is: String| {
        Err(Failure::usage(format!("`{name}` exists and is {is}; nothing was written")).hinted("name another file, or move this one away"))
    };
    match found(file) {
        Ok(Found::Nothing | Found::Empty) => Ok(()),
        Ok(Found::Document(Document::Manifest)) if document == Document::Manifest => {
            Err(Failure::usage(format!("there is a manifest `{name}` already; nothing was written"))
                .hinted("check it with `landfall validate`, or name another one with `-f FILE`"))
        }
        Ok(Found::Document(found)) if found == document => Ok(()),
        Ok(Found::Document(found)) => refuse(format!("{found}, not {document}")),
        Ok(Found::Other) => refuse(format!("not {document}")),
        Err(error) => {
            Err(Failure::usage(format!("could not write {document} to `{name}`")).because(error.to_string()).hinted("name another file"))
        }
    }
}

/// Writes a document: whole or not at all, and never over something else.
///
/// # Errors
///
/// When the file exists and is not a document of this kind, or cannot be written.
pub(crate) fn write(file: &Path, document: Document, text: &str) -> Result<(), Failure> {
    refuse_other(file, document)?;
    let access = if document.is_private() { Access::Owner } else { Access::Usual };
    let written = if fs::symlink_metadata(file).is_ok() { replace(file, text, access) } else { create(file, text, access) };
    written.map_err(|error| unwritten(file, document, &error))
}

fn unwritten(file: &Path, document: Document, error: &io::Error) -> Failure {
    Failure::failed(format!("could not write {document} to `{}`", file.display())).because(error.to_string())
}

/// Who may read a file that is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    /// Its owner.
    Owner,
    /// Everyone the system allows by default.
    Usual,
}

/// Makes a file with this text, and fails where there is one.
fn create(file: &Path, text: &str, access: Access) -> io::Result<()> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let mut open = new_file(file, access)?;
    open.write_all(text.as_bytes()).inspect_err(|_| {
        // It was made here, and is of no use.
        let _ = fs::remove_file(file);
    })
}

/// Replaces a file's text by writing beside it and renaming, so that a reader or a crash finds the old text or the new one.
/// A link stays a link, and a usual file keeps who may read it.
fn replace(file: &Path, text: &str, access: Access) -> io::Result<()> {
    let file = fs::canonicalize(file)?;
    let mut unfinished = file.as_os_str().to_owned();
    unfinished.push(format!(".{}", std::process::id()));
    let unfinished = PathBuf::from(unfinished);
    // One of this name was left by a process of the same number that was killed.
    let _ = fs::remove_file(&unfinished);
    let written = new_file(&unfinished, Access::Owner)
        .and_then(|mut open| open.write_all(text.as_bytes()))
        .and_then(|()| if access == Access::Usual { fs::set_permissions(&unfinished, fs::metadata(&file)?.permissions()) } else { Ok(()) })
        .and_then(|()| fs::rename(&unfinished, &file));
    written.inspect_err(|_| {
        let _ = fs::remove_file(&unfinished);
    })
}

/// Writes a text to a file that keeps who may read it, or is its owner's only where it is new.
///
/// # Errors
///
/// When the file cannot be written.
pub(crate) fn put(file: &Path, text: &str) -> io::Result<()> {
    if file.exists() { replace(file, text, Access::Usual) } else { create(file, text, Access::Owner) }
}

fn new_file(file: &Path, access: Access) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if access == Access::Owner {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = access;
    options.open(file)
}

/// Returns the beginning of a file, as far as it is text; `None` where there is none.
fn look(file: &Path) -> io::Result<Option<String>> {
    match fs::metadata(file) {
        // A device or a pipe would be replaced by a file, or never be read to its end.
        Ok(found) if !found.is_file() => return Err(io::Error::other("it is not a regular file")),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(file).is_err() => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut head = Vec::new();
    File::open(file)?.take(HEAD_BYTES).read_to_end(&mut head)?;
    Ok(Some(String::from_utf8_lossy(&head).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_is_told_from_the_others() {
        for (text, expected) in [
            ("{\n  \"landfall_plan\": 1,\n  \"manifest\": \"sha256:0\"}", Some(Document::SavedPlan)),
            ("{\"landfall_sandbox\":1,\"now\":0", Some(Document::Sandbox)),
            ("{\"landfall_sandbox_journal\":3,\"landfall\":\"0.1.0\"}\n", Some(Document::Journal)),
            ("{\n  \"landfall\": 1,\n  \"organization\": {}}", Some(Document::Index)),
            ("{\"v\":1,\"seq\":1,\"event\":\"run_started\"}\n", Some(Document::Recording)),
            ("LANDFALL_ORGANIZATION=acme\n", Some(Document::Variables)),
            ("# Made by `landfall outputs --format terraform` for acme, which replaces this file.\n", Some(Document::Terraform)),
            ("# Made by `landfall export terraform --import` for acme, which replaces this file.\n", Some(Document::Imports)),
            ("{\n  \"landfall:organization\": {\"name\": \"acme\"}}", Some(Document::Context)),
            ("{\"vpc-provider:account=1\": {}, \"landfall:dev\": {}}", None),
            ("\u{feff}# acme\r\nschema = 1\r\n[organization]\r\n", Some(Document::Manifest)),
            ("schema == 1\n [environments.dev]\n", Some(Document::Manifest)),
            ("", None),
            ("{}", None),
            ("{\"name\": \"landfall\", \"version\": 1}", None),
            ("{\"dependencies\": {\"landfall\": \"1\"}}", None),
            ("[package]\nname = \"landfall\"\n", None),
        ] {
            assert_eq!(Document::of(text), expected, "{text}");
        }
        assert_eq!(Document::of(&serde_json::to_string_pretty(&landfall::manifest::schema()).expect("JSON")), Some(Document::Schema));
    }
}
