//! Endpoints: created, described, changed, deleted. Every route table of a gateway endpoint has its route; what interface endpoints have
//! instead is in `interface_endpoints`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::interface_endpoints::{self, Changes};
use super::look::{Look, PAGE_MAX, one};
use super::want::{Want, done, failure, invalid, made_before, read_new_tags, read_token, show_tags, unsuccessful};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::stored::{StoredDocument, own_document};
use crate::simulator::wire::Params;
use crate::simulator::world::World;
use crate::simulator::world::network::{Endpoint, Kind, Label, Network, Route, Target};

pub(super) const OPERATIONS: &[Operation] = &[
    write("CreateVpcEndpoint", create_endpoint),
    read("DescribeVpcEndpoints", describe_endpoints),
    write("ModifyVpcEndpoint", modify_endpoint),
    write("DeleteVpcEndpoints", delete_endpoints),
];

/// Most gateway endpoints in a Region (docs/AWS.md 5.6).
const ENDPOINTS_MAX: usize = 20;
const INTERFACE: &str = "Interface";
/// The services with gateway endpoints.
const SERVICES: [&str; 2] = ["s3", "dynamodb"];
/// The policy of an endpoint that has none of its own.
const FULL_ACCESS: &str = r#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;
const GATEWAY: &str = "Gateway";

fn create_endpoint(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let asked = match params.optional_text("VpcEndpointType")?.unwrap_or(GATEWAY) {
        GATEWAY if params.optional_boolean("PrivateDnsEnabled")? == Some(true) => {
            return Err(failure("InvalidParameter", "Private DNS can only be enabled for an interface endpoint"));
        }
        GATEWAY => None,
        INTERFACE => Some(interface_endpoints::read(&params)?),
        other => return Err(Failure::not_implemented(format_args!("endpoints of type {other}"))),
    };
    let (vpc, service, token) = (params.text("VpcId")?, params.text("ServiceName")?, read_token(&params)?);
    let tables: BTreeSet<&str> = params.texts("RouteTableId")?.into_iter().collect();
    let policy = params.optional_text("PolicyDocument")?.map(read_policy).transpose()?;
    let tags = read_new_tags(&params, Kind::Endpoint)?;
    let want = Want::to("ec2:CreateVpcEndpoint").makes(Kind::Endpoint, &tags).on(Kind::Vpc, vpc);
    let (subnets, groups) = asked.as_ref().map(|asked| (asked.subnets.clone(), asked.groups.clone())).unwrap_or_default();
    let want = want.on_all(Kind::Subnet, subnets).on_all(Kind::SecurityGroup, groups);
    let pass = want.on_all(Kind::RouteTable, tables.iter().copied()).enter(world, call, params)?;
    let (owner, network) = (call.account()?.as_str(), world.network(call)?);
    let text = token.as_ref().map(|token| token.text.clone());
    if let Some(endpoint) = made_before(network.endpoints.values(), |endpoint| endpoint.token.as_ref(), token.as_ref())? {
        return Ok(pass.answer(json!({ "vpcEndpoint": show(world, call, owner, endpoint), "clientToken": text })));
    }
    let list = match &asked {
        Some(_) if !tables.is_empty() => return Err(failure("InvalidParameter", "Route tables are for gateway endpoints only")),
        Some(_) => {
            interface_endpoints::check_service(call.region, service, policy.is_some())?;
            None
        }
        None => Some(check_gateway(network, call.region, vpc, service, &tables)?),
    };
    let id = world.hex_id(Kind::Endpoint.prefix());
    let interface = asked.map(|asked| interface_endpoints::make(world, call, &id, vpc, service, &asked)).transpose()?;
    let endpoint = Endpoint {
        label: Label::new(&id, call.now, tags),
        vpc: vpc.to_owned(),
        service: service.to_owned(),
        tables: tables.iter().map(|table| (*table).to_owned()).collect(),
        policy: policy.unwrap_or_else(|| own_document(FULL_ACCESS)),
        token,
        interface,
    };
    let shown = show(world, call, owner, &endpoint);
    let network = world.network_mut(call)?;
    for (table, list) in tables.into_iter().zip(std::iter::repeat(list.unwrap_or_default())) {
        add_route(network, table, &list, &id);
    }
    network.endpoints.insert(id, endpoint);
    Ok(pass.answer(json!({ "vpcEndpoint": shown, "clientToken": text })))
}

