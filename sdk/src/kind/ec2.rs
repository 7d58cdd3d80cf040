//! Kinds of EC2: the network of one account in one Region.
//!
//! The shared part of its kinds: tags, tokens, finding managed resources again, waiting. The id of a resource is an output only once the
//! resource can be used (available, attached), so steps that refer to it wait for that. The meaning of EC2's errors is in `ec2/refusal.rs`.

mod api;
pub mod default_vpc;
pub mod ebs_encryption;
pub mod eip;
pub mod endpoint;
pub mod flow_log;
pub mod internet_gateway;
pub mod nat;
pub mod network_acl;
mod refusal;
pub mod route_table;
pub mod security_group;
mod state;
pub mod subnet;
pub mod vpc;

use std::collections::BTreeSet;
use std::future::Future;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use ipnet::Ipv4Net;

use self::api::{
    CreateTags, DescribeNatGateways, DescribeNetworkAcls, DescribeRouteTables, DescribeVpcs, Filter, NatGateway, NetworkAcl, RouteTable,
    UnsuccessfulItem, Vpc, filter,
};
pub use self::state::State;
use super::change::Field;
use super::context::{Context, StepError};
use super::{Blocked, Made, Text};
use crate::address::Address;
use crate::aws::error::{Answer, AwsError};
use crate::aws::retry::RetryPolicy;
use crate::aws::tags::{self, Owner, Tags};
use crate::id::ec2::VpcId;
use crate::name::NameError;

/// How long EC2 may not find something that was just created (docs/AWS.md 5.8).
const PROPAGATION: Duration = Duration::from_mins(5);
/// How long the result of a create with a lost answer is searched for: if it took effect, it is listed within seconds.
const LOST: Duration = Duration::from_secs(30);
/// Pauses while something becomes available. AWS's own waiters ask every 15 s, but a Describe is cheap (20 a second, docs/AWS.md 5.8) and
/// later steps wait for the answer.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(3));
/// How long that may take (docs/AWS.md 5.7: 10 min).
const AVAILABLE: Duration = Duration::from_mins(15);

/// EC2's codes for a resource that does not exist yet, or no longer.
const NOT_FOUND: &[&str] = &[
    "InvalidVpcID.NotFound",
    "InvalidSubnetID.NotFound",
    "InvalidInternetGatewayID.NotFound",
    "InvalidGatewayID.NotFound",
    "InvalidAllocationID.NotFound",
    "NatGatewayNotFound",
    "InvalidNatGatewayID.NotFound",
    "InvalidRouteTableID.NotFound",
    "InvalidNetworkAclID.NotFound",
    "InvalidGroup.NotFound",
    "InvalidVpcEndpointId.NotFound",
    "InvalidVpcEndpoint.NotFound",
    "InvalidFlowLogId.NotFound",
    "InvalidAssociationID.NotFound",
];

/// Writes tags; existing ones are replaced.
async fn tag(cx: &Context<'_>, id: &str, tags: &Tags) -> Result<(), StepError> {
    let tags = CreateTags { resource_id: vec![id.to_owned()], tag: api::written(tags) };
    cx.send_with(&until_visible(cx), &tags).await?;
    Ok(())
}

/// Returns whether both have the same address tag: this identifies resources without a name of their own.
///
/// The account's key in it is ignored: both are in one account, whose key may have changed in the manifest.
fn same_address(desired: &Tags, observed: &Tags) -> bool {
    let within = |tags: &Tags| tags.get(tags::ADDRESS).and_then(|address| address.split_once('/').map(|(_, rest)| rest.to_owned()));
    within(desired).is_some_and(|address| within(observed) == Some(address))
}

/// Returns the filter for resources of this organization.
fn ours(cx: &Context<'_>) -> Filter {
    filter(format!("tag:{}", tags::ORGANIZATION), [cx.organization().as_str()])
}

/// Returns the filters for resources of this organization under an address.
fn ours_at(cx: &Context<'_>, address: &Address) -> Vec<Filter> {
    vec![ours(cx), filter(format!("tag:{}", tags::ADDRESS), [address.to_string().as_str()])]
}

/// Returns whether tags name this organization and an address: the results of a filter are still checked.
fn carries(cx: &Context<'_>, address: &Address, tags: &Tags) -> bool {
    tags::owner(tags, cx.organization()) == Owner::Ours(address.clone())
}

/// Returns whether the tags are landfall's, or one of the two is left.
fn were_ours(cx: &Context<'_>, tags: &Tags) -> bool {
    match (tags.get(tags::ORGANIZATION), tags.get(tags::ADDRESS)) {
        (Some(name), _) => name == cx.organization().as_str(),
        (None, Some(address)) => address.parse::<Address>().is_ok_and(|address| address.within(cx.scope()).scope() == cx.scope()),
        (None, None) => false,
    }
}

