//! Address blocks: checks that no two overlap, divides an environment's block, and checks that the subnets fit.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::ops::Range;

use ipnet::Ipv4Net;

use super::raw;
use super::value::network::{PREFIXES, PRIVATE};
use crate::model::{Nat, Network, SubnetKind, Tier};
use crate::name::nearest;
use crate::written::diagnostic::{DIAGNOSTICS_MAX, Diagnostic, Diagnostics};

/// Prefix length of a workload account's part of its environment's block, unless `part` says otherwise.
pub(super) const PART_DEFAULT: u8 = 20;
/// The addresses of a subnet that AWS keeps: the first four and the last (docs/AWS.md 5.2).
const RESERVED: usize = 5;

/// A block of the file and its owner.
#[derive(Debug)]
pub(super) struct Block {
    /// Its section, as messages name it: `environments.dev`.
    pub(super) section: String,
    /// The name of the environment or account.
    pub(super) owner: String,
    pub(super) cidr: Ipv4Net,
    pub(super) span: Range<usize>,
}

/// Reports each block that overlaps an earlier one, and suggests a free block of its size.
pub(super) fn check_overlaps(mut blocks: Vec<Block>, diagnostics: &mut Diagnostics) {
    blocks.sort_by_key(|block| (block.cidr.network(), block.cidr.prefix_len(), block.span.start));
    let mut in_file_order: Vec<&Block> = blocks.iter().collect();
    in_file_order.sort_by_key(|block| block.span.start);
    // Blocks that overlap no earlier one, by address: of two blocks, one contains the other or they are disjoint.
    let mut settled: BTreeMap<Ipv4Addr, &Block> = BTreeMap::new();
    let mut reported = 0;
    for block in in_file_order {
        let around = settled.range(..=block.cidr.network()).next_back().filter(|(_, other)| other.cidr.contains(&block.cidr));
        let inside = || settled.range(block.cidr.network()..=block.cidr.broadcast()).next();
        let Some((_, other)) = around.or_else(inside) else {
            settled.insert(block.cidr.network(), block);
            continue;
        };
        reported += 1;
        if reported > DIAGNOSTICS_MAX {
            break;
        }
        let message = format!("`{}` overlaps `{}`", block.section, other.section);
        let taken = format!("{} has {} to {}", other.owner, other.cidr.network(), other.cidr.broadcast());
        let diagnostic = Diagnostic::error(block.span.clone(), message).with_related(other.span.clone(), taken);
        diagnostics.report(match next_free(block, other, &blocks) {
            Some(free) => diagnostic.with_label(format!("the next free /{} is {free}", free.prefix_len())),
            None => diagnostic.with_hint("no block of this size is free in 10.0.0.0/8: choose a smaller block"),
        });
    }
}

/// Returns the first block of `wanted`'s size in 10.0.0.0/8, after `taken`, that overlaps no other block.
fn next_free(wanted: &Block, taken: &Block, sorted: &[Block]) -> Option<Ipv4Net> {
    let private = u64::from(u32::from(PRIVATE[0].0));
    let end = private + (1_u64 << (32 - PRIVATE[0].1));
    let size = 1_u64 << (32 - wanted.cidr.prefix_len());
    let after = u64::from(u32::from(taken.cidr.broadcast())) + 1;
    let begin = if (private..end).contains(&after) { after } else { private };
    let others = || sorted.iter().filter(|block| block.span != wanted.span);
    let first_fit = |from: u64, to: u64| {
        let mut at = from.next_multiple_of(size);
        // The blocks are sorted by address, so one pass moves the candidate past each that it overlaps.
        for other in others() {
            let (low, high) = (u64::from(u32::from(other.cidr.network())), u64::from(u32::from(other.cidr.broadcast())));
            if low < at + size && high >= at {
                at = (high + 1).next_multiple_of(size);
            }
        }
        (at + size <= to).then_some(at)
    };
    let at = first_fit(begin, end).or_else(|| first_fit(private, end))?;
    Ipv4Net::new(Ipv4Addr::from(u32::try_from(at).ok()?), wanted.cidr.prefix_len()).ok()
}

