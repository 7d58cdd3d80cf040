//! Properties of every run: small worlds and manifests that were changed at random are planned, applied and planned again.

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use landfall::apply::{Stop, apply};
use landfall::desired::desired;
use landfall::event::What;
use landfall::model::Organization;
use landfall::observe::{NotReady, observe};
use landfall::plan::{Plan, PlanOptions, plan};
use landfall::session::Sessions;
use landfall::simulator::{Clock, Options, Simulator};
use landfall_tests::hands::{Hand, suffer};
use landfall_tests::{applied, failures, organization, small};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use serde_json::Value;

/// Worlds that are applied.
const WORLDS: u32 = 200;
const REGION: &str = "eu-west-1";

static MANIFEST: LazyLock<String> = LazyLock::new(|| {
    small(
        r#"
[access]
pipelines = ["account/tooling/role/ci"]
[accounts.tooling]
unit = "Infrastructure"
"#,
    )
});

/// Edits of the manifest: a text and its replacement.
const EDITS: &[(&str, &str)] = &[
    ("accounts.tooling]", "accounts.platform]"),
    ("account/tooling/role/ci", "account/platform/role/ci"),
    ("environments.dev]", "environments.qa]"),
    ("unit = \"Infrastructure\"", "unit = \"Workloads/Tools\""),
    ("tier = \"production\"", "tier = \"production\"\nunit = \"Workloads/Live\""),
    ("tier = \"production\"", "tier = \"staging\""),
    ("aws+{account}@acme.example", "cloud+{account}@acme.example"),
    ("regions = [\"eu-west-1\", \"us-east-1\"]", "regions = [\"eu-west-1\"]"),
    ("[environments.prod]\ntier = \"production\"", ""),
];

#[derive(Debug, Clone)]
struct Case {
    hands: Vec<Hand>,
    edits: Vec<usize>,
    prune: bool,
}

fn hand() -> impl Strategy<Value = Hand> {
    let pick = || 0..60_usize;
    prop_oneof![
        pick().prop_map(Hand::RenameUnit),
        pick().prop_map(Hand::RenamePolicy),
        pick().prop_map(Hand::LoseOrganizationTag),
        pick().prop_map(Hand::LoseAddressTag),
        pick().prop_map(Hand::LoseTags),
        pick().prop_map(Hand::GiveAway),
        (pick(), pick()).prop_map(|(one, other)| Hand::SwapEmails(one, other)),
        pick().prop_map(Hand::ChangeEmail),
        (pick(), pick()).prop_map(|(one, other)| Hand::Move(one, other)),
        pick().prop_map(Hand::Detach),
        pick().prop_map(Hand::Close),
        pick().prop_map(Hand::DeleteRole),
        pick().prop_map(Hand::InFlight),
    ]
}

fn cases() -> impl Strategy<Value = Case> {
    (
        prop::collection::vec(hand(), 0..4),
        prop::collection::vec(0..EDITS.len(), 0..3).prop_filter("go together", |edits| edited(edits).is_some()),
        any::<bool>(),
    )
        .prop_map(|(hands, edits, prune)| Case { hands, edits, prune })
}

fn edited(edits: &[usize]) -> Option<Organization> {
    let text = edits.iter().fold(MANIFEST.clone(), |text, edit| text.replace(EDITS[*edit].0, EDITS[*edit].1));
    let source = landfall::manifest::Source { name: "m".to_owned(), text };
    landfall::manifest::parse(&source, &|path| Err(format!("{path} is not there"))).organization
}

/// What came of a run.
struct Ran {
    plan: Plan,
    /// Addresses of steps that failed or were skipped, each with its message.
    undone: Vec<(String, String)>,
}

