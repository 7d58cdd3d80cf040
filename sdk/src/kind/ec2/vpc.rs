//! VPCs, found by their address tag: a VPC has no name, and its block is not unique.
//!
//! Every VPC of the account is listed, and only managed ones are read in full: a managed VPC that lost its tags blocks another one with its
//! block. A VPC's block cannot change. `CreateVpc` has no idempotency token, and a repeat creates a second VPC, so one with the wanted
//! address tag is looked up first, and again when the answer was lost.

mod main_table;

use std::time::Duration;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::api::{self, DescribeVpcs, Done, Flag, NatGateway, RouteTable, TagSpecification, Vpc as Found};
use super::state::State;
use super::{
    AVAILABLE, PAUSES, awaited, carried, carries, created_once, filter, gone, nat_gateways, ours_at, overlap, refusal, route_table,
    route_tables, same_address, sent_once, tag, untagged, until_visible, vpcs, were_ours,
};
use crate::address::Address;
use crate::aws::client::{Operation as _, requests};
use crate::aws::error::AwsError;
use crate::aws::tags::Tags;
use crate::id::ec2::{NatGatewayId, VpcId};
use crate::kind::terraform::{Import, Place};
use crate::kind::{Adoption, Blocked, Context, Facts, Field, Hazard, HazardName, Kind, Made, ScopeSet, StepError};

pub use main_table::{MainEdit, MainTable};

/// The kind `vpc`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Vpc;

/// What a VPC should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desired {
    /// Its address block.
    pub cidr: Ipv4Net,
    /// Whether the VPC's resolver answers.
    pub dns_support: bool,
    /// Whether instances with public addresses get public names.
    pub dns_hostnames: bool,
    /// Its tags.
    pub tags: Tags,
}

/// What a VPC is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Its id, `vpc-…`.
    pub id: VpcId,
    /// Its first address block.
    pub cidr: Ipv4Net,
    /// `pending` or `available`.
    pub state: State,
    /// The details that are read of a managed one.
    pub detail: Option<Detail>,
    /// Whether it is the default VPC that AWS creates in every Region.
    pub is_default: bool,
    /// Its tags.
    pub tags: Tags,
}

/// The details of a VPC that lists leave out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Detail {
    /// Whether the VPC's resolver answers.
    pub dns_support: bool,
    /// Whether instances with public addresses get public names.
    pub dns_hostnames: bool,
    /// Its main route table; `None` if it is not visible yet.
    pub main: Option<MainTable>,
    /// The ids of the NAT gateways in it.
    pub nats: Vec<NatGatewayId>,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "made and matched in this file only")]
pub enum Edit {
    /// It is still being created, and is awaited.
    Await(State),
    /// The resolver should be on or off.
    DnsSupport(bool),
    /// Public names should be given or not.
    DnsHostnames(bool),
    /// The main route table has routes.
    Main(MainEdit),
}

impl Kind for Vpc {
    const NAME: &'static str = "vpc";
    const SCOPES: ScopeSet = ScopeSet::Region;
    const SERVICE: &'static str = "EC2";
    /// EC2 shows it some seconds later (docs/AWS.md 5.8).
    const USUAL: Duration = Duration::from_secs(5);
    const IS_NOTABLE: bool = true;
    const COUNTED: Option<&'static str> = Some("network");
    const REMOVAL_RANK: u8 = 28;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

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

    /// One with the wanted block may be a managed one without its tags. The default VPC that AWS creates in every Region does not count.
    fn rival(desired: &Desired, observed: &Observed) -> Option<Blocked> {
        let overlaps = !observed.is_default && overlap(desired.cidr, observed.cidr);
        overlaps.then(|| {
            let what = format!("{} has the block {} and {}", observed.id, observed.cidr, carried(&observed.tags));
            untagged(what, &observed.id, &desired.tags)
        })
    }

