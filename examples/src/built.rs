//! An existing organization on a simulated AWS, which the programs start from.
//!
//! Your program does not need this: it takes `aws_config::load_defaults(…)` and the file that `landfall outputs` wrote.

use std::error::Error;
use std::path::Path;

use aws_types::SdkConfig;
use landfall::Environments;
use landfall::apply::{Stop, apply};
use landfall::desired::{DesiredState, desired};
use landfall::environments::Index;
use landfall::model::Organization;
use landfall::observe::{NotReady, observe};
use landfall::plan::{Plan, PlanOptions, plan};
use landfall::session::Sessions;
use landfall::simulator::{Clock, Options, Simulator};

/// An organization that landfall built.
#[derive(Debug)]
#[non_exhaustive]
pub struct Built {
    /// Its manifest, parsed.
    pub organization: Organization,
    /// The administrator's configuration, in place of what `aws_config` loads.
    pub config: SdkConfig,
    /// The index, in place of the file `environments.json`.
    pub index: Index,
}

impl Built {
    /// Builds the startup example on a new simulated AWS.
    ///
    /// # Errors
    ///
    /// When something in it does not work.
    pub async fn startup() -> Result<Self, Box<dyn Error>> {
        Self::startup_on(Clock::wall()).await
    }

    /// Builds the startup example on a simulated AWS with this clock.
    ///
    /// # Errors
    ///
    /// When something in it does not work.
    pub async fn startup_on(clock: Clock) -> Result<Self, Box<dyn Error>> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("startup").join("landfall.toml");
        let organization = crate::read(&manifest)?.organization.ok_or("the startup example has mistakes")?;
        let config = Simulator::new(Options::default(), clock).sdk_config(organization.region.as_str());
        let (sessions, wanted) = (Sessions::open(&config, &organization.region).await?, desired(&organization));
        let survey = observe(&sessions, &organization, &wanted, NotReady::Wait).await?;
        let plan = plan(&organization, &wanted, &survey.observation, &PlanOptions::default())?;
        let report = apply(&plan, &sessions, survey.account_sessions, &Stop::default(), &mut |_| ()).await;
        if report.failed > 0 {
            return Err(format!("{} steps failed", report.failed).into());
        }
        let survey = observe(&sessions, &organization, &wanted, NotReady::Report).await?;
        let index = Index::of(&organization, &wanted, &survey.observation);
        Ok(Self { organization, config, index })
    }

    /// Returns its environments, with AWS attached.
    ///
    /// # Errors
    ///
    /// When the index is not valid.
    pub fn environments(&self) -> Result<Environments, Box<dyn Error>> {
        Ok(Environments::from_index(self.index.clone())?.with_aws(&self.config))
    }

    /// Observes, and plans.
    ///
    /// # Errors
    ///
    /// When AWS cannot be read, or the plan is refused.
    pub async fn plan(&self) -> Result<Plan, Box<dyn Error>> {
        look(&self.config, &self.organization, &desired(&self.organization)).await
    }
}

/// Observes, and plans what should be.
///
/// # Errors
///
/// When AWS cannot be read, or the plan is refused.
pub async fn look(config: &SdkConfig, organization: &Organization, wanted: &DesiredState) -> Result<Plan, Box<dyn Error>> {
    let sessions = Sessions::open(config, &organization.region).await?;
    let survey = observe(&sessions, organization, wanted, NotReady::Report).await?;
    Ok(plan(organization, wanted, &survey.observation, &PlanOptions::default())?)
}
