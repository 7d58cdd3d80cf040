//! NAT gateways: how private subnets reach the internet; the most expensive part of a network.
//!
//! A creation takes a minute or two and can fail; a failed gateway disappears after an hour and never counts as existing. The id is an
//! output only once the gateway is available: a route to it does not work before.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::api::{self, DescribeNatGateways, Done, NatGateway as Found, TagSpecification};
use super::state::State;
use super::{
    AVAILABLE, awaited, carried, carries, filter, gone, id, nat_gateways, our_vpcs, ours_at, refusal, same_address, tag, token, untagged,
    until_visible, were_ours,
};
use crate::address::Address;
use crate::aws::client::requests;
use crate::aws::error::AwsError;
use crate::aws::tags::Tags;
use crate::id::ec2::{AllocationId, NatGatewayId, SubnetId, VpcId};
use crate::kind::terraform::{Import, Place};
use crate::kind::{Adoption, Blocked, Charge, Context, Facts, Field, Hazard, HazardName, Item, Kind, Made, ScopeSet, StepError, Text};

/// Pauses while one is created or deleted: a minute or two is usual (docs/AWS.md 5.7).
const PAUSES: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(15));
/// AWS's code for an elastic IP address that is in use.
const ADDRESS_TAKEN: &str = "Resource.AlreadyAssociated";
/// How long a deletion may take (docs/AWS.md 5.7).
const DELETED: Duration = Duration::from_mins(30);

/// What one is billed for, from the minute it is available.
const COST: [Charge; 2] = [Charge::fixed(Item::NatGateway), Charge::per_use(Item::NatData, 100, "a month through each NAT gateway")];

/// The kind `nat`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Nat;

/// What a NAT gateway should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desired {
    /// The public subnet it is in.
    pub subnet: Text,
    /// The allocation id of the elastic IP address it uses.
    pub eip: Text,
    /// The internet gateway. Not sent to AWS; it must be attached before the NAT gateway is created.
    pub gateway: Text,
    /// Its tags.
    pub tags: Tags,
}

/// What a NAT gateway is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Its id, `nat-…`.
    pub id: NatGatewayId,
    /// The subnet it is in; `None` for a gateway of a whole Region.
    pub subnet: Option<SubnetId>,
    /// Its VPC.
    pub vpc: VpcId,
    /// The elastic IP addresses it uses, the primary one first; others may have been added.
    pub eips: Vec<AllocationId>,
    /// Their IP addresses.
    pub ips: Vec<String>,
    /// `pending` or `available`; nothing else is observed.
    pub state: State,
    /// Its tags.
    pub tags: Tags,
}

impl Observed {
    fn place(&self) -> &str {
        self.subnet.as_deref().unwrap_or("no subnet")
    }
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "made and matched in this file only")]
pub enum Edit {
    /// It is still being created, and is awaited.
    Await(State),
}

impl Kind for Nat {
    const NAME: &'static str = "nat";
    const SCOPES: ScopeSet = ScopeSet::Region;
    const SERVICE: &'static str = "EC2";
    /// One to two minutes (docs/AWS.md 5.7).
    const USUAL: Duration = Duration::from_secs(90);
    const IS_NOTABLE: bool = true;
    const REMOVAL_RANK: u8 = 22;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn visit_references(desired: &mut Desired, visit: &mut dyn FnMut(&mut Text)) {
        visit(&mut desired.subnet);
        visit(&mut desired.eip);
        visit(&mut desired.gateway);
    }

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

    /// Traffic through it loses its route, and a source address that others may have allowed.
    fn removal_hazards(observed: &Observed) -> Vec<Hazard> {
        vec![Hazard::new(
            HazardName::RemoveNetwork,
            format!("{} is deleted: traffic through it loses its route to the internet", observed.id),
        )]
    }

    /// One in the same subnet, or with the same elastic IP address, but without the wanted address tag.
    fn rival(desired: &Desired, observed: &Observed) -> Option<Blocked> {
        let is_there =
            observed.subnet.as_deref() == Some(desired.subnet.as_str()) || observed.eips.iter().any(|eip| *eip == desired.eip.as_str());
        let what = || format!("{} is in {} and has {}", observed.id, observed.place(), carried(&observed.tags));
        is_there.then(|| untagged(what(), &observed.id, &desired.tags))
    }

