//! Aliases: names of keys, unique in an account and Region.

use serde_json::{Value, json};

use super::place::{Page, Place, alias_of, failure, not_found, not_pending, shown_arn};
use crate::simulator::authorize::{Answer, Ask, Call, Pass};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::wire::Params;
use crate::simulator::world::{Alias, World};

pub(super) const OPERATIONS: &[Operation] = &[
    write("CreateAlias", create_alias),
    write("UpdateAlias", update_alias),
    write("DeleteAlias", delete_alias),
    read("ListAliases", list_aliases),
];

/// Longest name (KMS API, `CreateAlias`).
const NAME_MAX: usize = 256;
/// Most aliases on a page, and the default (docs/AWS.md D.4).
const PAGE_MAX: i64 = 100;
const PAGE: i64 = 50;

fn create_alias(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, target) = (params.text("AliasName")?, params.text("TargetKeyId")?);
    let pass = enter_alias(world, call, params, "kms:CreateAlias", name)?;
    check_name(name)?;
    let place = target_of(world, call, "kms:CreateAlias", target)?;
    if world.keys(&place)?.aliases.contains_key(name) {
        let message = format!("An alias with the name {} already exists", shown_arn(call, name)?);
        return Err(failure("AlreadyExistsException", message));
    }
    let alias = Alias { target: place.id.clone(), made: call.now, updated: call.now };
    world.keys_mut(&place)?.aliases.insert(name.to_owned(), alias);
    Ok(pass.answer(json!({})))
}

fn update_alias(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, target) = (params.text("AliasName")?, params.text("TargetKeyId")?);
    let pass = enter_alias(world, call, params, "kms:UpdateAlias", name)?;
    check_name(name)?;
    let old = known_alias(world, call, name)?;
    world.may_on_key(call, "kms:UpdateAlias", &old)?;
    let place = target_of(world, call, "kms:UpdateAlias", target)?;
    if let Some(alias) = world.keys_mut(&place)?.aliases.get_mut(name) {
        alias.target = place.id;
        alias.updated = call.now;
    }
    Ok(pass.answer(json!({})))
}

fn delete_alias(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let name = params.text("AliasName")?;
    let pass = enter_alias(world, call, params, "kms:DeleteAlias", name)?;
    let place = known_alias(world, call, name)?;
    world.may_on_key(call, "kms:DeleteAlias", &place)?;
    world.keys_mut(&place)?.aliases.remove(name);
    Ok(pass.answer(json!({})))
}

fn list_aliases(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (page, key) = (Page::read(&params, PAGE, PAGE_MAX)?, params.optional_text("KeyId")?);
    let pass = call.authorize(world, params, Ask::new("kms:ListAliases", "*"))?;
    let of_key = match key {
        None => None,
        Some(key) => Some(own_key(world, call, key)?.id),
    };
    let aliases = world.account(call.account()?)?.keys.get(call.region).into_iter().flat_map(|keys| keys.aliases.iter());
    let mut shown = Vec::new();
    for (name, alias) in aliases.filter(|(_, alias)| of_key.as_ref().is_none_or(|id| alias.target == *id)) {
        let value: Value = json!({
            "AliasName": name,
            "AliasArn": shown_arn(call, name)?,
            "TargetKeyId": alias.target,
            "CreationDate": alias.made.epoch_seconds(),
            "LastUpdatedDate": alias.updated.epoch_seconds(),
        });
        shown.push((name.clone(), value));
    }
    Ok(pass.answer(page.cut("Aliases", shown)))
}

/// Authorizes the call on the alias, which only IAM can allow; the key needs its own permission.
fn enter_alias(world: &World, call: &Call<'_>, params: Params<'_>, action: &'static str, name: &str) -> Result<Pass, Failure> {
    let ask = Ask::new(action, shown_arn(call, name)?);
    call.authorize(world, params, ask)
}

fn target_of(world: &World, call: &Call<'_>, action: &'static str, key: &str) -> Result<Place, Failure> {
    let place = own_key(world, call, key)?;
    world.may_on_key(call, action, &place)?;
    not_pending(world.key(&place)?)?;
    Ok(place)
}

/// Returns a key of the caller's account by id or ARN.
fn own_key(world: &World, call: &Call<'_>, key: &str) -> Result<Place, Failure> {
    let account = call.account()?;
    let place = world.find_key(account, call.region, key).filter(|place| place.account == *account && alias_of(key).is_none());
    let arn = shown_arn(call, key)?;
    place.ok_or_else(|| not_found(format_args!("Key '{arn}' does not exist")))
}

fn known_alias(world: &World, call: &Call<'_>, name: &str) -> Result<Place, Failure> {
    let arn = shown_arn(call, name)?;
    let place = alias_of(name).and_then(|name| world.find_key(call.account().ok()?, call.region, name));
    place.ok_or_else(|| not_found(format_args!("Alias {arn} is not found.")))
}

fn check_name(name: &str) -> Result<(), Failure> {
    let rest = name.strip_prefix("alias/").unwrap_or_default();
    let is_valid = |c: char| c.is_ascii_alphanumeric() || "/_-".contains(c);
    // AWS reserves `alias/aws/` for its own keys.
    if rest.is_empty() || name.len() > NAME_MAX || !rest.chars().all(is_valid) || rest.starts_with("aws/") {
        return Err(failure("InvalidAliasNameException", format!("The alias name {name} is not valid.")));
    }
    Ok(())
}
