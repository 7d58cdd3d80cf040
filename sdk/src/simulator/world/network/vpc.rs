//! VPCs, subnets, internet gateways and route tables.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::label::{Label, Token};

/// A VPC.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Vpc {
    pub(crate) label: Label,
    pub(crate) cidr: String,
    /// The id of the association of the VPC with its address block.
    pub(crate) cidr_association: String,
    pub(crate) is_default: bool,
    pub(crate) dns_support: bool,
    pub(crate) dns_hostnames: bool,
    pub(crate) dhcp: String,
}

/// A subnet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Subnet {
    pub(crate) label: Label,
    pub(crate) vpc: String,
    pub(crate) cidr: String,
    pub(crate) zone_id: String,
    pub(crate) zone_name: String,
    pub(crate) is_default: bool,
    pub(crate) map_public_ip: bool,
}

/// An internet gateway.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct InternetGateway {
    pub(crate) label: Label,
    /// The VPC to which it is attached.
    pub(crate) attachment: Option<String>,
}

/// A route table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RouteTable {
    pub(crate) label: Label,
    pub(crate) vpc: String,
    /// By destination: a range of addresses or the id of a prefix list.
    pub(crate) routes: BTreeMap<String, Route>,
    /// By id.
    pub(crate) associations: BTreeMap<String, TableAssociation>,
    pub(crate) token: Option<Token>,
}

/// A route. `CreateRouteTable` created the local one, `CreateRoute` all others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Route {
    pub(crate) target: Target,
}

/// The target of a route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Target {
    /// The VPC itself.
    Local,
    /// An internet gateway, or a gateway endpoint.
    Gateway(String),
    Nat(String),
    Interface(String),
}

/// The user of a route table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TableAssociation {
    /// Every subnet of the VPC without its own association.
    Main,
    Subnet(String),
}

impl TableAssociation {
    pub(crate) fn subnet(&self) -> Option<&str> {
        match self {
            Self::Main => None,
            Self::Subnet(subnet) => Some(subnet),
        }
    }

    pub(crate) fn is_of(&self, subnet: &str) -> bool {
        self.subnet() == Some(subnet)
    }
}

impl RouteTable {
    pub(crate) fn is_main(&self) -> bool {
        self.associations.values().any(|association| *association == TableAssociation::Main)
    }
}
