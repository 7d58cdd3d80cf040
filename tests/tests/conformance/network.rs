//! The network of one account, read back with a plain client: blocks, zones, routes, NAT gateways, what is closed, and
//! where flow logs go. Expectations come from the model, not from what landfall wanted.

use std::collections::{BTreeMap, BTreeSet};

use aws_config::SdkConfig;
use aws_sdk_ec2::types::{Filter, NetworkAclEntry, RouteTable, Subnet, Tag};
use landfall::model::{Account, Network, Organization, SubnetKind};

/// Ports that nobody may reach from anywhere.
const CLOSED_PORTS: [i32; 2] = [22, 3389];

/// Checks one account's network; returns how many NAT gateways it has.
pub(crate) async fn read_back(config: &SdkConfig, organization: &Organization, account: &Account, bucket: &str) -> usize {
    let client = aws_sdk_ec2::Client::new(config);
    let vpcs = client.describe_vpcs().filters(filter("tag:landfall:organization", organization.name.as_str())).send().await;
    let vpcs = vpcs.expect("listed").vpcs().to_vec();
    let Some(network) = &account.network else {
        assert_eq!(vpcs.len(), 0, "{} has no network in the manifest", account.key);
        return 0;
    };
    assert_eq!(vpcs.len(), 1, "{}", account.key);
    let vpc = &vpcs[0];
    let id = vpc.vpc_id().expect("has an id");
    assert_eq!(vpc.cidr_block(), Some(network.cidr.to_string().as_str()));
    let name = format!("{}-main", organization.account_name(&account.key));
    assert_eq!(tag(vpc.tags(), "Name"), Some(name.as_str()));
    for attribute in ["enableDnsSupport", "enableDnsHostnames"] {
        let answer = client.describe_vpc_attribute().vpc_id(id).attribute(attribute.into()).send().await.expect("read");
        let value =
            answer.enable_dns_support().or(answer.enable_dns_hostnames()).and_then(aws_sdk_ec2::types::AttributeBooleanValue::value);
        assert_eq!(value, Some(true), "{attribute} of {}", account.key);
    }

    let subnets = client.describe_subnets().filters(filter("vpc-id", id)).send().await.expect("listed").subnets().to_vec();
    let subnets = subnets_by_name(&subnets);
    blocks_and_zones(network, &subnets);
    let gateways = client.describe_nat_gateways().filter(filter("vpc-id", id)).send().await.expect("listed");
    let standing: Vec<_> =
        gateways.nat_gateways().iter().filter(|nat| nat.state().is_some_and(|state| state.as_str() == "available")).collect();
    assert_eq!(standing.len(), network.nat_zones().len(), "NAT gateways of {}", account.key);
    for nat in &standing {
        let subnet = nat.subnet_id().unwrap_or_default();
        let place = subnets.iter().find(|(_, found)| found.subnet_id() == Some(subnet)).map(|(name, _)| name.as_str());
        assert!(place.is_some_and(|name| name.starts_with("public-")), "{subnet} of {}", account.key);
        assert_eq!(nat.nat_gateway_addresses().len(), 1);
    }

    let tables = client.describe_route_tables().filters(filter("vpc-id", id)).send().await.expect("listed").route_tables().to_vec();
    routes(network, &subnets, &tables, &standing.iter().filter_map(|nat| Some((nat.subnet_id()?, nat.nat_gateway_id()?))).collect());
    let endpoints = client.describe_vpc_endpoints().filters(filter("vpc-id", id)).send().await.expect("listed");
    let services: BTreeSet<&str> =
        endpoints.vpc_endpoints().iter().filter_map(|endpoint| endpoint.service_name()?.rsplit('.').next()).collect();
    assert_eq!(services, BTreeSet::from(["dynamodb", "s3"]), "endpoints of {}", account.key);
    closed(&client, id).await;

    let logs = client.describe_flow_logs().filter(filter("resource-id", id)).send().await.expect("listed").flow_logs().to_vec();
    assert_eq!(logs.len(), 1, "flow logs of {}", account.key);
    let destination = logs[0].log_destination().unwrap_or_default().trim_end_matches('/');
    let days = organization.environment_of(account).map_or(365, |environment| environment.log_retention_days);
    assert_eq!(destination, format!("arn:aws:s3:::{bucket}/flow-logs/{days}d"), "{}", account.key);
    assert_eq!(logs[0].traffic_type().map(aws_sdk_ec2::types::TrafficType::as_str), Some("ALL"));
    assert_eq!(logs[0].max_aggregation_interval(), Some(i32::from(network.flow_log_interval_seconds)));
    standing.len()
}

