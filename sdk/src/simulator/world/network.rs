//! The state of EC2 in one account and Region: VPCs and everything in them.
//!
//! Resources refer to each other by id. A reference may be dangling: a route to a deleted gateway is a black hole.

mod address;
mod endpoint;
mod kind;
mod label;
mod security;
mod volume;
mod vpc;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub(crate) use address::{Address, AddressAssociation, NatGateway, NatLife, NetworkInterface, SecondaryAddress};
pub(crate) use endpoint::{Endpoint, FlowLog, InterfaceEndpoint};
pub(crate) use kind::Kind;
pub(crate) use label::{Label, Token};
pub(crate) use security::{AclAssociation, AclEntry, Direction, NetworkAcl, Peer, Rule, SecurityGroup};
pub(crate) use volume::Volume;
pub(crate) use vpc::{InternetGateway, Route, RouteTable, Subnet, TableAssociation, Target, Vpc};

use crate::simulator::clock::Timestamp;

/// How long a deleted NAT gateway is still described (docs/AWS.md 5.7).
const DELETED_NAT_SEEN: Duration = Duration::from_hours(1);

/// The resources of one account and Region, by id.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Network {
    /// The id of the DHCP options that every VPC gets.
    pub(crate) dhcp: String,
    pub(crate) vpcs: BTreeMap<String, Vpc>,
    pub(crate) subnets: BTreeMap<String, Subnet>,
    pub(crate) gateways: BTreeMap<String, InternetGateway>,
    pub(crate) tables: BTreeMap<String, RouteTable>,
    /// By allocation id.
    pub(crate) addresses: BTreeMap<String, Address>,
    pub(crate) nat_gateways: BTreeMap<String, NatGateway>,
    pub(crate) groups: BTreeMap<String, SecurityGroup>,
    pub(crate) acls: BTreeMap<String, NetworkAcl>,
    pub(crate) endpoints: BTreeMap<String, Endpoint>,
    pub(crate) flow_logs: BTreeMap<String, FlowLog>,
    pub(crate) interfaces: BTreeMap<String, NetworkInterface>,
    pub(crate) volumes: BTreeMap<String, Volume>,
    /// Whether new volumes are encrypted by default.
    pub(crate) ebs_encryption: bool,
}

/// A resource with its own id.
pub(crate) trait Thing {
    const KIND: Kind;

    fn label(&self) -> &Label;

    /// Returns the VPC that it is in, or its own id if it is a VPC.
    fn vpc(&self) -> Option<&str>;
}

macro_rules! things {
    ($($thing:ident $map:ident, $vpc:expr;)+) => {
        impl Network {
            /// Returns the label of a resource.
            pub(crate) fn label(&self, kind: Kind, id: &str) -> Option<&Label> {
                match kind {
                    $(Kind::$thing => self.$map.get(id).map(|thing| &thing.label),)+
                    Kind::SecurityGroupRule => self.groups.values().find_map(|group| group.rules.get(id)).map(|rule| &rule.label),
                }
            }

            pub(crate) fn label_mut(&mut self, kind: Kind, id: &str) -> Option<&mut Label> {
                match kind {
                    $(Kind::$thing => self.$map.get_mut(id).map(|thing| &mut thing.label),)+
                    Kind::SecurityGroupRule => {
                        self.groups.values_mut().find_map(|group| group.rules.get_mut(id)).map(|rule| &mut rule.label)
                    }
                }
            }

            /// Returns the labels of all resources, rules of security groups last.
            pub(crate) fn labels(&self) -> Vec<(Kind, &Label)> {
                let mut labels = Vec::new();
                $(labels.extend(self.$map.values().map(|thing| (Kind::$thing, &thing.label)));)+
                let rules = self.groups.values().flat_map(|group| group.rules.values());
                labels.extend(rules.map(|rule| (Kind::SecurityGroupRule, &rule.label)));
                labels
            }

            /// Returns the VPC that a resource is in, or its own id if it is a VPC.
            pub(crate) fn vpc_of(&self, kind: Kind, id: &str) -> Option<&str> {
                match kind {
                    $(Kind::$thing => self.$map.get(id).and_then(Thing::vpc),)+
                    Kind::SecurityGroupRule => self.groups.values().find(|group| group.rules.contains_key(id)).and_then(Thing::vpc),
                }
            }
        }

        $(impl Thing for $thing {
            const KIND: Kind = Kind::$thing;

            fn label(&self) -> &Label {
                &self.label
            }

            fn vpc(&self) -> Option<&str> {
                let vpc: fn(&Self) -> Option<&str> = $vpc;
                vpc(self)
            }
        })+
    };
}

things! {
    Vpc vpcs, |vpc| Some(&vpc.label.id);
    Subnet subnets, |subnet| Some(&subnet.vpc);
    InternetGateway gateways, |gateway| gateway.attachment.as_deref();
    RouteTable tables, |table| Some(&table.vpc);
    Address addresses, |_| None;
    NatGateway nat_gateways, |gateway| Some(&gateway.vpc);
    SecurityGroup groups, |group| Some(&group.vpc);
    NetworkAcl acls, |acl| Some(&acl.vpc);
    Endpoint endpoints, |endpoint| Some(&endpoint.vpc);
    FlowLog flow_logs, |_| None;
    Volume volumes, |_| None;
    NetworkInterface interfaces, |interface| Some(&interface.vpc);
}

impl Network {
    /// Applies changes that were due before `now`: NAT gateways release their interface and address when they are deleted, and are
    /// no longer described an hour later; interface endpoints go with their interfaces.
    pub(crate) fn settle(&mut self, now: Timestamp, deletion: Duration, endpoint_deletion: Duration) {
        let is_gone = |endpoint: &Endpoint| endpoint.is_gone(now, endpoint_deletion);
        for interface in self.endpoints.values().filter(|endpoint| is_gone(endpoint)).filter_map(|endpoint| endpoint.interface.as_ref()) {
            self.interfaces.retain(|id, _| !interface.interfaces.values().any(|own| own == id));
        }
        self.endpoints.retain(|_, endpoint| !is_gone(endpoint));
        for gateway in self.nat_gateways.values() {
            if gateway.is_deleted(now, deletion) {
                self.interfaces.remove(&gateway.interface);
                let is_its = |association: &mut AddressAssociation| association.interface == gateway.interface;
                for allocation in gateway.allocations() {
                    if let Some(address) = self.addresses.get_mut(allocation) {
                        let _ = address.association.take_if(is_its);
                    }
                }
            }
        }
        self.nat_gateways.retain(|_, gateway| match &gateway.life {
            NatLife::Running => true,
            NatLife::Failed { at, .. } => at.plus(DELETED_NAT_SEEN) > now,
            NatLife::Deleted { at } => at.plus(deletion).plus(DELETED_NAT_SEEN) > now,
        });
    }
}
