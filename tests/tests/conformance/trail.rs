//! The audit trail, read back with plain clients: the trail in the management account; bucket and key in the log archive.

use aws_config::SdkConfig;
use landfall::model::Organization;
use serde_json::Value;

/// Checks trail, bucket and key; returns the bucket's name.
pub(crate) async fn read_back(management: &SdkConfig, archive: &SdkConfig, organization: &Organization, archive_id: &str) -> String {
    let name = format!("{}-organization", organization.name);
    let cloudtrail = aws_sdk_cloudtrail::Client::new(management);
    let trails = cloudtrail.describe_trails().include_shadow_trails(false).send().await.expect("listed").trail_list().to_vec();
    assert_eq!(trails.len(), 1, "{trails:?}");
    let trail = &trails[0];
    assert_eq!(trail.name(), Some(name.as_str()));
    assert_eq!(trail.home_region(), Some(organization.region.as_str()));
    let switches = [trail.is_organization_trail(), trail.is_multi_region_trail(), trail.log_file_validation_enabled()];
    assert_eq!(switches, [Some(true); 3], "{trail:?}");
    let arn = trail.trail_arn().expect("has an ARN");
    let status = cloudtrail.get_trail_status().name(arn).send().await.expect("read");
    assert_eq!(status.is_logging(), Some(true));

    let kms = aws_sdk_kms::Client::new(archive);
    let key = kms.describe_key().key_id("alias/landfall/audit").send().await.expect("there").key_metadata().cloned().expect("there");
    let key_arn = key.arn().expect("has an ARN");
    assert_eq!(trail.kms_key_id(), Some(key_arn));
    assert!(key.enabled());
    assert!(kms.get_key_rotation_status().key_id(key.key_id()).send().await.expect("read").key_rotation_enabled());
    assert_eq!(kms.list_keys().send().await.expect("listed").keys().len(), 1);
    let policy = kms.get_key_policy().key_id(key.key_id()).policy_name("default").send().await.expect("read");
    let policy: Value = serde_json::from_str(policy.policy().expect("has a policy")).expect("JSON");
    assert_eq!(statement(&policy, "CloudTrailEncrypts")["Condition"]["StringEquals"]["aws:SourceArn"], arn);

    let bucket = trail.s3_bucket_name().expect("has a bucket").to_owned();
    assert_eq!(bucket, format!("{}-audit-{archive_id}-{}", organization.name, organization.region));
    let s3 = aws_sdk_s3::Client::from_conf(aws_sdk_s3::config::Builder::from(archive).force_path_style(true).build());
    let buckets = s3.list_buckets().send().await.expect("listed");
    let access = format!("{}-audit-access-{archive_id}-{}", organization.name, organization.region);
    let mut names: Vec<&str> = buckets.buckets().iter().filter_map(|bucket| bucket.name()).collect();
    names.sort_unstable();
    assert_eq!(names, [bucket.as_str(), access.as_str()]);
    let logged = s3.get_bucket_logging().bucket(&bucket).send().await.expect("read");
    assert_eq!(logged.logging_enabled().map(aws_sdk_s3::types::LoggingEnabled::target_bucket), Some(access.as_str()));
    let versioning = s3.get_bucket_versioning().bucket(&bucket).send().await.expect("read");
    assert_eq!(versioning.status().map(aws_sdk_s3::types::BucketVersioningStatus::as_str), Some("Enabled"));
    let encryption = s3.get_bucket_encryption().bucket(&bucket).send().await.expect("read");
    let rule = encryption.server_side_encryption_configuration().expect("set").rules()[0].clone();
    let default = rule.apply_server_side_encryption_by_default().expect("set");
    assert_eq!(default.kms_master_key_id(), Some(key_arn));
    let blocked = s3.get_public_access_block().bucket(&bucket).send().await.expect("read");
    let blocked = blocked.public_access_block_configuration().expect("set").clone();
    let all = [blocked.block_public_acls(), blocked.ignore_public_acls(), blocked.block_public_policy(), blocked.restrict_public_buckets()];
    assert_eq!(all, [Some(true); 4]);
    let policy = s3.get_bucket_policy().bucket(&bucket).send().await.expect("read");
    let policy: Value = serde_json::from_str(policy.policy().expect("has a policy")).expect("JSON");
    assert_eq!(statement(&policy, "CloudTrailWrites")["Condition"]["StringEquals"]["aws:SourceArn"], arn);
    assert_eq!(statement(&policy, "TlsOnly")["Effect"], "Deny");
    let lifecycle = s3.get_bucket_lifecycle_configuration().bucket(&bucket).send().await.expect("read");
    let prefixes: Vec<&str> = lifecycle.rules().iter().filter_map(|rule| rule.filter()?.prefix()).collect();
    for account in organization.accounts.values().filter(|account| account.network.is_some()) {
        let days = organization.environment_of(account).map_or(365, |environment| environment.log_retention_days);
        assert!(prefixes.contains(&format!("flow-logs/{days}d/").as_str()), "{}: {prefixes:?}", account.key);
    }
    bucket
}

fn statement<'a>(policy: &'a Value, sid: &str) -> &'a Value {
    let statements = policy["Statement"].as_array().expect("a list");
    statements.iter().find(|statement| statement["Sid"] == sid).unwrap_or_else(|| panic!("no statement {sid} in {policy}"))
}
