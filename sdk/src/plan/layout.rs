//! Networks change as a whole. The blocks of a VPC and its subnets cannot be changed, so if the manifest divides an existing
//! network differently, the whole network is blocked: changed piece by piece, it would pay for resources that no subnet uses.
//!
//! Pure, and run before the planner decides about single resources: the parts of a kept network are neither steps nor settled nor
//! orphans.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::Ipv4Net;

use super::BlockedStep;
use crate::address::{Address, Scope};
use crate::aws::tags::{self, Tags};
use crate::desired::DesiredState;
use crate::kind::ec2::{eip, endpoint, flow_log, internet_gateway, nat, network_acl, route_table, security_group, subnet, vpc};
use crate::kind::{Blocked, Desired, Kind, Observed};
use crate::model::network::az_letter;
use crate::model::{Nat, Network, Organization, SubnetKind};
use crate::name::OrganizationName;
use crate::observed::Observation;

/// The kinds that make up a network.
const KINDS: &[&str] = &[
    vpc::Vpc::NAME,
    internet_gateway::InternetGateway::NAME,
    subnet::Subnet::NAME,
    eip::Eip::NAME,
    nat::Nat::NAME,
    route_table::RouteTable::NAME,
    security_group::SecurityGroup::NAME,
    network_acl::NetworkAcl::NAME,
    endpoint::Endpoint::NAME,
    flow_log::FlowLog::NAME,
];
/// The most availability zones that the manifest accepts for a network (docs/MANIFEST.md).
const ZONES_MAX: u8 = 6;

/// The existing networks that the manifest divides differently.
#[derive(Debug, Default)]
pub(super) struct Layouts(BTreeMap<Scope, BlockedStep>);

impl Layouts {
    /// Finds them.
    pub(super) fn of(organization: &Organization, desired: &DesiredState, observation: &Observation) -> Self {
        let mut wanted: BTreeMap<&Scope, Cut> = BTreeMap::new();
        for thing in &desired.wanted {
            let cut = wanted.entry(thing.address.scope()).or_default();
            match &thing.thing {
                Desired::Vpc(vpc) => cut.vpc = Some((thing.address.clone(), Some(vpc.cidr))),
                Desired::Subnet(subnet) => {
                    cut.subnets.insert(thing.address.name().to_owned(), subnet.cidr);
                }
                _ => {}
            }
        }
        let things = observation.by_scope();
        let kept = wanted.into_iter().filter_map(|(scope, wanted)| {
            let there = things.get(scope)?;
            let exists = Standing::of(&organization.name, wanted.vpc.as_ref()?.0.clone(), there)?;
            let blocked = exists.against(organization, &wanted)?;
            Some((scope.clone(), BlockedStep { address: exists.vpc, blocked, needs: None }))
        });
        Self(kept.collect())
    }

    /// Returns whether a resource is part of a network that stays as it is.
    pub(super) fn hold(&self, address: &Address) -> bool {
        is_of_network(address) && self.0.contains_key(address.scope())
    }

    /// Returns a blocked step for each network.
    pub(super) fn blocked(&self) -> impl Iterator<Item = BlockedStep> + '_ {
        self.0.values().cloned()
    }
}

/// Returns whether a resource is of a kind that makes up a network.
pub(super) fn is_of_network(address: &Address) -> bool {
    KINDS.contains(&address.kind())
}

/// How the manifest divides a network.
#[derive(Default)]
struct Cut {
    vpc: Option<(Address, Option<Ipv4Net>)>,
    subnets: BTreeMap<String, Ipv4Net>,
}

/// A network that exists.
struct Standing {
    vpc: Address,
    id: String,
    cidr: Ipv4Net,
    subnets: BTreeMap<String, Ipv4Net>,
    /// The letters of the zones that have a NAT gateway.
    nats: BTreeSet<String>,
    /// How many resources it consists of.
    things: usize,
}

impl Standing {
    /// Returns the network of the VPC that carries an address; `None` if this organization has no such VPC.
    fn of(organization: &OrganizationName, address: Address, there: &[&Observed]) -> Option<Self> {
        // One of the two tags may be lost, and the account's key in the other may be an old one.
        let named = |tags: &Tags| {
            let own = tags.get(tags::ADDRESS)?.parse::<Address>().ok()?.within(address.scope());
            let is_ours = tags.get(tags::ORGANIZATION).is_none_or(|name| name == organization.as_str());
            (is_ours && own.scope() == address.scope()).then_some(own)
        };
        let vpc = there.iter().find_map(|thing| match thing {
            Observed::Vpc(vpc) if named(&vpc.tags).as_ref() == Some(&address) => Some(vpc),
            _ => None,
        })?;
        let (mut subnets, mut nats, mut things) = (BTreeMap::new(), BTreeSet::new(), 0);
        for thing in there.iter().filter(|thing| KINDS.contains(&thing.kind())) {
            let own = thing.tags().and_then(named);
            match (thing, &own) {
                (Observed::Subnet(subnet), Some(own)) if subnet.vpc == vpc.id => {
                    subnets.insert(own.name().to_owned(), subnet.cidr);
                }
                (Observed::Nat(_), Some(own)) => {
                    nats.insert(own.name().to_owned());
                }
                _ => {}
            }
            // Resources that AWS creates and deletes with the VPC have no tags.
            let is_default = match thing {
                Observed::SecurityGroup(group) => group.is_default() && group.vpc == vpc.id,
                Observed::NetworkAcl(acl) => acl.vpc == vpc.id,
                _ => false,
            };
            things += usize::from(own.is_some() || is_default);
        }
        Some(Self { id: vpc.id.to_string(), cidr: vpc.cidr, vpc: address, subnets, nats, things })
    }

