//! Network interfaces: created, described, deleted. They represent what runs in a subnet, and prevent its deletion and that of its
//! VPC.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde_json::{Value, json};

use super::look::{Look, PAGE_MAX, one};
use super::vpcs::DEFAULT_GROUP;
use super::want::{Want, done, failure, invalid, made_before, read_new_tags, read_token, show_tags};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::wire::Params;
use crate::simulator::world::World;
use crate::simulator::world::network::{Kind, Label, Network, NetworkInterface};

pub(super) const OPERATIONS: &[Operation] = &[
    write("CreateNetworkInterface", create_interface),
    read("DescribeNetworkInterfaces", describe_interfaces),
    write("DeleteNetworkInterface", delete_interface),
];

/// Number of addresses at the beginning of a subnet that AWS reserves; it also reserves the last one (docs/AWS.md 5.2).
const RESERVED: usize = 3;

fn create_interface(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (subnet, token) = (params.text("SubnetId")?, read_token(&params)?);
    let description = params.optional_text("Description")?.unwrap_or_default();
    let (groups, tags) = (params.texts("SecurityGroupId")?, read_new_tags(&params, Kind::NetworkInterface)?);
    let want = Want::to("ec2:CreateNetworkInterface").makes(Kind::NetworkInterface, &tags).on(Kind::Subnet, subnet);
    let pass = want.on_all(Kind::SecurityGroup, groups.iter().copied()).enter(world, call, params)?;
    let (owner, network) = (call.account()?.as_str(), world.network(call)?);
    let text = token.as_ref().map(|token| token.text.clone());
    if let Some(interface) = made_before(network.interfaces.values(), |interface| interface.token.as_ref(), token.as_ref())? {
        return Ok(pass.answer(json!({ "networkInterface": show(network, owner, interface), "clientToken": text })));
    }
    let vpc = network.subnets.get(subnet).ok_or_else(|| Kind::Subnet.not_found(subnet))?.vpc.clone();
    let own_groups = network.groups.values().filter(|group| group.vpc == vpc);
    let groups: Vec<String> = if groups.is_empty() {
        own_groups.filter(|group| group.name == DEFAULT_GROUP).map(|group| group.label.id.clone()).collect()
    } else {
        let own: Vec<&str> = own_groups.map(|group| group.label.id.as_str()).collect();
        if !groups.iter().all(|group| own.contains(group)) {
            return Err(failure("InvalidParameter", "You have specified two resources that belong to different networks."));
        }
        groups.into_iter().map(str::to_owned).collect()
    };
    let no_room = || {
        let message = format!("The specified subnet '{subnet}' does not have enough free addresses to satisfy the request.");
        failure("InsufficientFreeAddressesInSubnet", message)
    };
    let private_ip = free_ip(network, subnet).ok_or_else(no_room)?;
    let id = world.hex_id(Kind::NetworkInterface.prefix());
    let interface = NetworkInterface {
        label: Label::new(&id, call.now, tags),
        subnet: subnet.to_owned(),
        vpc,
        description: description.to_owned(),
        sort: "interface".to_owned(),
        status: "available".to_owned(),
        private_ip,
        groups,
        requester_managed: false,
        token,
    };
    let shown = show(world.network(call)?, owner, &interface);
    world.network_mut(call)?.interfaces.insert(id, interface);
    Ok(pass.answer(json!({ "networkInterface": shown, "clientToken": text })))
}

fn describe_interfaces(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let look = Look::read(&params, "NetworkInterfaceId", PAGE_MAX)?;
    let pass = Want::to("ec2:DescribeNetworkInterfaces").enter(world, call, params)?;
    let (owner, network) = (call.account()?.as_str(), world.network(call)?);
    let answer = look.answer(
        world,
        call,
        "networkInterfaceSet",
        &network.interfaces,
        &[
            ("network-interface-id", &|interface| one(&interface.label.id)),
            ("vpc-id", &|interface| one(&interface.vpc)),
            ("subnet-id", &|interface| one(&interface.subnet)),
            ("status", &|interface| one(&interface.status)),
            ("description", &|interface| one(&interface.description)),
            ("interface-type", &|interface| one(&interface.sort)),
            ("private-ip-address", &|interface| one(&interface.private_ip)),
            ("group-id", &|interface| interface.groups.clone()),
            ("requester-managed", &|interface| one(interface.requester_managed.to_string())),
            ("owner-id", &|_| one(owner)),
        ],
        |interface| show(network, owner, interface),
    )?;
    Ok(pass.answer(answer))
}

fn delete_interface(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("NetworkInterfaceId")?;
    let pass = Want::to("ec2:DeleteNetworkInterface").on(Kind::NetworkInterface, id).enter(world, call, params)?;
    let interfaces = &mut world.network_mut(call)?.interfaces;
    // Only a service can use an interface here.
    if interfaces.get(id).is_some_and(|interface| interface.requester_managed) {
        return Err(invalid(format!("Network interface '{id}' is currently in use.")));
    }
    interfaces.remove(id);
    Ok(pass.answer(done()))
}

/// Returns the first free address of a subnet.
pub(super) fn free_ip(network: &Network, subnet: &str) -> Option<String> {
    let cidr: Ipv4Net = network.subnets.get(subnet)?.cidr.parse().ok()?;
    let in_subnet = network.interfaces.values().filter(|interface| interface.subnet == subnet);
    let in_gateways = network.nat_gateways.values().filter(|gateway| gateway.subnet == subnet).flat_map(|gateway| &gateway.secondary);
    let ips = in_subnet.map(|interface| &interface.private_ip).chain(in_gateways.map(|address| &address.private_ip));
    let taken: Vec<Ipv4Addr> = ips.filter_map(|ip| ip.parse().ok()).collect();
    cidr.hosts().skip(RESERVED).find(|ip| !taken.contains(ip)).map(|ip| ip.to_string())
}

fn show(network: &Network, owner: &str, interface: &NetworkInterface) -> Value {
    let subnet = network.subnets.get(&interface.subnet);
    let name = |id: &String| network.groups.get(id).map(|group| &group.name);
    let groups: Value = interface.groups.iter().map(|id| json!({ "groupId": id, "groupName": name(id) })).collect();
    let public = network.addresses.values().find_map(|address| {
        let association = address.association.as_ref().filter(|association| association.interface == interface.label.id)?;
        Some(json!({
            "allocationId": address.label.id,
            "associationId": association.id,
            "ipOwnerId": owner,
            "publicIp": address.ip,
        }))
    });
    json!({
        "networkInterfaceId": interface.label.id,
        "subnetId": interface.subnet,
        "vpcId": interface.vpc,
        "availabilityZone": subnet.map(|subnet| &subnet.zone_name),
        "availabilityZoneId": subnet.map(|subnet| &subnet.zone_id),
        "description": interface.description,
        "interfaceType": interface.sort,
        "ownerId": owner,
        "requesterManaged": interface.requester_managed,
        "status": interface.status,
        "privateIpAddress": interface.private_ip,
        "privateIpAddressesSet": [{ "privateIpAddress": interface.private_ip, "primary": true, "association": public }],
        "association": public,
        "sourceDestCheck": !interface.requester_managed,
        "groupSet": groups,
        "tagSet": show_tags(&interface.label.tags),
    })
}
