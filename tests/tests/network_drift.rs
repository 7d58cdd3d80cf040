//! Manual changes in a network that are easy to miss: shown, and repaired if landfall manages the resource.

use std::time::{Duration, SystemTime};

use aws_types::SdkConfig;
use landfall::desired::desired;
use landfall::environments::Index;
use landfall::observe::{NotReady, observe};
use landfall::session::Sessions;
use landfall::simulator::{Answer, Clock, Options, Principal, Simulator};
use landfall_tests::ec2::{Ec2, at};
use landfall_tests::{applied, failures, organization, planned};

const STARTUP: &str = include_str!("../../examples/startup/landfall.toml");

struct World {
    config: SdkConfig,
    ec2: Ec2,
}

impl World {
    async fn built() -> Self {
        let clock = Clock::virtual_from(SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000));
        let simulator = Simulator::new(Options::default(), clock);
        let config = simulator.sdk_config("eu-west-1");
        let (report, events) = applied(&config, &organization(STARTUP)).await.expect("observed");
        assert_eq!(report.exit, 0, "{:?}", failures(&events));
        let (_, plan) = planned(&config, &organization(STARTUP)).await.expect("observed");
        let id = plan.facts.find(&"account/dev".parse().expect("valid"), "id").expect("built").parse().expect("an id");
        let access = Principal::Session(id, "OrganizationAccountAccessRole".to_owned(), "somebody".to_owned());
        let dev = simulator.sdk_config_with("eu-west-1", simulator.credentials_for(&access).expect("exists"));
        Self { config, ec2: Ec2::new(dev) }
    }

    /// Plans; returns a line for each field of each step, and one for each blocked thing.
    async fn plan(&self) -> Vec<String> {
        let (_, plan) = planned(&self.config, &organization(STARTUP)).await.expect("observed");
        let view = plan.view();
        let steps = view.steps.iter().flat_map(|step| {
            let head = format!("{} {}", step.action.sign(), step.address);
            if step.fields.is_empty() { vec![head] } else { step.fields.iter().map(|field| format!("{head} {field}")).collect() }
        });
        let blocked = plan.blocked.iter().map(|blocked| format!("! {}: {}", blocked.address, blocked.blocked.reason));
        steps.chain(blocked).collect()
    }

    async fn repaired(&self) {
        let (report, events) = applied(&self.config, &organization(STARTUP)).await.expect("observed");
        assert_eq!(report.exit, 0, "{:?}", failures(&events));
        assert_eq!(self.plan().await, [""; 0]);
    }

    async fn vpc(&self) -> String {
        self.ec2.first("DescribeVpcs", &[at("dev/eu-west-1/vpc/main")], "vpcSet/item/vpcId").await
    }

    async fn subnet(&self, name: &str) -> String {
        self.ec2.first("DescribeSubnets", &[at(&format!("dev/eu-west-1/subnet/{name}"))], "subnetSet/item/subnetId").await
    }

    async fn table(&self, by: (&str, &str)) -> String {
        self.ec2.first("DescribeRouteTables", &[("vpc-id", &self.vpc().await), by], "routeTableSet/item/routeTableId").await
    }

    async fn default_acl(&self) -> Answer {
        let found = self.ec2.list("DescribeNetworkAcls", &[("vpc-id", &self.vpc().await), ("default", "true")]).await;
        found.each("networkAclSet/item").remove(0)
    }

    /// Adds an entry to a network ACL that lets everything in from a range.
    async fn let_in(&self, acl: &str, number: &str, cidr: &str) {
        let entry = [("NetworkAclId", acl), ("RuleNumber", number), ("Egress", "false"), ("CidrBlock", cidr)];
        self.ec2.ask("CreateNetworkAclEntry", &[&entry[..], &[("Protocol", "-1"), ("RuleAction", "allow")]].concat()).await;
    }
}

#[tokio::test]
async fn a_second_address_of_a_nat_gateway_is_no_difference_and_is_among_the_outputs() {
    let world = World::built().await;
    let nat = world.ec2.first("DescribeNatGateways", &[at("dev/eu-west-1/nat/a")], "natGatewaySet/item/natGatewayId").await;
    let more = world.ec2.ask("AllocateAddress", &[]).await;
    let (more, ip) = (more.text("allocationId").expect("has an id"), more.text("publicIp").expect("has a number"));
    world.ec2.ask("AssociateNatGatewayAddress", &[("NatGatewayId", &nat), ("AllocationId.1", &more)]).await;
    assert_eq!(world.plan().await, [""; 0]);
    let organization = organization(STARTUP);
    let sessions = Sessions::open(&world.config, &organization.region).await.expect("a session");
    let wanted = desired(&organization);
    let survey = observe(&sessions, &organization, &wanted, NotReady::Report).await.expect("observed");
    let index = Index::of(&organization, &wanted, &survey.observation);
    let dev = index.environments.iter().find(|environment| environment.name == "dev").expect("wanted");
    let dev = dev.accounts[0].network.as_ref().expect("a network");
    assert!(dev.nat_addresses.len() == 2 && dev.nat_addresses.contains(&ip), "{:?}", dev.nat_addresses);
}

