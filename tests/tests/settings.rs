//! Settings of accounts, changed behind landfall's back: what is weaker is shown and written again, and what is as strict or stricter is
//! left alone.

use aws_sdk_iam::Client as Iam;
use aws_types::SdkConfig;
use landfall::event::Outcome;
use landfall::simulator::{Options, Principal, Simulator};
use landfall_tests::ec2::Ec2;
use landfall_tests::{account_id, applied, clock, organization, planned, small};
use serde_json::Value;

/// An organization that was built, and what other hands do in it.
struct Stage {
    simulator: Simulator,
    organization: landfall::model::Organization,
}

impl Stage {
    async fn built() -> Self {
        let organization = organization(&small(""));
        let stage = Self { simulator: Simulator::new(Options::default(), clock()), organization };
        stage.apply().await;
        assert_eq!(stage.shown().await, [""; 0]);
        stage
    }

    fn management(&self) -> SdkConfig {
        self.simulator.sdk_config("eu-west-1")
    }

    async fn apply(&self) -> usize {
        let before = self.simulator.calls().len();
        let (report, events) = applied(&self.management(), &self.organization).await.expect("observed");
        assert_eq!(report.outcome, Outcome::Done, "{events:?}");
        self.simulator.calls()[before..].iter().filter(|call| call.mutating).count()
    }

    /// Returns the steps of a plan, each with its fields.
    async fn shown(&self) -> Vec<String> {
        let (_, plan) = planned(&self.management(), &self.organization).await.expect("observed");
        let view = plan.view();
        assert!(view.blocked.is_empty() && view.unreadable.is_empty(), "{view:#?}");
        let line = |step: &landfall::plan::view::StepView| {
            let fields: Vec<String> = step.fields.iter().map(ToString::to_string).collect();
            format!("{} {}: {}", step.action.sign(), step.address, fields.join("; "))
        };
        view.steps.iter().map(line).collect()
    }

    /// Returns a configuration of an account's access role, which the guardrails exempt.
    async fn member(&self, key: &str, region: &str) -> SdkConfig {
        let (_, plan) = planned(&self.management(), &self.organization).await.expect("observed");
        let id = account_id(&plan, key).parse().expect("an id");
        let access = Principal::Session(id, "OrganizationAccountAccessRole".to_owned(), "somebody".to_owned());
        self.simulator.sdk_config_with(region, self.simulator.credentials_for(&access).expect("exists"))
    }

    /// A plan shows exactly this, an apply repairs it, and the next apply writes nothing.
    async fn repairs(&self, expected: &[&str]) {
        assert_eq!(self.shown().await, expected);
        self.apply().await;
        assert_eq!(self.shown().await, [""; 0]);
        assert_eq!(self.apply().await, 0, "a settled organization is not written to");
    }
}

#[tokio::test]
async fn encryption_of_volumes_is_turned_on_again_in_each_region() {
    let stage = Stage::built().await;
    for region in ["eu-west-1", "us-east-1"] {
        Ec2::new(stage.member("prod", region).await).ask("DisableEbsEncryptionByDefault", &[]).await;
    }
    Ec2::new(stage.member("log-archive", "us-east-1").await).ask("DisableEbsEncryptionByDefault", &[]).await;
    let off = "encryption by default  off -> on";
    let expected =
        ["log-archive/us-east-1", "prod/eu-west-1", "prod/us-east-1"].map(|place| format!("~ {place}/ebs-encryption/main: {off}"));
    stage.repairs(&expected.each_ref().map(String::as_str)).await;
}

