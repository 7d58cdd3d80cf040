//! Subnets: created in a zone, described, changed, deleted.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde_json::{Value, json};

use super::look::{Look, PAGE_MAX, one};
use super::vpcs::{read_cidr, read_switch};
use super::want::{Want, dependency, done, failure, invalid, read_new_tags, show_tags};
use super::zones::{self, Zone};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::wire::Params;
use crate::simulator::world::World;
use crate::simulator::world::network::{AclAssociation, Kind, Label, Network, Subnet};

pub(super) const OPERATIONS: &[Operation] = &[
    write("CreateSubnet", create_subnet),
    read("DescribeSubnets", describe_subnets),
    write("DeleteSubnet", delete_subnet),
    write("ModifySubnetAttribute", modify_attribute),
];

/// Most subnets of a VPC (docs/AWS.md 5.6).
const SUBNETS_MAX: usize = 200;
/// Number of addresses of a subnet that AWS reserves: the first four and the last (docs/AWS.md 5.2).
const RESERVED: usize = 5;

fn create_subnet(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (vpc, cidr) = (params.text("VpcId")?, read_cidr(&params, "InvalidSubnet.Range")?);
    let (zone_id, zone_name) = (params.optional_text("AvailabilityZoneId")?, params.optional_text("AvailabilityZone")?);
    let tags = read_new_tags(&params, Kind::Subnet)?;
    let pass = Want::to("ec2:CreateSubnet").makes(Kind::Subnet, &tags).on(Kind::Vpc, vpc).enter(world, call, params)?;
    let zone = find_zone(call, zone_id, zone_name)?;
    check_cidr(world.network(call)?, vpc, cidr)?;
    let (id, association) = (world.hex_id("subnet-"), world.hex_id("aclassoc-"));
    let subnet = Subnet {
        label: Label::new(&id, call.now, tags),
        vpc: vpc.to_owned(),
        cidr: cidr.to_string(),
        zone_id: zone.id,
        zone_name: zone.name,
        is_default: false,
        map_public_ip: false,
    };
    let network = world.network_mut(call)?;
    if let Some(acl) = network.acls.values_mut().find(|acl| acl.vpc == vpc && acl.is_default) {
        acl.associations.insert(association, AclAssociation { subnet: id.clone() });
    }
    network.subnets.insert(id, subnet.clone());
    let shown = show(world, call, world.network(call)?, call.account()?.as_str(), &subnet);
    Ok(pass.answer(json!({ "subnet": shown })))
}

fn describe_subnets(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let look = Look::read(&params, "SubnetId", PAGE_MAX)?;
    let pass = Want::to("ec2:DescribeSubnets").enter(world, call, params)?;
    let (owner, network) = (call.account()?.as_str(), world.network(call)?);
    let answer = look.answer(
        world,
        call,
        "subnetSet",
        &network.subnets,
        &[
            ("subnet-id", &|subnet| one(&subnet.label.id)),
            ("vpc-id", &|subnet| one(&subnet.vpc)),
            ("cidr-block", &|subnet| one(&subnet.cidr)),
            ("availability-zone-id", &|subnet| one(&subnet.zone_id)),
            ("availability-zone", &|subnet| one(&subnet.zone_name)),
            ("default-for-az", &|subnet| one(subnet.is_default.to_string())),
            ("map-public-ip-on-launch", &|subnet| one(subnet.map_public_ip.to_string())),
            ("state", &|subnet| one(state(world, call, subnet))),
            ("owner-id", &|_| one(owner)),
        ],
        |subnet| show(world, call, network, owner, subnet),
    )?;
    Ok(pass.answer(answer))
}

fn delete_subnet(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("SubnetId")?;
    let pass = Want::to("ec2:DeleteSubnet").on(Kind::Subnet, id).enter(world, call, params)?;
    let deletion = world.timing().nat_gateway_deletion;
    let network = world.network_mut(call)?;
    let in_use = network.interfaces.values().any(|interface| interface.subnet == id)
        || network.nat_gateways.values().any(|gateway| gateway.subnet == id && !gateway.is_deleted(call.now, deletion));
    if in_use {
        return Err(dependency(Kind::Subnet, id));
    }
    for table in network.tables.values_mut() {
        table.associations.retain(|_, association| !association.is_of(id));
    }
    for acl in network.acls.values_mut() {
        acl.associations.retain(|_, association| association.subnet != id);
    }
    network.subnets.remove(id);
    Ok(pass.answer(done()))
}

