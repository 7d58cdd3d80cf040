//! Elastic IP addresses, NAT gateways and network interfaces.

use std::time::Duration;

use aws_sdk_ec2::types::{NatGateway, NatGatewayState, NetworkInterfaceType};

use super::*;
use crate::simulator::{NAT_GATEWAY, NAT_GATEWAY_DELETION, NETWORK};

async fn address(clients: &Clients) -> Result<String, String> {
    let allocate = clients.ec2.allocate_address().tag_specifications(tags(ResourceType::ElasticIp, "Name", "a"));
    allocate.send().await.map(|made| made.allocation_id.expect("an id")).map_err(|error| code(&error))
}

/// A VPC with an internet gateway, its id and that of a subnet.
async fn ground(clients: &Clients) -> (String, String) {
    let vpc = vpc(clients, "10.0.0.0/16", "main").await.vpc_id.expect("an id");
    let gateway = clients.ec2.create_internet_gateway().send().await.expect("a gateway").internet_gateway;
    let gateway = gateway.and_then(|gateway| gateway.internet_gateway_id).expect("an id");
    tokio::time::sleep(NETWORK).await;
    clients.ec2.attach_internet_gateway().internet_gateway_id(&gateway).vpc_id(&vpc).send().await.expect("attached");
    let subnet = subnet(clients, &vpc, "10.0.0.0/28").await;
    tokio::time::sleep(NETWORK).await;
    (vpc, subnet)
}

async fn subnet(clients: &Clients, vpc: &str, cidr: &str) -> String {
    let made = clients.ec2.create_subnet().vpc_id(vpc).cidr_block(cidr).send().await.expect("a subnet");
    made.subnet.and_then(|subnet| subnet.subnet_id).expect("an id")
}

async fn gateway(clients: &Clients, subnet: &str, address: &str, token: &str) -> Result<NatGateway, String> {
    let create = clients.ec2.create_nat_gateway().subnet_id(subnet).allocation_id(address).client_token(token);
    let made = create.tag_specifications(tags(ResourceType::Natgateway, "Name", "n")).send().await;
    made.map(|made| made.nat_gateway.expect("a gateway")).map_err(|error| code(&error))
}

async fn seen(clients: &Clients, id: &str) -> Option<NatGateway> {
    let found = clients.ec2.describe_nat_gateways().filter(filter("nat-gateway-id", id)).send().await.expect("gateways");
    found.nat_gateways.expect("a list").pop()
}

fn id(gateway: &NatGateway) -> &str {
    gateway.nat_gateway_id().expect("an id")
}

