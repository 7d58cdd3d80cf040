//! Zonal NAT gateways: created, described, given further addresses, deleted.
//!
//! One that cannot work is still created, and is `failed` soon after; only the resources that it names must exist.

use serde_json::{Value, json};

use super::interfaces::free_ip;
use super::look::{Look, PAGE_MAX, one};
use super::want::{Want, failure, invalid, made_before, read_new_tags, read_token, show_tags};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::stored::Tags;
use crate::simulator::wire::Params;
use crate::simulator::world::World;
use crate::simulator::world::network::{
    AddressAssociation, Kind, Label, NatGateway, NatLife, Network, NetworkInterface, SecondaryAddress, Subnet,
};

pub(super) const OPERATIONS: &[Operation] = &[
    write("CreateNatGateway", create_gateway),
    read("DescribeNatGateways", describe_gateways),
    write("AssociateNatGatewayAddress", associate_address),
    write("DeleteNatGateway", delete_gateway),
];

/// Most NAT gateways of a zone (docs/AWS.md 5.6).
const GATEWAYS_MAX: usize = 5;
/// Most addresses of a gateway, unless AWS raises it (VPC User Guide, "Amazon VPC quotas", Elastic IP addresses per NAT gateway).
const ADDRESSES_MAX: usize = 2;
const PENDING: &str = "pending";

fn create_gateway(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    if let Some(other) = params.optional_text("AvailabilityMode")?.filter(|mode| *mode != "zonal") {
        return Err(Failure::not_implemented(format_args!("{other} NAT gateways")));
    }
    let (subnet, allocation, token) = (params.text("SubnetId")?, params.optional_text("AllocationId")?, read_token(&params)?);
    check_connectivity(params.optional_text("ConnectivityType")?, allocation)?;
    let tags = read_new_tags(&params, Kind::NatGateway)?;
    let want = Want::to("ec2:CreateNatGateway").makes(Kind::NatGateway, &tags).on(Kind::Subnet, subnet);
    let pass = want.on_all(Kind::Address, allocation).enter(world, call, params)?;
    let network = world.network(call)?;
    let text = token.as_ref().map(|token| token.text.clone());
    if let Some(gateway) = made_before(network.nat_gateways.values(), |gateway| gateway.token.as_ref(), token.as_ref())? {
        let shown = show(network, state(world, call, gateway), gateway);
        return Ok(pass.answer(json!({ "natGateway": shown, "clientToken": text })));
    }
    let place = network.subnets.get(subnet).ok_or_else(|| Kind::Subnet.not_found(subnet))?.clone();
    check_quota(world, call, &place)?;
    let life = match fault(network, &place, allocation) {
        None => NatLife::Running,
        Some((code, message)) => NatLife::Failed { at: call.now, code: code.to_owned(), message },
    };
    let (id, interface) = (world.hex_id(Kind::NatGateway.prefix()), world.hex_id(Kind::NetworkInterface.prefix()));
    let association = world.hex_id("eipassoc-");
    let network = world.network_mut(call)?;
    let gateway = NatGateway {
        label: Label::new(&id, call.now, tags),
        subnet: subnet.to_owned(),
        vpc: place.vpc,
        allocation: allocation.map(str::to_owned),
        public_ip: allocation.and_then(|id| network.addresses.get(id)).map(|address| address.ip.clone()),
        private_ip: free_ip(network, subnet),
        interface,
        secondary: Vec::new(),
        life,
        token,
    };
    if gateway.life == NatLife::Running {
        settle_in(network, &gateway, association);
    }
    let shown = show(network, PENDING, &gateway);
    network.nat_gateways.insert(id, gateway);
    Ok(pass.answer(json!({ "natGateway": shown, "clientToken": text })))
}

fn describe_gateways(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let look = Look::read(&params, "NatGatewayId", PAGE_MAX)?;
    let pass = Want::to("ec2:DescribeNatGateways").enter(world, call, params)?;
    let network = world.network(call)?;
    let answer = look.answer(
        world,
        call,
        "natGatewaySet",
        &network.nat_gateways,
        &[
            ("nat-gateway-id", &|gateway| one(&gateway.label.id)),
            ("vpc-id", &|gateway| one(&gateway.vpc)),
            ("subnet-id", &|gateway| one(&gateway.subnet)),
            ("state", &|gateway| one(state(world, call, gateway))),
        ],
        |gateway| show(network, state(world, call, gateway), gateway),
    )?;
    Ok(pass.answer(answer))
}

