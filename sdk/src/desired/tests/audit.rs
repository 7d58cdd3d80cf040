//! The policies of the audit bucket and its key: who may do what.

use super::*;

const BUCKET: &str = "arn:aws:s3:::acme-audit-222200000001-eu-west-1";
const TRAIL: &str = "arn:aws:cloudtrail:eu-west-1:111111111111:trail/acme-organization";

fn thing(state: &DesiredState, name: &str) -> Desired {
    state
        .wanted
        .iter()
        .find(|wanted| wanted.address.to_string().ends_with(&format!("/{name}")))
        .map(|wanted| wanted.thing.clone())
        .expect("wanted")
}

fn bucket_policy() -> Document {
    let Desired::Bucket(bucket) = thing(&state(), "bucket/audit") else { panic!("a bucket") };
    document(&bucket.policy)
}

fn key_policy() -> Document {
    let Desired::Key(key) = thing(&state(), "key/audit") else { panic!("a key") };
    document(&key.policy)
}

/// Evaluates a resource policy for a caller in the log archive to whom IAM allows everything.
fn allows(policy: &Document, caller: Caller, action: &str, resource: &str, context: &[(&str, &str)]) -> bool {
    let everything = managed("x/AdministratorAccess");
    let mut request = Request::new(caller, action, resource).with("aws:SecureTransport", "true");
    for (key, value) in context {
        request = request.with(key, *value);
    }
    let rule = if action.starts_with("kms:") { ResourceRule::MustAllow } else { ResourceRule::Either };
    let policies = Policies {
        identity: if request.principal.is_of_an_account() { vec![&everything] } else { Vec::new() },
        resource: Some(policy),
        resource_rule: rule,
        resource_account: ARCHIVE,
        ..Policies::default()
    };
    evaluate(&request, &policies).is_allowed()
}

#[test]
fn cloudtrail_writes_for_landfalls_trail_only() {
    let policy = bucket_policy();
    let trail = || Caller::service("cloudtrail.amazonaws.com");
    let acl = ("s3:x-amz-acl", "bucket-owner-full-control");
    let may = |action, resource: &str, context: &[(&str, &str)]| allows(&policy, trail(), action, resource, context);
    let file = format!("{BUCKET}/AWSLogs/{ORGANIZATION}/{DEV}/CloudTrail/eu-west-1/2026/07/01/x.json.gz");
    let other = "arn:aws:cloudtrail:eu-west-1:999999999999:trail/acme-organization";
    assert!(may("s3:GetBucketAcl", BUCKET, &[("aws:SourceArn", TRAIL)]));
    assert!(!may("s3:GetBucketAcl", BUCKET, &[("aws:SourceArn", other)]));
    assert!(may("s3:PutObject", &file, &[("aws:SourceArn", TRAIL), acl]));
    assert!(may("s3:PutObject", &format!("{BUCKET}/AWSLogs/{MANAGEMENT}/x"), &[("aws:SourceArn", TRAIL), acl]));
    assert!(!may("s3:PutObject", &file, &[("aws:SourceArn", other), acl]));
    assert!(!may("s3:PutObject", &file, &[("aws:SourceArn", TRAIL)]), "without the owner's control");
    assert!(!may("s3:PutObject", &format!("{BUCKET}/AWSLogs/{DEV}/x"), &[("aws:SourceArn", TRAIL), acl]));
    let key = "s3:x-amz-server-side-encryption-aws-kms-key-id";
    assert!(may("s3:PutObject", &file, &[("aws:SourceArn", TRAIL), acl, (key, KEY)]));
    assert!(!may("s3:PutObject", &file, &[("aws:SourceArn", TRAIL), acl, (key, "arn:aws:kms:eu-west-1:999999999999:key/x")]));
    assert!(!may("s3:PutObject", &file, &[("aws:SourceArn", TRAIL), acl, ("aws:SecureTransport", "false")]));

    let policy = key_policy();
    let context = ("kms:EncryptionContext:aws:cloudtrail:arn", TRAIL);
    let may = |action, context: &[(&str, &str)]| allows(&policy, trail(), action, KEY, context);
    assert!(may("kms:GenerateDataKey", &[("aws:SourceArn", TRAIL), context]));
    assert!(!may("kms:GenerateDataKey", &[("aws:SourceArn", other), context]));
    assert!(!may("kms:GenerateDataKey", &[("aws:SourceArn", TRAIL)]));
    assert!(may("kms:DescribeKey", &[]) && may("kms:Decrypt", &[]));
    assert!(!may("kms:ScheduleKeyDeletion", &[("aws:SourceArn", TRAIL)]));
}

