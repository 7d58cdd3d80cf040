//! The policy documents that landfall writes: guardrails, the boundary, the permissions of the shipped roles.
//!
//! Every statement has a Sid, so that a plan can name the one that changes. Sources: docs/AWS.md 3.4 (boundary) and docs/AWS.md 6.4
//! (service control policies), both from AWS's own pages and examples. docs/GUARDRAILS.md lists for each its denials, and the
//! principals that they apply to.

mod apps;
mod boundary;
mod reader;
mod regions;

use std::collections::BTreeSet;

use serde_json::{Value, json};

pub(super) use apps::configuring;
#[cfg(test)]
pub(super) use boundary::NETWORK_WRITES;
pub(super) use boundary::{boundary, deployer};
pub(super) use reader::reading;
use regions::GLOBAL;

use super::exempt::{exempt_by_account, exempt_everywhere};
use crate::aws::tags;
use crate::id::iam_arn;
use crate::kind::Text;
use crate::kind::iam::oidc_provider::GITHUB_HOST;
use crate::kind::ssm::document_sharing;
use crate::model::Organization;
use crate::name::Region;
use crate::ours::{self, ALIAS_PREFIX, BREAK_GLASS, INDEX_PATH, PROVISIONER};

/// Reads of IAM, and assuming roles: all that other callers may do with landfall's resources in IAM. Calls that IAM adds later are
/// denied.
const LEFT_TO_OTHERS: &[&str] = &["iam:Generate*", "iam:Get*", "iam:List*", "iam:Simulate*", "sts:*"];
/// Writes to managed policies.
const POLICY_WRITES: &[&str] = &[
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:SetDefaultPolicyVersion",
    "iam:TagPolicy",
    "iam:UntagPolicy",
];
/// Writes to identity providers, and to the other service that admits external identities: IAM Roles Anywhere.
const PROVIDER_WRITES: &[&str] = &[
    "iam:Add*Provider",
    "iam:Create*Provider",
    "iam:Delete*Provider",
    "iam:Remove*Provider",
    "iam:Tag*Provider",
    "iam:Untag*Provider",
    "iam:Update*Provider*",
    // Without its revocation list a revoked certificate is valid again; a mapping decides which attributes of a certificate count.
    "rolesanywhere:*AttributeMapping",
    "rolesanywhere:Create*",
    "rolesanywhere:DeleteCrl",
    "rolesanywhere:DisableCrl",
    "rolesanywhere:Enable*",
    "rolesanywhere:ImportCrl",
    "rolesanywhere:Update*",
];
/// Writes to the account, its bill, its own instance of Identity Center (AWS's service-control-policy-examples: billing, Regions,
/// contacts), and those that undo what landfall sets in every account (`desired/settings.rs`).
const ACCOUNT_WRITES: &[&str] = &[
    "account:AcceptPrimaryEmailUpdate",
    "account:CloseAccount",
    "account:DeleteAlternateContact",
    "account:DisableRegion",
    "account:EnableRegion",
    "account:Put*",
    "account:StartPrimaryEmailUpdate",
    "billing:Put*",
    "billing:RedeemCredits",
    "billing:Update*",
    "ec2:CreateDefaultSubnet",
    "ec2:CreateDefaultVpc",
    "ec2:DisableEbsEncryptionByDefault",
    "iam:DeleteAccountPasswordPolicy",
    "iam:UpdateAccountPasswordPolicy",
    "payments:Create*",
    "payments:Delete*",
    "payments:MakePayment",
    "payments:Update*",
    "sso:CreateInstance",
    "tax:BatchPut*",
    "tax:Delete*",
    "tax:Put*",
    "tax:Update*",
];
/// Writes to the service setting that keeps documents of Systems Manager from being public.
const SHARING_WRITES: &[&str] = &["ssm:ResetServiceSetting", "ssm:UpdateServiceSetting"];
/// Writes that delete backups, let them be deleted or expire earlier, or give them to others, and those that keep anybody from ever deleting
/// them: a vault's lock cannot be undone. AWS Backup itself deletes what has expired as its role, not by these calls (docs/AWS.md 8.5).
const BACKUP_WRITES: &[&str] = &[
    "backup:DeleteBackupVault*",
    "backup:DeleteRecoveryPoint",
    "backup:Disassociate*",
    "backup:PutBackupVault*",
    "backup:UpdateRecoveryPoint*",
];
/// Writes to users and their keys, denied in production.
const USER_WRITES: &[&str] = &[
    "iam:AddUserToGroup",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreateServiceSpecificCredential",
    "iam:CreateUser",
    "iam:ResetServiceSpecificCredential",
    "iam:UpdateLoginProfile",
    "iam:UploadSSHPublicKey",
    "iam:UploadSigningCertificate",
];
/// Writes to parameters: to the index of environments, in which programs find the roles that they assume.
const PARAMETER_WRITES: &[&str] = &["ssm:AddTagsToResource", "ssm:DeleteParameter*", "ssm:PutParameter", "ssm:RemoveTagsFromResource"];
/// Calls whose session tags may have a landfall key: the reason. A source identity is sent together with them.
const SESSION_TAGGING: &[&str] = &["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"];

