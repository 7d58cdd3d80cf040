//! The default security group of a managed VPC, which cannot be deleted: emptied, so that resources without a group of their own have no
//! traffic.
//!
//! It is created and deleted with its VPC and managed because the VPC is; only those of managed VPCs are observed. Its tags are for IAM
//! policies: a deployer cannot change resources with these tags.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::api::{self, Done, Tag, lists};
use super::{PAUSES, PROPAGATION, filter, gone, id, our_vpcs, tag};
use crate::address::Address;
use crate::aws::client::{items, requests};
use crate::aws::error::AwsError;
use crate::aws::tags::Tags;
use crate::id::ec2::{SecurityGroupId, VpcId};
use crate::kind::{Adoption, Blocked, Context, Facts, Field, Kind, Made, ScopeSet, StepError, Text};

/// The name of the group that every VPC has.
const DEFAULT: &str = "default";
/// EC2's code for a rule that is already revoked.
const NO_RULE: &[&str] = &["InvalidSecurityGroupRuleId.NotFound", "InvalidPermission.NotFound"];

/// The kind `security-group`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SecurityGroup;

/// What a default security group should be: without rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desired {
    /// Its VPC.
    pub vpc: Text,
    /// Its tags.
    pub tags: Tags,
}

/// What a default security group is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Its id, `sg-…`.
    pub id: SecurityGroupId,
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
    /// A rule that is not wanted.
    Revoke(Rule),
}

impl Kind for SecurityGroup {
    const NAME: &'static str = "security-group";
    const SCOPES: ScopeSet = ScopeSet::Region;
    const SERVICE: &'static str = "EC2";
    const REMOVAL_RANK: u8 = 28;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn visit_references(desired: &mut Desired, visit: &mut dyn FnMut(&mut Text)) {
        visit(&mut desired.vpc);
    }

    fn matches(desired: &Desired, observed: &Observed) -> bool {
        desired.vpc.as_str() == observed.vpc
    }

    fn tags(_: &Observed) -> Option<&Tags> {
        None
    }

    fn adoption(_: &Desired, _: &Observed) -> Adoption {
        Adoption::Adopt
    }

