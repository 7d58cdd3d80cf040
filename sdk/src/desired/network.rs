//! Networks: what the home Region of an account holds where the account has a network.
//!
//! How a block is cut is the model's business ([`Network::slices`](crate::model::Network::slices)); here every part gets
//! its address, its name in the console, and the references that decide the order.

use super::DesiredState;
use crate::address::Address;
use crate::aws::tags::{self, Tags};
use crate::kind::ec2::vpc;
use crate::kind::{Desired, Text};
use crate::model::{Account, Network, Organization};

/// The name of what a network has one of.
const MAIN: &str = "main";
/// The tag that the console shows as a name.
const NAME: &str = "Name";

pub(super) fn networks(organization: &Organization, state: &mut DesiredState) {
    for account in organization.accounts.values() {
        if let Some(network) = &account.network {
            let place = Place { organization, account, network };
            vpc(&place, state);
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
