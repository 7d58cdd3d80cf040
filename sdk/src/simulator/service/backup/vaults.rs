//! Vaults and their tags.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::place::{invalid, not_found, read_page, vault_arn};
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::stored::{add_tags, read_tag_map};
use crate::simulator::wire::Params;
use crate::simulator::world::{Vault, VaultLock, World};

/// For how long a lock may make backups be kept, in days (docs/AWS.md 8.5).
const DAYS: std::ops::RangeInclusive<i64> = 1..=36_500;

pub(super) const OPERATIONS: &[Operation] = &[
    write("CreateBackupVault", create),
    read("ListBackupVaults", list),
    write("DeleteBackupVault", delete),
    write("PutBackupVaultLockConfiguration", lock),
    read("ListTags", list_tags),
    write("TagResource", tag),
];

fn create(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, tags) = (params.text("BackupVaultName")?.to_owned(), read_tag_map(&params, "BackupVaultTags")?);
    let arn = vault_arn(call, &name)?;
    let pass = call.authorize(world, params, Ask::new("backup:CreateBackupVault", arn.as_str()).request_tags(&tags))?;
    // Actions that the call depends on (Service Authorization Reference, "AWS Backup"); the key is AWS's own here.
    call.may(world, Ask::new("backup-storage:MountCapsule", "*"))?;
    if !(2..=50).contains(&name.len()) || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)) {
        return Err(invalid("The name of a vault has 2 to 50 letters, digits, hyphens and underscores."));
    }
    let vaults = &mut world.backups_mut(call)?.vaults;
    if vaults.contains_key(&name) {
        return Err(Failure::new("AlreadyExistsException", 400, "Backup vault with the same name already exists"));
    }
    let vault = Vault { name: name.clone(), arn: arn.clone(), made: call.now, tags, points: BTreeMap::new(), lock: None };
    vaults.insert(name.clone(), vault);
    Ok(pass.answer(json!({ "BackupVaultName": name, "BackupVaultArn": arn, "CreationDate": call.now.epoch_seconds() })))
}

fn list(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let page = read_page(&params)?;
    let pass = call.authorize(world, params, Ask::new("backup:ListBackupVaults", "*"))?;
    let vaults = world.backups(call)?.into_iter().flat_map(|backups| &backups.vaults);
    let cut = page.cut(vaults.map(|(name, vault)| (name.clone(), show(vault))));
    Ok(pass.answer(json!({ "BackupVaultList": cut.items, "NextToken": cut.next })))
}

fn delete(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let name = params.text("BackupVaultName")?;
    let arn = vault_arn(call, name)?;
    let ask = Ask::new("backup:DeleteBackupVault", arn)
        .resource_tags(&world.vault(call, name).map(|vault| vault.tags.clone()).unwrap_or_default());
    let pass = call.authorize(world, params, ask)?;
    if !world.vault(call, name)?.points.is_empty() {
        let message = "Backup vault cannot be deleted (contains recovery points)";
        return Err(Failure::new("InvalidRequestException", 400, message));
    }
    world.backups_mut(call)?.vaults.remove(name);
    Ok(pass.answer(Value::Null))
}

/// A lock that cannot be lifted any more after some days (`ChangeableForDays`) is not simulated, nor what a lock refuses.
fn lock(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let name = params.text("BackupVaultName")?;
    let least = params.optional_integer("MinRetentionDays", DAYS)?;
    let most = params.optional_integer("MaxRetentionDays", DAYS)?;
    let ask = Ask::new("backup:PutBackupVaultLockConfiguration", vault_arn(call, name)?)
        .resource_tags(&world.vault(call, name).map(|vault| vault.tags.clone()).unwrap_or_default());
    let pass = call.authorize(world, params, ask)?;
    world.vault(call, name)?;
    if least.zip(most).is_some_and(|(least, most)| least > most) {
        return Err(invalid("MaxRetentionDays must not be less than MinRetentionDays."));
    }
    if let Some(vault) = world.backups_mut(call)?.vaults.get_mut(name) {
        vault.lock = Some(VaultLock { least, most });
    }
    Ok(pass.answer(Value::Null))
}

fn list_tags(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (arn, page) = (params.text("ResourceArn")?, read_page(&params)?);
    let pass = call.authorize(world, params, Ask::new("backup:ListTags", arn))?;
    let tags = &tagged(world, call, arn)?.tags;
    let cut = page.cut(tags.iter().map(|(key, value)| (key.clone(), json!([key, value]))));
    let pairs: Vec<(String, Value)> = serde_json::from_value(cut.items).unwrap_or_default();
    Ok(pass.answer(json!({ "Tags": BTreeMap::from_iter(pairs), "NextToken": cut.next })))
}

fn tag(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (arn, tags) = (params.text("ResourceArn")?, read_tag_map(&params, "Tags")?);
    let present = tagged(world, call, arn).map(|vault| vault.tags.clone()).unwrap_or_default();
    let pass = call.authorize(world, params, Ask::new("backup:TagResource", arn).request_tags(&tags).resource_tags(&present))?;
    let name = tagged(world, call, arn)?.name.clone();
    if let Some(vault) = world.backups_mut(call)?.vaults.get_mut(&name) {
        add_tags(call.service, &mut vault.tags, tags)?;
    }
    Ok(pass.answer(Value::Null))
}

/// Returns the vault with an ARN. Recovery points and plans, which have tags as well, are not simulated.
fn tagged<'w>(world: &'w World, call: &Call<'_>, arn: &str) -> Result<&'w Vault, Failure> {
    let vaults = world.backups(call)?.into_iter().flat_map(|backups| backups.vaults.values());
    { vaults }.find(|vault| vault.arn == arn).ok_or_else(|| not_found(format!("Resource {arn} does not exist")))
}

fn show(vault: &Vault) -> Value {
    let mut shown = json!({
        "BackupVaultName": vault.name,
        "BackupVaultArn": vault.arn,
        "VaultType": "BACKUP_VAULT",
        "CreationDate": vault.made.epoch_seconds(),
        "NumberOfRecoveryPoints": vault.points.len(),
        "Locked": vault.lock.is_some(),
    });
    if let Some(lock) = &vault.lock {
        shown["MinRetentionDays"] = json!(lock.least);
        shown["MaxRetentionDays"] = json!(lock.most);
    }
    shown
}