/// Every subnet of the model stands, with its block; a letter is one zone, and zones are told apart.
fn blocks_and_zones(network: &Network, subnets: &BTreeMap<String, Subnet>) {
    let wanted: BTreeMap<String, String> = network.slices().iter().map(|slice| (slice.name(), slice.cidr.to_string())).collect();
    let found: BTreeMap<String, String> =
        subnets.iter().map(|(name, subnet)| (name.clone(), subnet.cidr_block().unwrap_or_default().to_owned())).collect();
    assert_eq!(found, wanted);
    let mut zones: BTreeMap<char, BTreeSet<&str>> = BTreeMap::new();
    for (name, subnet) in subnets {
        assert_eq!(subnet.map_public_ip_on_launch(), Some(false), "{name}");
        zones.entry(name.chars().last().expect("a letter")).or_default().insert(subnet.availability_zone_id().unwrap_or_default());
    }
    assert!(zones.values().all(|zones| zones.len() == 1), "{zones:?}");
    let distinct: BTreeSet<_> = zones.values().flatten().collect();
    assert_eq!(distinct.len(), usize::from(network.azs));
}

/// Public subnets reach the internet gateway, private ones the NAT gateway of their zone, isolated ones nothing.
fn routes(network: &Network, subnets: &BTreeMap<String, Subnet>, tables: &[RouteTable], nats: &BTreeMap<&str, &str>) {
    let main = |table: &&RouteTable| table.associations().iter().any(|association| association.main() == Some(true));
    let default = |table: &RouteTable| {
        table
            .routes()
            .iter()
            .find(|route| route.destination_cidr_block() == Some("0.0.0.0/0"))
            .map(|route| route.nat_gateway_id().or(route.gateway_id()).unwrap_or_default().to_owned())
    };
    let empty = tables.iter().find(main).expect("every VPC has a main table");
    assert_eq!(default(empty), None, "the main table stays empty");
    for slice in network.slices() {
        let name = slice.name();
        let subnet = subnets[&name].subnet_id().expect("has an id");
        let table = tables
            .iter()
            .find(|table| table.associations().iter().any(|association| association.subnet_id() == Some(subnet)))
            .unwrap_or_else(|| panic!("{name} has no table of its own"));
        let target = default(table);
        match slice.kind {
            SubnetKind::Public => assert!(target.is_some_and(|target| target.starts_with("igw-")), "{name}"),
            SubnetKind::Private => {
                let letter = name.chars().last().expect("a letter");
                let own = subnets.get(&format!("public-{letter}")).and_then(Subnet::subnet_id).and_then(|public| nats.get(public));
                let only = if nats.len() == 1 { nats.values().next() } else { own };
                assert_eq!(target.as_deref(), only.copied(), "{name}");
            }
            _ => assert_eq!(target, None, "{name}"),
        }
    }
}

/// The default security group lets nothing through, and nobody reaches the closed ports from anywhere.
async fn closed(client: &aws_sdk_ec2::Client, vpc: &str) {
    let groups = client.describe_security_groups().filters(filter("vpc-id", vpc)).filters(filter("group-name", "default")).send().await;
    let groups = groups.expect("listed").security_groups().to_vec();
    assert_eq!(groups.len(), 1);
    assert_eq!((groups[0].ip_permissions().len(), groups[0].ip_permissions_egress().len()), (0, 0), "{:?}", groups[0]);

    let acls = client.describe_network_acls().filters(filter("vpc-id", vpc)).filters(filter("default", "true")).send().await;
    let acls = acls.expect("listed").network_acls().to_vec();
    assert_eq!(acls.len(), 1);
    let mut rules: Vec<&NetworkAclEntry> = acls[0].entries().iter().filter(|entry| entry.egress() == Some(false)).collect();
    rules.sort_by_key(|rule| rule.rule_number());
    for port in CLOSED_PORTS {
        let hits = |rule: &&&NetworkAclEntry| {
            let range = rule.port_range();
            rule.cidr_block() == Some("0.0.0.0/0")
                && range.is_none_or(|range| range.from().unwrap_or(0) <= port && port <= range.to().unwrap_or(65_535))
        };
        let first = rules.iter().find(hits).and_then(|rule| rule.rule_action()).map(aws_sdk_ec2::types::RuleAction::as_str);
        assert_eq!(first, Some("deny"), "port {port}: {rules:?}");
    }
}

/// Returns subnets by the last part of their address.
fn subnets_by_name(subnets: &[Subnet]) -> BTreeMap<String, Subnet> {
    let name = |subnet: &Subnet| tag(subnet.tags(), "landfall:address").and_then(|address| address.rsplit('/').next()).map(str::to_owned);
    let named: BTreeMap<String, Subnet> =
        subnets.iter().map(|subnet| (name(subnet).expect("our VPC holds our subnets only"), subnet.clone())).collect();
    assert_eq!(named.len(), subnets.len(), "no subnet stands twice");
    named
}

fn tag<'a>(tags: &'a [Tag], key: &str) -> Option<&'a str> {
    tags.iter().find(|tag| tag.key() == Some(key)).and_then(Tag::value)
}

fn filter(name: &str, value: &str) -> Filter {
    Filter::builder().name(name).values(value).build()
}
