//! Whole runs on the simulator: built, settled, repeated; and the worlds in which something is wrong.

use std::time::{Duration, SystemTime};

use landfall::apply::{Stop, apply};
use landfall::desired::desired;
use landfall::event::{Event, Outcome, What};
use landfall::model::Organization;
use landfall::observe::{NotReady, ObserveError, observe};
use landfall::plan::{PlanOptions, plan};
use landfall::session::Sessions;
use landfall::simulator::{Clock, Options, Preset, Principal, Simulator, ask_json};
use landfall_tests::kept::Kept;
use landfall_tests::loopback::Loopback;
use landfall_tests::overheard::listen;
use landfall_tests::{applied, clock, failures, organization, planned};
use serde_json::json;

const STARTUP: &str = include_str!("../../examples/startup/landfall.toml");

fn world() -> Simulator {
    Simulator::new(Options::default(), clock())
}

async fn build(simulator: &Simulator, organization: &Organization) {
    let (report, events) = applied(&simulator.sdk_config("eu-west-1"), organization).await.expect("observed");
    assert_eq!(failures(&events), [""; 0]);
    assert_eq!(report.outcome, Outcome::Done);
}

#[tokio::test]
async fn built_once_and_settled_ever_after() {
    let simulator = world();
    let organization = organization(STARTUP);
    build(&simulator, &organization).await;
    let (_, second) = planned(&simulator.sdk_config("eu-west-1"), &organization).await.expect("observed");
    assert!(second.is_settled(), "{:?}", second.view());
    simulator.forget_calls();
    build(&simulator, &organization).await;
    let writes: Vec<_> = simulator.calls().into_iter().filter(|call| call.mutating && call.service != "sts").collect();
    assert!(writes.is_empty(), "{writes:?}");
}

/// Every log at every level, of the callers and of the simulator, in the process and over HTTP. At `TRACE` the AWS runtime would log bodies: it
/// is not heard where landfall sends (`aws/client.rs`).
#[tokio::test]
async fn values_of_settings_and_secrets_are_in_no_log_and_no_record() {
    const TOKEN: &str = "00000000-0000-4000-8000-000000000001";
    let logs = listen();
    let simulator = world();
    let config = simulator.sdk_config("eu-west-1");
    build(&simulator, &organization(STARTUP)).await;
    let served = simulator.clone();
    let loopback = Loopback::serve(move || served);
    let client = aws_smithy_http_client::Builder::new().build_http();
    let over_http = config.to_builder().http_client(client).endpoint_url(&loopback.address).build();
    let mut shown = Vec::new();
    for (config, name) in [(&config, "/app/in-process"), (&over_http, "/app/over-http")] {
        let put = json!({ "Name": name, "Value": "SECRET-parameter", "Type": "SecureString" });
        ask_json(config, "ssm", "PutParameter", &put).await.expect("put");
        shown.push(ask_json(config, "ssm", "PutParameter", &put).await.expect_err("it is there"));
        let read = ask_json(config, "ssm", "GetParameter", &json!({ "Name": name, "WithDecryption": true })).await.expect("read");
        assert_eq!(read["Parameter"]["Value"], "SECRET-parameter");
        let create = json!({ "Name": name, "SecretString": "SECRET-secret", "ClientRequestToken": TOKEN });
        ask_json(config, "secretsmanager", "CreateSecret", &create).await.expect("made");
        let read = ask_json(config, "secretsmanager", "GetSecretValue", &json!({ "SecretId": name })).await.expect("read");
        assert_eq!(read["SecretString"], "SECRET-secret");
        let other = json!({ "SecretId": name, "SecretString": "SECRET-other", "ClientRequestToken": TOKEN });
        shown.push(ask_json(config, "secretsmanager", "PutSecretValue", &other).await.expect_err("another value"));
    }
    assert_eq!(shown, ["ParameterAlreadyExists", "ResourceExistsException"].repeat(2));
    shown.push(format!("{:?}", simulator.calls()));
    let logged = logs.text();
    assert!(logged.contains("AssumeRole"), "nothing was overheard");
    for line in logged.lines().chain(shown.iter().flat_map(|text| text.lines())) {
        assert!(!line.contains("SECRET-"), "{line}");
    }
}

