//! Routes: created, replaced, deleted; checks that their targets exist.

use ipnet::Ipv4Net;

use super::tables::table_mut;
use super::want::{Want, done, failure, invalid};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, write};
use crate::simulator::wire::Params;
use crate::simulator::world::World;
use crate::simulator::world::network::{Kind, NatLife, Route, RouteTable, Target};

pub(super) const OPERATIONS: &[Operation] =
    &[write("CreateRoute", create_route), write("ReplaceRoute", replace_route), write("DeleteRoute", delete_route)];

/// Most routes of a table (docs/AWS.md 5.6).
const ROUTES_MAX: usize = 500;

fn create_route(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (id, destination, target) = (params.text("RouteTableId")?, read_destination(&params)?, read_target(&params)?);
    let pass = Want::to("ec2:CreateRoute").on(Kind::RouteTable, id).enter(world, call, params)?;
    check_target(world, call, id, &target)?;
    let network = world.network_mut(call)?;
    let table = table_mut(network, id)?;
    if table.routes.contains_key(&destination.to_string()) {
        return Err(failure("RouteAlreadyExists", format!("The route identified by {destination} already exists.")));
    }
    check_outside(table, destination, &target)?;
    if table.routes.len() >= ROUTES_MAX {
        return Err(failure("RouteLimitExceeded", "The maximum number of routes for this route table has been reached."));
    }
    table.routes.insert(destination.to_string(), Route { target });
    Ok(pass.answer(done()))
}

fn replace_route(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (id, destination, target) = (params.text("RouteTableId")?, read_destination(&params)?, read_target(&params)?);
    let pass = Want::to("ec2:ReplaceRoute").on(Kind::RouteTable, id).enter(world, call, params)?;
    check_target(world, call, id, &target)?;
    let table = table_mut(world.network_mut(call)?, id)?;
    check_outside(table, destination, &target)?;
    let route = table.routes.get_mut(&destination.to_string()).ok_or_else(|| no_route(id, destination))?;
    route.target = target;
    Ok(pass.answer(done()))
}

fn delete_route(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (id, destination) = (params.text("RouteTableId")?, read_destination(&params)?);
    let pass = Want::to("ec2:DeleteRoute").on(Kind::RouteTable, id).enter(world, call, params)?;
    let table = table_mut(world.network_mut(call)?, id)?;
    match table.routes.get(&destination.to_string()) {
        None => return Err(no_route(id, destination)),
        Some(route) if route.target == Target::Local => {
            return Err(invalid(format!("cannot remove local route {destination} in route table {id}")));
        }
        Some(_) => {}
    }
    table.routes.remove(&destination.to_string());
    Ok(pass.answer(done()))
}

fn read_destination(params: &Params<'_>) -> Result<Ipv4Net, Failure> {
    let text = params.text("DestinationCidrBlock")?;
    let cidr: Ipv4Net = text
        .parse()
        .map_err(|_| invalid(format!("Value ({text}) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block.")))?;
    Ok(cidr.trunc())
}

fn read_target(params: &Params<'_>) -> Result<Target, Failure> {
    let gateway = params.optional_text("GatewayId")?.map(|id| Target::Gateway(id.to_owned()));
    let nat = params.optional_text("NatGatewayId")?.map(|id| Target::Nat(id.to_owned()));
    let interface = params.optional_text("NetworkInterfaceId")?.map(|id| Target::Interface(id.to_owned()));
    let mut targets = [gateway, nat, interface].into_iter().flatten();
    match (targets.next(), targets.next()) {
        (Some(target), None) => Ok(target),
        (Some(_), Some(_)) => Err(failure("InvalidParameterCombination", "The request may contain only one target of the route")),
        (None, _) => Err(failure("MissingParameter", "The request must contain one target of the route")),
    }
}

/// Refuses a target that does not exist, is not ready, or is in another VPC than the table.
fn check_target(world: &World, call: &Call<'_>, table: &str, target: &Target) -> Result<(), Failure> {
    let network = world.network(call)?;
    let creation = world.timing().nat_gateway;
    let (id, vpc) = match target {
        Target::Local => return Ok(()),
        Target::Gateway(id) => {
            let gateway = network.gateways.get(id).filter(|gateway| world.has_arrived(call, &gateway.label));
            let missing = || failure("InvalidGatewayID.NotFound", format!("The gateway ID '{id}' does not exist"));
            (id, gateway.ok_or_else(missing)?.attachment.as_ref())
        }
        Target::Nat(id) => {
            let gateway = network.nat_gateways.get(id);
            let ready = gateway.filter(|gateway| gateway.life == NatLife::Running && gateway.label.made.plus(creation) <= call.now);
            let missing = || failure("InvalidNatGatewayID.NotFound", format!("The natGateway ID '{id}' does not exist"));
            (id, Some(&ready.ok_or_else(missing)?.vpc))
        }
        Target::Interface(id) => {
            let interface = network.interfaces.get(id).ok_or_else(|| Kind::NetworkInterface.not_found(id))?;
            (id, Some(&interface.vpc))
        }
    };
    if vpc == network.tables.get(table).map(|table| &table.vpc) {
        return Ok(());
    }
    Err(invalid(format!("route table {table} and network gateway {id} belong to different networks")))
}

/// Refuses a route that would send the VPC's own addresses out of it.
fn check_outside(table: &RouteTable, destination: Ipv4Net, target: &Target) -> Result<(), Failure> {
    let mut local = table.routes.iter().filter(|(_, route)| route.target == Target::Local).filter_map(|(cidr, _)| cidr.parse().ok());
    if matches!(target, Target::Interface(_)) || !local.any(|cidr: Ipv4Net| cidr.contains(&destination)) {
        return Ok(());
    }
    Err(invalid(format!(
        "The destination CIDR block {destination} is equal to or more specific than one of this VPC's CIDR blocks. This route can target only an interface or an instance."
    )))
}

fn no_route(table: &str, destination: Ipv4Net) -> Failure {
    failure("InvalidRoute.NotFound", format!("no route with destination-cidr-block {destination} in route table {table}"))
}
