//! What somebody changed in a network that only a close look sees: shown, and repaired where it is ours to repair.

use std::time::{Duration, SystemTime};

use aws_sdk_ec2::types::{Filter, NetworkAcl, RuleAction};
use aws_types::SdkConfig;
use landfall::desired::desired;
use landfall::environments::Index;
use landfall::observe::{NotReady, observe};
use landfall::session::Sessions;
use landfall::simulator::{Clock, Options, Principal, Simulator};
use landfall_tests::{applied, failures, organization, planned};

const STARTUP: &str = include_str!("../../examples/startup/landfall.toml");

struct World {
    config: SdkConfig,
    ec2: aws_sdk_ec2::Client,
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
        Self { config, ec2: aws_sdk_ec2::Client::new(&dev) }
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

    async fn mended(&self) {
        let (report, events) = applied(&self.config, &organization(STARTUP)).await.expect("observed");
        assert_eq!(report.exit, 0, "{:?}", failures(&events));
        assert_eq!(self.plan().await, [""; 0]);
    }

    async fn vpc(&self) -> String {
        let found = self.ec2.describe_vpcs().filters(at("dev/eu-west-1/vpc/main")).send().await.expect("listed");
        found.vpcs()[0].vpc_id().expect("has an id").to_owned()
    }

    async fn subnet(&self, name: &str) -> String {
        let found = self.ec2.describe_subnets().filters(at(&format!("dev/eu-west-1/subnet/{name}"))).send().await.expect("listed");
        found.subnets()[0].subnet_id().expect("has an id").to_owned()
    }

    async fn table(&self, by: Filter) -> String {
        let vpc = filter("vpc-id", &self.vpc().await);
        let found = self.ec2.describe_route_tables().filters(vpc).filters(by).send().await.expect("listed");
        found.route_tables()[0].route_table_id().expect("has an id").to_owned()
    }

    async fn default_acl(&self) -> NetworkAcl {
        let vpc = filter("vpc-id", &self.vpc().await);
        let found = self.ec2.describe_network_acls().filters(vpc).filters(filter("default", "true")).send().await.expect("listed");
        found.network_acls()[0].clone()
    }
}

fn filter(name: &str, value: &str) -> Filter {
    Filter::builder().name(name).values(value).build()
}

fn at(address: &str) -> Filter {
    filter("tag:landfall:address", address)
}

#[tokio::test]
async fn a_second_address_of_a_nat_gateway_is_no_difference_and_is_among_the_outputs() {
    let world = World::built().await;
    let nat = world.ec2.describe_nat_gateways().filter(at("dev/eu-west-1/nat/a")).send().await.expect("listed");
    let nat = nat.nat_gateways()[0].nat_gateway_id().expect("has an id").to_owned();
    let more = world.ec2.allocate_address().send().await.expect("allocated");
    let (more, ip) = (more.allocation_id().expect("has an id").to_owned(), more.public_ip().expect("has a number").to_owned());
    world.ec2.associate_nat_gateway_address().nat_gateway_id(nat).allocation_ids(more).send().await.expect("associated");
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
    let made = world.ec2.create_network_acl().vpc_id(&vpc).send().await.expect("made");
    let open = made.network_acl().and_then(NetworkAcl::network_acl_id).expect("has an id").to_owned();
    let entry = world.ec2.create_network_acl_entry().network_acl_id(&open).rule_number(1).egress(false).protocol("-1");
    entry.rule_action(RuleAction::Allow).cidr_block("0.0.0.0/0").send().await.expect("made");
    let association = default.associations().iter().find(|association| association.subnet_id() == Some(&subnet)).expect("guarded");
    let association = association.network_acl_association_id().expect("has an id");
    world.ec2.replace_network_acl_association().association_id(association).network_acl_id(&open).send().await.expect("moved");
    let id = default.network_acl_id().expect("has an id");
    let told = format!("~ dev/eu-west-1/subnet/public-a network acl  {open} -> dev/eu-west-1/network-acl/default (the VPC's default)");
    assert_eq!(world.plan().await, [told.replace("dev/eu-west-1/network-acl/default", id)]);
    world.mended().await;
}

