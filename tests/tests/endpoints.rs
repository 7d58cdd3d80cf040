//! Interface endpoints: built, changed by hand and repaired, taken out of the manifest and removed; no call more than without them.

use std::collections::BTreeMap;

use aws_types::SdkConfig;
use landfall::plan::Plan;
use landfall::simulator::{Options, Principal, Simulator};
use landfall_tests::ec2::{Ec2, at};
use landfall_tests::{applied, clock, failures, organization, planned, pruned};

const HEAD: &str = r#"schema = 1
[organization]
name = "acme"
email = "aws+{account}@acme.example"
region = "eu-west-1"
regions = ["eu-west-1", "us-east-1"]
[environments.dev]
tier = "development"
"#;
const THREE: &str = r#"["kms", "ssmmessages", "sts"]"#;

fn manifest(endpoints: &str) -> String {
    format!("{HEAD}network = {{ cidr = \"10.16.0.0/20\", azs = 2, nat = \"none\", endpoints = {endpoints} }}\n")
}

struct World {
    simulator: Simulator,
    config: SdkConfig,
    ec2: Ec2,
}

impl World {
    async fn built(endpoints: &str) -> Self {
        let simulator = Simulator::new(Options::default(), clock());
        let config = simulator.sdk_config("eu-west-1");
        let (_, events) = applied(&config, &organization(&manifest(endpoints))).await.expect("observed");
        assert_eq!(failures(&events), [""; 0]);
        let (_, plan) = planned(&config, &organization(&manifest(endpoints))).await.expect("observed");
        assert!(plan.is_settled(), "{:?}", plan.view().steps);
        let id = plan.facts.find(&"account/dev".parse().expect("valid"), "id").expect("built").parse().expect("an id");
        let access = Principal::Session(id, "OrganizationAccountAccessRole".to_owned(), "somebody".to_owned());
        let dev = simulator.sdk_config_with("eu-west-1", simulator.credentials_for(&access).expect("exists"));
        Self { simulator, config, ec2: Ec2::new(dev) }
    }

    async fn endpoint(&self, service: &str) -> String {
        let address = format!("dev/eu-west-1/endpoint/{service}");
        self.ec2.first("DescribeVpcEndpoints", &[at(&address)], "vpcEndpointSet/item/vpcEndpointId").await
    }

    async fn group(&self) -> String {
        let group = [at("dev/eu-west-1/security-group/endpoints")];
        self.ec2.first("DescribeSecurityGroups", &group, "securityGroupInfo/item/groupId").await
    }

    async fn subnet(&self, name: &str) -> String {
        self.ec2.first("DescribeSubnets", &[at(&format!("dev/eu-west-1/subnet/{name}"))], "subnetSet/item/subnetId").await
    }

    async fn plan(&self, endpoints: &str) -> Plan {
        planned(&self.config, &organization(&manifest(endpoints))).await.expect("observed").1
    }

    /// Returns a line for each field of each step, and one for each blocked thing and orphan.
    async fn lines(&self) -> Vec<String> {
        lines(&self.plan(THREE).await)
    }

    async fn repaired(&self) {
        let (report, events) = applied(&self.config, &organization(&manifest(THREE))).await.expect("observed");
        assert_eq!(report.exit, 0, "{:?}", failures(&events));
        assert_eq!(self.lines().await, [""; 0]);
    }
}

fn lines(plan: &Plan) -> Vec<String> {
    let view = plan.view();
    let steps = view.steps.iter().flat_map(|step| {
        let head = format!("{} {}", step.action.sign(), step.address);
        if step.fields.is_empty() { vec![head] } else { step.fields.iter().map(|field| format!("{head} {field}")).collect() }
    });
    let blocked = plan.blocked.iter().map(|blocked| format!("! {}: {}", blocked.address, blocked.blocked.reason));
    let orphans = plan.orphans.iter().map(|orphan| format!("? {}", orphan.address));
    steps.chain(blocked).chain(orphans).collect()
}

/// What AWS then shows: the service's own name, one private subnet of each zone, one group, and the policy of the organization.
#[tokio::test]
async fn an_endpoint_is_private_and_open_to_its_vpc_only() {
    let world = World::built(THREE).await;
    let found = world.ec2.list("DescribeVpcEndpoints", &[("vpc-endpoint-type", "Interface")]).await.each("vpcEndpointSet/item");
    assert_eq!(found.len(), 3);
    let mut private = [world.subnet("private-a").await, world.subnet("private-b").await];
    private.sort();
    for endpoint in &found {
        let mut subnets = endpoint.texts("subnetIdSet/item");
        subnets.sort();
        assert_eq!(subnets, private);
        assert_eq!(endpoint.texts("groupSet/item/groupId"), [world.group().await]);
        assert_eq!(endpoint.text("privateDnsEnabled").as_deref(), Some("true"));
        let (service, policy) = (endpoint.text("serviceName").expect("a name"), endpoint.text("policyDocument").expect("a policy"));
        assert_eq!(policy.contains("aws:PrincipalOrgID"), service != "com.amazonaws.eu-west-1.ssmmessages", "{service}: {policy}");
        assert_eq!(policy.contains("sts:AssumeRoleWithWebIdentity"), service == "com.amazonaws.eu-west-1.sts", "{service}: {policy}");
    }
    let rules = world.ec2.list("DescribeSecurityGroupRules", &[("group-id", &world.group().await)]).await.each("securityGroupRuleSet/item");
    let shown: Vec<[Option<String>; 4]> =
        rules.iter().map(|rule| ["isEgress", "ipProtocol", "fromPort", "cidrIpv4"].map(|path| rule.text(path))).collect();
    assert_eq!(shown, [["false", "tcp", "443", "10.16.0.0/20"].map(|text| Some(text.to_owned()))]);
}

