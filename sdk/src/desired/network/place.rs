//! The place of a network: the names and references of what is in it.

use std::collections::BTreeMap;

use crate::address::Address;
use crate::aws::tags::{self, Tags};
use crate::kind::Text;
use crate::model::{Account, Network, Organization, SubnetKind};

/// The name of a resource that a network has one of.
pub(super) const MAIN: &str = "main";
/// The tag that the console shows as a name.
const NAME: &str = "Name";

/// The place of a network.
pub(super) struct Place<'a> {
    pub(super) organization: &'a Organization,
    pub(super) account: &'a Account,
    pub(super) network: &'a Network,
}

impl Place<'_> {
    pub(super) fn address(&self, kind: &'static str, name: &str) -> Address {
        Address::region(&self.account.key, &self.organization.region, kind, name)
    }

    /// Returns the reference to the id of a resource.
    pub(super) fn id(&self, kind: &'static str, name: &str) -> Text {
        Text::fact(&self.address(kind, name), "id")
    }

    /// Returns every route table's name and the subnets it serves: one table for public subnets, one for isolated ones, and one in
    /// each zone for private ones, since each zone may have its own NAT gateway.
    pub(super) fn tables(&self) -> BTreeMap<String, (SubnetKind, u8, Vec<Text>)> {
        let mut tables: BTreeMap<String, (SubnetKind, u8, Vec<Text>)> = BTreeMap::new();
        for slice in self.network.slices() {
            let name = match slice.kind {
                SubnetKind::Public | SubnetKind::Isolated => slice.kind.as_str().to_owned(),
                SubnetKind::Private => slice.name(),
            };
            let table = tables.entry(name).or_insert_with(|| (slice.kind, slice.az, Vec::new()));
            table.2.push(self.id("subnet", &slice.name()));
        }
        tables
    }

    pub(super) fn vpc(&self) -> Text {
        self.id("vpc", MAIN)
    }

    /// Returns the landfall tags, and the name `<organization>-<account>-<name>`.
    pub(super) fn tags(&self, address: &Address) -> Tags {
        let mut tags = tags::ours(&self.organization.name, address);
        tags.insert(NAME.to_owned(), format!("{}-{}", self.organization.account_name(&self.account.key), address.name()));
        tags
    }
}