fn modify_attribute(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (id, map_public_ip) = (params.text("SubnetId")?, read_switch(&params, "MapPublicIpOnLaunch")?);
    let pass = Want::to("ec2:ModifySubnetAttribute").on(Kind::Subnet, id).enter(world, call, params)?;
    let subnet = world.network_mut(call)?.subnets.get_mut(id).ok_or_else(|| Kind::Subnet.not_found(id))?;
    subnet.map_public_ip = map_public_ip.ok_or_else(|| failure("MissingParameter", "The request must contain one attribute"))?;
    Ok(pass.answer(done()))
}

/// Returns the zone with an id or name, or else the first by name.
fn find_zone(call: &Call<'_>, id: Option<&str>, name: Option<&str>) -> Result<Zone, Failure> {
    let mut zones = zones::of(call)?;
    zones.sort_by(|one, other| one.name.cmp(&other.name));
    let names: Vec<&str> = zones.iter().map(|zone| zone.name.as_str()).collect();
    let message = format!("The availability zone is invalid. Subnets can currently only be created in: {}.", names.join(", "));
    let is_meant = |zone: &Zone| id.is_none_or(|id| zone.id == id) && name.is_none_or(|name| zone.name == name);
    zones.into_iter().find(is_meant).ok_or_else(|| invalid(message))
}

/// Refuses a range that is not in the VPC, or that overlaps another subnet.
fn check_cidr(network: &Network, vpc: &str, cidr: Ipv4Net) -> Result<(), Failure> {
    let around: Option<Ipv4Net> = network.vpcs.get(vpc).and_then(|vpc| vpc.cidr.parse().ok());
    if !around.is_some_and(|around| around.contains(&cidr)) {
        return Err(failure("InvalidSubnet.Range", format!("The CIDR '{cidr}' is invalid.")));
    }
    let others = network.subnets.values().filter(|subnet| subnet.vpc == vpc);
    let overlaps = |other: &Subnet| other.cidr.parse().is_ok_and(|other: Ipv4Net| other.contains(&cidr) || cidr.contains(&other));
    if others.clone().any(overlaps) {
        return Err(failure("InvalidSubnet.Conflict", format!("The CIDR '{cidr}' conflicts with another subnet")));
    }
    if others.count() >= SUBNETS_MAX {
        return Err(failure("SubnetLimitExceeded", "The maximum number of subnets for this VPC has been reached."));
    }
    Ok(())
}

fn state(world: &World, call: &Call<'_>, subnet: &Subnet) -> &'static str {
    if world.has_arrived(call, &subnet.label) { "available" } else { "pending" }
}

fn show(world: &World, call: &Call<'_>, network: &Network, owner: &str, subnet: &Subnet) -> Value {
    let taken = network.interfaces.values().filter(|interface| interface.subnet == subnet.label.id).count();
    let all = subnet.cidr.parse().map_or(0, |cidr: Ipv4Net| usize::try_from(Ipv4Addr::to_bits(cidr.hostmask())).unwrap_or(usize::MAX)) + 1;
    json!({
        "subnetId": subnet.label.id,
        "subnetArn": format!("arn:aws:ec2:{}:{owner}:subnet/{}", call.region, subnet.label.id),
        "ownerId": owner,
        "vpcId": subnet.vpc,
        "state": state(world, call, subnet),
        "cidrBlock": subnet.cidr,
        "availableIpAddressCount": all.saturating_sub(RESERVED + taken),
        "availabilityZone": subnet.zone_name,
        "availabilityZoneId": subnet.zone_id,
        "defaultForAz": subnet.is_default,
        "mapPublicIpOnLaunch": subnet.map_public_ip,
        "assignIpv6AddressOnCreation": false,
        "ipv6Native": false,
        "tagSet": show_tags(&subnet.label.tags),
    })
}
