//! The organization itself: created and described; its root and its trusted services.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::node::{arn, enter};
use super::page::Page;
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::clock::Timestamp;
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::wire::Params;
use crate::simulator::world::{FeatureSet, Organization, SERVICE_CONTROL, World, service_role};

pub(super) const OPERATIONS: &[Operation] = &[
    write("CreateOrganization", create_organization),
    read("DescribeOrganization", describe_organization),
    read("ListRoots", list_roots),
    write("EnableAWSServiceAccess", enable_service_access),
    write("DisableAWSServiceAccess", disable_service_access),
    read("ListAWSServiceAccessForOrganization", list_service_access),
    read("ListDelegatedAdministrators", list_delegated_administrators),
];

/// Services with trusted access, without `.amazonaws.com` (docs/AWS.md 1.10).
const TRUSTED_SERVICES: &[&str] = &[
    "access-analyzer",
    "account",
    "backup",
    "cloudtrail",
    "compute-optimizer",
    "config",
    "config-multiaccountsetup",
    "cost-optimization-hub.bcm",
    "detective",
    "ec2",
    "guardduty",
    "health",
    "iam",
    "inspector2",
    "ipam",
    "macie",
    "member.org.stacksets.cloudformation",
    "ram",
    "securityhub",
    "servicequotas",
    "ssm",
    "sso",
    "tagpolicies.tag",
];

fn create_organization(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let feature_set = match params.optional_text("FeatureSet")? {
        None | Some("ALL") => FeatureSet::All,
        Some("CONSOLIDATED_BILLING") => FeatureSet::ConsolidatedBilling,
        Some(_) => return Err(Failure::invalid_argument("INVALID_ENUM", "FeatureSet must be ALL or CONSOLIDATED_BILLING.")),
    };
    let pass = call.authorize(world, params, Ask::new("organizations:CreateOrganization", "*"))?;
    let account = call.account()?.clone();
    if world.organization.is_some() {
        let message = "The AWS account is already a member of an organization.";
        return Err(Failure::organizations("AlreadyInOrganizationException", message));
    }
    if !world.account(&account)?.is_management() {
        return Err(Failure::not_implemented("organizations of accounts other than the first"));
    }
    let role = format!("arn:aws:iam::{account}:role/aws-service-role/organizations.amazonaws.com/AWSServiceRoleForOrganizations");
    let ask = Ask::new("iam:CreateServiceLinkedRole", role).with("iam:AWSServiceName", "organizations.amazonaws.com");
    if call.may(world, ask).is_err() {
        let message = "The request failed because your credentials do not have permission to create the service-linked role required by AWS Organizations.";
        return Err(Failure {
            reason: Some("ACCESS_DENIED_DURING_CREATE_SERVICE_LINKED_ROLE"),
            ..Failure::organizations("AccessDeniedForDependencyException", message)
        });
    }
    let mut organization = Organization {
        id: world.lower_id("o-", 10),
        root: world.lower_id("r-", 4),
        management: account.clone(),
        made: call.now,
        feature_set,
        policy_types: BTreeSet::new(),
        switched_on: BTreeMap::new(),
        units: BTreeMap::new(),
        policies: BTreeMap::new(),
        attachments: BTreeMap::new(),
        tags: BTreeMap::new(),
        creations: BTreeMap::new(),
        service_access: BTreeMap::new(),
        root_access: BTreeSet::new(),
    };
    if feature_set == FeatureSet::All {
        organization.enable_policy_type(SERVICE_CONTROL, std::slice::from_ref(&account));
    }
    let role_id = world.unique_id("AROA");
    let root = organization.root.clone();
    let management = world.account_mut(&account)?;
    management.parent = Some(root);
    management.joined = call.now;
    management.iam.insert_role(service_role(&account, role_id, call.now));
    world.organization = Some(organization);
    Ok(pass.answer(json!({ "Organization": show_organization(world, call.now)? })))
}