#[tokio::test]
async fn entries_that_together_let_everybody_in_are_named() {
    let world = World::built().await;
    let acl = world.default_acl().await.network_acl_id().expect("has an id").to_owned();
    for (number, cidr) in [(5, "0.0.0.0/1"), (6, "128.0.0.0/1")] {
        let entry = world.ec2.create_network_acl_entry().network_acl_id(&acl).rule_number(number).egress(false).protocol("-1");
        entry.rule_action(RuleAction::Allow).cidr_block(cidr).send().await.expect("made");
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
    let main = world.table(filter("association.main", "true")).await;
    let gateway = world.ec2.describe_internet_gateways().filters(at("dev/eu-west-1/internet-gateway/main")).send().await.expect("listed");
    let gateway = gateway.internet_gateways()[0].internet_gateway_id().expect("has an id").to_owned();
    let route = world.ec2.create_route().route_table_id(&main).destination_cidr_block("0.0.0.0/0").gateway_id(&gateway);
    route.send().await.expect("made");
    assert_eq!(
        world.plan().await,
        [format!("~ dev/eu-west-1/vpc/main main route table {main} route 0.0.0.0/0  - dev/eu-west-1/internet-gateway/main")]
    );
    world.mended().await;

    // Our public table as the main one serves whatever has no table; the one of old takes its place again.
    let public = world.table(at("dev/eu-west-1/route-table/public")).await;
    let tables = world.ec2.describe_route_tables().route_table_ids(&main).send().await.expect("listed");
    let association = tables.route_tables()[0].associations()[0].route_table_association_id().expect("has an id").to_owned();
    world.ec2.replace_route_table_association().association_id(association).route_table_id(&public).send().await.expect("moved");
    assert_eq!(world.plan().await, [format!("~ dev/eu-west-1/vpc/main main route table  dev/eu-west-1/route-table/public -> {main}")]);
    world.mended().await;
    assert_eq!(world.table(filter("association.main", "true")).await, main);
}

#[tokio::test]
async fn an_endpoint_that_lets_nothing_through_is_opened_again() {
    let world = World::built().await;
    let found = world.ec2.describe_vpc_endpoints().filters(at("dev/eu-west-1/endpoint/s3")).send().await.expect("listed");
    let id = found.vpc_endpoints()[0].vpc_endpoint_id().expect("has an id").to_owned();
    let deny = r#"{"Version":"2012-10-17","Statement":[{"Sid":"No","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}"#;
    world.ec2.modify_vpc_endpoint().vpc_endpoint_id(id).policy_document(deny).send().await.expect("changed");
    let lines = world.plan().await;
    assert!(lines.iter().any(|line| line.starts_with("~ dev/eu-west-1/endpoint/s3 policy No  - {")), "{lines:?}");
    world.mended().await;
}

#[tokio::test]
async fn one_lost_tag_is_put_back_on_everything() {
    let world = World::built().await;
    let tags = world.ec2.describe_tags().filters(filter("key", "landfall:organization")).send().await;
    let ids: Vec<String> = match tags {
        Ok(tags) => tags.tags().iter().filter_map(|tag| tag.resource_id().map(str::to_owned)).collect(),
        Err(error) => panic!("{error:?}"),
    };
    assert!(ids.len() > 10, "{ids:?}");
    let organization = aws_sdk_ec2::types::Tag::builder().key("landfall:organization").build();
    world.ec2.delete_tags().set_resources(Some(ids.clone())).tags(organization).send().await.expect("deleted");
    let lines = world.plan().await;
    assert!(
        lines.iter().all(|line| line.starts_with("~ dev/eu-west-1/") && line.ends_with(" tags.landfall:organization  + acme")),
        "{lines:#?}"
    );
    assert_eq!(lines.len(), ids.len(), "{lines:#?}");
    world.mended().await;
}

#[tokio::test]
async fn nothing_that_lost_its_tags_is_built_a_second_time() {
    let world = World::built().await;
    let there = world.ec2.describe_tags().filters(filter("key", "landfall:address")).send().await.expect("listed");
    let there: Vec<(String, String)> = there
        .tags()
        .iter()
        .map(|tag| (tag.resource_id().unwrap_or_default().to_owned(), tag.value().unwrap_or_default().to_owned()))
        .collect();
    assert!(there.len() > 10, "{there:?}");
    let tag = |key: &str, value: Option<&str>| aws_sdk_ec2::types::Tag::builder().key(key).set_value(value.map(str::to_owned)).build();
    for (id, address) in &there {
        let gone = world.ec2.delete_tags().resources(id).tags(tag("landfall:address", None)).tags(tag("landfall:organization", None));
        gone.send().await.expect("deleted");
        let (_, plan) = planned(&world.config, &organization(STARTUP)).await.expect("observed");
        let lines = world.plan().await;
        let put = world.ec2.create_tags().resources(id).tags(tag("landfall:address", Some(address)));
        let put = put.tags(tag("landfall:organization", Some("acme")));
        if address.ends_with("/default") {
            // What comes with a VPC is its group and its ACL whatever they carry: the tags are put back.
            assert_eq!(plan.steps.len(), 1, "{address}: {lines:#?}");
            assert!(lines.iter().all(|line| line.starts_with(&format!("~ {address} tags.landfall:"))), "{address}: {lines:#?}");
            put.send().await.expect("tagged");
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
        put.send().await.expect("tagged");
        assert_eq!(world.plan().await, [""; 0], "{address}");
    }
}

#[tokio::test]
async fn a_nat_gateway_and_its_address_without_tags_are_not_bought_again() {
    let world = World::built().await;
    for list in [filter("resource-type", "natgateway"), filter("resource-type", "elastic-ip")] {
        let tags = world.ec2.describe_tags().filters(list).send().await.expect("listed");
        let id = tags.tags()[0].resource_id().expect("has an id").to_owned();
        world.ec2.delete_tags().resources(id).send().await.expect("deleted");
    }
    let lines = world.plan().await;
    assert!(lines.iter().all(|line| line.starts_with("! ")), "{lines:#?}");
    assert!(lines[0].starts_with("! dev/eu-west-1/eip/nat-a: nat-"), "{lines:#?}");
    let addresses = world.ec2.describe_addresses().send().await.expect("listed").addresses().len();
    let (_, events) = applied(&world.config, &organization(STARTUP)).await.expect("observed");
    assert_eq!(failures(&events), [""; 0]);
    assert_eq!(world.ec2.describe_addresses().send().await.expect("listed").addresses().len(), addresses);
}
