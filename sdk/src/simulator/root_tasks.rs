//! The tasks of `AssumeRoot`, and the actions that their policies deny.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Value, json};

use super::stored::{StoredDocument, own_document};
use super::world::RootFeature;

/// The path of the policies of the tasks.
pub(crate) const TASKS: &str = "arn:aws:iam::aws:policy/root-task/";

/// One task: the features that it needs, and the actions that its policy leaves allowed.
pub(crate) struct Task {
    pub(crate) name: &'static str,
    pub(crate) needs: &'static [RootFeature],
    actions: &'static [&'static str],
}

/// The tasks; their policies are in the IAM User Guide, "AWS managed policies for IAM". The guide ("Centralize root access") names
/// the features for credentials: management to see and delete them, and also sessions to allow them again.
pub(crate) const KNOWN: [Task; 4] = [
    Task {
        name: "IAMAuditRootUserCredentials",
        needs: &[RootFeature::RootCredentialsManagement],
        actions: &[
            "iam:GetAccessKeyLastUsed",
            "iam:GetAccountSummary",
            "iam:GetLoginProfile",
            "iam:GetUser",
            "iam:ListAccessKeys",
            "iam:ListMFADevices",
            "iam:ListSigningCertificates",
        ],
    },
    Task {
        name: "IAMCreateRootUserPassword",
        needs: &[RootFeature::RootCredentialsManagement, RootFeature::RootSessions],
        actions: &["iam:CreateLoginProfile", "iam:GetLoginProfile"],
    },
    Task {
        name: "IAMDeleteRootUserCredentials",
        needs: &[RootFeature::RootCredentialsManagement],
        actions: &[
            "iam:DeactivateMFADevice",
            "iam:DeleteAccessKey",
            "iam:DeleteLoginProfile",
            "iam:DeleteSigningCertificate",
            "iam:GetAccessKeyLastUsed",
            "iam:GetLoginProfile",
            "iam:GetUser",
            "iam:ListAccessKeys",
            "iam:ListMFADevices",
            "iam:ListSigningCertificates",
        ],
    },
    Task {
        name: "S3UnlockBucketPolicy",
        needs: &[RootFeature::RootSessions],
        actions: &["s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:ListAllMyBuckets", "s3:PutBucketPolicy"],
    },
];

/// Returns the actions that a session for a task is denied.
pub(crate) fn root_task_document(arn: &str) -> Option<&'static StoredDocument> {
    static DOCUMENTS: LazyLock<BTreeMap<&'static str, StoredDocument>> = LazyLock::new(documents);
    DOCUMENTS.get(arn.strip_prefix(TASKS)?)
}

/// They only deny, since a root user needs no permission. The IAM actions that they leave apply to the root user itself.
fn documents() -> BTreeMap<&'static str, StoredDocument> {
    let one = |task: &Task| {
        let others = json!({ "Sid": "DenyAllOtherActionsOnAnyResource", "Effect": "Deny", "NotAction": task.actions, "Resource": "*" });
        let of_root: Vec<&&str> =
            task.actions.iter().filter(|action| action.starts_with("iam:") && **action != "iam:GetAccountSummary").collect();
        let elsewhere =
            json!({ "Sid": "DenyOnNonRootUserResource", "Effect": "Deny", "Action": of_root, "NotResource": "arn:aws:iam::*:root" });
        let statements: Vec<Value> = if of_root.is_empty() { vec![others] } else { vec![others, elsewhere] };
        own_document(&json!({ "Version": "2012-10-17", "Statement": statements }).to_string())
    };
    KNOWN.iter().map(|task| (task.name, one(task))).collect()
}
