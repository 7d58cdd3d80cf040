//! Internet gateways: made and attached to a VPC as one thing, found by the tag that carries their address.
//!
//! One that is not attached routes nowhere, so its id is a fact only once it is. A VPC takes one gateway, so one in a VPC of
//! ours is in view whoever made it.

use aws_sdk_ec2::types::{InternetGateway as Found, ResourceType};

use super::{
    PAGE, after_loss, carried, carries, created_once, gone, just_made, our_vpcs, ours_at, pages, plain_tags, refusal, same_address, tag,
    tagged, untagged, were_ours,
};
use crate::address::Address;
use crate::aws::error::{Answer, AwsError};
use crate::aws::tags::{self, Tags};
use crate::kind::change::tag_fields;
use crate::kind::{Adoption, Blocked, Context, Facts, Field, Kind, Reach, StepError, Text};

/// What a VPC answers that has a gateway: it takes one.
const TAKEN: &[&str] = &["InvalidParameterValue~already has an internet gateway"];

/// The kind `internet-gateway`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct InternetGateway;

/// What an internet gateway should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// The VPC it is attached to.
    pub vpc: Text,
    /// Its tags.
    pub tags: Tags,
}

/// What an internet gateway is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Its id, `igw-…`.
    pub id: String,
    /// The VPC it is attached to, if any.
    pub vpc: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "made and matched in this file only")]
pub enum Edit {
    /// It is attached to nothing.
    Attach(Text),
    /// Tags are missing or differ.
    Tag {
        /// What they are now.
        from: Tags,
        /// What they should be.
        to: Tags,
    },
}

impl Kind for InternetGateway {
    const NAME: &'static str = "internet-gateway";
    const REACH: Reach = Reach::Region;
    const REMOVED_AT: u8 = 26;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn texts(desired: &mut Desired, visit: &mut dyn FnMut(&mut Text)) {
        visit(&mut desired.vpc);
    }

    fn same(desired: &Desired, observed: &Observed) -> bool {
        same_address(&desired.tags, &observed.tags)
    }

    fn tags(observed: &Observed) -> Option<&Tags> {
        Some(&observed.tags)
    }

    /// It was found by one of our tags, so only the other one can be missing.
    fn adoption(_: &Desired, _: &Observed) -> Adoption {
        Adoption::Adopt
    }

    /// A VPC takes one gateway.
    fn rival(desired: &Desired, observed: &Observed) -> Option<Blocked> {
        let is_attached = observed.vpc.as_deref() == Some(desired.vpc.as_str());
        let what = || format!("{} is attached to {} and has {}", observed.id, desired.vpc, carried(&observed.tags));
        is_attached.then(|| untagged(what(), &observed.id, &desired.tags))
    }

    fn diff(desired: &Desired, observed: &Observed) -> Result<Vec<Edit>, Blocked> {
        let mut edits = Vec::new();
        match &observed.vpc {
            None => edits.push(Edit::Attach(desired.vpc.clone())),
            Some(vpc) if vpc == desired.vpc.as_str() => {}
            Some(vpc) => {
                return Err(Blocked::new(
                    format!("{} is attached to {vpc}, not to {}", observed.id, desired.vpc),
                    "detach it there, or remove the tag landfall:address from it",
                ));
            }
        }
        let missing = tags::missing(&desired.tags, &observed.tags);
        if !missing.is_empty() {
            edits.push(Edit::Tag { from: observed.tags.clone(), to: missing });
        }
        Ok(edits)
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        match edit {
            Edit::Attach(vpc) => vec![Field::added("attached to", vpc)],
            Edit::Tag { from, to } => tag_fields(from, to),
        }
    }

    fn summary(_: &Desired) -> String {
        String::new()
    }

    fn label(observed: &Observed) -> String {
        observed.id.clone()
    }

    fn prunable(_: &Observed) -> Result<(), Blocked> {
        Ok(())
    }

    fn inside(observed: &Observed) -> Vec<&str> {
        observed.vpc.as_deref().into_iter().collect()
    }

    /// It goes when nothing in its VPC needs a way out, which is when the VPC can go.
    fn serves(observed: &Observed) -> Vec<&str> {
        observed.vpc.as_deref().into_iter().collect()
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        if observed.vpc.is_some() { Facts::one(address, "id", &observed.id) } else { Facts::new() }
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        let client = cx.session().ec2();
        let found = pages!(cx, "ec2:DescribeInternetGateways", PAGE, internet_gateways, client.describe_internet_gateways());
        let vpcs = our_vpcs(cx).await?;
        let in_view = |gateway: &Observed| were_ours(cx, &gateway.tags) || gateway.vpc.as_ref().is_some_and(|vpc| vpcs.contains(vpc));
        Ok(found.iter().map(read).filter(in_view).collect())
    }

