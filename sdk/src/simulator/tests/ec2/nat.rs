//! Elastic IP addresses, NAT gateways and network interfaces.

use std::time::Duration;

use super::*;
use crate::simulator::{NAT_GATEWAY, NAT_GATEWAY_DELETION, NETWORK};

async fn address(clients: &Clients) -> Result<String, String> {
    let made = clients.ec2("AllocateAddress", &named("elastic-ip", "a")).await?;
    Ok(made.text("allocationId").expect("an id"))
}

async fn release(clients: &Clients, id: &str) -> Result<(), String> {
    clients.ec2("ReleaseAddress", &[("AllocationId", id)]).await.map(drop)
}

/// A VPC with an internet gateway, its id and that of a subnet.
async fn ground(clients: &Clients) -> (String, String) {
    let vpc = vpc_id(clients, "10.0.0.0/16", "main").await;
    let gateway = clients.ec2("CreateInternetGateway", &[]).await.expect("a gateway");
    let gateway = gateway.text("internetGateway/internetGatewayId").expect("an id");
    tokio::time::sleep(NETWORK).await;
    clients.ec2("AttachInternetGateway", &[("InternetGatewayId", &gateway), ("VpcId", &vpc)]).await.expect("attached");
    let subnet = subnet(clients, &vpc, "10.0.0.0/28").await;
    tokio::time::sleep(NETWORK).await;
    (vpc, subnet)
}

async fn subnet(clients: &Clients, vpc: &str, cidr: &str) -> String {
    let made = clients.ec2("CreateSubnet", &[("VpcId", vpc), ("CidrBlock", cidr)]).await.expect("a subnet");
    made.text("subnet/subnetId").expect("an id")
}

async fn gateway(clients: &Clients, subnet: &str, address: &str, token: &str) -> Result<Answer, String> {
    let [kind, key, value] = named("natgateway", "n");
    let create = [("SubnetId", subnet), ("AllocationId", address), ("ClientToken", token), kind, key, value];
    let made = clients.ec2("CreateNatGateway", &create).await?;
    Ok(made.each("natGateway").remove(0))
}

async fn seen(clients: &Clients, id: &str) -> Option<Answer> {
    clients.found("DescribeNatGateways", &[("nat-gateway-id", id)]).await.each("natGatewaySet/item").pop()
}

/// The state of a NAT gateway.
async fn state(clients: &Clients, id: &str) -> Option<String> {
    seen(clients, id).await.and_then(|gateway| gateway.text("state"))
}

fn id(gateway: &Answer) -> String {
    gateway.text("natGatewayId").expect("an id")
}

/// An existing address, by its id.
async fn listed(clients: &Clients, id: &str) -> Answer {
    clients.ec2("DescribeAddresses", &[("AllocationId.1", id)]).await.expect("one").each("addressesSet/item").remove(0)
}

#[tokio::test(start_paused = true)]
async fn addresses_have_a_quota() {
    let simulator = Simulator::new(Options::default().with_address_quota(2), Clock::tokio(start()));
    let admin = &Clients::administrator(&simulator);
    let (one, two) = (address(admin).await.expect("one"), address(admin).await.expect("two"));
    assert_eq!(address(admin).await, Err("AddressLimitExceeded".to_owned()));
    let found = admin.found("DescribeAddresses", &[("tag:Name", "a")]).await;
    let ips: std::collections::BTreeSet<_> = found.texts("addressesSet/item/publicIp").into_iter().collect();
    assert_eq!((ips.len(), ips.contains("")), (2, false));
    assert_eq!(release(admin, &one).await, Ok(()));
    assert_eq!(release(admin, &one).await, refused("InvalidAllocationID.NotFound"));
    assert_eq!(listed(admin, &two).await.text("associationId"), None);
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
    let gateway_id = &id(&made);
    assert_eq!(texts_at(&made, ["state", "vpcId"]), ["pending", &vpc]);
    assert_eq!(id(&gateway(admin, &subnet, address, "t").await.expect("the same")), *gateway_id);

    let tables = admin.found("DescribeRouteTables", &[("vpc-id", &vpc)]).await;
    let table = tables.text("routeTableSet/item/routeTableId").expect("an id");
    let route = [("RouteTableId", table.as_str()), ("DestinationCidrBlock", "0.0.0.0/0"), ("NatGatewayId", gateway_id)];
    assert_eq!(admin.ec2("CreateRoute", &route).await.expect_err("not yet"), "InvalidNatGatewayID.NotFound");
    tokio::time::sleep(NAT_GATEWAY).await;
    let available = seen(admin, gateway_id).await.expect("seen");
    assert_eq!(available.text("state").as_deref(), Some("available"));
    let its = &available.each("natGatewayAddressSet/item")[0];
    assert_eq!(texts_at(its, ["allocationId", "privateIp"]), [address, "10.0.0.4"]);
    admin.ec2("CreateRoute", &route).await.expect("a route");
    let names = ["publicIp", "associationId"];
    assert_eq!(texts_at(&listed(admin, address).await, names), texts_at(its, names));

    let interfaces = admin.found("DescribeNetworkInterfaces", &[("subnet-id", &subnet)]).await;
    let interface = &interfaces.each("networkInterfaceSet/item")[0];
    assert_eq!(texts_at(interface, ["requesterManaged", "interfaceType"]), ["true", "nat_gateway"]);
    let interface = interface.text("networkInterfaceId").expect("an id");
    let delete = admin.ec2("DeleteNetworkInterface", &[("NetworkInterfaceId", &interface)]).await;
    assert_eq!(delete.expect_err("the gateway's"), "InvalidParameterValue");

    let gateways = admin.found("DescribeInternetGateways", &[("attachment.vpc-id", &vpc)]).await;
    let way_out = gateways.text("internetGatewaySet/item/internetGatewayId").expect("an id");
    let detach = admin.ec2("DetachInternetGateway", &[("InternetGatewayId", &way_out), ("VpcId", &vpc)]).await;
    assert_eq!(detach.expect_err("an address goes through it"), "DependencyViolation");

    let remove = async || admin.ec2("DeleteSubnet", &[("SubnetId", &subnet)]).await.map(drop);
    assert_eq!(release(admin, address).await, refused("InvalidIPAddress.InUse"));
    for _ in 0..2 {
        admin.ec2("DeleteNatGateway", &[("NatGatewayId", gateway_id)]).await.expect("going");
    }
    assert_eq!(state(admin, gateway_id).await.as_deref(), Some("deleting"));
    assert_eq!(release(admin, address).await, refused("InvalidIPAddress.InUse"));
    assert_eq!(remove().await, refused("DependencyViolation"));
    tokio::time::sleep(NAT_GATEWAY_DELETION).await;
    assert_eq!(state(admin, gateway_id).await.as_deref(), Some("deleted"));
    assert_eq!(release(admin, address).await, Ok(()));
    assert_eq!(remove().await, Ok(()));
    tokio::time::sleep(Duration::from_hours(1)).await;
    assert_eq!(seen(admin, gateway_id).await, None);
    let gone = admin.ec2("DeleteNatGateway", &[("NatGatewayId", gateway_id)]).await;
    assert_eq!(gone.expect_err("forgotten"), "NatGatewayNotFound");
}