/// A change of an endpoint, and what the plan says of it.
type ByHand<'a> = (&'a [(&'a str, &'a str)], Vec<String>);

/// Each change by hand is shown from -> to, and put back by one run.
#[tokio::test]
async fn changes_by_hand_are_shown_and_repaired() {
    let world = World::built(THREE).await;
    let (kms, group, private) = (world.endpoint("kms").await, world.group().await, world.subnet("private-b").await);
    let vpc = world.ec2.first("DescribeVpcs", &[at("dev/eu-west-1/vpc/main")], "vpcSet/item/vpcId").await;
    let made = [("GroupName", "open"), ("GroupDescription", "open"), ("VpcId", vpc.as_str())];
    let open = world.ec2.ask("CreateSecurityGroup", &made).await.text("groupId").expect("an id");
    let public = world.subnet("public-b").await;
    let deny = r#"{"Version":"2012-10-17","Statement":[{"Sid":"No","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}"#;
    let modify = [("VpcEndpointId", kms.as_str())];
    let of_kms = "~ dev/eu-west-1/endpoint/kms";
    let cases: [ByHand<'_>; 5] = [
        (&[("PrivateDnsEnabled", "false")], vec![format!("{of_kms} private DNS  off -> on")]),
        (&[("RemoveSubnetId.1", &private)], vec![format!("{of_kms} subnet  + dev/eu-west-1/subnet/private-b")]),
        (
            &[("RemoveSubnetId.1", &private), ("AddSubnetId.1", &public)],
            vec![format!("{of_kms} subnet  + dev/eu-west-1/subnet/private-b"), format!("{of_kms} subnet  - dev/eu-west-1/subnet/public-b")],
        ),
        (
            &[("RemoveSecurityGroupId.1", &group), ("AddSecurityGroupId.1", &open)],
            vec![format!("{of_kms} security group  {open} -> dev/eu-west-1/security-group/endpoints")],
        ),
        (&[("PolicyDocument", deny)], vec![format!("{of_kms} policy No  - ")]),
    ];
    for (how, told) in cases {
        world.ec2.ask("ModifyVpcEndpoint", &[&modify[..], how].concat()).await;
        let lines = world.lines().await;
        let named =
            |line: &str| line.replace(&private, "dev/eu-west-1/subnet/private-b").replace(&group, "dev/eu-west-1/security-group/endpoints");
        for told in told {
            assert!(lines.iter().any(|line| named(line).starts_with(&told)), "{told}\n{lines:#?}");
        }
        assert!(lines.iter().all(|line| line.starts_with(of_kms)), "{lines:#?}");
        world.repaired().await;
    }

    // The group: what lets more in, or out, goes; what lets the VPC in comes back.
    let rule = |from| {
        [
            ("GroupId", group.as_str()),
            ("IpPermissions.1.IpProtocol", "tcp"),
            ("IpPermissions.1.FromPort", "443"),
            ("IpPermissions.1.ToPort", "443"),
            ("IpPermissions.1.IpRanges.1.CidrIp", from),
        ]
    };
    world.ec2.ask("AuthorizeSecurityGroupIngress", &rule("0.0.0.0/0")).await;
    world.ec2.ask("RevokeSecurityGroupIngress", &rule("10.16.0.0/20")).await;
    let of_group = "~ dev/eu-west-1/security-group/endpoints ingress";
    assert_eq!(world.lines().await, [format!("{of_group}  + tcp 443 from 10.16.0.0/20"), format!("{of_group}  - tcp 443 from 0.0.0.0/0")]);
    world.repaired().await;
}

