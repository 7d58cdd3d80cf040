//! Backups: docs/BACKUP.md, "Restoring", carried out on the simulator as it is written there; and what happens when the manifest changes.

use std::collections::BTreeMap;

use aws_types::SdkConfig;
use landfall::kind::HazardName;
use landfall::model::Organization;
use landfall::plan::Plan;
use landfall::simulator::{Options, Principal, Simulator, ask, ask_path};
use landfall_tests::{account_id, applied, clock, organization, planned, pruned, small, without_network};
use serde_json::{Value, json};

const DOCUMENT: &str = include_str!("../../docs/BACKUP.md");
const REGION: &str = "eu-west-1";
const COPY: &str = "us-east-1";

/// The operations of the document: the CLI's command, AWS's name, method and path as in AWS's model.
const OPERATIONS: [(&str, &str, &str); 7] = [
    ("start-backup-job", "StartBackupJob", "PUT /backup-jobs"),
    ("describe-backup-job", "DescribeBackupJob", "GET /backup-jobs/{BackupJobId}"),
    (
        "list-recovery-points-by-backup-vault",
        "ListRecoveryPointsByBackupVault",
        "GET /backup-vaults/{BackupVaultName}/recovery-points/?resourceArn={ByResourceArn}",
    ),
    (
        "get-recovery-point-restore-metadata",
        "GetRecoveryPointRestoreMetadata",
        "GET /backup-vaults/{BackupVaultName}/recovery-points/{RecoveryPointArn}/restore-metadata",
    ),
    ("start-restore-job", "StartRestoreJob", "PUT /restore-jobs"),
    ("describe-restore-job", "DescribeRestoreJob", "GET /restore-jobs/{RestoreJobId}"),
    ("delete-recovery-point", "DeleteRecoveryPoint", "DELETE /backup-vaults/{BackupVaultName}/recovery-points/{RecoveryPointArn}"),
];

/// An organization with backups in production.
struct Stage {
    simulator: Simulator,
    config: SdkConfig,
    organization: Organization,
    account: String,
    /// What the document writes in capitals.
    placeholders: BTreeMap<&'static str, String>,
}

fn manifest(more: &str) -> Organization {
    organization(&without_network(&small(more)))
}

impl Stage {
    async fn new(more: &str) -> Self {
        let simulator = Simulator::new(Options::default(), clock());
        let (config, organization) = (simulator.sdk_config(REGION), manifest(more));
        assert_eq!(applied(&config, &organization).await.expect("observed").0.exit, 0);
        let (_, plan) = planned(&config, &organization).await.expect("observed");
        assert!(plan.is_settled(), "{:?}", plan.view());
        let account = account_id(&plan, "prod");
        let placeholders = BTreeMap::from([("ROLE", format!("arn:aws:iam::{account}:role/landfall/backup"))]);
        Self { simulator, config, organization, account, placeholders }
    }

    /// Returns the configuration of a session of a role of the account.
    fn session(&self, role: &str, region: &'static str) -> SdkConfig {
        let principal = Principal::Session(self.account.parse().expect("an id"), role.to_owned(), "test".to_owned());
        self.simulator.sdk_config_with(region, self.simulator.credentials_for(&principal).expect("the role exists"))
    }

    /// Makes one call of AWS Backup; the CLI's options are AWS's parameters in another spelling.
    async fn backup(&self, role: &str, words: &[&str]) -> Result<Value, String> {
        let (_, operation, http) = OPERATIONS.into_iter().find(|(command, ..)| *command == words[0]).expect(words[0]);
        let mut parameters = json!({});
        for pair in words[1..].chunks(2) {
            let value = self.placeholders.get(pair[1]).map_or(pair[1], String::as_str);
            let name: String = pair[0].trim_start_matches('-').split('-').map(capitalized).collect();
            parameters[name] = serde_json::from_str(value).ok().filter(Value::is_object).unwrap_or_else(|| json!(value));
        }
        ask_path(&self.session(role, REGION), "backup", operation, http, parameters).await
    }

