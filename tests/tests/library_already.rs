//! A caller who is the role already, as a job in CI is: its own credentials are the session, and nothing else's.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_types::SdkConfig;
use landfall::Role;
use landfall::desired::desired;
use landfall::environments::{EnterError, Environment, Environments, Index};
use landfall::observe::{NotReady, observe};
use landfall::session::{Failure, Sessions};
use landfall::simulator::{Clock, Options, Simulator};
use landfall_tests::github::token;
use landfall_tests::{applied, organization};

const STARTUP: &str = include_str!("../../examples/startup/landfall.toml");
const START_SECONDS: u64 = 498_744 * 3600;

/// The finished startup, and its index.
async fn built() -> (Simulator, Index) {
    let start: SystemTime = UNIX_EPOCH + Duration::from_secs(START_SECONDS);
    let simulator = Simulator::new(Options::default(), Clock::tokio(start));
    let (config, organization) = (simulator.sdk_config("eu-west-1"), organization(STARTUP));
    assert_eq!(applied(&config, &organization).await.expect("observed").0.exit, 0);
    let sessions = Sessions::open(&config, &organization.region).await.expect("open");
    let wanted = desired(&organization);
    let survey = observe(&sessions, &organization, &wanted, NotReady::Report).await.expect("observed");
    let index = Index::of(&organization, &wanted, &survey.observation);
    simulator.forget_calls();
    (simulator, index)
}

/// Returns the configuration of a job of GitHub's that has signed in to an environment as `deployer`, and when that ends.
async fn job(simulator: &Simulator, index: &Index, environment: &str) -> (SdkConfig, SystemTime) {
    let environments = Environments::from_index(index.clone()).expect("an index");
    let account = environments.get(environment).expect("there").main().expect("one");
    let role = &account.entry().roles["deployer"].arn;
    let subject = format!("repo:acme@12345/shop@67890:environment:{environment}");
    let now = simulator.clock().time_source().now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let assumed = aws_sdk_sts::Client::new(&simulator.sdk_config("eu-west-1"))
        .assume_role_with_web_identity()
        .role_arn(role)
        .role_session_name("GitHubActions")
        .web_identity_token(token(&subject, now + 300))
        .send()
        .await
        .expect("trusted");
    let given = assumed.credentials().expect("credentials");
    let ends = SystemTime::try_from(*given.expiration()).expect("a time");
    let token = Some(given.session_token().to_owned());
    let credentials = Credentials::new(given.access_key_id(), given.secret_access_key(), token, Some(ends), "job");
    (simulator.sdk_config_with("eu-west-1", credentials), ends)
}

fn calls(simulator: &Simulator) -> Vec<String> {
    simulator.calls().into_iter().map(|call| call.operation).filter(|operation| operation != "AssumeRoleWithWebIdentity").collect()
}

fn of(environments: &Environments, name: &str) -> Environment {
    environments.get(name).expect("there")
}

#[tokio::test(start_paused = true)]
async fn a_job_that_signed_in_as_the_role_uses_landfall_as_it_is() {
    let (simulator, index) = built().await;
    for name in ["dev", "prod"] {
        let (config, ends) = job(&simulator, &index, name).await;
        let environments = Environments::from_index(index.clone()).expect("an index").with_aws(&config);
        simulator.forget_calls();
        // Production asks people for a reason; a job has shown its environment instead.
        let session = of(&environments, name).assume(Role::Deployer).await.expect("its own");
        assert_eq!(calls(&simulator), ["GetCallerIdentity"], "{name}: nothing is assumed");
        let own = config.credentials_provider().expect("given").provide_credentials().await.expect("given");
        assert_eq!(session.provide_credentials().await.expect("credentials").access_key_id(), own.access_key_id());
        assert_eq!((session.is_own(), session.expires_at()), (true, Some(ends)), "{name}");
        assert_eq!(session.role(), Some(format!("arn:aws:iam::{}:role/landfall/deployer", session.account()).as_str()));
        let arn = aws_sdk_sts::Client::new(session.sdk_config()).get_caller_identity().send().await.expect("who");
        assert_eq!(arn.arn(), Some(format!("arn:aws:sts::{}:assumed-role/deployer/GitHubActions", session.account()).as_str()));
        // A name, a reason and a longer life are what it was given with, and no reason to ask again.
        let again = of(&environments, name).assume(Role::Deployer).reason("release 42").session_name("other");
        assert!(again.await.expect("the same").is_own());
    }
}

#[tokio::test(start_paused = true)]
async fn another_role_or_account_is_assumed_and_so_is_less_than_the_role() {
    let (simulator, index) = built().await;
    let (config, _) = job(&simulator, &index, "dev").await;
    let environments = Environments::from_index(index.clone()).expect("an index").with_aws(&config);
    for (what, assume) in [
        ("another role of the account", of(&environments, "dev").assume(Role::Reader)),
        ("the role of another account", of(&environments, "prod").assume(Role::Deployer).reason("release 42")),
        ("a part of the role", of(&environments, "dev").assume(Role::Deployer).policy(r#"{"Version":"2012-10-17","Statement":[]}"#)),
        ("the role with a tag", of(&environments, "dev").assume(Role::Deployer).tag("team", "blue")),
        ("the role with a source identity", of(&environments, "dev").assume(Role::Deployer).source_identity("ada")),
    ] {
        simulator.forget_calls();
        let error = assume.await.expect_err(what);
        assert!(
            matches!(&error, EnterError::Assume(error) if matches!(&error.failure, Failure::Aws(aws) if aws.is_denied() || aws.code.as_deref() == Some("MalformedPolicyDocument"))),
            "{what}: {error:?}"
        );
        assert!(calls(&simulator).contains(&"AssumeRole".to_owned()), "{what}");
    }
    simulator.forget_calls();
    let error = of(&environments, "prod").assume(Role::Deployer).await.expect_err("no reason");
    assert!(error.is_reason_missing() && !calls(&simulator).contains(&"AssumeRole".to_owned()), "{error:?}");
}