/// One that was deleted is made again, its group too; AWS's name of the service leads to one endpoint only, so another owner's blocks.
#[tokio::test]
async fn what_was_deleted_comes_back_and_what_is_in_the_way_is_named() {
    let world = World::built(THREE).await;
    for service in ["kms", "ssmmessages", "sts"] {
        world.ec2.ask("DeleteVpcEndpoints", &[("VpcEndpointId.1", &world.endpoint(service).await)]).await;
    }
    world.ec2.ask("DeleteSecurityGroup", &[("GroupId", &world.group().await)]).await;
    let lines = world.lines().await;
    let made = ["security-group/endpoints", "endpoint/kms", "endpoint/ssmmessages", "endpoint/sts"];
    assert_eq!(lines, made.map(|what| format!("+ dev/eu-west-1/{what}")));
    world.repaired().await;

    let (kms, keys) = (world.endpoint("kms").await, [("Tag.1.Key", "landfall:address"), ("Tag.2.Key", "landfall:organization")]);
    world.ec2.ask("DeleteTags", &[&[("ResourceId.1", kms.as_str())], &keys[..]].concat()).await;
    let lines = world.lines().await;
    assert!(lines.len() == 1 && lines[0].starts_with("! dev/eu-west-1/endpoint/kms: ") && lines[0].contains(&kms), "{lines:#?}");
    let group = world.group().await;
    world.ec2.ask("DeleteTags", &[&[("ResourceId.1", group.as_str())], &keys[..]].concat()).await;
    let lines = world.lines().await;
    assert!(lines.iter().any(|line| line.starts_with("! dev/eu-west-1/security-group/endpoints: ") && line.contains(&group)), "{lines:#?}");
    assert!(lines.iter().all(|line| line.starts_with("! ")), "{lines:#?}");
}

/// A service that left the list is an orphan, and removed by `--prune`; with the last one the group goes, with the network everything.
#[tokio::test]
async fn what_left_the_manifest_is_pruned() {
    let world = World::built(THREE).await;
    assert_eq!(lines(&world.plan(r#"["kms"]"#).await), ["? dev/eu-west-1/endpoint/ssmmessages", "? dev/eu-west-1/endpoint/sts"]);
    for (left, removed) in [
        (manifest(r#"["kms"]"#), &["- dev/eu-west-1/endpoint/ssmmessages", "- dev/eu-west-1/endpoint/sts"][..]),
        (manifest("[]"), &["- dev/eu-west-1/endpoint/kms", "- dev/eu-west-1/security-group/endpoints"]),
    ] {
        let (plan, events) = pruned(&world.config, &organization(&left)).await;
        let mut steps = lines(&plan);
        steps.sort();
        assert_eq!((failures(&events), steps), (vec![], removed.iter().map(|line| (*line).to_owned()).collect()));
    }
    world.repaired().await;
    let (plan, events) = pruned(&world.config, &organization(HEAD)).await;
    assert_eq!(failures(&events), [""; 0]);
    let order: Vec<&str> = plan.steps.iter().map(|step| step.address.kind()).collect();
    let place = |kind: &str| order.iter().position(|other| *other == kind).expect("removed");
    let last = order.iter().rposition(|kind| *kind == "endpoint").expect("removed");
    assert!(last < place("subnet") && last < place("security-group") && place("security-group") < place("vpc"), "{order:?}");
    assert_eq!(world.ec2.list("DescribeVpcEndpoints", &[]).await.each("vpcEndpointSet/item").len(), 0);
    let groups = world.ec2.list("DescribeSecurityGroups", &[("group-name", "landfall-endpoints")]).await;
    assert_eq!(groups.each("securityGroupInfo/item").len(), 0);
}

/// Another owner's endpoint keeps a network that left the manifest as a whole.
#[tokio::test]
async fn a_network_with_another_owners_endpoint_stays() {
    let world = World::built("[]").await;
    let vpc = world.ec2.first("DescribeVpcs", &[at("dev/eu-west-1/vpc/main")], "vpcSet/item/vpcId").await;
    let theirs = [("VpcId", vpc.as_str()), ("VpcEndpointType", "Interface"), ("ServiceName", "com.amazonaws.eu-west-1.sqs")];
    let theirs = world.ec2.ask("CreateVpcEndpoint", &[&theirs[..], &[("SubnetId.1", &world.subnet("private-a").await)]].concat()).await;
    let id = theirs.text("vpcEndpoint/vpcEndpointId").expect("an id");
    let (plan, events) = pruned(&world.config, &organization(HEAD)).await;
    assert_eq!(failures(&events), [""; 0]);
    assert_eq!(plan.steps.len(), 0, "{:?}", lines(&plan));
    let hints: Vec<&str> = plan.orphans.iter().filter_map(|orphan| orphan.hint.as_deref()).collect();
    assert!(!hints.is_empty() && hints.iter().all(|hint| hint.contains(&id)), "{hints:?}");
}

/// Endpoints and their group are read by the calls that read gateway endpoints and the default group. Only the group's rules are asked for:
/// those of an emptied group are not.
#[tokio::test]
async fn a_settled_plan_makes_one_call_more() {
    let mut tables = Vec::new();
    for endpoints in ["[]", THREE] {
        let world = World::built(endpoints).await;
        world.simulator.forget_calls();
        assert!(world.plan(endpoints).await.is_settled());
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for call in world.simulator.calls() {
            *counts.entry(format!("{}:{}", call.service, call.operation)).or_default() += 1;
        }
        tables.push(counts);
    }
    let (without, mut with) = (tables.remove(0), tables.remove(0));
    assert_eq!(with.remove("ec2:DescribeSecurityGroupRules"), Some(1));
    assert_eq!(with, without);
}
