//! Rules of security groups as `IpPermission`: one protocol with its ports and many peers.

use std::collections::BTreeMap;

use ipnet::{Ipv4Net, Ipv6Net};
use serde_json::{Value, json};

use super::want::{failure, invalid};
use crate::simulator::authorize::Call;
use crate::simulator::failure::Failure;
use crate::simulator::stored::Tags;
use crate::simulator::wire::Params;
use crate::simulator::world::network::{Direction, Label, Peer, Rule};

/// Every protocol: such a rule has no ports.
const ALL: &str = "-1";
const PORT_MAX: i64 = 65_535;
/// Types and codes of ICMP.
const ICMP_MAX: i64 = 255;

/// Reads `IpPermissions` as rules without an id, one for each peer.
pub(super) fn read_rules(params: &Params<'_>, call: &Call<'_>, direction: Direction, tags: &Tags) -> Result<Vec<Rule>, Failure> {
    let mut rules = Vec::new();
    for permission in params.structures("IpPermissions")? {
        let protocol = read_protocol(permission.text("IpProtocol")?)?;
        let (from, to) = (permission.optional_integer("FromPort", -1..=PORT_MAX)?, permission.optional_integer("ToPort", -1..=PORT_MAX)?);
        let (from, to) = check_ports(&protocol, from, to)?;
        let peers = read_peers(&permission, call)?;
        if peers.is_empty() {
            return Err(failure("MissingParameter", "The request must contain a source or destination of every rule"));
        }
        permission.finish()?;
        rules.extend(peers.into_iter().map(|(peer, description)| Rule {
            label: Label::new("", call.now, tags.clone()),
            direction,
            protocol: protocol.clone(),
            from,
            to,
            peer,
            description,
        }));
    }
    Ok(rules)
}

/// Returns whether two rules are the same to EC2, which ignores their descriptions.
pub(super) fn is_same(one: &Rule, other: &Rule) -> bool {
    let key = |rule: &Rule| (rule.direction, rule.protocol.clone(), rule.from, rule.to);
    key(one) == key(other) && one.peer == other.peer
}

/// Writes rules as `IpPermission`s.
pub(super) fn show_permissions<'r>(owner: &str, rules: impl Iterator<Item = &'r Rule>) -> Value {
    let mut permissions: BTreeMap<_, Vec<&Rule>> = BTreeMap::new();
    for rule in rules {
        permissions.entry((&rule.protocol, rule.from, rule.to)).or_default().push(rule);
    }
    let shown = permissions.into_iter().map(|((protocol, from, to), rules)| {
        let (mut v4, mut v6, mut lists, mut groups) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for rule in rules {
            let description = &rule.description;
            match &rule.peer {
                Peer::Ipv4(cidr) => v4.push(json!({ "cidrIp": cidr, "description": description })),
                Peer::Ipv6(cidr) => v6.push(json!({ "cidrIpv6": cidr, "description": description })),
                Peer::PrefixList(id) => lists.push(json!({ "prefixListId": id, "description": description })),
                Peer::Group(id) => groups.push(json!({ "groupId": id, "userId": owner, "description": description })),
            }
        }
        json!({
            "ipProtocol": protocol,
            "fromPort": from,
            "toPort": to,
            "ipRanges": v4,
            "ipv6Ranges": v6,
            "prefixListIds": lists,
            "groups": groups,
        })
    });
    shown.collect()
}

/// Reads a protocol by name or number, and returns it as EC2 stores it.
fn read_protocol(text: &str) -> Result<String, Failure> {
    let name = match text.to_ascii_lowercase().as_str() {
        "-1" | "all" => ALL,
        "1" | "icmp" => "icmp",
        "6" | "tcp" => "tcp",
        "17" | "udp" => "udp",
        "58" | "icmpv6" => "icmpv6",
        other if other.parse::<u8>().is_ok() => return Ok(other.to_owned()),
        _ => return Err(invalid(format!("Invalid value '{text}' for IP protocol. Unknown protocol."))),
    };
    Ok(name.to_owned())
}

/// Returns the ports that a rule of a protocol has.
fn check_ports(protocol: &str, from: Option<i64>, to: Option<i64>) -> Result<(Option<i64>, Option<i64>), Failure> {
    match (protocol, from, to) {
        ("tcp" | "udp", Some(from), Some(to)) if (0..=to).contains(&from) => Ok((Some(from), Some(to))),
        ("tcp" | "udp", Some(from), Some(to)) => Err(invalid(format!("Invalid TCP/UDP port range ({from}:{to})"))),
        ("tcp" | "udp", _, _) => Err(invalid("Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.")),
        ("icmp" | "icmpv6", from, to) => {
            let (kind, code) = (from.unwrap_or(-1), to.unwrap_or(-1));
            if kind.max(code) > ICMP_MAX {
                return Err(invalid(format!("ICMP code ({code}) or type ({kind}) out of range")));
            }
            Ok((Some(kind), Some(code)))
        }
        // Given ports are ignored: the rule covers all ports.
        _ => Ok((None, None)),
    }
}

/// Reads the peers of a permission with their descriptions.
fn read_peers(permission: &Params<'_>, call: &Call<'_>) -> Result<Vec<(Peer, Option<String>)>, Failure> {
    let malformed = |cidr: &str| invalid(format!("CIDR block {cidr} is malformed"));
    let mut peers = Vec::new();
    for range in permission.structures("IpRanges")? {
        let text = range.text("CidrIp")?;
        let cidr: Ipv4Net = text.parse().map_err(|_| malformed(text))?;
        peers.push((Peer::Ipv4(cidr.trunc().to_string()), read_description(range)?));
    }
    for range in permission.structures("Ipv6Ranges")? {
        let text = range.text("CidrIpv6")?;
        let cidr: Ipv6Net = text.parse().map_err(|_| malformed(text))?;
        peers.push((Peer::Ipv6(cidr.trunc().to_string()), read_description(range)?));
    }
    for list in permission.structures("PrefixListIds")? {
        let id = list.text("PrefixListId")?.to_owned();
        peers.push((Peer::PrefixList(id), read_description(list)?));
    }
    for group in permission.structures("Groups")? {
        if let Some(other) = group.optional_text("UserId")?.filter(|id| call.account().is_ok_and(|account| account.as_str() != *id)) {
            return Err(Failure::not_implemented(format_args!("security groups of another account, {other}")));
        }
        let id = group.text("GroupId")?.to_owned();
        peers.push((Peer::Group(id), read_description(group)?));
    }
    Ok(peers)
}

fn read_description(peer: Params<'_>) -> Result<Option<String>, Failure> {
    let description = peer.optional_text("Description")?.filter(|text| !text.is_empty()).map(str::to_owned);
    peer.finish()?;
    Ok(description)
}
