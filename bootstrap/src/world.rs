//! The AWS that a command works on: the real one with its credentials, or a sandbox with its file.

use std::io;
use std::path::Path;

use aws_config::profile::{ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region as AwsRegion};
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_types::SdkConfig;
use landfall::name::Region;
use landfall::session::Sessions;

use crate::failure::{self, Failure};
use crate::profiles;
use crate::sandbox::Sandbox;
use crate::settings::{IfTaken, Place, Settings};

/// An opened AWS.
#[derive(Debug)]
pub(crate) struct World {
    /// The way into every account.
    pub(crate) sessions: Sessions,
    sandbox: Option<Sandbox>,
    via: Via,
}

/// By which way AWS is reached, as headers and errors say it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Via {
    /// The profile whose credentials are used.
    pub(crate) profile: Option<String>,
    /// The address that takes AWS's place.
    pub(crate) endpoint: Option<String>,
}

impl Via {
    /// Returns what calls go to: `AWS`, or the address in its place.
    pub(crate) fn aws(&self) -> &str {
        self.endpoint.as_deref().unwrap_or("AWS")
    }

    /// Adds to a failure where the calls went, unless that was AWS itself.
    pub(crate) fn explain(&self, failure: Failure) -> Failure {
        match &self.endpoint {
            Some(endpoint) => failure.at_endpoint(endpoint),
            None => failure,
        }
    }
}

impl World {
    /// Opens the AWS that the settings name, and learns who the caller is.
    ///
    /// A sandbox is one process's at a time; `if_taken` says what to do while it is another's.
    ///
    /// # Errors
    ///
    /// When there are no credentials or they are not accepted, or the sandbox's file cannot be read.
    pub(crate) async fn open(settings: &Settings, region: &Region, if_taken: IfTaken) -> Result<Self, Failure> {
        Self::open_with(settings, region, |file| Sandbox::open(settings, file, if_taken)).await
    }

    /// Opens it so that a sandbox's time goes by the wall's clock, for other programs than this one.
    ///
    /// # Errors
    ///
    /// As [`World::open`].
    pub(crate) async fn open_running(settings: &Settings, region: &Region) -> Result<Self, Failure> {
        Self::open_with(settings, region, |file| Sandbox::open_running(settings, file)).await
    }

    async fn open_with(
        settings: &Settings,
        region: &Region,
        open: impl FnOnce(&Path) -> Result<Sandbox, Failure>,
    ) -> Result<Self, Failure> {
        let (config, sandbox) = match &settings.place {
            Place::Aws { profile } => (aws(settings, profile.as_deref(), region).await?, None),
            Place::Sandbox { file } => {
                let sandbox = open(file)?;
                (sandbox.sdk_config(region, settings.sandbox_as.as_deref()), Some(sandbox))
            }
        };
        let via = match &settings.place {
            Place::Aws { profile } => Via {
                profile: profile.clone().or_else(|| settings.variables.profile.clone()),
                endpoint: config.endpoint_url().map(str::to_owned),
            },
            Place::Sandbox { .. } => Via::default(),
        };
        let sessions = Sessions::open(&config, region)
            .await
            .map_err(|error| via.explain(failure::session(&error, settings.profile(), settings.is_verbose())))?;
        Ok(Self { sessions, sandbox, via })
    }

    /// Returns by which way AWS is reached.
    pub(crate) fn via(&self) -> &Via {
        &self.via
    }

    /// Returns the sandbox, where the AWS is one.
    pub(crate) fn sandbox(&self) -> Option<&Sandbox> {
        self.sandbox.as_ref()
    }

    /// Keeps what a sandbox has become. Called however a command ended.
    ///
    /// # Errors
    ///
    /// When the sandbox's file cannot be written.
    pub(crate) fn close(&self) -> Result<(), Failure> {
        self.sandbox.as_ref().map_or(Ok(()), Sandbox::save)
    }
}