/// Adds addresses to a gateway.
fn associate_address(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (id, allocations) = (params.text("NatGatewayId")?, params.texts("AllocationId")?);
    let want = Want::to("ec2:AssociateNatGatewayAddress").on(Kind::NatGateway, id);
    let pass = want.on_all(Kind::Address, allocations.iter().copied()).enter(world, call, params)?;
    let gateway = world.network(call)?.nat_gateways.get(id).ok_or_else(|| Kind::NatGateway.not_found(id))?.clone();
    if state(world, call, &gateway) != "available" {
        return Err(Failure::not_implemented("more addresses for a NAT gateway that is not available"));
    }
    if gateway.allocations().count() + allocations.len() > ADDRESSES_MAX {
        return Err(Failure::not_implemented(format_args!("more than {ADDRESSES_MAX} addresses of a NAT gateway")));
    }
    for allocation in allocations {
        let association = world.hex_id("eipassoc-");
        let network = world.network_mut(call)?;
        let private_ip = free_ip(network, &gateway.subnet);
        let private_ip = private_ip.ok_or_else(|| failure("InsufficientFreeAddressesInSubnet", "The subnet has no free address."))?;
        let address = network.addresses.get_mut(allocation).ok_or_else(|| Kind::Address.not_found(allocation))?;
        if address.association.is_some() {
            return Err(failure("Resource.AlreadyAssociated", format!("Elastic IP address [{allocation}] is already associated")));
        }
        address.association =
            Some(AddressAssociation { id: association, interface: gateway.interface.clone(), private_ip: private_ip.clone() });
        let secondary = SecondaryAddress { allocation: allocation.to_owned(), public_ip: address.ip.clone(), private_ip };
        if let Some(gateway) = network.nat_gateways.get_mut(id) {
            gateway.secondary.push(secondary);
        }
    }
    let network = world.network(call)?;
    let gateway = network.nat_gateways.get(id).ok_or_else(|| Kind::NatGateway.not_found(id))?;
    Ok(pass.answer(json!({ "natGatewayId": id, "natGatewayAddressSet": show_addresses(network, gateway, "succeeded") })))
}

/// Begins to delete a gateway. One that is being deleted, or is deleted, does not change.
fn delete_gateway(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("NatGatewayId")?;
    let pass = Want::to("ec2:DeleteNatGateway").on(Kind::NatGateway, id).enter(world, call, params)?;
    let gateway = world.network_mut(call)?.nat_gateways.get_mut(id).ok_or_else(|| Kind::NatGateway.not_found(id))?;
    match gateway.life {
        NatLife::Running | NatLife::Failed { .. } => gateway.life = NatLife::Deleted { at: call.now },
        NatLife::Deleted { .. } => {}
    }
    Ok(pass.answer(json!({ "natGatewayId": id })))
}

fn check_connectivity(connectivity: Option<&str>, allocation: Option<&str>) -> Result<(), Failure> {
    match (connectivity, allocation) {
        (None | Some("public"), Some(_)) | (Some("private"), None) => Ok(()),
        (None | Some("public"), None) => Err(failure("MissingParameter", "The request must contain the parameter AllocationId")),
        (Some("private"), Some(_)) => {
            Err(failure("InvalidParameterCombination", "AllocationId cannot be specified for a NAT gateway with ConnectivityType private"))
        }
        (Some(other), _) => Err(invalid(format!("Invalid value '{other}' for ConnectivityType."))),
    }
}

fn check_quota(world: &World, call: &Call<'_>, place: &Subnet) -> Result<(), Failure> {
    let (network, deletion) = (world.network(call)?, world.timing().nat_gateway_deletion);
    let zone_of = |gateway: &NatGateway| network.subnets.get(&gateway.subnet).map(|subnet| &subnet.zone_id);
    let there = network.nat_gateways.values().filter(|gateway| !gateway.is_deleted(call.now, deletion));
    if there.filter(|gateway| zone_of(gateway) == Some(&place.zone_id)).count() < GATEWAYS_MAX {
        return Ok(());
    }
    let message = format!("Performing this operation would exceed the limit of {GATEWAYS_MAX} NAT gateways");
    Err(failure("NatGatewayLimitExceeded", message))
}

