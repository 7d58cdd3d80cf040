//! Settings of accounts, changed behind landfall's back: what is weaker is shown and written again, and what is as strict or stricter is
//! left alone.

use std::collections::BTreeSet;

use aws_sdk_iam::Client as Iam;
use aws_types::SdkConfig;
use landfall::apply::Stop;
use landfall::event::Outcome;
use landfall::id::Partition;
use landfall::plan::PlanOptions;
use landfall::simulator::{CallRecord, Options, Principal, Simulator};
use landfall_tests::ec2::Ec2;
use landfall_tests::{account_id, applied, clock, organization, planned, ran, small};
use serde_json::Value;

/// An organization that was built, and what other hands do in it.
struct Stage {
    simulator: Simulator,
    organization: landfall::model::Organization,
}

impl Stage {
    async fn built() -> Self {
        Self::of(&small("")).await
    }

    async fn of(manifest: &str) -> Self {
        let organization = organization(manifest);
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

/// There is no client for these settings here, so the world itself is changed: the member of an account, or of its Regions.
impl Stage {
    fn changed(&mut self, change: impl FnOnce(&mut Value)) {
        let mut document: Value = serde_json::from_str(&self.simulator.to_json()).expect("JSON");
        change(&mut document["world"]);
        self.simulator = Simulator::from_json(&document.to_string(), landfall::simulator::Clock::virtual_from).expect("a world");
    }
}

/// A contact is in every account, the management account included. What is personal is in no plan.
#[tokio::test]
async fn contacts_are_put_back_in_every_account_and_shown_nowhere() {
    let contact = "[contacts]\nsecurity = { name = \"Ada\", title = \"CISO\", email = \"sec@acme.example\", phone = \"+1 555 0100\" }\n";
    let mut stage = Stage::of(&(small("") + contact)).await;
    stage.changed(|world| {
        let contacts = world["contacts"].as_object_mut().expect("accounts");
        assert_eq!(contacts.len(), 4, "dev, prod, the log archive and the management account: {contacts:?}");
        let management = &mut contacts["111111111111"]["SECURITY"];
        assert_eq!(management["email"], "sec@acme.example");
        management["email"] = "old@acme.example".into();
        management["name"] = "Grace".into();
        contacts.retain(|id, _| id == "111111111111");
    });
    let none = "contact  none -> (the manifest's)";
    let members = ["dev", "log-archive", "prod"].map(|account| format!("~ {account}/security-contact/main: {none}"));
    let own = "~ security-contact/main: name  (another) -> (the manifest's); email  (another) -> (the manifest's)".to_owned();
    let expected: Vec<&str> = [&own].into_iter().chain(&members).map(String::as_str).collect();
    stage.repairs(&expected).await;
}

/// landfall's policy is as the manifest says: shorter retention is a hazard, even where it repairs a change by hand.
#[tokio::test]
async fn new_log_groups_keep_their_events_as_the_manifest_says() {
    let mut stage = Stage::built().await;
    stage.changed(|world| {
        let accounts = world["log_retention"].as_object_mut().expect("accounts");
        assert_eq!(accounts.len(), 3, "{accounts:?}");
        for regions in accounts.values_mut() {
            regions.as_object_mut().expect("Regions").remove("us-east-1");
            regions["eu-west-1"]["document"] = r#"{"retentionInDays":731,"enforcementMode":"NEW_ONLY"}"#.into();
        }
    });
    let (_, plan) = planned(&stage.management(), &stage.organization).await.expect("observed");
    let hazards: Vec<String> = plan.steps.iter().flat_map(|step| &step.hazards).map(|hazard| hazard.text.clone()).collect();
    let deletes = |days| format!("log groups that were made under the policy delete events older than {days} days, a day later");
    assert_eq!(hazards, [deletes(30), deletes(365), deletes(365)]);
    let field = "retention of new log groups ";
    let lines = [("dev", 30), ("log-archive", 365), ("prod", 365)].map(|(account, days)| {
        [("eu-west-1", "731d"), ("us-east-1", "no policy")]
            .map(|(region, from)| format!("~ {account}/{region}/log-retention/main: {field} {from} -> {days}d"))
    });
    stage.repairs(&lines.as_flattened().iter().map(String::as_str).collect::<Vec<_>>()).await;
}

/// What AWS makes in each Region is removed with all that AWS made in it; what is in use stays, and is named.
#[tokio::test]
async fn default_vpcs_are_removed_unless_somebody_uses_them() {
    let mut stage = Stage::built().await;
    let left = async |stage: &Stage, account: &str, region: &str| -> Vec<String> {
        let ec2 = Ec2::new(stage.member(account, region).await);
        let mut left = Vec::new();
        for (operation, set, id) in [
            ("DescribeVpcs", "vpcSet", "vpcId"),
            ("DescribeInternetGateways", "internetGatewaySet", "internetGatewayId"),
            ("DescribeSubnets", "subnetSet", "subnetId"),
        ] {
            left.extend(ec2.list(operation, &[]).await.text(&format!("{set}/item/{id}")));
        }
        left
    };
    assert_eq!(left(&stage, "dev", "us-east-1").await, [""; 0]);
    assert_eq!(left(&stage, "log-archive", "eu-west-1").await, [""; 0]);

    // An account that has made no call in a Region gets its default VPC at the first one.
    let forget = |stage: &mut Stage| {
        stage.changed(|world| {
            for regions in world["networks"].as_object_mut().expect("accounts").values_mut() {
                regions.as_object_mut().expect("Regions").remove("us-east-1");
            }
        });
    };
    forget(&mut stage);
    let vpc = async |stage: &Stage, account: &str| {
        Ec2::new(stage.member(account, "us-east-1").await).first("DescribeVpcs", &[("is-default", "true")], "vpcSet/item/vpcId").await
    };
    let mut expected = Vec::new();
    for account in ["dev", "log-archive", "prod"] {
        let id = vpc(&stage, account).await;
        expected.push(format!("~ {account}/us-east-1/ebs-encryption/main: encryption by default  off -> on"));
        expected.push(format!("~ {account}/us-east-1/default-vpc/main: default VPC  {id} -> none"));
    }
    stage.repairs(&expected.iter().map(String::as_str).collect::<Vec<_>>()).await;

    forget(&mut stage);
    let (id, ec2) = (vpc(&stage, "dev").await, Ec2::new(stage.member("dev", "us-east-1").await));
    let subnet = ec2.first("DescribeSubnets", &[("vpc-id", &id)], "subnetSet/item/subnetId").await;
    ec2.ask("CreateNetworkInterface", &[("SubnetId", &subnet), ("Description", "a database")]).await;
    ec2.ask("CreateSecurityGroup", &[("GroupName", "web"), ("GroupDescription", "web"), ("VpcId", &id)]).await;
    let (_, plan) = planned(&stage.management(), &stage.organization).await.expect("observed");
    let view = plan.view();
    let steps: Vec<String> = view.steps.iter().filter(|step| step.kind == "default-vpc").map(|step| step.address.to_string()).collect();
    assert_eq!(steps, ["log-archive/us-east-1/default-vpc/main", "prod/us-east-1/default-vpc/main"]);
    let blocked: Vec<String> = view.blocked.iter().map(|blocked| format!("{}: {}", blocked.address, blocked.reason)).collect();
    let reason = &blocked[0];
    assert!(reason.starts_with(&format!("dev/us-east-1/default-vpc/main: the default VPC {id} is in use: eni-")), "{blocked:?}");
    assert!(reason.contains(" (a database), sg-"), "{blocked:?}");
    assert_eq!(blocked.len(), 1);

    stage.organization = organization(&(small("") + "[environments.dev.baseline]\ndefault_vpcs = true\n"));
    stage.apply().await;
    assert_eq!(vpc(&stage, "dev").await, id, "it is kept where the manifest says so");
}

/// A deep run looks in every Region that AWS enables, and a usual one in the Regions in use only.
#[tokio::test]
async fn default_vpcs_of_all_regions_are_removed_on_request() {
    let stage = Stage::built().await;
    let mut options = PlanOptions::default();
    options.deep = true;
    let run = async || {
        let mut ignored = |_| {};
        let (plan, report) =
            ran(&stage.management(), &stage.organization, &options, &Stop::default(), &mut ignored).await.expect("observed");
        assert_eq!(report.outcome, Outcome::Done);
        let kinds: BTreeSet<&str> = plan.steps.iter().map(|step| step.address.kind()).collect();
        (plan.steps.len(), kinds)
    };
    let regions = landfall::model::region::REGIONS.iter().filter(|region| region.partition == Partition::Aws && !region.opt_in).count();
    assert_eq!(run().await, (3 * (regions - 2), BTreeSet::from(["default-vpc"])));
    assert_eq!(run().await, (0, BTreeSet::new()));
    stage.simulator.forget_calls();
    assert_eq!(stage.shown().await, [""; 0]);
    let elsewhere = |call: &CallRecord| call.service == "ec2" && !["eu-west-1", "us-east-1"].contains(&call.region.as_str());
    assert_eq!(stage.simulator.calls().iter().filter(|call| elsewhere(call)).count(), 0);
}

/// An alias is the account's own again; one that another account has is refused, with what to do.
#[tokio::test]
async fn an_alias_is_put_back_unless_another_account_has_it() {
    let alias = "[accounts.prod]\nalias = \"acme-prod\"\n";
    let stage = Stage::of(&(small("") + alias)).await;
    let iam = Iam::new(&stage.member("prod", "eu-west-1").await);
    iam.create_account_alias().account_alias("somebody-else").send().await.expect("created");
    stage.repairs(&["~ prod/account-alias/main: alias  somebody-else -> acme-prod"]).await;

    iam.delete_account_alias().account_alias("acme-prod").send().await.expect("deleted");
    let dev = Iam::new(&stage.member("dev", "eu-west-1").await);
    dev.create_account_alias().account_alias("acme-prod").send().await.expect("created");
    let (_, events) = applied(&stage.management(), &stage.organization).await.expect("observed");
    let refused = events.iter().find_map(|event| match &event.what {
        landfall::event::What::StepFailed { address, hint, .. } => Some(format!("{address}: {hint}")),
        _ => None,
    });
    let hint = "another AWS account has the alias acme-prod: write another `alias` in the manifest, or, if that account is yours, take it \
                away there first: aws iam delete-account-alias --account-alias acme-prod";
    assert_eq!(refused.as_deref(), Some(format!("prod/account-alias/main: {hint}").as_str()));
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
