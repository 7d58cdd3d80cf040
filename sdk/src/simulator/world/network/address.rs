//! Elastic IP addresses, NAT gateways, and the network interfaces that they take.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::label::{Label, Token};
use crate::simulator::clock::Timestamp;

/// An Elastic IP address; its id is that of the allocation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Address {
    pub(crate) label: Label,
    pub(crate) ip: String,
    pub(crate) association: Option<AddressAssociation>,
}

/// The user of an address.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AddressAssociation {
    /// Its own id, `eipassoc-…`.
    pub(crate) id: String,
    /// The network interface that has the address.
    pub(crate) interface: String,
    pub(crate) private_ip: String,
}

/// A zonal NAT gateway.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NatGateway {
    pub(crate) label: Label,
    pub(crate) subnet: String,
    pub(crate) vpc: String,
    /// The allocation of its address; `None` for a private gateway.
    pub(crate) allocation: Option<String>,
    pub(crate) public_ip: Option<String>,
    /// `None` if the subnet had no free address.
    pub(crate) private_ip: Option<String>,
    /// The id of its network interface, even after that was deleted.
    pub(crate) interface: String,
    /// Further addresses; AWS promises no order.
    #[serde(default)]
    pub(crate) secondary: Vec<SecondaryAddress>,
    pub(crate) life: NatLife,
    pub(crate) token: Option<Token>,
}

/// A further address of a NAT gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SecondaryAddress {
    pub(crate) allocation: String,
    pub(crate) public_ip: String,
    pub(crate) private_ip: String,
}

/// The life of a NAT gateway. `pending` and `deleting` follow from the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub(crate) enum NatLife {
    Running,
    Failed { at: Timestamp, code: String, message: String },
    Deleted { at: Timestamp },
}

impl NatGateway {
    /// Returns the allocations of all its addresses.
    pub(crate) fn allocations(&self) -> impl Iterator<Item = &str> {
        self.allocation.as_deref().into_iter().chain(self.secondary.iter().map(|address| address.allocation.as_str()))
    }

    /// Returns whether it is deleted and only still described.
    pub(crate) fn is_deleted(&self, now: Timestamp, deletion: Duration) -> bool {
        match &self.life {
            NatLife::Running => false,
            NatLife::Failed { .. } => true,
            NatLife::Deleted { at } => at.plus(deletion) <= now,
        }
    }
}

/// A network interface.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NetworkInterface {
    pub(crate) label: Label,
    pub(crate) subnet: String,
    pub(crate) vpc: String,
    pub(crate) description: String,
    /// `interface` or `nat_gateway`.
    pub(crate) sort: String,
    /// `in-use` or `available`.
    pub(crate) status: String,
    pub(crate) private_ip: String,
    pub(crate) groups: Vec<String>,
    /// Whether a service created it, which alone can delete it.
    pub(crate) requester_managed: bool,
    pub(crate) token: Option<Token>,
}
