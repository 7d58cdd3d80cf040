//! Policies and their attachments.

use serde_json::{Value, json};

use super::node::{Target, arn, enter};
use super::page::Page;
use super::policy_types::{self, PolicyType};
use crate::aws::policy::Document;
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::stored::{StoredDocument, add_tags, read_tags};
use crate::simulator::wire::Params;
use crate::simulator::world::{FeatureSet, Organization, OrganizationPolicy, PolicyContent, RESOURCE_CONTROL, SERVICE_CONTROL, World};

const NAME_MAX: usize = 128;
const DESCRIPTION_MAX: usize = 512;

pub(super) const OPERATIONS: &[Operation] = &[
    write("CreatePolicy", create_policy),
    write("UpdatePolicy", update_policy),
    write("DeletePolicy", delete_policy),
    read("DescribePolicy", describe_policy),
    read("ListPolicies", list_policies),
    write("AttachPolicy", attach_policy),
    write("DetachPolicy", detach_policy),
    read("ListPoliciesForTarget", list_policies_for_target),
    read("ListTargetsForPolicy", list_targets_for_policy),
];

fn create_policy(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, content, description) = (params.text("Name")?, params.text("Content")?, params.text("Description")?);
    let policy_type = policy_types::find(params.text("Type")?)?;
    let tags = read_tags(&params, "Tags")?;
    let ask = Ask::new("organizations:CreatePolicy", "*").with("organizations:PolicyType", policy_type.name).request_tags(&tags);
    let pass = enter(world, call, params, ask.clone())?;
    if !tags.is_empty() {
        call.may(world, ask.but("organizations:TagResource"))?;
    }
    let organization = world.organization()?;
    if organization.feature_set != FeatureSet::All {
        let message = "You can't use the specified policy type with the feature set currently enabled for this organization.";
        return Err(Failure::organizations("PolicyTypeNotAvailableForOrganizationException", message));
    }
    check_texts(organization, policy_type, name, description, None)?;
    let content = check_content(policy_type, content)?;
    let of_type = organization.policies.values().filter(|policy| policy.policy_type == policy_type.name);
    if of_type.count() >= policy_type.per_organization {
        return Err(Failure::constraint("POLICY_NUMBER_LIMIT_EXCEEDED", "You have exceeded the number of policies."));
    }
    let id = world.lower_id("p-", 8);
    let organization = world.organization_mut()?;
    let policy = OrganizationPolicy {
        name: name.to_owned(),
        description: description.to_owned(),
        policy_type: policy_type.name.to_owned(),
        content,
        aws_managed: false,
    };
    organization.policies.insert(id.clone(), policy);
    add_tags(call.service, organization.tags.entry(id.clone()).or_default(), tags)?;
    show(organization, &id).map(|shown| pass.answer(json!({ "Policy": shown })))
}

fn update_policy(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("PolicyId")?;
    let (name, description) = (params.optional_text("Name")?, params.optional_text("Description")?);
    let content = params.optional_text("Content")?;
    let ask = about_policy(world, "organizations:UpdatePolicy", id);
    let pass = enter(world, call, params, ask)?;
    let organization = world.organization()?;
    let policy = own_policy(organization, id)?;
    let name = name.unwrap_or(&policy.name).to_owned();
    let description = description.unwrap_or(&policy.description).to_owned();
    let policy_type = policy_types::find(&policy.policy_type)?;
    check_texts(organization, policy_type, &name, &description, Some(id))?;
    let content = content.map(|content| check_content(policy_type, content)).transpose()?;
    let organization = world.organization_mut()?;
    if let Some(policy) = organization.policies.get_mut(id) {
        (policy.name, policy.description) = (name, description);
        if let Some(content) = content {
            policy.content = content;
        }
    }
    show(organization, id).map(|shown| pass.answer(json!({ "Policy": shown })))
}

fn delete_policy(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("PolicyId")?;
    let ask = about_policy(world, "organizations:DeletePolicy", id);
    let pass = enter(world, call, params, ask)?;
    let organization = world.organization_mut()?;
    own_policy(organization, id)?;
    if organization.attachments.values().any(|attached| attached.contains(id)) {
        let message = "The policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts before performing this operation.";
        return Err(Failure::organizations("PolicyInUseException", message));
    }
    organization.policies.remove(id);
    organization.tags.remove(id);
    Ok(pass.answer(json!({})))
}

fn describe_policy(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("PolicyId")?;
    let ask = about_policy(world, "organizations:DescribePolicy", id);
    let pass = enter(world, call, params, ask)?;
    show(world.organization()?, id).map(|shown| pass.answer(json!({ "Policy": shown })))
}