/// Returns the code and message with which a gateway will fail (docs/AWS.md 5.7).
fn fault(network: &Network, place: &Subnet, allocation: Option<&str>) -> Option<(&'static str, String)> {
    let has_gateway = network.gateways.values().any(|gateway| gateway.attachment.as_ref() == Some(&place.vpc));
    if allocation.is_some() && !has_gateway {
        return Some(("Gateway.NotAttached", format!("Network {} has no Internet gateway attached", place.vpc)));
    }
    if let Some(address) = allocation.and_then(|id| network.addresses.get(id)).filter(|address| address.association.is_some()) {
        return Some(("Resource.AlreadyAssociated", format!("Elastic IP address [{}] is already associated", address.label.id)));
    }
    if free_ip(network, &place.label.id).is_none() {
        let message = format!("Subnet {} has insufficient free addresses to create this NAT gateway", place.label.id);
        return Some(("InsufficientFreeAddressesInSubnet", message));
    }
    None
}

/// Gives a working gateway its interface and its address.
fn settle_in(network: &mut Network, gateway: &NatGateway, association: String) {
    let Some(private_ip) = gateway.private_ip.clone() else { return };
    if let Some(address) = gateway.allocation.as_ref().and_then(|id| network.addresses.get_mut(id)) {
        let interface = gateway.interface.clone();
        address.association = Some(AddressAssociation { id: association, interface, private_ip: private_ip.clone() });
    }
    let interface = NetworkInterface {
        label: Label::new(&gateway.interface, gateway.label.made, Tags::new()),
        subnet: gateway.subnet.clone(),
        vpc: gateway.vpc.clone(),
        description: format!("Interface for NAT Gateway {}", gateway.label.id),
        sort: "nat_gateway".to_owned(),
        status: "in-use".to_owned(),
        private_ip,
        groups: Vec::new(),
        requester_managed: true,
        token: None,
    };
    network.interfaces.insert(gateway.interface.clone(), interface);
}

fn state(world: &World, call: &Call<'_>, gateway: &NatGateway) -> &'static str {
    let (creation, deletion) = (world.timing().nat_gateway, world.timing().nat_gateway_deletion);
    match gateway.life {
        NatLife::Running if gateway.label.made.plus(creation) > call.now => PENDING,
        NatLife::Running => "available",
        NatLife::Failed { .. } => "failed",
        NatLife::Deleted { .. } if gateway.is_deleted(call.now, deletion) => "deleted",
        NatLife::Deleted { .. } => "deleting",
    }
}

fn show(network: &Network, state: &str, gateway: &NatGateway) -> Value {
    let (fault, deleted) = match &gateway.life {
        NatLife::Running => (None, None),
        NatLife::Failed { at, code, message } => (Some((code, message)), Some(at.iso())),
        NatLife::Deleted { at } => (None, Some(at.iso())),
    };
    // The failure is not known yet when the gateway is created.
    let fault = fault.filter(|_| state != PENDING);
    json!({
        "natGatewayId": gateway.label.id,
        "subnetId": gateway.subnet,
        "vpcId": gateway.vpc,
        "state": state,
        "availabilityMode": "zonal",
        "connectivityType": if gateway.allocation.is_some() { "public" } else { "private" },
        "createTime": gateway.label.made.iso(),
        "deleteTime": deleted.filter(|_| state != PENDING),
        "failureCode": fault.map(|(code, _)| code),
        "failureMessage": fault.map(|(_, message)| message),
        "natGatewayAddressSet": show_addresses(network, gateway, if fault.is_some() { "failed" } else { "succeeded" }),
        "tagSet": show_tags(&gateway.label.tags),
    })
}

/// Shows the addresses of a gateway, the first one last, since AWS promises no order.
fn show_addresses(network: &Network, gateway: &NatGateway, status: &str) -> Value {
    let association = |allocation: Option<&str>| {
        let association = network.addresses.get(allocation?)?.association.as_ref()?;
        (association.interface == gateway.interface).then(|| association.id.clone())
    };
    let show = |allocation: Option<&str>, private_ip: Option<&str>, public_ip: Option<&str>, is_primary: bool| {
        json!({
            "allocationId": allocation,
            "associationId": association(allocation),
            "networkInterfaceId": gateway.interface,
            "privateIp": private_ip,
            "publicIp": public_ip,
            "isPrimary": is_primary,
            "status": status,
        })
    };
    let secondary = gateway.secondary.iter().map(|address| {
        let (allocation, private_ip, public_ip) = (&address.allocation, &address.private_ip, &address.public_ip);
        show(Some(allocation), Some(private_ip), Some(public_ip), false)
    });
    let primary = show(gateway.allocation.as_deref(), gateway.private_ip.as_deref(), gateway.public_ip.as_deref(), true);
    secondary.chain([primary]).collect()
}
