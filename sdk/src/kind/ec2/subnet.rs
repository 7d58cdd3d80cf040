//! Subnets, found by their VPC and address block, which is unique in a VPC.
//!
//! A subnet never moves: one that exists keeps its availability zone, whatever the zones of the account are today. It is associated with
//! the VPC's default network ACL, which has landfall's denials; a subnet that was moved to another ACL is moved back.

mod calls;

use std::time::Duration;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::api::{self, Done, Flag, NetworkAcl, Tag, TagSpecification, lists};
use super::state::State;
use super::{
    AVAILABLE, PAUSES, after_loss, awaited, carried, created_once, filter, gone, network_acls, our_vpcs, overlap, refusal, tag, untagged,
    until_visible,
};
use crate::address::Address;
use crate::aws::client::{items, requests};
use crate::aws::error::{Answer, AwsError};
use crate::aws::tags::{self, Tags};
use crate::id::ec2::{NetworkAclId, SubnetId, VpcId};
use crate::kind::terraform::{Import, Place};
use crate::kind::{Adoption, Blocked, Context, Facts, Field, Kind, Made, ScopeSet, StepError, Text};

/// EC2's code for a zone in which it creates no new subnets for this account (the text is AWS's, as users report it).
const NO_NEW_SUBNETS: &[&str] = &["InvalidParameterValue~Subnets can currently only be created in the following availability zones"];

/// The kind `subnet`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Subnet;

/// What a subnet should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desired {
    /// Its VPC.
    pub vpc: Text,
    /// Its address block.
    pub cidr: Ipv4Net,
    /// The zone it is created in.
    pub zone: Zone,
    /// Its tags.
    pub tags: Tags,
}

/// The availability zone that a new subnet is created in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "chosen by place or by a neighbour; code must handle both")]
pub enum Zone {
    /// The zone at this place, from 0, of the account's zone ids in sorted order.
    Nth {
        /// Which.
        place: u8,
        /// The number of zones that the network spans, for the message if there are fewer.
        of: u8,
    },
    /// This zone id: the zone of another subnet.
    Id(Text),
}

/// What a subnet is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Its id, `subnet-…`.
    pub id: SubnetId,
    /// Its VPC.
    pub vpc: VpcId,
    /// Its address block.
    pub cidr: Ipv4Net,
    /// Its availability zone's id, the same place in every account.
    pub zone: String,
    /// `pending` or `available`.
    pub state: State,
    /// Whether instances in it get a public address at launch.
    pub public_addresses: bool,
    /// Its network ACL, if that is not the VPC's default one.
    pub other_acl: Option<OtherAcl>,
    /// Its tags.
    pub tags: Tags,
}

/// A network ACL of a subnet that is not the VPC's default one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OtherAcl {
    /// Its id, `acl-…`.
    pub id: NetworkAclId,
    /// The default one's.
    pub default: NetworkAclId,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "made and matched in this file only")]
pub enum Edit {
    /// It is still being created, and is awaited.
    Await(State),
    /// Instances in it get a public address at launch by default.
    NoPublicAddresses,
    /// It has another network ACL than the VPC's default one.
    Acl(OtherAcl),
}

impl Kind for Subnet {
    const NAME: &'static str = "subnet";
    const SCOPES: ScopeSet = ScopeSet::Region;
    const SERVICE: &'static str = "EC2";
    /// EC2 shows it some seconds later (docs/AWS.md 5.8).
    const USUAL: Duration = Duration::from_secs(5);
    const REMOVAL_RANK: u8 = 25;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn visit_references(desired: &mut Desired, visit: &mut dyn FnMut(&mut Text)) {
        visit(&mut desired.vpc);
        if let Zone::Id(zone) = &mut desired.zone {
            visit(zone);
        }
    }

    fn matches(desired: &Desired, observed: &Observed) -> bool {
        desired.vpc.as_str() == observed.vpc && desired.cidr == observed.cidr
    }

