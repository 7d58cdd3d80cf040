//! Backups: a policy of the organization for each place of the manifest that decides, and in each account that has backups the vault and
//! the role that the policy names.
//!
//! AWS makes a plan of the policy in each account, and AWS Backup runs it there: landfall makes no plan and no backup. What carries the tag
//! `backup` = `daily` is backed up.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{DesiredState, policies};
use crate::address::Address;
use crate::aws::tags;
use crate::id::{iam_arn, managed_policy_arn};
use crate::kind::backup::vault::{self, BackupVault};
use crate::kind::iam::role;
use crate::kind::{Desired, Kind, Text};
use crate::model::{Account, Backup, Organization};
use crate::name::Region;
use crate::ours::{self, BACKED_UP, BACKUP, VAULT};

/// The principal of AWS Backup.
const SERVICE: &str = "backup.amazonaws.com";
/// When backups begin: at night in Europe and in the Americas, before work in Asia. AWS Backup counts in UTC.
const SCHEDULE: &str = "cron(0 3 ? * * *)";
/// Minutes within which a backup begins, or is given up, and within which it is complete: AWS Backup's own defaults, written out
/// (docs/AWS.md 8.5).
const START_MINUTES: &str = "480";
const COMPLETE_MINUTES: &str = "10080";
/// What AWS Backup may do as the role: all that it supports, with buckets (docs/AWS.md 8.5).
const POLICIES: [&str; 4] = [
    "service-role/AWSBackupServiceRolePolicyForBackup",
    "service-role/AWSBackupServiceRolePolicyForRestores",
    "AWSBackupServiceRolePolicyForS3Backup",
    "AWSBackupServiceRolePolicyForS3Restore",
];
/// The longest session of the role: AWS Backup asks for an hour at most, IAM's shortest maximum.
const SESSION_SECONDS: i32 = 3_600;

/// Returns the different backups of all accounts; each is one policy.
pub(super) fn wanted(organization: &Organization) -> BTreeSet<&Backup> {
    organization.accounts.values().filter_map(|account| account.baseline.backup.as_ref()).collect()
}

/// Returns the description of a policy.
pub(super) fn description(backup: &Backup) -> String {
    let copy = backup.copy.as_ref().map(|region| format!(", with a copy in {region}")).unwrap_or_default();
    format!("What has the tag {}={} is backed up every day and kept for {} days{copy}", BACKED_UP.0, BACKED_UP.1, backup.days)
}

/// Returns a policy's document. Its plan has the policy's name, so that two policies on one account, while one replaces the other, are two
/// plans. `$account` is AWS's own variable (docs/AWS.md D.8).
pub(super) fn document(organization: &Organization, backup: &Backup) -> Value {
    let partition = organization.partition;
    let set = |value: &str| json!({"@@assign": value});
    let lifecycle = json!({"delete_after_days": set(&backup.days.to_string())});
    let mut rule = json!({
        "schedule_expression": set(SCHEDULE),
        "start_backup_window_minutes": set(START_MINUTES),
        "complete_backup_window_minutes": set(COMPLETE_MINUTES),
        "target_backup_vault_name": set(VAULT),
        "lifecycle": lifecycle,
    });
    if let Some(region) = &backup.copy {
        let vault = format!("arn:{partition}:backup:{region}:$account:backup-vault:{VAULT}");
        rule["copy_actions"] = json!({(&vault): {"target_backup_vault_arn": set(&vault), "lifecycle": lifecycle}});
    }
    let (key, value) = BACKED_UP;
    json!({"plans": {(backup.policy.as_str()): {
        "regions": {"@@assign": [organization.region]},
        "rules": {(value): rule},
        "selections": {"tags": {(value): {
            "iam_role_arn": set(&iam_arn(partition, "$account", ours::role(BACKUP))),
            "tag_key": set(key),
            "tag_value": {"@@assign": [value]},
        }}},
    }}})
}

/// Wants vaults and role in every account that has backups.
pub(super) fn backups(organization: &Organization, state: &mut DesiredState) {
    for account in organization.accounts.values() {
        let Some(backup) = &account.baseline.backup else { continue };
        role(organization, account, state);
        for region in [&organization.region].into_iter().chain(&backup.copy) {
            vault(organization, account, (region, backup.days), state);
        }
    }
}

fn vault(organization: &Organization, account: &Account, (region, days): (&Region, u32), state: &mut DesiredState) {
    let address = Address::region(&account.key, region, BackupVault::NAME, VAULT);
    let tags = tags::ours(&organization.name, &address);
    state.want(address, Desired::BackupVault(vault::Desired { name: VAULT.to_owned(), days, tags }));
}

