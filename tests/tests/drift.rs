//! Drift: manual changes are shown, with old and new values, and repaired.

use std::time::{Duration, SystemTime};

use landfall::event::Outcome;
use landfall::simulator::{Clock, Options, Principal, Simulator};
use landfall_tests::tamper::{self, Places};
use landfall_tests::{account_id, applied, organization, planned};

const STARTUP: &str = include_str!("../../examples/startup/landfall.toml");

#[tokio::test]
async fn changes_by_hand_are_shown_and_repaired() {
    let simulator = Simulator::new(
        Options::default().with_confirming("finance@acme.example"),
        Clock::virtual_from(SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000)),
    );
    let organization = organization(STARTUP);
    let management = simulator.sdk_config("eu-west-1");
    let (report, _) = applied(&management, &organization).await.expect("observed");
    assert_eq!(report.outcome, Outcome::Done);

    let (_, plan) = planned(&management, &organization).await.expect("observed");
    let member = |key: &str| {
        let id = account_id(&plan, key).parse().expect("an id");
        let access = Principal::Session(id, "OrganizationAccountAccessRole".to_owned(), "somebody".to_owned());
        simulator.sdk_config_with("eu-west-1", simulator.credentials_for(&access).expect("exists"))
    };
    let places = Places { management: management.clone(), archive: member("log-archive"), prod: member("prod") };
    let changed = tamper::everything(&places).await;
    assert_eq!(changed.len(), 17);

    let (_, plan) = planned(&management, &organization).await.expect("observed");
    let shown: Vec<String> = plan
        .view()
        .steps
        .iter()
        .flat_map(|step| {
            let head = format!("{} {}", step.action.sign(), step.address);
            std::iter::once(head).chain(step.fields.iter().map(|field| format!("    {field}")))
        })
        .collect();
    for drift in &changed {
        let is_shown = plan.view().steps.iter().any(|step| {
            let fields: Vec<String> = step.fields.iter().map(ToString::to_string).collect();
            drift.is_shown(&step.address.to_string(), &fields)
        });
        assert!(is_shown, "{}: {shown:#?}", drift.done);
    }
    insta::assert_snapshot!("changes_by_hand", shown.join("\n"));

    let (report, events) = applied(&management, &organization).await.expect("observed");
    assert_eq!(report.outcome, Outcome::Done, "{events:?}");
    let (_, second) = planned(&management, &organization).await.expect("observed");
    assert!(second.is_settled(), "{:?}", second.view());
}