    fn tagging<'a>(desired: &'a Desired, observed: &'a Observed) -> Option<(&'a Tags, &'a Tags)> {
        Some((&observed.tags, &desired.tags))
    }

    fn diff(desired: &Desired, observed: &Observed) -> Result<Vec<Edit>, Blocked> {
        if observed.subnet.as_deref() != Some(desired.subnet.as_str()) {
            return Err(moved(observed, "is in", observed.place(), &desired.subnet));
        }
        if !observed.eips.iter().any(|eip| *eip == desired.eip.as_str()) {
            return Err(moved(
                observed,
                "uses",
                &observed.eips.iter().map(AllocationId::as_str).collect::<Vec<_>>().join(" and "),
                &desired.eip,
            ));
        }
        let mut edits = Vec::new();
        if observed.state != State::Available {
            edits.push(Edit::Await(observed.state.clone()));
        }
        Ok(edits)
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        match edit {
            Edit::Await(state) => awaited(state),
        }
    }

    fn summary(_: &Desired) -> String {
        "billed by the hour".to_owned()
    }

    fn display_name(observed: &Observed) -> String {
        observed.id.to_string()
    }

    fn terraform(observed: &Observed, _: &Place<'_>) -> Import {
        Import::new("aws_nat_gateway", &observed.id)
    }

    fn check_removable(_: &Observed) -> Result<(), Blocked> {
        Ok(())
    }

    fn cost(_: &Desired) -> Vec<Charge> {
        COST.to_vec()
    }

    fn present_cost(observed: &Observed) -> Vec<Charge> {
        if observed.state.is_living() { COST.to_vec() } else { Vec::new() }
    }

    fn inside(observed: &Observed) -> Vec<&str> {
        let places = observed.subnet.as_deref().into_iter().chain([observed.vpc.as_str()]);
        places.chain(observed.eips.iter().map(AllocationId::as_str)).collect()
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        if observed.state == State::Available { Facts::one(address, "id", &observed.id) } else { Facts::new() }
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        let found = nat_gateways(cx).await?;
        let vpcs = our_vpcs(cx).await?;
        let in_view = |nat: &Observed| were_ours(cx, &nat.tags) || vpcs.contains(&nat.vpc);
        Ok(found.iter().map(read).filter(in_view).collect())
    }

    async fn create(cx: &Context<'_>, address: &Address, desired: &Desired) -> Result<Made<Observed>, StepError> {
        let (subnet, eip) = (desired.subnet.known()?, desired.eip.known()?);
        let mut known = cx.pages(DescribeNatGateways::by(ours_at(cx, address))).await?;
        known.retain(|found| carries(cx, address, &api::read(&found.tags)));
        let made = if let Some(living) = known.iter().find(|found| is_living(found)) {
            read(living)
        } else {
            for leaving in known.iter().filter(|found| found.state == State::Deleting) {
                deleted(cx, &leaving.nat_gateway_id).await?;
            }
            // AWS answers a known token with what it created for it, even if that has failed or was deleted since: such ids are part of the
            // new token.
            let mut parts = vec![subnet, eip];
            let mut dead: Vec<&str> = known.iter().map(|found| found.nat_gateway_id.as_str()).collect();
            dead.sort_unstable();
            parts.extend(dead);
            let create = CreateNatGateway {
                allocation_id: eip.to_owned(),
                client_token: token(cx, address, &parts),
                subnet_id: subnet.to_owned(),
                tag_specification: TagSpecification::new("natgateway", &desired.tags),
            };
            match cx.send_with(&until_visible(cx), &create).await {
                Ok(Created { nat_gateway }) => read(&nat_gateway),
                Err(error) if error.is(&[ADDRESS_TAKEN]) => return Err(StepError::explained(error, helps(Some(ADDRESS_TAKEN)))),
                Err(error) => return Err(refusal::explained(cx, error)),
            }
        };
        // The answer to a create may still lack its elastic IP address.
        let made = if made.eips.is_empty() { Observed { eips: vec![id(&desired.eip)?], ..made } } else { made };
        Ok(Made::Found(made))
    }

    async fn edit(cx: &Context<'_>, address: &Address, _: &Desired, observed: &Observed, edits: &[Edit]) -> Result<Facts, StepError> {
        let mut now = observed.clone();
        for edit in edits {
            match edit {
                Edit::Await(_) => {
                    now.state = available(cx, &observed.id).await?;
                }
            }
        }
        Ok(Self::facts(address, &now))
    }

    async fn tag(cx: &Context<'_>, observed: &Observed, tags: &Tags) -> Result<(), StepError> {
        tag(cx, &observed.id, tags).await
    }

    async fn remove(cx: &Context<'_>, observed: &Observed) -> Result<(), StepError> {
        let id = &observed.id;
        gone(cx.send(&DeleteNatGateway { nat_gateway_id: id.clone() }).await)?;
        // Its elastic IP address is not released with it, and can be released only afterwards (docs/AWS.md 5.9).
        deleted(cx, id).await
    }
}

