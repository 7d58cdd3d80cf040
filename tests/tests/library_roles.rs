//! The library's sessions on the simulator: what trust, guardrails and time do to them, with nothing scripted.

use std::error::Error as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::provider::ProvideCredentials as _;
use landfall::session::{AssumeRequest, Cause, Condition, Failure, RequestError, Session, Sessions};
use landfall::simulator::{Clock, Options, Preset, Principal, Simulator};
use landfall_tests::overheard::listen;
use landfall_tests::{applied, organization, planned};

const STARTUP: &str = include_str!("../../examples/startup/landfall.toml");
const ALL: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

fn start() -> SystemTime {
    UNIX_EPOCH + Duration::from_hours(498_744)
}

fn world() -> Simulator {
    Simulator::new(Options::default(), Clock::tokio(start()))
}

async fn sessions(simulator: &Simulator) -> Sessions {
    Sessions::open(&simulator.sdk_config("eu-west-1"), &"eu-west-1".parse().expect("a Region")).await.expect("open")
}

/// Sessions of an IAM user of the management account who may do everything.
async fn sessions_of(simulator: &Simulator, user: &str) -> Sessions {
    let principal = Principal::User(Simulator::management_account(), user.to_owned());
    let credentials = simulator.credentials_for(&principal).expect("made");
    let iam = aws_sdk_iam::Client::new(&simulator.sdk_config("eu-west-1"));
    iam.put_user_policy().user_name(user).policy_name("all").policy_document(ALL).send().await.expect("put");
    let config = simulator.sdk_config_with("eu-west-1", credentials);
    Sessions::open(&config, &"eu-west-1".parse().expect("a Region")).await.expect("open")
}

fn assumed(simulator: &Simulator) -> usize {
    simulator.calls().iter().filter(|call| call.operation == "AssumeRole").count()
}

