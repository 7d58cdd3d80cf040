//! Kinds of EC2: the network of one account in one Region.
//!
//! What its kinds share: tags, tokens, finding our own again, waiting. A thing's id is a fact only once the thing can
//! be used (available, attached), so that what refers to it waits for that. What EC2's refusals mean is in `ec2/refusal.rs`.

mod api;
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
    UnsuccessfulItem, Vpc,
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

/// How long EC2 may deny that something just made exists (docs/AWS.md 5.8).
const PROPAGATION: Duration = Duration::from_mins(5);
/// How long the answer of a lost create is looked for: one that took effect is listed within seconds.
const LOST: Duration = Duration::from_secs(30);
/// Pauses while something becomes available. AWS's own waiters ask every 15 s, but a Describe costs nothing (20 a second,
/// docs/AWS.md 5.8) and what comes after waits for the answer.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(3));
/// How long that may take (docs/AWS.md 5.7: 10 min).
const AVAILABLE: Duration = Duration::from_mins(15);

/// What EC2 answers about what it does not know: not yet, or no longer.
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

/// Writes tags; those that are there already are replaced.
async fn tag(cx: &Context<'_>, id: &str, tags: &Tags) -> Result<(), StepError> {
    let tags = CreateTags { resource_id: vec![id.to_owned()], tag: api::written(tags) };
    cx.send_with(&until_visible(cx), &tags).await?;
    Ok(())
}

/// Returns whether both carry one address: what makes things without a name of their own the same.
///
/// The account's key in it does not count: both are in one account, whose key may have changed in the manifest.
fn same_address(desired: &Tags, observed: &Tags) -> bool {
    let within = |tags: &Tags| tags.get(tags::ADDRESS).and_then(|address| address.split_once('/').map(|(_, rest)| rest.to_owned()));
    within(desired).is_some_and(|address| within(observed) == Some(address))
}

fn filter<'v>(name: impl Into<String>, values: impl IntoIterator<Item = &'v str>) -> Filter {
    Filter { name: name.into(), value: values.into_iter().map(str::to_owned).collect() }
}

/// Returns the filter on what this organization made.
fn ours(cx: &Context<'_>) -> Filter {
    filter(format!("tag:{}", tags::ORGANIZATION), [cx.organization().as_str()])
}

/// Returns the filters on what this organization made under an address.
fn ours_at(cx: &Context<'_>, address: &Address) -> Vec<Filter> {
    vec![ours(cx), filter(format!("tag:{}", tags::ADDRESS), [address.to_string().as_str()])]
}

/// Returns whether tags say that a thing is ours under an address: what was asked for by filter is still looked at.
fn carries(cx: &Context<'_>, address: &Address, tags: &Tags) -> bool {
    tags::owner(tags, cx.organization()) == Owner::Ours(address.clone())
}

/// Returns whether tags are ours, or what is left of ours after one of the two was taken off.
fn were_ours(cx: &Context<'_>, tags: &Tags) -> bool {
    match (tags.get(tags::ORGANIZATION), tags.get(tags::ADDRESS)) {
        (Some(name), _) => name == cx.organization().as_str(),
        (None, Some(address)) => address.parse::<Address>().is_ok_and(|address| address.within(cx.scope()).scope() == cx.scope()),
        (None, None) => false,
    }
}

/// Returns every VPC there is, whoever made it: one of ours that lost its tags must not count as absent.
async fn vpcs(cx: &Context<'_>) -> Result<Arc<Vec<Vpc>>, AwsError> {
    cx.read_once("vpcs", || cx.pages(DescribeVpcs::by([]))).await
}

/// Returns the ids of our VPCs, by their own tags or by those of a NAT gateway in them: what is in them may be in our way.
async fn our_vpcs(cx: &Context<'_>) -> Result<Vec<VpcId>, AwsError> {
    let nats = nat_gateways(cx).await?;
    let with_ours = nats.iter().filter(|nat| were_ours(cx, &api::read(&nat.tags))).map(|nat| nat.vpc_id.as_str());
    let with_ours: BTreeSet<&str> = with_ours.collect();
    let ours = |vpc: &&Vpc| were_ours(cx, &api::read(&vpc.tags)) || with_ours.contains(vpc.vpc_id.as_str());
    Ok(vpcs(cx).await?.iter().filter(ours).map(|vpc| vpc.vpc_id.clone()).collect())
}

/// Returns the NAT gateways that work or soon will, whoever made them.
async fn nat_gateways(cx: &Context<'_>) -> Result<Arc<Vec<NatGateway>>, AwsError> {
    cx.read_once("NAT gateways", || {
        cx.pages(DescribeNatGateways::by([filter("state", [State::Pending.as_str(), State::Available.as_str()])]))
    })
    .await
}

