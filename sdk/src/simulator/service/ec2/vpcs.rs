//! VPCs: created with their defaults, described, changed, deleted.

use std::collections::BTreeMap;

use ipnet::Ipv4Net;
use serde_json::{Value, json};

use super::look::{Look, PAGE_MAX, one};
use super::want::{Want, dependency, done, failure, invalid, read_new_tags, show_tags};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::clock::Timestamp;
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::stored::Tags;
use crate::simulator::wire::Params;
use crate::simulator::world::World;
use crate::simulator::world::network::{
    AclEntry, Direction, Kind, Label, NetworkAcl, Peer, Route, RouteTable, Rule, SecurityGroup, TableAssociation, Target, Vpc,
};

pub(super) const OPERATIONS: &[Operation] = &[
    write("CreateVpc", create_vpc),
    read("DescribeVpcs", describe_vpcs),
    write("DeleteVpc", delete_vpc),
    write("ModifyVpcAttribute", modify_attribute),
    read("DescribeVpcAttribute", describe_attribute),
];

/// Most VPCs in a Region (docs/AWS.md 5.6).
const VPCS_MAX: usize = 5;
/// Prefix lengths of a VPC and a subnet (docs/AWS.md 5.2).
const PREFIX: std::ops::RangeInclusive<u8> = 16..=28;

fn create_vpc(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let cidr = read_cidr(&params, "InvalidVpc.Range")?;
    if let Some(other) = params.optional_text("InstanceTenancy")?.filter(|tenancy| *tenancy != "default") {
        return Err(Failure::not_implemented(format_args!("the tenancy {other}")));
    }
    if params.optional_boolean("AmazonProvidedIpv6CidrBlock")? == Some(true) {
        return Err(Failure::not_implemented("IPv6"));
    }
    let tags = read_new_tags(&params, Kind::Vpc)?;
    let pass = Want::to("ec2:CreateVpc").makes(Kind::Vpc, &tags).enter(world, call, params)?;
    if world.network(call)?.vpcs.len() >= VPCS_MAX {
        return Err(failure("VpcLimitExceeded", "The maximum number of VPCs has been reached."));
    }
    let id = make_vpc(world, call, cidr, tags, call.now)?;
    let vpc = vpc(world, call, &id)?;
    let shown = show(call.account()?.as_str(), state(world, call, vpc), vpc);
    Ok(pass.answer(json!({ "vpc": shown })))
}

fn describe_vpcs(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let look = Look::read(&params, "VpcId", PAGE_MAX)?;
    let pass = Want::to("ec2:DescribeVpcs").enter(world, call, params)?;
    let owner = call.account()?.as_str();
    let answer = look.answer(
        world,
        call,
        "vpcSet",
        &world.network(call)?.vpcs,
        &[
            ("vpc-id", &|vpc| one(&vpc.label.id)),
            ("cidr", &|vpc| one(&vpc.cidr)),
            ("cidr-block-association.cidr-block", &|vpc| one(&vpc.cidr)),
            ("is-default", &|vpc| one(vpc.is_default.to_string())),
            ("isDefault", &|vpc| one(vpc.is_default.to_string())),
            ("state", &|vpc| one(state(world, call, vpc))),
            ("owner-id", &|_| one(owner)),
            ("dhcp-options-id", &|vpc| one(&vpc.dhcp)),
        ],
        |vpc| show(owner, state(world, call, vpc), vpc),
    )?;
    Ok(pass.answer(answer))
}

fn delete_vpc(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("VpcId")?;
    let pass = Want::to("ec2:DeleteVpc").on(Kind::Vpc, id).enter(world, call, params)?;
    let network = world.network_mut(call)?;
    let in_use = network.subnets.values().any(|subnet| subnet.vpc == id)
        || network.gateways.values().any(|gateway| gateway.attachment.as_deref() == Some(id))
        || network.tables.values().any(|table| table.vpc == id && !table.is_main())
        || network.acls.values().any(|acl| acl.vpc == id && !acl.is_default)
        || network.groups.values().any(|group| group.vpc == id && group.name != DEFAULT_GROUP)
        || network.endpoints.values().any(|endpoint| endpoint.vpc == id)
        || network.interfaces.values().any(|interface| interface.vpc == id);
    if in_use {
        return Err(dependency(Kind::Vpc, id));
    }
    network.tables.retain(|_, table| table.vpc != id);
    network.acls.retain(|_, acl| acl.vpc != id);
    network.groups.retain(|_, group| group.vpc != id);
    network.vpcs.remove(id);
    Ok(pass.answer(done()))
}

fn modify_attribute(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("VpcId")?;
    let (support, hostnames) = (read_switch(&params, "EnableDnsSupport")?, read_switch(&params, "EnableDnsHostnames")?);
    let pass = Want::to("ec2:ModifyVpcAttribute").on(Kind::Vpc, id).enter(world, call, params)?;
    let vpc = world.network_mut(call)?.vpcs.get_mut(id).ok_or_else(|| Kind::Vpc.not_found(id))?;
    match (support, hostnames) {
        (Some(support), None) => vpc.dns_support = support,
        (None, Some(hostnames)) => vpc.dns_hostnames = hostnames,
        (Some(_), Some(_)) => return Err(failure("InvalidParameterCombination", "Fields for multiple attribute types specified")),
        (None, None) => return Err(failure("MissingParameter", "The request must contain one attribute")),
    }
    Ok(pass.answer(done()))
}

