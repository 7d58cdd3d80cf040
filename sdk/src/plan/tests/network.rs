//! Plans of networks: what is built and in which order, what a change of the manifest means, what blocks.

use crate::kind::ec2::{eip, internet_gateway, nat, subnet, vpc};
use crate::kind::{Desired, Observed};

/// Returns what would be observed, had this thing of a network just been built.
pub(super) fn built(thing: Desired, number: usize) -> Observed {
    match thing {
        Desired::Vpc(thing) => Observed::Vpc(vpc::Observed {
            id: format!("vpc-{number}"),
            cidr: thing.cidr,
            state: "available".to_owned(),
            dns_support: thing.dns_support,
            dns_hostnames: thing.dns_hostnames,
            tags: thing.tags,
        }),
        Desired::InternetGateway(thing) => Observed::InternetGateway(internet_gateway::Observed {
            id: format!("igw-{number}"),
            vpc: Some(thing.vpc.as_str().to_owned()),
            tags: thing.tags,
        }),
        Desired::Subnet(thing) => Observed::Subnet(subnet::Observed {
            id: format!("subnet-{number}"),
            vpc: thing.vpc.as_str().to_owned(),
            cidr: thing.cidr,
            zone: match thing.zone {
                subnet::Zone::Nth { place, .. } => format!("euw1-az{}", place + 1),
                subnet::Zone::Id(zone) => zone.as_str().to_owned(),
            },
            state: "available".to_owned(),
            public_addresses: false,
            tags: thing.tags,
        }),
        Desired::Eip(thing) => {
            Observed::Eip(eip::Observed { id: format!("eipalloc-{number}"), ip: format!("192.0.2.{number}"), tags: thing.tags })
        }
        Desired::Nat(thing) => Observed::Nat(nat::Observed {
            id: format!("nat-{number}"),
            subnet: thing.subnet.as_str().to_owned(),
            eip: thing.eip.as_str().to_owned(),
            state: "available".to_owned(),
            tags: thing.tags,
        }),
        other => panic!("not a network's: {other:?}"),
    }
}
