//! What the tests of the screens share: runs as events, and worlds that the simulator made.

use landfall::apply::{Stop, apply};
use landfall::desired::{DesiredState, desired};
use landfall::event::Event;
use landfall::manifest::{Source, parse};
use landfall::model::Organization;
use landfall::observe::{NotReady, observe};
use landfall::observed::Observation;
use landfall::plan::{PlanOptions, plan};
use landfall::session::Sessions;
use landfall::simulator::{Clock, Options, Preset, Simulator};
use serde_json::{Value, json};

use super::layout::Layout;
use super::progress::Progress;
use crate::settings::Rerun;
use crate::titles::titles;

/// Three environments with their networks.
pub(crate) const STARTUP: &str = include_str!("../../../examples/startup/landfall.toml");

/// Returns events from what each says beside its place and time: milliseconds, name, fields.
pub(crate) fn events(told: &[(u64, &str, Value)]) -> Vec<Event> {
    let event = |(index, (elapsed, name, fields)): (usize, &(u64, &str, Value))| {
        let mut event = json!({ "v": 1, "seq": index + 1, "at": "2026-11-24T19:00:00Z", "elapsed_ms": elapsed, "event": name });
        let fields = fields.as_object().cloned().unwrap_or_default();
        event.as_object_mut().expect("an object").extend(fields);
        serde_json::from_value(event).expect("an event")
    };
    told.iter().enumerate().map(event).collect()
}

/// Returns the first event of a run that creates these.
pub(crate) fn beginning(addresses: &[&str]) -> (u64, &'static str, Value) {
    let steps: Vec<Value> = addresses.iter().map(|address| json!({ "address": address, "action": "create" })).collect();
    (0, "run_started", json!({ "steps": steps }))
}

/// Returns where a run stands after its events.
pub(crate) fn progress(events: &[Event]) -> Progress {
    let mut progress = Progress::default();
    for event in events {
        progress.take(event);
    }
    progress
}

/// Returns a layout on the real AWS for an organization.
pub(crate) fn layout(organization: Option<&Organization>, width: usize) -> Layout {
    let titles = organization.map(titles).unwrap_or_default();
    Layout {
        titles,
        rerun: Rerun::default(),
        saved: String::new(),
        sandbox: false,
        via: String::new(),
        aws: "AWS".to_owned(),
        whole: false,
        unfolded: false,
        wraps: true,
        width,
    }
}

/// Returns a text as a screen without colours shows it.
pub(crate) fn seen(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

/// Returns the organization of a manifest that is right.
pub(crate) fn organization(text: &str) -> Organization {
    let parsed = parse(&Source { name: "landfall.toml".to_owned(), text: text.to_owned() }, &|_| Err("no files".to_owned()));
    parsed.organization.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics))
}

/// An organization that was built in a simulator, as it is seen afterwards, and what the building told.
pub(crate) struct Built {
    pub(crate) organization: Organization,
    pub(crate) wanted: DesiredState,
    pub(crate) observation: Observation,
    pub(crate) events: Vec<Event>,
}

/// Builds a manifest's organization in virtual time.
pub(crate) async fn built(manifest: &str, preset: Preset) -> Built {
    let organization = organization(manifest);
    let wanted = desired(&organization);
    let simulator = Simulator::new(Options::default().with_preset(preset), Clock::virtual_from(std::time::SystemTime::UNIX_EPOCH));
    let sessions = Sessions::open(&simulator.sdk_config(organization.region.as_str()), &organization.region).await.expect("a session");
    let survey = observe(&sessions, &organization, &wanted, NotReady::Wait).await.expect("seen");
    let todo = plan(&organization, &wanted, &survey.observation, &PlanOptions::default()).expect("not refused");
    let mut events = Vec::new();
    let report = apply(&todo, &sessions, survey.account_sessions, &Stop::default(), &mut |event| events.push(event)).await;
    assert_eq!((report.failed, report.skipped), (0, 0));
    let survey = observe(&sessions, &organization, &wanted, NotReady::Wait).await.expect("seen");
    Built { organization, wanted, observation: survey.observation, events }
}
