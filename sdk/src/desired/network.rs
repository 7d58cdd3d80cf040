//! Networks: the resources in the home Region of an account that has a network.
//!
//! The model divides the block ([`Network::slices`](crate::model::Network::slices)); here every part gets its address, its name in
//! the console, and the references that decide the order.

mod endpoints;
mod place;

use std::collections::BTreeMap;

use self::place::{MAIN, Place};
use super::{DesiredState, audit};
use crate::address::Address;
use crate::kind::ec2::{eip, flow_log, internet_gateway, nat, network_acl, route_table, security_group, subnet, vpc};
use crate::kind::{Desired, Text};
use crate::model::network::az_letter;
use crate::model::{Organization, SubnetKind};

/// The name of a resource that a new VPC already has.
const DEFAULT: &str = "default";

pub(super) fn networks(organization: &Organization, state: &mut DesiredState) {
    for account in organization.accounts.values() {
        if let Some(network) = &account.network {
            let place = Place { organization, account, network };
            vpc(&place, state);
            internet_gateway(&place, state);
            subnets(&place, state);
            nats(&place, state);
            route_tables(&place, state);
            defaults(&place, state);
            endpoints::endpoints(&place, state);
            flow_log(&place, state);
        }
    }
}

fn vpc(place: &Place<'_>, state: &mut DesiredState) {
    let address = place.address("vpc", MAIN);
    let tags = place.tags(&address);
    let desired = vpc::Desired { cidr: place.network.cidr, dns_support: true, dns_hostnames: true, tags };
    state.want(address, Desired::Vpc(desired));
}

fn internet_gateway(place: &Place<'_>, state: &mut DesiredState) {
    if !place.network.subnets.contains(&SubnetKind::Public) {
        return;
    }
    let address = place.address("internet-gateway", MAIN);
    let tags = place.tags(&address);
    state.want(address, Desired::InternetGateway(internet_gateway::Desired { vpc: place.vpc(), tags }));
}

fn subnets(place: &Place<'_>, state: &mut DesiredState) {
    // The first subnet of each letter chooses the zone and the others follow it, so that a letter always means the same zone.
    let mut leaders: BTreeMap<u8, Address> = BTreeMap::new();
    for slice in place.network.slices() {
        let address = place.address("subnet", &slice.name());
        let zone = match leaders.get(&slice.az) {
            Some(leader) => subnet::Zone::Id(Text::fact(leader, "zone")),
            None => subnet::Zone::Nth { place: slice.az, of: place.network.azs },
        };
        leaders.entry(slice.az).or_insert_with(|| address.clone());
        let tags = place.tags(&address);
        let desired = subnet::Desired { vpc: place.vpc(), cidr: slice.cidr, zone, tags };
        state.want(address, Desired::Subnet(desired));
    }
}

fn nats(place: &Place<'_>, state: &mut DesiredState) {
    for letter in place.network.nat_zones().map(az_letter) {
        let eip_name = format!("nat-{letter}");
        let eip = place.address("eip", &eip_name);
        let tags = place.tags(&eip);
        let address = place.address("nat", &letter.to_string());
        state.want(eip, Desired::Eip(eip::Desired { nat: address.clone(), tags }));
        let desired = nat::Desired {
            subnet: place.id("subnet", &format!("{}-{letter}", SubnetKind::Public.as_str())),
            eip: place.id("eip", &eip_name),
            gateway: place.id("internet-gateway", MAIN),
            tags: place.tags(&address),
        };
        state.want(address, Desired::Nat(desired));
    }
}

fn route_tables(place: &Place<'_>, state: &mut DesiredState) {
    for (name, (kind, az, subnets)) in place.tables() {
        let way_out = match kind {
            SubnetKind::Public => Some(route_table::WayOut::InternetGateway(place.id("internet-gateway", MAIN))),
            // The zone's own NAT gateway, or else the only one.
            SubnetKind::Private => place
                .network
                .nat_zones()
                .rfind(|zone| *zone <= az)
                .map(|zone| route_table::WayOut::Nat(place.id("nat", &az_letter(zone).to_string()))),
            SubnetKind::Isolated => None,
        };
        let address = place.address("route-table", &name);
        let tags = place.tags(&address);
        state.want(address, Desired::RouteTable(route_table::Desired { vpc: place.vpc(), way_out, subnets, tags }));
    }
}

fn defaults(place: &Place<'_>, state: &mut DesiredState) {
    let address = place.address("security-group", DEFAULT);
    let group = security_group::Desired { vpc: place.vpc(), group: security_group::Group::Default, tags: place.tags(&address) };
    state.want(address, Desired::SecurityGroup(group));
    let address = place.address("network-acl", DEFAULT);
    let acl = network_acl::Desired { vpc: place.vpc(), tags: place.tags(&address) };
    state.want(address, Desired::NetworkAcl(acl));
}

fn flow_log(place: &Place<'_>, state: &mut DesiredState) {
    let bucket = Text::fact(&audit::bucket_address(place.organization), "arn");
    let address = place.address("flow-log", "vpc");
    let desired = flow_log::Desired {
        vpc: place.vpc(),
        destination: Text::new(format!("{}/{}", bucket.as_str(), audit::flow_log_prefix(place.organization, place.account))),
        interval: i32::from(place.network.flow_log_interval_seconds),
        tags: place.tags(&address),
    };
    state.want(address, Desired::FlowLog(desired));
}
