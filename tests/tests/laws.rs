//! The laws of `landfall::kind`, for every registered kind: a kind that has no example here fails.
//!
//! The example `enterprise` is made, changed by other hands, and unmade; each plan is applied twice, the second time by a process
//! that knows only the plan, and the world must not change by it.

use std::collections::{BTreeMap, BTreeSet};

use landfall::apply::{Stop, apply};
use landfall::event::{Event, What};
use landfall::kind::{Action, NAMES};
use landfall::model::Organization;
use landfall::plan::{Plan, PlanOptions, plan};
use landfall::session::Sessions;
use landfall::simulator::{Clock, Options, Simulator};
use landfall_tests::shape::{difference, shape};
use landfall_tests::{organization, planned};
use serde_json::Value;

const REGION: &str = "eu-west-1";
const ENTERPRISE: &str = include_str!("../../examples/enterprise/landfall.toml");

/// The organization alone, with nothing in it.
const BARE: &str = "schema = 1\n[organization]\nname = \"acme\"\nemail = \"aws+{account}@acme.example\"\nregion = \"eu-west-1\"\n";

/// Kinds without tags and edits: there or not there.
const NEVER_CHANGED: [&str; 2] = ["attachment", "trusted-access"];

fn kinds(plan: &Plan, action: Action) -> BTreeSet<&'static str> {
    plan.steps.iter().filter(|step| step.change.action() == action).map(|step| step.address.kind()).collect()
}

async fn carry_out(simulator: &Simulator, organization: &Organization, plan: &Plan) {
    let sessions = Sessions::open(&simulator.sdk_config(REGION), &organization.region).await.expect("a session");
    let mut wrong = Vec::new();
    let report = apply(plan, &sessions, BTreeMap::new(), &Stop::default(), &mut |event: Event| {
        if let What::StepFailed { address, message, hint, .. } = event.what {
            wrong.push(format!("{address}: {message} ({hint})"));
        }
    })
    .await;
    assert_eq!((wrong, report.done), (Vec::new(), plan.steps.len()));
}

/// Applies a plan twice: the second time changes nothing, and what was planned is settled (laws 2, 3 and 4).
async fn twice(simulator: &Simulator, organization: &Organization, plan: &Plan, prune: bool) {
    let mut shapes = Vec::new();
    for _ in 0..2 {
        carry_out(simulator, organization, plan).await;
        let before = simulator.calls().len();
        let after = looked(simulator, organization, prune).await;
        assert!(after.steps.is_empty(), "{:?}", after.view());
        // Law 1: a look never writes.
        let written: Vec<String> =
            simulator.calls()[before..].iter().filter(|call| call.mutating).map(|call| call.operation.clone()).collect();
        assert_eq!(written.iter().filter(|operation| *operation != "AssumeRole").count(), 0, "{written:?}");
        shapes.push(shape(&simulator.to_json()));
    }
    let mut changed = difference(&shapes[0], &shapes[1]);
    // AWS keeps a record of the requests that it refused because the e-mail is known.
    changed.retain(|line| !line.contains(" .world.organization.creations."));
    assert_eq!(changed, [""; 0]);
}

async fn looked(simulator: &Simulator, organization: &Organization, prune: bool) -> Plan {
    if !prune {
        return planned(&simulator.sdk_config(REGION), organization).await.expect("observed").1;
    }
    let sessions = Sessions::open(&simulator.sdk_config(REGION), &organization.region).await.expect("a session");
    let wanted = landfall::desired::desired(organization);
    let survey = landfall::observe::observe(&sessions, organization, &wanted, landfall::observe::NotReady::Report).await.expect("observed");
    let mut options = PlanOptions::default();
    options.prune = true;
    plan(organization, &wanted, &survey.observation, &options).expect("not refused")
}

/// Takes the organization's tag off one thing of each kind, and returns which kinds have one.
fn untagged(value: &mut Value, done: &mut BTreeSet<String>) {
    if let Some(address) = value.get("landfall:address").and_then(Value::as_str) {
        let address: landfall::address::Address = address.parse().expect("an address");
        if done.insert(address.kind().to_owned()) {
            value.as_object_mut().expect("tags").remove("landfall:organization");
        }
        return;
    }
    match value {
        Value::Object(members) => {
            members.iter_mut().filter(|(key, _)| *key != "creations").for_each(|(_, member)| untagged(member, done));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| untagged(item, done)),
        _ => {}
    }
}

#[tokio::test]
async fn every_kind_keeps_them() {
    let all: BTreeSet<&str> = NAMES.iter().copied().collect();
    let organization = organization(ENTERPRISE);
    let simulator = Simulator::new(Options::default(), landfall_tests::clock());

    let made = looked(&simulator, &organization, false).await;
    assert_eq!(kinds(&made, Action::Create), all, "every kind is made by the example");
    twice(&simulator, &organization, &made, false).await;

    let mut document: Value = serde_json::from_str(&simulator.to_json()).expect("JSON");
    untagged(&mut document["world"], &mut BTreeSet::new());
    let simulator = Simulator::from_json(&document.to_string(), Clock::virtual_from).expect("a world");
    let mended = looked(&simulator, &organization, false).await;
    let expected: BTreeSet<&str> = all.iter().copied().filter(|kind| !NEVER_CHANGED.contains(kind)).collect();
    assert_eq!(kinds(&mended, Action::Change), expected, "every kind with tags has them put back");
    assert!(mended.view().steps.iter().all(|step| !step.fields.is_empty()), "a change says what it changes");
    twice(&simulator, &organization, &mended, false).await;

    let bare = landfall_tests::organization(BARE);
    let unmade = looked(&simulator, &bare, true).await;
    let removed = kinds(&unmade, Action::Remove);
    let kept: BTreeSet<&str> = all.difference(&removed).copied().collect();
    let never = ["access-role", "account", "bucket", "key", "network-acl", "organization", "security-group", "trail", "trusted-access"];
    assert_eq!(kept, never.into_iter().collect(), "what is left is never removed");
    twice(&simulator, &bare, &unmade, true).await;
}
