//! Central root access: its switches for the organization, and the root user's password, which only its sessions can read and
//! change.

use serde_json::{Value, json};

use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::wire::Params;
use crate::simulator::world::{FeatureSet, Organization, RootFeature, RootPassword, Who, World};

/// The service that needs trusted access in Organizations first (docs/AWS.md 2.5).
const TRUSTED_SERVICE: &str = "iam.amazonaws.com";

pub(super) const OPERATIONS: &[Operation] = &[
    write("EnableOrganizationsRootCredentialsManagement", enable_credentials_management),
    write("EnableOrganizationsRootSessions", enable_sessions),
    write("DisableOrganizationsRootCredentialsManagement", disable_credentials_management),
    write("DisableOrganizationsRootSessions", disable_sessions),
    read("ListOrganizationsFeatures", list_features),
    write("CreateLoginProfile", create_login_profile),
    read("GetLoginProfile", get_login_profile),
    write("DeleteLoginProfile", delete_login_profile),
];

fn enable_credentials_management(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    enable(world, call, params, "iam:EnableOrganizationsRootCredentialsManagement", RootFeature::RootCredentialsManagement)
}

fn enable_sessions(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    enable(world, call, params, "iam:EnableOrganizationsRootSessions", RootFeature::RootSessions)
}

fn enable(world: &mut World, call: &Call<'_>, params: Params<'_>, action: &'static str, feature: RootFeature) -> Result<Answer, Failure> {
    let pass = call.authorize(world, params, Ask::new(action, "*"))?;
    ready(world, call)?;
    let organization = world.organization_mut()?;
    organization.root_access.insert(feature);
    let shown = show_features(organization);
    Ok(pass.answer(shown))
}

fn disable_credentials_management(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    disable(world, call, params, "iam:DisableOrganizationsRootCredentialsManagement", RootFeature::RootCredentialsManagement)
}

fn disable_sessions(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    disable(world, call, params, "iam:DisableOrganizationsRootSessions", RootFeature::RootSessions)
}

fn disable(world: &mut World, call: &Call<'_>, params: Params<'_>, action: &'static str, feature: RootFeature) -> Result<Answer, Failure> {
    let pass = call.authorize(world, params, Ask::new(action, "*"))?;
    ready(world, call)?;
    let organization = world.organization_mut()?;
    organization.root_access.remove(&feature);
    let shown = show_features(organization);
    Ok(pass.answer(shown))
}

fn list_features(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let pass = call.authorize(world, params, Ask::new("iam:ListOrganizationsFeatures", "*"))?;
    let organization = ready(world, call)?;
    Ok(pass.answer(show_features(organization)))
}

/// Returns the organization, if it can have central root access and the caller may change that (IAM API, errors of these calls;
/// their codes keep the suffix, docs/AWS.md 2.5).
fn ready<'w>(world: &'w World, call: &Call<'_>) -> Result<&'w Organization, Failure> {
    let failure = |code, message: &str| Err(Failure::new(code, 400, message));
    let Some(organization) = &world.organization else {
        return failure(
            "OrganizationNotFoundException",
            "The request was rejected because no organization is associated with your account.",
        );
    };
    if !world.account(call.account()?)?.is_management() {
        let message = "The request was rejected because the account making the request is not the management account for the organization.";
        return failure("CallerIsNotManagementAccountException", message);
    }
    if organization.feature_set != FeatureSet::All {
        let message = "The request was rejected because your organization does not have All features enabled.";
        return failure("OrganizationNotInAllFeaturesModeException", message);
    }
    if !organization.service_access.contains_key(TRUSTED_SERVICE) {
        let message = "The request was rejected because trusted access is not enabled for IAM in Organizations.";
        return failure("ServiceAccessNotEnabledException", message);
    }
    Ok(organization)
}

fn show_features(organization: &Organization) -> Value {
    json!({ "OrganizationId": organization.id, "EnabledFeatures": organization.root_access })
}

fn create_login_profile(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    of_root(call, &params)?;
    let pass = call.authorize(world, params, ask(call, "iam:CreateLoginProfile")?)?;
    let account = world.account_mut(call.account()?)?;
    if account.iam.root_password.can_sign_in() {
        return Err(Failure::already_exists(format!("Login Profile for user {} already exists.", account.id)));
    }
    account.iam.root_password = RootPassword::Allowed { since: call.now };
    Ok(pass.answer(json!({ "LoginProfile": { "CreateDate": call.now.iso(), "PasswordResetRequired": false } })))
}

fn get_login_profile(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    of_root(call, &params)?;
    let pass = call.authorize(world, params, ask(call, "iam:GetLoginProfile")?)?;
    let account = world.account(call.account()?)?;
    let since = match account.iam.root_password {
        RootPassword::AsMade => account.joined,
        RootPassword::Allowed { since } => since,
        RootPassword::Absent => return Err(no_profile(call)?),
    };
    Ok(pass.answer(json!({ "LoginProfile": { "CreateDate": since.iso(), "PasswordResetRequired": false } })))
}

fn delete_login_profile(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    of_root(call, &params)?;
    let pass = call.authorize(world, params, ask(call, "iam:DeleteLoginProfile")?)?;
    let account = world.account_mut(call.account()?)?;
    if !account.iam.root_password.can_sign_in() {
        return Err(no_profile(call)?);
    }
    account.iam.root_password = RootPassword::Absent;
    Ok(pass.answer(json!({})))
}

/// Accepts only a session of `AssumeRoot` without a user's name: passwords of users are not simulated, and a root user that signed
/// in has to name one (IAM API, `CreateLoginProfile`).
fn of_root(call: &Call<'_>, params: &Params<'_>) -> Result<(), Failure> {
    let credential = call.credential()?;
    match credential.who {
        Who::Root { .. } if credential.session.root_task.is_some() => Ok(()),
        Who::Root { .. } if params.optional_text("UserName")?.is_none() => {
            Err(Failure::validation("Must specify userName when calling with root credentials that are not an AssumeRoot session"))
        }
        Who::Root { .. } | Who::User { .. } | Who::Role { .. } => Err(Failure::not_implemented("passwords of IAM users")),
    }
}

fn ask(call: &Call<'_>, action: &'static str) -> Result<Ask, Failure> {
    Ok(Ask::new(action, format!("arn:aws:iam::{}:root", call.account()?)))
}

fn no_profile(call: &Call<'_>) -> Result<Failure, Failure> {
    Ok(Failure::no_such_entity(format!("Login Profile for User {} cannot be found.", call.account()?)))
}
