//! What the profiles of the AWS configuration say about where their credentials come from; which others they need for it.

use std::collections::BTreeSet;

use aws_config::profile::{Profile, ProfileSet};

use crate::failure::Failure;
use crate::settings::Settings;

/// The profile that is used where none is named.
pub(super) const DEFAULT: &str = "default";
/// Most profiles that are named where one was misspelt.
const NAMED: usize = 12;

/// How a person signs in to a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignIn {
    /// IAM Identity Center: `aws sso login`.
    Sso,
    /// The console's session: `aws login`.
    Login,
    /// By keys, a program, a role: not at all.
    Other,
    /// There is no such profile, or nothing in it.
    Unknown,
}

/// Returns a profile and those whose credentials it uses, in that order.
pub(super) fn way<'p>(known: &'p ProfileSet, name: &'p str) -> Vec<&'p Profile> {
    let mut seen = BTreeSet::new();
    let mut way = Vec::new();
    let mut next = Some(name);
    while let Some(profile) = next.filter(|name| seen.insert(*name)).and_then(|name| known.get_profile(name)) {
        way.push(profile);
        next = profile.get("source_profile");
    }
    way
}

/// Returns how one signs in to a profile.
pub(super) fn sign_in(known: &ProfileSet, name: &str) -> SignIn {
    let way = way(known, name);
    let has = |keys: &[&str]| way.iter().any(|profile| keys.iter().any(|key| profile.get(key).is_some()));
    if has(&["sso_session", "sso_start_url", "sso_account_id"]) {
        SignIn::Sso
    } else if has(&["login_session"]) {
        SignIn::Login
    } else if has(&["aws_access_key_id", "credential_process", "role_arn", "credential_source", "web_identity_token_file"]) {
        SignIn::Other
    } else {
        SignIn::Unknown
    }
}

/// Returns the profiles from this one to that whose program is run for its credentials; `None` if no program is.
pub(super) fn way_to_a_program<'p>(known: &'p ProfileSet, name: &'p str) -> Option<Vec<&'p str>> {
    let way = way(known, name);
    let at = way.iter().position(|profile| profile.get("credential_process").is_some())?;
    Some(way[..=at].iter().map(|profile| profile.name()).collect())
}

/// Refuses a profile that takes its credentials from one that does not exist.
///
/// # Errors
///
/// Then.
pub(super) fn check_sources(settings: &Settings, name: &str, known: &ProfileSet) -> Result<(), Failure> {
    for profile in way(known, name) {
        // Without a role it is not read.
        if let Some(source) = profile.get("source_profile").filter(|_| profile.get("role_arn").is_some())
            && known.get_profile(source).is_none()
        {
            let named_by = format!("`source_profile` of profile `{}` names it", profile.name());
            return Err(absent(settings, source, known, Some(named_by)));
        }
    }
    Ok(())
}

/// Returns the files in which profiles are looked for.
pub(super) fn places(settings: &Settings) -> String {
    let files = [&settings.variables.aws_config, &settings.variables.aws_credentials].map(|file| file.as_ref().map(|file| file.display()));
    match files {
        [Some(config), Some(credentials)] => format!("{config} or {credentials}"),
        [Some(file), None] | [None, Some(file)] => file.to_string(),
        [None, None] => "the AWS configuration".to_owned(),
    }
}

/// Tells that a profile is not there: without it, the AWS crates would go on to whatever else has credentials.
///
/// `named_by` says what names it, where that is not the command line.
pub(super) fn absent(settings: &Settings, name: &str, known: &ProfileSet, named_by: Option<String>) -> Failure {
    let file = places(settings);
    let mut names: Vec<&str> = known.profiles().collect();
    names.sort_unstable();
    let failure = Failure::failed(format!("there is no profile `{name}` in {file}"));
    let failure = named_by.into_iter().fold(failure, Failure::because);
    if names.is_empty() {
        return failure.hinted(format!("there are no profiles at all: run `aws configure sso --profile {name}` to make one"));
    }
    let failure = match landfall::name::nearest(name, names.iter().copied()) {
        Some(near) => failure.hinted(format!("the nearest is `{near}`")),
        None => failure,
    };
    match &names[..] {
        [only] => failure.hinted(format!("there is {only}")),
        all if all.len() <= NAMED => failure.hinted(format!("there are {}", all.join(", "))),
        all => failure.hinted(format!("there are {} profiles: `aws configure list-profiles`", all.len())),
    }
}
