//! Subnets, found by their VPC and address block, which no two subnets share.
//!
//! A subnet never moves: one that exists keeps its availability zone, whatever the zones of the account are today.

use aws_sdk_ec2::types::{AttributeBooleanValue, ResourceType, Subnet as Found};

use super::{
    AVAILABLE, PAGE, PAUSES, READY, after_loss, awaited, created_once, filter, gone, just_made, our_vpcs, pages, plain_tags, refusal, tag,
    tagged,
};
use crate::address::{Address, Scope};
use crate::aws::error::{Answer, AwsError};
use crate::aws::tags::{self, Tags};
use crate::kind::change::tag_fields;
use crate::kind::{Adoption, Blocked, Context, Facts, Field, Kind, Reach, StepError, Text};

/// The kind `subnet`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Subnet;

/// What a subnet should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// Its VPC.
    pub vpc: Text,
    /// Its address block.
    pub cidr: String,
    /// Where it is made.
    pub zone: Zone,
    /// Its tags.
    pub tags: Tags,
}

/// The availability zone that a new subnet is made in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "chosen by place or by a neighbour; code must handle both")]
pub enum Zone {
    /// The zone at this place, from 0, of the account's zone ids in sorted order.
    Nth {
        /// Which.
        place: u8,
        /// How many the network spans, for the message where there are fewer.
        of: u8,
    },
    /// This zone id: where another subnet is.
    Id(Text),
}

/// What a subnet is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Its id, `subnet-…`.
    pub id: String,
    /// Its VPC.
    pub vpc: String,
    /// Its address block.
    pub cidr: String,
    /// Its availability zone's id, the same place in every account.
    pub zone: String,
    /// `pending` or `available`.
    pub state: String,
    /// Whether whatever starts in it gets a public address.
    pub public_addresses: bool,
    /// Its tags.
    pub tags: Tags,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "made and matched in this file only")]
pub enum Edit {
    /// It is still being made, and is awaited.
    Await(String),
    /// Whatever starts in it gets a public address, asked for or not.
    NoPublicAddresses,
    /// Tags are missing or differ.
    Tag {
        /// What they are now.
        from: Tags,
        /// What they should be.
        to: Tags,
    },
}

impl Kind for Subnet {
    const NAME: &'static str = "subnet";
    const REACH: Reach = Reach::Region;
    const REMOVED_AT: u8 = 25;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn texts(desired: &mut Desired, visit: &mut dyn FnMut(&mut Text)) {
        visit(&mut desired.vpc);
        if let Zone::Id(zone) = &mut desired.zone {
            visit(zone);
        }
    }

    fn same(desired: &Desired, observed: &Observed) -> bool {
        desired.vpc.as_str() == observed.vpc && desired.cidr == observed.cidr
    }

    fn tags(observed: &Observed) -> Option<&Tags> {
        Some(&observed.tags)
    }

    fn adoption(desired: &Desired, observed: &Observed) -> Adoption {
        Adoption::Refuse(Blocked::new(
            format!("{} has the block {} and landfall did not make it", observed.id, desired.cidr),
            "remove it: landfall changes nothing that is not its own",
        ))
    }

    fn diff(desired: &Desired, observed: &Observed) -> Result<Vec<Edit>, Blocked> {
        let mut edits = Vec::new();
        if observed.state != READY {
            edits.push(Edit::Await(observed.state.clone()));
        }
        if observed.public_addresses {
            edits.push(Edit::NoPublicAddresses);
        }
        let missing = tags::missing(&desired.tags, &observed.tags);
        if !missing.is_empty() {
            edits.push(Edit::Tag { from: observed.tags.clone(), to: missing });
        }
        Ok(edits)
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        match edit {
            Edit::Await(state) => awaited(state),
            Edit::NoPublicAddresses => vec![Field::new("public address on launch", true, false)],
            Edit::Tag { from, to } => tag_fields(from, to),
        }
    }

    fn summary(desired: &Desired) -> String {
        desired.cidr.clone()
    }

    fn label(observed: &Observed) -> String {
        format!("{} ({}, {})", observed.id, observed.cidr, observed.zone)
    }

    fn prunable(_: &Observed) -> Result<(), Blocked> {
        Ok(())
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        let mut facts = Facts::one(address, "zone", &observed.zone);
        if observed.state == READY {
            facts.learn(address, "id", &observed.id);
        }
        facts
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        let vpcs = our_vpcs(cx).await?;
        if vpcs.is_empty() {
            return Ok(Vec::new());
        }
        let client = cx.session().ec2();
        let inside = filter("vpc-id", vpcs.iter().map(String::as_str));
        let found = pages!(cx, "ec2:DescribeSubnets", PAGE, subnets, client.describe_subnets().filters(inside.clone()));
        Ok(found.iter().map(read).collect())
    }

