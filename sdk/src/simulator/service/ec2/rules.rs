//! Rules of security groups: described, authorized, revoked.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::endpoints::is_prefix_list;
use super::look::{Look, PAGE_MAX, one};
use super::permissions::{is_same, read_rules, show_permissions};
use super::want::{Want, failure, read_new_tags, show_tags};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::stored::Tags;
use crate::simulator::wire::Params;
use crate::simulator::world::World;
use crate::simulator::world::network::{Direction, Kind, Label, Peer, Rule, SecurityGroup, Thing};

pub(super) const OPERATIONS: &[Operation] = &[
    read("DescribeSecurityGroupRules", describe_rules),
    write("AuthorizeSecurityGroupIngress", |world, call, params| {
        authorize(world, call, params, Direction::In, "ec2:AuthorizeSecurityGroupIngress")
    }),
    write("AuthorizeSecurityGroupEgress", |world, call, params| {
        authorize(world, call, params, Direction::Out, "ec2:AuthorizeSecurityGroupEgress")
    }),
    write("RevokeSecurityGroupIngress", |world, call, params| revoke(world, call, params, Direction::In, "ec2:RevokeSecurityGroupIngress")),
    write("RevokeSecurityGroupEgress", |world, call, params| revoke(world, call, params, Direction::Out, "ec2:RevokeSecurityGroupEgress")),
];

/// Most rules of a security group in one direction (docs/AWS.md 5.6).
const RULES_MAX: usize = 60;

/// A rule with its group.
struct Held<'n> {
    group: &'n SecurityGroup,
    rule: &'n Rule,
}

impl Thing for Held<'_> {
    const KIND: Kind = Kind::SecurityGroupRule;

    fn label(&self) -> &Label {
        &self.rule.label
    }

    fn vpc(&self) -> Option<&str> {
        Some(&self.group.vpc)
    }
}

fn describe_rules(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let look = Look::read(&params, "SecurityGroupRuleId", PAGE_MAX)?;
    let pass = Want::to("ec2:DescribeSecurityGroupRules").enter(world, call, params)?;
    let owner = call.account()?.as_str();
    let groups = world.network(call)?.groups.values();
    let held = groups.flat_map(|group| group.rules.iter().map(move |(id, rule)| (id.clone(), Held { group, rule })));
    let answer = look.answer(
        world,
        call,
        "securityGroupRuleSet",
        &held.collect::<BTreeMap<_, _>>(),
        &[("group-id", &|held| one(&held.group.label.id)), ("security-group-rule-id", &|held| one(&held.rule.label.id))],
        |held| show(call, owner, &held.group.label.id, held.rule),
    )?;
    Ok(pass.answer(answer))
}

/// Adds rules, all of them or none.
fn authorize(
    world: &mut World,
    call: &Call<'_>,
    params: Params<'_>,
    direction: Direction,
    action: &'static str,
) -> Result<Answer, Failure> {
    let (id, tags) = (params.text("GroupId")?, read_new_tags(&params, Kind::SecurityGroupRule)?);
    let rules = read_rules(&params, call, direction, &tags)?;
    if rules.is_empty() {
        return Err(failure("MissingParameter", "The request must contain the parameter ipPermissions"));
    }
    let want = Want::to(action).on(Kind::SecurityGroup, id);
    let want = if tags.is_empty() { want } else { want.makes(Kind::SecurityGroupRule, &tags) };
    let pass = want.enter(world, call, params)?;
    let owner = call.account()?.as_str();
    for rule in &rules {
        check_peer(world, call, &rule.peer)?;
    }
    let known: Vec<&Rule> = group(world, call, id)?.rules.values().filter(|rule| rule.direction == direction).collect();
    for (number, rule) in rules.iter().enumerate() {
        if known.iter().copied().chain(&rules[..number]).any(|other| is_same(other, rule)) {
            let message = format!("the specified rule \"peer: {}, {}, ALLOW\" already exists", peer_text(&rule.peer), traffic(rule));
            return Err(failure("InvalidPermission.Duplicate", message));
        }
    }
    if known.len() + rules.len() > RULES_MAX {
        return Err(failure("RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has been reached."));
    }
    let mut shown = Vec::new();
    for mut rule in rules {
        rule.label.id = world.hex_id(Kind::SecurityGroupRule.prefix());
        shown.push(show(call, owner, id, &rule));
        group_mut(world, call, id)?.rules.insert(rule.label.id.clone(), rule);
    }
    Ok(pass.answer(json!({ "return": true, "securityGroupRuleSet": shown })))
}