fn list_policies(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (page, filter) = (Page::read(&params)?, params.text("Filter")?);
    policy_types::find(filter)?;
    let pass = enter(world, call, params, Ask::new("organizations:ListPolicies", "*").with("organizations:PolicyType", filter))?;
    let organization = world.organization()?;
    let of_type = organization.policies.iter().filter(|(_, policy)| policy.policy_type == filter);
    let policies = of_type.map(|(id, policy)| (id.clone(), summary(organization, id, policy)));
    Ok(pass.answer(page.cut("Policies", policies)))
}

fn attach_policy(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (id, target) = (params.text("PolicyId")?, params.text("TargetId")?);
    let (about, about_target) =
        (about_policy(world, "organizations:AttachPolicy", id), about_policy(world, "organizations:AttachPolicy", target));
    let pass = enter(world, call, params, about)?;
    call.may(world, about_target)?;
    let (_, policy_type) = known_attachment(world, id, target)?;
    let organization = world.organization()?;
    let is_pending = world.is_policy_type_pending(organization, policy_type.name, call.now);
    if is_pending || !organization.policy_types.contains(policy_type.name) {
        let message = "The specified policy type isn't currently enabled in this root.";
        return Err(Failure::organizations("PolicyTypeNotEnabledException", message));
    }
    let number = of_type(organization, target, policy_type);
    let attached = world.organization_mut()?.attachments.entry(target.to_owned()).or_default();
    if attached.contains(id) {
        let message = "The selected policy is already attached to the specified target.";
        return Err(Failure::organizations("DuplicatePolicyAttachmentException", message));
    }
    if number >= *policy_type.per_target.end() {
        let message = "You have exceeded the number of policies of this type that can be attached to an entity.";
        return Err(Failure::constraint("MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED", message));
    }
    attached.insert(id.to_owned());
    Ok(pass.answer(json!({})))
}

fn detach_policy(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (id, target) = (params.text("PolicyId")?, params.text("TargetId")?);
    let (about, about_target) =
        (about_policy(world, "organizations:DetachPolicy", id), about_policy(world, "organizations:DetachPolicy", target));
    let pass = enter(world, call, params, about)?;
    call.may(world, about_target)?;
    let (organization, policy_type) = known_attachment(world, id, target)?;
    if policy_type.name == RESOURCE_CONTROL && known_policy(organization, id)?.aws_managed {
        return Err(Failure::invalid_argument("NON_DETACHABLE_POLICY", "You can't detach this AWS managed policy."));
    }
    let number = of_type(organization, target, policy_type);
    let attached = organization.attachments.entry(target.to_owned()).or_default();
    if !attached.contains(id) {
        let message = "The policy isn't attached to the specified target in the specified root.";
        return Err(Failure::organizations("PolicyNotAttachedException", message));
    }
    if number <= *policy_type.per_target.start() {
        let message = "You attempted to detach the last policy of this type from an entity that must keep at least one.";
        return Err(Failure::constraint("MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED", message));
    }
    attached.remove(id);
    Ok(pass.answer(json!({})))
}

fn list_policies_for_target(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (page, target, filter) = (Page::read(&params)?, params.text("TargetId")?, params.text("Filter")?);
    policy_types::find(filter)?;
    let ask = about_policy(world, "organizations:ListPoliciesForTarget", target);
    let pass = enter(world, call, params, ask)?;
    known_target(world, target)?;
    let organization = world.organization()?;
    let attached = organization.attachments.get(target).into_iter().flatten();
    let policies = attached.filter_map(|id| {
        let policy = organization.policies.get(id).filter(|policy| policy.policy_type == filter)?;
        Some((id.clone(), summary(organization, id, policy)))
    });
    Ok(pass.answer(page.cut("Policies", policies)))
}

fn list_targets_for_policy(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (page, id) = (Page::read(&params)?, params.text("PolicyId")?);
    let ask = about_policy(world, "organizations:ListTargetsForPolicy", id);
    let pass = enter(world, call, params, ask)?;
    let organization = world.organization()?;
    known_policy(organization, id)?;
    let targets = organization.attachments.iter().filter(|(_, attached)| attached.contains(id));
    let shown = targets.filter_map(|(target, _)| {
        let (kind, name) = match world.target(target)? {
            Target::Root => ("ROOT", "Root"),
            Target::Unit => ("ORGANIZATIONAL_UNIT", organization.units.get(target)?.name.as_str()),
            Target::Account(account) => ("ACCOUNT", account.name.as_str()),
            Target::Policy => return None,
        };
        Some((target.clone(), json!({ "TargetId": target, "Arn": arn(organization, target), "Name": name, "Type": kind })))
    });
    Ok(pass.answer(page.cut("Targets", shown)))
}

