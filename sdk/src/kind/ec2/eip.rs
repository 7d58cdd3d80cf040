//! Elastic IP addresses, found by their address tag: AWS chooses the IP address.
//!
//! They are billed by the hour, used or not, and `AllocateAddress` has no idempotency token: one with the wanted address tag is looked up
//! first, and again when the answer was lost.

use serde::{Deserialize, Serialize};

use super::api::{self, Done, Filter, NatGateway, Tag, TagSpecification};
use super::{
    carried, carries, created_once, gone, nat_gateways, our_vpcs, ours_at, refusal, same_address, sent_once, tag, untagged, were_ours,
};
use crate::address::Address;
use crate::aws::client::{items, requests};
use crate::aws::error::AwsError;
use crate::aws::tags::{self, Tags};
use crate::id::ec2::{AllocationId, NatGatewayId};
use crate::kind::terraform::{Import, Place};
use crate::kind::{Adoption, Blocked, Charge, Context, Facts, Item, Kind, Made, NoEdit, ScopeSet, StepError};

/// The kind `eip`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Eip;

/// What an elastic IP address should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desired {
    /// The address of the NAT gateway that uses it: without it the elastic IP address would be billed and unused.
    pub nat: Address,
    /// Its tags.
    pub tags: Tags,
}

/// What an elastic IP address is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Its allocation's id, `eipalloc-…`.
    pub id: AllocationId,
    /// The IP address.
    pub ip: String,
    /// The NAT gateway in a managed VPC that uses it, if any.
    pub nat: Option<UsedBy>,
    /// Its tags.
    pub tags: Tags,
}

/// A NAT gateway that uses an elastic IP address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UsedBy {
    /// Its id, `nat-…`.
    pub id: NatGatewayId,
    /// The address in its tags, if any.
    pub address: Option<String>,
}

impl Kind for Eip {
    const NAME: &'static str = "eip";
    const SCOPES: ScopeSet = ScopeSet::Region;
    const SERVICE: &'static str = "EC2";
    const REMOVAL_RANK: u8 = 23;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = NoEdit;

    fn matches(desired: &Desired, observed: &Observed) -> bool {
        same_address(&desired.tags, &observed.tags)
    }

    fn tags(observed: &Observed) -> Option<&Tags> {
        Some(&observed.tags)
    }

    /// It was found by one of landfall's tags, so only the other one can be missing.
    fn adoption(_: &Desired, _: &Observed) -> Adoption {
        Adoption::Adopt
    }

    /// The elastic IP address that the NAT gateway already uses, with other tags: a second one would be billed and unused.
    fn rival(desired: &Desired, observed: &Observed) -> Option<Blocked> {
        let used = observed.nat.as_ref()?;
        let is_nat = |address: &String| address.parse::<Address>().is_ok_and(|address| address.within(desired.nat.scope()) == desired.nat);
        // A gateway with an address tag only counts if it is the very one that is wanted.
        let is_its = used.address.as_ref().map_or(!observed.tags.contains_key(tags::ADDRESS), is_nat);
        let what = || format!("{} uses {} ({}), which has {}", used.id, observed.ip, observed.id, carried(&observed.tags));
        is_its.then(|| untagged(what(), &observed.id, &desired.tags))
    }

    fn tagging<'a>(desired: &'a Desired, observed: &'a Observed) -> Option<(&'a Tags, &'a Tags)> {
        Some((&observed.tags, &desired.tags))
    }

    fn summary(_: &Desired) -> String {
        "billed by the hour".to_owned()
    }

    fn display_name(observed: &Observed) -> String {
        format!("{} ({})", observed.ip, observed.id)
    }

    fn terraform(observed: &Observed, _: &Place<'_>) -> Import {
        Import::new("aws_eip", &observed.id)
    }

    fn check_removable(_: &Observed) -> Result<(), Blocked> {
        Ok(())
    }

    fn cost(_: &Desired) -> Vec<Charge> {
        vec![Charge::fixed(Item::PublicAddress)]
    }

    /// Whether anything uses it or not.
    fn present_cost(_: &Observed) -> Vec<Charge> {
        vec![Charge::fixed(Item::PublicAddress)]
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        let mut facts = Facts::one(address, "id", &observed.id);
        facts.learn(address, "ip", &observed.ip);
        facts
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        let found = cx.send(&DescribeAddresses { filter: Vec::new() }).await?;
        let (nats, vpcs) = (nat_gateways(cx).await?, our_vpcs(cx).await?);
        let inside = |nat: &&NatGateway| vpcs.contains(&nat.vpc_id);
        let users: Vec<&NatGateway> = nats.iter().filter(inside).collect();
        let eips = found.addresses.into_iter().map(read).map(|eip| Observed { nat: used_by(&eip, &users), ..eip });
        Ok(eips.filter(|eip| were_ours(cx, &eip.tags) || eip.nat.is_some()).collect())
    }

    async fn create(cx: &Context<'_>, address: &Address, desired: &Desired) -> Result<Made<Observed>, StepError> {
        if let Some(found) = find(cx, address).await? {
            return Ok(Made::Found(found));
        }
        let allocate = AllocateAddress { domain: "vpc", tag_specification: TagSpecification::new("elastic-ip", &desired.tags) };
        let sent = cx.send_with(&created_once(cx), &allocate).await;
        let made = |made: Allocated| Observed { id: made.allocation_id, ip: made.public_ip, nat: None, tags: desired.tags.clone() };
        sent_once(cx, sent, made, || find(cx, address)).await
    }

    async fn tag(cx: &Context<'_>, observed: &Observed, tags: &Tags) -> Result<(), StepError> {
        tag(cx, &observed.id, tags).await
    }

    async fn remove(cx: &Context<'_>, observed: &Observed) -> Result<(), StepError> {
        let id = &observed.id;
        match gone(cx.send_with(&refusal::removal(cx), &ReleaseAddress { allocation_id: id.clone() }).await) {
            Ok(()) => Ok(()),
            Err(error) => Err(refusal::in_use(cx, error, "association.allocation-id", id).await),
        }
    }
}