    fn tagging<'a>(desired: &'a Desired, observed: &'a Observed) -> Option<(&'a Tags, &'a Tags)> {
        Some((&observed.tags, &desired.tags))
    }

    fn diff(desired: &Desired, observed: &Observed) -> Result<Vec<Edit>, Blocked> {
        if desired.cidr != observed.cidr {
            return Err(Blocked::new(
                format!("{} has the block {}, the manifest says {}", observed.id, observed.cidr, desired.cidr),
                format!("a VPC's block cannot change: write cidr = \"{}\", or remove the VPC with all that is in it first", observed.cidr),
            ));
        }
        let mut edits = Vec::new();
        if observed.state != State::Available {
            edits.push(Edit::Await(observed.state.clone()));
        }
        if let Some(detail) = &observed.detail {
            // In this order: names need the resolver.
            if desired.dns_support != detail.dns_support {
                edits.push(Edit::DnsSupport(desired.dns_support));
            }
            if desired.dns_hostnames != detail.dns_hostnames {
                edits.push(Edit::DnsHostnames(desired.dns_hostnames));
            }
            if let Some(main) = &detail.main {
                edits.extend(main.diff()?.into_iter().map(Edit::Main));
            }
        }
        Ok(edits)
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        match edit {
            Edit::Await(state) => awaited(state),
            Edit::DnsSupport(to) => vec![Field::new("dns support", !to, to)],
            Edit::DnsHostnames(to) => vec![Field::new("dns hostnames", !to, to)],
            Edit::Main(edit) => vec![edit.field()],
        }
    }

    fn summary(desired: &Desired) -> String {
        desired.cidr.to_string()
    }

    fn display_name(observed: &Observed) -> String {
        format!("{} ({})", observed.id, observed.cidr)
    }

    fn terraform(observed: &Observed, _: &Place<'_>) -> Import {
        Import::new("aws_vpc", &observed.id)
    }

    fn check_removable(_: &Observed) -> Result<(), Blocked> {
        Ok(())
    }

    fn removal_hazards(observed: &Observed) -> Vec<Hazard> {
        let nats = observed.detail.as_ref().map_or(&[][..], |detail| &detail.nats);
        let with = match nats {
            [] => "no NAT gateway".to_owned(),
            [one] => format!("its NAT gateway {one}"),
            several => {
                format!("its {} NAT gateways {}", several.len(), several.iter().map(NatGatewayId::as_str).collect::<Vec<_>>().join(", "))
            }
        };
        vec![Hazard::new(HazardName::RemoveNetwork, format!("{} is deleted with {with}", Self::display_name(observed)))]
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        if observed.state == State::Available { Facts::one(address, "id", &observed.id) } else { Facts::new() }
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        let (tables, nats) = (route_tables(cx).await?, nat_gateways(cx).await?);
        let mut found = Vec::new();
        for vpc in vpcs(cx).await?.iter() {
            let listed = listed(vpc);
            found.push(if were_ours(cx, &listed.tags) { read(cx, listed, &tables, &nats).await? } else { listed });
        }
        Ok(found)
    }

    async fn create(cx: &Context<'_>, address: &Address, desired: &Desired) -> Result<Made<Observed>, StepError> {
        let made = if let Some(found) = find(cx, address).await? {
            Made::Found(found)
        } else {
            let create = CreateVpc { cidr_block: desired.cidr, tag_specification: TagSpecification::new("vpc", &desired.tags) };
            let sent = cx.send_with(&created_once(cx), &create).await;
            sent_once(cx, sent, |made: Created| made.vpc, || find(cx, address)).await?
        };
        Ok(match made {
            Made::New(vpc) => Made::New(read(cx, listed(&vpc), &[], &[]).await?),
            Made::Found(vpc) => Made::Found(read(cx, listed(&vpc), &[], &[]).await?),
        })
    }

    async fn edit(cx: &Context<'_>, address: &Address, _: &Desired, observed: &Observed, edits: &[Edit]) -> Result<Facts, StepError> {
        let id = &observed.id;
        let mut now = observed.clone();
        for edit in edits {
            match edit {
                Edit::Await(_) => {
                    now.state = available(cx, id).await?;
                }
                // The operation takes one attribute per call.
                Edit::DnsSupport(to) => {
                    let modify = ModifyVpcAttribute { enable_dns_support: Some(Flag { value: *to }), ..ModifyVpcAttribute::of(id) };
                    cx.send_with(&until_visible(cx), &modify).await?;
                }
                Edit::DnsHostnames(to) => {
                    let modify = ModifyVpcAttribute { enable_dns_hostnames: Some(Flag { value: *to }), ..ModifyVpcAttribute::of(id) };
                    cx.send_with(&until_visible(cx), &modify).await?;
                }
                Edit::Main(MainEdit::Table { to, .. }) => main_table::promote(cx, id, to).await?,
                Edit::Main(MainEdit::NoRoute { table, destination, .. }) => route_table::forget(cx, table, destination).await?,
            }
        }
        Ok(Self::facts(address, &now))
    }

    async fn tag(cx: &Context<'_>, observed: &Observed, tags: &Tags) -> Result<(), StepError> {
        tag(cx, &observed.id, tags).await
    }

    async fn remove(cx: &Context<'_>, observed: &Observed) -> Result<(), StepError> {
        let sent = cx.send_with(&refusal::removal(cx), &DeleteVpc { vpc_id: observed.id.clone() }).await;
        match gone(sent) {
            Ok(()) => Ok(()),
            Err(error) => Err(refusal::in_use(cx, error, "vpc-id", &observed.id).await),
        }
    }
}

