//! Each way in which a resource may differ from the manifest is repaired by the calls that it needs: one row for every edit that no
//! other scenario provokes.

use std::time::{Duration, SystemTime};

use aws_types::SdkConfig;
use landfall::simulator::{Answer, Clock, Options, Principal, Simulator, ask};
use landfall_tests::ec2::at;
use landfall_tests::{applied, failures, organization, planned};

const MANIFEST: &str = r#"
schema = 1
[organization]
name = "acme"
email = "aws+{account}@acme.example"
region = "eu-west-1"
regions = ["eu-west-1"]
[environments.dev]
tier = "development"
network = { cidr = "10.16.0.0/16" }
[access]
operators = ["sso:PowerUserAccess"]
github = ["acme@1/shop@2"]
"#;

/// A document with another meaning than any of landfall's.
const OTHER: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Sid":"Mine","Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}]}"#;

/// What was done by hand.
struct Hand<'a> {
    dev: &'a SdkConfig,
    account: &'a str,
}

impl Hand<'_> {
    async fn iam(&self, operation: &'static str, pairs: &[(&str, &str)]) -> Answer {
        ask(self.dev, "iam", operation, pairs).await.unwrap_or_else(|code| panic!("{operation} {pairs:?}: {code}"))
    }

    async fn ec2(&self, operation: &'static str, pairs: &[(&str, &str)]) -> Answer {
        ask(self.dev, "ec2", operation, pairs).await.unwrap_or_else(|code| panic!("{operation} {pairs:?}: {code}"))
    }

    async fn id(&self, operation: &'static str, address: &str, path: &str) -> String {
        let (name, value) = at(address);
        let found = self.ec2(operation, &[("Filter.1.Name", name), ("Filter.1.Value.1", value)]).await;
        found.text(path).unwrap_or_else(|| panic!("{address}: nothing at {path}"))
    }

    async fn policy_is_full_of_versions(&self) {
        let arn = format!("arn:aws:iam::{}:policy/landfall/boundary", self.account);
        for _ in 0..4 {
            self.iam("CreatePolicyVersion", &[("PolicyArn", &arn), ("PolicyDocument", OTHER), ("SetAsDefault", "true")]).await;
        }
    }

    async fn role_has_another_inline_policy(&self) {
        self.iam("PutRolePolicy", &[("RoleName", "reader"), ("PolicyName", "mine"), ("PolicyDocument", OTHER)]).await;
    }

    async fn provider_lost_its_audience(&self) {
        let arn = format!("arn:aws:iam::{}:oidc-provider/token.actions.githubusercontent.com", self.account);
        self.iam("AddClientIDToOpenIDConnectProvider", &[("OpenIDConnectProviderArn", &arn), ("ClientID", "mine")]).await;
        let own = [("OpenIDConnectProviderArn", arn.as_str()), ("ClientID", "sts.amazonaws.com")];
        self.iam("RemoveClientIDFromOpenIDConnectProvider", &own).await;
    }

    async fn resolver_is_off(&self) {
        let vpc = self.id("DescribeVpcs", "dev/eu-west-1/vpc/main", "vpcSet/item/vpcId").await;
        self.ec2("ModifyVpcAttribute", &[("VpcId", &vpc), ("EnableDnsHostnames.Value", "false")]).await;
        self.ec2("ModifyVpcAttribute", &[("VpcId", &vpc), ("EnableDnsSupport.Value", "false")]).await;
    }

    async fn table_has_another_route(&self) {
        let gateway =
            self.id("DescribeInternetGateways", "dev/eu-west-1/internet-gateway/main", "internetGatewaySet/item/internetGatewayId").await;
        let table = self.id("DescribeRouteTables", "dev/eu-west-1/route-table/public", "routeTableSet/item/routeTableId").await;
        let route = [("RouteTableId", table.as_str()), ("DestinationCidrBlock", "198.51.100.0/24"), ("GatewayId", &gateway)];
        self.ec2("CreateRoute", &route).await;
    }
}

#[tokio::test]
async fn each_difference_is_repaired_by_its_own_calls() {
    let clock = Clock::virtual_from(SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000));
    let simulator = Simulator::new(Options::default(), clock);
    let config = simulator.sdk_config("eu-west-1");
    let organization = organization(MANIFEST);
    let (report, events) = applied(&config, &organization).await.expect("observed");
    assert_eq!(report.exit, 0, "{:?}", failures(&events));
    let (_, plan) = planned(&config, &organization).await.expect("observed");
    let account = plan.facts.find(&"account/dev".parse().expect("valid"), "id").expect("built");
    let role = Principal::Session(account.parse().expect("an id"), "OrganizationAccountAccessRole".to_owned(), "hand".to_owned());
    let dev = simulator.sdk_config_with("eu-west-1", simulator.credentials_for(&role).expect("exists"));
    let hand = Hand { dev: &dev, account };

    hand.policy_is_full_of_versions().await;
    hand.role_has_another_inline_policy().await;
    hand.provider_lost_its_audience().await;
    hand.resolver_is_off().await;
    hand.table_has_another_route().await;

    let (_, plan) = planned(&config, &organization).await.expect("observed");
    let shown: Vec<String> = plan.steps.iter().map(|step| step.address.to_string()).collect();
    let expected = ["dev/iam-policy/boundary", "dev/oidc-provider/github", "dev/iam-role/reader", "dev/eu-west-1/vpc/main"];
    for address in expected.iter().chain(&["dev/eu-west-1/route-table/public"]) {
        assert!(shown.iter().any(|shown| shown == address), "{address} is not in {shown:?}");
    }
    let (report, events) = applied(&config, &organization).await.expect("observed");
    assert_eq!(report.exit, 0, "{:?}", failures(&events));
    for (call, times) in [
        ("iam:CreatePolicyVersion", 1),
        ("iam:DeletePolicyVersion", 1),
        ("iam:DeleteRolePolicy", 1),
        ("iam:AddClientIDToOpenIDConnectProvider", 1),
        ("iam:RemoveClientIDFromOpenIDConnectProvider", 1),
        ("ec2:ModifyVpcAttribute", 2),
        ("ec2:DeleteRoute", 1),
    ] {
        assert_eq!(report.calls.0.get(call).copied().unwrap_or_default(), times, "{call}: {:?}", report.calls);
    }
    let (_, plan) = planned(&config, &organization).await.expect("observed");
    assert!(plan.is_settled(), "{:?}", plan.view());
}
