//! The network of one account, read back with a plain client: blocks, zones, routes, NAT gateways, what is closed, and
//! where flow logs go. Expectations come from the model, not from what landfall wanted.

use std::collections::{BTreeMap, BTreeSet};

use aws_config::SdkConfig;
use landfall::model::{Account, Network, Organization, SubnetKind};
use landfall::simulator::Answer;
use landfall_tests::ec2::Ec2;

/// Ports that must not be reachable from the internet.
const CLOSED_PORTS: [i32; 2] = [22, 3389];

/// Checks one account's network; returns how many NAT gateways it has.
pub(crate) async fn read_back(config: &SdkConfig, organization: &Organization, account: &Account, bucket: &str) -> usize {
    let ec2 = Ec2::new(config.clone());
    let vpcs = ec2.list("DescribeVpcs", &[("tag:landfall:organization", organization.name.as_str())]).await.each("vpcSet/item");
    let Some(network) = &account.network else {
        assert_eq!(vpcs.len(), 0, "{} has no network in the manifest", account.key);
        return 0;
    };
    assert_eq!(vpcs.len(), 1, "{}", account.key);
    let vpc = &vpcs[0];
    let id = vpc.text("vpcId").expect("has an id");
    assert_eq!(vpc.text("cidrBlock"), Some(network.cidr.to_string()));
    let name = format!("{}-main", organization.account_name(&account.key));
    assert_eq!(tag(vpc, "Name"), Some(name));
    for attribute in ["enableDnsSupport", "enableDnsHostnames"] {
        let answer = ec2.ask("DescribeVpcAttribute", &[("VpcId", &id), ("Attribute", attribute)]).await;
        assert_eq!(answer.text(&format!("{attribute}/value")).as_deref(), Some("true"), "{attribute} of {}", account.key);
    }

    let of_it = [("vpc-id", id.as_str())];
    let subnets = subnets_by_name(&ec2.list("DescribeSubnets", &of_it).await.each("subnetSet/item"));
    blocks_and_zones(network, &subnets);
    let gateways = ec2.list("DescribeNatGateways", &of_it).await.each("natGatewaySet/item");
    let standing: Vec<_> = gateways.iter().filter(|nat| nat.text("state").as_deref() == Some("available")).collect();
    assert_eq!(standing.len(), network.nat_zones().len(), "NAT gateways of {}", account.key);
    for nat in &standing {
        let subnet = nat.text("subnetId");
        let place = subnets.iter().find(|(_, found)| found.text("subnetId") == subnet).map(|(name, _)| name.as_str());
        assert!(place.is_some_and(|name| name.starts_with("public-")), "{subnet:?} of {}", account.key);
        assert_eq!(nat.each("natGatewayAddressSet/item").len(), 1);
    }

    let tables = ec2.list("DescribeRouteTables", &of_it).await.each("routeTableSet/item");
    routes(
        network,
        &subnets,
        &tables,
        &standing.iter().filter_map(|nat| Some((nat.text("subnetId")?, nat.text("natGatewayId")?))).collect(),
    );
    let endpoints = ec2.list("DescribeVpcEndpoints", &of_it).await.texts("vpcEndpointSet/item/serviceName");
    let services: BTreeSet<&str> = endpoints.iter().filter_map(|name| name.rsplit('.').next()).collect();
    assert_eq!(services, BTreeSet::from(["dynamodb", "s3"]), "endpoints of {}", account.key);
    closed(&ec2, &id).await;

    let logs = ec2.list("DescribeFlowLogs", &[("resource-id", &id)]).await.each("flowLogSet/item");
    assert_eq!(logs.len(), 1, "flow logs of {}", account.key);
    let destination = logs[0].text("logDestination").unwrap_or_default();
    let days = organization.environment_of(account).map_or(365, |environment| environment.log_retention_days);
    assert_eq!(destination.trim_end_matches('/'), format!("arn:aws:s3:::{bucket}/flow-logs/{days}d"), "{}", account.key);
    assert_eq!(logs[0].text("trafficType").as_deref(), Some("ALL"));
    assert_eq!(logs[0].text("maxAggregationInterval"), Some(network.flow_log_interval_seconds.to_string()));
    standing.len()
}