fn describe_endpoints(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let look = Look::read(&params, "VpcEndpointId", PAGE_MAX)?;
    let pass = Want::to("ec2:DescribeVpcEndpoints").enter(world, call, params)?;
    let owner = call.account()?.as_str();
    let answer = look.answer(
        world,
        call,
        "vpcEndpointSet",
        &world.network(call)?.endpoints,
        &[
            ("vpc-endpoint-id", &|endpoint| one(&endpoint.label.id)),
            ("vpc-id", &|endpoint| one(&endpoint.vpc)),
            ("service-name", &|endpoint| one(&endpoint.service)),
            ("vpc-endpoint-type", &|endpoint| one(type_of(endpoint))),
            ("vpc-endpoint-state", &|endpoint| one(interface_endpoints::state(world, call, endpoint))),
        ],
        |endpoint| show(world, call, owner, endpoint),
    )?;
    Ok(pass.answer(answer))
}

fn modify_endpoint(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("VpcEndpointId")?;
    let (added, removed) = (params.texts("AddRouteTableId")?, params.texts("RemoveRouteTableId")?);
    let policy = params.optional_text("PolicyDocument")?.map(read_policy).transpose()?;
    let resets = params.optional_boolean("ResetPolicy")? == Some(true);
    if resets && policy.is_some() {
        return Err(failure("InvalidParameterCombination", "PolicyDocument and ResetPolicy cannot be specified together"));
    }
    let changes = Changes::read(&params)?;
    let want = Want::to("ec2:ModifyVpcEndpoint").on(Kind::Endpoint, id);
    let want = want.on_all(Kind::Subnet, changes.add_subnets.iter().chain(&changes.remove_subnets).copied());
    let want = want.on_all(Kind::SecurityGroup, changes.add_groups.iter().chain(&changes.remove_groups).copied());
    let pass = want.on_all(Kind::RouteTable, added.iter().chain(&removed).copied()).enter(world, call, params)?;
    let endpoint = world.network(call)?.endpoints.get(id).ok_or_else(|| Kind::Endpoint.not_found(id))?.clone();
    if endpoint.interface.is_some() {
        if policy.is_some() {
            interface_endpoints::check_service(call.region, &endpoint.service, true)?;
        }
        if !added.is_empty() || !removed.is_empty() {
            return Err(failure("InvalidParameter", "Route tables are for gateway endpoints only"));
        }
    }
    if !changes.is_empty() {
        let interface = interface_endpoints::modify(world, call, &endpoint, &changes)?;
        if let Some(endpoint) = world.network_mut(call)?.endpoints.get_mut(id) {
            endpoint.interface = Some(interface);
        }
    }
    let network = world.network_mut(call)?;
    let vpc = endpoint.vpc.clone();
    let list = prefix_list_of(call.region, &endpoint.service).unwrap_or_default();
    // A table that already has the endpoint keeps it.
    let added: Vec<&str> = added.into_iter().filter(|table| !endpoint.tables.contains(*table)).collect();
    for table in &added {
        check_table(network, &vpc, table, &list)?;
    }
    for table in &added {
        add_route(network, table, &list, id);
    }
    for table in &removed {
        remove_routes(network, id, |of| of == *table);
    }
    if let Some(endpoint) = network.endpoints.get_mut(id) {
        endpoint.tables.extend(added.into_iter().map(str::to_owned));
        endpoint.tables.retain(|table| !removed.contains(&table.as_str()));
        if let Some(policy) = policy.or_else(|| resets.then(|| own_document(FULL_ACCESS))) {
            endpoint.policy = policy;
        }
    }
    Ok(pass.answer(done()))
}

/// Checks a new gateway endpoint, and returns the prefix list to which it leads.
fn check_gateway(network: &Network, region: &str, vpc: &str, service: &str, tables: &BTreeSet<&str>) -> Result<String, Failure> {
    let missing = || failure("InvalidServiceName", format!("The Vpc Endpoint Service '{service}' does not exist"));
    let list = prefix_list_of(region, service).ok_or_else(missing)?;
    for table in tables {
        check_table(network, vpc, table, &list)?;
    }
    if network.endpoints.values().filter(|endpoint| endpoint.interface.is_none()).count() >= ENDPOINTS_MAX {
        return Err(failure("VpcEndpointLimitExceeded", "The maximum number of gateway endpoints has been reached."));
    }
    Ok(list)
}

fn type_of(endpoint: &Endpoint) -> &'static str {
    if endpoint.interface.is_some() { INTERFACE } else { GATEWAY }
}

