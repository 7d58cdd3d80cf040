//! The default network ACL of a managed VPC: SSH and RDP from everywhere are denied, all else is left as it is.
//!
//! The ACL that every VPC begins with allows everything, which CIS EC2.21 forbids for these two ports; low numbers put the denials first.
//! Entries with other numbers are left alone, unless they come before a denial and undo it, alone or together. The ACL is created and
//! deleted with its VPC and managed because the VPC is; only those of managed VPCs are observed. Its tags are for IAM policies: a deployer
//! cannot change resources with these tags.

use serde::Serialize;

use std::collections::BTreeMap;
use std::fmt;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::api::{self, DescribeNetworkAcls, Done, NetworkAcl as Found, NetworkAclEntry, PortRange};
use super::{PAUSES, PROPAGATION, filter, network_acls, tag, until_visible};
use crate::address::Address;
use crate::aws::client::requests;
use crate::aws::error::AwsError;
use crate::aws::tags::Tags;
use crate::id::ec2::{NetworkAclId, VpcId};
use crate::kind::terraform::{Import, Place};
use crate::kind::{Adoption, Blocked, Context, Facts, Field, Kind, Made, ScopeSet, StepError, Text};

/// TCP, as ACLs have it.
const TCP: &str = "6";
/// Every protocol.
const ALL: &str = "-1";
/// The shortest prefix that is still a specific source: no organization was ever given more addresses than an IPv4 /8 (IANA, "IPv4 Address
/// Space Registry"), or an IPv6 /16 (RIR statistics). A wider block counts as everyone.
const NARROW: (u8, u8) = (8, 16);
/// Blocks that are not on the internet (RFC 1918, 6598, 3927, 4193).
const INSIDE: &[&str] = &["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7"];
/// The denials: number, port, and source.
const DENIED: &[(i32, i32, &str)] = &[(10, 22, "0.0.0.0/0"), (11, 22, "::/0"), (20, 3389, "0.0.0.0/0"), (21, 3389, "::/0")];

/// The kind `network-acl`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NetworkAcl;

/// What a default network ACL should be: with landfall's denials in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desired {
    /// Its VPC.
    pub vpc: Text,
    /// Its tags.
    pub tags: Tags,
}

/// What a default network ACL is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Its id, `acl-…`.
    pub id: NetworkAclId,
    /// Its VPC.
    pub vpc: VpcId,
    /// Its ingress entries, by number.
    pub ingress: BTreeMap<i32, Entry>,
    /// Its tags.
    pub tags: Tags,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Whether it allows the traffic; else it denies it.
    pub allows: bool,
    /// The protocol's number, or `-1` for all.
    pub protocol: String,
    /// First and last port, if the protocol has ports.
    pub ports: Option<(i32, i32)>,
    /// The source.
    pub peer: String,
}

impl Entry {
    fn denial(port: i32, peer: &str) -> Self {
        Self { allows: false, protocol: TCP.to_owned(), ports: Some((port, port)), peer: peer.to_owned() }
    }

    /// Returns the block that it allows to a port, as far as it is on the internet.
    fn opens(&self, port: i32) -> Option<IpNet> {
        let reaches = self.protocol == ALL || self.protocol == TCP && self.ports.is_none_or(|(from, to)| (from..=to).contains(&port));
        let block: IpNet = self.peer.parse().ok().filter(|_| self.allows && reaches)?;
        let inside = INSIDE.iter().filter_map(|inside| inside.parse::<IpNet>().ok()).any(|inside| inside.contains(&block));
        (!inside).then_some(block.trunc())
    }
}

/// Returns whether blocks together are too wide to be specific sources.
fn are_wide(blocks: &[IpNet]) -> bool {
    let (mut v4, mut v6): (Vec<Ipv4Net>, Vec<Ipv6Net>) = (Vec::new(), Vec::new());
    for block in blocks {
        match block {
            IpNet::V4(block) => v4.push(*block),
            IpNet::V6(block) => v6.push(*block),
        }
    }
    let addresses: u64 = Ipv4Net::aggregate(&v4).iter().map(|block| 1_u64 << (32 - block.prefix_len())).sum();
    addresses > 1 << (32 - NARROW.0) || Ipv6Net::aggregate(&v6).iter().any(|block| block.prefix_len() < NARROW.1)
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.allows { "allow " } else { "deny " })?;
        match self.protocol.as_str() {
            ALL => f.write_str("all")?,
            TCP => f.write_str("tcp")?,
            other => write!(f, "protocol {other}")?,
        }
        match self.ports {
            Some((from, to)) if from == to => write!(f, " {from}")?,
            Some((from, to)) => write!(f, " {from}-{to}")?,
            None => {}
        }
        write!(f, " from {}", self.peer)
    }
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "made and matched in this file only")]
pub enum Edit {
    /// One of landfall's entries is missing or different.
    Entry {
        /// Its number.
        number: i32,
        /// The present entry.
        from: Option<Entry>,
        /// The wanted entry.
        to: Entry,
    },
}

