//! Internet gateways: created, attached to a VPC, detached, deleted.

use serde_json::{Value, json};

use super::look::{Look, PAGE_MAX, one};
use super::want::{Want, dependency, done, failure, invalid, read_new_tags, show_tags};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::wire::Params;
use crate::simulator::world::World;
use crate::simulator::world::network::{InternetGateway, Kind, Label};

pub(super) const OPERATIONS: &[Operation] = &[
    write("CreateInternetGateway", create_gateway),
    read("DescribeInternetGateways", describe_gateways),
    write("AttachInternetGateway", attach_gateway),
    write("DetachInternetGateway", detach_gateway),
    write("DeleteInternetGateway", delete_gateway),
];

/// Most internet gateways in a Region: as many as VPCs (docs/AWS.md 5.6).
const GATEWAYS_MAX: usize = 5;

fn create_gateway(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let tags = read_new_tags(&params, Kind::InternetGateway)?;
    let pass = Want::to("ec2:CreateInternetGateway").makes(Kind::InternetGateway, &tags).enter(world, call, params)?;
    if world.network(call)?.gateways.len() >= GATEWAYS_MAX {
        return Err(failure("InternetGatewayLimitExceeded", "The maximum number of internet gateways has been reached."));
    }
    let id = world.hex_id("igw-");
    let gateway = InternetGateway { label: Label::new(&id, call.now, tags), attachment: None };
    let shown = show(call.account()?.as_str(), &gateway);
    world.network_mut(call)?.gateways.insert(id, gateway);
    Ok(pass.answer(json!({ "internetGateway": shown })))
}

fn describe_gateways(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let look = Look::read(&params, "InternetGatewayId", PAGE_MAX)?;
    let pass = Want::to("ec2:DescribeInternetGateways").enter(world, call, params)?;
    let owner = call.account()?.as_str();
    let answer = look.answer(
        world,
        call,
        "internetGatewaySet",
        &world.network(call)?.gateways,
        &[
            ("internet-gateway-id", &|gateway| one(&gateway.label.id)),
            ("attachment.vpc-id", &|gateway| gateway.attachment.clone().into_iter().collect()),
            ("attachment.state", &|gateway| gateway.attachment.iter().map(|_| ATTACHED.to_owned()).collect()),
            ("owner-id", &|_| one(owner)),
        ],
        |gateway| show(owner, gateway),
    )?;
    Ok(pass.answer(answer))
}

fn attach_gateway(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (id, vpc) = (params.text("InternetGatewayId")?, params.text("VpcId")?);
    let want = Want::to("ec2:AttachInternetGateway").on(Kind::InternetGateway, id).on(Kind::Vpc, vpc);
    let pass = want.enter(world, call, params)?;
    let gateways = &mut world.network_mut(call)?.gateways;
    let has_another = gateways.values().any(|gateway| gateway.attachment.as_deref() == Some(vpc) && gateway.label.id != id);
    let gateway = gateways.get_mut(id).ok_or_else(|| Kind::InternetGateway.not_found(id))?;
    if let Some(attached) = &gateway.attachment {
        return Err(failure("Resource.AlreadyAssociated", format!("resource {id} is already attached to network {attached}")));
    }
    if has_another {
        return Err(invalid(format!("Network {vpc} already has an internet gateway attached")));
    }
    gateway.attachment = Some(vpc.to_owned());
    Ok(pass.answer(done()))
}

fn detach_gateway(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (id, vpc) = (params.text("InternetGatewayId")?, params.text("VpcId")?);
    let want = Want::to("ec2:DetachInternetGateway").on(Kind::InternetGateway, id).on(Kind::Vpc, vpc);
    let pass = want.enter(world, call, params)?;
    let network = world.network_mut(call)?;
    let has_public_address = network
        .addresses
        .values()
        .filter_map(|address| address.association.as_ref())
        .any(|association| network.interfaces.get(&association.interface).is_some_and(|interface| interface.vpc == vpc));
    let gateway = network.gateways.get_mut(id).ok_or_else(|| Kind::InternetGateway.not_found(id))?;
    if gateway.attachment.as_deref() != Some(vpc) {
        return Err(failure("Gateway.NotAttached", format!("resource {id} is not attached to network {vpc}")));
    }
    if has_public_address {
        let message = format!(
            "Network {vpc} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway."
        );
        return Err(failure("DependencyViolation", message));
    }
    gateway.attachment = None;
    Ok(pass.answer(done()))
}

fn delete_gateway(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("InternetGatewayId")?;
    let pass = Want::to("ec2:DeleteInternetGateway").on(Kind::InternetGateway, id).enter(world, call, params)?;
    let gateways = &mut world.network_mut(call)?.gateways;
    if gateways.get(id).is_some_and(|gateway| gateway.attachment.is_some()) {
        return Err(dependency(Kind::InternetGateway, id));
    }
    gateways.remove(id);
    Ok(pass.answer(done()))
}

/// The state of an attached gateway, which is attached at once.
const ATTACHED: &str = "available";

fn show(owner: &str, gateway: &InternetGateway) -> Value {
    let attachments: Vec<Value> = gateway.attachment.iter().map(|vpc| json!({ "vpcId": vpc, "state": ATTACHED })).collect();
    json!({
        "internetGatewayId": gateway.label.id,
        "ownerId": owner,
        "attachmentSet": attachments,
        "tagSet": show_tags(&gateway.label.tags),
    })
}
