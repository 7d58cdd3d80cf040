//! The account's own managed policies.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::document;
use super::entities::{POLICY_NAME_MAX, read_description, read_name, read_new_path, read_path};
use super::page::Page;
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::managed_policies::managed_document;
use crate::simulator::propagated::Propagated;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::stored::{StoredDocument, Tags, add_tags, read_tags, remove_tags, show_tags};
use crate::simulator::wire::{Params, percent_encode};
use crate::simulator::world::{Iam, ManagedPolicy, PolicyVersion, World};

/// Longest managed policy, without white space (docs/AWS.md 3.1).
pub(super) const POLICY_MAX: usize = 6144;
/// Most policies of an account (docs/AWS.md 3.1).
const POLICIES_MAX: usize = 1500;

pub(super) const OPERATIONS: &[Operation] = &[
    write("CreatePolicy", create_policy),
    read("GetPolicy", get_policy),
    read("ListPolicies", list_policies),
    write("DeletePolicy", delete_policy),
    write("TagPolicy", tag_policy),
    write("UntagPolicy", untag_policy),
    read("ListPolicyTags", list_policy_tags),
    read("ListEntitiesForPolicy", list_entities),
];

impl World {
    pub(super) fn policy(&self, call: &Call<'_>, arn: &str) -> Result<&ManagedPolicy, Failure> {
        self.iam(call)?.policies.get(arn).ok_or_else(|| no_policy(arn))
    }

    pub(super) fn policy_mut(&mut self, call: &Call<'_>, arn: &str) -> Result<&mut ManagedPolicy, Failure> {
        if managed_document(arn).is_some() {
            return Err(Failure::access_denied(format!("The policy {arn} is managed by AWS and cannot be changed.")));
        }
        self.iam_mut(call)?.policies.get_mut(arn).ok_or_else(|| no_policy(arn))
    }

    pub(super) fn ask_about_managed(&self, call: &Call<'_>, action: &'static str, arn: &str) -> Result<Ask, Failure> {
        let ask = Ask::new(action, arn);
        Ok(match self.iam(call)?.policies.get(arn) {
            Some(policy) => ask.resource_tags(&policy.tags),
            None => ask,
        })
    }
}

fn create_policy(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, path) = (read_name(&params, "PolicyName", POLICY_NAME_MAX)?, read_new_path(&params)?);
    let (text, description) = (params.text("PolicyDocument")?, read_description(&params)?);
    let tags = read_tags(&params, "Tags")?;
    let arn = format!("arn:aws:iam::{}:policy{path}{name}", call.account()?);
    let ask = Ask::new("iam:CreatePolicy", arn.as_str()).request_tags(&tags);
    let pass = call.authorize(world, params, ask.clone())?;
    if !tags.is_empty() {
        call.may(world, ask.but("iam:TagPolicy"))?;
    }
    let document = check_document(text)?;
    let iam = world.iam(call)?;
    if iam.policies.values().any(|policy| policy.name.eq_ignore_ascii_case(name)) {
        return Err(Failure::already_exists(format!("A policy called {name} already exists. Duplicate names are not allowed.")));
    }
    if iam.policies.len() >= POLICIES_MAX {
        return Err(Failure::limit_exceeded(format!("Cannot exceed quota for PoliciesPerAccount: {POLICIES_MAX}")));
    }
    let policy = ManagedPolicy {
        name: name.to_owned(),
        path: path.to_owned(),
        id: world.unique_id("ANPA"),
        arn: arn.clone(),
        made: call.now,
        updated: call.now,
        description: description.map(str::to_owned),
        versions: BTreeMap::from([(1, PolicyVersion { document: document.clone(), made: call.now })]),
        next_version: 2,
        default_version: 1,
        document: Propagated::new(document),
        tags,
    };
    let iam = world.iam_mut(call)?;
    // The answer to a creation has no description.
    let shown = show_policy(iam, &ManagedPolicy { description: None, ..policy.clone() }, Detail::Full);
    iam.policies.insert(arn, policy);
    Ok(pass.answer(json!({ "Policy": shown })))
}

