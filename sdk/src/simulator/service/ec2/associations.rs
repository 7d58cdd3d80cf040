//! Associations of subnets with route tables.

use serde_json::json;

use super::tables::table_mut;
use super::want::{Want, done, failure, invalid};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, write};
use crate::simulator::wire::Params;
use crate::simulator::world::World;
use crate::simulator::world::network::{Kind, Network, TableAssociation};

pub(super) const OPERATIONS: &[Operation] = &[
    write("AssociateRouteTable", associate),
    write("ReplaceRouteTableAssociation", replace),
    write("DisassociateRouteTable", disassociate),
];

fn associate(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (table, subnet) = (params.text("RouteTableId")?, params.text("SubnetId")?);
    let want = Want::to("ec2:AssociateRouteTable").on(Kind::RouteTable, table).on(Kind::Subnet, subnet);
    let pass = want.enter(world, call, params)?;
    let network = world.network(call)?;
    same_vpc(network, table, network.subnets.get(subnet).map(|subnet| subnet.vpc.as_str()))?;
    if network.tables.values().flat_map(|table| table.associations.values()).any(|association| association.is_of(subnet)) {
        let message = format!("the specified association for route table {table} conflicts with an existing association");
        return Err(failure("Resource.AlreadyAssociated", message));
    }
    let id = world.hex_id("rtbassoc-");
    let associations = &mut table_mut(world.network_mut(call)?, table)?.associations;
    associations.insert(id.clone(), TableAssociation::Subnet(subnet.to_owned()));
    Ok(pass.answer(json!({ "associationId": id, "associationState": { "state": "associated" } })))
}

/// Moves a subnet, or the role of the main table, to another table, under a new id.
fn replace(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (old, table) = (params.text("AssociationId")?, params.text("RouteTableId")?);
    let current = find(world.network(call)?, old);
    let want = Want::to("ec2:ReplaceRouteTableAssociation").on(Kind::RouteTable, table);
    let pass = want.on_all(Kind::RouteTable, current.as_deref()).enter(world, call, params)?;
    let current = current.ok_or_else(|| no_association(old))?;
    let network = world.network(call)?;
    same_vpc(network, table, network.tables.get(&current).map(|current| current.vpc.as_str()))?;
    let id = world.hex_id("rtbassoc-");
    let network = world.network_mut(call)?;
    let association = table_mut(network, &current)?.associations.remove(old).ok_or_else(|| no_association(old))?;
    table_mut(network, table)?.associations.insert(id.clone(), association);
    Ok(pass.answer(json!({ "newAssociationId": id, "associationState": { "state": "associated" } })))
}

fn disassociate(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("AssociationId")?;
    let table = find(world.network(call)?, id);
    let want = Want::to("ec2:DisassociateRouteTable").on_all(Kind::RouteTable, table.as_deref());
    let pass = want.enter(world, call, params)?;
    let table = table.ok_or_else(|| no_association(id))?;
    let associations = &mut table_mut(world.network_mut(call)?, &table)?.associations;
    if associations.get(id) == Some(&TableAssociation::Main) {
        return Err(invalid(format!("cannot disassociate the main route table association {id}")));
    }
    associations.remove(id);
    Ok(pass.answer(done()))
}

/// Returns the id of the table that has an association.
fn find(network: &Network, association: &str) -> Option<String> {
    let table = network.tables.values().find(|table| table.associations.contains_key(association))?;
    Some(table.label.id.clone())
}

fn same_vpc(network: &Network, table: &str, vpc: Option<&str>) -> Result<(), Failure> {
    if network.tables.get(table).map(|table| table.vpc.as_str()) == vpc {
        return Ok(());
    }
    Err(invalid(format!("The route table {table} and the subnet belong to different networks")))
}

fn no_association(id: &str) -> Failure {
    failure("InvalidAssociationID.NotFound", format!("The association ID '{id}' does not exist"))
}
