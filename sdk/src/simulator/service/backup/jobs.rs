//! Jobs: one backup and one restore of an EBS volume, started by hand.
//!
//! The caller passes the role, AWS Backup assumes it, and what the role may not do fails the call; in AWS the job fails later instead.

use serde_json::json;

use super::place::{invalid, not_found, vault_arn};
use crate::aws::policy::{Context, ResourceRule};
use crate::simulator::authorize::{Answer, Ask, Call, Owned};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::wire::Params;
use crate::simulator::world::network::{Kind, Label, Volume};
use crate::simulator::world::{Job, RecoveryPoint, Restore, World};

pub(super) const OPERATIONS: &[Operation] = &[
    write("StartBackupJob", start_backup),
    read("DescribeBackupJob", describe_backup),
    write("StartRestoreJob", start_restore),
    read("DescribeRestoreJob", describe_restore),
];

/// The principal of AWS Backup.
const SERVICE: &str = "backup.amazonaws.com";
/// The only type of volume here.
const SORT: &str = "gp3";
/// Days after which a recovery point is deleted (AWS Backup API, `Lifecycle`).
const DAYS: std::ops::RangeInclusive<i64> = 1..=36_500;

fn start_backup(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let name = params.text("BackupVaultName")?.to_owned();
    let (resource, role) = (params.text("ResourceArn")?.to_owned(), params.text("IamRoleArn")?.to_owned());
    let days = match params.structure("Lifecycle")? {
        Some(lifecycle) => {
            let days = lifecycle.optional_integer("DeleteAfterDays", DAYS)?;
            lifecycle.finish()?;
            days
        }
        None => None,
    };
    // The CLI sends one with each call; a second call with it is another job here.
    params.optional_text("IdempotencyToken")?;
    let pass = call.authorize(world, params, Ask::new("backup:StartBackupJob", vault_arn(call, &name)?))?;
    passes(world, call, &role)?;
    world.unlocked_vault(call, &name)?;
    let id = resource.rsplit_once(":volume/").map(|(_, id)| id);
    let Some(id) = id else { return Err(Failure::not_implemented(format_args!("backups of {resource}, only of EBS volumes"))) };
    let networks = world.networks.get(call.account()?).and_then(|regions| regions.get(call.region));
    let volume = networks.and_then(|network| network.volumes.get(id)).cloned();
    let volume = volume.ok_or_else(|| invalid(format!("Resource {resource} was not found.")))?;
    let arn = format!("arn:aws:ec2:{}::snapshot/{}", call.region, world.hex_id("snap-"));
    let job = world.uuid();
    let point = RecoveryPoint { arn: arn.clone(), resource, role, made: call.now, days, volume };
    let backups = world.backups_mut(call)?;
    if let Some(vault) = backups.vaults.get_mut(&name) {
        vault.points.insert(arn.clone(), point);
    }
    backups.jobs.insert(job.clone(), Job { vault: name, point: arn.clone() });
    Ok(pass.answer(json!({ "BackupJobId": job, "RecoveryPointArn": arn, "CreationDate": call.now.epoch_seconds(), "IsParent": false })))
}

fn describe_backup(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("BackupJobId")?;
    let pass = call.authorize(world, params, Ask::new("backup:DescribeBackupJob", "*"))?;
    let job =
        world.backups(call)?.and_then(|backups| backups.jobs.get(id)).ok_or_else(|| not_found(format!("Backup job {id} not found")))?;
    let shown = json!({
        "AccountId": call.account()?.as_str(),
        "BackupJobId": id,
        "BackupVaultName": job.vault,
        "RecoveryPointArn": job.point,
        "ResourceType": "EBS",
        "State": "COMPLETED",
        "PercentDone": "100.0",
    });
    Ok(pass.answer(shown))
}

