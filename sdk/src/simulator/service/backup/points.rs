//! Recovery points: listed, read, deleted.

use serde_json::{Value, json};

use super::place::{not_found, read_page, vault_arn};
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::wire::Params;
use crate::simulator::world::{RecoveryPoint, World};

pub(super) const OPERATIONS: &[Operation] = &[
    read("ListRecoveryPointsByBackupVault", list),
    read("GetRecoveryPointRestoreMetadata", metadata),
    write("DeleteRecoveryPoint", delete),
];

fn list(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, resource, page) = (params.text("BackupVaultName")?, params.optional_text("ByResourceArn")?, read_page(&params)?);
    let pass = call.authorize(world, params, Ask::new("backup:ListRecoveryPointsByBackupVault", vault_arn(call, name)?))?;
    let vault = world.vault(call, name)?;
    let points = vault.points.values().filter(|point| resource.is_none_or(|resource| point.resource == resource));
    let cut = page.cut(points.map(|point| {
        let shown = json!({
            "RecoveryPointArn": point.arn,
            "BackupVaultName": vault.name,
            "BackupVaultArn": vault.arn,
            "ResourceArn": point.resource,
            "ResourceType": "EBS",
            "IamRoleArn": point.role,
            "Status": "COMPLETED",
            "CreationDate": point.made.epoch_seconds(),
            "CompletionDate": point.made.epoch_seconds(),
            "Lifecycle": point.days.map(|days| json!({ "DeleteAfterDays": days })),
            "IsEncrypted": point.volume.encrypted,
            "IsParent": false,
        });
        (point.arn.clone(), shown)
    }));
    Ok(pass.answer(json!({ "RecoveryPoints": cut.items, "NextToken": cut.next })))
}

fn metadata(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, arn) = (params.text("BackupVaultName")?, params.text("RecoveryPointArn")?);
    let pass = call.authorize(world, params, Ask::new("backup:GetRecoveryPointRestoreMetadata", arn))?;
    let (vault, point) = (world.vault(call, name)?, world.point(call, name, arn)?);
    Ok(pass.answer(json!({
        "BackupVaultArn": vault.arn,
        "RecoveryPointArn": point.arn,
        "ResourceType": "EBS",
        "RestoreMetadata": {
            "availabilityZone": point.volume.zone,
            "encrypted": point.volume.encrypted.to_string(),
            "volumeId": point.volume.label.id,
            "volumeSize": point.volume.size.to_string(),
            "volumeType": point.volume.sort,
        },
    })))
}

fn delete(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, arn) = (params.text("BackupVaultName")?, params.text("RecoveryPointArn")?);
    let pass = call.authorize(world, params, Ask::new("backup:DeleteRecoveryPoint", arn))?;
    world.point(call, name, arn)?;
    world.unlocked_vault(call, name)?;
    if let Some(vault) = world.backups_mut(call)?.vaults.get_mut(name) {
        vault.points.remove(arn);
    }
    Ok(pass.answer(Value::Null))
}

impl World {
    fn point(&self, call: &Call<'_>, vault: &str, arn: &str) -> Result<&RecoveryPoint, Failure> {
        self.vault(call, vault)?.points.get(arn).ok_or_else(|| not_found(format!("Recovery point {arn} not found")))
    }
}
