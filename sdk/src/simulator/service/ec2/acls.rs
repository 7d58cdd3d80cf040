//! Network ACLs: created, described, associated with subnets, deleted. Their entries are in `acl_entries`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::acl_entries::{show_entry, show_last};
use super::look::{Look, PAGE_MAX, one};
use super::want::{Want, dependency, done, failure, invalid, made_before, read_new_tags, read_token, show_tags};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::wire::Params;
use crate::simulator::world::World;
use crate::simulator::world::network::{Direction, Kind, Label, NetworkAcl};

pub(super) const OPERATIONS: &[Operation] = &[
    write("CreateNetworkAcl", create_acl),
    read("DescribeNetworkAcls", describe_acls),
    write("DeleteNetworkAcl", delete_acl),
    write("ReplaceNetworkAclAssociation", replace_association),
];

/// Most network ACLs of a VPC (VPC User Guide, "Amazon VPC quotas").
const ACLS_MAX: usize = 200;

fn create_acl(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (vpc, token) = (params.text("VpcId")?, read_token(&params)?);
    let tags = read_new_tags(&params, Kind::NetworkAcl)?;
    let pass = Want::to("ec2:CreateNetworkAcl").makes(Kind::NetworkAcl, &tags).on(Kind::Vpc, vpc).enter(world, call, params)?;
    let (owner, acls) = (call.account()?.as_str(), &world.network(call)?.acls);
    let text = token.as_ref().map(|token| token.text.clone());
    if let Some(acl) = made_before(acls.values(), |acl| acl.token.as_ref(), token.as_ref())? {
        return Ok(pass.answer(json!({ "networkAcl": show(owner, acl), "clientToken": text })));
    }
    if acls.values().filter(|acl| acl.vpc == vpc).count() >= ACLS_MAX {
        return Err(failure("NetworkAclLimitExceeded", "The maximum number of network ACLs has been reached."));
    }
    let id = world.hex_id(Kind::NetworkAcl.prefix());
    let acl = NetworkAcl {
        label: Label::new(&id, call.now, tags),
        vpc: vpc.to_owned(),
        is_default: false,
        entries: Vec::new(),
        associations: BTreeMap::new(),
        token,
    };
    let shown = show(owner, &acl);
    world.network_mut(call)?.acls.insert(id, acl);
    Ok(pass.answer(json!({ "networkAcl": shown, "clientToken": text })))
}

fn describe_acls(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let look = Look::read(&params, "NetworkAclId", PAGE_MAX)?;
    let pass = Want::to("ec2:DescribeNetworkAcls").enter(world, call, params)?;
    let owner = call.account()?.as_str();
    let answer = look.answer(
        world,
        call,
        "networkAclSet",
        &world.network(call)?.acls,
        &[
            ("network-acl-id", &|acl| one(&acl.label.id)),
            ("vpc-id", &|acl| one(&acl.vpc)),
            ("default", &|acl| one(acl.is_default.to_string())),
            ("owner-id", &|_| one(owner)),
            ("association.association-id", &|acl| acl.associations.keys().cloned().collect()),
            ("association.network-acl-id", &|acl| acl.associations.keys().map(|_| acl.label.id.clone()).collect()),
            ("association.subnet-id", &|acl| acl.associations.values().map(|association| association.subnet.clone()).collect()),
        ],
        |acl| show(owner, acl),
    )?;
    Ok(pass.answer(answer))
}

fn delete_acl(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("NetworkAclId")?;
    let pass = Want::to("ec2:DeleteNetworkAcl").on(Kind::NetworkAcl, id).enter(world, call, params)?;
    let acls = &mut world.network_mut(call)?.acls;
    let acl = acls.get(id).ok_or_else(|| Kind::NetworkAcl.not_found(id))?;
    if acl.is_default {
        return Err(invalid("Cannot delete default network ACL."));
    }
    if !acl.associations.is_empty() {
        return Err(dependency(Kind::NetworkAcl, id));
    }
    acls.remove(id);
    Ok(pass.answer(done()))
}

/// Moves a subnet to another ACL of its VPC, under a new id.
fn replace_association(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (old, id) = (params.text("AssociationId")?, params.text("NetworkAclId")?);
    let of_old = |acl: &&NetworkAcl| acl.associations.contains_key(old);
    let current = world.network(call)?.acls.values().find(of_old).map(|acl| acl.label.id.clone());
    let want = Want::to("ec2:ReplaceNetworkAclAssociation").on(Kind::NetworkAcl, id).on_all(Kind::NetworkAcl, current.as_deref());
    let pass = want.enter(world, call, params)?;
    let missing = || failure("InvalidAssociationID.NotFound", format!("The association ID '{old}' does not exist"));
    let current = current.ok_or_else(missing)?;
    let new = world.hex_id("aclassoc-");
    let acls = &mut world.network_mut(call)?.acls;
    let vpc = |id: &str| acls.get(id).map(|acl| acl.vpc.clone());
    if vpc(id) != vpc(&current) {
        let message = format!("network acl {id} and the subnet of {old} belong to different networks");
        return Err(failure("InvalidParameter", message));
    }
    let association = acls.get_mut(&current).and_then(|acl| acl.associations.remove(old)).ok_or_else(missing)?;
    acls.get_mut(id).ok_or_else(|| Kind::NetworkAcl.not_found(id))?.associations.insert(new.clone(), association);
    Ok(pass.answer(json!({ "newAssociationId": new })))
}

fn show(owner: &str, acl: &NetworkAcl) -> Value {
    let mut entries: Vec<_> = acl.entries.iter().collect();
    entries.sort_by_key(|entry| (entry.direction, entry.number));
    let entries = entries.into_iter().map(show_entry).chain([Direction::In, Direction::Out].map(show_last));
    let associations = acl
        .associations
        .iter()
        .map(|(id, association)| json!({ "networkAclAssociationId": id, "networkAclId": acl.label.id, "subnetId": association.subnet }));
    json!({
        "networkAclId": acl.label.id,
        "vpcId": acl.vpc,
        "ownerId": owner,
        "default": acl.is_default,
        "entrySet": entries.collect::<Value>(),
        "associationSet": associations.collect::<Value>(),
        "tagSet": show_tags(&acl.label.tags),
    })
}
