//! Internet gateways: created and attached to a VPC in one step, found by their address tag.
//!
//! An unattached one routes nothing, so its id is an output only once it is attached. A VPC can have one gateway, so any gateway of a
//! managed VPC is observed, managed or not.

use serde::{Deserialize, Serialize};

use super::api::{self, Done, Tag, TagSpecification, filter, lists};
use super::{
    carried, carries, created_once, gone, id, our_vpcs, ours_at, refusal, same_address, sent_once, tag, untagged, until_visible, were_ours,
};
use crate::address::Address;
use crate::aws::client::{items, requests};
use crate::aws::error::AwsError;
use crate::aws::tags::Tags;
use crate::id::ec2::{InternetGatewayId, VpcId};
use crate::kind::terraform::{Import, Place};
use crate::kind::{Adoption, Blocked, Context, Facts, Field, Kind, Made, ScopeSet, StepError, Text};

/// EC2's code for a VPC that already has a gateway.
const TAKEN: &[&str] = &["InvalidParameterValue~already has an internet gateway"];

/// The kind `internet-gateway`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct InternetGateway;

/// What an internet gateway should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
    pub id: InternetGatewayId,
    /// The VPC it is attached to, if any.
    pub vpc: Option<VpcId>,
    /// Its tags.
    pub tags: Tags,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "made and matched in this file only")]
pub enum Edit {
    /// It is not attached.
    Attach(Text),
}

impl Kind for InternetGateway {
    const NAME: &'static str = "internet-gateway";
    const SCOPES: ScopeSet = ScopeSet::Region;
    const SERVICE: &'static str = "EC2";
    const REMOVAL_RANK: u8 = 27;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn visit_references(desired: &mut Desired, visit: &mut dyn FnMut(&mut Text)) {
        visit(&mut desired.vpc);
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

    /// A VPC can have one gateway.
    fn rival(desired: &Desired, observed: &Observed) -> Option<Blocked> {
        let is_attached = observed.vpc.as_deref() == Some(desired.vpc.as_str());
        let what = || format!("{} is attached to {} and has {}", observed.id, desired.vpc, carried(&observed.tags));
        is_attached.then(|| untagged(what(), &observed.id, &desired.tags))
    }

    fn tagging<'a>(desired: &'a Desired, observed: &'a Observed) -> Option<(&'a Tags, &'a Tags)> {
        Some((&observed.tags, &desired.tags))
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
        Ok(edits)
    }

    fn visit_edit_references(edit: &mut Edit, visit: &mut dyn FnMut(&mut Text)) {
        let Edit::Attach(vpc) = edit;
        visit(vpc);
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        match edit {
            Edit::Attach(vpc) => vec![Field::added("attached to", vpc)],
        }
    }

    fn summary(_: &Desired) -> String {
        String::new()
    }

    fn display_name(observed: &Observed) -> String {
        observed.id.to_string()
    }

    fn terraform(observed: &Observed, _: &Place<'_>) -> Import {
        Import::new("aws_internet_gateway", &observed.id)
    }

    fn check_removable(_: &Observed) -> Result<(), Blocked> {
        Ok(())
    }

    fn inside(observed: &Observed) -> Vec<&str> {
        observed.vpc.as_deref().into_iter().collect()
    }

    /// It is removed when nothing in its VPC needs the internet, which is when the VPC can be removed.
    fn serves(observed: &Observed) -> Vec<&str> {
        observed.vpc.as_deref().into_iter().collect()
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        if observed.vpc.is_some() { Facts::one(address, "id", &observed.id) } else { Facts::new() }
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        let found = cx.pages(DescribeInternetGateways::by([])).await?;
        let vpcs = our_vpcs(cx).await?;
        let in_view = |gateway: &Observed| were_ours(cx, &gateway.tags) || gateway.vpc.as_ref().is_some_and(|vpc| vpcs.contains(vpc));
        Ok(found.iter().map(read).filter(in_view).collect())
    }

    async fn create(cx: &Context<'_>, address: &Address, desired: &Desired) -> Result<Made<Observed>, StepError> {
        if let Some(found) = find(cx, address).await? {
            return Ok(Made::Found(found));
        }
        let create = CreateInternetGateway { tag_specification: TagSpecification::new("internet-gateway", &desired.tags) };
        let sent = cx.send_with(&created_once(cx), &create).await;
        sent_once(cx, sent, |made| read(&made.internet_gateway), || find(cx, address)).await
    }

