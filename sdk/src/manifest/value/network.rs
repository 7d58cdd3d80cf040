//! Address blocks, kinds of NAT and kinds of subnets.

use std::net::Ipv4Addr;
use std::ops::RangeInclusive;

use ipnet::Ipv4Net;

use crate::model::{EndpointService, Nat, SubnetKind, VpcBlockMode};
use crate::written::shorten;

/// Prefix lengths that a VPC, and a subnet of it, may have (VPC quotas).
pub(in crate::manifest) const PREFIXES: RangeInclusive<u8> = 16..=28;
/// The private ranges of RFC 1918.
pub(in crate::manifest) const PRIVATE: [(Ipv4Addr, u8); 3] =
    [(Ipv4Addr::new(10, 0, 0, 0), 8), (Ipv4Addr::new(172, 16, 0, 0), 12), (Ipv4Addr::new(192, 168, 0, 0), 16)];

/// Reads an address block that is valid for a VPC.
pub(in crate::manifest) fn parse_cidr(text: &str) -> Result<Ipv4Net, String> {
    let cidr: Ipv4Net = text.parse().map_err(|_| format!("`{}` is not an address block such as 10.16.0.0/16", shorten(text)))?;
    let private = PRIVATE.iter().any(|(range, prefix)| Ipv4Net::new(*range, *prefix).is_ok_and(|range| range.contains(&cidr)));
    if !private {
        return Err(format!("{text} is not private: use a block in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16"));
    }
    if !PREFIXES.contains(&cidr.prefix_len()) {
        let size = if cidr.prefix_len() < *PREFIXES.start() { "large" } else { "small" };
        return Err(format!("{text} is too {size} for a VPC, which is /{} to /{}", PREFIXES.start(), PREFIXES.end()));
    }
    if cidr != cidr.trunc() {
        return Err(format!("{text} is not aligned to its size: the aligned block is {}", cidr.trunc()));
    }
    Ok(cidr)
}

/// Reads a NAT mode.
pub(in crate::manifest) fn parse_nat(text: &str) -> Result<Nat, String> {
    let all = [Nat::None, Nat::Single, Nat::PerAz];
    all.into_iter().find(|nat| nat.as_str() == text).ok_or_else(|| format!("unknown NAT mode `{}`", shorten(text)))
}

/// Reads a mode of VPC block public access; `off` is none.
pub(in crate::manifest) fn parse_vpc_block(text: &str) -> Result<Option<VpcBlockMode>, String> {
    if text == "off" {
        return Ok(None);
    }
    let mut all = [VpcBlockMode::Ingress, VpcBlockMode::Bidirectional].into_iter();
    all.find(|mode| mode.as_str() == text).map(Some).ok_or_else(|| format!("unknown mode `{}`", shorten(text)))
}

/// Reads a kind of subnet.
pub(in crate::manifest) fn parse_subnet(text: &str) -> Result<SubnetKind, String> {
    let all = [SubnetKind::Public, SubnetKind::Private, SubnetKind::Isolated];
    all.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| format!("unknown subnet kind `{}`", shorten(text)))
}

/// Reads a service that can have an interface endpoint.
pub(in crate::manifest) fn parse_endpoint(text: &str) -> Result<EndpointService, String> {
    EndpointService::named(text).ok_or_else(|| match text {
        "s3" | "dynamodb" => format!("every network has a gateway endpoint for `{text}`, which costs nothing"),
        _ => format!("landfall makes no interface endpoint for `{}`", shorten(text)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_private_aligned_and_of_a_vpc_s_size() {
        for good in ["10.0.0.0/16", "172.31.0.0/16", "192.168.0.0/16", "10.1.2.16/28"] {
            assert!(parse_cidr(good).is_ok(), "{good}");
        }
        for (bad, says) in [
            ("10.0.0.0", "not an address block"),
            ("10.0.0.0/33", "not an address block"),
            ("fd00::/48", "not an address block"),
            ("8.8.0.0/16", "not private"),
            ("172.32.0.0/16", "not private"),
            ("192.168.0.0/15", "not private"),
            ("10.0.0.0/15", "too large"),
            ("10.0.0.0/29", "too small"),
            ("10.16.1.0/16", "the aligned block is 10.16.0.0/16"),
        ] {
            let message = parse_cidr(bad).expect_err(bad);
            assert!(message.contains(says), "{bad}: {message}");
        }
    }
}
