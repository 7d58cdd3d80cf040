//! Shared by the end-to-end tests: a manifest, a configuration for some AWS, and whole runs.
//!
//! Nothing here asks which AWS it talks to.

pub mod apps;
pub mod ec2;
pub mod github;
pub mod hands;
pub mod kept;
pub mod loopback;
pub mod moto;
pub mod overheard;
pub mod probes;
pub mod shape;
pub mod tamper;
#[cfg(unix)]
pub mod terminal;
pub mod watched;
pub mod wire;

use std::time::{Duration, SystemTime};

use aws_types::SdkConfig;
use landfall::apply::{Report, Stop, apply};
use landfall::desired::{deep, desired};
use landfall::event::{Event, What};
use landfall::manifest::{Source, parse};
use landfall::model::Organization;
use landfall::observe::{NotReady, ObserveError, observe};
use landfall::plan::{Plan, PlanOptions, plan};
use landfall::session::Sessions;
use landfall::simulator::Clock;

/// Returns a clock on which waiting takes no time; it starts at the same moment every time.
#[must_use]
pub fn clock() -> Clock {
    Clock::virtual_from(SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000))
}

/// The smallest organization with a place for each fault.
const SMALL: &str = r#"schema = 1
[organization]
name = "acme"
email = "aws+{account}@acme.example"
region = "eu-west-1"
regions = ["eu-west-1", "us-east-1"]
[environments.dev]
tier = "development"
network = { cidr = "10.16.0.0/24", azs = 1, subnets = ["public", "private"] }
[environments.prod]
tier = "production"
"#;

/// Returns a manifest of two environments, one with a small network, and what else is wanted in it.
#[must_use]
pub fn small(more: &str) -> String {
    format!("{SMALL}{}", more.trim_start())
}

/// Returns that manifest without its network.
///
/// # Panics
///
/// When it has none.
#[must_use]
pub fn without_network(manifest: &str) -> String {
    let is_network = |line: &&str| line.starts_with("network = ");
    assert_eq!(manifest.lines().filter(is_network).count(), 1, "{manifest}");
    manifest.split_inclusive('\n').filter(|line| !is_network(line)).collect()
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

/// Returns the id of an account that was built.
///
/// # Panics
///
/// When it was not.
#[must_use]
pub fn account_id(plan: &Plan, key: &str) -> String {
    plan.facts.find(&format!("account/{key}").parse().expect("a key"), "id").expect("built").to_owned()
}

/// One observation and its plan.
///
/// # Errors
///
/// What observing failed with.
///
/// # Panics
///
/// When the configuration gives no session, or the plan is refused.
pub async fn planned(config: &SdkConfig, organization: &Organization) -> Result<(Sessions, Plan), ObserveError> {
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
pub async fn applied(config: &SdkConfig, organization: &Organization) -> Result<(Report, Vec<Event>), ObserveError> {
    let mut events = Vec::new();
    let mut emit = |event| events.push(event);
    let (_, report) = ran(config, organization, &PlanOptions::default(), &Stop::default(), &mut emit).await?;
    Ok((report, events))
}

/// A whole run with `--prune`.
///
/// # Panics
///
/// When observing fails, the configuration gives no session, or the plan is refused.
pub async fn pruned(config: &SdkConfig, organization: &Organization) -> (Plan, Vec<Event>) {
    let mut options = PlanOptions::default();
    options.prune = true;
    let mut events = Vec::new();
    let mut emit = |event| events.push(event);
    let (plan, _) = ran(config, organization, &options, &Stop::default(), &mut emit).await.expect("observed");
    (plan, events)
}

/// A whole run, with these options, that this may stop.
///
/// # Errors
///
/// What observing failed with.
///
/// # Panics
///
/// When the configuration gives no session, or the plan is refused.
pub async fn ran(
    config: &SdkConfig,
    organization: &Organization,
    options: &PlanOptions,
    stop: &Stop,
    emit: &mut (dyn FnMut(Event) + Send),
) -> Result<(Plan, Report), ObserveError> {
    let sessions = Sessions::open(config, &organization.region).await.expect("a session");
    let wanted = if options.deep { deep(organization) } else { desired(organization) };
    let survey = observe(&sessions, organization, &wanted, NotReady::Wait).await?;
    let plan = plan(organization, &wanted, &survey.observation, options).expect("not refused");
    let report = apply(&plan, &sessions, survey.account_sessions, stop, emit).await;
    Ok((plan, report))
}
