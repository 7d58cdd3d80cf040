//! The default network ACL of a VPC of ours: SSH and RDP from everywhere are denied, all else is left as it is.
//!
//! The ACL that every VPC begins with allows everything, which CIS EC2.21 forbids for these two ports; low numbers put
//! the denials before it. Entries with other numbers are nobody's business but their maker's, unless one undoes a denial.
//! The ACL comes and goes with its VPC and carries no tags of ours; only those of our own VPCs are ever observed.

use std::collections::BTreeMap;
use std::fmt;

use aws_sdk_ec2::types::{NetworkAcl as Found, NetworkAclEntry, PortRange, RuleAction};

use super::{PAGE, PAUSES, PROPAGATION, filter, just_made, our_vpcs, pages};
use crate::address::Address;
use crate::aws::error::AwsError;
use crate::aws::tags::Tags;
use crate::kind::{Adoption, Blocked, Context, Facts, Field, Kind, Reach, StepError, Text};

/// TCP, as ACLs have it.
const TCP: &str = "6";
/// Every protocol.
const ALL: &str = "-1";
/// What is denied: number, port, and from where.
const DENIED: &[(i32, i32, &str)] = &[(10, 22, "0.0.0.0/0"), (11, 22, "::/0"), (20, 3389, "0.0.0.0/0"), (21, 3389, "::/0")];

/// The kind `network-acl`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NetworkAcl;

/// What a default network ACL should be: with our denials in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// Its VPC.
    pub vpc: Text,
}

/// What a default network ACL is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Its id, `acl-…`.
    pub id: String,
    /// Its VPC.
    pub vpc: String,
    /// Its entries for what comes in, by number.
    pub ingress: BTreeMap<i32, Entry>,
}

/// What one entry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Whether what it is about may pass.
    pub allows: bool,
    /// The protocol's number, or `-1` for all.
    pub protocol: String,
    /// First and last port, where the protocol has ports.
    pub ports: Option<(i32, i32)>,
    /// From where.
    pub peer: String,
}

impl Entry {
    fn denial(port: i32, peer: &str) -> Self {
        Self { allows: false, protocol: TCP.to_owned(), ports: Some((port, port)), peer: peer.to_owned() }
    }

    /// Returns whether it lets everybody in whom our denial of this port keeps out.
    fn undoes(&self, port: i32, peer: &str) -> bool {
        let reaches = self.protocol == ALL || self.protocol == TCP && self.ports.is_none_or(|(from, to)| (from..=to).contains(&port));
        self.allows && self.peer == peer && reaches
    }
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

/// One of our entries is missing or says something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Its number.
    pub number: i32,
    /// What it says now.
    pub from: Option<Entry>,
    /// What it should say.
    pub to: Entry,
}

impl Kind for NetworkAcl {
    const NAME: &'static str = "network-acl";
    const REACH: Reach = Reach::Region;
    const REMOVED_AT: u8 = 29;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn texts(desired: &mut Desired, visit: &mut dyn FnMut(&mut Text)) {
        visit(&mut desired.vpc);
    }

    fn same(desired: &Desired, observed: &Observed) -> bool {
        desired.vpc.as_str() == observed.vpc
    }

    fn tags(_: &Observed) -> Option<&Tags> {
        None
    }

    fn adoption(_: &Desired, _: &Observed) -> Adoption {
        Adoption::Adopt
    }

    fn diff(_: &Desired, observed: &Observed) -> Result<Vec<Edit>, Blocked> {
        let mut edits = Vec::new();
        for &(number, port, peer) in DENIED {
            let to = Entry::denial(port, peer);
            let foreign = |other: i32| !DENIED.iter().any(|(ours, ..)| *ours == other);
            let mut before = observed.ingress.range(..number);
            if let Some((other, entry)) = before.find(|(other, entry)| foreign(**other) && entry.undoes(port, peer)) {
                return Err(Blocked::new(
                    format!("entry {other} of {}, `{entry}`, comes before `{to}`", observed.id),
                    format!("remove entry {other}, or make it say from where"),
                ));
            }
            let from = observed.ingress.get(&number);
            if from != Some(&to) {
                edits.push(Edit { number, from: from.cloned(), to });
            }
        }
        Ok(edits)
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        let name = format!("ingress {}", edit.number);
        vec![match &edit.from {
            Some(from) => Field::new(name, from, &edit.to),
            None => Field::added(name, &edit.to),
        }]
    }