#[tokio::test(start_paused = true)]
async fn a_nat_gateway_that_cannot_work_fails() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let (_, here) = ground(admin).await;
    let first = address(admin).await.expect("an address");
    let missing = gateway(admin, &here, "eipalloc-00000000000000000", "t-0").await;
    assert_eq!(missing.expect_err("it does not exist"), "InvalidAllocationID.NotFound");
    assert_eq!(gateway(admin, "subnet-0", &first, "t-0").await.expect_err("nowhere"), "InvalidSubnetID.NotFound");
    let works = gateway(admin, &here, &first, "t-1").await.expect("made");
    assert_eq!(state(admin, &id(&works)).await.as_deref(), Some("available"));

    let lonely = vpc_id(admin, "10.1.0.0/16", "lonely").await;
    let there = subnet(admin, &lonely, "10.1.0.0/24").await;
    let second = address(admin).await.expect("an address");
    for (subnet, address, why) in [(&here, &first, "Resource.AlreadyAssociated"), (&there, &second, "Gateway.NotAttached")] {
        let made = gateway(admin, subnet, address, why).await.expect("created, and failed later");
        assert_eq!(texts_at(&made, ["state", "failureCode"]), ["pending", NONE]);
        let failed = seen(admin, &id(&made)).await.expect("seen");
        assert_eq!(texts_at(&failed, ["state", "failureCode"]), ["failed", why]);
    }
    assert!(listed(admin, &first).await.text("associationId").is_some(), "the one that works has it still");
    let found = admin.found("DescribeNatGateways", &[("state", "failed"), ("tag:Name", "n")]).await;
    assert_eq!(found.each("natGatewaySet/item").len(), 2);
    assert_eq!(gateway(admin, &there, &first, "t-1").await.expect_err("another subnet"), "IdempotentParameterMismatch");
    let regional = admin.ec2("CreateNatGateway", &[("AvailabilityMode", "regional"), ("VpcId", &lonely)]).await;
    assert_eq!(regional.expect_err("not simulated"), "NotImplemented");
}

#[tokio::test(start_paused = true)]
async fn an_interface_holds_its_subnet_vpc_and_group() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let (vpc, subnet) = ground(admin).await;
    let create = async |token: &str| {
        let pairs = [("SubnetId", subnet.as_str()), ("Description", "a stand-in"), ("ClientToken", token)];
        admin.ec2("CreateNetworkInterface", &pairs).await.map(|made| made.each("networkInterface").remove(0))
    };
    let made = create("t-0").await.expect("made");
    let interface = made.text("networkInterfaceId").expect("an id");
    assert_eq!(texts_at(&made, ["vpcId", "privateIpAddress", "groupSet/item/groupName"]), [&vpc, "10.0.0.4", "default"]);
    assert_eq!(create("t-0").await.expect("the same").text("networkInterfaceId").as_ref(), Some(&interface));
    // The subnet has 16 addresses; AWS reserves five.
    for number in 1..11 {
        create(&format!("t-{number}")).await.expect("made");
    }
    assert_eq!(create("t-11").await.expect_err("full"), "InsufficientFreeAddressesInSubnet");
    let found = admin.found("DescribeNetworkInterfaces", &[("vpc-id", &vpc)]).await;
    assert_eq!(found.each("networkInterfaceSet/item").len(), 11);

    let remove = async || admin.ec2("DeleteSubnet", &[("SubnetId", &subnet)]).await.map(drop);
    let delete = async |id: &str| admin.ec2("DeleteNetworkInterface", &[("NetworkInterfaceId", id)]).await.map(drop);
    assert_eq!(remove().await, refused("DependencyViolation"));
    assert_eq!(admin.ec2("DeleteVpc", &[("VpcId", &vpc)]).await.expect_err("in use"), "DependencyViolation");
    for interface in found.texts("networkInterfaceSet/item/networkInterfaceId") {
        assert_eq!(delete(&interface).await, Ok(()), "{interface}");
    }
    assert_eq!(delete(&interface).await, refused("InvalidNetworkInterfaceID.NotFound"));
    assert_eq!(remove().await, Ok(()));
}
