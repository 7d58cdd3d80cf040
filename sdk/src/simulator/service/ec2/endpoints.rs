//! Gateway endpoints: created, described, changed, deleted. Every route table of an endpoint has its route.

use std::collections::BTreeSet;

use serde_json::{Value, json};

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
/// The services with gateway endpoints.
const SERVICES: [&str; 2] = ["s3", "dynamodb"];
/// The policy of an endpoint that has none of its own.
const FULL_ACCESS: &str = r#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;
const GATEWAY: &str = "Gateway";
/// The state of an endpoint, which is available at once. AWS writes it in lower case, unlike its model.
const AVAILABLE: &str = "available";

fn create_endpoint(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    if let Some(other) = params.optional_text("VpcEndpointType")?.filter(|sort| *sort != GATEWAY) {
        return Err(Failure::not_implemented(format_args!("endpoints of type {other}")));
    }
    if params.optional_boolean("PrivateDnsEnabled")? == Some(true) {
        return Err(failure("InvalidParameter", "Private DNS can only be enabled for an interface endpoint"));
    }
    let (vpc, service, token) = (params.text("VpcId")?, params.text("ServiceName")?, read_token(&params)?);
    let tables: BTreeSet<&str> = params.texts("RouteTableId")?.into_iter().collect();
    let policy = params.optional_text("PolicyDocument")?.map(read_policy).transpose()?;
    let tags = read_new_tags(&params, Kind::Endpoint)?;
    let want = Want::to("ec2:CreateVpcEndpoint").makes(Kind::Endpoint, &tags).on(Kind::Vpc, vpc);
    let pass = want.on_all(Kind::RouteTable, tables.iter().copied()).enter(world, call, params)?;
    let (owner, network) = (call.account()?.as_str(), world.network(call)?);
    let text = token.as_ref().map(|token| token.text.clone());
    if let Some(endpoint) = made_before(network.endpoints.values(), |endpoint| endpoint.token.as_ref(), token.as_ref())? {
        return Ok(pass.answer(json!({ "vpcEndpoint": show(call, owner, endpoint), "clientToken": text })));
    }
    let missing = || failure("InvalidServiceName", format!("The Vpc Endpoint Service '{service}' does not exist"));
    let list = prefix_list_of(call.region, service).ok_or_else(missing)?;
    for table in &tables {
        check_table(network, vpc, table, &list)?;
    }
    if network.endpoints.len() >= ENDPOINTS_MAX {
        return Err(failure("VpcEndpointLimitExceeded", "The maximum number of gateway endpoints has been reached."));
    }
    let id = world.hex_id(Kind::Endpoint.prefix());
    let endpoint = Endpoint {
        label: Label::new(&id, call.now, tags),
        vpc: vpc.to_owned(),
        service: service.to_owned(),
        tables: tables.iter().map(|table| (*table).to_owned()).collect(),
        policy: policy.unwrap_or_else(|| own_document(FULL_ACCESS)),
        token,
    };
    let network = world.network_mut(call)?;
    for table in tables {
        add_route(network, table, &list, &id);
    }
    let shown = show(call, owner, &endpoint);
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
            ("vpc-endpoint-type", &|_| one(GATEWAY)),
            ("vpc-endpoint-state", &|_| one(AVAILABLE)),
        ],
        |endpoint| show(call, owner, endpoint),
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
    let want = Want::to("ec2:ModifyVpcEndpoint").on(Kind::Endpoint, id);
    let pass = want.on_all(Kind::RouteTable, added.iter().chain(&removed).copied()).enter(world, call, params)?;
    let network = world.network_mut(call)?;
    let endpoint = network.endpoints.get(id).ok_or_else(|| Kind::Endpoint.not_found(id))?;
    let vpc = endpoint.vpc.clone();
    let list = prefix_list_of(call.region, &endpoint.service)
        .ok_or_else(|| Failure::internal(format_args!("an endpoint of {}", endpoint.service)))?;
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
                network.endpoints.remove(id);
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

fn show(call: &Call<'_>, owner: &str, endpoint: &Endpoint) -> Value {
    json!({
        "vpcEndpointId": endpoint.label.id,
        "vpcEndpointType": GATEWAY,
        "vpcId": endpoint.vpc,
        "serviceName": endpoint.service,
        "serviceRegion": call.region,
        "state": AVAILABLE,
        "policyDocument": endpoint.policy.text(),
        "routeTableIdSet": endpoint.tables,
        "subnetIdSet": [],
        "groupSet": [],
        "networkInterfaceIdSet": [],
        "dnsEntrySet": [],
        "privateDnsEnabled": false,
        "requesterManaged": false,
        "ownerId": owner,
        "creationTimestamp": endpoint.label.made.iso(),
        "tagSet": show_tags(&endpoint.label.tags),
    })
}