impl Kind for NetworkAcl {
    const NAME: &'static str = "network-acl";
    const SCOPES: ScopeSet = ScopeSet::Region;
    const SERVICE: &'static str = "EC2";
    const REMOVAL_RANK: u8 = 29;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn visit_references(desired: &mut Desired, visit: &mut dyn FnMut(&mut Text)) {
        visit(&mut desired.vpc);
    }

    fn matches(desired: &Desired, observed: &Observed) -> bool {
        desired.vpc.as_str() == observed.vpc
    }

    fn tags(_: &Observed) -> Option<&Tags> {
        None
    }

    fn adoption(_: &Desired, _: &Observed) -> Adoption {
        Adoption::Adopt
    }

    fn tagging<'a>(desired: &'a Desired, observed: &'a Observed) -> Option<(&'a Tags, &'a Tags)> {
        Some((&observed.tags, &desired.tags))
    }

    fn diff(_desired: &Desired, observed: &Observed) -> Result<Vec<Edit>, Blocked> {
        let mut edits = Vec::new();
        for &(number, port, peer) in DENIED {
            let to = Entry::denial(port, peer);
            let foreign = |other: i32| !DENIED.iter().any(|(ours, ..)| *ours == other);
            let is_v6 = peer.contains(':');
            let opening = |(other, entry): (&i32, &Entry)| {
                let block = entry.opens(port).filter(|block| foreign(*other) && matches!(block, IpNet::V6(_)) == is_v6)?;
                Some((*other, entry.to_string(), block))
            };
            let before: Vec<(i32, String, IpNet)> = observed.ingress.range(..number).filter_map(opening).collect();
            let blocks: Vec<IpNet> = before.iter().map(|(.., block)| *block).collect();
            if are_wide(&blocks) {
                return Err(undone(&observed.id, &before, &to));
            }
            let from = observed.ingress.get(&number);
            if from != Some(&to) {
                edits.push(Edit::Entry { number, from: from.cloned(), to });
            }
        }
        Ok(edits)
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        match edit {
            Edit::Entry { number, from: Some(from), to } => vec![Field::new(format!("ingress {number}"), from, to)],
            Edit::Entry { number, from: None, to } => vec![Field::added(format!("ingress {number}"), to)],
        }
    }

    fn summary(_: &Desired) -> String {
        "no SSH and RDP from everywhere".to_owned()
    }

    fn display_name(observed: &Observed) -> String {
        observed.id.to_string()
    }

    fn terraform(observed: &Observed, _: &Place<'_>) -> Import {
        Import::new("aws_default_network_acl", &observed.id)
    }

    fn check_removable(_: &Observed) -> Result<(), Blocked> {
        Err(Blocked::new("a VPC's default network ACL cannot be removed", "it is deleted with its VPC"))
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        Facts::one(address, "id", &observed.id)
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        let found = network_acls(cx).await?;
        Ok(found.iter().filter(|acl| acl.is_default).map(read).collect())
    }

    async fn create(cx: &Context<'_>, _address: &Address, desired: &Desired) -> Result<Made<Observed>, StepError> {
        let vpc = desired.vpc.known()?;
        let first = async || Ok::<_, StepError>(find(cx, vpc).await?);
        let found = match first().await? {
            Some(found) => found,
            // The VPC has just been created, and its ACL with it.
            None => cx.until(&format!("the default network ACL of {vpc}"), PAUSES, PROPAGATION, &first).await?,
        };
        Ok(Made::Found(found))
    }

    async fn edit(cx: &Context<'_>, address: &Address, _: &Desired, observed: &Observed, edits: &[Edit]) -> Result<Facts, StepError> {
        for edit in edits {
            match edit {
                Edit::Entry { number, from, to } => write(cx, &observed.id, *number, from.as_ref(), to).await?,
            }
        }
        Ok(Self::facts(address, observed))
    }

    async fn tag(cx: &Context<'_>, observed: &Observed, tags: &Tags) -> Result<(), StepError> {
        tag(cx, &observed.id, tags).await
    }
}