#[tokio::test]
async fn a_password_policy_is_raised_and_never_lowered() {
    let stage = Stage::built().await;
    let iam = Iam::new(&stage.member("prod", "eu-west-1").await);

    iam.delete_account_password_policy().send().await.expect("deleted");
    let whole = "~ prod/password-policy/main: characters  8 -> 14; requires  + an uppercase letter; requires  + a lowercase letter; \
                 requires  + a number; requires  + a symbol; former passwords not again  0 -> 24";
    stage.repairs(&[whole]).await;

    // In part weaker, in part stricter: the rest is written, and what is stricter stays.
    let mixed =
        iam.update_account_password_policy().minimum_password_length(20).require_symbols(true).max_password_age(90).hard_expiry(true);
    mixed.allow_users_to_change_password(true).password_reuse_prevention(3).send().await.expect("written");
    let rest = "~ prod/password-policy/main: requires  + an uppercase letter; requires  + a lowercase letter; requires  + a number; \
                former passwords not again  3 -> 24";
    stage.repairs(&[rest]).await;
    let found = iam.get_account_password_policy().send().await.expect("read");
    let policy = found.password_policy().expect("there is one");
    assert_eq!(
        (policy.minimum_password_length(), policy.max_password_age(), policy.hard_expiry(), policy.password_reuse_prevention()),
        (Some(20), Some(90), Some(true), Some(24))
    );
    assert!(policy.allow_users_to_change_password() && policy.require_symbols() && policy.require_uppercase_characters());

    // Stricter in every member.
    let strict = iam.update_account_password_policy().minimum_password_length(64).require_symbols(true).require_numbers(true);
    let strict = strict.require_uppercase_characters(true).require_lowercase_characters(true).max_password_age(30);
    strict.password_reuse_prevention(24).send().await.expect("written");
    assert_eq!(stage.shown().await, [""; 0]);
    assert_eq!(stage.apply().await, 0);
}

/// There is no client for service settings here, so the world itself is changed.
#[tokio::test]
async fn documents_are_kept_from_being_public_in_each_region() {
    let mut stage = Stage::built().await;
    let mut document: Value = serde_json::from_str(&stage.simulator.to_json()).expect("JSON");
    let settings = document["world"]["service_settings"].as_object_mut().expect("accounts");
    assert!(settings.len() >= 3, "{settings:?}");
    for regions in settings.values_mut() {
        let regions = regions.as_object_mut().expect("Regions");
        assert_eq!(regions.keys().collect::<Vec<_>>(), ["eu-west-1", "us-east-1"]);
        regions.remove("us-east-1");
    }
    stage.simulator = Simulator::from_json(&document.to_string(), landfall::simulator::Clock::virtual_from).expect("a world");
    let allowed = "public documents  allowed -> blocked";
    let expected = ["dev", "log-archive", "prod"].map(|account| format!("~ {account}/us-east-1/ssm-sharing/main: {allowed}"));
    stage.repairs(&expected.each_ref().map(String::as_str)).await;
}

#[tokio::test]
async fn central_root_access_is_turned_on_again_feature_by_feature() {
    let stage = Stage::built().await;
    let iam = Iam::new(&stage.management());
    let (managed, sessions) = ("central management of root credentials  off -> on", "root sessions from the management account  off -> on");
    iam.disable_organizations_root_sessions().send().await.expect("disabled");
    stage.repairs(&[&format!("~ root-access/main: {sessions}")]).await;
    iam.disable_organizations_root_credentials_management().send().await.expect("disabled");
    iam.disable_organizations_root_sessions().send().await.expect("disabled");
    stage.repairs(&[&format!("~ root-access/main: {managed}; {sessions}")]).await;
    let enabled = iam.list_organizations_features().send().await.expect("listed");
    assert_eq!(enabled.enabled_features().len(), 2);
}

/// Who may not read it still gets the rest of the plan.
#[tokio::test]
async fn a_caller_who_may_not_read_root_access_sees_everything_else() {
    let stage = Stage::built().await;
    let iam = Iam::new(&stage.management());
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
        {"Effect":"Deny","Action":"iam:ListOrganizationsFeatures","Resource":"*"}]}"#;
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}]}"#;
    iam.create_role().role_name("ops").assume_role_policy_document(trust).send().await.expect("made");
    iam.put_role_policy().role_name("ops").policy_name("ops").policy_document(document).send().await.expect("written");
    let ops = Principal::Session(Simulator::management_account(), "ops".to_owned(), "ops".to_owned());
    let ops = stage.simulator.sdk_config_with("eu-west-1", stage.simulator.credentials_for(&ops).expect("exists"));
    let (_, plan) = planned(&ops, &stage.organization).await.expect("observed");
    let view = plan.view();
    let blocked: Vec<String> = view.blocked.iter().map(|blocked| blocked.address.to_string()).collect();
    assert_eq!(blocked, ["root-access/main"]);
    assert!(view.blocked[0].reason.contains("ListOrganizationsFeatures"), "{:?}", view.blocked[0]);
    assert!(view.steps.is_empty() && view.unreadable.is_empty() && view.settled > 50, "{view:#?}");
}