/// Returns the block for a NAT gateway that cannot be changed as wanted.
fn moved(observed: &Observed, what: &str, is: &str, wanted: &Text) -> Blocked {
    let hint = if wanted.known().is_ok() {
        format!(
            "a NAT gateway cannot change that: delete {}, then `landfall apply` creates it again; until then its subnets have no internet \
             access",
            observed.id
        )
    } else {
        // Its wanted subnet or address does not exist: another gateway could not be created either.
        "leave it as it is until that exists, and plan again".to_owned()
    };
    Blocked::new(format!("{} {what} {is}, not {wanted}", observed.id), hint)
}

/// Waits until a NAT gateway is deleted and has released its address.
async fn deleted(cx: &Context<'_>, id: &str) -> Result<(), StepError> {
    cx.until(&format!("{id} to be deleted"), PAUSES, DELETED, || async {
        let there = by_id(cx, id).await?.is_some_and(|nat| nat.state != State::Deleted);
        Ok((!there).then_some(()))
    })
    .await
}

async fn by_id(cx: &Context<'_>, id: &str) -> Result<Option<Found>, AwsError> {
    Ok(cx.pages(DescribeNatGateways::by([filter("nat-gateway-id", [id])])).await?.pop())
}

fn is_living(found: &Found) -> bool {
    found.state.is_living()
}

fn read(found: &Found) -> Observed {
    // AWS promises no order; an address without the flag counts as primary.
    let mut addresses: Vec<_> = found.addresses.iter().collect();
    addresses.sort_by_key(|address| address.is_primary == Some(false));
    Observed {
        id: found.nat_gateway_id.clone(),
        subnet: found.subnet_id.clone(),
        vpc: found.vpc_id.clone(),
        eips: addresses.iter().filter_map(|address| address.allocation_id.clone()).collect(),
        ips: addresses.iter().filter_map(|address| address.public_ip.clone()).collect(),
        state: found.state.clone(),
        tags: api::read(&found.tags),
    }
}

/// Waits until a NAT gateway can be used, and returns that state.
async fn available(cx: &Context<'_>, id: &str) -> Result<State, StepError> {
    cx.until(&format!("{id} to become available"), PAUSES, AVAILABLE, || async {
        // One that is not visible yet may be seconds old.
        let Some(nat) = by_id(cx, id).await? else { return Ok(None) };
        match nat.state {
            State::Available => Ok(Some(nat.state)),
            State::Pending => Ok(None),
            state => Err(failed(id, &state, nat.failure_code.as_deref(), nat.failure_message.as_deref())),
        }
    })
    .await
}

requests! { EC2, "ec2":
    CreateNatGateway { allocation_id: String, client_token: String, subnet_id: String, tag_specification: Vec<TagSpecification> } -> Created,
    DeleteNatGateway { nat_gateway_id: NatGatewayId } -> Done,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    nat_gateway: Found,
}

/// Returns the error of a failed NAT gateway. AWS keeps a failed one for about an hour, unbilled.
fn failed(id: &str, state: &State, code: Option<&str>, message: Option<&str>) -> StepError {
    let why = match (code, message) {
        (Some(code), Some(message)) => format!(": {code}: {message}"),
        (Some(text), None) | (None, Some(text)) => format!(": {text}"),
        (None, None) => String::new(),
    };
    StepError::refused(format!("{id} is {state}{why}"), helps(code))
}