/// Returns the route tables of our VPCs, whoever made them.
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

/// Returns the network ACLs of our VPCs, whoever made them.
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

/// Returns whether two address blocks share an address.
fn overlap(one: Ipv4Net, other: Ipv4Net) -> bool {
    one.contains(&other) || other.contains(&one)
}

/// Returns which tags of landfall's a thing carries that is in the place of a wanted one.
fn carried(tags: &Tags) -> String {
    tags.get(tags::ADDRESS).map_or_else(|| "no tags of landfall's".to_owned(), |own| format!("the tags of {own}"))
}

/// Returns the block of a thing that is in the place of a wanted one and lacks its tags: ours that lost them, or another's.
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

/// Returns the retry policy for a call about something that may be seconds old.
fn until_visible(cx: &Context<'_>) -> RetryPolicy {
    cx.retry().until_visible(NOT_FOUND).visible_within(PROPAGATION)
}

/// Returns the retry policy for a create that has no idempotency token.
fn created_once(cx: &Context<'_>) -> RetryPolicy {
    until_visible(cx).sent_once()
}

/// Returns the idempotency token of an address: the same for the same parts, whoever asks and however often.
///
/// The parts are the call's parameters, and whatever says that an earlier answer no longer counts.
fn token(cx: &Context<'_>, address: &Address, parts: &[&str]) -> String {
    let address = address.to_string();
    let thing = [cx.organization().as_str(), cx.session().account().as_str(), &address];
    digest(thing.iter().chain(parts).copied())
}

/// FNV-1a, 128 bits: it has to be the same in every build, and nobody gains by a collision in his own account.
fn digest<'p>(parts: impl Iterator<Item = &'p str>) -> String {
    let hash = parts.fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128, |hash, part| {
        // A separator that no part holds keeps ("a", "bc") apart from ("ab", "c").
        part.bytes().chain([0]).fold(hash, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b))
    });
    format!("landfall-{hash:032x}")
}

/// Returns an idempotency token of this moment: repeats within a step are one creation, and what was deleted since an
/// earlier one is made again. Before it is used, what carries the address is looked for.
fn token_now(cx: &Context<'_>, address: &Address) -> String {
    let now = cx.clock().now().duration_since(UNIX_EPOCH).unwrap_or_default();
    token(cx, address, &[&now.as_nanos().to_string()])
}

/// Returns the refusal in an answer that counts as a success: some calls answer item by item.
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

/// Returns what a create made whose answer was lost, or the loss where nothing shows up.
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

/// Reads the answer to a create that is sent once; where it was lost, what it may have made is looked for.
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

/// Returns the id that a reference was filled in with.
fn id<I: FromStr<Err = NameError>>(text: &Text) -> Result<I, StepError> {
    let known = text.known()?;
    known.parse().map_err(|error: NameError| StepError::refused(error.to_string(), "please report this as a bug; nothing was sent"))
}

/// Returns the success of a removal: what is gone already counts as removed.
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
    fn one_address_makes_things_the_same_and_none_does_not() {
        let at = |address: &str| Tags::from([(tags::ADDRESS.to_owned(), address.to_owned())]);
        assert!(same_address(&at("prod/eu-west-1/vpc/main"), &at("prod/eu-west-1/vpc/main")));
        assert!(same_address(&at("qa/eu-west-1/vpc/main"), &at("test/eu-west-1/vpc/main")), "the key of an account may change");
        assert!(!same_address(&at("prod/eu-west-1/vpc/main"), &at("prod/eu-west-1/vpc/second")));
        assert!(!same_address(&Tags::new(), &Tags::new()));
    }

    #[test]
    fn tokens_tell_parts_apart_and_fit() {
        let token = |parts: &[&str]| digest(parts.iter().copied());
        assert_eq!(token(&["a", "bc"]), token(&["a", "bc"]));
        assert_ne!(token(&["a", "bc"]), token(&["ab", "c"]));
        assert_ne!(token(&["a"]), token(&["a", ""]));
        assert!(token(&["a"]).len() <= 64, "EC2 takes 64 characters");
    }

    #[test]
    fn what_is_gone_is_removed() {
        let error = |code: &str| Err::<(), _>(crate::aws::error::tests::refused(code, None));
        assert_eq!(gone(error("InvalidVpcID.NotFound")), Ok(()));
        assert!(gone(error("DependencyViolation")).is_err());
    }
}