    fn tags(observed: &Observed) -> Option<&Tags> {
        Some(&observed.tags)
    }

    fn adoption(desired: &Desired, observed: &Observed) -> Adoption {
        if tags::still_carries_ours(&desired.tags, &observed.tags) {
            return Adoption::Adopt;
        }
        Adoption::Refuse(untagged(
            format!("{} has the block {} and no landfall tags", observed.id, desired.cidr),
            &observed.id,
            &desired.tags,
        ))
    }

    fn rival(desired: &Desired, observed: &Observed) -> Option<Blocked> {
        let overlaps = desired.vpc.as_str() == observed.vpc && overlap(desired.cidr, observed.cidr);
        overlaps.then(|| {
            Blocked::new(
                format!("{} has the block {} and {}: it overlaps {}", observed.id, observed.cidr, carried(&observed.tags), desired.cidr),
                format!("remove {}, or change the manifest's network so that no subnet overlaps it", observed.id),
            )
        })
    }

    fn tagging<'a>(desired: &'a Desired, observed: &'a Observed) -> Option<(&'a Tags, &'a Tags)> {
        Some((&observed.tags, &desired.tags))
    }

    fn diff(_desired: &Desired, observed: &Observed) -> Result<Vec<Edit>, Blocked> {
        let mut edits = Vec::new();
        if observed.state != State::Available {
            edits.push(Edit::Await(observed.state.clone()));
        }
        if observed.public_addresses {
            edits.push(Edit::NoPublicAddresses);
        }
        edits.extend(observed.other_acl.clone().map(Edit::Acl));
        Ok(edits)
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        match edit {
            Edit::Await(state) => awaited(state),
            Edit::NoPublicAddresses => vec![Field::new("public address on launch", true, false)],
            Edit::Acl(OtherAcl { id, default }) => vec![Field::new("network acl", id, format!("{default} (the VPC's default)"))],
        }
    }

    fn summary(desired: &Desired) -> String {
        desired.cidr.to_string()
    }

    fn display_name(observed: &Observed) -> String {
        format!("{} ({}, {})", observed.id, observed.cidr, observed.zone)
    }

    fn terraform(observed: &Observed, _: &Place<'_>) -> Import {
        Import::new("aws_subnet", &observed.id)
    }

    fn check_removable(_: &Observed) -> Result<(), Blocked> {
        Ok(())
    }

    fn inside(observed: &Observed) -> Vec<&str> {
        vec![&observed.vpc]
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        let mut facts = Facts::one(address, "zone", &observed.zone);
        if observed.state == State::Available {
            facts.learn(address, "id", &observed.id);
        }
        facts
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        let vpcs = our_vpcs(cx).await?;
        if vpcs.is_empty() {
            return Ok(Vec::new());
        }
        let found = cx.pages(DescribeSubnets::by([filter("vpc-id", vpcs.iter().map(VpcId::as_str))])).await?;
        let acls = network_acls(cx).await?;
        Ok(found.iter().map(read).map(|subnet| Observed { other_acl: other_acl(&subnet, &acls), ..subnet }).collect())
    }

    async fn create(cx: &Context<'_>, _: &Address, desired: &Desired) -> Result<Made<Observed>, StepError> {
        let vpc = desired.vpc.known()?;
        let zone = calls::zone(cx, &desired.zone).await?;
        let create = CreateSubnet {
            tag_specification: TagSpecification::new("subnet", &desired.tags),
            availability_zone_id: zone.clone(),
            cidr_block: desired.cidr,
            vpc_id: vpc.to_owned(),
        };
        match cx.send_with(&created_once(cx), &create).await {
            Ok(Created { subnet }) => Ok(Made::New(read(&subnet))),
            Err(error) if error.answer == Answer::Lost => Ok(Made::Found(after_loss(cx, error, || find(cx, vpc, desired.cidr)).await?)),
            Err(error) if error.is(&["InvalidSubnet.Conflict"]) => {
                let hint = format!("a subnet that was created since the plan overlaps {}: run `landfall plan` to see it", desired.cidr);
                let found = find(cx, vpc, desired.cidr).await?;
                Ok(Made::Found(found.ok_or_else(|| StepError::explained(error, hint))?))
            }
            Err(error) if error.is(NO_NEW_SUBNETS) => Err(calls::closed_zone(error, &zone, &desired.zone)),
            Err(error) => Err(refusal::explained(cx, error)),
        }
    }

    async fn edit(cx: &Context<'_>, address: &Address, _: &Desired, observed: &Observed, edits: &[Edit]) -> Result<Facts, StepError> {
        let id = &observed.id;
        let mut now = observed.clone();
        for edit in edits {
            match edit {
                Edit::Await(_) => {
                    now.state = available(cx, id).await?;
                }
                Edit::NoPublicAddresses => {
                    let modify = ModifySubnetAttribute { map_public_ip_on_launch: Flag { value: false }, subnet_id: id.clone() };
                    cx.send_with(&until_visible(cx), &modify).await?;
                }
                Edit::Acl(OtherAcl { default, .. }) => calls::guard(cx, id, default).await?,
            }
        }
        Ok(Self::facts(address, &now))
    }

    async fn tag(cx: &Context<'_>, observed: &Observed, tags: &Tags) -> Result<(), StepError> {
        tag(cx, &observed.id, tags).await
    }

    async fn remove(cx: &Context<'_>, observed: &Observed) -> Result<(), StepError> {
        let id = &observed.id;
        match gone(cx.send_with(&refusal::removal(cx), &DeleteSubnet { subnet_id: id.clone() }).await) {
            Ok(()) => Ok(()),
            Err(error) => Err(refusal::in_use(cx, error, "subnet-id", id).await),
        }
    }
}