#[test]
fn flow_logs_come_from_the_organization_only() {
    let delivery = || Caller::service("delivery.logs.amazonaws.com");
    let acl = ("s3:x-amz-acl", "bucket-owner-full-control");
    let (ours, others) = (("aws:SourceOrgID", ORGANIZATION), ("aws:SourceOrgID", "o-zzzzzzzzzz"));
    let policy = bucket_policy();
    let may = |action, resource: &str, context: &[(&str, &str)]| allows(&policy, delivery(), action, resource, context);
    let file = format!("{BUCKET}/flow-logs/30d/AWSLogs/{DEV}/vpcflowlogs/eu-west-1/x");
    assert!(may("s3:PutObject", &file, &[ours, acl]));
    assert!(!may("s3:PutObject", &file, &[others, acl]));
    assert!(!may("s3:PutObject", &file, &[acl]));
    assert!(!may("s3:PutObject", &format!("{BUCKET}/AWSLogs/{ORGANIZATION}/x"), &[ours, acl]), "the trail's place");
    assert!(may("s3:GetBucketAcl", BUCKET, &[ours]) && may("s3:ListBucket", BUCKET, &[ours]));
    assert!(!may("s3:ListBucket", BUCKET, &[others]));
    let policy = key_policy();
    assert!(allows(&policy, delivery(), "kms:GenerateDataKey", KEY, &[ours]));
    assert!(!allows(&policy, delivery(), "kms:GenerateDataKey", KEY, &[others]));
}

#[test]
fn only_landfalls_own_roles_delete_logs() {
    let policy = bucket_policy();
    let role = |name: &str| Caller::role(&format!("arn:aws:iam::{ARCHIVE}:role/{name}"), "x");
    let object = format!("{BUCKET}/AWSLogs/x");
    for (name, expect) in [
        ("landfall/provisioner", true),
        ("OrganizationAccountAccessRole", true),
        ("landfall/break-glass", true),
        ("landfall/auditor", false),
        ("admin", false),
        ("landfall/provisioner2", false),
    ] {
        for (action, resource) in [
            ("s3:PutObject", object.as_str()),
            ("s3:PutObjectRetention", &object),
            ("s3:BypassGovernanceRetention", &object),
            ("s3:DeleteObject", &object),
            ("s3:DeleteObjectVersion", object.as_str()),
            ("s3:DeleteBucket", BUCKET),
            ("s3:PutBucketPolicy", BUCKET),
            ("s3:DeleteBucketPolicy", BUCKET),
            ("s3:PutLifecycleConfiguration", BUCKET),
            ("s3:PutBucketVersioning", BUCKET),
        ] {
            assert_eq!(allows(&policy, role(name), action, resource, &[]), expect, "{name}: {action}");
        }
    }
    let foreign = Caller::role(&format!("arn:aws:iam::{DEV}:role/landfall/provisioner"), "x");
    assert!(!allows(&policy, foreign, "s3:DeleteObject", &object, &[]), "that of another account");
    assert!(allows(&policy, role("admin"), "s3:GetObject", &object, &[]), "IAM decides about reads");
    assert!(allows(&policy, Caller::root(ARCHIVE), "s3:GetObject", &object, &[]));
    assert!(!allows(&policy, Caller::root(ARCHIVE), "s3:DeleteObject", &object, &[]), "root deletes no logs");
}

