//! The network of one account: an address block and how it is divided. The manifest checks that blocks fit and do not overlap.

use std::ops::Range;

use ipnet::Ipv4Net;

use super::EndpointService;

/// One VPC, as the manifest describes it.
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
    /// The services that it reaches by interface endpoints, in the manifest's order.
    pub endpoints: Vec<EndpointService>,
}

/// One subnet: its part of the block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Slice {
    /// The kind of subnet.
    pub kind: SubnetKind,
    /// The availability zone, counted from 0; letter `a` is 0.
    pub az: u8,
    /// Its address block.
    pub cidr: Ipv4Net,
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

/// A kind of subnet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SubnetKind {
    /// Routed to the internet gateway.
    Public,
    /// Routed to a NAT gateway, if there is one.
    Private,
    /// Routed nowhere outside the VPC.
    Isolated,
}

impl Network {
    /// Returns the number of equal parts that the block is divided into: one for each subnet, rounded up to a power of two.
    #[must_use]
    pub fn parts(&self) -> usize {
        (usize::from(self.azs) * self.subnets.len()).next_power_of_two()
    }

    /// Returns every subnet, zone by zone. Unused parts are at the end, so zones can be added there.
    #[must_use]
    pub fn slices(&self) -> Vec<Slice> {
        let bits = u8::try_from(self.parts().trailing_zeros()).unwrap_or(u8::MAX);
        let places = (0..self.azs).flat_map(|az| self.subnets.iter().map(move |kind| (*kind, az)));
        // The manifest's checks ensure that the parts are not smaller than a subnet may be.
        let parts = self.cidr.subnets(self.cidr.prefix_len().saturating_add(bits)).into_iter().flatten();
        places.zip(parts).map(|((kind, az), cidr)| Slice { kind, az, cidr }).collect()
    }

    /// Returns the kind of subnet that interface endpoints are in: private subnets, else isolated ones; public ones never, since nothing in
    /// them needs a way around the internet.
    #[must_use]
    pub fn endpoint_subnets(&self) -> Option<SubnetKind> {
        [SubnetKind::Private, SubnetKind::Isolated].into_iter().find(|kind| self.subnets.contains(kind))
    }

    /// Returns the availability zones that have a NAT gateway.
    #[must_use]
    pub fn nat_zones(&self) -> Range<u8> {
        match self.nat {
            Nat::None => 0..0,
            Nat::Single => 0..1,
            Nat::PerAz => 0..self.azs,
        }
    }
}

impl Slice {
    /// Returns the subnet's name in addresses: `private-a`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}-{}", self.kind.as_str(), az_letter(self.az))
    }
}

/// Returns the letter of an availability zone, counted from 0; there are at most six.
#[must_use]
pub fn az_letter(az: u8) -> char {
    char::from(b'a'.saturating_add(az))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn network(cidr: &str, azs: u8, subnets: &[SubnetKind]) -> Network {
        let cidr = cidr.parse().expect("valid");
        Network { cidr, azs, nat: Nat::Single, subnets: subnets.to_vec(), flow_log_interval_seconds: 600, endpoints: Vec::new() }
    }

    fn cut(network: &Network) -> Vec<String> {
        network.slices().iter().map(|slice| format!("{} {}", slice.name(), slice.cidr)).collect()
    }

    #[test]
    fn a_block_is_divided_zone_by_zone_into_equal_parts() {
        let two = [SubnetKind::Public, SubnetKind::Private];
        assert_eq!(
            cut(&network("10.16.0.0/16", 2, &two)),
            ["public-a 10.16.0.0/18", "private-a 10.16.64.0/18", "public-b 10.16.128.0/18", "private-b 10.16.192.0/18"]
        );
        assert_eq!(cut(&network("10.0.0.0/28", 1, &two[..1])), ["public-a 10.0.0.0/28"]);
        let three = [SubnetKind::Public, SubnetKind::Private, SubnetKind::Isolated];
        let production = cut(&network("10.48.0.0/20", 3, &three));
        assert_eq!(production.len(), 9);
        assert_eq!(production[8], "isolated-c 10.48.8.0/24");
    }

    #[test]
    fn a_zone_is_added_without_moving_the_others_while_parts_are_left() {
        let three = [SubnetKind::Public, SubnetKind::Private, SubnetKind::Isolated];
        let (before, after) = (cut(&network("10.48.0.0/20", 3, &three)), cut(&network("10.48.0.0/20", 5, &three)));
        assert_eq!(after[..9], before[..]);
    }

    #[test]
    fn subnets_never_overlap_and_never_leave_the_block() {
        let three = [SubnetKind::Public, SubnetKind::Private, SubnetKind::Isolated];
        for azs in 1..=6 {
            for kinds in 1..=3 {
                let network = network("10.0.0.0/22", azs, &three[..kinds]);
                let slices = network.slices();
                assert_eq!(slices.len(), usize::from(azs) * kinds);
                for (index, slice) in slices.iter().enumerate() {
                    assert!(network.cidr.contains(&slice.cidr));
                    assert!(slices[..index].iter().all(|other| !other.cidr.contains(&slice.cidr) && !slice.cidr.contains(&other.cidr)));
                }
            }
        }
    }
}