/// Deletes endpoints with their routes, each that exists.
fn delete_endpoints(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let ids = params.texts("VpcEndpointId")?;
    let pass = Want::to("ec2:DeleteVpcEndpoints").on_all(Kind::Endpoint, ids.iter().copied()).ask(world, call, params)?;
    let mut failed = Vec::new();
    for id in ids {
        match world.see(call, Kind::Endpoint, id) {
            Ok(()) => {
                let network = world.network_mut(call)?;
                remove_routes(network, id, |_| true);
                match network.endpoints.get_mut(id).and_then(|endpoint| endpoint.interface.as_mut()) {
                    // Its interfaces take a while.
                    Some(interface) => interface.deleted = interface.deleted.or(Some(call.now)),
                    None => drop(network.endpoints.remove(id)),
                }
            }
            Err(failure) => failed.push(unsuccessful(id, &failure.code, &failure.message)),
        }
    }
    Ok(pass.answer(json!({ "unsuccessful": failed })))
}

/// Returns whether an id is that of a service's prefix list in a Region.
pub(super) fn is_prefix_list(region: &str, id: &str) -> bool {
    SERVICES.iter().any(|service| prefix_list(region, service) == id)
}

/// Returns the id of the prefix list of a service by its full name, if it has gateway endpoints in the Region.
fn prefix_list_of(region: &str, service: &str) -> Option<String> {
    let name = service.strip_prefix("com.amazonaws.")?.strip_prefix(region)?.strip_prefix('.')?;
    SERVICES.contains(&name).then(|| prefix_list(region, name))
}

/// Derives the id of a prefix list. It is the same in every world, as AWS's is in every account.
fn prefix_list(region: &str, service: &str) -> String {
    // FNV-1a: short, and spreads well enough over a few dozen names.
    let hash = region.bytes().chain(service.bytes()).fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("pl-{hash:08x}")
}

/// Refuses a table of another VPC, and one that has a route to the service.
fn check_table(network: &Network, vpc: &str, id: &str, list: &str) -> Result<(), Failure> {
    let table = network.tables.get(id).ok_or_else(|| Kind::RouteTable.not_found(id))?;
    if table.vpc != vpc {
        return Err(invalid(format!("route table {id} and network {vpc} belong to different networks")));
    }
    if table.routes.contains_key(list) {
        let message = format!("route table {id} already has a route with destination-prefix-list-id {list}");
        return Err(failure("RouteAlreadyExists", message));
    }
    Ok(())
}

fn add_route(network: &mut Network, table: &str, list: &str, endpoint: &str) {
    if let Some(table) = network.tables.get_mut(table) {
        table.routes.insert(list.to_owned(), Route { target: Target::Gateway(endpoint.to_owned()) });
    }
}

/// Removes the routes to an endpoint from the given tables.
fn remove_routes(network: &mut Network, endpoint: &str, is_meant: impl Fn(&str) -> bool) {
    for table in network.tables.values_mut().filter(|table| is_meant(&table.label.id)) {
        table.routes.retain(|_, route| !matches!(&route.target, Target::Gateway(id) if id == endpoint));
    }
}

fn read_policy(text: &str) -> Result<StoredDocument, Failure> {
    text.parse().map_err(|error| failure("InvalidPolicyDocument", format!("The policy document is not valid: {error}")))
}

fn show(world: &World, call: &Call<'_>, owner: &str, endpoint: &Endpoint) -> Value {
    let interface = endpoint.interface.as_ref();
    let (subnets, interfaces): (Vec<_>, Vec<_>) = interface.map(|own| own.interfaces.iter().unzip()).unwrap_or_default();
    let groups: Vec<_> = interface.iter().flat_map(|own| &own.groups).map(|id| json!({ "groupId": id })).collect();
    json!({
        "vpcEndpointId": endpoint.label.id,
        "vpcEndpointType": type_of(endpoint),
        "vpcId": endpoint.vpc,
        "serviceName": endpoint.service,
        "serviceRegion": call.region,
        "state": interface_endpoints::state(world, call, endpoint),
        "policyDocument": endpoint.policy.text(),
        "routeTableIdSet": endpoint.tables,
        "subnetIdSet": subnets,
        "groupSet": groups,
        "networkInterfaceIdSet": interfaces,
        "dnsEntrySet": [],
        "privateDnsEnabled": interface.is_some_and(|own| own.private_dns),
        "requesterManaged": false,
        "ownerId": owner,
        "creationTimestamp": endpoint.label.made.iso(),
        "tagSet": show_tags(&endpoint.label.tags),
    })
}
