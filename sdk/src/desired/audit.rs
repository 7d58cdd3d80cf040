//! The audit trail: one trail of every account and Region, in one bucket, under one key; and a second bucket for the access logs of the
//! first, which tell who read the logs.
//!
//! Buckets and key are in the log archive, the trail in the management account, all in the home Region. Their policies follow
//! docs/AWS.md 4.2 and 4.3 (CloudTrail) and docs/AWS.md 5.5 (flow logs, which share the bucket). They name the organization's id
//! and never list accounts, so that no account's baseline waits for another.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::DesiredState;
use super::address::{organization_address, trusted};
use super::policies;
use crate::address::Address;
use crate::aws::tags;
use crate::id::iam_arn;
use crate::kind::s3::bucket::{self, AccessLogs, ByDays, Rule};
use crate::kind::{Desired, Text, cloudtrail::trail, kms::key};
use crate::model::{Account, Organization, Tier};
use crate::name::AccountKey;
use crate::ours::{self, ACCESS_LOGS, AUDIT, BREAK_GLASS, PROVISIONER};

/// The principal of CloudTrail.
const CLOUDTRAIL: &str = "cloudtrail.amazonaws.com";
/// The principal that delivers flow logs.
const FLOW_LOGS: &str = "delivery.logs.amazonaws.com";
/// The folder that CloudTrail writes to; it is fixed.
const TRAIL_PREFIX: &str = "AWSLogs/";
/// The folder of all flow logs; one named `AWSLogs` is refused (docs/AWS.md 5.5).
const FLOW_LOG_FOLDER: &str = "flow-logs";
/// The principal that writes access logs of S3 (docs/AWS.md 4.7).
const ACCESS_LOGGING: &str = "logging.s3.amazonaws.com";
/// The folder of the audit bucket's access logs; S3 adds the time.
const ACCESS_LOG_PREFIX: &str = "audit/";
/// Days after which access logs end, unless the audit log itself ends sooner.
const ACCESS_LOG_DAYS: u32 = 365;
/// Days in which a deleted or overwritten log can be noticed and its old version restored.
const OLD_VERSION_DAYS: i32 = 30;
/// Days after which an unfinished upload is aborted.
const UPLOAD_DAYS: i32 = 7;
/// Actions on the bucket that only landfall's own roles may do: those that remove logs or give access to it.
const KEPT_ACTIONS: &[&str] = &[
    "s3:DeleteBucket",
    "s3:DeleteBucketPolicy",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:PutBucketLogging",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:ReplicateDelete",
    "s3:ReplicateObject",
    "s3:UpdateObjectEncryption",
];

/// Actions on the bucket's objects that only AWS services and landfall's own roles may do: a new version hides a log until the old
/// one expires.
const WRITTEN_BY_SERVICES: &[&str] = &["s3:BypassGovernanceRetention", "s3:PutObject*"];

pub(super) fn audit(organization: &Organization, state: &mut DesiredState) {
    let Some(archive) = organization.accounts.get(&AccountKey::log_archive()) else { return };
    let ours = |address: &Address| tags::ours(&organization.name, address);

    let trusted = trusted(CLOUDTRAIL, state);

    let key = key_address(organization);
    let desired = key::Desired {
        alias: ours::audit_alias(),
        description: "Encrypts the audit log".to_owned(),
        policy: policies::text(&key_policy(organization)),
        tags: ours(&key),
    };
    state.want(key.clone(), Desired::Key(desired));

    let (bucket, access) = (bucket_address(organization), access_log_address(organization));
    let desired = bucket::Desired {
        name: Text::new(access_log_bucket_name(organization)),
        key: None,
        lifecycle: access_log_lifecycle(organization),
        by_days: None,
        access_logs: None,
        policy: policies::text(&access_log_policy(organization, archive)),
        tags: ours(&access),
    };
    state.want(access.clone(), Desired::Bucket(desired));

    let desired = bucket::Desired {
        name: Text::new(bucket_name(organization)),
        key: Some(Text::fact(&key, "arn")),
        lifecycle: lifecycle(organization),
        by_days: Some(flow_logs()),
        access_logs: Some(AccessLogs { bucket: Text::fact(&access, "name"), prefix: ACCESS_LOG_PREFIX.to_owned() }),
        policy: policies::text(&bucket_policy(organization, archive)),
        tags: ours(&bucket),
    };
    state.want(bucket.clone(), Desired::Bucket(desired));

    let address = Address::region(&AccountKey::management(), &organization.region, "trail", "organization");
    let desired = trail::Desired {
        name: trail_name(organization),
        home: organization.region.to_string(),
        bucket: Text::fact(&bucket, "name"),
        key: Text::fact(&key, "arn"),
        trusted,
        tags: ours(&address),
    };
    state.want(address, Desired::Trail(desired));
}

