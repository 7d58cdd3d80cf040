//! The calls that change a route table: each finds the state that it wants already there, or brings it about.

use aws_sdk_ec2::types::RouteTable;

use super::{EVERYWHERE, WayOut};
use crate::aws::error::{Answer, AwsError};
use crate::kind::ec2::{PROPAGATION, filter, gone, just_made};
use crate::kind::{Context, StepError};

/// What a table answers that has no such route.
const NO_ROUTE: &[&str] = &["InvalidRoute.NotFound", "InvalidParameterValue~no route"];
/// What a subnet answers that has another table, or just got one.
const MOVED: &[&str] = &["Resource.AlreadyAssociated", "InvalidAssociationID.NotFound"];
/// What may be seconds old when a subnet gets its table.
const YOUNG: &[&str] = &["InvalidRouteTableID.NotFound", "InvalidSubnetID.NotFound"];
/// How often a subnet's table is read again after it turned out to be another.
const TRIES: u32 = 3;

/// Leads the way out to a gateway, where there is none yet or where it leads elsewhere.
pub(super) async fn lead(cx: &Context<'_>, table: &str, way: &WayOut, exists: bool) -> Result<(), StepError> {
    let client = cx.session().ec2();
    let id = Some(way.target().known()?.to_owned());
    let (gateway, nat) = match way {
        WayOut::InternetGateway(_) => (id, None),
        WayOut::Nat(_) => (None, id),
    };
    let create = async || {
        cx.call_with("ec2:CreateRoute", &just_made(cx), || {
            let route = client.create_route().route_table_id(table).destination_cidr_block(EVERYWHERE);
            route.set_gateway_id(gateway.clone()).set_nat_gateway_id(nat.clone()).send()
        })
        .await
        .map(drop)
    };
    let replace = async || {
        cx.call_with("ec2:ReplaceRoute", &just_made(cx), || {
            let route = client.replace_route().route_table_id(table).destination_cidr_block(EVERYWHERE);
            route.set_gateway_id(gateway.clone()).set_nat_gateway_id(nat.clone()).send()
        })
        .await
        .map(drop)
    };
    let sent = if exists { replace().await } else { create().await };
    match sent {
        Err(error) if error.is(&["RouteAlreadyExists"]) => Ok(replace().await?),
        Err(error) if error.is(NO_ROUTE) => Ok(create().await?),
        other => Ok(other?),
    }
}

/// Takes a route away.
pub(in crate::kind::ec2) async fn forget(cx: &Context<'_>, table: &str, destination: &str) -> Result<(), StepError> {
    let client = cx.session().ec2();
    let sent = cx
        .call("ec2:DeleteRoute", || {
            let route = client.delete_route().route_table_id(table);
            if destination.starts_with("pl-") {
                route.destination_prefix_list_id(destination).send()
            } else if destination.contains(':') {
                route.destination_ipv6_cidr_block(destination).send()
            } else {
                route.destination_cidr_block(destination).send()
            }
        })
        .await;
    match sent {
        Err(error) if error.is(NO_ROUTE) => Ok(()),
        other => Ok(gone(other)?),
    }
}

/// Puts a subnet into a table, out of the one that serves it now.
///
/// An association that moves gets another id, so a lost answer is looked up and never sent again blindly.
pub(super) async fn serve(cx: &Context<'_>, table: &str, subnet: &str, moves: bool) -> Result<(), StepError> {
    let client = cx.session().ec2();
    let patience = cx.patience().just_made(YOUNG).visible_within(PROPAGATION).sent_once();
    let mut tries = 0;
    loop {
        // A subnet that looked free is tried at once: AWS says if it is not.
        let held = if tries == 0 && !moves { None } else { holder(cx, subnet).await? };
        let sent = match held {
            Some((holder, _)) if holder == table => return Ok(()),
            Some((_, association)) => cx
                .call_with("ec2:ReplaceRouteTableAssociation", &patience, || {
                    client.replace_route_table_association().association_id(&association).route_table_id(table).send()
                })
                .await
                .map(drop),
            None => cx
                .call_with("ec2:AssociateRouteTable", &patience, || {
                    client.associate_route_table().route_table_id(table).subnet_id(subnet).send()
                })
                .await
                .map(drop),
        };
        match sent {
            Err(error) if tries < TRIES && (error.answer == Answer::Lost || error.is(MOVED)) => tries += 1,
            other => return Ok(other?),
        }
    }
}

/// Returns the table that serves a subnet, and the id by which it does.
async fn holder(cx: &Context<'_>, subnet: &str) -> Result<Option<(String, String)>, AwsError> {
    let client = cx.session().ec2();
    let serving = filter("association.subnet-id", [subnet]);
    let found = cx.call("ec2:DescribeRouteTables", || client.describe_route_tables().filters(serving.clone()).send()).await?;
    let association =
        found.route_tables().iter().flat_map(RouteTable::associations).find(|association| association.subnet_id() == Some(subnet));
    Ok(association
        .and_then(|association| Some((association.route_table_id()?.to_owned(), association.route_table_association_id()?.to_owned()))))
}

/// What is left of a table when its subnets are released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Released {
    /// It serves nothing.
    Free,
    /// It is the VPC's main table.
    Main,
}

impl Released {
    pub(super) fn is_main(self) -> bool {
        self == Self::Main
    }
}

/// Lets a table's subnets go: the VPC's main table, which leads nowhere, serves them then.
pub(super) async fn release(cx: &Context<'_>, table: &str) -> Result<Released, StepError> {
    let client = cx.session().ec2();
    let this = filter("route-table-id", [table]);
    let found = cx.call("ec2:DescribeRouteTables", || client.describe_route_tables().filters(this.clone()).send()).await?;
    let associations = found.route_tables().iter().flat_map(RouteTable::associations);
    for id in associations
        .filter(|association| association.subnet_id().is_some())
        .filter_map(|association| association.route_table_association_id())
    {
        let sent = cx.call("ec2:DisassociateRouteTable", || client.disassociate_route_table().association_id(id).send()).await;
        gone(sent)?;
    }
    let is_main = found.route_tables().iter().flat_map(RouteTable::associations).any(|association| association.main() == Some(true));
    Ok(if is_main { Released::Main } else { Released::Free })
}