/// Deletes rules, by their ids or by their content.
fn revoke(world: &mut World, call: &Call<'_>, params: Params<'_>, direction: Direction, action: &'static str) -> Result<Answer, Failure> {
    let (id, ids) = (params.text("GroupId")?, params.texts("SecurityGroupRuleId")?);
    let meant = read_rules(&params, call, direction, &Tags::new())?;
    match (ids.is_empty(), meant.is_empty()) {
        (true, true) => return Err(failure("MissingParameter", "The request must contain the rules to revoke")),
        (false, false) => {
            let message = "The parameter ipPermissions may not be used in combination with securityGroupRuleIds";
            return Err(failure("InvalidParameterCombination", message));
        }
        (true, false) | (false, true) => {}
    }
    let pass = Want::to(action).on(Kind::SecurityGroup, id).enter(world, call, params)?;
    let group = group(world, call, id)?;
    let mut gone: Vec<String> = Vec::new();
    for id in ids {
        if !group.rules.get(id).is_some_and(|rule| rule.direction == direction && world.has_arrived(call, &rule.label)) {
            return Err(Kind::SecurityGroupRule.not_found(id));
        }
        gone.push(id.to_owned());
    }
    let mut unknown = Vec::new();
    for rule in &meant {
        match group.rules.values().find(|known| is_same(known, rule)) {
            Some(known) => gone.push(known.label.id.clone()),
            None => unknown.push(rule),
        }
    }
    // In a default VPC unknown rules are ignored (docs/AWS.md 5.4).
    if !unknown.is_empty() && world.network(call)?.vpcs.get(&group.vpc).is_some_and(|vpc| !vpc.is_default) {
        return Err(failure("InvalidPermission.NotFound", "The specified rule does not exist in this security group."));
    }
    let unknown = show_permissions(call.account()?.as_str(), unknown.into_iter());
    let rules = &mut group_mut(world, call, id)?.rules;
    let revoked: Value = gone.iter().filter_map(|gone| rules.remove(gone)).map(|rule| show_revoked(id, &rule)).collect();
    Ok(pass.answer(json!({ "return": true, "revokedSecurityGroupRuleSet": revoked, "unknownIpPermissionSet": unknown })))
}

fn group<'w>(world: &'w World, call: &Call<'_>, id: &str) -> Result<&'w SecurityGroup, Failure> {
    world.network(call)?.groups.get(id).ok_or_else(|| Kind::SecurityGroup.not_found(id))
}

fn group_mut<'w>(world: &'w mut World, call: &Call<'_>, id: &str) -> Result<&'w mut SecurityGroup, Failure> {
    world.network_mut(call)?.groups.get_mut(id).ok_or_else(|| Kind::SecurityGroup.not_found(id))
}

/// Refuses a peer that does not exist.
fn check_peer(world: &World, call: &Call<'_>, peer: &Peer) -> Result<(), Failure> {
    match peer {
        Peer::Ipv4(_) | Peer::Ipv6(_) => Ok(()),
        Peer::Group(id) => world.see(call, Kind::SecurityGroup, id),
        Peer::PrefixList(id) if is_prefix_list(call.region, id) => Ok(()),
        Peer::PrefixList(id) => Err(failure("InvalidPrefixListID.NotFound", format!("The prefix list ID '{id}' does not exist"))),
    }
}

fn peer_text(peer: &Peer) -> &str {
    match peer {
        Peer::Ipv4(text) | Peer::Ipv6(text) | Peer::Group(text) | Peer::PrefixList(text) => text,
    }
}

/// Returns protocol and ports as they appear in errors.
fn traffic(rule: &Rule) -> String {
    match (rule.from, rule.to) {
        (Some(from), Some(to)) => format!("{}, from port: {from}, to port: {to}", rule.protocol.to_uppercase()),
        _ => "ALL".to_owned(),
    }
}

fn show(call: &Call<'_>, owner: &str, group: &str, rule: &Rule) -> Value {
    let mut shown = show_facts(group, rule);
    shown["groupOwnerId"] = owner.into();
    shown["securityGroupRuleArn"] = format!("arn:aws:ec2:{}:{owner}:security-group-rule/{}", call.region, rule.label.id).into();
    shown["tagSet"] = show_tags(&rule.label.tags);
    if let Peer::Group(id) = &rule.peer {
        shown["referencedGroupInfo"] = json!({ "groupId": id, "userId": owner });
    }
    shown
}

fn show_revoked(group: &str, rule: &Rule) -> Value {
    let mut shown = show_facts(group, rule);
    if let Peer::Group(id) = &rule.peer {
        shown["referencedGroupId"] = id.as_str().into();
    }
    shown
}

/// Writes a rule for an answer. Missing ports are written as -1 here.
fn show_facts(group: &str, rule: &Rule) -> Value {
    let (v4, v6, list) = match &rule.peer {
        Peer::Ipv4(cidr) => (Some(cidr), None, None),
        Peer::Ipv6(cidr) => (None, Some(cidr), None),
        Peer::PrefixList(id) => (None, None, Some(id)),
        Peer::Group(_) => (None, None, None),
    };
    json!({
        "securityGroupRuleId": rule.label.id,
        "groupId": group,
        "isEgress": rule.direction == Direction::Out,
        "ipProtocol": rule.protocol,
        "fromPort": rule.from.unwrap_or(-1),
        "toPort": rule.to.unwrap_or(-1),
        "cidrIpv4": v4,
        "cidrIpv6": v6,
        "prefixListId": list,
        "description": rule.description,
    })
}