/// Returns the elastic IP address with an address tag.
async fn find(cx: &Context<'_>, address: &Address) -> Result<Option<Observed>, AwsError> {
    let found = cx.send(&DescribeAddresses { filter: ours_at(cx, address) }).await?;
    Ok(found.addresses.into_iter().map(read).find(|eip| carries(cx, address, &eip.tags)))
}

/// Returns the NAT gateway among these that uses an elastic IP address.
fn used_by(eip: &Observed, nats: &[&NatGateway]) -> Option<UsedBy> {
    let uses = |nat: &&&NatGateway| nat.addresses.iter().any(|address| address.allocation_id.as_ref() == Some(&eip.id));
    let nat = nats.iter().find(uses)?;
    Some(UsedBy { id: nat.nat_gateway_id.clone(), address: api::read(&nat.tags).remove(tags::ADDRESS) })
}

fn read(found: Found) -> Observed {
    Observed { id: found.allocation_id, ip: found.public_ip, nat: None, tags: api::read(&found.tags) }
}

requests! { EC2, "ec2":
    /// Lists elastic IP addresses; the list has no pages.
    DescribeAddresses { filter: Vec<Filter> } -> Addresses,
    AllocateAddress { domain: &'static str, tag_specification: Vec<TagSpecification> } -> Allocated,
    ReleaseAddress { allocation_id: AllocationId } -> Done,
}

#[derive(Debug, Deserialize)]
struct Addresses {
    #[serde(default, rename = "addressesSet", deserialize_with = "items")]
    addresses: Vec<Found>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    allocation_id: AllocationId,
    public_ip: String,
    #[serde(default, rename = "tagSet", deserialize_with = "items")]
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Allocated {
    allocation_id: AllocationId,
    public_ip: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::literal;

    #[test]
    fn the_ip_address_is_an_output_and_not_a_difference() {
        let address: Address = "prod/eu-west-1/eip/nat-a".parse().expect("valid");
        let tags = Tags::from([(tags::ADDRESS.to_owned(), address.to_string())]);
        let desired = Desired { nat: "prod/eu-west-1/nat/a".parse().expect("valid"), tags: tags.clone() };
        let observed = Observed { id: literal("eipalloc-1"), ip: "192.0.2.1".to_owned(), nat: None, tags };
        assert!(Eip::matches(&desired, &observed));
        assert_eq!(Eip::diff(&desired, &observed), Ok(vec![]));
        assert_eq!(Eip::facts(&address, &observed).find(&address, "ip"), Some("192.0.2.1"));
    }

    #[test]
    fn an_address_that_the_nat_gateway_already_uses_blocks_a_second_one() {
        let tags = Tags::from([(tags::ADDRESS.to_owned(), "prod/eu-west-1/eip/nat-a".to_owned())]);
        let desired = Desired { nat: "prod/eu-west-1/nat/a".parse().expect("valid"), tags: tags.clone() };
        let used = |address: Option<&str>| Some(UsedBy { id: literal("nat-1"), address: address.map(str::to_owned) });
        let rival = |nat: Option<UsedBy>, tags: Tags| {
            Eip::rival(&desired, &Observed { id: literal("eipalloc-1"), ip: "192.0.2.1".to_owned(), nat, tags })
                .map(|blocked| blocked.reason)
        };
        let expected = Some("nat-1 uses 192.0.2.1 (eipalloc-1), which has no landfall tags".to_owned());
        assert_eq!(rival(used(Some("prod/eu-west-1/nat/a")), Tags::new()), expected);
        assert_eq!(rival(used(None), Tags::new()), expected, "the gateway may have lost its tags, too");
        assert_eq!(rival(used(Some("prod/eu-west-1/nat/b")), Tags::new()), None, "another gateway's second address");
        assert_eq!(rival(None, Tags::new()), None, "one that no managed gateway uses");
    }
}
