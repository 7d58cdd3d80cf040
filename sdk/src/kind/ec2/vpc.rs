//! VPCs, found by the tag that carries their address: a VPC has no name, and its block may be anybody's.
//!
//! A VPC's block cannot change. `CreateVpc` has no idempotency token, and a repeat makes a second VPC: so one that
//! carries our address is looked for first, and again when the answer was lost.

use aws_sdk_ec2::types::{AttributeBooleanValue, ResourceType, Vpc as Found, VpcAttributeName};

use super::{
    AVAILABLE, PAUSES, READY, after_loss, awaited, carries, created_once, filter, gone, just_made, ours_at, plain_tags, refusal,
    same_address, tag, tagged, vpcs,
};
use crate::address::Address;
use crate::aws::error::{Answer, AwsError};
use crate::aws::tags::{self, Tags};
use crate::kind::change::tag_fields;
use crate::kind::{Blocked, Context, Facts, Field, Kind, Reach, StepError, Text};

/// The kind `vpc`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Vpc;

/// What a VPC should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// Its address block.
    pub cidr: String,
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
    pub id: String,
    /// Its first address block.
    pub cidr: String,
    /// `pending` or `available`.
    pub state: String,
    /// Whether the VPC's resolver answers.
    pub dns_support: bool,
    /// Whether instances with public addresses get public names.
    pub dns_hostnames: bool,
    /// Its tags.
    pub tags: Tags,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "made and matched in this file only")]
pub enum Edit {
    /// It is still being made, and is awaited.
    Await(String),
    /// The resolver should be on or off.
    DnsSupport(bool),
    /// Public names should be given or not.
    DnsHostnames(bool),
    /// Tags are missing or differ.
    Tag {
        /// What they are now.
        from: Tags,
        /// What they should be.
        to: Tags,
    },
}

impl Kind for Vpc {
    const NAME: &'static str = "vpc";
    const REACH: Reach = Reach::Region;
    const REMOVED_AT: u8 = 27;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn texts(_: &mut Desired, _: &mut dyn FnMut(&mut Text)) {}

    fn same(desired: &Desired, observed: &Observed) -> bool {
        same_address(&desired.tags, &observed.tags)
    }

    fn tags(observed: &Observed) -> Option<&Tags> {
        Some(&observed.tags)
    }

    fn diff(desired: &Desired, observed: &Observed) -> Result<Vec<Edit>, Blocked> {
        if desired.cidr != observed.cidr {
            return Err(Blocked::new(
                format!("{} has the block {}, the manifest says {}", observed.id, observed.cidr, desired.cidr),
                format!("a VPC's block cannot change: write cidr = \"{}\", or remove the VPC with all that is in it first", observed.cidr),
            ));
        }
        let mut edits = Vec::new();
        if observed.state != READY {
            edits.push(Edit::Await(observed.state.clone()));
        }
        // In this order: names need the resolver.
        if desired.dns_support != observed.dns_support {
            edits.push(Edit::DnsSupport(desired.dns_support));
        }
        if desired.dns_hostnames != observed.dns_hostnames {
            edits.push(Edit::DnsHostnames(desired.dns_hostnames));
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
            Edit::DnsSupport(to) => vec![Field::new("dns support", !to, to)],
            Edit::DnsHostnames(to) => vec![Field::new("dns hostnames", !to, to)],
            Edit::Tag { from, to } => tag_fields(from, to),
        }
    }

    fn summary(desired: &Desired) -> String {
        desired.cidr.clone()
    }

    fn label(observed: &Observed) -> String {
        format!("{} ({})", observed.id, observed.cidr)
    }

    fn prunable(_: &Observed) -> Result<(), Blocked> {
        Ok(())
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        if observed.state == READY { Facts::one(address, "id", &observed.id) } else { Facts::new() }
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        let mut found = Vec::new();
        for vpc in vpcs(cx).await?.iter() {
            found.push(read(cx, vpc).await?);
        }
        Ok(found)
    }