fn describe_organization(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let pass = call.authorize(world, params, Ask::new("organizations:DescribeOrganization", "*"))?;
    // Every member account may describe its organization.
    let organization = show_organization(world, call.now)?;
    if world.account(call.account()?)?.parent.is_none() {
        return Err(Failure::organizations("AWSOrganizationsNotInUseException", "Your account is not a member of an organization."));
    }
    Ok(pass.answer(json!({ "Organization": organization })))
}

fn list_roots(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let page = Page::read(&params)?;
    let pass = enter(world, call, params, Ask::new("organizations:ListRoots", "*"))?;
    let organization = world.organization()?;
    let root = &organization.root;
    let root = (root.clone(), show_root(world, organization, call.now));
    Ok(pass.answer(page.cut("Roots", [root])))
}

fn enable_service_access(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let principal = params.text("ServicePrincipal")?;
    let ask = Ask::new("organizations:EnableAWSServiceAccess", "*").with("organizations:ServicePrincipal", principal);
    let pass = enter(world, call, params, ask)?;
    known_service(principal)?;
    let organization = world.organization_mut()?;
    if organization.feature_set != FeatureSet::All {
        return Err(Failure::constraint("ORGANIZATION_NOT_IN_ALL_FEATURES_MODE", "The organization is not in all features mode."));
    }
    organization.service_access.entry(principal.to_owned()).or_insert(call.now);
    Ok(pass.answer(json!({})))
}

fn disable_service_access(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let principal = params.text("ServicePrincipal")?;
    let ask = Ask::new("organizations:DisableAWSServiceAccess", "*").with("organizations:ServicePrincipal", principal);
    let pass = enter(world, call, params, ask)?;
    known_service(principal)?;
    world.organization_mut()?.service_access.remove(principal);
    Ok(pass.answer(json!({})))
}

fn list_service_access(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let page = Page::read(&params)?;
    let pass = enter(world, call, params, Ask::new("organizations:ListAWSServiceAccessForOrganization", "*"))?;
    let enabled = world
        .organization()?
        .service_access
        .iter()
        .map(|(principal, since)| (principal.clone(), json!({ "ServicePrincipal": principal, "DateEnabled": since.epoch_seconds() })));
    Ok(pass.answer(page.cut("EnabledServicePrincipals", enabled)))
}

fn list_delegated_administrators(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let page = Page::read(&params)?;
    params.optional_text("ServicePrincipal")?;
    let pass = enter(world, call, params, Ask::new("organizations:ListDelegatedAdministrators", "*"))?;
    // There is no call that registers one.
    Ok(pass.answer(page.cut("DelegatedAdministrators", [])))
}

fn known_service(principal: &str) -> Result<(), Failure> {
    let known = principal.strip_suffix(".amazonaws.com").is_some_and(|service| TRUSTED_SERVICES.contains(&service));
    if known {
        return Ok(());
    }
    Err(Failure::invalid_argument("UNRECOGNIZED_SERVICE_PRINCIPAL", "You specified an unrecognized service principal."))
}

fn show_organization(world: &World, now: Timestamp) -> Result<Value, Failure> {
    let organization = world.organization()?;
    let management = world.account(&organization.management)?;
    let (id, own) = (&management.id, &organization.id);
    Ok(json!({
        "Id": own,
        "Arn": format!("arn:aws:organizations::{id}:organization/{own}"),
        "FeatureSet": organization.feature_set,
        "MasterAccountArn": format!("arn:aws:organizations::{id}:account/{own}/{id}"),
        "MasterAccountId": id,
        "MasterAccountEmail": management.email,
        "AvailablePolicyTypes": show_policy_types(world, organization, now),
    }))
}

pub(super) fn show_root(world: &World, organization: &Organization, now: Timestamp) -> Value {
    let root = &organization.root;
    json!({ "Id": root, "Arn": arn(organization, root), "Name": "Root", "PolicyTypes": show_policy_types(world, organization, now) })
}

fn show_policy_types(world: &World, organization: &Organization, now: Timestamp) -> Value {
    let status = |name: &str| if world.is_policy_type_pending(organization, name, now) { "PENDING_ENABLE" } else { "ENABLED" };
    organization.policy_types.iter().map(|name| json!({ "Type": name, "Status": status(name) })).collect()
}