    async fn create(cx: &Context<'_>, address: &Address, desired: &Desired) -> Result<Facts, StepError> {
        let client = cx.session().ec2();
        let vpc = desired.vpc.known()?;
        let zone = zone(cx, &desired.zone).await?;
        let tags = tagged(ResourceType::Subnet, &desired.tags);
        let sent = cx
            .call_with("ec2:CreateSubnet", &created_once(cx), || {
                client
                    .create_subnet()
                    .vpc_id(vpc)
                    .cidr_block(&desired.cidr)
                    .availability_zone_id(&zone)
                    .tag_specifications(tags.clone())
                    .send()
            })
            .await;
        let made = match sent {
            Ok(output) => output.subnet().map(read).ok_or_else(|| AwsError::incomplete("ec2:CreateSubnet", "Subnet"))?,
            Err(error) if error.answer == Answer::Lost => after_loss(cx, error, || find(cx, vpc, &desired.cidr)).await?,
            Err(error) if error.is(&["InvalidSubnet.Conflict"]) => {
                let hint = format!("a subnet of {vpc} that landfall did not make overlaps {}: remove it", desired.cidr);
                find(cx, vpc, &desired.cidr).await?.ok_or_else(|| StepError::explained(error, hint))?
            }
            Err(error) => return Err(refusal::explained(cx, error)),
        };
        if made.tags.get(tags::ADDRESS) != Some(&address.to_string()) {
            return Err(StepError::refused(
                format!("somebody else made {} with the block {} in the meantime", made.id, made.cidr),
                "run `landfall plan` to see it",
            ));
        }
        let edits = Self::diff(desired, &made)?;
        Self::edit(cx, address, desired, &made, &edits).await
    }

    async fn edit(cx: &Context<'_>, address: &Address, _: &Desired, observed: &Observed, edits: &[Edit]) -> Result<Facts, StepError> {
        let client = cx.session().ec2();
        let id = &observed.id;
        let mut now = observed.clone();
        for edit in edits {
            match edit {
                Edit::Await(_) => {
                    now.state = available(cx, id).await?;
                }
                Edit::NoPublicAddresses => {
                    let no = AttributeBooleanValue::builder().value(false).build();
                    cx.call_with("ec2:ModifySubnetAttribute", &just_made(cx), || {
                        client.modify_subnet_attribute().subnet_id(id).map_public_ip_on_launch(no.clone()).send()
                    })
                    .await?;
                }
                Edit::Tag { to, .. } => tag(cx, id, to).await?,
            }
        }
        Ok(Self::facts(address, &now))
    }

    async fn remove(cx: &Context<'_>, observed: &Observed) -> Result<(), StepError> {
        let client = cx.session().ec2();
        let id = &observed.id;
        let sent = cx.call_with("ec2:DeleteSubnet", &refusal::removal(cx), || client.delete_subnet().subnet_id(id).send()).await;
        match gone(sent) {
            Ok(()) => Ok(()),
            Err(error) => Err(refusal::in_use(cx, error, "subnet-id", id).await),
        }
    }
}

/// Returns the zone id that a new subnet is made in.
async fn zone(cx: &Context<'_>, wanted: &Zone) -> Result<String, StepError> {
    match wanted {
        Zone::Id(id) => Ok(id.known()?.to_owned()),
        Zone::Nth { place, of } => nth(cx.scope(), zones(cx).await?, *place, *of),
    }
}

/// Returns the ids of the account's availability zones. Local zones and those to opt in to are none.
async fn zones(cx: &Context<'_>) -> Result<Vec<String>, AwsError> {
    let client = cx.session().ec2();
    let found = cx
        .call("ec2:DescribeAvailabilityZones", || {
            client
                .describe_availability_zones()
                .filters(filter("zone-type", ["availability-zone"]))
                .filters(filter("opt-in-status", ["opt-in-not-required"]))
                .filters(filter("state", [READY]))
                .send()
        })
        .await?;
    Ok(found.availability_zones().iter().filter_map(|zone| zone.zone_id().map(str::to_owned)).collect())
}