#[tokio::test]
async fn the_same_plan_twice_changes_nothing_the_second_time() {
    let simulator = world();
    let organization = organization(STARTUP);
    let config = simulator.sdk_config("eu-west-1");
    let sessions = Sessions::open(&config, &organization.region).await.expect("a session");
    let wanted = desired(&organization);
    let survey = observe(&sessions, &organization, &wanted, NotReady::Wait).await.expect("observed");
    let plan = plan(&organization, &wanted, &survey.observation, &PlanOptions::default()).expect("not refused");
    for _ in 0..2 {
        let mut events = Vec::new();
        let report = apply(&plan, &sessions, survey.account_sessions.clone(), &Stop::default(), &mut |event| events.push(event)).await;
        assert_eq!(failures(&events), [""; 0]);
        assert_eq!(report.done, plan.steps.len());
    }
    let (_, after) = planned(&config, &organization).await.expect("observed");
    assert!(after.is_settled(), "{:?}", after.view());
}

#[tokio::test]
async fn under_aws_like_delays_it_takes_minutes_of_virtual_time() {
    let mut options = Options::default();
    options.preset = Preset::Realistic;
    let began = SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000);
    let simulator = Simulator::new(options, Clock::virtual_from(began));
    let organization = organization(STARTUP);
    let (report, events) = applied(&simulator.sdk_config("eu-west-1"), &organization).await.expect("observed");
    assert_eq!(failures(&events), [""; 0]);
    assert_eq!(report.outcome, Outcome::Done);
    let last = events.last().expect("there are events");
    let seconds = last.elapsed_ms / 1000;
    assert!((60..600).contains(&seconds), "{seconds} s of virtual time");
    let (_, second) = planned(&simulator.sdk_config("eu-west-1"), &organization).await.expect("observed");
    assert!(second.is_settled(), "{:?}", second.view());
}

#[tokio::test]
async fn what_was_kept_call_by_call_is_the_same_world() {
    let simulator = Simulator::new(Options::default().with_preset(Preset::Realistic), clock());
    let kept = Kept::of(&simulator);
    let organization = organization(STARTUP);
    build(&simulator, &organization).await;
    let (_, second) = planned(&simulator.sdk_config("eu-west-1"), &organization).await.expect("observed");
    assert!(second.is_settled(), "{:?}", second.view());
    let world = |simulator: &Simulator| {
        let text: serde_json::Value = serde_json::from_str(&simulator.to_json()).expect("JSON");
        text["world"].to_string()
    };
    assert!(world(&kept.reopened()) == world(&simulator), "all that changes a world is kept, in the order in which it happened");
}

#[tokio::test]
async fn asked_to_stop_it_breaks_off_its_waiting_and_the_next_run_goes_on() {
    let mut options = Options::default();
    options.preset = Preset::Realistic;
    let simulator = Simulator::new(options, clock());
    let organization = organization(STARTUP);
    let config = simulator.sdk_config("eu-west-1");
    let sessions = Sessions::open(&config, &organization.region).await.expect("a session");
    let wanted = desired(&organization);
    let survey = observe(&sessions, &organization, &wanted, NotReady::Wait).await.expect("observed");
    let plan = plan(&organization, &wanted, &survey.observation, &PlanOptions::default()).expect("not refused");
    let stop = Stop::default();
    let mut events: Vec<Event> = Vec::new();
    let mut asked_at = None;
    let report = apply(&plan, &sessions, survey.account_sessions, &stop, &mut |event: Event| {
        if asked_at.is_none() && matches!(&event.what, What::StepRetried { address, .. } if address.kind() == "account") {
            asked_at = Some(event.elapsed_ms);
            stop.ask();
        }
        events.push(event);
    })
    .await;
    assert_eq!((report.outcome, report.exit, report.failed), (Outcome::Interrupted, 130, 0), "{:?}", failures(&events));
    let waited = events.last().expect("there are events").elapsed_ms - asked_at.expect("accounts wait for the organization");
    assert_eq!(waited, 0, "calls take no time here, so all of it would be pauses");
    build(&simulator, &organization).await;
}

/// Crashes at an event: whatever is in flight then is dropped between two calls, as a killed process drops it.
#[tokio::test]
async fn crashed_at_any_of_a_dozen_moments_the_next_run_ends_settled_and_nothing_stands_twice() {
    let organization = organization(STARTUP);
    let (_, events) = applied(&world().sdk_config("eu-west-1"), &organization).await.expect("observed");
    for moment in (1..events.len()).step_by(events.len() / 12) {
        let simulator = world();
        let config = simulator.sdk_config("eu-west-1");
        let sessions = Sessions::open(&config, &organization.region).await.expect("a session");
        let wanted = desired(&organization);
        let survey = observe(&sessions, &organization, &wanted, NotReady::Wait).await.expect("observed");
        let plan = plan(&organization, &wanted, &survey.observation, &PlanOptions::default()).expect("not refused");
        let run = tokio::spawn(async move {
            let mut seen = 0;
            let mut emit = |_| {
                seen += 1;
                assert_ne!(seen, moment, "the crash that this test is about");
            };
            let _ = apply(&plan, &sessions, survey.account_sessions, &Stop::default(), &mut emit).await;
        });
        assert!(run.await.expect_err("crashed").is_panic());
        build(&simulator, &organization).await;
        let (_, second) = planned(&config, &organization).await.expect("observed");
        assert!(second.is_settled() && second.orphans.is_empty(), "{moment}: {:?}", second.view());
    }
}