#[test]
fn only_auditors_of_the_log_archive_read_the_logs() {
    let state = state();
    let reads = |address: &str, action: &str, resource: &str| {
        let role = role(&state, address);
        let account = if address.starts_with("dev/") { DEV } else { ARCHIVE };
        let inline: Vec<Document> = role.inline.values().map(document).collect();
        let request = Request::new(Caller::role(&format!("arn:aws:iam::{account}:role/landfall/auditor"), "x"), action, resource)
            .with("kms:ResourceAliases", "alias/landfall/audit");
        let policies = Policies { identity: inline.iter().collect(), resource_account: account, ..Policies::default() };
        evaluate(&request, &policies).is_allowed()
    };
    let auditor = "log-archive/iam-role/auditor";
    assert!(reads(auditor, "s3:GetObject", &format!("{BUCKET}/AWSLogs/x")));
    assert!(reads(auditor, "kms:Decrypt", KEY));
    assert!(!reads(auditor, "s3:GetObject", "arn:aws:s3:::other/x"));
    assert!(!reads(auditor, "s3:DeleteObject", &format!("{BUCKET}/AWSLogs/x")));
    assert!(!reads("dev/iam-role/auditor", "s3:GetObject", &format!("{BUCKET}/AWSLogs/x")));
}

#[test]
fn policies_do_not_grow_with_the_organization() {
    let accounts: Vec<String> = (0..100).map(|number| format!("[workloads.app-{number}]\nenvironments = [\"dev\"]\n")).collect();
    let source = Source { name: "m".to_owned(), text: format!("{MANIFEST}{}", accounts.concat()) };
    let parsed = parse(&source, &|_| Err("no files".to_owned()));
    let organization = parsed.organization.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics));
    assert!(organization.accounts.len() > 100);
    let large = desired(&organization);
    let (Desired::Bucket(bucket), Desired::Key(key)) = (thing(&large, "bucket/audit"), thing(&large, "key/audit")) else { panic!("both") };
    assert!(bucket.policy.as_str().len() <= crate::aws::quotas::BUCKET_POLICY_BYTES);
    assert!(key.policy.as_str().len() <= crate::aws::quotas::KEY_POLICY_BYTES);
    let (Desired::Bucket(few), Desired::Key(one)) = (thing(&desired(&super::organization()), "bucket/audit"), thing(&state(), "key/audit"))
    else {
        panic!("both")
    };
    assert_eq!(bucket.policy, few.policy);
    assert!(one.policy.is_known());
    assert!(few.lifecycle.keys().eq(["leftovers", "trail"]), "{:?}", few.lifecycle);
}

#[test]
fn flow_logs_have_the_retention_of_their_environment() {
    let text = MANIFEST.replace("[environments.prod]", "[environments.prod.network]\ncidr = \"10.0.0.0/16\"\n[environments.prod]");
    let source = Source { name: "m".to_owned(), text };
    let parsed = parse(&source, &|_| Err("no files".to_owned()));
    let state = desired(&parsed.organization.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics)));
    let Desired::Bucket(bucket) = thing(&state, "bucket/audit") else { panic!("a bucket") };
    let rules: Vec<String> = bucket.lifecycle.iter().map(|(id, rule)| format!("{id}: {rule}")).collect();
    assert_eq!(
        rules,
        [
            "flow-logs-365d: flow-logs/365d/ for 365 days, old versions for 30 days",
            "leftovers: everything, unfinished uploads for 7 days, no lone delete markers",
            "trail: AWSLogs/ for 2555 days, old versions for 30 days",
        ]
    );
}

#[test]
fn lifecycle_rules_do_not_grow_with_the_organization() {
    // A bucket takes 1,000 rules.
    let accounts: Vec<String> = (0..1010).map(|number| format!("[workloads.app-{number}]\nenvironments = [\"dev\"]\n")).collect();
    let network = "[environments.dev.network]\ncidr = \"10.16.0.0/16\"\npart = 26\nazs = 2\n[environments.dev]";
    let text = format!("{}{}", MANIFEST.replace("[environments.dev]", network), accounts.concat());
    let parsed = parse(&Source { name: "m".to_owned(), text }, &|_| Err("no files".to_owned()));
    let organization = parsed.organization.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics));
    assert!(organization.accounts.values().filter(|account| account.network.is_some()).count() > 1000);
    let state = desired(&organization);
    let Desired::Bucket(bucket) = thing(&state, "bucket/audit") else { panic!("a bucket") };
    assert!(bucket.lifecycle.keys().eq(["flow-logs-30d", "leftovers", "trail"]), "{:?}", bucket.lifecycle.keys());
}