/// Returns the address of the bucket that keeps the logs of all accounts; its outputs are `name` and `arn`.
pub(super) fn bucket_address(organization: &Organization) -> Address {
    Address::region(&AccountKey::log_archive(), &organization.region, "bucket", AUDIT)
}

fn access_log_address(organization: &Organization) -> Address {
    Address::region(&AccountKey::log_archive(), &organization.region, "bucket", ACCESS_LOGS)
}

/// Returns the folder of an account's flow logs in that bucket, with its slash; AWS makes one for each account in it.
///
/// It is named after its retention and not after the account: a bucket takes 1,000 lifecycle rules, which is fewer than an
/// organization may have accounts (Amazon S3 User Guide, "Lifecycle configuration elements").
pub(super) fn flow_log_prefix(organization: &Organization, account: &Account) -> String {
    flow_logs().prefix(flow_log_days(organization, account))
}

fn flow_logs() -> ByDays {
    ByDays { folder: FLOW_LOG_FOLDER.to_owned(), noncurrent_days: OLD_VERSION_DAYS }
}

fn flow_log_days(organization: &Organization, account: &Account) -> u32 {
    organization.environment_of(account).map_or_else(|| Tier::Production.log_retention_days(), |environment| environment.log_retention_days)
}

/// Returns the permissions of an auditor of the log archive beyond reading the configuration: reading the logs.
pub(super) fn reading(organization: &Organization) -> Value {
    let (bucket, partition) = (bucket_arn(organization), organization.partition);
    let keys = format!("arn:{partition}:kms:{}:{}:key/*", organization.region, archive_id());
    policies::document(&[
        json!({"Sid": "ListLogs", "Effect": "Allow", "Action": ["s3:ListBucket", "s3:ListBucketVersions"], "Resource": bucket}),
        json!({"Sid": "ReadLogs", "Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectVersion"], "Resource": format!("{bucket}/*")}),
        json!({"Sid": "DecryptLogs", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": keys,
            "Condition": {"ForAnyValue:StringEquals": {"kms:ResourceAliases": ours::audit_alias()}}}),
    ])
}

fn key_address(organization: &Organization) -> Address {
    Address::region(&AccountKey::log_archive(), &organization.region, "key", AUDIT)
}

fn trail_name(organization: &Organization) -> String {
    format!("{}-organization", organization.name)
}

fn bucket_name(organization: &Organization) -> String {
    ours::audit_bucket(&organization.name, archive_id(), &organization.region)
}

fn access_log_bucket_name(organization: &Organization) -> String {
    ours::access_log_bucket(&organization.name, archive_id(), &organization.region)
}

fn bucket_arn(organization: &Organization) -> String {
    format!("arn:{}:s3:::{}", organization.partition, bucket_name(organization))
}

/// Documents contain references in their written form; the `Display` of a [`Text`] is for people.
fn reference(address: &Address, fact: &str) -> String {
    Text::fact(address, fact).as_str().to_owned()
}

fn archive_id() -> String {
    reference(&Address::organization("account", AccountKey::log_archive()), "id")
}

fn management_id(organization: &Organization) -> String {
    reference(&organization_address(organization), "management")
}

pub(super) fn organization_id(organization: &Organization) -> String {
    reference(&organization_address(organization), "id")
}

