//! Whose credentials are used on AWS: a named profile's alone, or what the chain of the AWS crates finds; loaded once, before any
//! call, since inside a call their absence looks like a fault of that call.

mod profile;
mod signer;

use std::io;
use std::sync::{Mutex, PoisonError};

use aws_config::profile::{ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region as AwsRegion};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_types::SdkConfig;
use landfall::name::Region;

use crate::failure::Failure;
use crate::settings::Settings;
use crate::{cache, endpoint, visited, waiting};
use profile::SignIn;
pub(crate) use signer::Signer;

/// Loads the AWS configuration and its credentials.
///
/// A profile that was named on the command line is the only source of credentials, as in the AWS CLI: neither variables of
/// the environment nor the instance's role take its place.
///
/// # Errors
///
/// When there are no credentials, the profile does not exist or needs itself, or nothing listens in AWS's place.
pub(crate) async fn load(settings: &Settings, profile: Option<&str>, region: &Region) -> Result<SdkConfig, Failure> {
    Ok(load_with_key(settings, profile, region).await?.0)
}

/// Loads the same, and says by which key it signs, where it has credentials.
///
/// # Errors
///
/// As [`load`].
pub(crate) async fn load_with_key(
    settings: &Settings,
    profile: Option<&str>,
    region: &Region,
) -> Result<(SdkConfig, Option<String>), Failure> {
    let sign_in = check(settings, profile).await?.sign_in;
    let region = AwsRegion::new(region.to_string());
    let https = crate::https::client();
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).region(region.clone()).http_client(https.clone());
    // landfall retries by itself; and the loader panics where AWS_MAX_ATTEMPTS or AWS_RETRY_MODE has a value that it cannot read.
    loader = loader.retry_config(RetryConfig::standard());
    if let Some(profile) = profile {
        let provider = ProviderConfig::without_region().with_region(Some(region)).with_http_client(https);
        let provider = ProfileFileCredentialsProvider::builder().configure(&provider).profile_name(profile).build();
        loader = loader.profile_name(profile).credentials_provider(provider);
    }
    for (name, address) in &settings.variables.endpoints {
        endpoint::check(name, address)?;
    }
    let config = loader.load().await;
    if let Some(endpoint) = config.endpoint_url() {
        check_endpoint(endpoint).await?;
    }
    let Some(provider) = config.credentials_provider() else { return Ok((config, None)) };
    let what = profile.map_or_else(|| "the AWS credentials".to_owned(), |name| format!("the credentials of profile `{name}`"));
    let loaded = waiting::reported(settings.screen, &what, provider.provide_credentials()).await;
    let loaded = loaded.map_err(|error| no_credentials(&error, profile, sign_in))?;
    cache::check(&loaded).map_err(|problem| {
        let name = profile.or(settings.variables.profile.as_deref().filter(|_| !settings.variables.has_keys));
        let flag = name.map(|name| format!(" --profile {name}")).unwrap_or_default();
        let what = name.map_or_else(|| "the AWS credentials".to_owned(), |name| format!("the credentials of profile `{name}`"));
        Failure::failed(format!("{what} cannot be used"))
            .because(problem.to_string())
            .because(format!("profiles are in {}", profile::places(settings)))
            .hinted(format!("run `aws configure list{flag}` to see where they come from"))
    })?;
    let end = settings.variables.credentials_end.filter(|_| profile.is_none() && settings.variables.has_keys);
    let loaded = match end {
        Some(end) if loaded.expiry().is_none() => Credentials::new(
            loaded.access_key_id(),
            loaded.secret_access_key(),
            loaded.session_token().map(str::to_owned),
            Some(end),
            "landfall-environment",
        ),
        _ => loaded,
    };
    let key = loaded.access_key_id().to_owned();
    let loaded = Loaded { first: Mutex::new(Some(loaded)), provider };
    Ok((config.to_builder().credentials_provider(SharedCredentialsProvider::new(loaded)).build(), Some(key)))
}

/// What is known of the credentials before they are loaded.
pub(crate) struct Checked {
    sign_in: SignIn,
    /// What tells who signs, and for which AWS.
    pub(crate) signer: Signer,
}