    fn summary(_: &Desired) -> String {
        "no SSH and RDP from everywhere".to_owned()
    }

    fn label(observed: &Observed) -> String {
        observed.id.clone()
    }

    fn prunable(_: &Observed) -> Result<(), Blocked> {
        Err(Blocked::new("a VPC's default network ACL cannot be removed", "it goes when its VPC goes"))
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        Facts::one(address, "id", &observed.id)
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        let vpcs = our_vpcs(cx).await?;
        if vpcs.is_empty() { Ok(Vec::new()) } else { find(cx, vpcs.iter().map(String::as_str)).await }
    }

    async fn create(cx: &Context<'_>, address: &Address, desired: &Desired) -> Result<Facts, StepError> {
        let vpc = desired.vpc.known()?;
        let first = async || Ok::<_, StepError>(find(cx, [vpc]).await?.into_iter().next());
        let found = match first().await? {
            Some(found) => found,
            // The VPC has just been made, and its ACL with it.
            None => cx.until(&format!("the default network ACL of {vpc}"), PAUSES, PROPAGATION, &first).await?,
        };
        let edits = Self::diff(desired, &found)?;
        Self::edit(cx, address, desired, &found, &edits).await
    }

    async fn edit(cx: &Context<'_>, address: &Address, _: &Desired, observed: &Observed, edits: &[Edit]) -> Result<Facts, StepError> {
        for edit in edits {
            write(cx, &observed.id, edit).await?;
        }
        Ok(Self::facts(address, observed))
    }

    async fn remove(_: &Context<'_>, _: &Observed) -> Result<(), StepError> {
        Ok(())
    }
}

/// Returns the default ACLs of VPCs.
async fn find<'v>(cx: &Context<'_>, vpcs: impl IntoIterator<Item = &'v str>) -> Result<Vec<Observed>, AwsError> {
    let client = cx.session().ec2();
    let inside = filter("vpc-id", vpcs);
    let found = pages!(
        cx,
        "ec2:DescribeNetworkAcls",
        PAGE,
        network_acls,
        client.describe_network_acls().filters(inside.clone()).filters(filter("default", ["true"]))
    );
    Ok(found.iter().map(read).collect())
}

fn read(found: &Found) -> Observed {
    let ingress = found.entries().iter().filter(|entry| entry.egress() != Some(true));
    Observed {
        id: found.network_acl_id().unwrap_or_default().to_owned(),
        vpc: found.vpc_id().unwrap_or_default().to_owned(),
        ingress: ingress.map(|entry| (entry.rule_number().unwrap_or_default(), read_entry(entry))).collect(),
    }
}

fn read_entry(found: &NetworkAclEntry) -> Entry {
    let ports = found.port_range().and_then(|range| Some((range.from()?, range.to()?)));
    Entry {
        allows: found.rule_action() == Some(&RuleAction::Allow),
        protocol: found.protocol().unwrap_or(ALL).to_owned(),
        ports,
        peer: found.cidr_block().or(found.ipv6_cidr_block()).unwrap_or_default().to_owned(),
    }
}