    fn tagging<'a>(desired: &'a Desired, observed: &'a Observed) -> Option<(&'a Tags, &'a Tags)> {
        Some((&observed.tags, &desired.tags))
    }

    fn diff(_: &Desired, observed: &Observed) -> Result<Vec<Edit>, Blocked> {
        Ok(observed.rules.iter().cloned().map(Edit::Revoke).collect())
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        let Edit::Revoke(rule) = edit;
        let direction = match rule.direction {
            Direction::Ingress => "ingress",
            Direction::Egress => "egress",
        };
        vec![Field::removed(direction, &rule.text)]
    }

    fn summary(_: &Desired) -> String {
        "emptied".to_owned()
    }

    fn display_name(observed: &Observed) -> String {
        observed.id.to_string()
    }

    fn check_removable(_: &Observed) -> Result<(), Blocked> {
        Err(Blocked::new("a VPC's default security group cannot be removed", "it is deleted with its VPC"))
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        Facts::one(address, "id", &observed.id)
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        let mut groups = Vec::new();
        for vpc in our_vpcs(cx).await? {
            groups.extend(find(cx, &vpc).await?);
        }
        Ok(groups)
    }

    async fn create(cx: &Context<'_>, _address: &Address, desired: &Desired) -> Result<Made<Observed>, StepError> {
        let vpc: VpcId = id(&desired.vpc)?;
        let found = if let Some(found) = find(cx, &vpc).await? {
            found
        } else {
            // The VPC has just been created, and its group with it.
            let what = format!("the default security group of {vpc}");
            cx.until(&what, PAUSES, PROPAGATION, || async { Ok(find(cx, &vpc).await?) }).await?
        };
        Ok(Made::Found(found))
    }

    async fn edit(cx: &Context<'_>, address: &Address, _: &Desired, observed: &Observed, edits: &[Edit]) -> Result<Facts, StepError> {
        let id = &observed.id;
        for Edit::Revoke(rule) in edits {
            // One by one: a rule that is already gone would fail the whole call.
            let (group_id, security_group_rule_id) = (id.clone(), vec![rule.id.clone()]);
            let sent = match rule.direction {
                Direction::Ingress => cx.send(&RevokeSecurityGroupIngress { group_id, security_group_rule_id }).await,
                Direction::Egress => cx.send(&RevokeSecurityGroupEgress { group_id, security_group_rule_id }).await,
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
}

/// Returns the default group of a VPC, once its rules are visible. An emptied group shows no permissions, so its rules are not asked for; one
/// that shows some has rules.
async fn find(cx: &Context<'_>, vpc: &VpcId) -> Result<Option<Observed>, AwsError> {
    let named = [filter("vpc-id", [vpc.as_str()]), filter("group-name", [DEFAULT])];
    let Some(group) = cx.pages(DescribeSecurityGroups::by(named)).await?.pop() else { return Ok(None) };
    let is_open = !group.permissions.is_empty() || !group.permissions_egress.is_empty();
    let found =
        if is_open { cx.pages(DescribeSecurityGroupRules::by([filter("group-id", [group.group_id.as_str()])])).await? } else { Vec::new() };
    let rules: Vec<Rule> = found.iter().map(read).collect();
    let seen = is_open != rules.is_empty();
    Ok(seen.then(|| Observed { id: group.group_id, vpc: vpc.clone(), rules, tags: api::read(&group.tags) }))
}

fn read(found: &Found) -> Rule {
    let direction = if found.is_egress { Direction::Egress } else { Direction::Ingress };
    let what = match (found.ip_protocol.as_str(), found.from_port, found.to_port) {
        ("-1", ..) => "all".to_owned(),
        (protocol, Some(from), Some(to)) if from == to => format!("{protocol} {from}"),
        (protocol, Some(from), Some(to)) => format!("{protocol} {from}-{to}"),
        (protocol, ..) => protocol.to_owned(),
    };
    let group = found.referenced_group_info.as_ref().map(|group| &group.group_id);
    let peers = [found.cidr_ipv4.as_ref(), found.cidr_ipv6.as_ref(), found.prefix_list_id.as_ref(), group];
    let peer = peers.into_iter().flatten().next().map_or("anywhere", String::as_str);
    let word = match direction {
        Direction::Ingress => "from",
        Direction::Egress => "to",
    };
    Rule { id: found.security_group_rule_id.clone(), direction, text: format!("{what} {word} {peer}") }
}

lists! {
    pub(super) DescribeSecurityGroups -> Groups { "securityGroupInfo": Group } by 1000,
    DescribeSecurityGroupRules -> Rules { "securityGroupRuleSet": Found } by 1000,
}
requests! { EC2, "ec2":
    RevokeSecurityGroupIngress { group_id: SecurityGroupId, security_group_rule_id: Vec<String> } -> Done,
    RevokeSecurityGroupEgress { group_id: SecurityGroupId, security_group_rule_id: Vec<String> } -> Done,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "members have the names of AWS's API")]
pub(super) struct Group {
    pub(super) group_id: SecurityGroupId,
    #[serde(default)]
    pub(super) group_name: String,
    /// Its permissions, in EC2's older form: only whether there are any matters.
    #[serde(default, rename = "ipPermissions", deserialize_with = "items")]
    permissions: Vec<IgnoredAny>,
    #[serde(default, rename = "ipPermissionsEgress", deserialize_with = "items")]
    permissions_egress: Vec<IgnoredAny>,
    #[serde(default, rename = "tagSet", deserialize_with = "items")]
    tags: Vec<Tag>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    security_group_rule_id: String,
    is_egress: bool,
    ip_protocol: String,
    from_port: Option<i32>,
    to_port: Option<i32>,
    cidr_ipv4: Option<String>,
    cidr_ipv6: Option<String>,
    prefix_list_id: Option<String>,
    referenced_group_info: Option<GroupReference>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GroupReference {
    group_id: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::literal;

    #[test]
    fn every_rule_is_removed_and_shown() {
        let rule = |is_egress, protocol: &str, ports: Option<(i32, i32)>| Found {
            is_egress,
            ip_protocol: protocol.to_owned(),
            from_port: ports.map(|ports| ports.0),
            to_port: ports.map(|ports| ports.1),
            ..Found::default()
        };
        let text = |text: &str| Some(text.to_owned());
        let own = Some(GroupReference { group_id: "sg-1".to_owned() });
        let rules = [
            Found { referenced_group_info: own, ..rule(false, "-1", Some((-1, -1))) },
            Found { cidr_ipv4: text("0.0.0.0/0"), ..rule(true, "-1", None) },
            Found { cidr_ipv6: text("::/0"), ..rule(false, "tcp", Some((22, 22))) },
            Found { prefix_list_id: text("pl-1"), ..rule(false, "udp", Some((1, 9))) },
        ];
        let desired = Desired { vpc: "vpc-1".into(), tags: Tags::new() };
        let rules = rules.iter().map(read).collect();
        let observed = Observed { id: literal("sg-1"), vpc: literal("vpc-1"), rules, tags: Tags::new() };
        let edits = SecurityGroup::diff(&desired, &observed).expect("open");
        let shown: Vec<String> = edits.iter().flat_map(SecurityGroup::fields).map(|field| field.to_string()).collect();
        assert_eq!(
            shown,
            ["ingress  - all from sg-1", "egress  - all to 0.0.0.0/0", "ingress  - tcp 22 from ::/0", "ingress  - udp 1-9 from pl-1"]
        );
        assert_eq!(SecurityGroup::diff(&desired, &Observed { rules: Vec::new(), ..observed }), Ok(vec![]));
    }
}