/// Returns the VPC with an address tag.
async fn find(cx: &Context<'_>, address: &Address) -> Result<Option<Found>, AwsError> {
    let found = cx.pages(DescribeVpcs::by(ours_at(cx, address))).await?;
    Ok(found.into_iter().find(|vpc| carries(cx, address, &api::read(&vpc.tags))))
}

/// Returns a VPC as lists show it.
fn listed(vpc: &Found) -> Observed {
    Observed {
        id: vpc.vpc_id.clone(),
        cidr: vpc.cidr_block,
        state: vpc.state.clone(),
        detail: None,
        is_default: vpc.is_default,
        tags: api::read(&vpc.tags),
    }
}

/// Reads the details of a VPC that lists leave out: its two attributes, one per call; its main table and NAT gateways are among the given
/// ones.
async fn read(cx: &Context<'_>, listed: Observed, tables: &[RouteTable], nats: &[NatGateway]) -> Result<Observed, AwsError> {
    let id = &listed.id;
    let attribute = async |attribute| {
        let describe = DescribeVpcAttribute { vpc_id: id.clone(), attribute };
        cx.send_with(&until_visible(cx), &describe).await
    };
    let support = attribute("enableDnsSupport").await?.enable_dns_support;
    let hostnames = attribute("enableDnsHostnames").await?.enable_dns_hostnames;
    let flag = |flag: Option<Flag>, member| Ok(flag.ok_or_else(|| AwsError::incomplete(DescribeVpcAttribute::CALL, member))?.value);
    let detail = Detail {
        dns_support: flag(support, "EnableDnsSupport")?,
        dns_hostnames: flag(hostnames, "EnableDnsHostnames")?,
        main: MainTable::of(cx, id, tables),
        nats: nats.iter().filter(|nat| nat.vpc_id == *id).map(|nat| nat.nat_gateway_id.clone()).collect(),
    };
    Ok(Observed { detail: Some(detail), ..listed })
}

/// Waits until a VPC can be used, and returns that state.
async fn available(cx: &Context<'_>, id: &str) -> Result<State, StepError> {
    cx.until(&format!("{id} to become available"), PAUSES, AVAILABLE, || async {
        let found = cx.pages(DescribeVpcs::by([filter("vpc-id", [id])])).await?;
        Ok(found.into_iter().map(|vpc| vpc.state).find(|state| *state == State::Available))
    })
    .await
}

