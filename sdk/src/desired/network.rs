//! Networks: what the home Region of an account holds where the account has a network.
//!
//! How a block is cut is the model's business ([`Network::slices`](crate::model::Network::slices)); here every part gets
//! its address, its name in the console, and the references that decide the order.

use std::collections::BTreeMap;

use super::DesiredState;
use crate::address::Address;
use crate::aws::tags::{self, Tags};
use crate::kind::ec2::{eip, internet_gateway, nat, subnet, vpc};
use crate::kind::{Desired, Text};
use crate::model::network::az_letter;
use crate::model::{Account, Network, Organization, SubnetKind};

/// The name of what a network has one of.
const MAIN: &str = "main";
/// The tag that the console shows as a name.
const NAME: &str = "Name";

pub(super) fn networks(organization: &Organization, state: &mut DesiredState) {
    for account in organization.accounts.values() {
        if let Some(network) = &account.network {
            let place = Place { organization, account, network };
            vpc(&place, state);
            internet_gateway(&place, state);
            subnets(&place, state);
            nats(&place, state);
        }
    }
}

/// Where a network stands.
struct Place<'a> {
    organization: &'a Organization,
    account: &'a Account,
    network: &'a Network,
}

impl Place<'_> {
    fn address(&self, kind: &'static str, name: &str) -> Address {
        Address::region(&self.account.key, &self.organization.region, kind, name)
    }

    /// Returns the reference to a thing's id.
    fn id(&self, kind: &'static str, name: &str) -> Text {
        Text::fact(&self.address(kind, name), "id")
    }

    fn vpc(&self) -> Text {
        self.id("vpc", MAIN)
    }

    /// Returns our tags, and the name `<organization>-<account>-<name>`.
    fn tags(&self, address: &Address) -> Tags {
        let mut tags = tags::ours(&self.organization.name, address);
        tags.insert(NAME.to_owned(), format!("{}-{}", self.organization.account_name(&self.account.key), address.name()));
        tags
    }
}

fn vpc(place: &Place<'_>, state: &mut DesiredState) {
    let address = place.address("vpc", MAIN);
    let tags = place.tags(&address);
    let desired = vpc::Desired { cidr: place.network.cidr.to_string(), dns_support: true, dns_hostnames: true, tags };
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
    // The first subnet of each letter chooses the zone and the others follow it, so that a letter is one zone for ever.
    let mut leaders: BTreeMap<u8, Address> = BTreeMap::new();
    for slice in place.network.slices() {
        let address = place.address("subnet", &slice.name());
        let zone = match leaders.get(&slice.az) {
            Some(leader) => subnet::Zone::Id(Text::fact(leader, "zone")),
            None => subnet::Zone::Nth { place: slice.az, of: place.network.azs },
        };
        leaders.entry(slice.az).or_insert_with(|| address.clone());
        let tags = place.tags(&address);
        let desired = subnet::Desired { vpc: place.vpc(), cidr: slice.cidr.to_string(), zone, tags };
        state.want(address, Desired::Subnet(desired));
    }
}

fn nats(place: &Place<'_>, state: &mut DesiredState) {
    for letter in place.network.nat_zones().map(az_letter) {
        let eip_name = format!("nat-{letter}");
        let eip = place.address("eip", &eip_name);
        let tags = place.tags(&eip);
        state.want(eip, Desired::Eip(eip::Desired { tags }));
        let address = place.address("nat", &letter.to_string());
        let desired = nat::Desired {
            subnet: place.id("subnet", &format!("{}-{letter}", SubnetKind::Public.as_str())),
            eip: place.id("eip", &eip_name),
            gateway: place.id("internet-gateway", MAIN),
            tags: place.tags(&address),
        };
        state.want(address, Desired::Nat(desired));
    }
}
