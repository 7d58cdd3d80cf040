//! Entries of network ACLs: created, replaced, deleted. Direction and number identify an entry.

use ipnet::{Ipv4Net, Ipv6Net};
use serde_json::{Value, json};

use super::want::{Want, done, failure, invalid};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, write};
use crate::simulator::wire::Params;
use crate::simulator::world::World;
use crate::simulator::world::network::{AclEntry, Direction, Kind, NetworkAcl};

pub(super) const OPERATIONS: &[Operation] = &[
    write("CreateNetworkAclEntry", create_entry),
    write("ReplaceNetworkAclEntry", replace_entry),
    write("DeleteNetworkAclEntry", delete_entry),
];

/// Most entries in one direction (docs/AWS.md 5.6).
const ENTRIES_MAX: usize = 20;
/// Numbers that an entry may have; the next number is that of the last entry, which always exists.
const NUMBERS: std::ops::RangeInclusive<i64> = 1..=32_766;
const LAST: i64 = 32_767;
const PORTS: std::ops::RangeInclusive<i64> = 0..=65_535;
/// Types and codes of ICMP; -1 is any.
const ICMP: std::ops::RangeInclusive<i64> = -1..=255;

fn create_entry(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (id, entry) = (params.text("NetworkAclId")?, read_entry(&params)?);
    let pass = Want::to("ec2:CreateNetworkAclEntry").on(Kind::NetworkAcl, id).enter(world, call, params)?;
    let entries = &mut acl_mut(world, call, id)?.entries;
    if entries.iter().any(|known| is_at(known, entry.direction, entry.number)) {
        let message = format!("The network acl entry identified by {} already exists.", entry.number);
        return Err(failure("NetworkAclEntryAlreadyExists", message));
    }
    if entries.iter().filter(|known| known.direction == entry.direction).count() >= ENTRIES_MAX {
        return Err(failure("NetworkAclEntryLimitExceeded", "The maximum number of network ACL entries has been reached."));
    }
    entries.push(entry);
    Ok(pass.answer(done()))
}

fn replace_entry(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (id, entry) = (params.text("NetworkAclId")?, read_entry(&params)?);
    let pass = Want::to("ec2:ReplaceNetworkAclEntry").on(Kind::NetworkAcl, id).enter(world, call, params)?;
    let entries = &mut acl_mut(world, call, id)?.entries;
    let (direction, number) = (entry.direction, entry.number);
    let known = entries.iter_mut().find(|known| is_at(known, direction, number));
    *known.ok_or_else(|| no_entry(id, direction, number))? = entry;
    Ok(pass.answer(done()))
}

fn delete_entry(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (id, (direction, number)) = (params.text("NetworkAclId")?, read_key(&params)?);
    let pass = Want::to("ec2:DeleteNetworkAclEntry").on(Kind::NetworkAcl, id).enter(world, call, params)?;
    let entries = &mut acl_mut(world, call, id)?.entries;
    if !entries.iter().any(|known| is_at(known, direction, number)) {
        return Err(no_entry(id, direction, number));
    }
    entries.retain(|known| !is_at(known, direction, number));
    Ok(pass.answer(done()))
}

/// Writes an entry.
pub(super) fn show_entry(entry: &AclEntry) -> Value {
    json!({
        "ruleNumber": entry.number,
        "egress": entry.direction == Direction::Out,
        "protocol": entry.protocol,
        "ruleAction": if entry.allows { "allow" } else { "deny" },
        "cidrBlock": entry.cidr,
        "ipv6CidrBlock": entry.cidr_v6,
        "portRange": entry.ports.map(|(from, to)| json!({ "from": from, "to": to })),
        "icmpTypeCode": entry.icmp.map(|(kind, code)| json!({ "type": kind, "code": code })),
    })
}

/// Writes the last entry, which denies what no other entry matches.
pub(super) fn show_last(direction: Direction) -> Value {
    json!({
        "ruleNumber": LAST,
        "egress": direction == Direction::Out,
        "protocol": "-1",
        "ruleAction": "deny",
        "cidrBlock": "0.0.0.0/0",
    })
}