fn get_policy(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let arn = params.text("PolicyArn")?;
    let ask = world.ask_about_managed(call, "iam:GetPolicy", arn)?;
    let pass = call.authorize(world, params, ask)?;
    if let Some(document) = managed_document(arn) {
        let policy = aws_policy(arn, document);
        return Ok(pass.answer(json!({ "Policy": show_policy(world.iam(call)?, &policy, Detail::Full) })));
    }
    let shown = show_policy(world.iam(call)?, world.policy(call, arn)?, Detail::Full);
    Ok(pass.answer(json!({ "Policy": shown })))
}

fn list_policies(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (page, prefix) = (Page::read(&params)?, read_path(&params, "PathPrefix")?);
    match params.optional_text("Scope")? {
        Some("Local") => {}
        other => return Err(Failure::not_implemented(format_args!("ListPolicies with the scope {}", other.unwrap_or("All")))),
    }
    let pass = call.authorize(world, params, Ask::new("iam:ListPolicies", "*"))?;
    let iam = world.iam(call)?;
    let policies = iam.policies.values().filter(|policy| policy.path.starts_with(prefix));
    Ok(pass.answer(page.cut("Policies", policies.map(|policy| (policy.arn.clone(), show_policy(iam, policy, Detail::Listed))))))
}

fn delete_policy(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let arn = params.text("PolicyArn")?;
    let ask = world.ask_about_managed(call, "iam:DeletePolicy", arn)?;
    let pass = call.authorize(world, params, ask)?;
    let versions = world.policy_mut(call, arn)?.versions.len();
    let iam = world.iam_mut(call)?;
    let (roles, users) = iam.attached_to(arn);
    if roles.len() + users.len() + iam.bounded_by(arn) > 0 {
        return Err(Failure::delete_conflict("Cannot delete a policy attached to entities."));
    }
    if versions > 1 {
        let message = "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.";
        return Err(Failure::delete_conflict(message));
    }
    iam.policies.remove(arn);
    Ok(pass.answer(json!({})))
}

fn tag_policy(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (arn, tags) = (params.text("PolicyArn")?, read_tags(&params, "Tags")?);
    let ask = world.ask_about_managed(call, "iam:TagPolicy", arn)?.request_tags(&tags);
    let pass = call.authorize(world, params, ask)?;
    let policy = world.policy_mut(call, arn)?;
    let mut kept = policy.tags.clone();
    add_tags(call.service, &mut kept, tags)?;
    policy.tags = kept;
    Ok(pass.answer(json!({})))
}

fn untag_policy(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (arn, keys) = (params.text("PolicyArn")?, params.texts("TagKeys")?);
    let ask = world.ask_about_managed(call, "iam:UntagPolicy", arn)?.tag_keys(keys.iter().copied());
    let pass = call.authorize(world, params, ask)?;
    remove_tags(call.service, &mut world.policy_mut(call, arn)?.tags, &keys);
    Ok(pass.answer(json!({})))
}

fn list_policy_tags(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (page, arn) = (Page::read(&params)?, params.text("PolicyArn")?);
    let ask = world.ask_about_managed(call, "iam:ListPolicyTags", arn)?;
    let pass = call.authorize(world, params, ask)?;
    let tags = world.policy(call, arn)?.tags.iter();
    Ok(pass.answer(page.cut("Tags", tags.map(|(key, value)| (key.clone(), json!({ "Key": key, "Value": value }))))))
}