#[tokio::test]
async fn a_subnet_under_another_network_acl_comes_back() {
    let world = World::built().await;
    let (vpc, subnet, default) = (world.vpc().await, world.subnet("public-a").await, world.default_acl().await);
    let made = world.ec2.ask("CreateNetworkAcl", &[("VpcId", &vpc)]).await;
    let open = made.text("networkAcl/networkAclId").expect("has an id");
    world.let_in(&open, "1", "0.0.0.0/0").await;
    let associations = default.each("associationSet/item");
    let association = associations.iter().find(|association| association.text("subnetId").as_ref() == Some(&subnet)).expect("guarded");
    let association = association.text("networkAclAssociationId").expect("has an id");
    world.ec2.ask("ReplaceNetworkAclAssociation", &[("AssociationId", &association), ("NetworkAclId", &open)]).await;
    let id = default.text("networkAclId").expect("has an id");
    let told = format!("~ dev/eu-west-1/subnet/public-a network acl  {open} -> dev/eu-west-1/network-acl/default (the VPC's default)");
    assert_eq!(world.plan().await, [told.replace("dev/eu-west-1/network-acl/default", &id)]);
    world.repaired().await;
}

#[tokio::test]
async fn entries_that_together_let_everybody_in_are_named() {
    let world = World::built().await;
    let acl = world.default_acl().await.text("networkAclId").expect("has an id");
    for (number, cidr) in [("5", "0.0.0.0/1"), ("6", "128.0.0.0/1")] {
        world.let_in(&acl, number, cidr).await;
    }
    let told = format!(
        "! dev/eu-west-1/network-acl/default: entries 5 and 6 of {acl}, `allow all from 0.0.0.0/1` and `allow all from 128.0.0.0/1`, come \
         before `deny tcp 22 from 0.0.0.0/0`"
    );
    assert_eq!(world.plan().await, [told]);
}

#[tokio::test]
async fn a_main_table_that_leads_out_is_emptied_or_replaced() {
    let world = World::built().await;
    let main = world.table(("association.main", "true")).await;
    let gateway = [at("dev/eu-west-1/internet-gateway/main")];
    let gateway = world.ec2.first("DescribeInternetGateways", &gateway, "internetGatewaySet/item/internetGatewayId").await;
    let route = [("RouteTableId", main.as_str()), ("DestinationCidrBlock", "0.0.0.0/0"), ("GatewayId", &gateway)];
    world.ec2.ask("CreateRoute", &route).await;
    assert_eq!(
        world.plan().await,
        [format!("~ dev/eu-west-1/vpc/main main route table {main} route 0.0.0.0/0  - dev/eu-west-1/internet-gateway/main")]
    );
    world.repaired().await;

    // Our public table as the main one serves whatever has no table; the one of old takes its place again.
    let public = world.table(at("dev/eu-west-1/route-table/public")).await;
    let table = world.ec2.ask("DescribeRouteTables", &[("RouteTableId.1", &main)]).await;
    let association = table.text("routeTableSet/item/associationSet/item/routeTableAssociationId").expect("has an id");
    world.ec2.ask("ReplaceRouteTableAssociation", &[("AssociationId", &association), ("RouteTableId", &public)]).await;
    assert_eq!(world.plan().await, [format!("~ dev/eu-west-1/vpc/main main route table  dev/eu-west-1/route-table/public -> {main}")]);
    world.repaired().await;
    assert_eq!(world.table(("association.main", "true")).await, main);
}

#[tokio::test]
async fn an_endpoint_that_lets_nothing_through_is_opened_again() {
    let world = World::built().await;
    let id = world.ec2.first("DescribeVpcEndpoints", &[at("dev/eu-west-1/endpoint/s3")], "vpcEndpointSet/item/vpcEndpointId").await;
    let deny = r#"{"Version":"2012-10-17","Statement":[{"Sid":"No","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}"#;
    world.ec2.ask("ModifyVpcEndpoint", &[("VpcEndpointId", &id), ("PolicyDocument", deny)]).await;
    let lines = world.plan().await;
    assert!(lines.iter().any(|line| line.starts_with("~ dev/eu-west-1/endpoint/s3 policy No  - {")), "{lines:?}");
    world.repaired().await;
}