/// Every subnet of the model exists, with its block; a letter is one zone, and zones differ.
fn blocks_and_zones(network: &Network, subnets: &BTreeMap<String, Answer>) {
    let wanted: BTreeMap<String, String> = network.slices().iter().map(|slice| (slice.name(), slice.cidr.to_string())).collect();
    let found: BTreeMap<String, String> =
        subnets.iter().map(|(name, subnet)| (name.clone(), subnet.text("cidrBlock").unwrap_or_default())).collect();
    assert_eq!(found, wanted);
    let mut zones: BTreeMap<char, BTreeSet<String>> = BTreeMap::new();
    for (name, subnet) in subnets {
        assert_eq!(subnet.text("mapPublicIpOnLaunch").as_deref(), Some("false"), "{name}");
        zones.entry(name.chars().last().expect("a letter")).or_default().insert(subnet.text("availabilityZoneId").unwrap_or_default());
    }
    assert!(zones.values().all(|zones| zones.len() == 1), "{zones:?}");
    let distinct: BTreeSet<_> = zones.values().flatten().collect();
    assert_eq!(distinct.len(), usize::from(network.azs));
}

/// Public subnets reach the internet gateway, private ones the NAT gateway of their zone, isolated ones nothing.
fn routes(network: &Network, subnets: &BTreeMap<String, Answer>, tables: &[Answer], nats: &BTreeMap<String, String>) {
    let main = |table: &&Answer| table.texts("associationSet/item/main").contains(&"true".to_owned());
    let default = |table: &Answer| {
        let routes = table.each("routeSet/item");
        let route = routes.iter().find(|route| route.text("destinationCidrBlock").as_deref() == Some("0.0.0.0/0"));
        route.map(|route| route.text("natGatewayId").or(route.text("gatewayId")).unwrap_or_default())
    };
    let empty = tables.iter().find(main).expect("every VPC has a main table");
    assert_eq!(default(empty), None, "the main table stays empty");
    for slice in network.slices() {
        let name = slice.name();
        let subnet = subnets[&name].text("subnetId").expect("has an id");
        let table = tables
            .iter()
            .find(|table| table.texts("associationSet/item/subnetId").contains(&subnet))
            .unwrap_or_else(|| panic!("{name} has no table of its own"));
        let target = default(table);
        match slice.kind {
            SubnetKind::Public => assert!(target.is_some_and(|target| target.starts_with("igw-")), "{name}"),
            SubnetKind::Private => {
                let letter = name.chars().last().expect("a letter");
                let own = subnets.get(&format!("public-{letter}")).and_then(|public| nats.get(&public.text("subnetId")?));
                let only = if nats.len() == 1 { nats.values().next() } else { own };
                assert_eq!(target.as_ref(), only, "{name}");
            }
            _ => assert_eq!(target, None, "{name}"),
        }
    }
}

/// The default security group lets nothing through, and the closed ports are not reachable from the internet.
async fn closed(ec2: &Ec2, vpc: &str) {
    let groups = ec2.list("DescribeSecurityGroups", &[("vpc-id", vpc), ("group-name", "default")]).await;
    let groups = groups.each("securityGroupInfo/item");
    assert_eq!(groups.len(), 1);
    let permissions = |direction: &str| groups[0].each(direction).len();
    assert_eq!((permissions("ipPermissions/item"), permissions("ipPermissionsEgress/item")), (0, 0), "{:?}", groups[0]);

    let acls = ec2.list("DescribeNetworkAcls", &[("vpc-id", vpc), ("default", "true")]).await.each("networkAclSet/item");
    assert_eq!(acls.len(), 1);
    let number = |rule: &Answer, path: &str| rule.text(path).map(|text| text.parse::<i32>().expect("a number"));
    let mut rules = acls[0].each("entrySet/item");
    rules.retain(|rule| rule.text("egress").as_deref() == Some("false"));
    rules.sort_by_key(|rule| number(rule, "ruleNumber").expect("has a number"));
    for port in CLOSED_PORTS {
        let hits = |rule: &&Answer| {
            let (from, to) = (number(rule, "portRange/from").unwrap_or(0), number(rule, "portRange/to").unwrap_or(65_535));
            rule.text("cidrBlock").as_deref() == Some("0.0.0.0/0") && from <= port && port <= to
        };
        let first = rules.iter().find(hits).and_then(|rule| rule.text("ruleAction"));
        assert_eq!(first.as_deref(), Some("deny"), "port {port}: {rules:?}");
    }
}

/// Returns subnets by the last part of their address.
fn subnets_by_name(subnets: &[Answer]) -> BTreeMap<String, Answer> {
    let name = |subnet: &Answer| Some(tag(subnet, "landfall:address")?.rsplit('/').next()?.to_owned());
    let named: BTreeMap<String, Answer> =
        subnets.iter().map(|subnet| (name(subnet).expect("our VPC holds our subnets only"), subnet.clone())).collect();
    assert_eq!(named.len(), subnets.len(), "no subnet exists twice");
    named
}

fn tag(tagged: &Answer, key: &str) -> Option<String> {
    tagged.each("tagSet/item").iter().find(|tag| tag.text("key").as_deref() == Some(key))?.text("value")
}
