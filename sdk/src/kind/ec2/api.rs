//! The part of EC2's API that several kinds use, by its own names.
//!
//! Calls of one kind only are in that kind's file. Members that landfall does not read are left out.

#![expect(clippy::struct_field_names, reason = "members have the names of AWS's API")]

use serde::{Deserialize, Serialize};

use ipnet::Ipv4Net;

use super::state::State;
use crate::aws::client::{items, requests};

pub(super) use crate::aws::client::Done;
use crate::aws::tags::Tags;
use crate::id::ec2::{AllocationId, NatGatewayId, NetworkAclId, RouteTableId, SubnetId, VpcId};

/// A condition of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Filter {
    pub(super) name: String,
    pub(super) value: Vec<String>,
}

/// Returns the filter for resources with one of these values.
pub(super) fn filter<'v>(name: impl Into<String>, values: impl IntoIterator<Item = &'v str>) -> Filter {
    Filter { name: name.into(), value: values.into_iter().map(str::to_owned).collect() }
}

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(serialize = "PascalCase", deserialize = "camelCase"))]
pub(super) struct Tag {
    pub(super) key: String,
    #[serde(default)]
    pub(super) value: String,
}

/// The tags of a resource to be created.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagSpecification {
    resource_type: &'static str,
    tag: Vec<Tag>,
}

impl TagSpecification {
    /// Returns tags as a create takes them; the resource type is EC2's, for example `natgateway`.
    pub(super) fn new(resource_type: &'static str, tags: &Tags) -> Vec<Self> {
        vec![Self { resource_type, tag: written(tags) }]
    }
}

/// Returns tags as they are sent.
pub(super) fn written(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}

/// Returns tags as landfall compares them.
pub(super) fn read(tags: &[Tag]) -> Tags {
    tags.iter().map(|Tag { key, value }| (key.clone(), value.clone())).collect()
}

/// An attribute that is on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(serialize = "PascalCase", deserialize = "camelCase"))]
pub(super) struct Flag {
    pub(super) value: bool,
}

requests! { EC2, "ec2":
    pub(super) CreateTags { resource_id: Vec<String>, tag: Vec<Tag> } -> Done,
    pub(super) ReplaceRouteTableAssociation { association_id: String, route_table_id: String } -> Done,
}

/// Declares lists of EC2: their parameters are conditions and pages, whatever they list. `$size` is the largest page that AWS gives
/// (docs/AWS.md D.5).
macro_rules! lists {
    ($($vis:vis $list:ident -> $page:ident { $set:literal: $item:ty } by $size:literal),+ $(,)?) => {
        $(
            #[derive(Debug, Clone, serde::Serialize)]
            #[serde(rename_all = "PascalCase")]
            $vis struct $list {
                filter: Vec<$crate::kind::ec2::api::Filter>,
                max_results: u16,
                next_token: Option<String>,
            }

            impl $list {
                /// Asks for the items that match these conditions.
                $vis fn by(filter: impl IntoIterator<Item = $crate::kind::ec2::api::Filter>) -> Self {
                    Self { filter: filter.into_iter().collect(), max_results: $size, next_token: None }
                }
            }

            #[derive(Debug, serde::Deserialize)]
            $vis struct $page {
                #[serde(default, rename = $set, deserialize_with = "crate::aws::client::items")]
                items: Vec<$item>,
                #[serde(rename = "nextToken")]
                next: Option<String>,
            }

            impl $crate::aws::client::Paged for $list {
                type Item = $item;

                fn at(&mut self, token: String) {
                    self.next_token = Some(token);
                }

                fn items(page: $page) -> (Vec<$item>, Option<String>) {
                    (page.items, page.next)
                }
            }
        )+
        $crate::aws::client::operations! { EC2, "ec2": $($list -> $page),+ }
    };
}
pub(super) use lists;

lists! {
    pub(super) DescribeVpcs -> Vpcs { "vpcSet": Vpc } by 1000,
    pub(super) DescribeNatGateways -> NatGateways { "natGatewaySet": NatGateway } by 1000,
    pub(super) DescribeRouteTables -> RouteTables { "routeTableSet": RouteTable } by 100,
    pub(super) DescribeNetworkAcls -> NetworkAcls { "networkAclSet": NetworkAcl } by 1000,
}
/// A VPC, as lists and creates show it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Vpc {
    pub(super) vpc_id: VpcId,
    pub(super) cidr_block: Ipv4Net,
    pub(super) state: State,
    #[serde(default)]
    pub(super) is_default: bool,
    #[serde(default, rename = "tagSet", deserialize_with = "items")]
    pub(super) tags: Vec<Tag>,
}