/// Returns the subnet with exactly this block.
async fn find(cx: &Context<'_>, vpc: &str, cidr: Ipv4Net) -> Result<Option<Observed>, AwsError> {
    let found = cx.pages(DescribeSubnets::by([filter("vpc-id", [vpc]), filter("cidr-block", [cidr.to_string().as_str()])])).await?;
    Ok(found.first().map(read))
}

/// Returns the subnets of a VPC, whoever made them, and whether each is one that AWS made.
pub(super) async fn of_vpc(cx: &Context<'_>, vpc: &str) -> Result<Vec<(Observed, bool)>, AwsError> {
    let found = cx.pages(DescribeSubnets::by([filter("vpc-id", [vpc])])).await?;
    Ok(found.iter().map(|subnet| (read(subnet), subnet.default_for_az)).collect())
}

/// Waits until a subnet can be used, and returns that state.
async fn available(cx: &Context<'_>, id: &str) -> Result<State, StepError> {
    cx.until(&format!("{id} to become available"), PAUSES, AVAILABLE, || async {
        let found = cx.pages(DescribeSubnets::by([filter("subnet-id", [id])])).await?;
        Ok(found.into_iter().map(|subnet| subnet.state).find(|state| *state == State::Available))
    })
    .await
}

/// Returns the network ACL of a subnet, unless it is the VPC's default one.
fn other_acl(subnet: &Observed, acls: &[NetworkAcl]) -> Option<OtherAcl> {
    let guards = |acl: &&NetworkAcl| acl.associations.iter().any(|association| association.subnet_id == subnet.id);
    let guard = acls.iter().find(guards).filter(|acl| !acl.is_default)?;
    let default = acls.iter().find(|acl| acl.vpc_id == subnet.vpc && acl.is_default)?;
    Some(OtherAcl { id: guard.network_acl_id.clone(), default: default.network_acl_id.clone() })
}

