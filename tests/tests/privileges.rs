//! Least privilege: which actions a whole run uses, by whom; and that what `provisioner` may do covers all that is done
//! in member accounts. docs/PERMISSIONS.md holds the lists, and this test holds it to them.

use std::collections::{BTreeMap, BTreeSet};

use landfall::apply::{Stop, apply};
use landfall::desired::desired;
use landfall::event::Outcome;
use landfall::lock::{Attempt, Force, Holder, Lock};
use landfall::model::Organization;
use landfall::observe::{NotReady, observe};
use landfall::plan::{PlanOptions, plan};
use landfall::session::Sessions;
use landfall::simulator::{Options, Simulator};
use landfall_tests::{clock, organization, planned};

const STARTUP: &str = include_str!("../../examples/startup/landfall.toml");
const DOCUMENT: &str = include_str!("../../docs/PERMISSIONS.md");

/// Builds what `only` names, or all of it.
async fn build(simulator: &Simulator, organization: &Organization, only: Vec<String>) {
    let sessions = Sessions::open(&simulator.sdk_config("eu-west-1"), &organization.region).await.expect("a session");
    let wanted = desired(organization);
    let survey = observe(&sessions, organization, &wanted, NotReady::Wait).await.expect("observed");
    let mut options = PlanOptions::default();
    options.only = only;
    let plan = plan(organization, &wanted, &survey.observation, &options).expect("not refused");
    let mut events = Vec::new();
    let report = apply(&plan, &sessions, survey.account_sessions, &Stop::default(), &mut |event| events.push(event)).await;
    assert_eq!(report.outcome, Outcome::Done, "{events:#?}");
}

#[tokio::test]
async fn provisioner_may_do_all_that_is_done_and_the_lists_are_those_of_the_document() {
    let simulator = Simulator::new(Options::default(), clock());
    let organization = organization(STARTUP);
    // First the ways in, so that everything else goes through them.
    let ways_in = organization.accounts.keys().map(|key| format!("{key}/iam-role/provisioner")).collect();
    build(&simulator, &organization, ways_in).await;
    let first = simulator.calls().len();
    build(&simulator, &organization, Vec::new()).await;
    let (_, second) = planned(&simulator.sdk_config("eu-west-1"), &organization).await.expect("observed");
    assert!(second.is_settled(), "{:?}", second.view());

    let others = simulator.calls().split_off(first).into_iter().filter(|call| call.caller.contains("OrganizationAccountAccessRole"));
    assert_eq!(others.map(|call| call.operation).collect::<Vec<_>>(), [""; 0], "everything after the ways in goes through provisioner");

    let mut used: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for call in simulator.calls() {
        let who = if call.caller.contains(":assumed-role/provisioner/") {
            "provisioner"
        } else if call.caller.contains(":assumed-role/OrganizationAccountAccessRole/") {
            "access role"
        } else {
            "management"
        };
        // The way in does not exist before it is made; nothing else may be refused.
        let is_way_in = call.service == "sts" && call.operation == "AssumeRole";
        assert!(
            is_way_in || call.error.as_deref().is_none_or(|code| !code.contains("Denied") && !code.contains("Unauthorized")),
            "{call:?}"
        );
        used.entry(who).or_default().insert(format!("{}:{}", call.service, call.operation));
    }
    for (who, heading) in
        [("management", "## The caller, in the management account"), ("provisioner", "## `provisioner`, in a member account")]
    {
        let written = block(heading);
        let used: Vec<&str> = used[who].iter().map(String::as_str).collect();
        assert_eq!(written, used, "docs/PERMISSIONS.md, {heading}: it should say\n{}", used.join("\n"));
    }
}

#[tokio::test]
async fn the_lock_takes_what_the_document_says() {
    let simulator = Simulator::new(Options::default(), clock());
    let organization = organization(STARTUP);
    let sessions = Sessions::open(&simulator.sdk_config("eu-west-1"), &organization.region).await.expect("a session");
    let me = Holder::new("ada", "a", None, 1, "1");
    let lock = Lock::new(&sessions, &organization.name, &organization.region, me, std::sync::Arc::new(|_| false));
    for _ in 0..2 {
        let seen = lock.look().await.expect("seen");
        let Attempt::Taken(held) = lock.take(&seen, Force::None).await.expect("no error") else { panic!("it is free") };
        held.release().await.expect("released");
    }
    let used: BTreeSet<String> =
        simulator.calls().iter().filter(|call| call.service != "sts").map(|call| format!("{}:{}", call.service, call.operation)).collect();
    assert_eq!(block("## The lock, in the management account"), Vec::from_iter(&used));
}

/// Returns the lines of the code block under a heading of the document.
fn block(heading: &str) -> Vec<&'static str> {
    let section = DOCUMENT.split(heading).nth(1).unwrap_or_else(|| panic!("no heading {heading}"));
    section.split("```").nth(1).expect("a block").lines().skip(1).filter(|line| !line.is_empty()).collect()
}