requests! { EC2, "ec2":
    CreateVpc { cidr_block: Ipv4Net, tag_specification: Vec<TagSpecification> } -> Created,
    DescribeVpcAttribute { attribute: &'static str, vpc_id: VpcId } -> Attribute,
    /// Changes one attribute of a VPC.
    ModifyVpcAttribute { enable_dns_hostnames: Option<Flag>, enable_dns_support: Option<Flag>, vpc_id: String } -> Done,
    /// Deletes a VPC in which nothing is left but what it was made with.
    pub(super) DeleteVpc { vpc_id: VpcId } -> Done,
}

impl ModifyVpcAttribute {
    fn of(id: &str) -> Self {
        Self { enable_dns_hostnames: None, enable_dns_support: None, vpc_id: id.to_owned() }
    }
}

#[derive(Debug, Deserialize)]
struct Created {
    vpc: Found,
}

/// The requested attribute.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attribute {
    enable_dns_support: Option<Flag>,
    enable_dns_hostnames: Option<Flag>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::tags;
    use crate::name::literal;

    fn desired() -> Desired {
        Desired {
            cidr: literal("10.48.0.0/16"),
            dns_support: true,
            dns_hostnames: true,
            tags: Tags::from([(tags::ADDRESS.to_owned(), "prod/eu-west-1/vpc/main".to_owned())]),
        }
    }

    fn observed() -> Observed {
        Observed {
            id: literal("vpc-1"),
            cidr: literal("10.48.0.0/16"),
            state: State::Available,
            detail: Some(Detail { dns_support: true, dns_hostnames: true, main: None, nats: Vec::new() }),
            is_default: false,
            tags: desired().tags,
        }
    }

    fn shown(observed: &Observed) -> Vec<String> {
        let edits = Vpc::diff(&desired(), observed).expect("open");
        edits.iter().flat_map(Vpc::fields).map(|field| field.to_string()).collect()
    }

    #[test]
    fn the_address_identifies_it_and_the_block_does_not() {
        assert!(Vpc::matches(&desired(), &observed()));
        assert!(!Vpc::matches(&desired(), &Observed { tags: Tags::new(), ..observed() }));
        assert!(Vpc::matches(&desired(), &Observed { cidr: literal("10.0.0.0/16"), ..observed() }));
    }

    #[test]
    fn a_new_vpc_is_awaited_and_gets_dns_names() {
        assert_eq!(shown(&observed()), [""; 0]);
        let detail = Detail { dns_support: true, dns_hostnames: false, main: None, nats: Vec::new() };
        let new = Observed { state: State::Pending, detail: Some(detail), ..observed() };
        assert_eq!(shown(&new), ["state  pending -> available", "dns hostnames  false -> true"]);
        let address: Address = "prod/eu-west-1/vpc/main".parse().expect("valid");
        assert_eq!(Vpc::facts(&address, &new), Facts::new());
        assert_eq!(Vpc::facts(&address, &observed()).find(&address, "id"), Some("vpc-1"));
    }

    #[test]
    fn one_with_the_wanted_block_blocks_unless_it_is_the_default_vpc() {
        let other = Observed { tags: Tags::new(), cidr: literal("10.48.128.0/17"), detail: None, ..observed() };
        let blocked = Vpc::rival(&desired(), &other).expect("it overlaps");
        assert_eq!(blocked.reason, "vpc-1 has the block 10.48.128.0/17 and no landfall tags");
        assert!(blocked.hint.is_some_and(|hint| hint.contains("Key=landfall:address,Value=prod/eu-west-1/vpc/main")));
        assert_eq!(Vpc::rival(&desired(), &Observed { is_default: true, ..other.clone() }), None);
        assert_eq!(Vpc::rival(&desired(), &Observed { cidr: literal("10.64.0.0/16"), ..other }), None);
    }

    #[test]
    fn removing_one_is_a_hazard_that_names_its_nat_gateways() {
        let with = |nats: &[&str]| {
            let nats = nats.iter().map(|nat| literal(nat)).collect();
            let detail = Some(Detail { dns_support: true, dns_hostnames: true, main: None, nats });
            Vpc::removal_hazards(&Observed { detail, ..observed() }).remove(0)
        };
        assert_eq!(with(&["nat-1"]).name, HazardName::RemoveNetwork);
        assert_eq!(with(&["nat-1", "nat-2"]).text, "vpc-1 (10.48.0.0/16) is deleted with its 2 NAT gateways nat-1, nat-2");
        assert_eq!(with(&[]).text, "vpc-1 (10.48.0.0/16) is deleted with no NAT gateway");
    }

    #[test]
    fn another_block_blocks_and_both_are_named() {
        let blocked = Vpc::diff(&desired(), &Observed { cidr: literal("10.0.0.0/16"), ..observed() }).expect_err("cannot change");
        assert_eq!(blocked.reason, "vpc-1 has the block 10.0.0.0/16, the manifest says 10.48.0.0/16");
        assert!(blocked.hint.is_some_and(|hint| hint.contains("cidr = \"10.0.0.0/16\"")));
    }
}
