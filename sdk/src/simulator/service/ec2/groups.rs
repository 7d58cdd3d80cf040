//! Security groups: created, described, deleted. Their rules are in `rules`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::look::{Look, PAGE_MAX, one};
use super::permissions::show_permissions;
use super::vpcs::DEFAULT_GROUP;
use super::want::{Want, arn, failure, invalid, read_new_tags, show_tags};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::stored::Tags;
use crate::simulator::wire::Params;
use crate::simulator::world::World;
use crate::simulator::world::network::{Direction, Kind, Label, Network, Peer, Rule, SecurityGroup};

pub(super) const OPERATIONS: &[Operation] = &[
    write("CreateSecurityGroup", create_group),
    read("DescribeSecurityGroups", describe_groups),
    write("DeleteSecurityGroup", delete_group),
];

/// Most security groups in a Region (docs/AWS.md 5.6).
const GROUPS_MAX: usize = 2500;
/// Longest name, and longest description (EC2 API, `CreateSecurityGroup`).
const TEXT_MAX: usize = 255;

fn create_group(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, description) = (params.text("GroupName")?, params.text("GroupDescription")?);
    check_text("GroupName", name)?;
    check_text("GroupDescription", description)?;
    let default = world.network(call)?.vpcs.values().find(|vpc| vpc.is_default).map(|vpc| vpc.label.id.clone());
    let vpc = params.optional_text("VpcId")?.or(default.as_deref());
    let vpc = vpc.ok_or_else(|| failure("VPCIdNotSpecified", "No default VPC for this user"))?;
    let tags = read_new_tags(&params, Kind::SecurityGroup)?;
    let want = Want::to("ec2:CreateSecurityGroup").makes(Kind::SecurityGroup, &tags).on(Kind::Vpc, vpc);
    let pass = want.enter(world, call, params)?;
    if name.eq_ignore_ascii_case(DEFAULT_GROUP) || name.starts_with(Kind::SecurityGroup.prefix()) {
        return Err(invalid(format!("Cannot use reserved security group name: {name}")));
    }
    let groups = &world.network(call)?.groups;
    if groups.values().any(|group| group.vpc == vpc && group.name.eq_ignore_ascii_case(name)) {
        return Err(failure("InvalidGroup.Duplicate", format!("The security group '{name}' already exists for VPC '{vpc}'")));
    }
    if groups.len() >= GROUPS_MAX {
        return Err(failure("SecurityGroupLimitExceeded", "The maximum number of security groups has been reached."));
    }
    let (id, rule) = (world.hex_id(Kind::SecurityGroup.prefix()), world.hex_id(Kind::SecurityGroupRule.prefix()));
    let everywhere = Rule {
        label: Label::new(&rule, call.now, Tags::new()),
        direction: Direction::Out,
        protocol: "-1".to_owned(),
        from: None,
        to: None,
        peer: Peer::Ipv4("0.0.0.0/0".to_owned()),
        description: None,
    };
    let group = SecurityGroup {
        label: Label::new(&id, call.now, tags),
        vpc: vpc.to_owned(),
        name: name.to_owned(),
        description: description.to_owned(),
        rules: BTreeMap::from([(rule, everywhere)]),
    };
    let shown = json!({
        "groupId": id,
        "securityGroupArn": arn(call, Kind::SecurityGroup, &id)?,
        "tagSet": show_tags(&group.label.tags),
    });
    world.network_mut(call)?.groups.insert(id, group);
    Ok(pass.answer(shown))
}

fn describe_groups(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let look = Look::read(&params, "GroupId", PAGE_MAX)?;
    let pass = Want::to("ec2:DescribeSecurityGroups").enter(world, call, params)?;
    let owner = call.account()?.as_str();
    let answer = look.answer(
        world,
        call,
        "securityGroupInfo",
        &world.network(call)?.groups,
        &[
            ("group-id", &|group| one(&group.label.id)),
            ("group-name", &|group| one(&group.name)),
            ("description", &|group| one(&group.description)),
            ("vpc-id", &|group| one(&group.vpc)),
            ("owner-id", &|_| one(owner)),
        ],
        |group| show(call, owner, group),
    )?;
    Ok(pass.answer(answer))
}

fn delete_group(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("GroupId")?;
    let pass = Want::to("ec2:DeleteSecurityGroup").on(Kind::SecurityGroup, id).enter(world, call, params)?;
    let network = world.network_mut(call)?;
    if network.groups.get(id).is_some_and(|group| group.name == DEFAULT_GROUP) {
        let message = format!("the specified group: \"{id}\" name: \"{DEFAULT_GROUP}\" cannot be deleted by a user");
        return Err(failure("CannotDelete", message));
    }
    if is_needed(network, id) {
        return Err(failure("DependencyViolation", format!("resource {id} has a dependent object")));
    }
    network.groups.remove(id);
    Ok(pass.answer(json!({ "return": true, "groupId": id })))
}

/// Returns whether an interface is in a group, or a rule of another group names it.
fn is_needed(network: &Network, id: &str) -> bool {
    let names_it = |rule: &Rule| matches!(&rule.peer, Peer::Group(peer) if peer == id);
    network.interfaces.values().any(|interface| interface.groups.iter().any(|group| group == id))
        || network.groups.values().any(|group| group.label.id != id && group.rules.values().any(names_it))
}

fn check_text(name: &str, text: &str) -> Result<(), Failure> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c);
    if !text.is_empty() && text.len() <= TEXT_MAX && text.chars().all(is_allowed) {
        return Ok(());
    }
    Err(invalid(format!("Value ({text}) for parameter {name} is invalid. Character sets beyond ASCII are not supported.")))
}

fn show(call: &Call<'_>, owner: &str, group: &SecurityGroup) -> Value {
    let rules = |direction| group.rules.values().filter(move |rule| rule.direction == direction);
    let id = &group.label.id;
    json!({
        "groupId": id,
        "groupName": group.name,
        "groupDescription": group.description,
        "vpcId": group.vpc,
        "ownerId": owner,
        "securityGroupArn": format!("arn:aws:ec2:{}:{owner}:{}/{id}", call.region, Kind::SecurityGroup.name()),
        "ipPermissions": show_permissions(owner, rules(Direction::In)),
        "ipPermissionsEgress": show_permissions(owner, rules(Direction::Out)),
        "tagSet": show_tags(&group.label.tags),
    })
}
