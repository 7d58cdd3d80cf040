//! The policy documents landfall writes: three guardrails, the boundary, what the shipped roles may do.
//!
//! Every statement has a Sid, so that a plan can say which one changes. Sources: aws-facts 3.4 (boundary), 6.4
//! (service control policies), both from AWS's own pages and examples.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::id::iam_arn;
use crate::kind::Text;
use crate::kind::iam::PATH;
use crate::model::Organization;
use crate::name::Region;

pub use crate::kind::iam::PROVISIONER;

/// The role for emergencies.
pub const BREAK_GLASS: &str = "break-glass";

/// Services that know no Region, or whose calls all go to one: limit-regions leaves them alone (Control Tower's list, aws-facts 6.4).
const GLOBAL: &[&str] = &[
    "a4b:*",
    "access-analyzer:*",
    "account:*",
    "acm:*",
    "activate:*",
    "artifact:*",
    "aws-marketplace-management:*",
    "aws-marketplace:*",
    "aws-portal:*",
    "billing:*",
    "billingconductor:*",
    "budgets:*",
    "ce:*",
    "chatbot:*",
    "chime:*",
    "cloudfront:*",
    "cloudtrail:LookupEvents",
    "compute-optimizer:*",
    "config:*",
    "consoleapp:*",
    "consolidatedbilling:*",
    "cur:*",
    "datapipeline:GetAccountLimits",
    "devicefarm:*",
    "directconnect:*",
    "ec2:DescribeRegions",
    "ec2:DescribeTransitGateways",
    "ec2:DescribeVpnGateways",
    "ecr-public:*",
    "fms:*",
    "freetier:*",
    "globalaccelerator:*",
    "health:*",
    "iam:*",
    "importexport:*",
    "invoicing:*",
    "iq:*",
    "kms:*",
    "license-manager:ListReceivedLicenses",
    "lightsail:Get*",
    "mobileanalytics:*",
    "networkmanager:*",
    "notifications-contacts:*",
    "notifications:*",
    "organizations:*",
    "payments:*",
    "pricing:*",
    "quicksight:DescribeAccountSubscription",
    "resource-explorer-2:*",
    "route53-recovery-cluster:*",
    "route53-recovery-control-config:*",
    "route53-recovery-readiness:*",
    "route53:*",
    "route53domains:*",
    "s3:CreateMultiRegionAccessPoint",
    "s3:DeleteMultiRegionAccessPoint",
    "s3:DescribeMultiRegionAccessPointOperation",
    "s3:GetAccountPublicAccessBlock",
    "s3:GetBucketLocation",
    "s3:GetBucketPolicyStatus",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetMultiRegionAccessPoint",
    "s3:GetMultiRegionAccessPointPolicy",
    "s3:GetMultiRegionAccessPointPolicyStatus",
    "s3:GetStorageLensConfiguration",
    "s3:GetStorageLensDashboard",
    "s3:ListAllMyBuckets",
    "s3:ListMultiRegionAccessPoints",
    "s3:ListStorageLensConfigurations",
    "s3:PutAccountPublicAccessBlock",
    "s3:PutMultiRegionAccessPointPolicy",
    "savingsplans:*",
    "shield:*",
    "sso:*",
    "sts:*",
    "support:*",
    "supportapp:*",
    "supportplans:*",
    "sustainability:*",
    "tag:GetResources",
    "tax:*",
    "trustedadvisor:*",
    "vendor-insights:ListEntitledSecurityProfiles",
    "waf-regional:*",
    "waf:*",
    "wafv2:*",
];

