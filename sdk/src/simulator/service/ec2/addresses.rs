//! Elastic IP addresses: allocated, described, released.

use serde_json::{Value, json};

use super::look::{Look, one};
use super::want::{Want, done, failure, invalid, read_new_tags, show_tags};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::wire::Params;
use crate::simulator::world::World;
use crate::simulator::world::network::{Address, AddressAssociation, Kind, Label};

pub(super) const OPERATIONS: &[Operation] =
    &[write("AllocateAddress", allocate_address), read("DescribeAddresses", describe_addresses), write("ReleaseAddress", release_address)];

/// The only domain since EC2-Classic was retired.
const DOMAIN: &str = "vpc";
/// `DescribeAddresses` has no pages (docs/AWS.md D.5).
const UNPAGED: i64 = i64::MAX;

fn allocate_address(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    if let Some(other) = params.optional_text("Domain")?.filter(|domain| *domain != DOMAIN) {
        return Err(invalid(format!("Invalid value '{other}' for domain.")));
    }
    let tags = read_new_tags(&params, Kind::Address)?;
    let pass = Want::to("ec2:AllocateAddress").makes(Kind::Address, &tags).enter(world, call, params)?;
    if world.network(call)?.addresses.len() >= world.options.address_quota {
        return Err(failure("AddressLimitExceeded", "The maximum number of addresses has been reached."));
    }
    let id = world.hex_id(Kind::Address.prefix());
    let address = Address { label: Label::new(&id, call.now, tags), ip: ip(&id), association: None };
    let shown = json!({
        "allocationId": id,
        "publicIp": address.ip,
        "domain": DOMAIN,
        "publicIpv4Pool": POOL,
        "networkBorderGroup": call.region,
    });
    world.network_mut(call)?.addresses.insert(id, address);
    Ok(pass.answer(shown))
}

fn describe_addresses(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let look = Look::read(&params, "AllocationId", UNPAGED)?;
    let pass = Want::to("ec2:DescribeAddresses").enter(world, call, params)?;
    let (owner, network) = (call.account()?.as_str(), world.network(call)?);
    let of_use = |address: &Address, of: fn(&AddressAssociation) -> &String| address.association.iter().map(of).cloned().collect();
    let answer = look.answer(
        world,
        call,
        "addressesSet",
        &network.addresses,
        &[
            ("allocation-id", &|address| one(&address.label.id)),
            ("public-ip", &|address| one(&address.ip)),
            ("domain", &|_| one(DOMAIN)),
            ("association-id", &|address| of_use(address, |association| &association.id)),
            ("network-interface-id", &|address| of_use(address, |association| &association.interface)),
            ("private-ip-address", &|address| of_use(address, |association| &association.private_ip)),
        ],
        |address| show(call.region, owner, address),
    )?;
    Ok(pass.answer(answer))
}

fn release_address(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("AllocationId")?;
    let pass = Want::to("ec2:ReleaseAddress").on(Kind::Address, id).enter(world, call, params)?;
    let addresses = &mut world.network_mut(call)?.addresses;
    if let Some(address) = addresses.get(id).filter(|address| address.association.is_some()) {
        return Err(failure("InvalidIPAddress.InUse", format!("Address {} is in use.", address.ip)));
    }
    addresses.remove(id);
    Ok(pass.answer(done()))
}

/// The pool of addresses that belong to Amazon.
const POOL: &str = "amazon";

/// Returns an address of 198.18.0.0/15, which is reserved for benchmarks (RFC 2544). Consecutive ids differ in the last digits.
fn ip(id: &str) -> String {
    let digits = id.get(id.len().saturating_sub(5)..).unwrap_or_default();
    let number = u32::from_str_radix(digits, 16).unwrap_or_default() % (1 << 17);
    std::net::Ipv4Addr::from_bits(u32::from(std::net::Ipv4Addr::new(198, 18, 0, 0)) + number).to_string()
}

fn show(region: &str, owner: &str, address: &Address) -> Value {
    let association = address.association.as_ref();
    json!({
        "allocationId": address.label.id,
        "publicIp": address.ip,
        "domain": DOMAIN,
        "publicIpv4Pool": POOL,
        "networkBorderGroup": region,
        "associationId": association.map(|association| &association.id),
        "networkInterfaceId": association.map(|association| &association.interface),
        "networkInterfaceOwnerId": association.map(|_| owner),
        "privateIpAddress": association.map(|association| &association.private_ip),
        "tagSet": show_tags(&address.label.tags),
    })
}
