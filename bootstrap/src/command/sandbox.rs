//! `landfall sandbox serve` and `reset`: the simulated AWS for other programs, and its end.

use std::io;
use std::path::Path;

use crate::document::Document;
use crate::failure::{Failure, exit};
use crate::interrupt;
use crate::manifest;
use crate::render::words::hint;
use crate::sandbox::{Claim, Sandbox};
use crate::settings::{self, IfTaken, Settings};

/// Where clients begin that no manifest sends elsewhere.
const REGION: &str = "us-east-1";

/// Serves until it is interrupted.
pub(super) async fn serve(settings: &Settings, port: u16) -> Result<u8, Failure> {
    let region = if settings.manifest.exists() { manifest::load(settings)?.0.region.to_string() } else { REGION.to_owned() };
    let file = settings.sandbox_file();
    let ready = |port: u16| {
        let address = format!("http://127.0.0.1:{port}");
        settings.screen.say(&format!("{}\n\n", exports(&address, &region)));
        settings.screen.say(&format!("the sandbox is kept in {}; Ctrl-C ends it\n", file.display()));
        settings.screen.data(&format!("{address}\n"))
    };
    let asked = std::cell::Cell::new(None);
    let shutdown = async { asked.set(Some(interrupt::asked().await)) };
    Sandbox::serve(settings, &file, port, ready, shutdown).await?;
    // Ending it is what was wanted, so that is no failure.
    Ok(exit::DONE)
}

/// Returns what a shell needs so that any AWS client comes here.
/// The keys of the simulated administrator are the same in every world, and open nothing anywhere else.
fn exports(address: &str, region: &str) -> String {
    let credentials = landfall::simulator::Simulator::management_credentials();
    let mut lines = vec![
        format!("export AWS_ENDPOINT_URL={address}"),
        format!("export AWS_REGION={region}"),
        format!("export AWS_ACCESS_KEY_ID={}", credentials.access_key_id()),
        format!("export AWS_SECRET_ACCESS_KEY={}", credentials.secret_access_key()),
    ];
    lines.extend(credentials.session_token().map(|token| format!("export AWS_SESSION_TOKEN={token}")));
    hint(lines.join("\n")).to_string()
}

/// Removes the sandbox's file.
pub(super) fn reset(settings: &Settings) -> Result<u8, Failure> {
    let file = settings.sandbox_file();
    refuse_foreign(&file)?;
    // Where there is none there is nobody to wait for.
    let _claim = if file.exists() { Some(Claim::take(settings, &file, IfTaken::Wait)?) } else { None };
    match std::fs::remove_file(&file) {
        Ok(()) => settings.screen.say(&format!("forgot the sandbox {}: its organization, accounts and roles\n", file.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            settings.screen.say(&format!("there is no sandbox {}\n", file.display()));
        }
        Err(error) => {
            return Err(Failure::failed(format!("could not remove the sandbox `{}`", file.display())).because(error.to_string()));
        }
    }
    Ok(exit::DONE)
}

/// Refuses to remove what is not a sandbox: `--sandbox=FILE` may name anything. What is in landfall's own folder is its own,
/// also where it is damaged.
fn refuse_foreign(file: &Path) -> Result<(), Failure> {
    let name = file.display();
    match Document::of_file(file) {
        _ if file.ends_with(settings::SANDBOX_FILE) => Ok(()),
        Some(Document::Sandbox) => Ok(()),
        Some(found) => Err(Failure::usage(format!("`{name}` is {found}, not a sandbox; nothing was removed"))),
        None if file.metadata().is_ok_and(|found| found.len() > 0) => {
            Err(Failure::usage(format!("`{name}` is not a sandbox; nothing was removed")).hinted("remove it yourself if you are sure"))
        }
        None => Ok(()),
    }
}
