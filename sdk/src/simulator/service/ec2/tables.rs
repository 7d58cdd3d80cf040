//! Route tables: created, described, deleted. Their routes and associations are in `routes` and `associations`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::look::{Look, one};
use super::want::{Want, dependency, done, failure, made_before, read_new_tags, read_token, show_tags};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::wire::Params;
use crate::simulator::world::World;
use crate::simulator::world::network::{Kind, Label, Network, Route, RouteTable, TableAssociation, Target};

pub(super) const OPERATIONS: &[Operation] =
    &[write("CreateRouteTable", create_table), read("DescribeRouteTables", describe_tables), write("DeleteRouteTable", delete_table)];

/// Most route tables of a VPC (docs/AWS.md 5.6).
const TABLES_MAX: usize = 200;
/// Most tables on a page (docs/AWS.md D.5).
const TABLES_PAGE_MAX: i64 = 100;

fn create_table(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (vpc, token) = (params.text("VpcId")?, read_token(&params)?);
    let tags = read_new_tags(&params, Kind::RouteTable)?;
    let pass = Want::to("ec2:CreateRouteTable").makes(Kind::RouteTable, &tags).on(Kind::Vpc, vpc).enter(world, call, params)?;
    let (owner, network) = (call.account()?.as_str(), world.network(call)?);
    let text = token.as_ref().map(|token| token.text.clone());
    if let Some(table) = made_before(network.tables.values(), |table| table.token.as_ref(), token.as_ref())? {
        return Ok(pass.answer(json!({ "routeTable": show(world, call, network, owner, table), "clientToken": text })));
    }
    if network.tables.values().filter(|table| table.vpc == vpc).count() >= TABLES_MAX {
        return Err(failure("RouteTableLimitExceeded", "The maximum number of route tables for this VPC has been reached."));
    }
    let cidr = network.vpcs.get(vpc).ok_or_else(|| Kind::Vpc.not_found(vpc))?.cidr.clone();
    let id = world.hex_id("rtb-");
    let table = RouteTable {
        label: Label::new(&id, call.now, tags),
        vpc: vpc.to_owned(),
        routes: BTreeMap::from([(cidr, Route { target: Target::Local })]),
        associations: BTreeMap::new(),
        token,
    };
    let shown = show(world, call, world.network(call)?, owner, &table);
    world.network_mut(call)?.tables.insert(id, table);
    Ok(pass.answer(json!({ "routeTable": shown, "clientToken": text })))
}

fn describe_tables(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let look = Look::read(&params, "RouteTableId", TABLES_PAGE_MAX)?;
    let pass = Want::to("ec2:DescribeRouteTables").enter(world, call, params)?;
    let (owner, network) = (call.account()?.as_str(), world.network(call)?);
    let answer = look.answer(
        world,
        call,
        "routeTableSet",
        &network.tables,
        &[
            ("route-table-id", &|table| one(&table.label.id)),
            ("vpc-id", &|table| one(&table.vpc)),
            ("owner-id", &|_| one(owner)),
            ("association.main", &|table| one(table.is_main().to_string())),
            ("association.route-table-id", &|table| table.associations.values().map(|_| table.label.id.clone()).collect()),
            ("association.route-table-association-id", &|table| table.associations.keys().cloned().collect()),
            ("association.subnet-id", &|table| {
                table.associations.values().filter_map(TableAssociation::subnet).map(str::to_owned).collect()
            }),
            ("route.destination-cidr-block", &|table| table.routes.keys().cloned().collect()),
            ("route.gateway-id", &|table| table.routes.values().filter_map(gateway_id).collect()),
            ("route.nat-gateway-id", &|table| table.routes.values().filter_map(nat_gateway_id).collect()),
            ("route.state", &|table| table.routes.values().map(|route| state(world, call, network, table, route).to_owned()).collect()),
        ],
        |table| show(world, call, network, owner, table),
    )?;
    Ok(pass.answer(answer))
}

fn delete_table(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("RouteTableId")?;
    let pass = Want::to("ec2:DeleteRouteTable").on(Kind::RouteTable, id).enter(world, call, params)?;
    let network = world.network_mut(call)?;
    if network.tables.get(id).is_some_and(|table| !table.associations.is_empty()) {
        return Err(dependency(Kind::RouteTable, id));
    }
    for endpoint in network.endpoints.values_mut() {
        endpoint.tables.remove(id);
    }
    network.tables.remove(id);
    Ok(pass.answer(done()))
}

/// Returns a table by its id.
pub(super) fn table_mut<'n>(network: &'n mut Network, id: &str) -> Result<&'n mut RouteTable, Failure> {
    network.tables.get_mut(id).ok_or_else(|| Kind::RouteTable.not_found(id))
}

fn gateway_id(route: &Route) -> Option<String> {
    match &route.target {
        Target::Local => Some("local".to_owned()),
        Target::Gateway(id) => Some(id.clone()),
        Target::Nat(_) | Target::Interface(_) => None,
    }
}

fn nat_gateway_id(route: &Route) -> Option<String> {
    match &route.target {
        Target::Nat(id) => Some(id.clone()),
        Target::Local | Target::Gateway(_) | Target::Interface(_) => None,
    }
}

fn show(world: &World, call: &Call<'_>, network: &Network, owner: &str, table: &RouteTable) -> Value {
    let shown_routes = table.routes.iter().map(|(destination, route)| {
        let by_range = destination.contains('/');
        let interface = match &route.target {
            Target::Interface(id) => Some(id),
            Target::Local | Target::Gateway(_) | Target::Nat(_) => None,
        };
        json!({
            "destinationCidrBlock": by_range.then_some(destination),
            "destinationPrefixListId": (!by_range).then_some(destination),
            "gatewayId": gateway_id(route),
            "natGatewayId": nat_gateway_id(route),
            "networkInterfaceId": interface,
            "origin": if route.target == Target::Local { "CreateRouteTable" } else { "CreateRoute" },
            "state": state(world, call, network, table, route),
        })
    });
    let associations = table.associations.iter().map(|(id, association)| {
        json!({
            "routeTableAssociationId": id,
            "routeTableId": table.label.id,
            "main": association.subnet().is_none(),
            "subnetId": association.subnet(),
            "associationState": { "state": "associated" },
        })
    });
    json!({
        "routeTableId": table.label.id,
        "vpcId": table.vpc,
        "ownerId": owner,
        "routeSet": shown_routes.collect::<Value>(),
        "associationSet": associations.collect::<Value>(),
        "propagatingVgwSet": [],
        "tagSet": show_tags(&table.label.tags),
    })
}

/// Returns whether a route is `active`, or a `blackhole` because its target was deleted.
fn state(world: &World, call: &Call<'_>, network: &Network, table: &RouteTable, route: &Route) -> &'static str {
    let deletion = world.timing().nat_gateway_deletion;
    let leads_somewhere = match &route.target {
        Target::Local => true,
        Target::Gateway(id) if Kind::of(id) == Some(Kind::Endpoint) => network.endpoints.contains_key(id),
        Target::Gateway(id) => network.gateways.get(id).is_some_and(|gateway| gateway.attachment.as_ref() == Some(&table.vpc)),
        Target::Nat(id) => network.nat_gateways.get(id).is_some_and(|gateway| !gateway.is_deleted(call.now, deletion)),
        Target::Interface(id) => network.interfaces.contains_key(id),
    };
    if leads_somewhere { "active" } else { "blackhole" }
}