/// Returns every VPC, managed or not: a managed VPC that lost its tags must not count as absent.
async fn vpcs(cx: &Context<'_>) -> Result<Arc<Vec<Vpc>>, AwsError> {
    cx.read_once("vpcs", || cx.pages(DescribeVpcs::by([]))).await
}

/// Returns the ids of the managed VPCs, by their own tags or by those of a NAT gateway in them: resources in them may block landfall's.
async fn our_vpcs(cx: &Context<'_>) -> Result<Vec<VpcId>, AwsError> {
    let nats = nat_gateways(cx).await?;
    let with_ours = nats.iter().filter(|nat| were_ours(cx, &api::read(&nat.tags))).map(|nat| nat.vpc_id.as_str());
    let with_ours: BTreeSet<&str> = with_ours.collect();
    let ours = |vpc: &&Vpc| were_ours(cx, &api::read(&vpc.tags)) || with_ours.contains(vpc.vpc_id.as_str());
    Ok(vpcs(cx).await?.iter().filter(ours).map(|vpc| vpc.vpc_id.clone()).collect())
}

/// Returns the NAT gateways that are available or soon will be, managed or not.
async fn nat_gateways(cx: &Context<'_>) -> Result<Arc<Vec<NatGateway>>, AwsError> {
    cx.read_once("NAT gateways", || {
        cx.pages(DescribeNatGateways::by([filter("state", [State::Pending.as_str(), State::Available.as_str()])]))
    })
    .await
}

/// Returns the route tables of the managed VPCs, managed or not.
async fn route_tables(cx: &Context<'_>) -> Result<Arc<Vec<RouteTable>>, AwsError> {
    let vpcs = our_vpcs(cx).await?;
    cx.read_once("route tables", || async move {
        match &vpcs[..] {
            [] => Ok(Vec::new()),
            vpcs => cx.pages(DescribeRouteTables::by([filter("vpc-id", vpcs.iter().map(VpcId::as_str))])).await,
        }
    })
    .await
}

/// Returns the network ACLs of the managed VPCs, managed or not.
async fn network_acls(cx: &Context<'_>) -> Result<Arc<Vec<NetworkAcl>>, AwsError> {
    let vpcs = our_vpcs(cx).await?;
    cx.read_once("network ACLs", || async move {
        match &vpcs[..] {
            [] => Ok(Vec::new()),
            vpcs => cx.pages(DescribeNetworkAcls::by([filter("vpc-id", vpcs.iter().map(VpcId::as_str))])).await,
        }
    })
    .await
}

/// Returns whether two address blocks overlap.
fn overlap(one: Ipv4Net, other: Ipv4Net) -> bool {
    one.contains(&other) || other.contains(&one)
}

/// Returns which landfall tags a resource has that is in the place of a wanted one.
fn carried(tags: &Tags) -> String {
    tags.get(tags::ADDRESS).map_or_else(|| "no landfall tags".to_owned(), |own| format!("the tags of {own}"))
}

/// Returns the block for a resource that is in the place of a wanted one and lacks its tags: a managed one that lost them, or another
/// owner's.
fn untagged(what: impl Into<String>, id: &str, wanted: &Tags) -> Blocked {
    let tag = |key: &str| format!("Key={key},Value={}", wanted.get(key).map_or("", String::as_str));
    Blocked::new(
        what,
        format!(
            "if landfall made it, put its tags back with the account's access role (`aws ec2 create-tags --resources {id} --tags {} {}`); \
             else remove it",
            tag(tags::ORGANIZATION),
            tag(tags::ADDRESS)
        ),
    )
}

/// Returns the retry policy for a call about a resource that may be seconds old.
fn until_visible(cx: &Context<'_>) -> RetryPolicy {
    cx.retry().until_visible(NOT_FOUND).visible_within(PROPAGATION)
}

/// Returns the retry policy for a create that has no idempotency token.
fn created_once(cx: &Context<'_>) -> RetryPolicy {
    until_visible(cx).sent_once()
}

/// Returns the idempotency token of an address: the same for the same parts, for every caller and every call.
///
/// The parts are the call's parameters, and anything that makes an earlier answer invalid.
fn token(cx: &Context<'_>, address: &Address, parts: &[&str]) -> String {
    let address = address.to_string();
    let thing = [cx.organization().as_str(), cx.session().account().as_str(), &address];
    digest(thing.iter().chain(parts).copied())
}