/// Loads the AWS configuration and makes sure that there are credentials in it.
///
/// A profile that was named on the command line is the only source of credentials, as in the AWS CLI: neither variables of
/// the environment nor the instance's role take its place.
async fn aws(settings: &Settings, profile: Option<&str>, region: &Region) -> Result<SdkConfig, Failure> {
    let region = AwsRegion::new(region.to_string());
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).region(region.clone());
    if let Some(profile) = profile {
        check_profile(settings, profile).await?;
        let provider = ProviderConfig::without_region().with_region(Some(region));
        let provider = ProfileFileCredentialsProvider::builder().configure(&provider).profile_name(profile).build();
        loader = loader.profile_name(profile).credentials_provider(provider);
    } else if let Some(profile) = &settings.variables.profile {
        check_profile(settings, profile).await?;
    }
    let config = loader.load().await;
    if let Some(endpoint) = config.endpoint_url() {
        check_endpoint(endpoint).await?;
    }
    // Asked for here, because inside a call their absence looks like a fault of that call.
    if let Some(provider) = config.credentials_provider() {
        provider.provide_credentials().await.map_err(|error| no_credentials(&error, profile))?;
    }
    Ok(config)
}

/// Fails at once where nothing listens at the address in AWS's place: AWS itself would be worth waiting for.
async fn check_endpoint(endpoint: &str) -> Result<(), Failure> {
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
                .hinted("is it running? AWS_ENDPOINT_URL, or `endpoint_url` in the AWS configuration, leads there"))
        }
        // Whatever else is wrong, the call itself says better.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Refuses a profile that is not there: without it, the AWS crates would go on to whatever else has credentials.
async fn check_profile(settings: &Settings, name: &str) -> Result<(), Failure> {
    let known = profiles::load().await.map_err(|error| {
        let failure = Failure::failed("could not read the AWS configuration").because(error.to_string());
        std::error::Error::source(&error).into_iter().fold(failure, |failure, source| failure.because(source.to_string()))
    })?;
    if known.get_profile(name).is_some() { Ok(()) } else { Err(no_profile(settings, name, &known)) }
}

fn no_profile(settings: &Settings, name: &str, known: &ProfileSet) -> Failure {
    let file = settings.variables.aws_config.as_ref().map_or_else(|| "the AWS configuration".to_owned(), |file| file.display().to_string());
    let mut names: Vec<&str> = known.profiles().collect();
    names.sort_unstable();
    let failure = Failure::failed(format!("there is no profile `{name}` in {file}"));
    let failure = if settings.profile().is_none() { failure.because("AWS_PROFILE names it") } else { failure };
    match &names[..] {
        [] => failure.hinted(format!("there are no profiles at all; `aws configure sso --profile {name}` makes one")),
        [only] => failure.hinted(format!("there is {only}")),
        _ => failure.hinted(format!("there are {}", names.join(", "))),
    }
}

/// Returns why there are no credentials, and which command brings some.
fn no_credentials(error: &CredentialsError, profile: Option<&str>) -> Failure {
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
    let lowered = said.to_lowercase();
    if lowered.contains("sso") && (lowered.contains("expired") || lowered.contains("token")) {
        return Failure::failed("the AWS sign-in has expired").because(said).hinted(format!("run `aws sso login{flag}`"));
    }
    let failure = match profile {
        Some(profile) => Failure::failed(format!("profile `{profile}` has no credentials")).because(said),
        None => Failure::failed("there are no AWS credentials").because(said),
    };
    failure
        .hinted(format!(
            "sign in as an administrator of the management account: `aws sso login{flag}`; the first time `aws configure sso{flag}`"
        ))
        .hinted("or try it without AWS: add `--sandbox`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expired_sign_in_names_the_command() {
        let failure = no_credentials(&CredentialsError::provider_error("the SSO token has expired"), Some("acme"));
        assert!(failure.draw().contains("run `aws sso login --profile acme`"), "{}", failure.draw());
        let failure = no_credentials(&CredentialsError::not_loaded("no providers in chain provided credentials"), None);
        assert!(failure.draw().contains("aws configure sso"), "{}", failure.draw());
    }
}