/// Writes to roles (aws-facts 6.4, "protect baseline roles").
const ROLE_WRITES: &[&str] = &[
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription",
];
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
/// Writes to identity providers.
const PROVIDER_WRITES: &[&str] = &[
    "iam:AddClientIDToOpenIDConnectProvider",
    "iam:CreateOpenIDConnectProvider",
    "iam:DeleteOpenIDConnectProvider",
    "iam:RemoveClientIDFromOpenIDConnectProvider",
    "iam:TagOpenIDConnectProvider",
    "iam:UntagOpenIDConnectProvider",
    "iam:UpdateOpenIDConnectProviderThumbprint",
];
/// Users and their keys: what nobody makes in production, and nobody under the boundary at all.
const USER_WRITES: &[&str] = &[
    "iam:AddUserToGroup",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreateServiceSpecificCredential",
    "iam:CreateUser",
    "iam:UpdateLoginProfile",
];
/// Calls whose session tags may carry a key of ours: the reason (design 4.4).
const SESSION_TAGGING: &[&str] = &["sts:AssumeRole", "sts:TagSession"];

/// Returns the guardrail on every top-level unit.
pub(super) fn base(organization: &Organization) -> Value {
    let partition = organization.partition;
    let mut watched = vec![
        iam_arn(partition, "*", "role/landfall/*"),
        iam_arn(partition, "*", "policy/landfall/*"),
        iam_arn(partition, "*", "oidc-provider/*"),
    ];
    watched.extend(access_roles(organization));
    let mut emergency = exempt(organization);
    emergency.push(iam_arn(partition, "*", format_args!("role{PATH}{BREAK_GLASS}")));
    let exempt = exempt(organization);
    let regions: Vec<&str> = organization.regions.iter().map(Region::as_str).collect();
    let name = &organization.name;
    document(&[
        json!({"Sid": "DenyLeave", "Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}),
        json!({"Sid": "DenyRoot", "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {
            "ArnLike": {"aws:PrincipalArn": iam_arn(partition, "*", "root")},
            // The key exists in central root sessions only, which must keep working (aws-facts 2.5).
            "Null": {"aws:AssumedRoot": "true"},
        }}),
        json!({"Sid": "ProtectLandfall", "Effect": "Deny", "Action": ([ROLE_WRITES, POLICY_WRITES, PROVIDER_WRITES].concat()), "Resource": watched,
            "Condition": {"ArnNotLike": {"aws:PrincipalArn": emergency}}}),
        json!({"Sid": "ProtectLandfallTags", "Effect": "Deny", "NotAction": SESSION_TAGGING, "Resource": "*", "Condition": {
            "ForAnyValue:StringLike": {"aws:TagKeys": "landfall:*"},
            "ArnNotLike": {"aws:PrincipalArn": emergency},
        }}),
        json!({"Sid": "ProtectTrail", "Effect": "Deny",
            "Action": ["cloudtrail:DeleteTrail", "cloudtrail:PutEventSelectors", "cloudtrail:PutInsightSelectors", "cloudtrail:StopLogging", "cloudtrail:UpdateTrail"],
            "Resource": format!("arn:{partition}:cloudtrail:*:*:trail/{name}-organization"),
            "Condition": {"ArnNotLike": {"aws:PrincipalArn": exempt}}}),
        json!({"Sid": "ProtectFlowLogs", "Effect": "Deny", "Action": "ec2:DeleteFlowLogs", "Resource": "*",
            "Condition": {"ArnNotLike": {"aws:PrincipalArn": exempt}}}),
        json!({"Sid": "ProtectAuditBucket", "Effect": "Deny",
            "Action": ["s3:BypassGovernanceRetention", "s3:DeleteBucket*", "s3:DeleteObject*", "s3:PutBucket*", "s3:PutEncryptionConfiguration",
                "s3:PutLifecycleConfiguration", "s3:PutObject*", "s3:PutReplicationConfiguration"],
            "Resource": [format!("arn:{partition}:s3:::{name}-audit-*")],
            "Condition": {"ArnNotLike": {"aws:PrincipalArn": exempt}}}),
        json!({"Sid": "ProtectAuditKey", "Effect": "Deny",
            "Action": ["kms:CreateGrant", "kms:DeleteAlias", "kms:DisableKey", "kms:DisableKeyRotation", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:UpdateAlias"],
            "Resource": "*",
            "Condition": {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/landfall/audit"}, "ArnNotLike": {"aws:PrincipalArn": exempt}}}),
        json!({"Sid": "LimitRegions", "Effect": "Deny", "NotAction": GLOBAL, "Resource": "*", "Condition": {
            "StringNotEquals": {"aws:RequestedRegion": regions},
            "ArnNotLike": {"aws:PrincipalArn": exempt},
        }}),
    ])
}

/// Returns the guardrail on production units.
pub(super) fn strict(organization: &Organization) -> Value {
    let exempt = exempt(organization);
    document(&[
        json!({"Sid": "DenyIamUsers", "Effect": "Deny", "Action": USER_WRITES, "Resource": "*", "Condition": {"ArnNotLike": {"aws:PrincipalArn": exempt}}}),
        json!({"Sid": "DenyPublicDefaults", "Effect": "Deny",
            "Action": ["ec2:CreateVpcBlockPublicAccessExclusion", "ec2:DisableEbsEncryptionByDefault", "ec2:DisableImageBlockPublicAccess",
                "ec2:DisableSnapshotBlockPublicAccess", "ec2:EnableSerialConsoleAccess", "ec2:EnableSnapshotBlockPublicAccess",
                "ec2:ModifyEbsDefaultKmsKeyId", "ec2:ModifyInstanceMetadataDefaults", "ec2:ModifyVpcBlockPublicAccessOptions",
                "ec2:ResetEbsDefaultKmsKeyId", "s3:PutAccountPublicAccessBlock"],
            "Resource": "*", "Condition": {"ArnNotLike": {"aws:PrincipalArn": exempt}}}),
    ])
}

/// Returns the guardrail on the unit `Suspended`.
pub(super) fn suspended(organization: &Organization) -> Value {
    document(&[json!({"Sid": "DenyAll", "Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": exempt(organization)}}})])
}

/// Returns the permissions boundary of one account: it caps what deployers and the roles they make may do.
pub(super) fn boundary(organization: &Organization, boundary: &str) -> Value {
    let partition = organization.partition;
    let mut statements = vec![json!({"Sid": "Cap", "Effect": "Allow", "Action": "*", "Resource": "*"})];
    statements.extend(denies(organization, boundary));
    // Roles made under this boundary may make roles too, and those carry it as well.
    statements.push(json!({"Sid": "KeepBoundary", "Effect": "Deny",
        "Action": ["iam:AttachRolePolicy", "iam:CreateRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"],
        "Resource": iam_arn(partition, "*", "role/*"),
        "Condition": {"StringNotEquals": {"iam:PermissionsBoundary": boundary}}}));
    document(&statements)
}

/// Returns what a deployer may do with IAM: roles on any path but ours, with the boundary only (aws-facts 3.4).
pub(super) fn deployer(organization: &Organization, boundary: &str) -> Value {
    let partition = organization.partition;
    let roles = iam_arn(partition, "*", "role/*");
    let mut statements = vec![
        json!({"Sid": "RolesUnderBoundary", "Effect": "Allow",
            "Action": ["iam:AttachRolePolicy", "iam:CreateRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"],
            "Resource": roles, "Condition": {"StringEquals": {"iam:PermissionsBoundary": boundary}}}),
        // These actions do not know the boundary key: a condition on it would never match.
        json!({"Sid": "RoleUpkeep", "Effect": "Allow",
            "Action": ["iam:DeleteRole", "iam:Get*", "iam:List*", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole"],
            "Resource": "*"}),
        json!({"Sid": "PoliciesAndProfiles", "Effect": "Allow",
            "Action": ([POLICY_WRITES, &["iam:AddRoleToInstanceProfile", "iam:CreateInstanceProfile", "iam:CreateServiceLinkedRole", "iam:DeleteInstanceProfile",
                "iam:RemoveRoleFromInstanceProfile", "iam:TagInstanceProfile", "iam:UntagInstanceProfile"]].concat()),
            "Resource": "*"}),
        json!({"Sid": "PassToServices", "Effect": "Allow", "Action": "iam:PassRole", "Resource": roles,
            "Condition": {"StringLike": {"iam:PassedToService": "*.amazonaws.com"}}}),
    ];
    statements.extend(denies(organization, boundary));
    document(&statements)
}

/// What neither a deployer nor any role it makes ever does; the boundary repeats it, so that it follows everywhere.
fn denies(organization: &Organization, boundary: &str) -> Vec<Value> {
    let partition = organization.partition;
    let mut out_of_reach = vec![iam_arn(partition, "*", "role/landfall/*"), iam_arn(partition, "*", "role/aws-reserved/*")];
    out_of_reach.extend(access_roles(organization));
    vec![
        json!({"Sid": "KeepBoundaryOn", "Effect": "Deny", "Action": "iam:DeleteRolePermissionsBoundary", "Resource": "*"}),
        json!({"Sid": "KeepBoundaryPolicy", "Effect": "Deny", "Action": POLICY_WRITES, "Resource": [boundary, &iam_arn(partition, "*", "policy/landfall/*")]}),
        json!({"Sid": "NoUsers", "Effect": "Deny", "Action": USER_WRITES, "Resource": "*"}),
        json!({"Sid": "NoProviders", "Effect": "Deny", "Action": PROVIDER_WRITES, "Resource": "*"}),
        json!({"Sid": "OutOfReach", "Effect": "Deny", "Action": ([ROLE_WRITES, &["iam:AddRoleToInstanceProfile", "iam:PassRole", "sts:AssumeRole"]].concat()), "Resource": out_of_reach}),
        json!({"Sid": "NoLandfallTags", "Effect": "Deny", "NotAction": SESSION_TAGGING, "Resource": "*",
            "Condition": {"ForAnyValue:StringLike": {"aws:TagKeys": "landfall:*"}}}),
    ]
}

/// Returns what a reader must not read although `ReadOnlyAccess` lets it: data (aws-facts 3.4).
pub(super) fn no_data_reads() -> Value {
    document(&[json!({"Sid": "NoData", "Effect": "Deny",
        "Action": ["athena:GetQueryResults", "codecommit:GitPull", "dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:GetRecords", "dynamodb:PartiQLSelect",
            "dynamodb:Query", "dynamodb:Scan", "ec2:GetConsoleOutput", "ec2:GetPasswordData", "ecr:GetAuthorizationToken", "kinesis:GetRecords", "kms:Decrypt",
            "lambda:GetFunction", "logs:FilterLogEvents", "logs:GetLogEvents", "logs:GetQueryResults", "s3:GetObject*", "secretsmanager:BatchGetSecretValue",
            "secretsmanager:GetSecretValue", "sqs:ReceiveMessage", "ssm:GetParameter*"],
        "Resource": "*"})])
}

/// Exactly these pass the guardrails: never `role/landfall/*`, or every role of ours would be free of each of them.
fn exempt(organization: &Organization) -> Vec<String> {
    let mut arns = vec![iam_arn(organization.partition, "*", format_args!("role{PATH}{PROVISIONER}"))];
    arns.extend(access_roles(organization));
    arns
}

/// Returns the access roles of all accounts, each once.
fn access_roles(organization: &Organization) -> Vec<String> {
    let names: BTreeSet<_> = organization.accounts.values().map(|account| &account.access_role).collect();
    names.into_iter().map(|name| iam_arn(organization.partition, "*", format_args!("role/{name}"))).collect()
}

/// Wraps statements.
pub(super) fn document(statements: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// Returns a document as IAM is sent it.
pub(super) fn text(document: &Value) -> Text {
    Text::new(crate::aws::policy::minify(document))
}