#[tokio::test(start_paused = true)]
async fn addresses_have_a_quota() {
    let simulator = Simulator::new(Options::default().with_address_quota(2), Clock::tokio(start()));
    let admin = &Clients::administrator(&simulator);
    let (one, two) = (address(admin).await.expect("one"), address(admin).await.expect("two"));
    assert_eq!(address(admin).await, Err("AddressLimitExceeded".to_owned()));
    let found = admin.ec2.describe_addresses().filters(filter("tag:Name", "a")).send().await.expect("addresses");
    let ips: std::collections::BTreeSet<_> = found.addresses().iter().map(|address| address.public_ip().expect("an IP")).collect();
    assert_eq!(ips.len(), 2);
    let release = async |id: &str| admin.ec2.release_address().allocation_id(id).send().await.map(drop).map_err(|error| code(&error));
    assert_eq!(release(&one).await, Ok(()));
    assert_eq!(release(&one).await, Err("InvalidAllocationID.NotFound".to_owned()));
    let found = admin.ec2.describe_addresses().allocation_ids(&two).send().await.expect("one");
    assert_eq!(found.addresses()[0].association_id(), None);
    assert_eq!(address(admin).await.map(drop), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_nat_gateway_takes_its_time_and_keeps_its_address() {
    let simulator = realistic();
    let admin = &Clients::administrator(&simulator);
    let (vpc, subnet) = ground(admin).await;
    let address = &address(admin).await.expect("an address");
    tokio::time::sleep(NETWORK).await;
    let made = gateway(admin, &subnet, address, "t").await.expect("made");
    let gateway_id = id(&made);
    assert_eq!((made.state(), made.vpc_id()), (Some(&NatGatewayState::Pending), Some(vpc.as_str())));
    assert_eq!(gateway(admin, &subnet, address, "t").await.expect("the same").nat_gateway_id, made.nat_gateway_id);

    let tables = admin.ec2.describe_route_tables().filters(filter("vpc-id", &vpc)).send().await.expect("tables");
    let table = tables.route_tables()[0].route_table_id().expect("an id");
    let route = || admin.ec2.create_route().route_table_id(table).destination_cidr_block("0.0.0.0/0").nat_gateway_id(gateway_id).send();
    assert_eq!(code(&route().await.expect_err("not yet")), "InvalidNatGatewayID.NotFound");
    tokio::time::sleep(NAT_GATEWAY).await;
    let available = seen(admin, gateway_id).await.expect("seen");
    assert_eq!(available.state(), Some(&NatGatewayState::Available));
    let its = &available.nat_gateway_addresses()[0];
    assert_eq!((its.allocation_id(), its.private_ip()), (Some(address.as_str()), Some("10.0.0.4")));
    route().await.expect("a route");
    let found = admin.ec2.describe_addresses().allocation_ids(address).send().await.expect("one");
    assert_eq!((found.addresses()[0].public_ip(), found.addresses()[0].association_id()), (its.public_ip(), its.association_id()));

    let interfaces = admin.ec2.describe_network_interfaces().filters(filter("subnet-id", &subnet)).send().await.expect("one");
    let interface = &interfaces.network_interfaces()[0];
    assert_eq!(interface.requester_managed(), Some(true));
    assert_eq!(interface.interface_type().map(NetworkInterfaceType::as_str), Some("nat_gateway"));
    let interface = interface.network_interface_id().expect("an id");
    let refused = admin.ec2.delete_network_interface().network_interface_id(interface).send().await;
    assert_eq!(code(&refused.expect_err("the gateway's")), "InvalidParameterValue");

    let gateways = admin.ec2.describe_internet_gateways().filters(filter("attachment.vpc-id", &vpc)).send().await.expect("one");
    let way_out = gateways.internet_gateways()[0].internet_gateway_id().expect("an id");
    let detach = admin.ec2.detach_internet_gateway().internet_gateway_id(way_out).vpc_id(&vpc).send().await;
    assert_eq!(code(&detach.expect_err("an address goes through it")), "DependencyViolation");

    let release = async || admin.ec2.release_address().allocation_id(address).send().await.map(drop).map_err(|error| code(&error));
    let remove = async || admin.ec2.delete_subnet().subnet_id(&subnet).send().await.map(drop).map_err(|error| code(&error));
    assert_eq!(release().await, Err("InvalidIPAddress.InUse".to_owned()));
    for _ in 0..2 {
        admin.ec2.delete_nat_gateway().nat_gateway_id(gateway_id).send().await.expect("going");
    }
    assert_eq!(seen(admin, gateway_id).await.and_then(|gateway| gateway.state), Some(NatGatewayState::Deleting));
    assert_eq!(release().await, Err("InvalidIPAddress.InUse".to_owned()));
    assert_eq!(remove().await, Err("DependencyViolation".to_owned()));
    tokio::time::sleep(NAT_GATEWAY_DELETION).await;
    assert_eq!(seen(admin, gateway_id).await.and_then(|gateway| gateway.state), Some(NatGatewayState::Deleted));
    assert_eq!(release().await, Ok(()));
    assert_eq!(remove().await, Ok(()));
    tokio::time::sleep(Duration::from_hours(1)).await;
    assert_eq!(seen(admin, gateway_id).await, None);
    let gone = admin.ec2.delete_nat_gateway().nat_gateway_id(gateway_id).send().await;
    assert_eq!(code(&gone.expect_err("forgotten")), "NatGatewayNotFound");
}

#[tokio::test(start_paused = true)]
async fn a_nat_gateway_that_cannot_work_fails() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let (_, here) = ground(admin).await;
    let first = address(admin).await.expect("an address");
    let missing = gateway(admin, &here, "eipalloc-00000000000000000", "t-0").await;
    assert_eq!(missing.expect_err("nobody's"), "InvalidAllocationID.NotFound");
    assert_eq!(gateway(admin, "subnet-0", &first, "t-0").await.expect_err("nowhere"), "InvalidSubnetID.NotFound");
    let works = gateway(admin, &here, &first, "t-1").await.expect("made");
    assert_eq!(seen(admin, id(&works)).await.and_then(|gateway| gateway.state), Some(NatGatewayState::Available));

    let lonely = vpc(admin, "10.1.0.0/16", "lonely").await.vpc_id.expect("an id");
    let there = subnet(admin, &lonely, "10.1.0.0/24").await;
    let second = address(admin).await.expect("an address");
    for (subnet, address, why) in [(&here, &first, "Resource.AlreadyAssociated"), (&there, &second, "Gateway.NotAttached")] {
        let made = gateway(admin, subnet, address, why).await.expect("made all the same");
        assert_eq!((made.state(), made.failure_code()), (Some(&NatGatewayState::Pending), None));
        let failed = seen(admin, id(&made)).await.expect("seen");
        assert_eq!((failed.state(), failed.failure_code()), (Some(&NatGatewayState::Failed), Some(why)));
    }
    let found = admin.ec2.describe_addresses().allocation_ids(&first).send().await.expect("one");
    assert!(found.addresses()[0].association_id().is_some(), "the one that works has it still");
    let found = admin.ec2.describe_nat_gateways().filter(filter("state", "failed")).filter(filter("tag:Name", "n")).send().await;
    assert_eq!(found.expect("gateways").nat_gateways().len(), 2);
    assert_eq!(gateway(admin, &there, &first, "t-1").await.expect_err("another subnet"), "IdempotentParameterMismatch");
    let regional = admin.ec2.create_nat_gateway().availability_mode("regional".into()).vpc_id(&lonely).send().await;
    assert_eq!(code(&regional.expect_err("not simulated")), "NotImplemented");
}

#[tokio::test(start_paused = true)]
async fn an_interface_holds_its_subnet_vpc_and_group() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let (vpc, subnet) = ground(admin).await;
    let create = |token: &str| admin.ec2.create_network_interface().subnet_id(&subnet).description("a stand-in").client_token(token);
    let made = create("t-0").send().await.expect("made").network_interface.expect("an interface");
    let interface = made.network_interface_id().expect("an id");
    assert_eq!((made.vpc_id(), made.private_ip_address()), (Some(vpc.as_str()), Some("10.0.0.4")));
    assert_eq!(made.groups()[0].group_name(), Some("default"));
    let again = create("t-0").send().await.expect("the same").network_interface.expect("an interface");
    assert_eq!(again.network_interface_id(), Some(interface));
    // The subnet has 16 addresses; AWS keeps five.
    for number in 1..11 {
        create(&format!("t-{number}")).send().await.expect("made");
    }
    assert_eq!(code(&create("t-11").send().await.expect_err("full")), "InsufficientFreeAddressesInSubnet");
    let found = admin.ec2.describe_network_interfaces().filters(filter("vpc-id", &vpc)).send().await.expect("interfaces");
    assert_eq!(found.network_interfaces().len(), 11);

    let remove = async || admin.ec2.delete_subnet().subnet_id(&subnet).send().await.map(drop).map_err(|error| code(&error));
    assert_eq!(remove().await, Err("DependencyViolation".to_owned()));
    assert_eq!(code(&admin.ec2.delete_vpc().vpc_id(&vpc).send().await.expect_err("in use")), "DependencyViolation");
    for interface in found.network_interfaces() {
        admin.ec2.delete_network_interface().set_network_interface_id(interface.network_interface_id.clone()).send().await.expect("gone");
    }
    let gone = admin.ec2.delete_network_interface().network_interface_id(interface).send().await;
    assert_eq!(code(&gone.expect_err("gone")), "InvalidNetworkInterfaceID.NotFound");
    assert_eq!(remove().await, Ok(()));
}