    /// Returns why it cannot be changed to what the manifest wants; `None` if it can.
    fn against(&self, organization: &Organization, wanted: &Cut) -> Option<Blocked> {
        let cidr = wanted.vpc.as_ref()?.1?;
        let things = self.things;
        let reason = if cidr != self.cidr {
            format!(
                "{} has the block {}, the manifest says {cidr}: a network that exists keeps its block, and {things} things of it stay as they are",
                self.id, self.cidr
            )
        } else if self.is_cut_otherwise(&wanted.subnets) {
            format!("a network that exists keeps its zones and subnets; {things} things of it stay as they are")
        } else {
            return None;
        };
        let remove = "or remove it first: leave `network` out, `landfall apply --prune`, then write the new one";
        let hint = match self.keep(organization, cidr) {
            Some(line) => format!("keep it: {line}; {remove}"),
            None => remove.trim_start_matches("or ").to_owned(),
        };
        Some(Blocked::new(reason, hint))
    }

    /// Returns whether a desired subnet overlaps another one that landfall manages, or has moved.
    fn is_cut_otherwise(&self, wanted: &BTreeMap<String, Ipv4Net>) -> bool {
        let overlaps = |one: &Ipv4Net, other: &Ipv4Net| one.contains(other) || other.contains(one);
        self.subnets
            .iter()
            .any(|(name, cidr)| wanted.iter().any(|(other, part)| if name == other { cidr != part } else { overlaps(cidr, part) }))
    }

    /// Returns the lines of the manifest that describe this network as it is.
    fn keep(&self, organization: &Organization, wanted: Ipv4Net) -> Option<String> {
        if self.subnets.is_empty() {
            // It can still be divided in any way.
            return Some(format!("cidr = \"{}\" in its network", self.cidr));
        }
        let network = self.network()?;
        let kinds = network.subnets.iter().map(|kind| format!("\"{}\"", kind.as_str())).collect::<Vec<_>>().join(", ");
        let rest = format!("azs = {}, subnets = [{kinds}], nat = \"{}\"", network.azs, network.nat.as_str());
        let account = organization.accounts.get(self.vpc.scope().account()?)?;
        Some(match (&account.workload, &account.environment) {
            // The block is a part of the environment's block, and the order of the workloads determines the parts.
            (Some(_), Some(environment)) if wanted == self.cidr => {
                format!("{rest} in the network of environment {environment}, for all of its workloads")
            }
            (Some(_), Some(environment)) => {
                format!("the former `cidr` and `part` of environment {environment}, and its workloads in their former order, with {rest}")
            }
            _ => format!("network = {{ cidr = \"{}\", {rest} }}", network.cidr),
        })
    }

    /// Returns the model's network that has each of these subnets in its place and the fewest others.
    fn network(&self) -> Option<Network> {
        let candidates = (1..=ZONES_MAX).flat_map(|azs| orders().into_iter().map(move |subnets| (azs, subnets)));
        let fitting = candidates.filter_map(|(azs, subnets)| {
            let network = Network {
                cidr: self.cidr,
                azs,
                nat: self.nat(azs, &subnets),
                subnets,
                flow_log_interval_seconds: 0,
                endpoints: Vec::new(),
            };
            let slices: BTreeMap<String, Ipv4Net> = network.slices().into_iter().map(|slice| (slice.name(), slice.cidr)).collect();
            let fits = self.subnets.iter().all(|(name, cidr)| slices.get(name) == Some(cidr));
            fits.then_some((slices.len(), network))
        });
        fitting.min_by_key(|(count, network)| (*count, network.azs)).map(|(_, network)| network)
    }

    fn nat(&self, azs: u8, subnets: &[SubnetKind]) -> Nat {
        let serves = subnets.contains(&SubnetKind::Public) && subnets.contains(&SubnetKind::Private);
        if self.nats.is_empty() || !serves {
            Nat::None
        } else if azs == 1 || self.nats.iter().all(|zone| *zone == az_letter(0).to_string()) {
            Nat::Single
        } else {
            Nat::PerAz
        }
    }
}

/// Returns every choice of kinds of subnets, in every order.
fn orders() -> Vec<Vec<SubnetKind>> {
    const KINDS: [SubnetKind; 3] = [SubnetKind::Public, SubnetKind::Private, SubnetKind::Isolated];
    let mut all: Vec<Vec<SubnetKind>> = Vec::new();
    let mut longer: Vec<Vec<SubnetKind>> = vec![Vec::new()];
    for _ in KINDS {
        longer = longer
            .iter()
            .flat_map(|order| KINDS.iter().filter(|kind| !order.contains(kind)).map(|kind| order.iter().copied().chain([*kind]).collect()))
            .collect();
        all.extend(longer.iter().cloned());
    }
    all
}