#[tokio::test]
async fn events_keep_their_grammar() {
    let (_, events) = applied(&world().sdk_config("eu-west-1"), &organization(STARTUP)).await.expect("observed");
    assert!(matches!(events[0].what, What::RunStarted { .. }));
    assert!(matches!(events[events.len() - 1].what, What::RunFinished { .. }));
    for (index, event) in events.iter().enumerate() {
        assert_eq!(event.seq, index as u64 + 1);
        assert!(index == 0 || events[index - 1].elapsed_ms <= event.elapsed_ms);
        let line = serde_json::to_value(event).expect("serializes");
        assert_eq!(line["v"], 1);
        assert!(line["event"].is_string());
    }
    let What::RunStarted { steps, .. } = &events[0].what else { unreachable!("asserted above") };
    for step in steps {
        let ends = events
            .iter()
            .filter(|event| match &event.what {
                What::StepDone { address } | What::StepFailed { address, .. } | What::StepSkipped { address, .. } => {
                    *address == step.address
                }
                _ => false,
            })
            .count();
        assert_eq!(ends, 1, "{}", step.address);
    }
}

#[tokio::test]
async fn root_and_member_credentials_are_refused_before_anything_is_written() {
    let simulator = world();
    let organization = organization(STARTUP);
    build(&simulator, &organization).await;
    simulator.forget_calls();
    let root = simulator.credentials_for(&Principal::Root(Simulator::management_account())).expect("exists");
    let refused = planned(&simulator.sdk_config_with("eu-west-1", root), &organization).await.expect_err("root");
    assert!(matches!(refused, ObserveError::RootUser(_)), "{refused}");
    assert!(refused.hint().contains("administrator"));

    let (_, plan) = planned(&simulator.sdk_config("eu-west-1"), &organization).await.expect("observed");
    let id = plan.facts.find(&"account/dev".parse().expect("valid"), "id").expect("built").parse().expect("an id");
    let member = Principal::Session(id, "OrganizationAccountAccessRole".to_owned(), "me".to_owned());
    let member = simulator.credentials_for(&member).expect("exists");
    let refused = planned(&simulator.sdk_config_with("eu-west-1", member), &organization).await.expect_err("member");
    let text = refused.to_string();
    assert!(
        text.contains("111111111111") && text.contains(plan.facts.find(&"account/dev".parse().expect("valid"), "id").expect("built")),
        "{text}"
    );
    assert!(simulator.calls().iter().all(|call| !call.mutating || call.service == "sts"));
}

#[tokio::test]
async fn another_name_or_home_region_stops_everything() {
    let simulator = world();
    build(&simulator, &organization(STARTUP)).await;
    for changed in
        [STARTUP.replace("name    = \"acme\"", "name    = \"emca\""), STARTUP.replace("region  = \"eu-west-1\"", "region  = \"us-east-1\"")]
    {
        let refused = planned(&simulator.sdk_config("eu-west-1"), &organization(&changed)).await.expect_err("another organization");
        assert_eq!(refused.to_string(), "this organization was made as acme in eu-west-1; these two cannot change");
    }
}

#[tokio::test]
async fn an_email_that_aws_says_is_taken_fails_its_account_only() {
    let mut options = Options::default();
    options.emails_taken.insert("aws+staging@acme.example".to_owned());
    let simulator = Simulator::new(options, clock());
    let organization = organization(STARTUP);
    let (report, events) = applied(&simulator.sdk_config("eu-west-1"), &organization).await.expect("observed");
    assert_eq!((report.outcome, report.exit), (Outcome::Partial, 4));
    let failures = failures(&events);
    assert!(failures[0].starts_with("account/staging: AWS could not create the account: EMAIL_ALREADY_EXISTS"), "{failures:?}");
    assert!(failures[1..].iter().all(|line| line.starts_with("staging/")), "{failures:?}");
    let (_, again) = planned(&simulator.sdk_config("eu-west-1"), &organization).await.expect("observed");
    assert!(again.steps.iter().all(|step| step.address.to_string().contains("staging")), "{:?}", again.view().steps);
}

