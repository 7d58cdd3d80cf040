//! The calls of endpoints, and how their answers are read.

use serde::{Deserialize, Serialize};

use super::{Connection, FULL_ACCESS, Observed};
use crate::aws::client::{items, requests};
use crate::aws::error::AwsError;
use crate::id::ec2::{RouteTableId, SecurityGroupId, SubnetId, VpcEndpointId, VpcId};
use crate::kind::Context;
use crate::kind::ec2::State;
use crate::kind::ec2::api::{self, Deleted, Done, Tag, TagSpecification, filter, lists};

/// The endpoint type of S3 and `DynamoDB`, by routes.
pub(super) const GATEWAY: &str = "Gateway";
/// The endpoint type of the others, by addresses.
pub(super) const INTERFACE: &str = "Interface";

/// Returns the ids of the endpoints in a VPC, of every type.
pub(in crate::kind::ec2) async fn of_vpc(cx: &Context<'_>, vpc: &str) -> Result<Vec<String>, AwsError> {
    let found = cx.pages(DescribeVpcEndpoints::by([filter("vpc-id", [vpc])])).await?;
    let living = found.iter().filter(|endpoint| endpoint.state.is_living());
    Ok(living.map(|endpoint| endpoint.vpc_endpoint_id.to_string()).collect())
}

/// Returns one endpoint by its id.
pub(super) async fn find(cx: &Context<'_>, id: &str) -> Result<Option<Observed>, AwsError> {
    Ok(cx.pages(DescribeVpcEndpoints::by([filter("vpc-endpoint-id", [id])])).await?.first().map(read))
}

pub(super) fn read(found: &Found) -> Observed {
    let connection = if found.vpc_endpoint_type == INTERFACE {
        Connection::Interface {
            subnets: found.subnets.clone(),
            groups: found.groups.iter().map(|group| group.group_id.clone()).collect(),
            private_dns: found.private_dns_enabled,
        }
    } else {
        Connection::Gateway { tables: found.route_tables.clone() }
    };
    Observed {
        id: found.vpc_endpoint_id.clone(),
        vpc: found.vpc_id.clone(),
        service: found.service_name.clone(),
        // Documented with a capital letter, answered without.
        state: found.state.clone(),
        connection,
        policy: found.policy_document.clone().unwrap_or_else(|| FULL_ACCESS.to_owned()),
        tags: api::read(&found.tags),
    }
}

lists! { pub(super) DescribeVpcEndpoints -> VpcEndpoints { "vpcEndpointSet": Found } by 1000 }
requests! { EC2, "ec2":
    pub(super) CreateVpcEndpoint {
        vpc_endpoint_type: &'static str, vpc_id: String, service_name: String, route_table_id: Vec<RouteTableId>,
        subnet_id: Vec<SubnetId>, security_group_id: Vec<SecurityGroupId>, private_dns_enabled: Option<bool>,
        policy_document: Option<String>, client_token: String, tag_specification: Vec<TagSpecification>,
    } -> Created,
    pub(super) ModifyVpcEndpoint { vpc_endpoint_id: VpcEndpointId, #[serde(flatten)] change: Modified } -> Done,
    pub(super) DeleteVpcEndpoints { vpc_endpoint_id: Vec<VpcEndpointId> } -> Deleted,
}

/// What is changed of an endpoint; the rest stays as it is.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Modified {
    pub(super) policy_document: Option<String>,
    pub(super) add_route_table_id: Vec<RouteTableId>,
    pub(super) add_subnet_id: Vec<SubnetId>,
    pub(super) remove_subnet_id: Vec<SubnetId>,
    pub(super) add_security_group_id: Vec<SecurityGroupId>,
    pub(super) remove_security_group_id: Vec<SecurityGroupId>,
    pub(super) private_dns_enabled: Option<bool>,
}

impl ModifyVpcEndpoint {
    pub(super) fn of(endpoint: &VpcEndpointId, change: Modified) -> Self {
        Self { vpc_endpoint_id: endpoint.clone(), change }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Created {
    pub(super) vpc_endpoint: Found,
}

/// An endpoint, as EC2 shows it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Found {
    pub(super) vpc_endpoint_id: VpcEndpointId,
    /// Without it, as some emulators answer, it is a gateway endpoint: those are older.
    #[serde(default)]
    pub(super) vpc_endpoint_type: String,
    pub(super) vpc_id: VpcId,
    pub(super) service_name: String,
    pub(super) state: State,
    #[serde(default, rename = "routeTableIdSet", deserialize_with = "items")]
    pub(super) route_tables: Vec<RouteTableId>,
    #[serde(default, rename = "subnetIdSet", deserialize_with = "items")]
    pub(super) subnets: Vec<SubnetId>,
    #[serde(default, rename = "groupSet", deserialize_with = "items")]
    pub(super) groups: Vec<GroupOf>,
    #[serde(default)]
    pub(super) private_dns_enabled: bool,
    pub(super) policy_document: Option<String>,
    #[serde(default, rename = "tagSet", deserialize_with = "items")]
    pub(super) tags: Vec<Tag>,
}

/// A security group of an endpoint's addresses.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GroupOf {
    pub(super) group_id: SecurityGroupId,
}