    async fn create(cx: &Context<'_>, address: &Address, desired: &Desired) -> Result<Facts, StepError> {
        let client = cx.session().ec2();
        let made = if let Some(found) = find(cx, address).await? {
            found
        } else {
            let sent = cx
                .call_with("ec2:CreateVpc", &created_once(cx), || {
                    client.create_vpc().cidr_block(&desired.cidr).tag_specifications(tagged(ResourceType::Vpc, &desired.tags)).send()
                })
                .await;
            match sent {
                Ok(output) => output.vpc().cloned().ok_or_else(|| AwsError::incomplete("ec2:CreateVpc", "Vpc"))?,
                Err(error) if error.answer == Answer::Lost => after_loss(cx, error, || find(cx, address)).await?,
                Err(error) => return Err(refusal::explained(cx, error)),
            }
        };
        let observed = read(cx, &made).await?;
        let edits =
            Self::diff(desired, &observed).map_err(|blocked| StepError::refused(blocked.reason, blocked.hint.unwrap_or_default()))?;
        Self::edit(cx, address, desired, &observed, &edits).await
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
                // One attribute a call: that is how the operation is.
                Edit::DnsSupport(to) => {
                    cx.call_with("ec2:ModifyVpcAttribute", &just_made(cx), || {
                        client.modify_vpc_attribute().vpc_id(id).enable_dns_support(boolean(*to)).send()
                    })
                    .await?;
                }
                Edit::DnsHostnames(to) => {
                    cx.call_with("ec2:ModifyVpcAttribute", &just_made(cx), || {
                        client.modify_vpc_attribute().vpc_id(id).enable_dns_hostnames(boolean(*to)).send()
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
        let sent = cx.call_with("ec2:DeleteVpc", &refusal::removal(cx), || client.delete_vpc().vpc_id(&observed.id).send()).await;
        match gone(sent) {
            Ok(()) => Ok(()),
            Err(error) => Err(refusal::in_use(cx, error, "vpc-id", &observed.id).await),
        }
    }
}

/// Returns the VPC that carries an address.
async fn find(cx: &Context<'_>, address: &Address) -> Result<Option<Found>, AwsError> {
    let client = cx.session().ec2();
    let filters = ours_at(cx, address);
    let found = cx.call("ec2:DescribeVpcs", || client.describe_vpcs().set_filters(Some(filters.clone())).send()).await?;
    Ok(found.vpcs().iter().find(|vpc| carries(cx, address, &plain_tags(vpc.tags()))).cloned())
}

/// Reads what a list does not say of a VPC: its two attributes, one a call.
async fn read(cx: &Context<'_>, vpc: &Found) -> Result<Observed, AwsError> {
    let id = vpc.vpc_id().ok_or_else(|| AwsError::incomplete("ec2:DescribeVpcs", "VpcId"))?;
    let client = cx.session().ec2();
    let attribute = async |name: VpcAttributeName| {
        cx.call_with("ec2:DescribeVpcAttribute", &just_made(cx), || {
            client.describe_vpc_attribute().vpc_id(id).attribute(name.clone()).send()
        })
        .await
    };
    let support = attribute(VpcAttributeName::EnableDnsSupport).await?;
    let hostnames = attribute(VpcAttributeName::EnableDnsHostnames).await?;
    Ok(Observed {
        id: id.to_owned(),
        cidr: vpc.cidr_block().unwrap_or_default().to_owned(),
        state: vpc.state().map(|state| state.as_str().to_owned()).unwrap_or_default(),
        dns_support: support.enable_dns_support().and_then(AttributeBooleanValue::value).unwrap_or_default(),
        dns_hostnames: hostnames.enable_dns_hostnames().and_then(AttributeBooleanValue::value).unwrap_or_default(),
        tags: plain_tags(vpc.tags()),
    })
}

/// Waits until a VPC can be used, and returns that state.
async fn available(cx: &Context<'_>, id: &str) -> Result<String, StepError> {
    let client = cx.session().ec2();
    let by_id = filter("vpc-id", [id]);
    cx.until(&format!("{id} to become available"), PAUSES, AVAILABLE, || async {
        let found = cx.call("ec2:DescribeVpcs", || client.describe_vpcs().filters(by_id.clone()).send()).await?;
        let state = found.vpcs().first().and_then(|vpc| vpc.state()).map(|state| state.as_str().to_owned());
        Ok(state.filter(|state| state == READY))
    })
    .await
}

fn boolean(value: bool) -> AttributeBooleanValue {
    AttributeBooleanValue::builder().value(value).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desired() -> Desired {
        Desired {
            cidr: "10.48.0.0/16".to_owned(),
            dns_support: true,
            dns_hostnames: true,
            tags: Tags::from([(tags::ADDRESS.to_owned(), "prod/eu-west-1/vpc/main".to_owned())]),
        }
    }

    fn observed() -> Observed {
        Observed {
            id: "vpc-1".to_owned(),
            cidr: "10.48.0.0/16".to_owned(),
            state: READY.to_owned(),
            dns_support: true,
            dns_hostnames: true,
            tags: desired().tags,
        }
    }

    fn shown(observed: &Observed) -> Vec<String> {
        let edits = Vpc::diff(&desired(), observed).expect("open");
        edits.iter().flat_map(Vpc::fields).map(|field| field.to_string()).collect()
    }

    #[test]
    fn the_address_makes_it_the_same_and_the_block_does_not() {
        assert!(Vpc::same(&desired(), &observed()));
        assert!(!Vpc::same(&desired(), &Observed { tags: Tags::new(), ..observed() }));
        assert!(Vpc::same(&desired(), &Observed { cidr: "10.0.0.0/16".to_owned(), ..observed() }));
    }

    #[test]
    fn a_new_vpc_is_awaited_and_gets_its_names() {
        assert_eq!(shown(&observed()), [""; 0]);
        let new = Observed { state: "pending".to_owned(), dns_hostnames: false, ..observed() };
        assert_eq!(shown(&new), ["state  pending -> available", "dns hostnames  false -> true"]);
        let address: Address = "prod/eu-west-1/vpc/main".parse().expect("valid");
        assert_eq!(Vpc::facts(&address, &new), Facts::new());
        assert_eq!(Vpc::facts(&address, &observed()).find(&address, "id"), Some("vpc-1"));
    }

    #[test]
    fn another_block_blocks_and_says_both() {
        let blocked = Vpc::diff(&desired(), &Observed { cidr: "10.0.0.0/16".to_owned(), ..observed() }).expect_err("cannot change");
        assert_eq!(blocked.reason, "vpc-1 has the block 10.0.0.0/16, the manifest says 10.48.0.0/16");
        assert!(blocked.hint.is_some_and(|hint| hint.contains("cidr = \"10.0.0.0/16\"")));
    }
}
