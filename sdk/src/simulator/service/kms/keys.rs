//! Keys: made, described, switched off and on, and deleted after a while.

use std::time::Duration;

use serde_json::{Value, json};

use super::place::{Page, Place, alias_of, enter, enter_with, failure, not_pending};
use super::policies;
use crate::id::AccountId;
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::propagated::Propagated;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::stored::{own_document, read_tags};
use crate::simulator::wire::Params;
use crate::simulator::world::{Key, KeyState, World};

pub(super) const OPERATIONS: &[Operation] = &[
    write("CreateKey", create_key),
    read("DescribeKey", describe_key),
    read("ListKeys", list_keys),
    write("EnableKey", enable_key),
    write("DisableKey", disable_key),
    write("ScheduleKeyDeletion", schedule_deletion),
    write("CancelKeyDeletion", cancel_deletion),
];

/// The only sort of key that is simulated: for each parameter of `CreateKey` its one value.
const ONLY: [(&str, &str); 4] = [
    ("KeyUsage", "ENCRYPT_DECRYPT"),
    ("KeySpec", "SYMMETRIC_DEFAULT"),
    ("CustomerMasterKeySpec", "SYMMETRIC_DEFAULT"),
    ("Origin", "AWS_KMS"),
];
/// Longest description (KMS API, `CreateKey`).
const DESCRIPTION_MAX: usize = 8192;
/// Days until a key is deleted (KMS API, `ScheduleKeyDeletion`): fewest, most, and where none are given.
const WINDOW: std::ops::RangeInclusive<i64> = 7..=30;
const WINDOW_DEFAULT: i64 = 30;
/// Most keys on a page, and how many where no number is given (KMS API, `ListKeys`).
const PAGE_MAX: i64 = 1000;
const PAGE: i64 = 100;

fn create_key(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let description = params.optional_text("Description")?.unwrap_or_default();
    if description.chars().count() > DESCRIPTION_MAX {
        return Err(params.invalid("Description", "Member must have length less than or equal to 8192"));
    }
    for (name, value) in ONLY {
        if let Some(other) = params.optional_text(name)?.filter(|given| *given != value) {
            return Err(Failure::not_implemented(format_args!("keys with {name} {other}")));
        }
    }
    if params.optional_boolean("MultiRegion")? == Some(true) {
        return Err(Failure::not_implemented("keys of several Regions"));
    }
    let (tags, text) = (read_tags(&params, "Tags")?, params.optional_text("Policy")?);
    let unsafe_policy = params.optional_boolean("BypassPolicyLockoutSafetyCheck")?.unwrap_or(false);
    let ask = Ask::new("kms:CreateKey", "*")
        .request_tags(&tags)
        .with("kms:KeySpec", "SYMMETRIC_DEFAULT")
        .with("kms:KeyUsage", "ENCRYPT_DECRYPT")
        .with("kms:KeyOrigin", "AWS_KMS")
        .with("kms:MultiRegion", "false")
        .with("kms:BypassPolicyLockoutSafetyCheck", unsafe_policy.to_string());
    let pass = call.authorize(world, params, ask.clone())?;
    let place = Place { account: call.account()?.clone(), region: call.region.to_owned(), id: world.uuid() };
    let arn = format!("arn:aws:kms:{}:{}:key/{}", place.region, place.account, place.id);
    if !tags.is_empty() {
        call.may(world, ask.but("kms:TagResource").about(arn.as_str()))?;
    }
    let policy = match text {
        Some(text) => policies::check(world, call, text, &arn, &place.account, unsafe_policy)?,
        None => own_document(&default_policy(&place.account)),
    };
    let key = Key {
        id: place.id.clone(),
        arn,
        made: call.now,
        description: description.to_owned(),
        policy: Propagated::new(policy),
        tags,
        state: KeyState::Enabled,
        is_aws_managed: false,
        rotation: None,
    };
    let shown = show_key(&place.account, &key);
    world.keys_mut(&place)?.keys.insert(place.id.clone(), key);
    Ok(pass.answer(json!({ "KeyMetadata": shown })))
}