/// Returns the block for an ACL with earlier entries that undo one of landfall's denials.
fn undone(acl: &str, before: &[(i32, String, IpNet)], denial: &Entry) -> Blocked {
    let numbers = before.iter().map(|(number, ..)| number.to_string()).collect::<Vec<_>>().join(" and ");
    let entries = before.iter().map(|(_, entry, _)| format!("`{entry}`")).collect::<Vec<_>>().join(" and ");
    let (noun, verb) = if before.len() == 1 { ("entry", "comes") } else { ("entries", "come") };
    Blocked::new(
        format!("{noun} {numbers} of {acl}, {entries}, {verb} before `{denial}`"),
        format!("remove {noun} {numbers}, or narrow them to the addresses that need it"),
    )
}

/// Returns the default ACL of a VPC.
async fn find(cx: &Context<'_>, vpc: &str) -> Result<Option<Observed>, AwsError> {
    let found = cx.pages(DescribeNetworkAcls::by([filter("vpc-id", [vpc]), filter("default", ["true"])])).await?;
    Ok(found.first().map(read))
}

fn read(found: &Found) -> Observed {
    let ingress = found.entries.iter().filter(|entry| !entry.egress);
    Observed {
        id: found.network_acl_id.clone(),
        vpc: found.vpc_id.clone(),
        ingress: ingress.map(|entry| (entry.rule_number, read_entry(entry))).collect(),
        tags: api::read(&found.tags),
    }
}

fn read_entry(found: &NetworkAclEntry) -> Entry {
    Entry {
        allows: found.rule_action == "allow",
        protocol: found.protocol.clone(),
        ports: found.port_range.map(|range| (range.from, range.to)),
        // An entry has one of the two.
        peer: found.cidr_block.as_ref().or(found.ipv6_cidr_block.as_ref()).cloned().unwrap_or_default(),
    }
}

/// Writes one denial, and replaces the entry with its number.
async fn write(cx: &Context<'_>, acl: &str, number: i32, from: Option<&Entry>, to: &Entry) -> Result<(), StepError> {
    let (v6, v4) = if to.peer.contains(':') { (Some(to.peer.clone()), None) } else { (None, Some(to.peer.clone())) };
    let create = CreateNetworkAclEntry {
        network_acl_id: acl.to_owned(),
        rule_number: number,
        protocol: to.protocol.clone(),
        rule_action: "deny",
        egress: false,
        cidr_block: v4.clone(),
        ipv6_cidr_block: v6.clone(),
        port_range: to.ports.map(|(from, to)| PortRange { from, to }),
    };
    let replace = ReplaceNetworkAclEntry {
        network_acl_id: acl.to_owned(),
        rule_number: number,
        protocol: to.protocol.clone(),
        rule_action: "deny",
        egress: false,
        cidr_block: v4,
        ipv6_cidr_block: v6,
        port_range: create.port_range,
    };
    let create = async || cx.send_with(&until_visible(cx), &create).await;
    let replace = async || cx.send_with(&until_visible(cx), &replace).await;
    let sent = if from.is_some() { replace().await } else { create().await };
    match sent {
        Err(error) if error.is(&["NetworkAclEntryAlreadyExists"]) => replace().await?,
        Err(error) if error.is(&["InvalidNetworkAclEntry.NotFound"]) => create().await?,
        other => other?,
    };
    Ok(())
}

