//! Effective policies: what the policies of one type on an account and above it come to.
//!
//! They are not merged here; which are invalid, and why, is a fault.

use serde_json::json;

use super::node::{enter, show_account};
use super::page::Page;
use super::policy_types::{self, PolicyType};
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read};
use crate::simulator::wire::Params;
use crate::simulator::world::{RESOURCE_CONTROL, SERVICE_CONTROL, World};

pub(super) const OPERATIONS: &[Operation] =
    &[read("ListAccountsWithInvalidEffectivePolicy", list_accounts), read("ListEffectivePolicyValidationErrors", list_errors)];

fn list_accounts(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (page, policy_type) = (Page::read(&params)?, of(params.text("PolicyType")?)?);
    let ask = Ask::new("organizations:ListAccountsWithInvalidEffectivePolicy", "*").with("organizations:PolicyType", policy_type.name);
    let pass = enter(world, call, params, ask)?;
    let organization = world.organization()?;
    is_on(world, policy_type)?;
    let invalid = world.invalid_policies.iter().filter(|invalid| invalid.policy_type == policy_type.name);
    let accounts = invalid.filter_map(|invalid| {
        let account = world.member(invalid.account.as_str())?;
        Some((account.id.to_string(), show_account(organization, account)))
    });
    let mut answer = page.cut("Accounts", accounts);
    answer["PolicyType"] = policy_type.name.into();
    Ok(pass.answer(answer))
}

fn list_errors(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (page, id, policy_type) = (Page::read(&params)?, params.text("AccountId")?, of(params.text("PolicyType")?)?);
    let ask = world.ask_about("organizations:ListEffectivePolicyValidationErrors", id).with("organizations:PolicyType", policy_type.name);
    let pass = enter(world, call, params, ask)?;
    let organization = world.organization()?;
    let account = world.member(id).ok_or_else(|| {
        let message = "We can't find an AWS account with the AccountId that you specified.";
        Failure::organizations("AccountNotFoundException", message)
    })?;
    is_on(world, policy_type)?;
    let is_it = |invalid: &&crate::simulator::InvalidPolicy| invalid.policy_type == policy_type.name && invalid.account == account.id;
    let errors = world.invalid_policies.iter().filter(is_it).enumerate().map(|(at, invalid)| {
        let policies: Vec<&String> =
            organization.policies.iter().filter(|(_, policy)| policy.policy_type == policy_type.name).map(|(id, _)| id).collect();
        let error = json!({
            "ErrorCode": invalid.code,
            "ErrorMessage": invalid.message,
            "PathToError": invalid.path,
            "ContributingPolicies": policies,
        });
        (at.to_string(), error)
    });
    let mut answer = page.cut("EffectivePolicyValidationErrors", errors);
    let parent = account.parent.as_deref().unwrap_or(&organization.root);
    answer["AccountId"] = id.into();
    answer["PolicyType"] = policy_type.name.into();
    answer["Path"] = format!("{}{}/", organization.path(parent), account.id).into();
    answer["EvaluationTimestamp"] = call.now.epoch_seconds().into();
    Ok(pass.answer(answer))
}

/// Returns the type; those in the language of IAM have no effective policies.
fn of(name: &str) -> Result<&'static PolicyType, Failure> {
    if [SERVICE_CONTROL, RESOURCE_CONTROL].contains(&name) {
        return Err(Failure::invalid_argument("INVALID_ENUM_POLICY_TYPE", "You specified an invalid value for PolicyType."));
    }
    policy_types::find(name)
}

fn is_on(world: &World, policy_type: &PolicyType) -> Result<(), Failure> {
    if world.organization()?.policy_types.contains(policy_type.name) {
        return Ok(());
    }
    Err(Failure::organizations("EffectivePolicyNotFoundException", "This policy type is not enabled."))
}