fn read_key(params: &Params<'_>) -> Result<(Direction, i64), Failure> {
    let egress = params.optional_boolean("Egress")?.ok_or_else(|| missing("Egress"))?;
    let number = params.optional_integer("RuleNumber", NUMBERS)?.ok_or_else(|| missing("RuleNumber"))?;
    Ok((if egress { Direction::Out } else { Direction::In }, number))
}

fn read_entry(params: &Params<'_>) -> Result<AclEntry, Failure> {
    let (direction, number) = read_key(params)?;
    let protocol = read_protocol(params.text("Protocol")?)?;
    let allows = match params.text("RuleAction")? {
        "allow" => true,
        "deny" => false,
        other => return Err(invalid(format!("Invalid value '{other}' for ruleAction."))),
    };
    let wrong = |text: &str| invalid(format!("Value ({text}) for parameter cidrBlock is invalid. This is not a valid CIDR block."));
    let v4 = params.optional_text("CidrBlock")?;
    let v4 = v4.map(|text| text.parse().map(|cidr: Ipv4Net| cidr.trunc().to_string()).map_err(|_| wrong(text))).transpose()?;
    let v6 = params.optional_text("Ipv6CidrBlock")?;
    let v6 = v6.map(|text| text.parse().map(|cidr: Ipv6Net| cidr.trunc().to_string()).map_err(|_| wrong(text))).transpose()?;
    if v4.is_some() == v6.is_some() {
        return Err(failure("MissingParameter", "The request must contain either CidrBlock or Ipv6CidrBlock"));
    }
    let (ports, icmp) = (read_pair(params, "PortRange", ["From", "To"], PORTS)?, read_pair(params, "Icmp", ["Type", "Code"], ICMP)?);
    // Parameters that the protocol does not have are ignored.
    let (ports, icmp) = match protocol.as_str() {
        "6" | "17" => (Some(ports.ok_or_else(|| missing("PortRange"))?), None),
        "1" | "58" => (None, Some(icmp.ok_or_else(|| missing("Icmp"))?)),
        _ => (None, None),
    };
    if let Some((from, to)) = ports.filter(|(from, to)| from > to) {
        return Err(invalid(format!("Invalid TCP/UDP port range ({from}:{to})")));
    }
    Ok(AclEntry { direction, number, protocol, allows, cidr: v4, cidr_v6: v6, ports, icmp })
}

/// Reads a structure of two numbers.
fn read_pair(
    params: &Params<'_>,
    name: &str,
    members: [&str; 2],
    range: std::ops::RangeInclusive<i64>,
) -> Result<Option<(i64, i64)>, Failure> {
    let Some(pair) = params.structure(name)? else { return Ok(None) };
    let numbers = members.map(|member| pair.optional_integer(member, range.clone())?.ok_or_else(|| missing(&format!("{name}.{member}"))));
    pair.finish()?;
    let [one, other] = numbers;
    Ok(Some((one?, other?)))
}

/// Reads a protocol by name or number, and returns its number.
fn read_protocol(text: &str) -> Result<String, Failure> {
    let number = match text.to_ascii_lowercase().as_str() {
        "-1" | "all" => "-1",
        "icmp" => "1",
        "tcp" => "6",
        "udp" => "17",
        "icmpv6" => "58",
        other if other.parse::<u8>().is_ok() => return Ok(other.to_owned()),
        _ => return Err(invalid(format!("Invalid value '{text}' for IP protocol. Unknown protocol."))),
    };
    Ok(number.to_owned())
}

fn acl_mut<'w>(world: &'w mut World, call: &Call<'_>, id: &str) -> Result<&'w mut NetworkAcl, Failure> {
    world.network_mut(call)?.acls.get_mut(id).ok_or_else(|| Kind::NetworkAcl.not_found(id))
}

fn is_at(entry: &AclEntry, direction: Direction, number: i64) -> bool {
    (entry.direction, entry.number) == (direction, number)
}

fn missing(name: &str) -> Failure {
    failure("MissingParameter", format!("The request must contain the parameter {name}"))
}

fn no_entry(acl: &str, direction: Direction, number: i64) -> Failure {
    let way = match direction {
        Direction::In => "ingress",
        Direction::Out => "egress",
    };
    failure("InvalidNetworkAclEntry.NotFound", format!("there is no {way} entry {number} in network acl {acl}"))
}