async fn run(config: &aws_types::SdkConfig, organization: &Organization, prune: bool) -> Option<Ran> {
    let sessions = Sessions::open(config, &organization.region).await.expect("a session");
    let wanted = desired(organization);
    let survey = observe(&sessions, organization, &wanted, NotReady::Wait).await.ok()?;
    let mut options = PlanOptions::default();
    options.prune = prune;
    let plan = plan(organization, &wanted, &survey.observation, &options).ok()?;
    let mut undone = Vec::new();
    let _ = apply(&plan, &sessions, survey.account_sessions, &Stop::default(), &mut |event| match event.what {
        What::StepFailed { address, message, .. } => undone.push((address.to_string(), message)),
        What::StepSkipped { address, because } => undone.push((address.to_string(), because)),
        _ => {}
    })
    .await;
    Some(Ran { plan, undone })
}

fn reasons(plan: &Plan) -> BTreeSet<String> {
    plan.view().blocked.iter().map(|blocked| format!("{}: {}", blocked.address, blocked.reason)).collect()
}

async fn check(start: &str, case: &Case) -> Result<(), TestCaseError> {
    let Some(organization) = edited(&case.edits) else { return Ok(()) };
    let mut document: Value = serde_json::from_str(start).expect("a world is JSON");
    for hand in &case.hands {
        suffer(&mut document, *hand);
    }
    let simulator = Simulator::from_json(&document.to_string(), Clock::virtual_from).expect("hands leave a world");
    let config = simulator.sdk_config(REGION);
    let Some(first) = run(&config, &organization, case.prune).await else { return Ok(()) };
    let strangers = built_in_accounts_of_others(&simulator);
    prop_assert!(strangers.is_empty(), "built in accounts that are not in the manifest: {strangers:?}");
    let failed: Vec<&(String, String)> = first.undone.iter().filter(|(_, why)| !why.starts_with("it needs ")).collect();
    // A creation in flight has no e-mail until it has ended: only then can one of another owner be recognized.
    let unexpected: Vec<_> =
        failed.iter().filter(|(address, why)| !(address.starts_with("account/") && why.contains("was being created"))).collect();
    prop_assert!(unexpected.is_empty(), "steps of a plan failed: {unexpected:?}");
    if !failed.is_empty() {
        return Ok(());
    }
    let Some(second) = run(&config, &organization, case.prune).await else {
        return Err(TestCaseError::fail("it could be observed before, and cannot now"));
    };
    let steps: Vec<String> = second.plan.steps.iter().map(|step| step.address.to_string()).collect();
    prop_assert!(steps.is_empty(), "the second plan has {steps:?}");
    let (before, after) = (reasons(&first.plan), reasons(&second.plan));
    let new: Vec<&String> = after.difference(&before).collect();
    prop_assert!(new.is_empty(), "the second plan is blocked by {new:?}");
    Ok(())
}

/// Returns the accounts of other owners, by e-mail, in which there is a role of landfall.
fn built_in_accounts_of_others(simulator: &Simulator) -> Vec<String> {
    let document: Value = serde_json::from_str(&simulator.to_json()).expect("a world is JSON");
    let accounts = document["world"]["accounts"].as_object().expect("accounts");
    let is_built = |account: &Value| {
        let roles = account["iam"]["roles"].as_object().expect("roles");
        roles.values().any(|role| role["path"] == "/landfall/")
    };
    let strange = accounts.values().filter(|account| account["email"].as_str().is_some_and(|email| email.ends_with("@somewhere.example")));
    strange.filter(|account| is_built(account)).map(|account| account["name"].to_string()).collect()
}

fn on_own_runtime<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work)
}

#[test]
fn what_is_applied_is_settled_or_blocked_for_the_same_reasons() {
    let start = on_own_runtime(async {
        let clock = Clock::virtual_from(SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000));
        let simulator = Simulator::new(Options::default(), clock);
        let (_, events) = applied(&simulator.sdk_config(REGION), &organization(&MANIFEST)).await.expect("observed");
        assert_eq!(failures(&events), [""; 0]);
        simulator.to_json()
    });
    let config = Config { cases: WORLDS, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let outcome = runner.run(&cases(), |case| on_own_runtime(check(&start, &case)));
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