fn describe_attribute(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (id, attribute) = (params.text("VpcId")?, params.text("Attribute")?);
    let pass = Want::to("ec2:DescribeVpcAttribute").on(Kind::Vpc, id).enter(world, call, params)?;
    let vpc = vpc(world, call, id)?;
    let value = match attribute {
        "enableDnsSupport" => vpc.dns_support,
        "enableDnsHostnames" => vpc.dns_hostnames,
        other => return Err(Failure::not_implemented(format_args!("the attribute {other} of a VPC"))),
    };
    Ok(pass.answer(json!({ "vpcId": id, attribute: { "value": value } })))
}

/// The name of the security group that is created and deleted with its VPC.
pub(super) const DEFAULT_GROUP: &str = "default";

/// Creates a VPC with its main route table, network ACL and security group, and returns its id.
pub(super) fn make_vpc(world: &mut World, call: &Call<'_>, cidr: Ipv4Net, tags: Tags, made: Timestamp) -> Result<String, Failure> {
    let cidr = cidr.to_string();
    let (id, cidr_association) = (world.hex_id("vpc-"), world.hex_id("vpc-cidr-assoc-"));
    let (table, association) = (world.hex_id("rtb-"), world.hex_id("rtbassoc-"));
    let (acl, group, ingress, egress) = (world.hex_id("acl-"), world.hex_id("sg-"), world.hex_id("sgr-"), world.hex_id("sgr-"));
    let label = |id: &String| Label::new(id, made, Tags::new());
    let rule = |id: &String, direction, peer| Rule {
        label: label(id),
        direction,
        protocol: "-1".to_owned(),
        from: None,
        to: None,
        peer,
        description: None,
    };
    let entry = |direction| AclEntry {
        direction,
        number: 100,
        protocol: "-1".to_owned(),
        allows: true,
        cidr: Some("0.0.0.0/0".to_owned()),
        cidr_v6: None,
        ports: None,
        icmp: None,
    };
    let table = RouteTable {
        label: label(&table),
        vpc: id.clone(),
        routes: BTreeMap::from([(cidr.clone(), Route { target: Target::Local })]),
        associations: BTreeMap::from([(association, TableAssociation::Main)]),
        token: None,
    };
    let acl = NetworkAcl {
        label: label(&acl),
        vpc: id.clone(),
        is_default: true,
        entries: vec![entry(Direction::In), entry(Direction::Out)],
        associations: BTreeMap::new(),
        token: None,
    };
    let rules =
        [rule(&ingress, Direction::In, Peer::Group(group.clone())), rule(&egress, Direction::Out, Peer::Ipv4("0.0.0.0/0".to_owned()))];
    let group = SecurityGroup {
        label: label(&group),
        vpc: id.clone(),
        name: DEFAULT_GROUP.to_owned(),
        description: "default VPC security group".to_owned(),
        rules: rules.into_iter().map(|rule| (rule.label.id.clone(), rule)).collect(),
    };
    let network = world.network_mut(call)?;
    let vpc = Vpc {
        label: Label::new(&id, made, tags),
        cidr,
        cidr_association,
        is_default: false,
        dns_support: true,
        dns_hostnames: false,
        dhcp: network.dhcp.clone(),
    };
    network.tables.insert(table.label.id.clone(), table);
    network.acls.insert(acl.label.id.clone(), acl);
    network.groups.insert(group.label.id.clone(), group);
    network.vpcs.insert(id.clone(), vpc);
    Ok(id)
}

/// Reads `CidrBlock` as EC2 stores it: the bits after the prefix are zero.
pub(super) fn read_cidr(params: &Params<'_>, out_of_range: &'static str) -> Result<Ipv4Net, Failure> {
    let text = params.text("CidrBlock")?;
    let cidr: Ipv4Net =
        text.parse().map_err(|_| invalid(format!("Value ({text}) for parameter cidrBlock is invalid. This is not a valid CIDR block.")))?;
    if !PREFIX.contains(&cidr.prefix_len()) {
        return Err(failure(out_of_range, format!("The CIDR '{text}' is invalid.")));
    }
    Ok(cidr.trunc())
}

/// Reads a switch: a structure with one `Value`.
pub(super) fn read_switch(params: &Params<'_>, name: &str) -> Result<Option<bool>, Failure> {
    let Some(switch) = params.structure(name)? else { return Ok(None) };
    let value = switch.optional_boolean("Value")?;
    switch.finish()?;
    Ok(value)
}

fn vpc<'w>(world: &'w World, call: &Call<'_>, id: &str) -> Result<&'w Vpc, Failure> {
    world.network(call)?.vpcs.get(id).ok_or_else(|| Kind::Vpc.not_found(id))
}

fn state(world: &World, call: &Call<'_>, vpc: &Vpc) -> &'static str {
    if world.has_arrived(call, &vpc.label) { "available" } else { "pending" }
}

fn show(owner: &str, state: &str, vpc: &Vpc) -> Value {
    json!({
        "vpcId": vpc.label.id,
        "ownerId": owner,
        "state": state,
        "cidrBlock": vpc.cidr,
        "cidrBlockAssociationSet": [{
            "associationId": vpc.cidr_association,
            "cidrBlock": vpc.cidr,
            "cidrBlockState": { "state": "associated" },
        }],
        "dhcpOptionsId": vpc.dhcp,
        "instanceTenancy": "default",
        "isDefault": vpc.is_default,
        "tagSet": show_tags(&vpc.label.tags),
    })
}
