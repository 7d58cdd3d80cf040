//! Vaults of AWS Backup: where the backups of an account are kept, in the home Region and, if the manifest wants copies, in another.
//!
//! A vault is never removed while it holds recovery points; AWS Backup deletes each of them when its time is up, as the role that made it
//! (docs/AWS.md 8.5), so that role stays as long as the vault does. The key is AWS's own for backups.

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::aws::client::{Done, Paged, requests};
use crate::aws::error::AwsError;
use crate::aws::retry::RetryPolicy;
use crate::aws::tags::{self, Tags};
use crate::kind::settle::unless_taken;
use crate::kind::terraform::{Import, Place};
use crate::kind::{Adoption, Blocked, Context, Facts, Kind, Made, NoEdit, ScopeSet, StepError};
use crate::ours::{self, VAULT};

/// The code for a name that is taken in this account and Region.
const TAKEN: &[&str] = &["AlreadyExistsException"];
/// The code for a vault that does not exist.
const GONE: &[&str] = &["ResourceNotFoundException"];
/// The type of a vault that a policy's backups go to first; the other one, logically air-gapped, takes copies only (docs/AWS.md 8.5).
const USUAL: &str = "BACKUP_VAULT";

/// The kind `backup-vault`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BackupVault;

/// What a vault should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desired {
    /// Its name.
    pub name: String,
    /// How long a backup in it is kept, in days. Not sent to AWS; a lock must allow it.
    pub days: u32,
    /// Its tags.
    pub tags: Tags,
}

/// The lock of a vault: no one deletes its recovery points before their time, and AWS Backup refuses backups that it does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::exhaustive_structs, reason = "what AWS's lock says")]
pub struct Lock {
    /// The fewest days for which a backup is kept.
    pub least: Option<u64>,
    /// The most days for which a backup is kept.
    pub most: Option<u64>,
}

/// What a vault is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The number of recovery points in it.
    pub points: u64,
    /// Its lock, if it has one.
    pub lock: Option<Lock>,
    /// Its type, if it is not the usual one.
    pub other_type: Option<String>,
    /// The ARN of the role that its backups are made and deleted as.
    pub role: String,
    /// Its tags.
    pub tags: Tags,
}

requests! { BACKUP, "backup":
    CreateBackupVault at "PUT /backup-vaults/{BackupVaultName}" { backup_vault_name: String, backup_vault_tags: Tags } -> Created,
    DeleteBackupVault at "DELETE /backup-vaults/{BackupVaultName}" { backup_vault_name: String } -> Done,
    ListBackupVaults at "GET /backup-vaults/?nextToken={NextToken}" { next_token: Option<String> } -> Vaults,
    ListTags at "GET /tags/{ResourceArn}/?nextToken={NextToken}" { resource_arn: String, next_token: Option<String> } -> TagsPage,
    TagResource at "POST /tags/{ResourceArn}" { resource_arn: String, tags: Tags } -> Done,
}

/// The answer to a create.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Created {
    backup_vault_arn: String,
}

/// A page of vaults.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Vaults {
    #[serde(default)]
    backup_vault_list: Vec<Listed>,
    next_token: Option<String>,
}

/// A vault in a list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    backup_vault_name: String,
    backup_vault_arn: String,
    vault_type: Option<String>,
    #[serde(default)]
    number_of_recovery_points: u64,
    /// Absent for a vault that never had a lock.
    #[serde(default)]
    locked: bool,
    min_retention_days: Option<u64>,
    max_retention_days: Option<u64>,
}

impl Paged for ListBackupVaults {
    type Item = Listed;

    fn at(&mut self, token: String) {
        self.next_token = Some(token);
    }

    fn items(page: Vaults) -> (Vec<Listed>, Option<String>) {
        (page.backup_vault_list, page.next_token)
    }
}

/// A page of tags.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TagsPage {
    #[serde(default)]
    tags: Tags,
    next_token: Option<String>,
}

impl Paged for ListTags {
    type Item = (String, String);

    fn at(&mut self, token: String) {
        self.next_token = Some(token);
    }

    fn items(page: TagsPage) -> (Vec<(String, String)>, Option<String>) {
        (page.tags.into_iter().collect(), page.next_token)
    }
}

impl Kind for BackupVault {
    const NAME: &'static str = "backup-vault";
    const SCOPES: ScopeSet = ScopeSet::EveryRegion;
    const SERVICE: &'static str = "AWS Backup";
    const REMOVAL_RANK: u8 = 9;
    const IS_READ_WHERE_WANTED: bool = true;
    const IS_READ_AT_HOME: bool = true;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = NoEdit;

