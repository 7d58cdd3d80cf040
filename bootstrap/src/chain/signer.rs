//! Who signs: what tells it without asking AWS, so that a kept session goes only to the caller that it was made for.
//!
//! A name, such as a profile's, tells it only where what is behind the name is told as well: the keys that the environment has now,
//! who signed in last, whom a program or an instance gives keys of.

use std::fs;
use std::path::PathBuf;

use aws_config::profile::{Profile, ProfileSet};
use sha2::{Digest, Sha256};

use super::profile::{SignIn, way};
use crate::variables::Variables;

/// What tells who signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Signer {
    /// A text that differs where others sign. It is never shown: an address may have a password in it.
    Told(String),
    /// The key's id, once the credentials are loaded, which asks a program or the machine and not AWS; with it this text.
    Loaded(String),
    /// Nothing: AWS gives other keys each time.
    Untold,
}

/// What decides whose credentials a profile gives; no secret is among it.
const DECIDING: &[&str] = &[
    "aws_access_key_id",
    "credential_process",
    "credential_source",
    "duration_seconds",
    "external_id",
    "login_session",
    "mfa_serial",
    "role_arn",
    "role_session_name",
    "source_profile",
    "sso_account_id",
    "sso_region",
    "sso_role_name",
    "sso_session",
    "sso_start_url",
    "web_identity_token_file",
    "endpoint_url",
    "services",
];
/// The source of credentials that the environment's keys are ("Credential source" of the SDKs' settings).
const ENVIRONMENT: &str = "Environment";

/// Returns who signs where the keys of the environment do.
pub(super) fn of_keys(variables: &Variables) -> Signer {
    Signer::Told(format!("{:?}", variables.keys))
}

/// Returns who signs where no profile has credentials: a role by a token's file, a container's or an instance's role.
pub(super) fn of_machine(variables: &Variables) -> Signer {
    let elsewhere = format!("{:?}", variables.elsewhere);
    let has_token = variables.elsewhere.iter().any(|(name, _)| *name == "AWS_WEB_IDENTITY_TOKEN_FILE");
    // An instance has one role after the other, and the address by which a container asks may be the same in all.
    if has_token { Signer::Told(elsewhere) } else { Signer::Loaded(elsewhere) }
}

/// Returns who signs where a profile does.
pub(super) fn of_profile(variables: &Variables, known: &ProfileSet, name: &str, sign_in: SignIn) -> Signer {
    let way = way(known, name);
    let mut text = String::new();
    for profile in &way {
        text.push_str(&format!("[{}]", profile.name()));
        for key in DECIDING {
            if let Some(value) = profile.get(key) {
                text.push_str(&format!("{key}={value:?};"));
            }
        }
    }
    let has = |key: &str| way.iter().any(|profile| profile.get(key).is_some());
    let sources: Vec<&str> = way.iter().filter_map(|profile: &&Profile| profile.get("credential_source")).collect();
    if sources.contains(&ENVIRONMENT) {
        text.push_str(&format!("{:?}", variables.keys));
    }
    if matches!(sign_in, SignIn::Sso | SignIn::Login) {
        text.push_str(&signed_in(&variables.sign_ins));
    }
    // A role that is assumed by what a program or the machine gives has other keys each time, by a call of AWS's.
    match (has("credential_process"), has("role_arn")) {
        _ if sources.iter().any(|source| *source != ENVIRONMENT) => Signer::Untold,
        (true, true) => Signer::Untold,
        (true, false) => Signer::Loaded(text),
        (false, _) => Signer::Told(text),
    }
}

/// Returns a text that differs after each sign-in and sign-out: a digest of the tokens that `aws sso login` and `aws login` keep.
fn signed_in(folders: &[PathBuf]) -> String {
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_file()) {
            files.push(entry.path());
        }
    }
    files.sort_unstable();
    let mut hash = Sha256::new();
    for file in &files {
        let text = fs::read(file).unwrap_or_default();
        hash.update(file.as_os_str().as_encoded_bytes());
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    }
    hash.finalize().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