/// Makes a role in the management account that it trusts itself, under a condition if one is given.
async fn role(simulator: &Simulator, name: &str, condition: &str) -> AssumeRequest {
    let account = Simulator::management_account();
    let condition = if condition.is_empty() { String::new() } else { format!(r#","Condition":{condition}"#) };
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{account}:root"}},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]{condition}}}]}}"#
    );
    let iam = aws_sdk_iam::Client::new(&simulator.sdk_config("eu-west-1"));
    iam.create_role().role_name(name).assume_role_policy_document(trust).max_session_duration(7200).send().await.expect("made");
    AssumeRequest::new(account.clone(), format!("arn:aws:iam::{account}:role/{name}"))
}

async fn key(session: &Session) -> String {
    session.provide_credentials().await.expect("credentials").access_key_id().to_owned()
}

#[tokio::test(start_paused = true)]
async fn renewal_begins_at_four_fifths_of_the_lifetime_and_no_caller_waits() {
    let simulator = world();
    let request = role(&simulator, "app", "").await;
    let session = sessions(&simulator).await.session(request).await.expect("a session");
    let first = key(&session).await;
    tokio::time::sleep(Duration::from_secs(3600 * 75 / 100 - 1)).await;
    assert_eq!((key(&session).await, assumed(&simulator)), (first.clone(), 1), "not before 75 %");
    tokio::time::sleep(Duration::from_secs(3600 / 10 + 1)).await;
    assert_eq!(key(&session).await, first, "served while renewal runs");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_ne!(key(&session).await, first, "renewed by 85 %");
    assert_eq!(assumed(&simulator), 2);
    assert_eq!(session.expires_at().map(|at| at > start() + Duration::from_mins(100)), Some(true));
}

#[tokio::test(start_paused = true)]
async fn sessions_are_not_all_renewed_at_once() {
    let simulator = world();
    let request = role(&simulator, "app", "").await;
    let sessions = sessions(&simulator).await;
    let mut kept = Vec::new();
    for n in 0..100 {
        kept.push(sessions.session(request.clone().session_name(format!("worker-{n}"))).await.expect("a session"));
    }
    let mut most = 0;
    tokio::time::sleep(Duration::from_secs(3600 * 75 / 100 - 1)).await;
    for _ in 0..37 {
        let before = assumed(&simulator);
        tokio::time::sleep(Duration::from_secs(10)).await;
        for session in &kept {
            key(session).await;
        }
        // Nothing here takes time; what was begun gets to its end.
        tokio::time::sleep(Duration::from_millis(1)).await;
        most = most.max(assumed(&simulator) - before);
    }
    assert_eq!(assumed(&simulator), 200);
    assert!(most < 15, "{most} in ten seconds");
}

#[tokio::test(start_paused = true)]
async fn a_role_that_went_away_is_served_to_its_end_without_a_storm() {
    let simulator = world();
    let request = role(&simulator, "app", "").await;
    let session = sessions(&simulator).await.session(request).await.expect("a session");
    let first = key(&session).await;
    let iam = aws_sdk_iam::Client::new(&simulator.sdk_config("eu-west-1"));
    iam.delete_role().role_name("app").send().await.expect("deleted");
    tokio::time::sleep(Duration::from_mins(51)).await;
    for _ in 0..520 {
        assert_eq!(key(&session).await, first);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let tries = assumed(&simulator) - 1;
    assert!((5..=16).contains(&tries), "{tries} calls in nine minutes");
    tokio::time::sleep(Duration::from_mins(1)).await;
    let error = session.provide_credentials().await.expect_err("they ended");
    let why = error.source().expect("ours");
    assert_eq!(why.to_string(), "could not assume app in 111111111111");
}

#[tokio::test(start_paused = true)]
async fn any_client_works_and_all_share_one_call() {
    let simulator = world();
    let request = role(&simulator, "app", "").await;
    let iam = aws_sdk_iam::Client::new(&simulator.sdk_config("eu-west-1"));
    iam.put_role_policy().role_name("app").policy_name("all").policy_document(ALL).send().await.expect("put");
    let session = sessions(&simulator).await.session(request).await.expect("a session");
    for _ in 0..100 {
        let clients = aws_sdk_iam::Client::new(session.sdk_config());
        clients.list_roles().send().await.expect("reads");
        // The AWS crates' own caches ask at every client; one who brings only the provider is served too.
        let own = aws_sdk_sts::config::Builder::from(&simulator.sdk_config("us-east-1")).credentials_provider(session.clone()).build();
        let found = aws_sdk_sts::Client::from_conf(own).get_caller_identity().send().await.expect("who");
        assert_eq!(found.arn(), Some("arn:aws:sts::111111111111:assumed-role/app/landfall"));
    }
    assert_eq!(assumed(&simulator), 1);
}

#[tokio::test(start_paused = true)]
async fn chained_roles_get_an_hour_and_it_shows() {
    let simulator = world();
    let request = role(&simulator, "app", "").await.role_max_session(Duration::from_hours(2));
    let long = request.clone().duration(Duration::from_hours(2));

    let chained = sessions(&simulator).await;
    assert!(chained.identity().is_role(), "an administrator of Identity Center");
    let error = chained.session(long.clone()).await.expect_err("too long");
    assert!(error.source().expect("why").to_string().contains("role chaining"), "{error:?}");
    assert_eq!(assumed(&simulator), 0);
    let session = chained.session(request).await.expect("a session");
    assert!(session.is_chained());
    assert_eq!(session.expires_at(), Some(start() + Duration::from_hours(1)));

    let user = sessions_of(&simulator, "ci").await;
    let session = user.session(long.clone()).await.expect("a session");
    assert!(!session.is_chained());
    assert_eq!(session.expires_at(), Some(start() + Duration::from_hours(2)));
    assert_eq!(user.own().expires_at(), None);
    let error = user.session(long.duration(Duration::from_hours(3))).await.expect_err("beyond the role's");
    assert!(matches!(error.failure, Failure::Request(RequestError::Duration { .. })), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_external_id_is_among_the_causes() {
    let simulator = world();
    let request = role(&simulator, "vendor", r#"{"StringEquals":{"sts:ExternalId":"acme-7"}}"#).await.role_asks_reason(false);
    let sessions = sessions_of(&simulator, "ci").await;
    let first = |error: landfall::session::AssumeError| match error.cause() {
        Some(Cause::OneOf(causes)) => causes[0].clone(),
        other => panic!("{other:?}"),
    };
    let wrong = sessions.session(request.clone().external_id("acme-8")).await.expect_err("wrong");
    assert_eq!(first(wrong), Cause::Condition(Condition::OtherExternalId));
    let none = sessions.session(request.clone()).await.expect_err("none");
    assert!(none.hint().expect("a hint").contains(".external_id(\"…\")"), "{:?}", none.hint());
    sessions.session(request.external_id("acme-7")).await.expect("the right one");
}

#[tokio::test(start_paused = true)]
async fn a_device_is_asked_again_at_every_renewal() {
    let simulator = world();
    let request = role(&simulator, "break-glass", r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}}"#).await;
    let sessions = sessions_of(&simulator, "ada").await;
    let without = sessions.session(request.clone()).await.expect_err("no device");
    assert!(without.hint().expect("a hint").contains(".mfa(serial, code)"), "{:?}", without.hint());
    let codes = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(100_000));
    let given = std::sync::Arc::clone(&codes);
    let with_device = request.mfa("arn:aws:iam::111111111111:mfa/ada", move || {
        let code = given.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        async move { Ok(code.to_string()) }
    });
    let session = sessions.session(with_device).await.expect("a session");
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_mins(52)).await;
        key(&session).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let calls = u32::try_from(assumed(&simulator) - 1).expect("few");
    assert_eq!((codes.load(std::sync::atomic::Ordering::SeqCst), calls), (100_000 + calls, 11), "one each");
}

#[tokio::test(start_paused = true)]
async fn root_is_refused_before_any_call() {
    let simulator = world();
    let request = role(&simulator, "app", "").await;
    let root = simulator.credentials_for(&Principal::Root(Simulator::management_account())).expect("exists");
    let config = simulator.sdk_config_with("eu-west-1", root);
    let sessions = Sessions::open(&config, &"eu-west-1".parse().expect("a Region")).await.expect("open");
    let error = sessions.session(request).await.expect_err("root");
    assert_eq!((error.failure, assumed(&simulator)), (Failure::Request(RequestError::Root), 0));
}

#[tokio::test]
async fn production_asks_for_a_reason_here_and_there() {
    let logs = listen();
    let simulator = Simulator::new(Options::default(), Clock::wall());
    let organization = organization(STARTUP);
    let config = simulator.sdk_config("eu-west-1");
    assert_eq!(applied(&config, &organization).await.expect("observed").0.exit, 0);
    let (_, plan) = planned(&config, &organization).await.expect("observed");
    let prod = plan.facts.find(&"account/prod".parse().expect("valid"), "id").expect("built").to_owned();
    let role_arn = format!("arn:aws:iam::{prod}:role/landfall/deployer");
    let request = AssumeRequest::new(prod.parse().expect("an id"), &role_arn).called("prod").role_asks_reason(true);
    let sessions = sessions(&simulator).await;
    simulator.forget_calls();

    let by_us = sessions.session(request.clone()).await.expect_err("no reason");
    assert_eq!((by_us.failure.clone(), assumed(&simulator)), (Failure::Request(RequestError::ReasonMissing), 0));
    let plain = aws_sdk_sts::Client::new(&config);
    let around = plain.assume_role().role_arn(&role_arn).role_session_name("plain").send().await.expect_err("refused there too");
    assert!(format!("{around:?}").contains("AccessDenied"), "{around:?}");
    // A caller that does not know about the reason sees it in the error.
    let by_aws = sessions.session(AssumeRequest::new(prod.parse().expect("an id"), &role_arn)).await.expect_err("refused");
    assert!(matches!(by_aws.cause(), Some(Cause::OneOf(causes)) if causes[0] == Cause::Condition(Condition::Reason)), "{by_aws:?}");

    let session = sessions.session(request.reason("release 42")).await.expect("with a reason");
    assert_eq!(session.account().as_str(), prod);
    let identity = aws_sdk_sts::Client::new(session.sdk_config()).get_caller_identity().send().await.expect("who");
    assert_eq!(identity.account(), Some(prod.as_str()));
    let shown = [format!("{by_us:?} {by_aws:?} {:?} {session:?} {sessions:?}", by_us.hint())];
    let held = session.provide_credentials().await.expect("credentials");
    logs.holds_none_of(&[held.secret_access_key(), held.session_token().expect("a session's")], &shown);
}

#[tokio::test(start_paused = true)]
async fn a_guardrail_on_the_caller_is_among_the_causes() {
    let simulator = world();
    let config = simulator.sdk_config("eu-west-1");
    let organizations = aws_sdk_organizations::Client::new(&config);
    organizations.create_organization().send().await.expect("an organization");
    let mut ids = Vec::new();
    for name in ["ci", "target"] {
        let asked = organizations.create_account().account_name(name).email(format!("{name}@acme.example")).send().await.expect("accepted");
        let id = asked.create_account_status.and_then(|status| status.id).expect("an id");
        let status = organizations.describe_create_account_status().create_account_request_id(id).send().await.expect("a status");
        ids.push(status.create_account_status.and_then(|status| status.account_id).expect("made"));
    }
    let [ci, target] = ids.as_slice() else { panic!("two accounts") };
    // The target lets the whole of the other account in, and that account's access role may do everything.
    let own = sessions(&simulator).await;
    let inside = |account: &str| {
        AssumeRequest::new(account.parse().expect("an id"), format!("arn:aws:iam::{account}:role/OrganizationAccountAccessRole"))
    };
    let in_target = own.session(inside(target)).await.expect("a session");
    let trust =
        format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{ci}"}},"Action":"sts:AssumeRole"}}]}}"#);
    let iam = aws_sdk_iam::Client::new(in_target.sdk_config());
    iam.create_role().role_name("app").assume_role_policy_document(trust).send().await.expect("made");
    let in_ci = own.session(inside(ci)).await.expect("a session");
    let chained = Sessions::open(in_ci.sdk_config(), &"eu-west-1".parse().expect("a Region")).await.expect("open");
    let app = AssumeRequest::new(target.parse().expect("an id"), format!("arn:aws:iam::{target}:role/app")).role_asks_reason(false);
    assert!(chained.session(app.clone()).await.expect("nothing in the way").is_chained());

    let deny = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"sts:AssumeRole","Resource":"*"}]}"#;
    let policy = organizations
        .create_policy()
        .name("no-roles")
        .description("")
        .content(deny)
        .r#type(aws_sdk_organizations::types::PolicyType::ServiceControlPolicy)
        .send()
        .await
        .expect("made");
    let policy = policy.policy().and_then(|policy| policy.policy_summary()).and_then(|summary| summary.id()).expect("an id").to_owned();
    organizations.attach_policy().policy_id(policy).target_id(ci).send().await.expect("attached");
    let denied = chained.session(app.session_name("second")).await.expect_err("denied");
    assert!(matches!(denied.cause(), Some(Cause::OneOf(causes)) if causes.contains(&Cause::Guardrail)), "{denied:?}");
    assert!(denied.hint().expect("a hint").contains("a guardrail of the organization"), "{:?}", denied.hint());
}