fn read(found: &Found) -> Observed {
    Observed {
        id: found.subnet_id.clone(),
        vpc: found.vpc_id.clone(),
        cidr: found.cidr_block,
        zone: found.availability_zone_id.clone(),
        state: found.state.clone(),
        public_addresses: found.map_public_ip_on_launch,
        other_acl: None,
        tags: api::read(&found.tags),
    }
}

lists! { DescribeSubnets -> Subnets { "subnetSet": Found } by 1000 }
requests! { EC2, "ec2":
    CreateSubnet { tag_specification: Vec<TagSpecification>, availability_zone_id: String, cidr_block: Ipv4Net, vpc_id: String } -> Created,
    ModifySubnetAttribute { map_public_ip_on_launch: Flag, subnet_id: SubnetId } -> Done,
    DeleteSubnet { subnet_id: SubnetId } -> Done,
}

#[derive(Debug, Deserialize)]
struct Created {
    subnet: Found,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    subnet_id: SubnetId,
    vpc_id: VpcId,
    cidr_block: Ipv4Net,
    availability_zone_id: String,
    state: State,
    #[serde(default)]
    map_public_ip_on_launch: bool,
    #[serde(default)]
    default_for_az: bool,
    #[serde(default, rename = "tagSet", deserialize_with = "items")]
    tags: Vec<Tag>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::literal;

    fn desired() -> Desired {
        Desired {
            vpc: "vpc-1".into(),
            cidr: literal("10.48.0.0/20"),
            zone: Zone::Nth { place: 0, of: 3 },
            tags: Tags::from([("a".to_owned(), "1".to_owned())]),
        }
    }

    fn observed() -> Observed {
        Observed {
            id: literal("subnet-1"),
            vpc: literal("vpc-1"),
            cidr: literal("10.48.0.0/20"),
            zone: "euw1-az3".to_owned(),
            state: State::Available,
            public_addresses: false,
            other_acl: None,
            tags: desired().tags,
        }
    }

    #[test]
    fn vpc_and_block_identify_it_and_the_zone_is_not_a_difference() {
        assert!(Subnet::matches(&desired(), &observed()));
        assert!(!Subnet::matches(&desired(), &Observed { vpc: literal("vpc-2"), ..observed() }));
        let elsewhere = Desired { zone: Zone::Id("euw1-az1".into()), ..desired() };
        assert_eq!(Subnet::diff(&elsewhere, &observed()), Ok(vec![]));
    }

    #[test]
    fn public_addresses_are_switched_off_again() {
        let edits = Subnet::diff(&desired(), &Observed { public_addresses: true, ..observed() }).expect("open");
        let shown: Vec<String> = edits.iter().flat_map(Subnet::fields).map(|field| field.to_string()).collect();
        assert_eq!(shown, ["public address on launch  true -> false"]);
    }

    #[test]
    fn a_subnet_in_another_acl_is_moved_back() {
        let acl = |id: &str, is_default, subnets: &[&str]| {
            let association = |subnet: &&str| api::NetworkAclAssociation {
                id: "aclassoc-1".to_owned(),
                network_acl_id: literal(id),
                subnet_id: literal(subnet),
            };
            NetworkAcl {
                network_acl_id: literal(id),
                vpc_id: literal("vpc-1"),
                is_default,
                entries: Vec::new(),
                associations: subnets.iter().map(association).collect(),
                tags: Vec::new(),
            }
        };
        assert_eq!(other_acl(&observed(), &[acl("acl-1", true, &["subnet-1"]), acl("acl-2", false, &[])]), None);
        let moved = other_acl(&observed(), &[acl("acl-1", true, &[]), acl("acl-2", false, &["subnet-1"])]);
        let edits = Subnet::diff(&desired(), &Observed { other_acl: moved, ..observed() }).expect("open");
        let shown: Vec<String> = edits.iter().flat_map(Subnet::fields).map(|field| field.to_string()).collect();
        assert_eq!(shown, ["network acl  acl-2 -> acl-1 (the VPC's default)"]);
    }
}