/// Returns the trail's ARN. It must be known before the trail exists, because the policies are created first.
fn trail_arn(organization: &Organization) -> String {
    let (region, management) = (&organization.region, management_id(organization));
    format!("arn:{}:cloudtrail:{region}:{management}:trail/{}", organization.partition, trail_name(organization))
}

/// Returns the key policy. The first statement delegates to the account's IAM, without which the key could become unmanageable
/// (docs/AWS.md 4.3).
fn key_policy(organization: &Organization) -> Value {
    let partition = organization.partition;
    let (trail, management) = (trail_arn(organization), management_id(organization));
    let cloudtrail = json!({"Service": CLOUDTRAIL});
    policies::document(&[
        json!({"Sid": "Account", "Effect": "Allow", "Principal": {"AWS": iam_arn(partition, archive_id(), "root")}, "Action": "kms:*", "Resource": "*"}),
        json!({"Sid": "CloudTrailEncrypts", "Effect": "Allow", "Principal": cloudtrail, "Action": "kms:GenerateDataKey*", "Resource": "*", "Condition": {
            "StringEquals": {"aws:SourceArn": trail},
            "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": format!("arn:{partition}:cloudtrail:*:{management}:trail/*")},
        }}),
        // Both without a condition, as in AWS's example; the second is needed because the bucket has its own key.
        json!({"Sid": "CloudTrailLooks", "Effect": "Allow", "Principal": cloudtrail, "Action": "kms:DescribeKey", "Resource": "*"}),
        json!({"Sid": "CloudTrailDecrypts", "Effect": "Allow", "Principal": cloudtrail, "Action": "kms:Decrypt", "Resource": "*"}),
        json!({"Sid": "FlowLogs", "Effect": "Allow", "Principal": {"Service": FLOW_LOGS},
            "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"], "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceOrgID": organization_id(organization)}}}),
    ])
}

/// Returns the bucket policy (docs/AWS.md 4.2 and 5.5).
fn bucket_policy(organization: &Organization, archive: &Account) -> Value {
    let (bucket, trail, own) = (bucket_arn(organization), trail_arn(organization), organization_id(organization));
    let (cloudtrail, flow_logs) = (json!({"Service": CLOUDTRAIL}), json!({"Service": FLOW_LOGS}));
    let keepers = keepers(organization, archive);
    let write = |sid: &str, folder: &str| {
        json!({"Sid": sid, "Effect": "Allow", "Principal": cloudtrail, "Action": "s3:PutObject",
            "Resource": format!("{bucket}/{TRAIL_PREFIX}{folder}/*"),
            "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceArn": trail}}})
    };
    policies::document(&[
        json!({"Sid": "CloudTrailLooks", "Effect": "Allow", "Principal": cloudtrail, "Action": "s3:GetBucketAcl", "Resource": bucket,
            "Condition": {"StringEquals": {"aws:SourceArn": trail}}}),
        // Used only if the trail ever covers a single account; CloudTrail requires it when the trail is created.
        write("CloudTrailWritesAccount", &management_id(organization)),
        write("CloudTrailWrites", &own),
        json!({"Sid": "FlowLogsLook", "Effect": "Allow", "Principal": flow_logs, "Action": ["s3:GetBucketAcl", "s3:ListBucket"], "Resource": bucket,
            "Condition": {"StringEquals": {"aws:SourceOrgID": own}}}),
        json!({"Sid": "FlowLogsWrite", "Effect": "Allow", "Principal": flow_logs, "Action": "s3:PutObject",
            "Resource": format!("{bucket}/{FLOW_LOG_FOLDER}/*"),
            "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceOrgID": own}}}),
        tls_only(&bucket),
        // An upload that names no key uses the bucket's key; one that names a key must name this one.
        json!({"Sid": "OneKeyOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": format!("{bucket}/*"), "Condition": {
            "StringNotEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": reference(&key_address(organization), "arn")},
            "Null": {"s3:x-amz-server-side-encryption-aws-kms-key-id": "false"},
        }}),
        keep_logs(&bucket, &keepers),
        services_write(&bucket, &keepers),
    ])
}