requests! { EC2, "ec2":
    CreateNetworkAclEntry {
        network_acl_id: String, rule_number: i32, protocol: String, rule_action: &'static str, egress: bool, cidr_block: Option<String>,
        ipv6_cidr_block: Option<String>, port_range: Option<PortRange>,
    } -> Done,
    ReplaceNetworkAclEntry {
        network_acl_id: String, rule_number: i32, protocol: String, rule_action: &'static str, egress: bool, cidr_block: Option<String>,
        ipv6_cidr_block: Option<String>, port_range: Option<PortRange>,
    } -> Done,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::literal;

    fn entry(allows: bool, protocol: &str, ports: Option<(i32, i32)>, peer: &str) -> Entry {
        Entry { allows, protocol: protocol.to_owned(), ports, peer: peer.to_owned() }
    }

    /// Returns an ACL as AWS creates it, with these additional entries.
    fn observed(more: &[(i32, Entry)]) -> Observed {
        let mut ingress = BTreeMap::from([(100, entry(true, ALL, None, "0.0.0.0/0")), (32767, entry(false, ALL, None, "0.0.0.0/0"))]);
        ingress.extend(more.iter().cloned());
        Observed { id: literal("acl-1"), vpc: literal("vpc-1"), ingress, tags: Tags::new() }
    }

    fn ours() -> Vec<(i32, Entry)> {
        DENIED.iter().map(|&(number, port, peer)| (number, Entry::denial(port, peer))).collect()
    }

    fn shown(observed: &Observed) -> Vec<String> {
        let edits = NetworkAcl::diff(&Desired { vpc: "vpc-1".into(), tags: Tags::new() }, observed).expect("open");
        edits.iter().flat_map(NetworkAcl::fields).map(|field| field.to_string()).collect()
    }

    #[test]
    fn denials_are_added_and_other_entries_are_kept() {
        assert_eq!(
            shown(&observed(&[])),
            [
                "ingress 10  + deny tcp 22 from 0.0.0.0/0",
                "ingress 11  + deny tcp 22 from ::/0",
                "ingress 20  + deny tcp 3389 from 0.0.0.0/0",
                "ingress 21  + deny tcp 3389 from ::/0",
            ]
        );
        assert_eq!(shown(&observed(&ours())), [""; 0]);
    }

    #[test]
    fn a_changed_denial_is_restored() {
        let mut changed = ours();
        changed[2].1 = entry(true, TCP, Some((3000, 4000)), "0.0.0.0/0");
        assert_eq!(shown(&observed(&changed)), ["ingress 20  allow tcp 3000-4000 from 0.0.0.0/0 -> deny tcp 3389 from 0.0.0.0/0"]);
        changed[0].1 = entry(true, ALL, None, "0.0.0.0/0");
        assert_eq!(shown(&observed(&changed)).len(), 2, "landfall's own entries are repaired in any case");
    }

    #[test]
    fn entries_that_undo_a_denial_are_named_alone_or_together() {
        let blocked = |entries: &[(i32, Entry)]| {
            let entries: Vec<(i32, Entry)> = ours().into_iter().chain(entries.iter().cloned()).collect();
            NetworkAcl::diff(&Desired { vpc: "vpc-1".into(), tags: Tags::new() }, &observed(&entries))
                .map(|edits| edits.len())
                .map_err(|blocked| blocked.reason)
        };
        let all = |peer: &str| entry(true, ALL, None, peer);
        // An entry with a specific source is left alone, on the internet or inside.
        for peer in ["10.0.0.0/8", "198.51.100.0/24", "198.0.0.0/8", "2001:db8::/32", "fc00::/7"] {
            assert_eq!(blocked(&[(5, all(peer))]), Ok(0), "{peer}");
        }
        assert_eq!(
            blocked(&[(15, entry(true, TCP, Some((3389, 3389)), "0.0.0.0/0"))]),
            Err("entry 15 of acl-1, `allow tcp 3389 from 0.0.0.0/0`, comes before `deny tcp 3389 from 0.0.0.0/0`".to_owned())
        );
        assert_eq!(
            blocked(&[(5, all("0.0.0.0/1")), (6, all("128.0.0.0/1"))]),
            Err("entries 5 and 6 of acl-1, `allow all from 0.0.0.0/1` and `allow all from 128.0.0.0/1`, come before `deny tcp 22 from 0.0.0.0/0`"
                .to_owned())
        );
        for wide in [&["0.0.0.0/1"][..], &["64.0.0.0/2"], &["12.0.0.0/8", "13.0.0.0/8"], &["::/0"], &["2000::/3"], &["2a00::/12"]] {
            let entries: Vec<(i32, Entry)> = (1..).zip(wide.iter().map(|peer| all(peer))).collect();
            assert!(blocked(&entries).is_err(), "{wide:?}");
        }
        // After the denials, for another port, or a denial itself: nothing is undone.
        assert_eq!(blocked(&[(50, all("0.0.0.0/0")), (5, entry(true, TCP, Some((443, 443)), "0.0.0.0/0"))]), Ok(0));
        assert_eq!(blocked(&[(5, entry(false, ALL, None, "0.0.0.0/0"))]), Ok(0));
    }
}