/// Refuses a profile that does not exist or that needs itself, and returns what is known of its credentials.
///
/// # Errors
///
/// Then, and when the AWS configuration cannot be read.
pub(crate) async fn check(settings: &Settings, profile: Option<&str>) -> Result<Checked, Failure> {
    let is_passed_by = profile.is_none() && settings.variables.has_keys;
    let known = known(settings, profile).await?;
    let name = named(settings, profile).unwrap_or(profile::DEFAULT);
    if let Some(known) = known.as_ref().filter(|_| !is_passed_by) {
        profile::check_sources(settings, name, known)?;
    }
    checked(settings, known.as_ref(), name, is_passed_by)
}

/// Refuses a profile that other programs are to name, and which does not exist, or takes its credentials from one that does not.
/// Where none is named, they name the default one: that may be made later, and its absence is only said.
///
/// # Errors
///
/// Then, and when the AWS configuration cannot be read.
pub(crate) async fn check_named(settings: &Settings, profile: Option<&str>) -> Result<(), Failure> {
    let known = known(settings, profile).await?;
    let name = named(settings, profile).unwrap_or(profile::DEFAULT);
    if let Some(known) = known.filter(|known| known.get_profile(name).is_some()) {
        return profile::check_sources(settings, name, &known);
    }
    let places = profile::places(settings);
    settings.screen.status(&format!("the profiles ask profile `{name}`, which is not in {places}; `--profile NAME` names another\n"));
    Ok(())
}

/// Returns the profile that a flag or `AWS_PROFILE` names.
fn named<'n>(settings: &'n Settings, profile: Option<&'n str>) -> Option<&'n str> {
    profile.or(settings.variables.profile.as_deref())
}

/// Reads the profiles, and refuses a named one that is not among them.
async fn known(settings: &Settings, profile: Option<&str>) -> Result<Option<ProfileSet>, Failure> {
    let Some(name) = named(settings, profile) else {
        // Without any configuration there is no default profile, and nothing to check.
        return Ok(crate::profiles::load().await.ok());
    };
    let known = crate::profiles::load().await.map_err(|error| {
        let failure = Failure::failed("could not read the AWS configuration").because(error.to_string());
        std::error::Error::source(&error).into_iter().fold(failure, |failure, source| failure.because(source.to_string()))
    })?;
    if known.get_profile(name).is_none() {
        let named_by = profile.is_none().then(|| "AWS_PROFILE names it".to_owned());
        return Err(profile::absent(settings, name, &known, named_by));
    }
    Ok(Some(known))
}

/// `is_passed_by` says that keys in the environment go before the profile.
fn checked(settings: &Settings, known: Option<&ProfileSet>, name: &str, is_passed_by: bool) -> Result<Checked, Failure> {
    if let Some(way) = known.filter(|_| !is_passed_by).and_then(|known| profile::way_to_a_program(known, name)) {
        visited::enter(settings.variables.visited.as_deref(), &way, &profile::places(settings))?;
    }
    // The AWS crates read it for each service by themselves.
    if let Some(address) = known.and_then(|known| known.get_profile(name)).and_then(|profile| profile.get("endpoint_url")) {
        endpoint::check(&format!("`endpoint_url` of profile `{name}`"), address)?;
    }
    let sign_in = known.map_or(SignIn::Unknown, |known| profile::sign_in(known, name));
    let variables = &settings.variables;
    let signer = match known {
        _ if is_passed_by => signer::of_keys(variables),
        Some(known) if sign_in != SignIn::Unknown => signer::of_profile(variables, known, name, sign_in),
        _ => signer::of_machine(variables),
    };
    let of_endpoints = |signer: String| format!("{signer} {:?}", variables.endpoints);
    let signer = match signer {
        Signer::Told(signer) => Signer::Told(of_endpoints(signer)),
        Signer::Loaded(signer) => Signer::Loaded(of_endpoints(signer)),
        Signer::Untold => Signer::Untold,
    };
    Ok(Checked { sign_in, signer })
}