/// A NAT gateway.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NatGateway {
    pub(super) nat_gateway_id: NatGatewayId,
    /// `None` for a gateway of a whole Region.
    pub(super) subnet_id: Option<SubnetId>,
    pub(super) vpc_id: VpcId,
    pub(super) state: State,
    pub(super) failure_code: Option<String>,
    pub(super) failure_message: Option<String>,
    #[serde(default, rename = "natGatewayAddressSet", deserialize_with = "items")]
    pub(super) addresses: Vec<NatGatewayAddress>,
    #[serde(default, rename = "tagSet", deserialize_with = "items")]
    pub(super) tags: Vec<Tag>,
}

/// An address of a NAT gateway; a private gateway's has no elastic IP.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NatGatewayAddress {
    pub(super) allocation_id: Option<AllocationId>,
    pub(super) public_ip: Option<String>,
    pub(super) is_primary: Option<bool>,
}

/// A route table.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RouteTable {
    pub(super) route_table_id: RouteTableId,
    pub(super) vpc_id: VpcId,
    #[serde(default, rename = "routeSet", deserialize_with = "items")]
    pub(super) routes: Vec<RouteEntry>,
    #[serde(default, rename = "associationSet", deserialize_with = "items")]
    pub(super) associations: Vec<RouteTableAssociation>,
    #[serde(default, rename = "tagSet", deserialize_with = "items")]
    pub(super) tags: Vec<Tag>,
}

/// A use of a route table: by a subnet, by a gateway, or as the VPC's main one.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RouteTableAssociation {
    #[serde(rename = "routeTableAssociationId")]
    pub(super) id: String,
    pub(super) route_table_id: RouteTableId,
    pub(super) subnet_id: Option<SubnetId>,
    #[serde(default)]
    pub(super) main: bool,
}

/// A route, with one destination and one target.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RouteEntry {
    pub(super) destination_cidr_block: Option<String>,
    pub(super) destination_ipv6_cidr_block: Option<String>,
    pub(super) destination_prefix_list_id: Option<String>,
    pub(super) gateway_id: Option<String>,
    pub(super) nat_gateway_id: Option<String>,
    pub(super) transit_gateway_id: Option<String>,
    pub(super) vpc_peering_connection_id: Option<String>,
    pub(super) network_interface_id: Option<String>,
    pub(super) instance_id: Option<String>,
    pub(super) egress_only_internet_gateway_id: Option<String>,
    pub(super) carrier_gateway_id: Option<String>,
    pub(super) local_gateway_id: Option<String>,
    pub(super) core_network_arn: Option<String>,
    pub(super) odb_network_arn: Option<String>,
    pub(super) origin: String,
    pub(super) state: String,
}

/// A network ACL.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NetworkAcl {
    pub(super) network_acl_id: NetworkAclId,
    pub(super) vpc_id: VpcId,
    #[serde(default, rename = "default")]
    pub(super) is_default: bool,
    #[serde(default, rename = "entrySet", deserialize_with = "items")]
    pub(super) entries: Vec<NetworkAclEntry>,
    #[serde(default, rename = "associationSet", deserialize_with = "items")]
    pub(super) associations: Vec<NetworkAclAssociation>,
    #[serde(default, rename = "tagSet", deserialize_with = "items")]
    pub(super) tags: Vec<Tag>,
}

/// A use of a network ACL.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NetworkAclAssociation {
    #[serde(rename = "networkAclAssociationId")]
    pub(super) id: String,
    pub(super) network_acl_id: NetworkAclId,
    pub(super) subnet_id: SubnetId,
}

/// An entry of a network ACL.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NetworkAclEntry {
    pub(super) rule_number: i32,
    pub(super) protocol: String,
    pub(super) rule_action: String,
    pub(super) egress: bool,
    pub(super) cidr_block: Option<String>,
    pub(super) ipv6_cidr_block: Option<String>,
    pub(super) port_range: Option<PortRange>,
}

/// Ports, inclusive.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all(serialize = "PascalCase", deserialize = "camelCase"))]
pub(super) struct PortRange {
    pub(super) from: i32,
    pub(super) to: i32,
}

/// The results of the parts of a deletion.
#[derive(Debug, Deserialize)]
pub(super) struct Deleted {
    #[serde(default, deserialize_with = "items")]
    pub(super) unsuccessful: Vec<UnsuccessfulItem>,
}

/// A part that was not done.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct UnsuccessfulItem {
    pub(super) error: ItemError,
}

/// Why a part was not done.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct ItemError {
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
}
