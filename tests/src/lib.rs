//! What the end-to-end tests share: a manifest, a configuration for some AWS, and whole runs.
//!
//! Nothing here asks which AWS it talks to.

pub mod hands;
pub mod kept;
pub mod loopback;
pub mod moto;
pub mod overheard;
pub mod probes;
pub mod shape;
pub mod tamper;
pub mod watched;
pub mod wire;

use std::time::{Duration, SystemTime};

use landfall::apply::{Report, Stop, apply};
use landfall::desired::desired;
use landfall::event::{Event, What};
use landfall::manifest::{Source, parse};
use landfall::model::Organization;
use landfall::observe::{NotReady, ObserveError, observe};
use landfall::plan::{Plan, PlanOptions, plan};
use landfall::session::Sessions;
use landfall::simulator::Clock;

/// Returns a clock on which nobody waits; it begins at the same moment every time.
#[must_use]
pub fn clock() -> Clock {
    Clock::virtual_from(SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000))
}

/// Parses a manifest that must be right.
///
/// # Panics
///
/// When it is not.
#[must_use]
pub fn organization(text: &str) -> Organization {
    let source = Source { name: "landfall.toml".to_owned(), text: text.to_owned() };
    let parsed = parse(&source, &|path| Err(format!("{path} is not there")));
    assert_eq!(parsed.diagnostics, []);
    parsed.organization.expect("no diagnostics")
}

/// Returns a line for each step of a run that failed or was skipped.
#[must_use]
pub fn failures(events: &[Event]) -> Vec<String> {
    let told = events.iter().filter_map(|event| match &event.what {
        What::StepFailed { address, message, hint, .. } => Some(format!("{address}: {message} ({hint})")),
        What::StepSkipped { address, because } => Some(format!("{address} skipped: {because}")),
        _ => None,
    });
    told.collect()
}

/// One look and the plan it gives.
///
/// # Errors
///
/// What observing failed with.
///
/// # Panics
///
/// When the configuration gives no session, or the plan is refused.
pub async fn planned(config: &aws_types::SdkConfig, organization: &Organization) -> Result<(Sessions, Plan), ObserveError> {
    let sessions = Sessions::open(config, &organization.region).await.expect("a session");
    let wanted = desired(organization);
    let survey = observe(&sessions, organization, &wanted, NotReady::Report).await?;
    Ok((sessions, plan(organization, &wanted, &survey.observation, &PlanOptions::default()).expect("not refused")))
}

/// A whole run: look, plan, apply.
///
/// # Errors
///
/// What observing failed with.
///
/// # Panics
///
/// When the configuration gives no session, or the plan is refused.
pub async fn applied(config: &aws_types::SdkConfig, organization: &Organization) -> Result<(Report, Vec<Event>), ObserveError> {
    let sessions = Sessions::open(config, &organization.region).await.expect("a session");
    let wanted = desired(organization);
    let survey = observe(&sessions, organization, &wanted, NotReady::Wait).await?;
    let plan = plan(organization, &wanted, &survey.observation, &PlanOptions::default()).expect("not refused");
    let mut events = Vec::new();
    let report = apply(&plan, &sessions, survey.entrances, &Stop::default(), &mut |event| events.push(event)).await;
    Ok((report, events))
}
