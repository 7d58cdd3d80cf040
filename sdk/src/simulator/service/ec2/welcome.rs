//! The defaults of an account in a Region: a default VPC with a subnet in every zone.

use std::collections::BTreeMap;

use ipnet::Ipv4Net;

use super::{vpcs, zones};
use crate::simulator::authorize::Call;
use crate::simulator::clock::Timestamp;
use crate::simulator::failure::Failure;
use crate::simulator::stored::Tags;
use crate::simulator::world::World;
use crate::simulator::world::network::{AclAssociation, InternetGateway, Label, Network, Route, Subnet, Target};

/// The address block of every default VPC, and the prefix length of its subnets (VPC User Guide, "Default VPCs").
const DEFAULT_CIDR: &str = "172.31.0.0/16";
const DEFAULT_SUBNET: u8 = 20;
/// Its creation time: before the first call.
const LONG_AGO: Timestamp = Timestamp(0);

/// Creates the default VPC of the caller's account in the call's Region, once.
pub(in crate::simulator::service) fn welcome(world: &mut World, call: &Call<'_>) -> Result<(), Failure> {
    let account = call.account()?;
    if world.networks.get(account).is_some_and(|regions| regions.contains_key(call.region)) {
        return Ok(());
    }
    let zones = zones::of(call)?;
    let network = Network { dhcp: world.hex_id("dopt-"), ..Network::default() };
    world.networks.entry(account.clone()).or_default().insert(call.region.to_owned(), network);

    let cidr: Ipv4Net = DEFAULT_CIDR.parse().map_err(Failure::internal)?;
    let vpc = vpcs::make_vpc(world, call, cidr, Tags::new(), LONG_AGO)?;
    let gateway = world.hex_id("igw-");
    let subnets = cidr.subnets(DEFAULT_SUBNET).map_err(Failure::internal)?;
    let subnets: Vec<(Subnet, String)> = zones
        .into_iter()
        .zip(subnets)
        .map(|(zone, cidr)| {
            let subnet = Subnet {
                label: Label::new(world.hex_id("subnet-"), LONG_AGO, Tags::new()),
                vpc: vpc.clone(),
                cidr: cidr.to_string(),
                zone_id: zone.id,
                zone_name: zone.name,
                is_default: true,
                map_public_ip: true,
            };
            (subnet, world.hex_id("aclassoc-"))
        })
        .collect();

    let network = world.network_mut(call)?;
    if let Some(vpc) = network.vpcs.get_mut(&vpc) {
        vpc.is_default = true;
        vpc.dns_hostnames = true;
    }
    if let Some(table) = network.tables.values_mut().find(|table| table.vpc == vpc) {
        table.routes.insert("0.0.0.0/0".to_owned(), Route { target: Target::Gateway(gateway.clone()) });
    }
    if let Some(acl) = network.acls.values_mut().find(|acl| acl.vpc == vpc) {
        let associated = subnets.iter().map(|(subnet, id)| (id.clone(), AclAssociation { subnet: subnet.label.id.clone() }));
        acl.associations = associated.collect::<BTreeMap<_, _>>();
    }
    let label = Label::new(&gateway, LONG_AGO, Tags::new());
    network.gateways.insert(gateway, InternetGateway { label, attachment: Some(vpc) });
    network.subnets.extend(subnets.into_iter().map(|(subnet, _)| (subnet.label.id.clone(), subnet)));
    Ok(())
}