/// FNV-1a, 128 bits: it must be the same in every build, and a collision in one's own account gives no advantage.
fn digest<'p>(parts: impl Iterator<Item = &'p str>) -> String {
    let hash = parts.fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128, |hash, part| {
        // A separator that no part contains keeps ("a", "bc") apart from ("ab", "c").
        part.bytes().chain([0]).fold(hash, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b))
    });
    format!("landfall-{hash:032x}")
}

/// Returns an idempotency token of the current time: repeats within a step are one creation, and a resource that was deleted since an
/// earlier one is created again. Before it is used, the resource is looked up by its address tag.
fn token_now(cx: &Context<'_>, address: &Address) -> String {
    let now = cx.clock().now().duration_since(UNIX_EPOCH).unwrap_or_default();
    token(cx, address, &[&now.as_nanos().to_string()])
}

/// Returns the error inside a successful answer: some calls answer item by item.
fn unsuccessful(call: &'static str, items: &[UnsuccessfulItem]) -> Result<(), AwsError> {
    let Some(UnsuccessfulItem { error }) = items.first() else { return Ok(()) };
    let (code, message) = (error.code.clone(), error.message.clone());
    Err(AwsError {
        call,
        code,
        reason: None,
        message: message.unwrap_or_else(|| "no message".to_owned()),
        request_id: None,
        status: None,
        answer: Answer::Refused,
    })
}

/// Returns what a create with a lost answer created, or the lost answer's error if nothing is found.
async fn after_loss<T, F>(cx: &Context<'_>, lost: AwsError, find: impl Fn() -> F) -> Result<T, StepError>
where
    F: Future<Output = Result<Option<T>, AwsError>>,
{
    let until = cx.clock().now() + LOST;
    loop {
        if let Some(found) = find().await? {
            return Ok(found);
        }
        if cx.clock().now() >= until {
            return Err(lost.into());
        }
        cx.pause("AWS to list what it may have made", PAUSES.0).await?;
    }
}

/// Reads the answer to a create that is sent once; if it was lost, looks for what the create may have created.
async fn sent_once<T, O, F>(
    cx: &Context<'_>,
    sent: Result<T, AwsError>,
    read: impl FnOnce(T) -> O,
    find: impl Fn() -> F,
) -> Result<Made<O>, StepError>
where
    F: Future<Output = Result<Option<O>, AwsError>>,
{
    match sent {
        Ok(answer) => Ok(Made::New(read(answer))),
        Err(error) if error.answer == Answer::Lost => Ok(Made::Found(after_loss(cx, error, find).await?)),
        Err(error) => Err(refusal::explained(cx, error)),
    }
}

/// Parses the id that was filled in for a reference.
fn id<I: FromStr<Err = NameError>>(text: &Text) -> Result<I, StepError> {
    let known = text.known()?;
    known.parse().map_err(|error: NameError| StepError::refused(error.to_string(), "please report this as a bug; nothing was sent"))
}

/// Returns the result of a removal: a resource that is already gone counts as removed.
fn gone<T>(removed: Result<T, AwsError>) -> Result<(), AwsError> {
    match removed {
        Err(error) if !error.is(NOT_FOUND) => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Returns the field of something that is still becoming usable.
fn awaited(state: &State) -> Vec<Field> {
    vec![Field::new("state", state, State::Available)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_with_one_address_match_and_without_one_do_not() {
        let at = |address: &str| Tags::from([(tags::ADDRESS.to_owned(), address.to_owned())]);
        assert!(same_address(&at("prod/eu-west-1/vpc/main"), &at("prod/eu-west-1/vpc/main")));
        assert!(same_address(&at("qa/eu-west-1/vpc/main"), &at("test/eu-west-1/vpc/main")), "the key of an account may change");
        assert!(!same_address(&at("prod/eu-west-1/vpc/main"), &at("prod/eu-west-1/vpc/second")));
        assert!(!same_address(&Tags::new(), &Tags::new()));
    }

    #[test]
    fn tokens_distinguish_parts_and_fit() {
        let token = |parts: &[&str]| digest(parts.iter().copied());
        assert_eq!(token(&["a", "bc"]), token(&["a", "bc"]));
        assert_ne!(token(&["a", "bc"]), token(&["ab", "c"]));
        assert_ne!(token(&["a"]), token(&["a", ""]));
        assert!(token(&["a"]).len() <= 64, "EC2 takes 64 characters");
    }

    #[test]
    fn a_resource_that_is_gone_counts_as_removed() {
        let error = |code: &str| Err::<(), _>(crate::aws::error::tests::refused(code, None));
        assert_eq!(gone(error("InvalidVpcID.NotFound")), Ok(()));
        assert!(gone(error("DependencyViolation")).is_err());
    }
}
