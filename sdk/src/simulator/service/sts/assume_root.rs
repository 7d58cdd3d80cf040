//! `AssumeRoot`: a session as a member account's root user, for one task and a quarter of an hour.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Value, json};

use super::session::issue;
use crate::id::AccountId;
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::stored::StoredDocument;
use crate::simulator::wire::Params;
use crate::simulator::world::{RootFeature, Session, Who, World, own_document};

/// How long such a session lasts, in seconds (STS API, `AssumeRoot`).
const DURATION: std::ops::RangeInclusive<i64> = 0..=900;
/// Where the policies of the tasks are.
const TASKS: &str = "arn:aws:iam::aws:policy/root-task/";
/// A task whose service is not simulated.
const UNLOCK_QUEUE: &str = "SQSUnlockQueuePolicy";

/// One task: what has to be switched on for it, and what its policy leaves allowed.
struct Task {
    name: &'static str,
    needs: &'static [RootFeature],
    actions: &'static [&'static str],
}

/// The tasks; their policies are in the IAM User Guide, "AWS managed policies for IAM". Which of the two features a task needs, the
/// guide ("Centralize root access") says of credentials: management to see and delete them, sessions too to allow them again.
const KNOWN: [Task; 4] = [
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

/// Returns what a session for a task is denied.
pub(crate) fn root_task_document(arn: &str) -> Option<&'static StoredDocument> {
    static DOCUMENTS: LazyLock<BTreeMap<&'static str, StoredDocument>> = LazyLock::new(documents);
    DOCUMENTS.get(arn.strip_prefix(TASKS)?)
}

/// They deny only: a root user needs no permission. What IAM's leave is left on the root user itself.
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

pub(super) fn assume_root(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let target = params.text("TargetPrincipal")?;
    let policy = params.structure("TaskPolicyArn")?.ok_or_else(|| params.invalid("TaskPolicyArn", "Member must not be null"))?;
    let arn = policy.text("arn")?.to_owned();
    policy.finish()?;
    let duration = params.optional_integer("DurationSeconds", DURATION)?.unwrap_or(*DURATION.end());
    let id = target.strip_prefix("arn:aws:iam::").and_then(|rest| rest.strip_suffix(":root")).unwrap_or(target);
    let account: AccountId =
        id.parse().map_err(|_| params.invalid("TargetPrincipal", "it must be an account's id or its root user's ARN"))?;

    let resource = format!("arn:aws:iam::{account}:root");
    let denied = |world: &World, why: &str| -> Result<Failure, Failure> {
        let caller = world.caller(call.credential()?);
        Ok(Failure::access_denied(format!(
            "User: {} is not authorized to perform: sts:AssumeRoot on resource: {resource}{why}",
            caller.shown_arn()
        )))
    };
    if call.is_global {
        return Err(denied(world, ": the global endpoint does not serve AssumeRoot; use a Regional one")?);
    }
    let pass = call.authorize(world, params, Ask::new("sts:AssumeRoot", resource.as_str()).with("sts:TaskPolicyArn", arn.as_str()))?;
    if let Who::Root { .. } = call.credential()?.who {
        return Err(denied(world, ": root users may not call it")?);
    }
    let name = arn.strip_prefix(TASKS).unwrap_or_default();
    if name == UNLOCK_QUEUE {
        return Err(Failure::not_implemented(UNLOCK_QUEUE));
    }
    let Some(task) = KNOWN.iter().find(|task| task.name == name) else {
        return Err(Failure::validation(format!("{arn} is no policy of a task that AssumeRoot knows")));
    };
    let enabled = world.organization.as_ref().map(|organization| &organization.root_access);
    let is_enabled = task.needs.iter().all(|feature| enabled.is_some_and(|enabled| enabled.contains(feature)));
    let is_member =
        world.accounts.get(&account).is_some_and(|account| account.parent.is_some() && account.is_open() && !account.is_management());
    // No account can be made a delegated administrator for IAM here.
    if !is_enabled || !is_member || !world.account(call.account()?)?.is_management() {
        return Err(denied(world, "")?);
    }
    let session =
        Session { root_task: Some(arn), source_identity: call.credential()?.session.source_identity.clone(), ..Session::default() };
    let source_identity = session.source_identity.clone();
    let (credentials, _) = issue(world, call, Who::Root { account }, duration, 0, session);
    Ok(pass.answer(json!({ "Credentials": credentials, "SourceIdentity": source_identity })))
}
