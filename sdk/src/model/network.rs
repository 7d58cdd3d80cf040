//! The network of one account: an address block and how it is cut. The manifest checks that blocks fit and do not overlap.

use ipnet::Ipv4Net;

/// One VPC, as its owner means it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Network {
    /// The VPC's address block, RFC 1918, /16 to /28.
    pub cidr: Ipv4Net,
    /// How many availability zones it spans, 1 to 6.
    pub azs: u8,
    /// Its NAT gateways.
    pub nat: Nat,
    /// The subnets in each availability zone, in this order.
    pub subnets: Vec<SubnetKind>,
    /// Flow log aggregation interval, 60 or 600 seconds.
    pub flow_log_interval_seconds: u16,
}

/// How private subnets reach the internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Nat {
    /// Not at all.
    None,
    /// Through one NAT gateway in the first availability zone.
    Single,
    /// Through a NAT gateway in each availability zone.
    PerAz,
}

/// A sort of subnet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SubnetKind {
    /// Routed to the internet gateway.
    Public,
    /// Routed to a NAT gateway, where there is one.
    Private,
    /// Routed nowhere outside the VPC.
    Isolated,
}

impl Nat {
    /// Returns the name in the manifest.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Single => "single",
            Self::PerAz => "per-az",
        }
    }
}

impl SubnetKind {
    /// Returns the name in the manifest and in addresses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::Isolated => "isolated",
        }
    }
}