    /// Types one command of the document, and reads off what later ones need.
    async fn type_in(&mut self, command: &str) {
        let words: Vec<&str> = command.split_whitespace().collect();
        let ["landfall", "exec", "prod", "--role", role, "--", "aws", service, rest @ ..] = &words[..] else { panic!("{command}") };
        if *service == "ec2" {
            let pairs: Vec<(&str, &str)> = rest[1..].chunks(2).map(|pair| (pair[0], pair[1])).collect();
            self.volumes(role, rest[0], &pairs).await;
            return;
        }
        let answer = self.backup(role, rest).await.unwrap_or_else(|code| panic!("{command}: {code}"));
        let text = |value: &Value| value.as_str().expect(command).to_owned();
        match rest[0] {
            "start-backup-job" => drop(self.placeholders.insert("BACKUP", text(&answer["BackupJobId"]))),
            "describe-backup-job" => assert_eq!(answer["State"], "COMPLETED"),
            "list-recovery-points-by-backup-vault" => {
                let [point] = &answer["RecoveryPoints"].as_array().expect("a list")[..] else { panic!("{answer}") };
                self.placeholders.insert("POINT", text(&point["RecoveryPointArn"]));
            }
            "get-recovery-point-restore-metadata" => {
                self.placeholders.insert("METADATA", answer["RestoreMetadata"].to_string());
            }
            "start-restore-job" => drop(self.placeholders.insert("JOB", text(&answer["RestoreJobId"]))),
            "describe-restore-job" => {
                assert_eq!(answer["Status"], "COMPLETED");
                let created = text(&answer["CreatedResourceArn"]);
                self.placeholders.insert("RESTORED", created.rsplit('/').next().expect("an id").to_owned());
            }
            other => panic!("docs/BACKUP.md has a command that this test cannot carry out: {other}"),
        }
    }

    async fn volumes(&mut self, role: &str, command: &str, options: &[(&str, &str)]) {
        let config = self.session(role, REGION);
        let option = |name: &str| options.iter().find(|(option, _)| *option == name).expect(name).1;
        match command {
            "create-volume" => {
                let zone = ("AvailabilityZone", option("--availability-zone"));
                let volume = [zone, ("Size", option("--size")), ("VolumeType", option("--volume-type"))];
                let made = ask(&config, "ec2", "CreateVolume", &volume);
                let id = made.await.expect("made").text("volumeId").expect("an id");
                self.placeholders.insert("RESOURCE", format!("arn:aws:ec2:{REGION}:{}:volume/{id}", self.account));
            }
            "describe-volumes" => {
                let id = self.placeholders.get(option("--volume-ids")).expect("printed before");
                let found = ask(&config, "ec2", "DescribeVolumes", &[("VolumeId.1", id)]).await.expect("exists");
                assert_eq!((found.text("volumeSet/item/size").as_deref(), found.texts("volumeSet/item/snapshotId").len()), (Some("1"), 1));
                let original = self.placeholders["RESOURCE"].clone();
                assert!(!original.ends_with(id.as_str()), "it is beside the original");
            }
            other => panic!("docs/BACKUP.md has a command that this test cannot carry out: {other}"),
        }
    }

    /// Backs a volume up, as the document's first two steps do.
    async fn back_up(&mut self) {
        for command in commands().iter().take(4) {
            self.type_in(command).await;
        }
    }