/// AWS lists zones in any order, and names them differently in every account: their ids are what stays.
fn nth(scope: &Scope, mut zones: Vec<String>, place: u8, of: u8) -> Result<String, StepError> {
    zones.sort();
    if zones.len() < usize::from(of) {
        return Err(StepError::refused(
            format!("the network spans {of} availability zones, and {scope} has {}: {}", zones.len(), zones.join(", ")),
            format!("write azs = {} in the network's table of the manifest", zones.len()),
        ));
    }
    zones.into_iter().nth(usize::from(place)).ok_or_else(|| AwsError::incomplete("ec2:DescribeAvailabilityZones", "ZoneId").into())
}

/// Returns the subnet with exactly this block.
async fn find(cx: &Context<'_>, vpc: &str, cidr: &str) -> Result<Option<Observed>, AwsError> {
    let client = cx.session().ec2();
    let found = cx
        .call("ec2:DescribeSubnets", || {
            client.describe_subnets().filters(filter("vpc-id", [vpc])).filters(filter("cidr-block", [cidr])).send()
        })
        .await?;
    Ok(found.subnets().first().map(read))
}

/// Waits until a subnet can be used, and returns that state.
async fn available(cx: &Context<'_>, id: &str) -> Result<String, StepError> {
    let client = cx.session().ec2();
    cx.until(&format!("{id} to become available"), PAUSES, AVAILABLE, || async {
        let found = cx.call("ec2:DescribeSubnets", || client.describe_subnets().filters(filter("subnet-id", [id])).send()).await?;
        Ok(found.subnets().first().map(|subnet| read(subnet).state).filter(|state| state == READY))
    })
    .await
}

fn read(found: &Found) -> Observed {
    Observed {
        id: found.subnet_id().unwrap_or_default().to_owned(),
        vpc: found.vpc_id().unwrap_or_default().to_owned(),
        cidr: found.cidr_block().unwrap_or_default().to_owned(),
        zone: found.availability_zone_id().unwrap_or_default().to_owned(),
        state: found.state().map(|state| state.as_str().to_owned()).unwrap_or_default(),
        public_addresses: found.map_public_ip_on_launch().unwrap_or_default(),
        tags: plain_tags(found.tags()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desired() -> Desired {
        Desired {
            vpc: "vpc-1".into(),
            cidr: "10.48.0.0/20".to_owned(),
            zone: Zone::Nth { place: 0, of: 3 },
            tags: Tags::from([("a".to_owned(), "1".to_owned())]),
        }
    }

    fn observed() -> Observed {
        Observed {
            id: "subnet-1".to_owned(),
            vpc: "vpc-1".to_owned(),
            cidr: "10.48.0.0/20".to_owned(),
            zone: "euw1-az3".to_owned(),
            state: READY.to_owned(),
            public_addresses: false,
            tags: desired().tags,
        }
    }

    fn scope() -> Scope {
        Scope::Region(crate::name::known("prod"), crate::name::known("eu-west-1"))
    }

    #[test]
    fn vpc_and_block_make_it_the_same_and_the_zone_is_no_difference() {
        assert!(Subnet::same(&desired(), &observed()));
        assert!(!Subnet::same(&desired(), &Observed { vpc: "vpc-2".to_owned(), ..observed() }));
        let elsewhere = Desired { zone: Zone::Id("euw1-az1".into()), ..desired() };
        assert_eq!(Subnet::diff(&elsewhere, &observed()), Ok(vec![]));
    }

    #[test]
    fn public_addresses_that_somebody_switched_on_are_switched_off() {
        let edits = Subnet::diff(&desired(), &Observed { public_addresses: true, ..observed() }).expect("open");
        let shown: Vec<String> = edits.iter().flat_map(Subnet::fields).map(|field| field.to_string()).collect();
        assert_eq!(shown, ["public address on launch  true -> false"]);
    }

    #[test]
    fn zones_are_taken_by_their_sorted_ids() {
        let zones = || ["euw1-az3", "euw1-az1", "euw1-az2"].map(str::to_owned).to_vec();
        let taken: Vec<String> = (0..3).filter_map(|place| nth(&scope(), zones(), place, 3).ok()).collect();
        assert_eq!(taken, ["euw1-az1", "euw1-az2", "euw1-az3"]);
    }

    #[test]
    fn more_zones_than_there_are_names_both_numbers_and_the_key() {
        let error = nth(&scope(), vec!["euw1-az2".to_owned(), "euw1-az1".to_owned()], 0, 3).expect_err("too many");
        let StepError::Refused { message, hint } = error else { panic!("{error:?}") };
        assert_eq!(message, "the network spans 3 availability zones, and prod/eu-west-1 has 2: euw1-az1, euw1-az2");
        assert_eq!(hint, "write azs = 2 in the network's table of the manifest");
    }
}