/// Returns the guardrail on every top-level unit.
pub(super) fn base(organization: &Organization) -> Value {
    let partition = organization.partition;
    let exempt = exempt(organization);
    let emergency = emergency(organization);
    let name = &organization.name;
    let ours = json!({(format!("aws:ResourceTag/{}", tags::ORGANIZATION)): "*"});
    let mut statements = vec![
        // Accepting another organization's invitation leaves this one (Organizations API, `AcceptHandshake`).
        json!({"Sid": "DenyLeave", "Effect": "Deny", "Action": ["organizations:AcceptHandshake", "organizations:LeaveOrganization"], "Resource": "*"}),
        json!({"Sid": "DenyRoot", "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {
            "ArnLike": {"aws:PrincipalArn": iam_arn(partition, "*", "root")},
            // The key exists in central root sessions only, which must keep working (docs/AWS.md 2.5).
            "Null": {"aws:AssumedRoot": "true"},
        }}),
        json!({"Sid": "ProtectLandfall", "Effect": "Deny", "NotAction": LEFT_TO_OTHERS, "Resource": watched(organization),
            "Condition": {"ArnNotLike": {"aws:PrincipalArn": emergency}}}),
        json!({"Sid": "ProtectLandfallTags", "Effect": "Deny", "NotAction": SESSION_TAGGING, "Resource": "*", "Condition": {
            "ForAnyValue:StringLike": {"aws:TagKeys": "landfall:*"},
            "ArnNotLike": {"aws:PrincipalArn": emergency},
        }}),
        // Without keys `DeleteTags` deletes every tag (EC2 API, `DeleteTags`), and the condition above sees none of them.
        json!({"Sid": "ProtectTagsAtOnce", "Effect": "Deny", "Action": "ec2:DeleteTags", "Resource": "*", "Condition": {
            "Null": {"aws:TagKeys": "true"}, "StringLike": ours, "ArnNotLike": {"aws:PrincipalArn": emergency},
        }}),
        json!({"Sid": "ProtectAccount", "Effect": "Deny", "Action": ACCOUNT_WRITES, "Resource": "*",
            "Condition": {"ArnNotLike": {"aws:PrincipalArn": exempt}}}),
        json!({"Sid": "ProtectSharing", "Effect": "Deny", "Action": SHARING_WRITES, "Resource": format!("arn:{partition}:ssm:*:*:servicesetting{}", document_sharing::SETTING),
            "Condition": {"ArnNotLike": {"aws:PrincipalArn": exempt}}}),
        // A recovery point of many services has that service's ARN, so the statement names no resource.
        json!({"Sid": "ProtectBackups", "Effect": "Deny", "Action": BACKUP_WRITES, "Resource": "*",
            "Condition": {"ArnNotLike": {"aws:PrincipalArn": exempt}}}),
        json!({"Sid": "ProtectTrail", "Effect": "Deny",
            "Action": ["cloudtrail:DeleteTrail", "cloudtrail:PutEventSelectors", "cloudtrail:PutInsightSelectors", "cloudtrail:StopLogging", "cloudtrail:UpdateTrail"],
            "Resource": format!("arn:{partition}:cloudtrail:*:*:trail/{name}-organization"),
            "Condition": {"ArnNotLike": {"aws:PrincipalArn": exempt}}}),
        json!({"Sid": "ProtectFlowLogs", "Effect": "Deny", "Action": "ec2:DeleteFlowLogs", "Resource": "*",
            "Condition": {"StringLike": ours, "ArnNotLike": {"aws:PrincipalArn": exempt}}}),
        json!({"Sid": "ProtectAuditBucket", "Effect": "Deny",
            "Action": ["s3:BypassGovernanceRetention", "s3:DeleteBucket*", "s3:DeleteObject*", "s3:PutBucket*", "s3:PutEncryptionConfiguration",
                "s3:PutLifecycleConfiguration", "s3:PutObject*", "s3:PutReplicationConfiguration", "s3:Replicate*", "s3:UpdateObjectEncryption"],
            "Resource": [format!("arn:{partition}:s3:::{}*", ours::audit_bucket_prefix(&organization.name))],
            "Condition": {"ArnNotLike": {"aws:PrincipalArn": exempt}}}),
        json!({"Sid": "ProtectAuditKey", "Effect": "Deny",
            "Action": ["kms:CreateGrant", "kms:DisableKey", "kms:DisableKeyRotation", "kms:PutKeyPolicy", "kms:ReEncrypt*", "kms:ReplicateKey",
                "kms:RevokeGrant", "kms:ScheduleKeyDeletion"],
            "Resource": "*",
            "Condition": {"ForAnyValue:StringEquals": {"kms:ResourceAliases": ours::audit_alias()}, "ArnNotLike": {"aws:PrincipalArn": exempt}}}),
        // An alias is its own resource, so no condition is needed.
        json!({"Sid": "ProtectAuditAlias", "Effect": "Deny", "Action": ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"],
            "Resource": format!("arn:{partition}:kms:*:*:{ALIAS_PREFIX}*"),
            "Condition": {"ArnNotLike": {"aws:PrincipalArn": exempt}}}),
        limit_regions(organization, &emergency),
    ];
    let mut ways_in = json!({"Sid": "ProtectWaysIn", "Effect": "Deny", "Action": PROVIDER_WRITES,
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": exempt}}});
    // The switch is for workloads only: SAML providers and Roles Anywhere admit people and machines from outside.
    if organization.guardrail_options.identity_providers {
        ways_in["NotResource"] = json!(iam_arn(partition, "*", "oidc-provider/*"));
    } else {
        ways_in["Resource"] = json!("*");
    }
    statements.push(ways_in);
    // In the management account, the default place of the index, no guardrail applies.
    if organization.access.index.iter().any(|key| !key.is_management()) {
        statements.push(json!({"Sid": "ProtectIndex", "Effect": "Deny", "Action": PARAMETER_WRITES, "Resource": index(organization),
            "Condition": {"ArnNotLike": {"aws:PrincipalArn": exempt}}}));
    }
    document(&statements)
}

/// The parameters of the index of environments, in any account and Region.
fn index(organization: &Organization) -> String {
    format!("arn:{}:ssm:*:*:parameter{INDEX_PATH}/*", organization.partition)
}

/// IAM resources that landfall owns in every account, or that give access to it: landfall's roles and policies, the access roles,
/// GitHub's provider, and the providers of Identity Center (AWS's service-control-policy-examples).
fn watched(organization: &Organization) -> Vec<String> {
    let ours = [ours::role("*"), ours::policy("*"), "saml-provider/AWSSSO_*".to_owned()].into_iter();
    let resources = ours.chain([format!("oidc-provider/{GITHUB_HOST}")]);
    resources.map(|resource| iam_arn(organization.partition, "*", resource)).chain(access_roles(organization)).collect()
}

/// Denies other Regions, except to the roles that repair an emergency.
fn limit_regions(organization: &Organization, exempt: &[String]) -> Value {
    let options = &organization.guardrail_options;
    let regions: Vec<&str> = organization.regions.iter().map(Region::as_str).collect();
    let left_alone: BTreeSet<&str> = GLOBAL.iter().copied().chain(options.exempt_actions.iter().map(String::as_str)).collect();
    let mut but = json!({"aws:PrincipalArn": exempt});
    if options.inference_profiles {
        // A profile sends a request to any Region of its own list (Bedrock User Guide, "Prerequisites for inference profiles").
        but["bedrock:InferenceProfileArn"] = json!(format!("arn:{}:bedrock:*:*:inference-profile/*", organization.partition));
    }
    json!({"Sid": "LimitRegions", "Effect": "Deny", "NotAction": left_alone, "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": regions}, "ArnNotLike": but}})
}