/// Returns the policy of the bucket with the audit bucket's access logs (docs/AWS.md 4.7).
fn access_log_policy(organization: &Organization, archive: &Account) -> Value {
    let bucket = format!("arn:{}:s3:::{}", organization.partition, access_log_bucket_name(organization));
    let keepers = keepers(organization, archive);
    policies::document(&[
        json!({"Sid": "AccessLogsWrite", "Effect": "Allow", "Principal": {"Service": ACCESS_LOGGING}, "Action": "s3:PutObject",
            "Resource": format!("{bucket}/*"),
            "Condition": {"StringEquals": {"aws:SourceAccount": archive_id(), "aws:SourceArn": bucket_arn(organization)}}}),
        tls_only(&bucket),
        keep_logs(&bucket, &keepers),
        services_write(&bucket, &keepers),
    ])
}

/// Returns the statement that denies a bucket's use without TLS.
pub(super) fn tls_only(bucket: &str) -> Value {
    json!({"Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [bucket, format!("{bucket}/*")],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}})
}

fn keep_logs(bucket: &str, keepers: &[String]) -> Value {
    json!({"Sid": "KeepLogs", "Effect": "Deny", "Principal": "*", "Action": KEPT_ACTIONS, "Resource": [bucket, format!("{bucket}/*")],
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": keepers}}})
}

/// No guardrail binds a caller that writes through an access point: there the resource is the access point (Amazon S3 User Guide,
/// "Configuring IAM policies for using access points"). The call that creates one names no bucket, so `base` cannot deny it for this bucket
/// only; this policy applies to every access to the bucket.
fn services_write(bucket: &str, keepers: &[String]) -> Value {
    json!({"Sid": "ServicesWrite", "Effect": "Deny", "Principal": "*", "Action": WRITTEN_BY_SERVICES, "Resource": format!("{bucket}/*"),
        "Condition": {"Bool": {"aws:PrincipalIsAWSService": "false"}, "ArnNotLike": {"aws:PrincipalArn": keepers}}})
}

/// Returns the roles that may change the bucket. The access role is one of them: it creates the bucket before there is a
/// provisioner, and must be able to write the policy again.
fn keepers(organization: &Organization, archive: &Account) -> Vec<String> {
    let mut names = vec![ours::role(PROVISIONER), format!("role/{}", archive.access_role)];
    if !organization.access.break_glass.is_empty() {
        names.push(ours::role(BREAK_GLASS));
    }
    names.iter().map(|name| iam_arn(organization.partition, archive_id(), name)).collect()
}

/// Returns the lifecycle rules of the access logs.
fn access_log_lifecycle(organization: &Organization) -> BTreeMap<String, Rule> {
    let days = i32::try_from(organization.audit.retention_days.min(ACCESS_LOG_DAYS)).unwrap_or(i32::MAX);
    let logs = Rule { days: Some(days), noncurrent_days: Some(OLD_VERSION_DAYS), ..Rule::of(ACCESS_LOG_PREFIX) };
    BTreeMap::from([("access-logs".to_owned(), logs), leftovers()])
}

/// Returns the rule for what S3 leaves behind, with its id.
pub(super) fn leftovers() -> (String, Rule) {
    ("leftovers".to_owned(), Rule { abort_days: Some(UPLOAD_DAYS), delete_markers: true, ..Rule::of("") })
}

/// Returns the lifecycle rules: the trail's files, flow logs by their retention, and what S3 leaves behind.
fn lifecycle(organization: &Organization) -> BTreeMap<String, Rule> {
    let days = |days: u32| i32::try_from(days).unwrap_or(i32::MAX);
    let kept = Some(days(organization.audit.retention_days));
    let trail = Rule { days: kept, noncurrent_days: Some(OLD_VERSION_DAYS), ..Rule::of(TRAIL_PREFIX) };
    let mut rules = BTreeMap::from([(bucket::MAIN_RULE.to_owned(), trail), leftovers()]);
    for account in organization.accounts.values().filter(|account| account.network.is_some()) {
        rules.extend([flow_logs().rule(days(flow_log_days(organization, account)))]);
    }
    rules
}