    async fn create(cx: &Context<'_>, address: &Address, desired: &Desired) -> Result<Facts, StepError> {
        let client = cx.session().ec2();
        let made = if let Some(found) = find(cx, address).await? {
            found
        } else {
            let tags = tagged(ResourceType::InternetGateway, &desired.tags);
            let sent = cx
                .call_with("ec2:CreateInternetGateway", &created_once(cx), || {
                    client.create_internet_gateway().tag_specifications(tags.clone()).send()
                })
                .await;
            match sent {
                Ok(output) => output
                    .internet_gateway()
                    .map(read)
                    .ok_or_else(|| AwsError::incomplete("ec2:CreateInternetGateway", "InternetGateway"))?,
                Err(error) if error.answer == Answer::Lost => after_loss(cx, error, || find(cx, address)).await?,
                Err(error) => return Err(refusal::explained(cx, error)),
            }
        };
        let edits = Self::diff(desired, &made)?;
        Self::edit(cx, address, desired, &made, &edits).await
    }

    async fn edit(cx: &Context<'_>, address: &Address, _: &Desired, observed: &Observed, edits: &[Edit]) -> Result<Facts, StepError> {
        let mut now = observed.clone();
        for edit in edits {
            match edit {
                Edit::Attach(vpc) => {
                    let vpc = vpc.known()?;
                    attach(cx, address, &observed.id, vpc).await?;
                    now.vpc = Some(vpc.to_owned());
                }
                Edit::Tag { to, .. } => tag(cx, &observed.id, to).await?,
            }
        }
        Ok(Self::facts(address, &now))
    }

    async fn remove(cx: &Context<'_>, observed: &Observed) -> Result<(), StepError> {
        let client = cx.session().ec2();
        let id = &observed.id;
        if let Some(vpc) = &observed.vpc {
            let sent = cx
                .call_with("ec2:DetachInternetGateway", &refusal::removal(cx), || {
                    client.detach_internet_gateway().internet_gateway_id(id).vpc_id(vpc).send()
                })
                .await;
            if let Err(error) = gone(sent) {
                return Err(refusal::in_use(cx, error, "vpc-id", vpc).await);
            }
        }
        let sent = cx
            .call_with("ec2:DeleteInternetGateway", &refusal::removal(cx), || {
                client.delete_internet_gateway().internet_gateway_id(id).send()
            })
            .await;
        Ok(gone(sent)?)
    }
}

/// Returns the gateway that carries an address.
async fn find(cx: &Context<'_>, address: &Address) -> Result<Option<Observed>, AwsError> {
    let client = cx.session().ec2();
    let filters = ours_at(cx, address);
    let found =
        cx.call("ec2:DescribeInternetGateways", || client.describe_internet_gateways().set_filters(Some(filters.clone())).send()).await?;
    Ok(found.internet_gateways().iter().map(read).find(|gateway| carries(cx, address, &gateway.tags)))
}

fn read(found: &Found) -> Observed {
    Observed {
        id: found.internet_gateway_id().unwrap_or_default().to_owned(),
        vpc: found.attachments().iter().find_map(|attachment| attachment.vpc_id().map(str::to_owned)),
        tags: plain_tags(found.tags()),
    }
}

/// Attaches a gateway to a VPC; one that is attached there already is a repeat.
async fn attach(cx: &Context<'_>, address: &Address, gateway: &str, vpc: &str) -> Result<(), StepError> {
    let client = cx.session().ec2();
    let sent = cx
        .call_with("ec2:AttachInternetGateway", &just_made(cx), || {
            client.attach_internet_gateway().internet_gateway_id(gateway).vpc_id(vpc).send()
        })
        .await;
    let Err(error) = sent else { return Ok(()) };
    if error.is(&["Resource.AlreadyAssociated"]) || error.is(TAKEN) {
        let attached = find(cx, address).await?.and_then(|found| found.vpc);
        if attached.as_deref() == Some(vpc) {
            return Ok(());
        }
    }
    if error.is(TAKEN) {
        return Err(StepError::explained(error, format!("another gateway was attached to {vpc} since the plan: `landfall plan` shows it")));
    }
    Err(error.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desired() -> Desired {
        Desired { vpc: "vpc-1".into(), tags: Tags::from([(tags::ADDRESS.to_owned(), "prod/eu-west-1/internet-gateway/main".to_owned())]) }
    }

    fn observed() -> Observed {
        Observed { id: "igw-1".to_owned(), vpc: Some("vpc-1".to_owned()), tags: desired().tags }
    }

    #[test]
    fn one_that_is_attached_to_nothing_is_attached() {
        assert_eq!(InternetGateway::diff(&desired(), &observed()), Ok(vec![]));
        let loose = Observed { vpc: None, ..observed() };
        assert_eq!(InternetGateway::diff(&desired(), &loose), Ok(vec![Edit::Attach("vpc-1".into())]));
        let address: Address = "prod/eu-west-1/internet-gateway/main".parse().expect("valid");
        assert_eq!(InternetGateway::facts(&address, &loose), Facts::new());
        assert_eq!(InternetGateway::facts(&address, &observed()).find(&address, "id"), Some("igw-1"));
    }

    #[test]
    fn one_that_serves_another_vpc_is_left_there() {
        let blocked = InternetGateway::diff(&desired(), &Observed { vpc: Some("vpc-2".to_owned()), ..observed() }).expect_err("elsewhere");
        assert_eq!(blocked.reason, "igw-1 is attached to vpc-2, not to vpc-1");
    }
}
