//! GitHub's identity provider in accounts that have one: there is one to an account, and other workflows come in by it.

use landfall::model::Organization;
use landfall::simulator::{Options, Principal, Simulator};
use landfall_tests::{applied, clock, failures, organization, planned};

const STARTUP: &str = include_str!("../../examples/startup/landfall.toml");
const URL: &str = "https://token.actions.githubusercontent.com";

/// Returns a world that startup was built in, and IAM in the account of dev.
async fn built() -> (Simulator, aws_sdk_iam::Client) {
    let simulator = Simulator::new(Options::default(), clock());
    let config = simulator.sdk_config("eu-west-1");
    assert_eq!(applied(&config, &without_github()).await.expect("observed").0.exit, 0);
    let (_, plan) = planned(&config, &without_github()).await.expect("observed");
    let id = plan.facts.find(&"account/dev".parse().expect("valid"), "id").expect("built").parse().expect("an id");
    let access = Principal::Session(id, "OrganizationAccountAccessRole".to_owned(), "somebody".to_owned());
    let dev = simulator.sdk_config_with("eu-west-1", simulator.credentials_for(&access).expect("exists"));
    (simulator, aws_sdk_iam::Client::new(&dev))
}

fn with_github() -> Organization {
    organization(STARTUP)
}

/// Returns startup's manifest without the line that lets GitHub in.
fn without_github() -> Organization {
    let lines: Vec<&str> = STARTUP.lines().filter(|line| !line.starts_with("github")).collect();
    organization(&lines.join("\n"))
}

#[tokio::test]
async fn a_provider_of_another_owner_is_used_as_it_is() {
    let (simulator, iam) = built().await;
    let make = iam.create_open_id_connect_provider().url(URL).client_id_list("theirs").client_id_list("sts.amazonaws.com");
    let arn = make.send().await.expect("made").open_id_connect_provider_arn.expect("an ARN");
    let config = simulator.sdk_config("eu-west-1");
    let (report, events) = applied(&config, &with_github()).await.expect("observed");
    assert_eq!(report.exit, 0, "{:?}", failures(&events));
    let found = iam.get_open_id_connect_provider().open_id_connect_provider_arn(&arn).send().await.expect("there");
    assert_eq!((found.client_id_list().len(), found.tags().len()), (2, 0), "neither changed nor tagged");
    let trust = iam.get_role().role_name("deployer").send().await.expect("made").role.expect("there");
    assert!(trust.assume_role_policy_document().is_some_and(|document| document.contains("token.actions.githubusercontent.com")));
    let (_, plan) = planned(&config, &with_github()).await.expect("observed");
    assert!(plan.is_settled(), "{:?}", plan.view());
    // Nor does landfall remove it.
    let (_, plan) = planned(&config, &without_github()).await.expect("observed");
    assert!(plan.orphans.iter().all(|orphan| orphan.address.to_string() != "dev/oidc-provider/github"), "{:?}", plan.orphans);
}

#[tokio::test]
async fn a_provider_without_the_audience_is_named_with_the_command_that_adds_it() {
    let (simulator, iam) = built().await;
    let make = iam.create_open_id_connect_provider().url(URL).client_id_list("theirs");
    let arn = make.send().await.expect("made").open_id_connect_provider_arn.expect("an ARN");
    // One of another host does not matter.
    iam.create_open_id_connect_provider().url("https://oidc.example").client_id_list("x").send().await.expect("made");
    let (_, plan) = planned(&simulator.sdk_config("eu-west-1"), &with_github()).await.expect("observed");
    let blocked = plan.blocked.iter().find(|blocked| blocked.address.to_string() == "dev/oidc-provider/github").expect("blocked");
    let hint = blocked.blocked.hint.clone().unwrap_or_default();
    assert!(hint.contains(&format!("--open-id-connect-provider-arn {arn} --client-id sts.amazonaws.com")), "{hint}");
    iam.add_client_id_to_open_id_connect_provider()
        .open_id_connect_provider_arn(&arn)
        .client_id("sts.amazonaws.com")
        .send()
        .await
        .expect("added");
    let (_, plan) = planned(&simulator.sdk_config("eu-west-1"), &with_github()).await.expect("observed");
    assert!(plan.blocked.is_empty(), "{:?}", plan.view().blocked);
}