fn describe_key(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let key = params.text("KeyId")?;
    // Only here an alias is as good as a key.
    let (pass, place) = match alias_of(key) {
        Some(_) => enter_with(world, call, params, Ask::new("kms:DescribeKey", ""), key)?,
        None => enter(world, call, params, "kms:DescribeKey", key)?,
    };
    Ok(pass.answer(json!({ "KeyMetadata": show_key(&place.account, world.key(&place)?) })))
}

fn list_keys(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let page = Page::read(&params, PAGE, PAGE_MAX)?;
    let pass = call.authorize(world, params, Ask::new("kms:ListKeys", "*"))?;
    let keys = world.account(call.account()?)?.keys.get(call.region).into_iter().flat_map(|keys| keys.keys.values());
    let shown = keys.map(|key| (key.id.clone(), json!({ "KeyId": key.id, "KeyArn": key.arn })));
    Ok(pass.answer(page.cut("Keys", shown)))
}

fn enable_key(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    switch(world, call, params, "kms:EnableKey", KeyState::Enabled)
}

fn disable_key(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    switch(world, call, params, "kms:DisableKey", KeyState::Disabled)
}

fn switch(world: &mut World, call: &Call<'_>, params: Params<'_>, action: &'static str, state: KeyState) -> Result<Answer, Failure> {
    let key = params.text("KeyId")?;
    let (pass, place) = enter(world, call, params, action, key)?;
    let key = world.key_mut(&place)?;
    not_pending(key)?;
    key.state = state;
    Ok(pass.answer(json!({})))
}

fn schedule_deletion(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let key = params.text("KeyId")?;
    let days = params.optional_integer("PendingWindowInDays", WINDOW)?.unwrap_or(WINDOW_DEFAULT);
    let (pass, place) = enter(world, call, params, "kms:ScheduleKeyDeletion", key)?;
    let key = world.key_mut(&place)?;
    not_pending(key)?;
    let at = call.now.plus(Duration::from_hours(24 * u64::try_from(days).unwrap_or_default()));
    key.state = KeyState::PendingDeletion { at };
    Ok(pass.answer(json!({
        "KeyId": key.arn,
        "DeletionDate": at.epoch_seconds(),
        "KeyState": "PendingDeletion",
        "PendingWindowInDays": days,
    })))
}

fn cancel_deletion(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let key = params.text("KeyId")?;
    let (pass, place) = enter(world, call, params, "kms:CancelKeyDeletion", key)?;
    let key = world.key_mut(&place)?;
    match key.state {
        // What was saved is off until somebody switches it on.
        KeyState::PendingDeletion { .. } => key.state = KeyState::Disabled,
        KeyState::Enabled | KeyState::Disabled => {
            return Err(failure("KMSInvalidStateException", format!("{} is not pending deletion.", key.arn)));
        }
    }
    Ok(pass.answer(json!({ "KeyId": key.arn })))
}

fn show_key(account: &AccountId, key: &Key) -> Value {
    let (state, deletion) = match key.state {
        KeyState::Enabled => ("Enabled", None),
        KeyState::Disabled => ("Disabled", None),
        KeyState::PendingDeletion { at } => ("PendingDeletion", Some(at.epoch_seconds())),
    };
    json!({
        "AWSAccountId": account,
        "KeyId": key.id,
        "Arn": key.arn,
        "CreationDate": key.made.epoch_seconds(),
        "Enabled": key.state == KeyState::Enabled,
        "Description": key.description,
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": state,
        "DeletionDate": deletion,
        "Origin": "AWS_KMS",
        "KeyManager": if key.is_aws_managed { "AWS" } else { "CUSTOMER" },
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": false,
    })
}

/// The policy of keys that are made without one: the account's IAM decides.
fn default_policy(account: &AccountId) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Id":"key-default-1","Statement":[{{"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{account}:root"}},"Action":"kms:*","Resource":"*"}}]}}"#
    )
}
