//! AWS managed policies, as far as landfall uses them.
//!
//! The real ones have hundreds of lines and change weekly; these are abridged to the services that matter here, and never allow
//! more than the real ones.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::json;

use super::stored::{StoredDocument, own_document};

/// The policy that allows everything.
pub(crate) const ADMINISTRATOR_ACCESS: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// The services whose reads the reading policies allow.
const SERVICES: &[&str] = &[
    "access-analyzer",
    "account",
    "cloudformation",
    "cloudtrail",
    "cloudwatch",
    "config",
    "ec2",
    "ecr",
    "ecs",
    "eks",
    "elasticloadbalancing",
    "guardduty",
    "iam",
    "kms",
    "lambda",
    "logs",
    "organizations",
    "rds",
    "route53",
    "securityhub",
    "servicequotas",
    "sns",
    "sqs",
    "ssm",
    "tag",
];

/// Reads of data and not only of configuration: for `ReadOnlyAccess` alone.
const DATA: &[&str] = &["dynamodb", "s3"];

/// Returns the document of an AWS managed policy.
pub(crate) fn managed_document(arn: &str) -> Option<&'static StoredDocument> {
    static DOCUMENTS: LazyLock<BTreeMap<&'static str, StoredDocument>> = LazyLock::new(documents);
    DOCUMENTS.get(arn)
}

fn documents() -> BTreeMap<&'static str, StoredDocument> {
    let allow = |actions: Vec<String>| {
        let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": "*" });
        own_document(&json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string())
    };
    let reads = |services: &[&str], verbs: &[&str]| -> Vec<String> {
        services.iter().flat_map(|service| verbs.iter().map(move |verb| format!("{service}:{verb}*"))).collect()
    };
    let mut read_only = reads(SERVICES, &["Get", "List", "Describe", "BatchGet", "View"]);
    read_only.extend(reads(DATA, &["Get", "List", "Describe", "BatchGet"]));
    read_only.extend(["dynamodb:Query".to_owned(), "dynamodb:Scan".to_owned()]);
    let mut audit = reads(SERVICES, &["List", "Describe"]);
    audit.extend(reads(&["iam", "cloudtrail", "config", "guardduty", "securityhub", "access-analyzer"], &["Get"]));
    audit.extend(["iam:GenerateCredentialReport", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "s3:GetBucket*"].map(str::to_owned));
    audit.extend(["s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:ListAllMyBuckets"].map(str::to_owned));
    audit.extend(["ec2:GetEbsEncryptionByDefault", "ssm:GetServiceSetting", "account:GetAlternateContact"].map(str::to_owned));
    // Of secrets, both have everything but the values.
    let secrets =
        ["DescribeSecret", "GetResourcePolicy", "ListSecretVersionIds", "ListSecrets"].map(|verb| format!("secretsmanager:{verb}"));
    audit.extend(secrets.clone());
    read_only.extend(secrets);
    let viewed: Vec<&str> = SERVICES.iter().copied().filter(|service| *service != "ssm").collect();
    let mut view = reads(&viewed, &["List", "Describe"]);
    view.extend(["ssm:ListAssociations", "ssm:ListDocuments"].map(str::to_owned));
    view.extend(["cloudtrail:LookupEvents", "s3:ListAllMyBuckets", "s3:ListBucket", "iam:GetAccountSummary"].map(str::to_owned));
    // Of AWS Backup's lists these two have some only.
    let backups = ["backup:ListBackupVaults", "backup:ListTags"];
    audit.extend(backups.map(str::to_owned));
    view.extend(backups.map(str::to_owned));
    read_only.extend(reads(&["backup"], &["Get", "List", "Describe"]));
    let power_user = json!({
        "Version": "2012-10-17",
        "Statement": [
            { "Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*" },
            {
                "Effect": "Allow",
                "Action": ["account:GetAccountInformation", "account:ListRegions", "iam:CreateServiceLinkedRole",
                    "iam:DeleteServiceLinkedRole", "iam:ListRoles", "organizations:DescribeOrganization"],
                "Resource": "*",
            },
        ],
    });
    // What AWS Backup does as a role, for volumes.
    let snapshots = ["CreateSnapshot", "CreateTags", "DeleteSnapshot", "DescribeSnapshots", "DescribeTags", "DescribeVolumes"];
    let volumes = ["CreateVolume", "DeleteVolume", "DescribeSnapshots", "DescribeVolumes"];
    let of_ec2 = |verbs: &[&str]| verbs.iter().map(|verb| format!("ec2:{verb}")).collect::<Vec<_>>();
    let buckets = |verbs: &[&str]| allow(verbs.iter().map(|verb| format!("s3:{verb}")).collect());
    BTreeMap::from([
        ("arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup", allow(of_ec2(&snapshots))),
        ("arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores", allow(of_ec2(&volumes))),
        ("arn:aws:iam::aws:policy/AWSBackupServiceRolePolicyForS3Backup", buckets(&["GetBucketTagging", "GetObject", "ListBucket"])),
        ("arn:aws:iam::aws:policy/AWSBackupServiceRolePolicyForS3Restore", buckets(&["CreateBucket", "ListBucket", "PutObject"])),
        (ADMINISTRATOR_ACCESS, allow(vec!["*".to_owned()])),
        ("arn:aws:iam::aws:policy/ReadOnlyAccess", allow(read_only)),
        ("arn:aws:iam::aws:policy/SecurityAudit", allow(audit)),
        ("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess", allow(view)),
        ("arn:aws:iam::aws:policy/PowerUserAccess", own_document(&power_user.to_string())),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::policy::{Caller, Document, Policies, Request, evaluate};
    use crate::simulator::service::{Service, operations_of};

    /// The real documents, which the policy tests use.
    const REAL: [(&str, &str); 3] = [
        ("ReadOnlyAccess", include_str!("../../../tests/policies/managed/ReadOnlyAccess.json")),
        ("SecurityAudit", include_str!("../../../tests/policies/managed/SecurityAudit.json")),
        ("job-function/ViewOnlyAccess", include_str!("../../../tests/policies/managed/ViewOnlyAccess.json")),
    ];

    #[test]
    fn settings_and_secrets_are_read_as_the_real_documents_allow() {
        let allows = |document: &Document, action: &str| {
            let caller = Caller::role("arn:aws:iam::111111111111:role/r", "s");
            let policies = Policies { identity: vec![document], resource_account: "111111111111", ..Policies::default() };
            evaluate(&Request::new(caller, action, "*"), &policies).is_allowed()
        };
        for (name, real) in REAL {
            let real: StoredDocument = real.parse().expect("a document");
            let abridged = managed_document(&format!("arn:aws:iam::aws:policy/{name}")).expect("known");
            for service in [Service::Ssm, Service::SecretsManager] {
                for operation in operations_of(service) {
                    let action = format!("{}:{}", service.name(), operation.name);
                    assert_eq!(allows(abridged.document(), &action), allows(real.document(), &action), "{name}: {action}");
                }
            }
        }
    }

    #[test]
    fn abridged_documents_are_valid() {
        assert!(managed_document(ADMINISTRATOR_ACCESS).is_some());
        assert!(managed_document("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess").is_some());
        assert!(managed_document("arn:aws:iam::aws:policy/Nothing").is_none());
        for document in documents().values() {
            assert_eq!(document.document().check_identity(), Ok(()));
        }
    }
}
