//! The calls that change a route table: each succeeds if the wanted state exists already, else makes the change.

use serde::Serialize;

use super::{EVERYWHERE, WayOut};
use crate::aws::client::requests;
use crate::aws::error::{Answer, AwsError};
use crate::kind::ec2::api::{DescribeRouteTables, Done, ReplaceRouteTableAssociation, RouteTableAssociation};
use crate::kind::ec2::{PROPAGATION, filter, gone, until_visible};
use crate::kind::{Context, StepError};

/// EC2's codes for a table without such a route.
const NO_ROUTE: &[&str] = &["InvalidRoute.NotFound", "InvalidParameterValue~no route"];
/// EC2's codes for a subnet that has another table, or just got one.
const MOVED: &[&str] = &["Resource.AlreadyAssociated", "InvalidAssociationID.NotFound"];
/// EC2's codes for resources that may be seconds old when a subnet gets its table.
const YOUNG: &[&str] = &["InvalidRouteTableID.NotFound", "InvalidSubnetID.NotFound"];
/// How often a subnet's table is read again if it was changed in between.
const TRIES: u32 = 3;

/// Sets the default route to a gateway, if there is none yet or it has another target.
pub(super) async fn lead(cx: &Context<'_>, table: &str, way: &WayOut, exists: bool) -> Result<(), StepError> {
    let id = Some(way.target().known()?.to_owned());
    let (gateway_id, nat_gateway_id) = match way {
        WayOut::InternetGateway(_) => (id, None),
        WayOut::Nat(_) => (None, id),
    };
    let (route_table_id, destination_cidr_block) = (table.to_owned(), EVERYWHERE);
    let create = CreateRoute {
        route_table_id: route_table_id.clone(),
        destination_cidr_block,
        gateway_id: gateway_id.clone(),
        nat_gateway_id: nat_gateway_id.clone(),
    };
    let replace = ReplaceRoute { route_table_id, destination_cidr_block, gateway_id, nat_gateway_id };
    let create = async || cx.send_with(&until_visible(cx), &create).await;
    let replace = async || cx.send_with(&until_visible(cx), &replace).await;
    let sent = if exists { replace().await } else { create().await };
    match sent {
        Err(error) if error.is(&["RouteAlreadyExists"]) => replace().await?,
        Err(error) if error.is(NO_ROUTE) => create().await?,
        other => other?,
    };
    Ok(())
}

/// Removes a route.
pub(in crate::kind::ec2) async fn forget(cx: &Context<'_>, table: &str, destination: &str) -> Result<(), StepError> {
    let to = Some(destination.to_owned());
    let none = DeleteRoute {
        route_table_id: table.to_owned(),
        destination_cidr_block: None,
        destination_ipv6_cidr_block: None,
        destination_prefix_list_id: None,
    };
    let delete = if destination.starts_with("pl-") {
        DeleteRoute { destination_prefix_list_id: to, ..none }
    } else if destination.contains(':') {
        DeleteRoute { destination_ipv6_cidr_block: to, ..none }
    } else {
        DeleteRoute { destination_cidr_block: to, ..none }
    };
    let sent = cx.send(&delete).await;
    match sent {
        Err(error) if error.is(NO_ROUTE) => Ok(()),
        other => Ok(gone(other)?),
    }
}

/// Moves a subnet into a table, from the one that serves it now.
///
/// An association that is replaced gets another id, so after a lost answer it is looked up before the call is sent again.
pub(super) async fn serve(cx: &Context<'_>, table: &str, subnet: &str, moves: bool) -> Result<(), StepError> {
    let retry = cx.retry().until_visible(YOUNG).visible_within(PROPAGATION).sent_once();
    let mut tries = 0;
    loop {
        // A subnet that was seen without a table is tried at once: AWS reports if it has one.
        let held = if tries == 0 && !moves { None } else { holder(cx, subnet).await? };
        let sent = match held {
            Some(held) if held.route_table_id == table => return Ok(()),
            Some(held) => {
                let replace = ReplaceRouteTableAssociation { association_id: held.id, route_table_id: table.to_owned() };
                cx.send_with(&retry, &replace).await.map(drop)
            }
            None => {
                let associate = AssociateRouteTable { route_table_id: table.to_owned(), subnet_id: subnet.to_owned() };
                cx.send_with(&retry, &associate).await.map(drop)
            }
        };
        match sent {
            Err(error) if tries < TRIES && (error.answer == Answer::Lost || error.is(MOVED)) => tries += 1,
            other => return Ok(other?),
        }
    }
}

/// Returns the association of a table with a subnet.
async fn holder(cx: &Context<'_>, subnet: &str) -> Result<Option<RouteTableAssociation>, AwsError> {
    let found = cx.pages(DescribeRouteTables::by([filter("association.subnet-id", [subnet])])).await?;
    let mut associations = found.into_iter().flat_map(|table| table.associations);
    Ok(associations.find(|association| association.subnet_id.as_deref() == Some(subnet)))
}

/// The state of a table after its subnets are released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) enum Released {
    /// It serves no subnet.
    Free,
    /// It is the VPC's main table.
    Main,
}

impl Released {
    pub(super) fn is_main(self) -> bool {
        self == Self::Main
    }
}

/// Releases a table's subnets: then the VPC's main table, which has no routes, serves them.
pub(super) async fn release(cx: &Context<'_>, table: &str) -> Result<Released, StepError> {
    let found = cx.pages(DescribeRouteTables::by([filter("route-table-id", [table])])).await?;
    let associations: Vec<_> = found.into_iter().flat_map(|table| table.associations).collect();
    for association in associations.iter().filter(|association| association.subnet_id.is_some()) {
        gone(cx.send(&DisassociateRouteTable { association_id: association.id.clone() }).await)?;
    }
    let is_main = associations.iter().any(|association| association.main);
    Ok(if is_main { Released::Main } else { Released::Free })
}

requests! { EC2, "ec2":
    CreateRoute {
        route_table_id: String, destination_cidr_block: &'static str, gateway_id: Option<String>, nat_gateway_id: Option<String>,
    } -> Done,
    ReplaceRoute {
        route_table_id: String, destination_cidr_block: &'static str, gateway_id: Option<String>, nat_gateway_id: Option<String>,
    } -> Done,
    DeleteRoute {
        route_table_id: String, destination_cidr_block: Option<String>, destination_ipv6_cidr_block: Option<String>,
        destination_prefix_list_id: Option<String>,
    } -> Done,
    AssociateRouteTable { route_table_id: String, subnet_id: String } -> Done,
    DisassociateRouteTable { association_id: String } -> Done,
}