/// Returns the action on a policy or a target; the condition key is the policy's, where it is one.
fn about_policy(world: &World, action: &'static str, id: &str) -> Ask {
    let policy = world.organization.as_ref().and_then(|organization| organization.policies.get(id));
    world.ask_about(action, id).with("organizations:PolicyType", policy.map_or(SERVICE_CONTROL, |policy| &policy.policy_type))
}

fn known_attachment<'w>(world: &'w mut World, id: &str, target: &str) -> Result<(&'w mut Organization, &'static PolicyType), Failure> {
    let policy_type = policy_types::find(&known_policy(world.organization()?, id)?.policy_type)?;
    known_target(world, target)?;
    Ok((world.organization_mut()?, policy_type))
}

/// Returns how many policies of a type a target has.
fn of_type(organization: &Organization, target: &str, policy_type: &PolicyType) -> usize {
    let attached = organization.attachments.get(target).into_iter().flatten();
    attached.filter(|id| organization.policies.get(*id).is_some_and(|policy| policy.policy_type == policy_type.name)).count()
}

fn known_target(world: &World, target: &str) -> Result<(), Failure> {
    match world.target(target) {
        Some(Target::Root | Target::Unit | Target::Account(_)) => Ok(()),
        Some(Target::Policy) | None => {
            let message = "We can't find a root, OU, account, or policy with the TargetId that you specified.";
            Err(Failure::organizations("TargetNotFoundException", message))
        }
    }
}

fn known_policy<'o>(organization: &'o Organization, id: &str) -> Result<&'o OrganizationPolicy, Failure> {
    let message = "We can't find a policy with the PolicyId that you specified.";
    organization.policies.get(id).ok_or_else(|| Failure::organizations("PolicyNotFoundException", message))
}

fn own_policy<'o>(organization: &'o Organization, id: &str) -> Result<&'o OrganizationPolicy, Failure> {
    let policy = known_policy(organization, id)?;
    if policy.aws_managed {
        return Err(Failure::invalid_argument("IMMUTABLE_POLICY", "You specified a policy that is managed by AWS and can't be modified."));
    }
    Ok(policy)
}

fn check_texts(
    organization: &Organization,
    policy_type: &PolicyType,
    name: &str,
    description: &str,
    own: Option<&str>,
) -> Result<(), Failure> {
    if name.is_empty() || name.chars().count() > NAME_MAX || description.chars().count() > DESCRIPTION_MAX {
        return Err(Failure::invalid_argument("MAX_LENGTH_EXCEEDED", "The name or the description is too long or empty."));
    }
    if name.contains(['<', '>']) || description.contains(['<', '>']) {
        return Err(Failure::invalid_argument("INVALID_PATTERN", "You provided a value that doesn't match the required pattern."));
    }
    let mut of_type = organization.policies.iter().filter(|(_, policy)| policy.policy_type == policy_type.name);
    if of_type.any(|(id, policy)| policy.name == name && own != Some(id)) {
        return Err(Failure::organizations("DuplicatePolicyException", "A policy with the same name already exists."));
    }
    Ok(())
}

fn check_content(policy_type: &PolicyType, content: &str) -> Result<PolicyContent, Failure> {
    if content.chars().count() > policy_type.characters {
        let message = format!("You have exceeded the maximum policy size of {} characters.", policy_type.characters);
        return Err(Failure::constraint("POLICY_CONTENT_LIMIT_EXCEEDED", message));
    }
    let malformed = |problem: String| {
        let message = format!("The provided policy document does not meet the requirements of the specified policy type: {problem}");
        Failure::organizations("MalformedPolicyDocumentException", message)
    };
    if ![SERVICE_CONTROL, RESOURCE_CONTROL].contains(&policy_type.name) {
        let document: Value = serde_json::from_str(content).map_err(|error| malformed(error.to_string()))?;
        return policy_type
            .problem(&document)
            .map_or_else(|| Ok(PolicyContent::Settings(content.to_owned())), |problem| Err(malformed(problem)));
    }
    let document: StoredDocument = content.parse().map_err(|error| malformed(format!("{error}")))?;
    if policy_type.name == RESOURCE_CONTROL {
        Document::parse_resource_control(content).map_err(|error| malformed(error.to_string()))?;
    } else {
        document.document().check_service_control().map_err(|error| malformed(error.to_string()))?;
    }
    Ok(PolicyContent::Authorization(document))
}

fn show(organization: &Organization, id: &str) -> Result<Value, Failure> {
    let policy = known_policy(organization, id)?;
    Ok(json!({ "PolicySummary": summary(organization, id, policy), "Content": policy.content.text() }))
}

fn summary(organization: &Organization, id: &str, policy: &OrganizationPolicy) -> Value {
    json!({
        "Id": id,
        "Arn": arn(organization, id),
        "Name": policy.name,
        "Description": policy.description,
        "Type": policy.policy_type,
        "AwsManaged": policy.aws_managed,
    })
}