/// Returns the network of one account with the block `cidr` and the tier's defaults, after checking it.
pub(super) fn settle(raw: &raw::Network, tier: Tier, cidr: Ipv4Net, diagnostics: &mut Diagnostics) -> Option<Network> {
    if !raw.readable {
        return None;
    }
    let subnets: Vec<SubnetKind> = match &raw.subnets {
        Some(list) => list.value.iter().map(|kind| kind.value).collect(),
        None => tier.subnets().to_vec(),
    };
    // A NAT gateway is in a public subnet and serves private ones: if the file leaves either out, the tier's NAT is dropped.
    let serves = subnets.contains(&SubnetKind::Public) && subnets.contains(&SubnetKind::Private);
    let nat = match &raw.nat {
        Some(nat) => nat.value,
        None if serves => tier.nat(),
        None => Nat::None,
    };
    if let Some(written) = raw.nat.as_ref().filter(|nat| nat.value != Nat::None && !serves) {
        let missing = if subnets.contains(&SubnetKind::Public) { "private" } else { "public" };
        let diagnostic =
            Diagnostic::error(written.span.clone(), format!("`nat = \"{}\"` without {missing} subnets", written.value.as_str()))
                .with_hint("a NAT gateway is in a public subnet and serves private ones: add them, or write nat = \"none\"");
        diagnostics.report(match &raw.subnets {
            Some(list) => diagnostic.with_related(list.span.clone(), "the subnets"),
            None => diagnostic,
        });
        return None;
    }
    let azs = raw.azs.as_ref().map_or(tier.azs(), |azs| azs.value);
    let flow_log_interval_seconds = raw.flow_log_seconds.as_ref().map_or(tier.flow_log_interval_seconds(), |seconds| seconds.value);
    let endpoints = raw.endpoints.as_ref().map(|list| list.value.iter().map(|service| service.value).collect()).unwrap_or_default();
    let network = Network { cidr, azs, nat, subnets, flow_log_interval_seconds, endpoints };
    check_endpoints(raw, &network, diagnostics).then_some(network)
}

/// Reports interface endpoints without a subnet to be in, and more of them than a subnet has addresses: each takes one.
fn check_endpoints(raw: &raw::Network, network: &Network, diagnostics: &mut Diagnostics) -> bool {
    let Some(list) = raw.endpoints.as_ref().filter(|_| !network.endpoints.is_empty()) else { return true };
    if network.endpoint_subnets().is_none() {
        let diagnostic = Diagnostic::error(list.span.clone(), "`endpoints` without private or isolated subnets")
            .with_hint("interface endpoints are in private subnets, or else isolated ones: add them, or remove `endpoints`");
        diagnostics.report(match &raw.subnets {
            Some(list) => diagnostic.with_related(list.span.clone(), "the subnets"),
            None => diagnostic,
        });
        return false;
    }
    // A block that is too small for its subnets is reported as such.
    let Some(subnet) = network.slices().first().map(|slice| slice.cidr).filter(|cidr| PREFIXES.contains(&cidr.prefix_len())) else {
        return true;
    };
    let (count, prefix) = (network.endpoints.len(), subnet.prefix_len());
    let room = (1_usize << (subnet.max_prefix_len() - prefix)).saturating_sub(RESERVED);
    if count > room {
        let message = format!("{count} endpoints do not fit into subnets of /{prefix}, which have {room} addresses");
        diagnostics.report(Diagnostic::error(list.span.clone(), message).with_hint("choose a larger block, or fewer endpoints"));
        return false;
    }
    true
}

/// Returns the longest prefix of a block in which the subnets fit, each of the same size.
pub(super) fn longest_prefix_for(network: &Network) -> u8 {
    let bits = u8::try_from(network.parts().trailing_zeros()).unwrap_or(u8::MAX);
    PREFIXES.end().saturating_sub(bits)
}

/// Reports a block that is too small for its subnets.
pub(super) fn check_fits(network: &Network, span: &Range<usize>, diagnostics: &mut Diagnostics) -> bool {
    let longest = longest_prefix_for(network);
    if network.cidr.prefix_len() <= longest {
        return true;
    }
    let kinds: Vec<&str> = network.subnets.iter().map(|kind| kind.as_str()).collect();
    let zones = if network.azs == 1 { "1 zone".to_owned() } else { format!("{} zones", network.azs) };
    let count = usize::from(network.azs) * network.subnets.len();
    diagnostics.report(
        Diagnostic::error(span.clone(), format!("{} is too small for {count} subnets ({zones}: {})", network.cidr, kinds.join(", ")))
            .with_label(format!("the smallest block that fits is a /{longest}")),
    );
    false
}

/// Divides an environment's block into `count` parts, one for each workload account.
pub(super) fn cut(raw: &raw::Network, environment: &str, count: usize, diagnostics: &mut Diagnostics) -> Option<Vec<Ipv4Net>> {
    let cidr = raw.cidr.as_ref()?;
    if !raw.readable {
        return None;
    }
    let prefix = raw.part.as_ref().map_or(PART_DEFAULT, |part| part.value);
    let span = raw.part.as_ref().map_or(&cidr.span, |part| &part.span);
    let Ok(parts) = cidr.value.subnets(prefix) else {
        let message = format!("{} cannot be cut into parts of /{prefix}", cidr.value);
        diagnostics.report(Diagnostic::error(span.clone(), message).with_hint(format!(
            "`part` is {} to {} in a block of this size",
            cidr.value.prefix_len(),
            PREFIXES.end()
        )));
        return None;
    };
    let room = 1_usize << (prefix - cidr.value.prefix_len());
    if count > room {
        let message = format!("{} has room for {room} of the {count} workloads of `{environment}`, each with a /{prefix}", cidr.value);
        diagnostics.report(Diagnostic::error(span.clone(), message).with_hint(room_for(cidr.value, prefix, count)));
        return None;
    }
    Some(parts.take(count).collect())
}