/// Returns the guardrail on production units. It denies only calls that weaken security; those that may also strengthen it are left
/// to the account.
pub(super) fn strict(organization: &Organization) -> Value {
    let exempt = exempt(organization);
    document(&[
        // Central root sessions are excluded: as a last resort they restore the root user's password (docs/ACCESS.md), and create
        // no user.
        json!({"Sid": "DenyIamUsers", "Effect": "Deny", "Action": USER_WRITES, "Resource": "*",
            "Condition": {"ArnNotLike": {"aws:PrincipalArn": exempt}, "Null": {"aws:AssumedRoot": "true"}}}),
        json!({"Sid": "DenyPublicDefaults", "Effect": "Deny",
            "Action": ["ec2:CreateVpcBlockPublicAccessExclusion", "ec2:DisableImageBlockPublicAccess",
                "ec2:DisableSnapshotBlockPublicAccess", "ec2:EnableSerialConsoleAccess", "ec2:ModifyEbsDefaultKmsKeyId",
                "ec2:ResetEbsDefaultKmsKeyId"],
            "Resource": "*", "Condition": {"ArnNotLike": {"aws:PrincipalArn": exempt}}}),
    ])
}

/// Returns the guardrail on accounts whose roles are trusted elsewhere: only landfall may create or change resources with these
/// names (`role/ci`) there.
pub(super) fn pipelines(organization: &Organization, named: &BTreeSet<String>) -> Value {
    let named: Vec<String> = named.iter().map(|resource| iam_arn(organization.partition, "*", resource)).collect();
    document(&[
        json!({"Sid": "ProtectPipelines", "Effect": "Deny", "NotAction": ([LEFT_TO_OTHERS, &["iam:PassRole"]].concat()), "Resource": named,
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": emergency(organization)}}}),
    ])
}

/// Returns the guardrail on the unit `Suspended`.
pub(super) fn suspended(organization: &Organization) -> Value {
    document(&[json!({"Sid": "DenyAll", "Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": exempt(organization)}}})])
}

