//! VPC block public access: a declarative policy for EC2 for each place of the manifest that decides.
//!
//! It holds for every VPC of an account, in every Region, whoever made it. No exclusions: an administrator of the account could make one for
//! each VPC.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::model::{Organization, VpcBlock, VpcBlockMode};

/// Returns the different blocks of all accounts; each is one policy.
pub(super) fn wanted(organization: &Organization) -> BTreeSet<&VpcBlock> {
    organization.accounts.values().filter_map(|account| account.baseline.vpc_block.as_ref()).collect()
}

/// Returns the description of a policy.
pub(super) fn description(block: &VpcBlock) -> &'static str {
    match block.mode {
        VpcBlockMode::Ingress => "The internet reaches no VPC; NAT gateways reach the internet",
        VpcBlockMode::Bidirectional => "No VPC reaches the internet, nor the internet any VPC",
    }
}

/// Returns a policy's document (docs/AWS.md D.8: underscores, where EC2's API has hyphens).
pub(super) fn document(block: &VpcBlock) -> Value {
    let mode = match block.mode {
        VpcBlockMode::Ingress => "block_ingress",
        VpcBlockMode::Bidirectional => "block_bidirectional",
    };
    json!({"ec2_attributes": {"vpc_block_public_access": {"internet_gateway_block": {
        "mode": {"@@assign": mode},
        "exclusions_allowed": {"@@assign": "disabled"},
    }}}})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::PolicyType;
    use crate::name::literal;

    /// The modes of AWS's syntax page (docs/AWS.md D.8).
    #[test]
    fn a_policy_is_in_the_words_of_awss_syntax() {
        for (mode, word) in [(VpcBlockMode::Ingress, "block_ingress"), (VpcBlockMode::Bidirectional, "block_bidirectional")] {
            let document = document(&VpcBlock { policy: literal("vpc-access"), mode });
            assert_eq!(PolicyType::of(&document), Some(PolicyType::Ec2));
            let block = &document["ec2_attributes"]["vpc_block_public_access"]["internet_gateway_block"];
            assert_eq!(*block, json!({"mode": {"@@assign": word}, "exclusions_allowed": {"@@assign": "disabled"}}));
        }
    }
}