/// Returns a hint that makes room for that many parts: smaller parts, or a larger block. AWS allows none larger than a /16.
fn room_for(cidr: Ipv4Net, part: u8, count: usize) -> String {
    let bits = u8::try_from(count.next_power_of_two().trailing_zeros()).unwrap_or(u8::MAX);
    let smaller =
        cidr.prefix_len().checked_add(bits).filter(|prefix| PREFIXES.contains(prefix)).map(|prefix| format!("write `part = {prefix}`"));
    let larger = part.checked_sub(bits).filter(|prefix| PREFIXES.contains(prefix)).map(|prefix| format!("choose a /{prefix}"));
    match (smaller, larger) {
        (Some(smaller), Some(larger)) => format!("{larger}, or {smaller}"),
        (Some(way), None) => format!("a /{} is the largest block: {way}", PREFIXES.start()),
        (None, Some(way)) => way,
        (None, None) => format!("a /{} is the largest block: divide the workloads between two environments", PREFIXES.start()),
    }
}

/// Warns about a `part` that has no effect.
pub(super) fn warn_of_unused_part(raw: &raw::Network, environment: &str, workloads: &[&str], diagnostics: &mut Diagnostics) {
    if let Some(part) = &raw.part {
        let message = format!("`part` has no effect: no workload has `{environment}` among its environments");
        let diagnostic = Diagnostic::warning(part.span.clone(), message);
        diagnostics.report(match nearest(environment, workloads.iter().copied()) {
            Some(near) => diagnostic.with_hint(format!("did you mean to list it in [workloads.{near}]?")),
            None => diagnostic.with_hint(format!("remove it, or list `{environment}` in a workload's environments")),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_free_block_steps_over_what_is_taken() {
        let block = |cidr: &str, at: usize| Block {
            section: String::new(),
            owner: String::new(),
            cidr: cidr.parse().expect("valid"),
            span: at..at + 1,
        };
        let cases: [(&[&str], &str); 5] = [
            (&["10.16.0.0/16", "10.16.128.0/17"], "10.17.0.0/17"),
            (&["10.16.0.0/16", "10.16.0.0/16", "10.17.0.0/24"], "10.18.0.0/16"),
            (&["10.255.0.0/16", "10.255.0.0/16"], "10.0.0.0/16"),
            (&["10.255.0.0/16", "10.255.0.0/16", "10.0.0.0/16", "10.1.128.0/17"], "10.2.0.0/16"),
            (&["192.168.0.0/16", "192.168.4.0/24"], "10.0.0.0/24"),
        ];
        for (texts, expected) in cases {
            let mut sorted: Vec<Block> = texts.iter().enumerate().map(|(at, cidr)| block(cidr, at)).collect();
            sorted.sort_by_key(|block| block.cidr.network());
            let free = next_free(&block(texts[1], 1), &block(texts[0], 0), &sorted);
            assert_eq!(free.map(|free| free.to_string()).as_deref(), Some(expected), "{texts:?}");
        }
    }

    #[test]
    fn room_is_made_by_what_aws_takes() {
        let hint = |cidr: &str, part, count| room_for(cidr.parse().expect("valid"), part, count);
        assert_eq!(hint("10.0.0.0/16", 20, 18), "a /16 is the largest block: write `part = 21`");
        assert_eq!(hint("10.0.0.0/18", 20, 5), "choose a /17, or write `part = 21`");
        assert_eq!(hint("10.0.0.0/27", 28, 3), "choose a /26");
        assert_eq!(hint("10.0.0.0/16", 16, 5000), "a /16 is the largest block: divide the workloads between two environments");
    }

    #[test]
    fn the_smallest_block_holds_every_subnet() {
        let network = |azs, subnets: &[SubnetKind]| Network {
            cidr: "10.0.0.0/16".parse().expect("valid"),
            azs,
            nat: Nat::None,
            subnets: subnets.to_vec(),
            flow_log_interval_seconds: 600,
            endpoints: Vec::new(),
        };
        let three = [SubnetKind::Public, SubnetKind::Private, SubnetKind::Isolated];
        assert_eq!(longest_prefix_for(&network(1, &three[..1])), 28);
        assert_eq!(longest_prefix_for(&network(2, &three[..2])), 26);
        assert_eq!(longest_prefix_for(&network(3, &three)), 24);
        assert_eq!(longest_prefix_for(&network(6, &three)), 23);
    }
}
