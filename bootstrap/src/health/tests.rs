//! Health as it is read off a world, on the simulator.

use landfall::apply::{Stop, apply};
use landfall::desired::desired;
use landfall::manifest::{Source, parse};
use landfall::observe::{NotReady, observe};
use landfall::plan::{Plan, PlanOptions, plan};
use landfall::session::Sessions;
use landfall::simulator::{Clock, Options, Simulator};

use super::*;

const STARTUP: &str = include_str!("../../../examples/startup/landfall.toml");

#[tokio::test]
async fn a_trail_that_is_off_is_drift_of_the_organization_and_shown_at_the_archive() {
    let source = Source { name: "m".to_owned(), text: STARTUP.to_owned() };
    let organization = parse(&source, &|_| Err("no files".to_owned())).organization.expect("valid");
    let simulator = Simulator::new(Options::default(), Clock::wall());
    let sessions = Sessions::open(&simulator.sdk_config("eu-west-1"), &organization.region).await.expect("a session");
    let wanted = desired(&organization);
    let planned =
        |observation: &Observation| -> Plan { plan(&organization, &wanted, observation, &PlanOptions::default()).expect("not refused") };
    let survey = observe(&sessions, &organization, &wanted, NotReady::Wait).await.expect("observed");
    let report = apply(&planned(&survey.observation), &sessions, survey.account_sessions, &Stop::default(), &mut |_| {}).await;
    assert_eq!(report.exit, 0);

    let look = async || {
        let survey = observe(&sessions, &organization, &wanted, NotReady::Report).await.expect("observed");
        tree(&organization, &survey.observation, &planned(&survey.observation).view(), sessions.clock().now(), None)
    };
    let settled = look().await;
    let archive = |tree: &Tree| tree.every_account().find(|account| account.name == "log-archive").cloned().expect("listed");
    let logging = |tree: &Tree| archive(tree).trail.map(|trail| trail.logging);
    assert_eq!((settled.drifted, logging(&settled)), (0, Some(true)));
    let networks: Vec<usize> = settled.every_account().filter_map(|account| Some(account.network.as_ref()?.nat_gateways)).collect();
    assert_eq!(networks.iter().sum::<usize>(), 5);

    aws_sdk_cloudtrail::Client::new(sessions.own().sdk_config()).stop_logging().name("acme-organization").send().await.expect("stopped");
    let off = look().await;
    assert_eq!((off.drifted, logging(&off)), (1, Some(false)));
    assert_eq!(archive(&off).health, Health::Settled, "the archive itself is as it was");
    assert_eq!((settled.trail_trouble(), off.trail_trouble()), (None, Some("trail OFF")));
}

/// `status` and `plan` agree: what the plan blocks is not said to be coming.
#[tokio::test]
async fn an_account_that_the_plan_blocks_is_not_to_be_made() {
    let parsed = |text: &str| {
        let source = Source { name: "m".to_owned(), text: text.to_owned() };
        parse(&source, &|_| Err("no files".to_owned())).organization.expect("valid")
    };
    let built = parsed(STARTUP);
    let simulator = Simulator::new(Options::default(), Clock::wall());
    let sessions = Sessions::open(&simulator.sdk_config("eu-west-1"), &built.region).await.expect("a session");
    let survey = observe(&sessions, &built, &desired(&built), NotReady::Wait).await.expect("observed");
    let first = plan(&built, &desired(&built), &survey.observation, &PlanOptions::default()).expect("not refused");
    assert_eq!(apply(&first, &sessions, survey.account_sessions, &Stop::default(), &mut |_| {}).await.exit, 0);

    let renamed = parsed(&STARTUP.replace("aws+{account}@", "ops+{account}@"));
    let survey = observe(&sessions, &renamed, &desired(&renamed), NotReady::Report).await.expect("observed");
    let now = plan(&renamed, &desired(&renamed), &survey.observation, &PlanOptions::default()).expect("not refused");
    assert!(now.blocked.iter().any(|blocked| blocked.address.to_string() == "account/dev"), "its e-mail is another");
    let tree = tree(&renamed, &survey.observation, &now.view(), sessions.clock().now(), None);
    let dev = tree.every_account().find(|account| account.name == "dev").expect("listed");
    assert!(matches!(dev.health, Health::Drifted { blocked, .. } if blocked > 0), "{:?}", dev.health);
}
