//! Plans of networks: what is built and in which order, what a change of the manifest means, what blocks.

use crate::kind::ec2::vpc;
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
        other => panic!("not a network's: {other:?}"),
    }
}