#[tokio::test]
async fn the_account_quota_is_named_and_the_rest_finishes() {
    let mut options = Options::default();
    options.account_quota = 3;
    let simulator = Simulator::new(options, clock());
    let organization = organization(STARTUP);
    let (report, events) = applied(&simulator.sdk_config("eu-west-1"), &organization).await.expect("observed");
    assert_eq!(report.exit, 4);
    let failures = failures(&events);
    assert!(
        failures.iter().any(|line| line.contains("ACCOUNT_NUMBER_LIMIT_EXCEEDED") || line.contains("ACCOUNT_LIMIT_EXCEEDED")),
        "{failures:?}"
    );
    assert!(failures.iter().any(|line| line.contains("Maximum number of accounts")), "{failures:?}");
}

#[tokio::test]
async fn a_read_that_is_denied_is_unreadable_and_not_absent() {
    let simulator = Simulator::new(Options::default(), clock());
    let organization = organization(STARTUP);
    build(&simulator, &organization).await;
    // A caller that may read the organization but not enter accounts.
    let iam = aws_sdk_iam::Client::new(&simulator.sdk_config("eu-west-1"));
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}]}"#;
    iam.create_role().role_name("viewer").assume_role_policy_document(trust).send().await.expect("made");
    let sees = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["organizations:*","cloudtrail:*","sns:*","budgets:*"],"Resource":"*"}]}"#;
    iam.put_role_policy().role_name("viewer").policy_name("sees").policy_document(sees).send().await.expect("made");
    let viewer = Principal::Session(Simulator::management_account(), "viewer".to_owned(), "me".to_owned());
    let viewer = simulator.sdk_config_with("eu-west-1", simulator.credentials_for(&viewer).expect("exists"));
    let (sessions, plan) = planned(&viewer, &organization).await.expect("observed");
    // Accounts made moments ago may refuse for no reason: nothing is concluded from it yet.
    assert_eq!((plan.unreadable.len(), plan.not_ready.len(), plan.steps.len()), (0, 4, 0));
    sessions.clock().sleep(Duration::from_mins(20)).await;
    let (_, plan) = planned(&viewer, &organization).await.expect("observed");
    assert!(plan.steps.is_empty(), "{:?}", plan.view().steps);
    assert_eq!(plan.unreadable.len(), 4);
    assert!(plan.unreadable[0].reason.contains("can be assumed"), "{:?}", plan.unreadable[0]);
    // And a caller that may not even read it.
    let nobody = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"organizations:ListPolicies","Resource":"*"}]}"#;
    iam.put_role_policy().role_name("viewer").policy_name("not").policy_document(nobody).send().await.expect("made");
    let (_, plan) = planned(&viewer, &organization).await.expect("observed");
    assert!(plan.steps.is_empty(), "{:?}", plan.view().steps);
    assert_eq!(plan.unreadable[0].scope.to_string(), "organization");
    assert!(plan.unreadable[0].hint.contains("organizations:ListPolicies"), "{:?}", plan.unreadable[0]);
}

#[tokio::test]
async fn an_unmanaged_role_of_the_same_name_blocks_only_itself() {
    let simulator = world();
    let organization = organization(STARTUP);
    build(&simulator, &organization).await;
    let (_, plan) = planned(&simulator.sdk_config("eu-west-1"), &organization).await.expect("observed");
    let dev = plan.facts.find(&"account/dev".parse().expect("valid"), "id").expect("built").parse().expect("an id");
    let access = Principal::Session(dev, "OrganizationAccountAccessRole".to_owned(), "me".to_owned());
    let iam = aws_sdk_iam::Client::new(&simulator.sdk_config_with("eu-west-1", simulator.credentials_for(&access).expect("exists")));
    for key in ["landfall:organization", "landfall:address"] {
        iam.untag_role().role_name("auditor").tag_keys(key).send().await.expect("untagged");
    }
    let (report, events) = applied(&simulator.sdk_config("eu-west-1"), &organization).await.expect("observed");
    assert_eq!(report.done, 0, "{events:?}");
    let (_, plan) = planned(&simulator.sdk_config("eu-west-1"), &organization).await.expect("observed");
    assert_eq!(plan.blocked.len(), 1);
    assert_eq!(plan.blocked[0].address.to_string(), "dev/iam-role/auditor");
}