    async fn plan(&self) -> Plan {
        planned(&self.config, &self.organization).await.expect("observed").1
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// Returns the commands of the walk, in their order.
fn commands() -> Vec<String> {
    let (_, section) = DOCUMENT.split_once("## Restoring").expect("the document has the section");
    section.lines().map(str::trim).filter(|line| line.starts_with("landfall ")).map(str::to_owned).collect()
}

#[tokio::test]
async fn the_steps_of_the_document_restore_a_volume() {
    let mut stage = Stage::new("").await;
    let commands = commands();
    assert_eq!(commands.len(), 8, "{commands:?}");
    for command in &commands {
        stage.type_in(command).await;
    }
}

/// Passing the role is what separates those who may restore with it from those who may not; deleting is `provisioner`'s alone.
#[tokio::test]
async fn only_administrators_restore_with_the_role_and_delete() {
    let more = "[access]\npipelines = [\"sso:Releases\"]\nbreak_glass = [\"arn:aws:iam::111111111111:user/ada\"]\n";
    let mut stage = Stage::new(more).await;
    stage.back_up().await;
    let metadata = r#"{"availabilityZone":"eu-west-1a","volumeSize":"1","volumeType":"gp3"}"#;
    let restore = ["start-restore-job", "--recovery-point-arn", "POINT", "--iam-role-arn", "ROLE", "--metadata", metadata];
    let delete = ["delete-recovery-point", "--backup-vault-name", "landfall", "--recovery-point-arn", "POINT"];
    for (role, restores, deletes) in [
        ("deployer", false, false),
        ("reader", false, false),
        ("auditor", false, false),
        ("break-glass", true, false),
        ("provisioner", true, true),
    ] {
        for (words, may) in [(&restore[..], restores), (&delete[..], deletes)] {
            let expected = if may { None } else { Some("AccessDeniedException") };
            assert_eq!(stage.backup(role, words).await.err().as_deref(), expected, "{role}: {}", words[0]);
        }
    }
}

/// AWS Backup deletes what has expired as the role, so the role stays as long as the vault, and that as long as something is in it.
#[tokio::test]
async fn vault_and_role_stay_until_the_last_backup_has_expired() {
    let mut stage = Stage::new("").await;
    stage.back_up().await;
    stage.organization = manifest("[environments.prod.baseline]\nbackup = \"none\"\n");
    let orphans = |plan: &Plan| -> Vec<(String, String)> {
        let inside = plan.orphans.iter().filter(|orphan| orphan.address.to_string().starts_with("prod/"));
        inside.map(|orphan| (orphan.address.to_string(), orphan.hint.clone().unwrap_or_default())).collect()
    };
    let found = orphans(&stage.plan().await);
    let [(role, role_stays), (vault, vault_stays)] = &found[..] else { panic!("{found:?}") };
    assert_eq!((role.as_str(), vault.as_str()), ("prod/iam-role/backup", "prod/eu-west-1/backup-vault/landfall"));
    assert!(role_stays.contains("it still holds or serves arn:aws:backup:"), "{role_stays}");
    assert!(vault_stays.starts_with("it holds 1 recovery point: AWS Backup deletes each when its time is up"), "{vault_stays}");

    let delete = ["delete-recovery-point", "--backup-vault-name", "landfall", "--recovery-point-arn", "POINT"];
    stage.backup("provisioner", &delete).await.expect("deleted");
    assert!(orphans(&stage.plan().await).iter().all(|(_, hint)| hint == "`--prune` removes it"));
    let (plan, events) = pruned(&stage.config, &stage.organization).await;
    assert_eq!(landfall_tests::failures(&events), [""; 0], "{:?}", plan.view());
    assert!(stage.plan().await.is_settled() && stage.plan().await.orphans.is_empty());
}

#[tokio::test]
async fn a_shorter_time_is_a_hazard_and_a_longer_one_is_not() {
    let mut stage = Stage::new("").await;
    for (days, hazards) in [("90d", vec![]), ("7d", vec![HazardName::ShortenRetention])] {
        stage.organization = manifest(&format!("[environments.prod.baseline]\nbackup = \"{days}\"\n"));
        let plan = stage.plan().await;
        let [step] = &plan.steps[..] else { panic!("{:?}", plan.view()) };
        assert_eq!(step.address.to_string(), "guardrail/daily-backup-prod");
        assert_eq!(step.hazards.iter().map(|hazard| hazard.name).collect::<Vec<_>>(), hazards, "{days}");
    }
}

/// A copy's vault is in its Region; an organization that has no copies makes no call there for vaults.
#[tokio::test]
async fn a_copy_has_a_vault_in_its_region() {
    let vaults = |simulator: &Simulator| {
        simulator.calls().iter().filter(|call| call.operation == "ListBackupVaults").map(|call| call.region.clone()).collect::<Vec<_>>()
    };
    let plain = Stage::new("").await;
    assert!(vaults(&plain.simulator).iter().all(|region| region == REGION));
    let copied = Stage::new("[baseline]\nbackup_copy = \"us-east-1\"\n").await;
    assert!(vaults(&copied.simulator).iter().any(|region| region == COPY));
    for region in [REGION, COPY] {
        let config = copied.session("provisioner", region);
        let found = ask_path(&config, "backup", "ListBackupVaults", "GET /backup-vaults/", json!({})).await.expect("listed");
        assert_eq!(found["BackupVaultList"][0]["BackupVaultName"], "landfall", "{region}");
    }
}

/// Returns the shown blocks of a plan below an account: address, reason, hint.
fn blocked(plan: &Plan) -> Vec<(String, String, String)> {
    let blocked = plan.blocked.iter().filter(|blocked| blocked.address.to_string().starts_with("prod/"));
    blocked.map(|found| (found.address.to_string(), found.blocked.reason.clone(), found.blocked.hint.clone().unwrap_or_default())).collect()
}

impl Stage {
    /// Calls AWS Backup in the account as its access role, which no guardrail binds.
    async fn by_hand(&self, operation: &'static str, http: &'static str, parameters: Value) {
        let config = self.session("OrganizationAccountAccessRole", REGION);
        ask_path(&config, "backup", operation, http, parameters).await.unwrap_or_else(|code| panic!("{operation}: {code}"));
    }

    async fn lock(&self, least: u32) {
        let lock = json!({ "BackupVaultName": "landfall", "MinRetentionDays": least });
        self.by_hand("PutBackupVaultLockConfiguration", "PUT /backup-vaults/{BackupVaultName}/vault-lock", lock).await;
    }
}

/// A lock that keeps backups for longer than the manifest is blocked by itself, with the line to write; one that allows it is no difference.
#[tokio::test]
async fn a_lock_that_refuses_the_backups_of_the_manifest_is_blocked() {
    let mut stage = Stage::new("").await;
    stage.lock(30).await;
    assert!(stage.plan().await.is_settled());
    stage.lock(90).await;
    let found = blocked(&stage.plan().await);
    let [(address, reason, hint)] = &found[..] else { panic!("{found:?}") };
    assert_eq!(address, "prod/eu-west-1/backup-vault/landfall");
    assert!(reason.contains("is locked to keep each backup for 90 days at least, and the manifest says 35"), "{reason}");
    assert!(hint.starts_with("write `backup = \"90d\"`"), "{hint}");
    // What is written ends it: only the policy changes.
    stage.organization = manifest("[environments.prod.baseline]\nbackup = \"90d\"\n");
    let plan = stage.plan().await;
    assert_eq!((blocked(&plan).len(), plan.steps.len()), (0, 1), "{:?}", plan.view());
}

/// An account that is taken over has a locked vault of this name: it is left as it is, and says until when and what to write.
#[tokio::test]
async fn a_locked_vault_of_another_owner_is_left_alone() {
    let none = "[environments.prod.baseline]\nbackup = \"none\"\n";
    let mut stage = Stage::new(none).await;
    let vault = json!({ "BackupVaultName": "landfall", "BackupVaultTags": {} });
    stage.by_hand("CreateBackupVault", "PUT /backup-vaults/{BackupVaultName}", vault).await;
    stage.lock(90).await;
    stage.organization = manifest("");
    let plan = stage.plan().await;
    let found = blocked(&plan);
    let [(address, reason, hint)] = &found[..] else { panic!("{found:?}") };
    assert_eq!(address, "prod/eu-west-1/backup-vault/landfall");
    assert!(reason.ends_with(" is a vault that landfall did not make, and it is locked"), "{reason}");
    assert!(hint.contains("write `backup = \"none\"` in this account's baseline until they have expired"), "{hint}");
    // Applying does the rest, and changes nothing of the vault; the next run says the same.
    let before = stage.simulator.calls().len();
    let (report, events) = applied(&stage.config, &stage.organization).await.expect("observed");
    assert_eq!((landfall_tests::failures(&events), report.failed), (Vec::new(), 0));
    let touched = stage.simulator.calls()[before..].iter().filter(|call| call.service == "backup" && call.mutating).count();
    assert_eq!((touched, blocked(&stage.plan().await)), (0, found));
    // What the hint says is enough.
    stage.organization = manifest(none);
    assert!(blocked(&stage.plan().await).is_empty());
}

/// Backups that are switched off: the policy goes only with the hazard allowed, and until then, and with backups left, the rest stays.
#[tokio::test]
async fn switching_backups_off_removes_the_policy_last_of_all_with_a_hazard() {
    let mut stage = Stage::new("").await;
    stage.back_up().await;
    stage.organization = manifest("[environments.prod.baseline]\nbackup = \"none\"\n");
    let plan = stage.plan().await;
    assert!(plan.steps.is_empty(), "without `--prune` everything is left over: {:?}", plan.view());
    let orphans: Vec<String> = plan.orphans.iter().map(|orphan| orphan.address.to_string()).collect();
    for left in ["guardrail/daily-backup-prod", "prod/eu-west-1/backup-vault/landfall", "prod/iam-role/backup"] {
        assert!(orphans.iter().any(|address| address == left), "{left}: {orphans:?}");
    }
    let mut options = landfall::plan::PlanOptions::default();
    options.prune = true;
    let mut ignored = |_| {};
    let (plan, _) = landfall_tests::ran(&stage.config, &stage.organization, &options, &landfall::apply::Stop::default(), &mut ignored)
        .await
        .expect("observed");
    let removed: Vec<String> = plan.steps.iter().map(|step| step.address.to_string()).collect();
    assert!(removed.iter().any(|address| address.ends_with("/daily-backup-prod")), "{removed:?}");
    assert!(!removed.iter().any(|address| address.starts_with("prod/")), "a vault with a recovery point stays, and its role: {removed:?}");
    let hazards: Vec<HazardName> = plan.steps.iter().flat_map(|step| &step.hazards).map(|hazard| hazard.name).collect();
    assert!(hazards.contains(&HazardName::RemoveGuardrail), "{hazards:?}");
    let kept = stage.plan().await;
    assert_eq!(kept.orphans.iter().filter(|orphan| orphan.address.to_string().starts_with("prod/")).count(), 2);
}