    async fn edit(cx: &Context<'_>, address: &Address, _: &Desired, observed: &Observed, edits: &[Edit]) -> Result<Facts, StepError> {
        let mut now = observed.clone();
        for edit in edits {
            match edit {
                Edit::Attach(vpc) => {
                    let vpc: VpcId = id(vpc)?;
                    attach(cx, address, &observed.id, &vpc).await?;
                    now.vpc = Some(vpc);
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
        if let Some(vpc) = &observed.vpc {
            let detach = DetachInternetGateway { internet_gateway_id: id.clone(), vpc_id: vpc.clone() };
            if let Err(error) = gone(cx.send_with(&refusal::removal(cx), &detach).await) {
                return Err(refusal::in_use(cx, error, "vpc-id", vpc).await);
            }
        }
        Ok(gone(cx.send_with(&refusal::removal(cx), &DeleteInternetGateway { internet_gateway_id: id.clone() }).await)?)
    }
}

/// Returns the gateway with an address tag.
async fn find(cx: &Context<'_>, address: &Address) -> Result<Option<Observed>, AwsError> {
    let found = cx.pages(DescribeInternetGateways::by(ours_at(cx, address))).await?;
    Ok(found.iter().map(read).find(|gateway| carries(cx, address, &gateway.tags)))
}

/// Returns the gateways that are attached to a VPC, whoever made them.
pub(super) async fn attached(cx: &Context<'_>, vpc: &VpcId) -> Result<Vec<Observed>, AwsError> {
    Ok(cx.pages(DescribeInternetGateways::by([filter("attachment.vpc-id", [vpc.as_str()])])).await?.iter().map(read).collect())
}

/// Returns the gateways with a tag.
pub(super) async fn tagged(cx: &Context<'_>, key: &str, value: &str) -> Result<Vec<Observed>, AwsError> {
    Ok(cx.pages(DescribeInternetGateways::by([filter(format!("tag:{key}"), [value])])).await?.iter().map(read).collect())
}

fn read(found: &Found) -> Observed {
    Observed {
        id: found.internet_gateway_id.clone(),
        vpc: found.attachments.first().map(|attachment| attachment.vpc_id.clone()),
        tags: api::read(&found.tags),
    }
}

/// Attaches a gateway to a VPC; one that is already attached there is a repeat.
async fn attach(cx: &Context<'_>, address: &Address, gateway: &str, vpc: &str) -> Result<(), StepError> {
    let attach = AttachInternetGateway { internet_gateway_id: gateway.to_owned(), vpc_id: vpc.to_owned() };
    let Err(error) = cx.send_with(&until_visible(cx), &attach).await else { return Ok(()) };
    if error.is(&["Resource.AlreadyAssociated"]) || error.is(TAKEN) {
        let attached = find(cx, address).await?.and_then(|found| found.vpc);
        if attached.as_deref() == Some(vpc) {
            return Ok(());
        }
    }
    if error.is(TAKEN) {
        return Err(StepError::explained(
            error,
            format!("another gateway was attached to {vpc} since the plan: run `landfall plan` to see it"),
        ));
    }
    Err(error.into())
}

lists! { DescribeInternetGateways -> InternetGateways { "internetGatewaySet": Found } by 1000 }
requests! { EC2, "ec2":
    CreateInternetGateway { tag_specification: Vec<TagSpecification> } -> Created,
    AttachInternetGateway { internet_gateway_id: String, vpc_id: String } -> Done,
    DetachInternetGateway { internet_gateway_id: InternetGatewayId, vpc_id: VpcId } -> Done,
    DeleteInternetGateway { internet_gateway_id: InternetGatewayId } -> Done,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    internet_gateway: Found,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    internet_gateway_id: InternetGatewayId,
    #[serde(default, rename = "attachmentSet", deserialize_with = "items")]
    attachments: Vec<Attachment>,
    #[serde(default, rename = "tagSet", deserialize_with = "items")]
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attachment {
    vpc_id: VpcId,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::tags;
    use crate::name::literal;

    fn desired() -> Desired {
        Desired { vpc: "vpc-1".into(), tags: Tags::from([(tags::ADDRESS.to_owned(), "prod/eu-west-1/internet-gateway/main".to_owned())]) }
    }

    fn observed() -> Observed {
        Observed { id: literal("igw-1"), vpc: Some(literal("vpc-1")), tags: desired().tags }
    }

    #[test]
    fn an_unattached_one_is_attached() {
        assert_eq!(InternetGateway::diff(&desired(), &observed()), Ok(vec![]));
        let loose = Observed { vpc: None, ..observed() };
        assert_eq!(InternetGateway::diff(&desired(), &loose), Ok(vec![Edit::Attach("vpc-1".into())]));
        let address: Address = "prod/eu-west-1/internet-gateway/main".parse().expect("valid");
        assert_eq!(InternetGateway::facts(&address, &loose), Facts::new());
        assert_eq!(InternetGateway::facts(&address, &observed()).find(&address, "id"), Some("igw-1"));
    }

    #[test]
    fn one_that_serves_another_vpc_is_left_there() {
        let blocked = InternetGateway::diff(&desired(), &Observed { vpc: Some(literal("vpc-2")), ..observed() }).expect_err("elsewhere");
        assert_eq!(blocked.reason, "igw-1 is attached to vpc-2, not to vpc-1");
    }
}
