//! Differences of buckets, and what is a hazard.

use super::*;

fn desired() -> Desired {
    Desired {
        name: Text::new("acme-audit-1-eu-west-1"),
        key: Some(Text::new("arn:aws:kms:eu-west-1:1:key/k")),
        lifecycle: BTreeMap::from([(MAIN_RULE.to_owned(), Rule { days: Some(10), ..Rule::of("AWSLogs/") })]),
        by_days: Some(ByDays { folder: "flow-logs".to_owned(), noncurrent_days: 30 }),
        access_logs: Some(AccessLogs { bucket: Text::new("acme-audit-access-1-eu-west-1"), prefix: "audit/".to_owned() }),
        policy: Text::new(
            r#"{"Statement":[{"Sid":"A","Effect":"Deny","Principal":"*","Action":"s3:DeleteBucket","Resource":"arn:aws:s3:::acme-audit-1-eu-west-1"}]}"#,
        ),
        tags: tags::ours(&crate::name::literal("acme"), &"log-archive/eu-west-1/bucket/audit".parse().expect("valid")),
    }
}

fn observed() -> Observed {
    Observed {
        name: desired().name.as_str().to_owned(),
        arn: "arn:aws:s3:::acme-audit-1-eu-west-1".to_owned(),
        ownership: Some(OWNERSHIP.to_owned()),
        public_access: PublicAccess::BLOCKED,
        versioning: Versioning::Enabled,
        encryption: Encryption::by(Some("arn:aws:kms:eu-west-1:1:key/k")),
        lifecycle: BTreeMap::from([(MAIN_RULE.to_owned(), Present::of(Rule { days: Some(10), ..Rule::of("AWSLogs/") }))]),
        access_logs: Some(LogTarget { bucket: "acme-audit-access-1-eu-west-1".to_owned(), prefix: "audit/".to_owned() }),
        policy: Some(desired().policy.as_str().replace(r#""s3:DeleteBucket""#, r#"["s3:DeleteBucket"]"#)),
        tags: desired().tags,
        refusal: None,
    }
}

#[test]
fn a_shorter_retention_is_a_hazard_that_names_what_is_deleted() {
    let kept = |days: i32| BTreeMap::from([(MAIN_RULE.to_owned(), Present::of(Rule { days: Some(days), ..Rule::of("AWSLogs/") }))]);
    let hazards = |days: i32| {
        let edits = Bucket::diff(&desired(), &Observed { lifecycle: kept(days), ..observed() }).expect("open");
        edits.iter().flat_map(Bucket::hazards).map(|hazard| format!("{}: {}", hazard.name, hazard.text)).collect::<Vec<_>>()
    };
    assert_eq!(
        hazards(2555),
        ["shorten-retention: Amazon S3 deletes objects under AWSLogs/ that are older than 10 days, where it kept them for 2555"]
    );
    assert_eq!(hazards(5), [""; 0]);
}

#[test]
fn a_bucket_that_cannot_be_read_blocks() {
    let closed = Observed { refusal: Some("AWS refused GetBucketTagging: AccessDenied: no".to_owned()), ..observed() };
    let blocked = Bucket::diff(&desired(), &closed).expect_err("unread");
    assert_eq!(blocked.reason, "bucket acme-audit-1-eu-west-1 cannot be read: AWS refused GetBucketTagging: AccessDenied: no");
}

#[test]
fn differences() {
    assert_eq!(Bucket::diff(&desired(), &observed()), Ok(vec![]));
    let open = Observed {
        ownership: None,
        public_access: PublicAccess { block_policy: false, ..PublicAccess::BLOCKED },
        versioning: Versioning::Suspended,
        encryption: Encryption { algorithm: "AES256".to_owned(), key: None, bucket_key: false },
        lifecycle: BTreeMap::from([("sooner".to_owned(), Present::of(Rule { days: Some(1), ..Rule::of("") }))]),
        access_logs: None,
        policy: None,
        ..observed()
    };
    let edits = Bucket::diff(&desired(), &open).expect("open");
    let shown: Vec<String> = edits.iter().flat_map(Bucket::fields).map(|field| field.to_string()).collect();
    assert_eq!(
        shown,
        [
            "ownership  + BucketOwnerEnforced",
            "public access  blocked but BlockPublicPolicy -> blocked",
            "versioning  suspended -> enabled",
            "encryption  AES256 -> aws:kms arn:aws:kms:eu-west-1:1:key/k, bucket key",
            "lifecycle trail  + AWSLogs/ for 10 days",
            "lifecycle sooner  - everything for 1 day",
            "access logs  + acme-audit-access-1-eu-west-1/audit/",
            r#"policy A  + {"Action":"s3:DeleteBucket","Effect":"Deny","Principal":{"AWS":"*"},"Resource":"arn:aws:s3:::acme-audit-1-eu-west-1","Sid":"A"}"#,
        ]
    );
}

/// A bucket with S3's own keys is as it was made; whether it has a bucket key then means nothing.
#[test]
fn a_bucket_for_access_logs_has_no_key_and_no_logs_of_its_own() {
    let wanted = Desired { key: None, by_days: None, access_logs: None, ..desired() };
    let as_made = |bucket_key| Encryption { bucket_key, ..Encryption::by(None) };
    for (encryption, expected) in [
        (as_made(false), &[][..]),
        (as_made(true), &[]),
        (Encryption::by(Some("arn:k")), &["encryption  aws:kms arn:k, bucket key -> AES256"]),
    ] {
        let edits = Bucket::diff(&wanted, &Observed { encryption, access_logs: None, ..observed() }).expect("open");
        let shown: Vec<String> = edits.iter().flat_map(Bucket::fields).map(|field| field.to_string()).collect();
        assert_eq!(shown, expected);
    }
    let elsewhere = Observed { access_logs: Some(LogTarget { bucket: "theirs".to_owned(), prefix: String::new() }), ..observed() };
    let edits = Bucket::diff(&desired(), &elsewhere).expect("open");
    assert_eq!(
        edits.iter().flat_map(Bucket::fields).next().expect("a field").to_string(),
        "access logs  theirs/ -> acme-audit-access-1-eu-west-1/audit/"
    );
}