fn start_restore(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let arn = params.text("RecoveryPointArn")?.to_owned();
    let role = params.text("IamRoleArn")?.to_owned();
    let wanted = Metadata::read(&params)?;
    if let Some(other) = params.optional_text("ResourceType")?.filter(|sort| *sort != "EBS") {
        return Err(Failure::not_implemented(format_args!("restores of {other}")));
    }
    params.optional_text("IdempotencyToken")?;
    let with_tags = params.optional_boolean("CopySourceTagsToRestoredResource")?.unwrap_or(false);
    let pass = call.authorize(world, params, Ask::new("backup:StartRestoreJob", arn.as_str()))?;
    passes(world, call, &role)?;
    let points = world.backups(call)?.into_iter().flat_map(|backups| backups.vaults.values()).filter_map(|vault| vault.points.get(&arn));
    let point = { points }.next().cloned().ok_or_else(|| not_found(format!("Recovery point {arn} not found")))?;
    if wanted.size < point.volume.size || !wanted.zone.starts_with(call.region) {
        return Err(invalid("The volume is smaller than its snapshot, or its zone does not exist."));
    }
    let tags = if with_tags { point.volume.label.tags.clone() } else { crate::simulator::stored::Tags::new() };
    let id = world.hex_id(Kind::Volume.prefix());
    let snapshot = arn.rsplit_once('/').map(|(_, id)| id.to_owned());
    let volume = Volume {
        label: Label::new(&id, call.now, tags),
        zone: wanted.zone,
        size: wanted.size,
        sort: SORT.to_owned(),
        encrypted: point.volume.encrypted || wanted.encrypted,
        snapshot,
    };
    let created = format!("arn:aws:ec2:{}:{}:volume/{id}", call.region, call.account()?);
    let regions = world.networks.entry(call.account()?.clone()).or_default();
    regions.entry(call.region.to_owned()).or_default().volumes.insert(id, volume);
    let job = world.uuid();
    world.backups_mut(call)?.restores.insert(job.clone(), Restore { point: arn, role, made: call.now, created });
    Ok(pass.answer(json!({ "RestoreJobId": job })))
}

fn describe_restore(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("RestoreJobId")?;
    let pass = call.authorize(world, params, Ask::new("backup:DescribeRestoreJob", "*"))?;
    let restore = world.backups(call)?.and_then(|backups| backups.restores.get(id));
    let restore = restore.ok_or_else(|| not_found(format!("Restore job {id} not found")))?;
    let shown = json!({
        "AccountId": call.account()?.as_str(),
        "RestoreJobId": id,
        "RecoveryPointArn": restore.point,
        "CreationDate": restore.made.epoch_seconds(),
        "CompletionDate": restore.made.epoch_seconds(),
        "Status": "COMPLETED",
        "PercentDone": "100.00%",
        "IamRoleArn": restore.role,
        "CreatedResourceArn": restore.created,
        "ResourceType": "EBS",
    });
    Ok(pass.answer(shown))
}

/// What a volume should be that is restored.
struct Metadata {
    zone: String,
    size: i64,
    encrypted: bool,
}

impl Metadata {
    fn read(params: &Params<'_>) -> Result<Self, Failure> {
        let mut given = params.texts_by_key("Metadata")?;
        let mut take = |name: &str| given.remove(name).ok_or_else(|| invalid(format!("The metadata has no {name}.")));
        let (zone, size, sort) = (take("availabilityZone")?, take("volumeSize")?, take("volumeType")?);
        let encrypted = take("encrypted").is_ok_and(|text| text == "true");
        // The id of the volume that was backed up is in the metadata of its recovery point, and has no effect.
        let _ = take("volumeId");
        let size = size.parse().map_err(|_| invalid("The size of the volume is not a number."))?;
        match given.into_iter().next() {
            None if sort == SORT => Ok(Self { zone, size, encrypted }),
            None => Err(Failure::not_implemented(format_args!("volumes of type {sort}"))),
            Some((other, _)) => Err(Failure::not_implemented(format_args!("the metadata {other} of a restore"))),
        }
    }
}

/// Checks that the caller may pass a role to AWS Backup, and that the role lets it in for this account.
fn passes(world: &World, call: &Call<'_>, arn: &str) -> Result<(), Failure> {
    call.may(world, Ask::new("iam:PassRole", arn).with("iam:PassedToService", SERVICE))?;
    let account = call.account()?;
    let refused = || invalid(format!("IAM Role {arn} cannot be assumed by AWS Backup"));
    let name = arn.rsplit('/').next().unwrap_or_default();
    let role = world.account(account)?.iam.role(name).filter(|role| role.arn == arn).ok_or_else(refused)?;
    let owned = Owned { account, policy: Some(role.trust.latest().document()), rule: ResourceRule::MustAllow };
    let context = Context::new().with("aws:SourceAccount", account.as_str());
    world.service_may(call.now, SERVICE, "sts:AssumeRole", arn, &context, owned).map_err(|_| refused())
}