/// Fails at once where nothing listens at the address in AWS's place: AWS itself would be worth waiting for.
async fn check_endpoint(endpoint: &str) -> Result<(), Failure> {
    let endpoint = endpoint::shown(endpoint);
    let (rest, port) = match endpoint.split_once("://") {
        Some(("https", rest)) => (rest, 443),
        Some((_, rest)) => (rest, 80),
        None => return Ok(()),
    };
    let host = rest.split('/').next().unwrap_or_default();
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let address = if has_port { host.to_owned() } else { format!("{host}:{port}") };
    match tokio::net::TcpStream::connect(&address).await {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            Err(Failure::failed(format!("nothing answers at {endpoint}, which takes the place of AWS"))
                .because(error.to_string())
                .hinted("start it, or unset AWS_ENDPOINT_URL or `endpoint_url` in the AWS configuration, which leads there"))
        }
        // Whatever else is wrong, the call itself says better.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Hands credentials that were loaded already to who asks first, and asks the provider from then on: a program that asks a person
/// for a code must not run twice.
#[derive(Debug)]
struct Loaded {
    first: Mutex<Option<Credentials>>,
    provider: SharedCredentialsProvider,
}

impl ProvideCredentials for Loaded {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        match self.first.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(first) => future::ProvideCredentials::ready(Ok(first)),
            None => self.provider.provide_credentials(),
        }
    }
}

/// Returns why there are no credentials, and which command brings some.
fn no_credentials(error: &CredentialsError, profile: Option<&str>, sign_in: SignIn) -> Failure {
    let flag = profile.map(|name| format!(" --profile {name}")).unwrap_or_default();
    let mut chain = Vec::new();
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        let text = error.to_string();
        if chain.last() != Some(&text) {
            chain.push(text);
        }
        cause = error.source();
    }
    let said = chain.join(": ");
    let command = match sign_in {
        SignIn::Sso => "aws sso login",
        SignIn::Login => "aws login",
        SignIn::Other => {
            let failure = profile
                .map_or_else(|| "the AWS credentials cannot be loaded".to_owned(), |name| format!("profile `{name}` has no credentials"));
            return Failure::failed(failure).because(said).hinted(format!("run `aws configure list{flag}` to see where they come from"));
        }
        SignIn::Unknown => {
            let failure =
                profile.map_or_else(|| "there are no AWS credentials".to_owned(), |name| format!("profile `{name}` has no credentials"));
            let failure = Failure::failed(failure).because(said);
            // A profile that is there has no sign-in either: logging in would fail.
            let failure = match profile {
                Some(_) => failure.hinted(format!("run `aws configure sso{flag}` to give it a sign-in, or `aws configure{flag}` for keys")),
                None => failure.hinted("sign in: `aws sso login`; the first time `aws configure sso`"),
            };
            return failure
                .hinted("use an administrator of the management account for `landfall plan` and `landfall apply`")
                .hinted("or try it without AWS: add `--sandbox`");
        }
    };
    Failure::failed("the AWS sign-in has expired").because(said).hinted(format!("run `{command}{flag}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_profile_that_signs_in_is_told_to() {
        let expired = CredentialsError::provider_error("the SSO token has expired");
        let failure = no_credentials(&expired, Some("acme"), SignIn::Sso).draw();
        assert!(failure.contains("run `aws sso login --profile acme`"), "{failure}");
        // Its name, and a variable's, are in the words of the error.
        let named = CredentialsError::not_loaded("profile `sso` has no token in $AWS_WEB_IDENTITY_TOKEN_FILE");
        let failure = no_credentials(&named, Some("sso"), SignIn::Other).draw();
        assert!(!failure.contains("login") && failure.contains("aws configure list --profile sso"), "{failure}");
        let failure =
            no_credentials(&CredentialsError::not_loaded("no providers in chain provided credentials"), None, SignIn::Unknown).draw();
        assert!(failure.contains("aws sso login") && failure.contains("aws configure sso"), "{failure}");
        let failure = no_credentials(&CredentialsError::not_loaded("nothing"), Some("plain"), SignIn::Unknown).draw();
        assert!(!failure.contains("login") && failure.contains("`aws configure sso --profile plain`"), "{failure}");
    }
}