    fn matches(desired: &Desired, observed: &Observed) -> bool {
        desired.name == observed.name
    }

    fn tags(observed: &Observed) -> Option<&Tags> {
        Some(&observed.tags)
    }

    fn tagging<'a>(desired: &'a Desired, observed: &'a Observed) -> Option<(&'a Tags, &'a Tags)> {
        Some((&observed.tags, &desired.tags))
    }

    fn adoption(desired: &Desired, observed: &Observed) -> Adoption {
        if tags::still_carries_ours(&desired.tags, &observed.tags) {
            return Adoption::Adopt;
        }
        let (locked, help) = if observed.lock.is_some() {
            let help = "no one can delete its recovery points before their time: write `backup = \"none\"` in this account's baseline until they \
                        have expired, delete the vault then, and run `landfall plan` again";
            (", and it is locked", help)
        } else {
            let help = "its recovery points cannot be moved and its name cannot change: copy them to another vault, delete this one, and run \
                        `landfall plan` again";
            ("", help)
        };
        Adoption::Refuse(Blocked::new(format!("{} is a vault that landfall did not make{locked}", observed.arn), help))
    }

    fn diff(desired: &Desired, observed: &Observed) -> Result<Vec<NoEdit>, Blocked> {
        if let Some(other) = &observed.other_type {
            return Err(Blocked::new(
                format!("{} is of type {other}, which AWS Backup only copies to", observed.arn),
                "delete that vault; the type of a vault cannot change",
            ));
        }
        let lock = observed.lock.unwrap_or_default();
        let short = lock.least.filter(|least| *least > u64::from(desired.days)).map(|least| (least, "least"));
        let long = lock.most.filter(|most| *most < u64::from(desired.days)).map(|most| (most, "most"));
        match short.or(long) {
            None => Ok(Vec::new()),
            Some((limit, word)) => Err(Blocked::new(
                format!(
                    "{} is locked to keep each backup for {limit} days at {word}, and the manifest says {}: AWS Backup would refuse every backup",
                    observed.arn, desired.days
                ),
                format!(
                    "write `backup = \"{limit}d\"` in this account's baseline; a lock can be changed by `aws backup \
                     put-backup-vault-lock-configuration` only until its LockDate"
                ),
            )),
        }
    }

    fn summary(desired: &Desired) -> String {
        format!("vault {}", desired.name)
    }

    fn display_name(observed: &Observed) -> String {
        observed.arn.clone()
    }

    fn terraform(observed: &Observed, _: &Place<'_>) -> Import {
        Import::new("aws_backup_vault", &observed.name)
    }

    fn check_removable(observed: &Observed) -> Result<(), Blocked> {
        let lock = if observed.lock.is_some() { ", and is locked: no one can delete them before" } else { "" };
        if observed.points > 0 {
            let plural = if observed.points == 1 { "" } else { "s" };
            return Err(Blocked::new(
                format!("{} holds {} recovery point{plural}{lock}", observed.arn, observed.points),
                format!(
                    "it holds {} recovery point{plural}{lock}: AWS Backup deletes each when its time is up, then `--prune` removes the vault",
                    observed.points
                ),
            ));
        }
        Ok(())
    }

    fn inside(observed: &Observed) -> Vec<&str> {
        vec![&observed.role]
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        Facts::one(address, "arn", &observed.arn)
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        Ok(find(cx).await?.into_iter().collect())
    }

    async fn create(cx: &Context<'_>, _: &Address, desired: &Desired) -> Result<Made<Observed>, StepError> {
        let request = CreateBackupVault { backup_vault_name: desired.name.clone(), backup_vault_tags: desired.tags.clone() };
        let sent = cx.send_with(&RetryPolicy::repeatable(), &request).await;
        let made = |made: Created| {
            Ok(Observed {
                role: role(&made.backup_vault_arn),
                arn: made.backup_vault_arn,
                name: desired.name.clone(),
                points: 0,
                lock: None,
                other_type: None,
                tags: desired.tags.clone(),
            })
        };
        unless_taken(sent, TAKEN, made, || find(cx)).await
    }

    async fn tag(cx: &Context<'_>, observed: &Observed, tags: &Tags) -> Result<(), StepError> {
        cx.send(&TagResource { resource_arn: observed.arn.clone(), tags: tags.clone() }).await?;
        Ok(())
    }

    async fn remove(cx: &Context<'_>, observed: &Observed) -> Result<(), StepError> {
        match cx.send(&DeleteBackupVault { backup_vault_name: observed.name.clone() }).await {
            Ok(_) => Ok(()),
            Err(error) if error.is(GONE) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Finds the vault with landfall's name. The list says of a missing vault that it is missing, where reading one by its name is refused
/// (docs/AWS.md 8.5).
async fn find(cx: &Context<'_>) -> Result<Option<Observed>, AwsError> {
    let listed = cx.pages(ListBackupVaults { next_token: None }).await?;
    let Some(vault) = listed.into_iter().find(|vault| vault.backup_vault_name == VAULT) else { return Ok(None) };
    let tags = cx.pages(ListTags { resource_arn: vault.backup_vault_arn.clone(), next_token: None }).await?;
    Ok(Some(Observed {
        role: role(&vault.backup_vault_arn),
        arn: vault.backup_vault_arn,
        name: vault.backup_vault_name,
        points: vault.number_of_recovery_points,
        lock: vault.locked.then_some(Lock { least: vault.min_retention_days, most: vault.max_retention_days }),
        other_type: vault.vault_type.filter(|of| of != USUAL),
        tags: tags.into_iter().collect(),
    }))
}

/// Returns the ARN of the role that works with the vaults of an account.
fn role(vault: &str) -> String {
    let mut parts = vault.split(':');
    let (partition, account) = (parts.nth(1).unwrap_or_default(), parts.nth(2).unwrap_or_default());
    format!("arn:{partition}:iam::{account}:{}", ours::role(ours::BACKUP))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(points: u64, locked: bool) -> Observed {
        let arn = "arn:aws:backup:eu-west-1:222222222222:backup-vault:landfall";
        let lock = locked.then(Lock::default);
        Observed { arn: arn.to_owned(), name: VAULT.to_owned(), points, lock, other_type: None, role: role(arn), tags: Tags::new() }
    }

    #[test]
    fn only_an_empty_vault_is_removed() {
        for (points, locked, words) in [
            (0, false, None),
            (0, true, None),
            (1, false, Some("it holds 1 recovery point: AWS Backup deletes each")),
            (35, true, Some("it holds 35 recovery points, and is locked: no one can delete them before: AWS Backup")),
        ] {
            let refused = BackupVault::check_removable(&observed(points, locked)).err().and_then(|blocked| blocked.hint);
            assert_eq!(refused.is_some(), words.is_some(), "{points} {locked}");
            assert!(words.is_none_or(|words| refused.is_some_and(|hint| hint.starts_with(words))), "{points} {locked}");
        }
    }

    #[test]
    fn a_lock_must_allow_how_long_backups_are_kept() {
        let desired = Desired { name: VAULT.to_owned(), days: 35, tags: Tags::new() };
        for (least, most, words) in [
            (None, None, None),
            (Some(35), Some(35), None),
            (Some(7), Some(90), None),
            (Some(90), None, Some("locked to keep each backup for 90 days at least, and the manifest says 35")),
            (None, Some(7), Some("locked to keep each backup for 7 days at most, and the manifest says 35")),
        ] {
            let locked = Observed { lock: Some(Lock { least, most }), ..observed(1, true) };
            let blocked = BackupVault::diff(&desired, &locked).err();
            assert_eq!(blocked.is_some(), words.is_some(), "{least:?} {most:?}");
            assert!(blocked.is_none_or(|blocked| blocked.reason.contains(words.unwrap_or_default())), "{least:?} {most:?}");
        }
    }

    /// AWS Backup deletes as the role, so the role must outlive the vault.
    #[test]
    fn a_vault_needs_the_role() {
        assert_eq!(BackupVault::inside(&observed(0, false)), ["arn:aws:iam::222222222222:role/landfall/backup"]);
    }

    #[test]
    fn a_vault_of_another_type_is_in_the_way() {
        let desired = Desired { name: VAULT.to_owned(), days: 35, tags: Tags::new() };
        assert!(BackupVault::diff(&desired, &observed(3, true)).is_ok_and(|edits| edits.is_empty()));
        let air_gapped = Observed { other_type: Some("LOGICALLY_AIR_GAPPED_BACKUP_VAULT".to_owned()), ..observed(0, false) };
        assert!(BackupVault::diff(&desired, &air_gapped).is_err_and(|blocked| blocked.reason.contains("only copies to")));
    }
}