#[tokio::test]
async fn one_lost_tag_is_put_back_on_everything() {
    let world = World::built().await;
    let ids = world.ec2.list("DescribeTags", &[("key", "landfall:organization")]).await.texts("tagSet/item/resourceId");
    assert!(ids.len() > 10, "{ids:?}");
    let numbers: Vec<String> = (1..=ids.len()).map(|number| format!("ResourceId.{number}")).collect();
    let these = numbers.iter().zip(&ids).map(|(name, id)| (name.as_str(), id.as_str()));
    world.ec2.ask("DeleteTags", &these.chain([("Tag.1.Key", "landfall:organization")]).collect::<Vec<_>>()).await;
    let lines = world.plan().await;
    assert!(
        lines.iter().all(|line| line.starts_with("~ dev/eu-west-1/") && line.ends_with(" tags.landfall:organization  + acme")),
        "{lines:#?}"
    );
    assert_eq!(lines.len(), ids.len(), "{lines:#?}");
    world.repaired().await;
}

#[tokio::test]
async fn nothing_that_lost_its_tags_is_built_a_second_time() {
    let world = World::built().await;
    let there = world.ec2.list("DescribeTags", &[("key", "landfall:address")]).await;
    let there: Vec<_> = there.texts("tagSet/item/resourceId").into_iter().zip(there.texts("tagSet/item/value")).collect();
    assert!(there.len() > 10, "{there:?}");
    for (id, address) in &there {
        let (of_it, ours) = (("ResourceId.1", id.as_str()), [("Tag.1.Key", "landfall:address"), ("Tag.2.Key", "landfall:organization")]);
        world.ec2.ask("DeleteTags", &[&[of_it], &ours[..]].concat()).await;
        let (_, plan) = planned(&world.config, &organization(STARTUP)).await.expect("observed");
        let lines = world.plan().await;
        let values = [("Tag.1.Value", address.as_str()), ("Tag.2.Value", "acme")];
        let put = async || world.ec2.ask("CreateTags", &[&[of_it], &ours[..], &values].concat()).await;
        if address.ends_with("/default") {
            // What comes with a VPC is its group and its ACL whatever they carry: the tags are put back.
            assert_eq!(plan.steps.len(), 1, "{address}: {lines:#?}");
            assert!(lines.iter().all(|line| line.starts_with(&format!("~ {address} tags.landfall:"))), "{address}: {lines:#?}");
            put().await;
            continue;
        }
        assert!(plan.steps.is_empty(), "{address}: {lines:#?}");
        let root: Vec<&String> = lines.iter().filter(|line| !line.contains(": it needs ")).collect();
        assert_eq!(root.len(), 1, "{address}: {lines:#?}");
        assert!(root[0].starts_with(&format!("! {address}: ")) && root[0].contains(id.as_str()), "{address}: {lines:#?}");
        let blocked = plan.blocked.iter().find(|blocked| blocked.address.to_string() == *address).expect("blocked");
        let hint = blocked.blocked.hint.clone().unwrap_or_default();
        let back = format!(
            "aws ec2 create-tags --resources {id} --tags Key=landfall:organization,Value=acme Key=landfall:address,Value={address}"
        );
        assert!(hint.contains(&back), "{address}: {hint}");
        // What the hint says makes the plan empty again.
        put().await;
        assert_eq!(world.plan().await, [""; 0], "{address}");
    }
}

#[tokio::test]
async fn a_nat_gateway_and_its_address_without_tags_are_not_bought_again() {
    let world = World::built().await;
    for kind in ["natgateway", "elastic-ip"] {
        let id = world.ec2.first("DescribeTags", &[("resource-type", kind)], "tagSet/item/resourceId").await;
        world.ec2.ask("DeleteTags", &[("ResourceId.1", &id)]).await;
    }
    let lines = world.plan().await;
    assert!(lines.iter().all(|line| line.starts_with("! ")), "{lines:#?}");
    assert!(lines[0].starts_with("! dev/eu-west-1/eip/nat-a: nat-"), "{lines:#?}");
    let addresses = async || world.ec2.ask("DescribeAddresses", &[]).await.each("addressesSet/item").len();
    let before = addresses().await;
    let (_, events) = applied(&world.config, &organization(STARTUP)).await.expect("observed");
    assert_eq!(failures(&events), [""; 0]);
    assert_eq!(addresses().await, before);
}
