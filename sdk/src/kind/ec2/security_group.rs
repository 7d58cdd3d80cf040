//! The security groups that landfall has in a managed VPC, found by their names: the default one, and that of the interface endpoints.
//!
//! The default one cannot be deleted: emptied, so that resources without a group of their own have no traffic. It is created and deleted
//! with its VPC and managed because the VPC is; only those of managed VPCs are observed. Its tags are for IAM policies: a deployer cannot
//! change resources with these tags. That of the endpoints lets the VPC in, and nothing out: an endpoint only answers. Groups of other
//! names are not read.

mod calls;

use serde::Serialize;

use ipnet::Ipv4Net;

pub(super) use self::calls::DescribeSecurityGroups;
use self::calls::{
    AuthorizeSecurityGroupIngress, CreateSecurityGroup, DeleteSecurityGroup, IpPermission, IpRange, RevokeSecurityGroupEgress,
    RevokeSecurityGroupIngress, find,
};
use super::api::{Done, TagSpecification};
use super::{PAUSES, PROPAGATION, carried, gone, id, our_vpcs, refusal, same_address, tag, untagged, until_visible};
use crate::address::Address;
use crate::aws::error::AwsError;
use crate::aws::tags::{self, Tags};
use crate::id::ec2::{SecurityGroupId, VpcId};
use crate::kind::terraform::{Import, Place};
use crate::kind::{Adoption, Blocked, Context, Facts, Field, Kind, Made, ScopeSet, StepError, Text};

/// The name of the group that every VPC has.
const DEFAULT: &str = "default";
/// The name of the group of the interface endpoints.
const ENDPOINTS: &str = "landfall-endpoints";
/// What AWS shows of that group beside its name; it cannot be changed.
const DESCRIPTION: &str = "Interface endpoints of this VPC, made by landfall";
/// The port and protocol of AWS's services.
const HTTPS: (&str, u16) = ("tcp", 443);
/// EC2's code for a name that a group of the VPC has.
const TAKEN: &[&str] = &["InvalidGroup.Duplicate"];
/// EC2's code for a rule that is already there.
const RULE_THERE: &[&str] = &["InvalidPermission.Duplicate"];
/// EC2's code for a rule that is already revoked.
const NO_RULE: &[&str] = &["InvalidSecurityGroupRuleId.NotFound", "InvalidPermission.NotFound"];

/// The kind `security-group`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SecurityGroup;

/// What a security group should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desired {
    /// Its VPC.
    pub vpc: Text,
    /// Which one it is.
    pub group: Group,
    /// Its tags.
    pub tags: Tags,
}

/// The security groups of a VPC, each with the rules that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "landfall has these")]
pub enum Group {
    /// The default one: no rules.
    Default,
    /// That of the interface endpoints: HTTPS from one block of addresses.
    Endpoints {
        /// The block.
        from: Ipv4Net,
    },
}

impl Group {
    /// Returns its name in AWS.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => DEFAULT,
            Self::Endpoints { .. } => ENDPOINTS,
        }
    }

    /// Returns the block that it lets in.
    fn lets_in(self) -> Option<Ipv4Net> {
        match self {
            Self::Default => None,
            Self::Endpoints { from } => Some(from),
        }
    }
}

/// What a security group is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Its id, `sg-…`.
    pub id: SecurityGroupId,
    /// Its name.
    pub name: String,
    /// Its VPC.
    pub vpc: VpcId,
    /// Its rules.
    pub rules: Vec<Rule>,
    /// Its tags.
    pub tags: Tags,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Its id, `sgr-…`.
    pub id: String,
    /// Its direction.
    pub direction: Direction,
    /// The traffic, and its source or target.
    pub text: String,
}

/// A rule's direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "there are two")]
pub enum Direction {
    /// Ingress.
    Ingress,
    /// Egress.
    Egress,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "made and matched in this file only")]
pub enum Edit {
    /// A rule that is missing: HTTPS from a block.
    Allow(Ipv4Net),
    /// A rule that is not wanted.
    Revoke(Rule),
}

impl Observed {
    /// Returns whether it is the group that AWS makes and deletes with its VPC.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.name == DEFAULT
    }
}

impl Kind for SecurityGroup {
    const NAME: &'static str = "security-group";
    const SCOPES: ScopeSet = ScopeSet::Region;
    const SERVICE: &'static str = "EC2";
    const REMOVAL_RANK: u8 = 26;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn visit_references(desired: &mut Desired, visit: &mut dyn FnMut(&mut Text)) {
        visit(&mut desired.vpc);
    }

    fn matches(desired: &Desired, observed: &Observed) -> bool {
        desired.vpc.as_str() == observed.vpc && desired.group.name() == observed.name
    }

    /// The default group is its VPC's, whatever tags it has.
    fn tags(observed: &Observed) -> Option<&Tags> {
        (!observed.is_default()).then_some(&observed.tags)
    }

    /// One tag may be lost; a group without any is another owner's.
    fn adoption(desired: &Desired, observed: &Observed) -> Adoption {
        let is_same = |key: &str| desired.tags.get(key).is_some_and(|tag| observed.tags.get(key) == Some(tag));
        if observed.is_default() || same_address(&desired.tags, &observed.tags) || is_same(tags::ORGANIZATION) {
            return Adoption::Adopt;
        }
        let what = format!("{} in {} has the name {} and {}", observed.id, observed.vpc, observed.name, carried(&observed.tags));
        Adoption::Refuse(untagged(what, &observed.id, &desired.tags))
    }

