//! The AWS that a command works on: the real one with its credentials, or a sandbox with its file.

use std::path::Path;
use std::time::Duration;

use aws_types::SdkConfig;
use landfall::name::Region;
use landfall::session::Sessions;

use crate::chain;
use crate::endpoint;
use crate::failure::{self, Failure};
use crate::sandbox::Sandbox;
use crate::settings::{IfTaken, Settings, Target};
use crate::waiting;

/// An opened AWS.
#[derive(Debug)]
pub(crate) struct AwsTarget {
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
    /// The address that takes AWS's place, as it may be shown.
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

impl AwsTarget {
    /// Opens the AWS that the settings name, and learns who the caller is.
    ///
    /// A sandbox is one process's at a time; `if_taken` says what to do while it is another's.
    ///
    /// # Errors
    ///
    /// When there are no credentials or they are not accepted, or the sandbox's file cannot be read.
    pub(crate) async fn open(settings: &Settings, region: &Region, if_taken: IfTaken) -> Result<Self, Failure> {
        Self::open_with(settings, region, (None, None), |file| Sandbox::open(settings, file, if_taken)).await
    }

    /// Opens it for all calls of a command that may take so long together; those of a sandbox, whose time is its own, any time.
    /// `loaded` is the caller's configuration, where it was loaded already.
    ///
    /// # Errors
    ///
    /// As [`AwsTarget::open`].
    pub(crate) async fn open_within(
        settings: &Settings,
        region: &Region,
        limit: Option<Duration>,
        loaded: Option<SdkConfig>,
    ) -> Result<Self, Failure> {
        Self::open_with(settings, region, (limit, loaded), |file| Sandbox::open(settings, file, IfTaken::Wait)).await
    }

    /// Opens it so that a sandbox's time goes by the wall's clock, for other programs than this one.
    ///
    /// # Errors
    ///
    /// As [`AwsTarget::open`].
    pub(crate) async fn open_running(settings: &Settings, region: &Region) -> Result<Self, Failure> {
        Self::open_with(settings, region, (None, None), |file| Sandbox::open_running(settings, file)).await
    }

    async fn open_with(
        settings: &Settings,
        region: &Region,
        (limit, loaded): (Option<Duration>, Option<SdkConfig>),
        open: impl FnOnce(&Path) -> Result<Sandbox, Failure>,
    ) -> Result<Self, Failure> {
        let (config, sandbox) = match &settings.target {
            Target::Aws { profile } => match loaded {
                Some(loaded) => (loaded, None),
                None => (chain::load(settings, profile.as_deref(), region).await?, None),
            },
            Target::Sandbox { file } => {
                let sandbox = open(file)?;
                (sandbox.sdk_config(region, settings.sandbox_as.as_deref()), Some(sandbox))
            }
        };
        let via = match &settings.target {
            Target::Aws { profile } => Via {
                profile: profile.clone().or_else(|| settings.variables.profile.clone()),
                // The first call is STS's, which may have an address of its own.
                endpoint: endpoint::of_service(&config, "STS").as_deref().or_else(|| config.endpoint_url()).map(endpoint::shown),
            },
            Target::Sandbox { .. } => Via::default(),
        };
        let open = Sessions::open(&config, region);
        let open = match limit.filter(|_| sandbox.is_none()) {
            Some(limit) => open.within(limit),
            None => open,
        };
        let open = open.into_future();
        let opened = match sandbox {
            // Its time is its own.
            Some(_) => open.await,
            None => waiting::reported(settings.screen, via.aws(), open).await,
        };
        let sessions = opened.map_err(|error| via.explain(failure::session(&error, settings.profile(), settings.is_verbose())))?;
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
