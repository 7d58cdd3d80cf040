//! The account's password policy. A write replaces it whole: a member that is left out is reset (IAM API,
//! `UpdateAccountPasswordPolicy`). No password is ever checked here.

use serde_json::{Value, json};

use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::wire::Params;
use crate::simulator::world::{PasswordPolicy, World};

pub(super) const OPERATIONS: &[Operation] =
    &[write("UpdateAccountPasswordPolicy", update), read("GetAccountPasswordPolicy", get), write("DeleteAccountPasswordPolicy", delete)];

/// The length of a policy that does not say one.
const DEFAULT_LENGTH: i64 = 6;

fn update(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let switch = |name: &str| Ok::<_, Failure>(params.optional_boolean(name)?.unwrap_or(false));
    let policy = PasswordPolicy {
        minimum_length: params.optional_integer("MinimumPasswordLength", 6..=128)?.unwrap_or(DEFAULT_LENGTH),
        symbols: switch("RequireSymbols")?,
        numbers: switch("RequireNumbers")?,
        uppercase: switch("RequireUppercaseCharacters")?,
        lowercase: switch("RequireLowercaseCharacters")?,
        users_may_change: switch("AllowUsersToChangePassword")?,
        max_age: params.optional_integer("MaxPasswordAge", 1..=1095)?,
        reuse_prevention: params.optional_integer("PasswordReusePrevention", 1..=24)?,
        hard_expiry: switch("HardExpiry")?,
    };
    let pass = call.authorize(world, params, Ask::new("iam:UpdateAccountPasswordPolicy", "*"))?;
    world.account_mut(call.account()?)?.iam.password_policy = Some(policy);
    Ok(pass.answer(json!({})))
}

fn get(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let pass = call.authorize(world, params, Ask::new("iam:GetAccountPasswordPolicy", "*"))?;
    match &world.iam(call)?.password_policy {
        Some(policy) => Ok(pass.answer(json!({ "PasswordPolicy": show(policy) }))),
        None => Err(absent(call)?),
    }
}

fn delete(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let pass = call.authorize(world, params, Ask::new("iam:DeleteAccountPasswordPolicy", "*"))?;
    match world.account_mut(call.account()?)?.iam.password_policy.take() {
        Some(_) => Ok(pass.answer(json!({}))),
        None => Err(absent(call)?),
    }
}

fn absent(call: &Call<'_>) -> Result<Failure, Failure> {
    Ok(Failure::no_such_entity(format!("The Password Policy with domain name {} cannot be found.", call.account()?)))
}

fn show(policy: &PasswordPolicy) -> Value {
    let mut shown = json!({
        "MinimumPasswordLength": policy.minimum_length,
        "RequireSymbols": policy.symbols,
        "RequireNumbers": policy.numbers,
        "RequireUppercaseCharacters": policy.uppercase,
        "RequireLowercaseCharacters": policy.lowercase,
        "AllowUsersToChangePassword": policy.users_may_change,
        "ExpirePasswords": policy.max_age.is_some(),
        "HardExpiry": policy.hard_expiry,
    });
    for (name, value) in [("MaxPasswordAge", policy.max_age), ("PasswordReusePrevention", policy.reuse_prevention)] {
        if let Some(value) = value {
            shown[name] = value.into();
        }
    }
    shown
}