    fn tagging<'a>(desired: &'a Desired, observed: &'a Observed) -> Option<(&'a Tags, &'a Tags)> {
        Some((&observed.tags, &desired.tags))
    }

    fn diff(desired: &Desired, observed: &Observed) -> Result<Vec<Edit>, Blocked> {
        let wanted = desired.group.lets_in();
        let is_wanted = |rule: &Rule| rule.direction == Direction::Ingress && wanted.is_some_and(|from| rule.text == https(from));
        let allow = wanted.filter(|_| !observed.rules.iter().any(is_wanted)).map(Edit::Allow);
        let revoke = observed.rules.iter().filter(|rule| !is_wanted(rule)).cloned().map(Edit::Revoke);
        Ok(allow.into_iter().chain(revoke).collect())
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        vec![match edit {
            Edit::Allow(from) => Field::added("ingress", https(*from)),
            Edit::Revoke(Rule { direction: Direction::Ingress, text, .. }) => Field::removed("ingress", text),
            Edit::Revoke(Rule { direction: Direction::Egress, text, .. }) => Field::removed("egress", text),
        }]
    }

    fn summary(desired: &Desired) -> String {
        desired.group.lets_in().map_or_else(|| "emptied".to_owned(), https)
    }

    fn display_name(observed: &Observed) -> String {
        observed.id.to_string()
    }

    fn terraform(observed: &Observed, _: &Place<'_>) -> Import {
        Import::new("aws_default_security_group", &observed.id)
    }

    fn check_removable(observed: &Observed) -> Result<(), Blocked> {
        if observed.is_default() {
            return Err(Blocked::new("a VPC's default security group cannot be removed", "it is deleted with its VPC"));
        }
        Ok(())
    }

    fn inside(observed: &Observed) -> Vec<&str> {
        if observed.is_default() { Vec::new() } else { vec![&observed.vpc] }
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        Facts::one(address, "id", &observed.id)
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        let mut groups = Vec::new();
        for vpc in our_vpcs(cx).await? {
            groups.extend(find(cx, &vpc, &[DEFAULT, ENDPOINTS]).await?);
        }
        Ok(groups)
    }

    async fn create(cx: &Context<'_>, _address: &Address, desired: &Desired) -> Result<Made<Observed>, StepError> {
        let vpc: VpcId = id(&desired.vpc)?;
        let name = desired.group.name();
        if let Some(found) = find(cx, &vpc, &[name]).await?.pop() {
            return Ok(Made::Found(found));
        }
        if let Group::Endpoints { .. } = desired.group {
            let create = CreateSecurityGroup {
                group_name: name,
                group_description: DESCRIPTION,
                vpc_id: vpc.clone(),
                tag_specification: TagSpecification::new("security-group", &desired.tags),
            };
            match cx.send_with(&until_visible(cx), &create).await {
                Ok(Done { .. }) => {}
                // A repeat of a call whose answer was lost, or another owner's: its tags decide.
                Err(error) if error.is(TAKEN) => {}
                Err(error) => return Err(refusal::explained(cx, error)),
            }
        }
        // It has just been created, the default one with its VPC.
        let what = format!("the security group {name} of {vpc}");
        Ok(Made::Found(cx.until(&what, PAUSES, PROPAGATION, || async { Ok(find(cx, &vpc, &[name]).await?.pop()) }).await?))
    }

    async fn edit(cx: &Context<'_>, address: &Address, _: &Desired, observed: &Observed, edits: &[Edit]) -> Result<Facts, StepError> {
        let id = &observed.id;
        for edit in edits {
            // One by one: a rule that is already there, or gone, would fail the whole call.
            let group_id = id.clone();
            let sent = match edit {
                Edit::Allow(from) => {
                    let permission = IpPermission {
                        ip_protocol: HTTPS.0,
                        from_port: HTTPS.1,
                        to_port: HTTPS.1,
                        ip_ranges: vec![IpRange { cidr_ip: *from, description: DESCRIPTION }],
                    };
                    let allow = AuthorizeSecurityGroupIngress { group_id, ip_permissions: vec![permission] };
                    match cx.send_with(&until_visible(cx), &allow).await {
                        Err(error) if !error.is(RULE_THERE) => return Err(refusal::explained(cx, error)),
                        Ok(Done { .. }) | Err(_) => continue,
                    }
                }
                Edit::Revoke(rule) => {
                    let security_group_rule_id = vec![rule.id.clone()];
                    match rule.direction {
                        Direction::Ingress => cx.send(&RevokeSecurityGroupIngress { group_id, security_group_rule_id }).await,
                        Direction::Egress => cx.send(&RevokeSecurityGroupEgress { group_id, security_group_rule_id }).await,
                    }
                }
            };
            match sent {
                Err(error) if error.is(NO_RULE) => {}
                other => gone(other)?,
            }
        }
        Ok(Self::facts(address, observed))
    }

    async fn tag(cx: &Context<'_>, observed: &Observed, tags: &Tags) -> Result<(), StepError> {
        tag(cx, &observed.id, tags).await
    }

    async fn remove(cx: &Context<'_>, observed: &Observed) -> Result<(), StepError> {
        Self::check_removable(observed)?;
        let delete = DeleteSecurityGroup { group_id: observed.id.clone() };
        match gone(cx.send_with(&refusal::removal(cx), &delete).await) {
            Ok(()) => Ok(()),
            Err(error) => Err(refusal::in_use(cx, error, "group-id", &observed.id).await),
        }
    }
}

/// Returns the rule of a group, as it is shown.
fn https(from: Ipv4Net) -> String {
    let (protocol, port) = HTTPS;
    format!("{protocol} {port} from {from}")
}

#[cfg(test)]
mod tests;
