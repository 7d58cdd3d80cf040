//! The AWS that a command works on: the real one with its credentials, or a sandbox with its file.

use std::path::Path;

use aws_config::{BehaviorVersion, Region as AwsRegion};
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_types::SdkConfig;
use landfall::name::Region;
use landfall::session::Sessions;

use crate::failure::{self, Failure};
use crate::sandbox::Sandbox;
use crate::settings::{IfTaken, Place, Settings};

/// An opened AWS.
#[derive(Debug)]
pub(crate) struct World {
    /// The way into every account.
    pub(crate) sessions: Sessions,
    sandbox: Option<Sandbox>,
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
            Place::Aws { profile } => (aws(profile.as_deref(), region).await?, None),
            Place::Sandbox { file } => {
                let sandbox = open(file)?;
                (sandbox.sdk_config(region), Some(sandbox))
            }
        };
        let sessions =
            Sessions::open(&config, region).await.map_err(|error| failure::session(&error, settings.profile(), settings.is_verbose()))?;
        Ok(Self { sessions, sandbox })
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
async fn aws(profile: Option<&str>, region: &Region) -> Result<SdkConfig, Failure> {
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).region(AwsRegion::new(region.to_string()));
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    let config = loader.load().await;
    // Asked for here, because inside a call their absence looks like a fault of that call.
    if let Some(provider) = config.credentials_provider() {
        provider.provide_credentials().await.map_err(|error| no_credentials(&error, profile))?;
    }
    Ok(config)
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
    let failure = Failure::failed("there are no AWS credentials").because(said);
    match profile {
        Some(profile) => failure.hinted(format!("is there a profile `{profile}`? `aws configure list-profiles` lists them")),
        None => failure,
    }
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