fn list_entities(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let arn = params.text("PolicyArn")?;
    let ask = world.ask_about_managed(call, "iam:ListEntitiesForPolicy", arn)?;
    let pass = call.authorize(world, params, ask)?;
    if managed_document(arn).is_none() {
        world.policy(call, arn)?;
    }
    let (roles, users) = world.iam(call)?.attached_to(arn);
    let roles: Value = roles.into_iter().map(|role| json!({ "RoleName": role.name, "RoleId": role.id })).collect();
    let users: Value = users.into_iter().map(|user| json!({ "UserName": user.name, "UserId": user.id })).collect();
    Ok(pass.answer(json!({ "PolicyGroups": [], "PolicyRoles": roles, "PolicyUsers": users, "IsTruncated": false })))
}

/// Reads the document of a managed policy.
pub(super) fn check_document(text: &str) -> Result<StoredDocument, Failure> {
    let document = document::identity(text)?;
    if document.size() > POLICY_MAX {
        return Err(Failure::limit_exceeded(format!("Cannot exceed quota for PolicySize: {POLICY_MAX}")));
    }
    Ok(document)
}

/// An AWS managed policy in the form of a customer managed one.
pub(super) fn aws_policy(arn: &str, document: &StoredDocument) -> ManagedPolicy {
    let long_ago = crate::simulator::clock::Timestamp(1_423_000_000_000);
    let path = arn.split_once(":policy").map_or("/", |(_, path)| path);
    let (path, name) = path.rsplit_once('/').unwrap_or(("", path));
    ManagedPolicy {
        name: name.to_owned(),
        path: format!("{path}/"),
        id: format!("ANPASIMULATED{:0>7}", name.len()),
        arn: arn.to_owned(),
        made: long_ago,
        updated: long_ago,
        description: None,
        versions: BTreeMap::from([(1, PolicyVersion { document: document.clone(), made: long_ago })]),
        next_version: 2,
        default_version: 1,
        document: Propagated::new(document.clone()),
        tags: Tags::new(),
    }
}

pub(super) fn no_policy(arn: &str) -> Failure {
    Failure::no_such_entity(format!("Policy {arn} was not found."))
}

/// The parts of a policy that are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Full,
    /// Lists omit tags and description.
    Listed,
}

/// Shows a policy with every version but without tags, as only `GetAccountAuthorizationDetails` does.
pub(super) fn show_policy_whole(iam: &Iam, policy: &ManagedPolicy) -> Result<Value, Failure> {
    let mut shown = show_policy(iam, policy, Detail::Full);
    if let Some(shown) = shown.as_object_mut() {
        shown.remove("Tags");
    }
    shown["PolicyVersionList"] = policy.versions.keys().map(|number| show_version(policy, *number)).collect::<Result<_, _>>()?;
    Ok(shown)
}

fn show_policy(iam: &Iam, policy: &ManagedPolicy, detail: Detail) -> Value {
    let (roles, users) = iam.attached_to(&policy.arn);
    let mut shown = json!({
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": format!("v{}", policy.default_version),
        "AttachmentCount": roles.len() + users.len(),
        "PermissionsBoundaryUsageCount": iam.bounded_by(&policy.arn),
        "IsAttachable": true,
        "CreateDate": policy.made.iso(),
        "UpdateDate": policy.updated.iso(),
    });
    if detail == Detail::Full {
        shown["Description"] = policy.description.clone().into();
        if !policy.tags.is_empty() {
            shown["Tags"] = show_tags(&policy.tags);
        }
    }
    shown
}

pub(super) fn show_version(policy: &ManagedPolicy, number: u32) -> Result<Value, Failure> {
    let version = policy.versions.get(&number).ok_or_else(|| no_version(&policy.arn, number))?;
    Ok(json!({
        "VersionId": format!("v{number}"),
        "IsDefaultVersion": policy.default_version == number,
        "CreateDate": version.made.iso(),
        "Document": percent_encode(version.document.text()),
    }))
}

pub(super) fn no_version(arn: &str, number: u32) -> Failure {
    Failure::no_such_entity(format!("Policy {arn} version v{number} does not exist or is not attachable."))
}