/// Returns the hint for a failure.
fn helps(code: Option<&str>) -> &'static str {
    match code {
        Some("InsufficientFreeAddressesInSubnet") => "free an address in the public subnet, then `landfall apply`",
        Some("Gateway.NotAttached") => "the VPC's internet gateway was not attached: `landfall apply` attaches it and tries again",
        Some(ADDRESS_TAKEN) => "something else uses the elastic IP address: disassociate it there, then `landfall apply`",
        Some("InvalidAllocationID.NotFound") => "the elastic IP address was released: `landfall apply` takes another",
        _ => "AWS reports an internal error; run `landfall apply` again",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::tags;
    use crate::name::literal;

    fn desired() -> Desired {
        Desired {
            subnet: "subnet-1".into(),
            eip: "eipalloc-1".into(),
            gateway: "igw-1".into(),
            tags: Tags::from([(tags::ADDRESS.to_owned(), "prod/eu-west-1/nat/a".to_owned())]),
        }
    }

    fn observed() -> Observed {
        Observed {
            id: literal("nat-1"),
            subnet: Some(literal("subnet-1")),
            vpc: literal("vpc-1"),
            eips: vec![literal("eipalloc-1")],
            ips: vec!["198.51.100.1".to_owned()],
            state: State::Available,
            tags: desired().tags,
        }
    }

    #[test]
    fn one_that_is_being_created_is_awaited_and_not_used_before() {
        let pending = Observed { state: State::Pending, ..observed() };
        assert_eq!(Nat::diff(&desired(), &observed()), Ok(vec![]));
        assert_eq!(Nat::diff(&desired(), &pending), Ok(vec![Edit::Await(State::Pending)]));
        let address: Address = "prod/eu-west-1/nat/a".parse().expect("valid");
        assert_eq!(Nat::facts(&address, &pending), Facts::new());
        assert_eq!(Nat::facts(&address, &observed()).find(&address, "id"), Some("nat-1"));
    }

    #[test]
    fn one_in_another_place_blocks() {
        let blocked = Nat::diff(&desired(), &Observed { subnet: Some(literal("subnet-2")), ..observed() }).expect_err("moved");
        assert_eq!(blocked.reason, "nat-1 is in subnet-2, not subnet-1");
        assert!(blocked.hint.is_some_and(|hint| hint.contains("delete nat-1, then `landfall apply` creates it again")));
        let other = Desired { eip: Text::fact(&"prod/eu-west-1/eip/nat-a".parse().expect("valid"), "id"), ..desired() };
        let blocked = Nat::diff(&other, &observed()).expect_err("another address");
        assert_eq!(blocked.reason, "nat-1 uses eipalloc-1, not (known after prod/eu-west-1/eip/nat-a)");
        assert_eq!(blocked.hint.as_deref(), Some("leave it as it is until that exists, and plan again"), "nothing is deleted without need");
    }

    #[test]
    fn a_second_address_is_not_a_difference_in_any_order() {
        let address = |id: &str, ip: &str, primary| api::NatGatewayAddress {
            allocation_id: Some(literal(id)),
            public_ip: Some(ip.to_owned()),
            is_primary: primary,
        };
        let found = Found {
            nat_gateway_id: literal("nat-1"),
            subnet_id: Some(literal("subnet-1")),
            vpc_id: literal("vpc-1"),
            state: State::Available,
            failure_code: None,
            failure_message: None,
            addresses: vec![address("eipalloc-9", "198.51.100.9", Some(false)), address("eipalloc-1", "198.51.100.1", Some(true))],
            tags: Vec::new(),
        };
        let (eips, ips) = (read(&found).eips, read(&found).ips);
        assert_eq!((eips[0].as_str(), ips.as_slice()), ("eipalloc-1", &["198.51.100.1".to_owned(), "198.51.100.9".to_owned()][..]));
        assert_eq!(Nat::diff(&desired(), &Observed { eips, ..observed() }), Ok(vec![]));
    }

    #[test]
    fn a_failure_has_awss_reason_and_a_hint() {
        let error = failed("nat-1", &State::Failed, Some("Gateway.NotAttached"), Some("Network vpc-1 has no Internet gateway attached"));
        let StepError::Refused { message, hint } = error else { panic!("{error:?}") };
        assert_eq!(message, "nat-1 is failed: Gateway.NotAttached: Network vpc-1 has no Internet gateway attached");
        assert!(hint.contains("attaches it"), "{hint}");
    }
}