#[tokio::test(start_paused = true)]
async fn a_young_account_is_the_likeliest_cause() {
    let simulator = Simulator::new(Options::default().with_preset(Preset::Realistic), Clock::tokio(start()));
    let config = simulator.sdk_config("eu-west-1");
    let organizations = aws_sdk_organizations::Client::new(&config);
    organizations.create_organization().send().await.expect("an organization");
    tokio::time::sleep(Duration::from_mins(2)).await;
    let asked = organizations.create_account().account_name("dev").email("dev@acme.example").send().await.expect("accepted");
    let id = asked.create_account_status.and_then(|status| status.id).expect("an id");
    let account = loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let status = organizations.describe_create_account_status().create_account_request_id(&id).send().await.expect("a status");
        if let Some(account) = status.create_account_status.and_then(|status| status.account_id) {
            break account;
        }
    };
    let made = simulator.clock().time_source().now();
    let role_arn = format!("arn:aws:iam::{account}:role/OrganizationAccountAccessRole");
    let request = AssumeRequest::new(account.parse().expect("an id"), role_arn).account_created(made);
    let sessions = sessions(&simulator).await;
    let error = sessions.session(request.clone()).await.expect_err("too young");
    assert!(matches!(error.cause(), Some(Cause::OneOf(causes)) if causes[0] == Cause::NotYet), "{error:?}");
    let regions: Vec<String> =
        simulator.calls().into_iter().filter(|call| call.operation == "AssumeRole").map(|call| call.region).collect();
    assert_eq!(regions, ["eu-west-1", "us-east-1"], "the Region does not serve it yet, us-east-1 does");
    tokio::time::sleep(Duration::from_mins(1)).await;
    sessions.session(request).await.expect("old enough");
}