/// Wants the role. Whoever may pass it may restore with it: the guardrail `base` keeps that to landfall's own roles for it.
fn role(organization: &Organization, account: &Account, state: &mut DesiredState) {
    let address = Address::account(&account.key, role::IamRole::NAME, BACKUP);
    let id = Text::fact(&Address::organization("account", &account.key), "id");
    // Only the account's own principals can pass a role to a service; where AWS Backup says for which account it works, it must be this
    // one. It is not documented whether it always does, hence `IfExists` (docs/AWS.md 8.5).
    let trust =
        policies::document(&[json!({"Sid": "Backup", "Effect": "Allow", "Principal": {"Service": SERVICE}, "Action": "sts:AssumeRole",
        "Condition": {"StringEqualsIfExists": {"aws:SourceAccount": id.as_str()}}})]);
    let desired = role::Desired {
        name: BACKUP.to_owned(),
        description: "AWS Backup works as it".to_owned(),
        trust: policies::text(&trust),
        session_seconds: SESSION_SECONDS,
        boundary: None,
        inline: BTreeMap::new(),
        managed: POLICIES.iter().map(|name| managed_policy_arn(organization.partition, name)).collect(),
        tags: tags::ours(&organization.name, &address),
        trusts: SERVICE.to_owned(),
        is_guarded: true,
        caller: None,
    };
    state.want(address, Desired::IamRole(desired));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::PolicyType;

    const MANIFEST: &str = r#"
schema = 1
[organization]
name = "acme"
email = "aws+{account}@acme.example"
region = "eu-west-1"
regions = ["eu-west-1", "us-east-1"]
[environments.prod]
tier = "production"
[environments.prod.baseline]
backup_copy = "us-east-1"
[accounts.data]
environment = "prod"
[accounts.data.baseline]
backup = "1y"
backup_copy = "none"
"#;

    fn organization() -> Organization {
        let source = crate::manifest::Source { name: "m".to_owned(), text: MANIFEST.to_owned() };
        crate::manifest::parse(&source, &|_| Err("no files".to_owned())).organization.expect("right")
    }

    /// Every value, as AWS's syntax page has them (docs/AWS.md D.8): numbers are texts, lists are lists.
    #[test]
    fn a_policy_is_in_the_words_of_awss_syntax() {
        let organization = organization();
        let policies: Vec<(&Backup, Value)> =
            wanted(&organization).into_iter().map(|backup| (backup, document(&organization, backup))).collect();
        let names: Vec<&str> = policies.iter().map(|(backup, _)| backup.policy.as_str()).collect();
        assert_eq!(names, ["daily-backup-prod", "own-backup-data"]);
        assert!(policies.iter().all(|(_, document)| PolicyType::of(document) == Some(PolicyType::Backup)));
        let vault = "arn:aws:backup:us-east-1:$account:backup-vault:landfall";
        let lifecycle = json!({"delete_after_days": {"@@assign": "35"}});
        let expected = json!({"plans": {"daily-backup-prod": {
            "regions": {"@@assign": ["eu-west-1"]},
            "rules": {"daily": {
                "schedule_expression": {"@@assign": "cron(0 3 ? * * *)"},
                "start_backup_window_minutes": {"@@assign": "480"},
                "complete_backup_window_minutes": {"@@assign": "10080"},
                "target_backup_vault_name": {"@@assign": "landfall"},
                "lifecycle": lifecycle,
                "copy_actions": {(vault): {"target_backup_vault_arn": {"@@assign": vault}, "lifecycle": lifecycle}},
            }},
            "selections": {"tags": {"daily": {
                "iam_role_arn": {"@@assign": "arn:aws:iam::$account:role/landfall/backup"},
                "tag_key": {"@@assign": "backup"},
                "tag_value": {"@@assign": ["daily"]},
            }}},
        }}});
        assert_eq!(policies[0].1, expected);
        let own = &policies[1].1["plans"]["own-backup-data"]["rules"]["daily"];
        assert_eq!((&own["lifecycle"]["delete_after_days"]["@@assign"], own.get("copy_actions")), (&json!("365"), None));
    }

    /// A plan's name has at most 50 characters (docs/AWS.md D.8), and is made of the longest name of an environment or account.
    #[test]
    fn the_longest_name_is_the_name_of_a_plan() {
        for beginning in [Backup::POLICY, Backup::OWN_POLICY] {
            assert!(beginning.len() + 1 + crate::name::KEY_MAX <= 50, "{beginning}");
        }
    }

    #[test]
    fn an_account_has_what_its_policy_names() {
        let organization = organization();
        let mut state = DesiredState::default();
        backups(&organization, &mut state);
        let found: Vec<String> = state.wanted.iter().map(|wanted| wanted.address.to_string()).collect();
        assert_eq!(
            found,
            [
                "data/iam-role/backup",
                "data/eu-west-1/backup-vault/landfall",
                "prod/iam-role/backup",
                "prod/eu-west-1/backup-vault/landfall",
                "prod/us-east-1/backup-vault/landfall",
            ]
        );
    }
}