/// Writes one denial, in the place of what has its number.
async fn write(cx: &Context<'_>, acl: &str, edit: &Edit) -> Result<(), StepError> {
    let client = cx.session().ec2();
    let Edit { number, from, to } = edit;
    let range = to.ports.map(|(from, to)| PortRange::builder().from(from).to(to).build());
    let (v6, v4): (Option<String>, Option<String>) =
        if to.peer.contains(':') { (Some(to.peer.clone()), None) } else { (None, Some(to.peer.clone())) };
    let create = async || {
        cx.call_with("ec2:CreateNetworkAclEntry", &just_made(cx), || {
            let entry = client.create_network_acl_entry().network_acl_id(acl).rule_number(*number).egress(false);
            let entry = entry.protocol(&to.protocol).rule_action(RuleAction::Deny).set_port_range(range.clone());
            entry.set_cidr_block(v4.clone()).set_ipv6_cidr_block(v6.clone()).send()
        })
        .await
        .map(drop)
    };
    let replace = async || {
        cx.call_with("ec2:ReplaceNetworkAclEntry", &just_made(cx), || {
            let entry = client.replace_network_acl_entry().network_acl_id(acl).rule_number(*number).egress(false);
            let entry = entry.protocol(&to.protocol).rule_action(RuleAction::Deny).set_port_range(range.clone());
            entry.set_cidr_block(v4.clone()).set_ipv6_cidr_block(v6.clone()).send()
        })
        .await
        .map(drop)
    };
    let sent = if from.is_some() { replace().await } else { create().await };
    match sent {
        Err(error) if error.is(&["NetworkAclEntryAlreadyExists"]) => Ok(replace().await?),
        Err(error) if error.is(&["InvalidNetworkAclEntry.NotFound"]) => Ok(create().await?),
        other => Ok(other?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(allows: bool, protocol: &str, ports: Option<(i32, i32)>, peer: &str) -> Entry {
        Entry { allows, protocol: protocol.to_owned(), ports, peer: peer.to_owned() }
    }

    /// Returns an ACL as AWS makes it, with these entries besides.
    fn observed(more: &[(i32, Entry)]) -> Observed {
        let mut ingress = BTreeMap::from([(100, entry(true, ALL, None, "0.0.0.0/0")), (32767, entry(false, ALL, None, "0.0.0.0/0"))]);
        ingress.extend(more.iter().cloned());
        Observed { id: "acl-1".to_owned(), vpc: "vpc-1".to_owned(), ingress }
    }

    fn ours() -> Vec<(i32, Entry)> {
        DENIED.iter().map(|&(number, port, peer)| (number, Entry::denial(port, peer))).collect()
    }

    fn shown(observed: &Observed) -> Vec<String> {
        let edits = NetworkAcl::diff(&Desired { vpc: "vpc-1".into() }, observed).expect("open");
        edits.iter().flat_map(NetworkAcl::fields).map(|field| field.to_string()).collect()
    }

    #[test]
    fn denials_are_added_and_the_rest_is_left() {
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
    fn a_denial_that_somebody_changed_is_put_back() {
        let mut changed = ours();
        changed[2].1 = entry(true, TCP, Some((3000, 4000)), "0.0.0.0/0");
        assert_eq!(shown(&observed(&changed)), ["ingress 20  allow tcp 3000-4000 from 0.0.0.0/0 -> deny tcp 3389 from 0.0.0.0/0"]);
        changed[0].1 = entry(true, ALL, None, "0.0.0.0/0");
        assert_eq!(shown(&observed(&changed)).len(), 2, "what is ours is repaired, whatever it undoes");
    }

    #[test]
    fn an_entry_that_undoes_a_denial_is_named() {
        let mut entries = ours();
        entries.push((5, entry(true, TCP, Some((20, 25)), "10.0.0.0/8")));
        assert_eq!(shown(&observed(&entries)), [""; 0], "one that says from where is its maker's business");
        entries.push((15, entry(true, TCP, Some((3389, 3389)), "0.0.0.0/0")));
        let blocked = NetworkAcl::diff(&Desired { vpc: "vpc-1".into() }, &observed(&entries)).expect_err("undone");
        assert_eq!(blocked.reason, "entry 15 of acl-1, `allow tcp 3389 from 0.0.0.0/0`, comes before `deny tcp 3389 from 0.0.0.0/0`");
    }
}