/// Returns the roles that are exempt from the guardrails: never `role/landfall/*`, which would exempt every landfall role from all
/// of them.
fn exempt(organization: &Organization) -> Vec<String> {
    let mut arns = vec![iam_arn(organization.partition, "*", ours::role(PROVISIONER))];
    arns.extend(access_roles(organization));
    arns
}

/// Returns the roles that are exempt from statements that would block the repair of an emergency.
fn emergency(organization: &Organization) -> Vec<String> {
    let mut arns = exempt(organization);
    arns.push(iam_arn(organization.partition, "*", ours::role(BREAK_GLASS)));
    arns
}

/// Returns the access roles of all accounts, each once: by name in accounts that landfall creates, since their ids are not known
/// before; otherwise only in its account, because a role with that name in another account may belong to anyone.
fn access_roles(organization: &Organization) -> Vec<String> {
    let by_name = exempt_everywhere(organization).into_iter().map(|name| ("*", name));
    let by_account = exempt_by_account(organization).map(|(id, account)| (id.as_str(), &account.access_role));
    by_name.chain(by_account).map(|(account, name)| iam_arn(organization.partition, account, format_args!("role/{name}"))).collect()
}

/// Returns the names of all access roles, each once, as ARNs of any account.
fn access_role_names(organization: &Organization) -> Vec<String> {
    let names: BTreeSet<_> = organization.accounts.values().map(|account| &account.access_role).collect();
    names.into_iter().map(|name| iam_arn(organization.partition, "*", format_args!("role/{name}"))).collect()
}

/// Wraps statements.
pub(super) fn document(statements: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// Returns a document in the form that is sent to IAM.
pub(super) fn text(document: &Value) -> Text {
    Text::new(crate::aws::policy::minify(document))
}
