//! The calls of security groups, and how their answers are read.

use ipnet::Ipv4Net;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::{Direction, Observed, Rule};
use crate::aws::client::{items, requests};
use crate::aws::error::AwsError;
use crate::id::ec2::{SecurityGroupId, VpcId};
use crate::kind::Context;
use crate::kind::ec2::api::{self, Done, Tag, TagSpecification, filter, lists};

/// Returns the groups of a VPC with these names, each once its rules are visible: a group that still shows permissions has rules.
pub(super) async fn find(cx: &Context<'_>, vpc: &VpcId, names: &[&str]) -> Result<Vec<Observed>, AwsError> {
    let named = [filter("vpc-id", [vpc.as_str()]), filter("group-name", names.iter().copied())];
    let groups = cx.pages(DescribeSecurityGroups::by(named)).await?;
    // A group that shows no permissions has no rules.
    let open: Vec<&str> = groups.iter().filter(|group| group.is_open()).map(|group| group.group_id.as_str()).collect();
    let rules = if open.is_empty() { Vec::new() } else { cx.pages(DescribeSecurityGroupRules::by([filter("group-id", open)])).await? };
    let observed = groups.into_iter().filter_map(|group| {
        let own: Vec<Rule> = rules.iter().filter(|rule| rule.group_id == group.group_id).map(read).collect();
        let seen = group.is_open() != own.is_empty();
        seen.then(|| Observed { id: group.group_id, name: group.group_name, vpc: vpc.clone(), rules: own, tags: api::read(&group.tags) })
    });
    Ok(observed.collect())
}

pub(super) fn read(found: &Found) -> Rule {
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
    pub(in crate::kind::ec2) DescribeSecurityGroups -> Groups { "securityGroupInfo": FoundGroup } by 1000,
    DescribeSecurityGroupRules -> Rules { "securityGroupRuleSet": Found } by 1000,
}
requests! { EC2, "ec2":
    pub(super) CreateSecurityGroup {
        group_name: &'static str, group_description: &'static str, vpc_id: VpcId, tag_specification: Vec<TagSpecification>,
    } -> Done,
    pub(super) DeleteSecurityGroup { group_id: SecurityGroupId } -> Done,
    pub(super) AuthorizeSecurityGroupIngress { group_id: SecurityGroupId, ip_permissions: Vec<IpPermission> } -> Done,
    pub(super) RevokeSecurityGroupIngress { group_id: SecurityGroupId, security_group_rule_id: Vec<String> } -> Done,
    pub(super) RevokeSecurityGroupEgress { group_id: SecurityGroupId, security_group_rule_id: Vec<String> } -> Done,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::kind::ec2) struct FoundGroup {
    pub(in crate::kind::ec2) group_id: SecurityGroupId,
    #[serde(default)]
    pub(in crate::kind::ec2) group_name: String,
    /// Its permissions, in EC2's older form: only whether there are any matters.
    #[serde(default, rename = "ipPermissions", deserialize_with = "items")]
    permissions: Vec<IgnoredAny>,
    #[serde(default, rename = "ipPermissionsEgress", deserialize_with = "items")]
    permissions_egress: Vec<IgnoredAny>,
    #[serde(default, rename = "tagSet", deserialize_with = "items")]
    tags: Vec<Tag>,
}

impl FoundGroup {
    fn is_open(&self) -> bool {
        !self.permissions.is_empty() || !self.permissions_egress.is_empty()
    }
}

/// A rule to be made.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct IpPermission {
    pub(super) ip_protocol: &'static str,
    pub(super) from_port: u16,
    pub(super) to_port: u16,
    pub(super) ip_ranges: Vec<IpRange>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct IpRange {
    pub(super) cidr_ip: Ipv4Net,
    pub(super) description: &'static str,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Found {
    pub(super) group_id: SecurityGroupId,
    pub(super) security_group_rule_id: String,
    pub(super) is_egress: bool,
    pub(super) ip_protocol: String,
    pub(super) from_port: Option<i32>,
    pub(super) to_port: Option<i32>,
    pub(super) cidr_ipv4: Option<String>,
    pub(super) cidr_ipv6: Option<String>,
    pub(super) prefix_list_id: Option<String>,
    pub(super) referenced_group_info: Option<GroupReference>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GroupReference {
    pub(super) group_id: String,
}
