//! Drift of the bucket, the key and the trail: shown with what it was and is, and put right.

use super::*;

#[tokio::test]
async fn drift_of_the_bucket_is_shown_and_repaired() {
    let world = World::built().await;
    let ((s3, _), bucket) = (world.archive(), world.bucket());
    let policy = s3.get_bucket_policy().bucket(&bucket).send().await.expect("there").policy.expect("there");
    let mut document: serde_json::Value = serde_json::from_str(&policy).expect("JSON");
    document["Statement"].as_array_mut().expect("a list").retain(|statement| statement["Sid"] != "TlsOnly");
    s3.put_bucket_policy().bucket(&bucket).policy(document.to_string()).send().await.expect("changed");
    let suspended = VersioningConfiguration::builder().status(BucketVersioningStatus::Suspended).build();
    s3.put_bucket_versioning().bucket(&bucket).versioning_configuration(suspended).send().await.expect("changed");
    s3.delete_public_access_block().bucket(&bucket).send().await.expect("changed");
    s3.delete_bucket_lifecycle().bucket(&bucket).send().await.expect("changed");
    let tags = s3.get_bucket_tagging().bucket(&bucket).send().await.expect("tags").tag_set;
    let own = aws_sdk_s3::types::Tag::builder().key("team").value("security").build().expect("complete");
    let tags = tags.into_iter().filter(|tag| tag.key() != "landfall:organization").chain([own]);
    let tagging = aws_sdk_s3::types::Tagging::builder().set_tag_set(Some(tags.collect())).build().expect("complete");
    s3.put_bucket_tagging().bucket(&bucket).tagging(tagging).send().await.expect("changed");

    let lines = world.plan().await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    for field in [
        "~ log-archive/eu-west-1/bucket/audit [tags.landfall:organization  + acme; ",
        "public access  not blocked -> blocked; ",
        "versioning  suspended -> enabled; ",
        "lifecycle trail  + AWSLogs/ for 2555 days, old versions for 30 days; ",
        "policy TlsOnly  + {",
    ] {
        assert!(lines[0].contains(field), "{field}: {}", lines[0]);
    }
    world.repaired().await;
    let tags = s3.get_bucket_tagging().bucket(&bucket).send().await.expect("tags").tag_set;
    assert!(tags.iter().any(|tag| tag.key() == "team"), "others' tags stay: {tags:?}");
}

/// Who uses the audit bucket is written into a second one, which nobody empties: where it goes, how it is kept, who writes.
#[tokio::test]
async fn drift_of_the_access_logs_is_shown_and_repaired() {
    use aws_sdk_s3::types::{BucketLoggingStatus, LoggingEnabled};
    let world = World::built().await;
    let ((s3, _), bucket, access) = (world.archive(), world.bucket(), world.access_logs());
    let logging = async || s3.get_bucket_logging().bucket(&bucket).send().await.expect("there").logging_enabled;
    let built = logging().await.expect("on");
    assert_eq!((built.target_bucket(), built.target_prefix()), (access.as_str(), "audit/"));
    let told = format!("~ log-archive/eu-west-1/bucket/audit [access logs  + {access}/audit/]");
    s3.put_bucket_logging().bucket(&bucket).bucket_logging_status(BucketLoggingStatus::builder().build()).send().await.expect("off");
    assert_eq!(world.plan().await, [told]);
    world.repaired().await;
    let elsewhere = LoggingEnabled::builder().target_bucket(&access).target_prefix("x/").build().expect("complete");
    let elsewhere = BucketLoggingStatus::builder().logging_enabled(elsewhere).build();
    s3.put_bucket_logging().bucket(&bucket).bucket_logging_status(elsewhere).send().await.expect("changed");
    assert_eq!(world.plan().await, [format!("~ log-archive/eu-west-1/bucket/audit [access logs  {access}/x/ -> {access}/audit/]")]);
    world.repaired().await;
    assert_eq!(logging().await, Some(built));

    let with_key =
        aws_sdk_s3::types::ServerSideEncryptionByDefault::builder().sse_algorithm(aws_sdk_s3::types::ServerSideEncryption::AwsKms);
    let rule = aws_sdk_s3::types::ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(with_key.build().expect("complete"))
        .build();
    let encryption = aws_sdk_s3::types::ServerSideEncryptionConfiguration::builder().rules(rule).build().expect("complete");
    s3.put_bucket_encryption().bucket(&access).server_side_encryption_configuration(encryption).send().await.expect("changed");
    s3.delete_bucket_lifecycle().bucket(&access).send().await.expect("changed");
    s3.delete_bucket_policy().bucket(&access).send().await.expect("changed");
    let lines = world.plan().await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    for field in [
        "~ log-archive/eu-west-1/bucket/access [encryption  aws:kms -> AES256; ",
        "lifecycle access-logs  + audit/ for 365 days, old versions for 30 days; ",
        "policy AccessLogsWrite  + {",
        "policy KeepLogs  + {",
    ] {
        assert!(lines[0].contains(field), "{field}: {}", lines[0]);
    }
    world.repaired().await;
}

#[tokio::test]
async fn drift_of_the_key_is_shown_and_repaired() {
    let world = World::built().await;
    let (_, kms) = world.archive();
    let key = kms.describe_key().key_id(ALIAS).send().await.expect("there").key_metadata.expect("there").key_id;
    kms.enable_key_rotation().key_id(&key).rotation_period_in_days(2560).send().await.expect("changed");
    assert_eq!(world.plan().await, ["~ log-archive/eu-west-1/key/audit [rotation  every 2560 days -> every 365 days]"]);
    world.repaired().await;
    kms.disable_key_rotation().key_id(&key).send().await.expect("changed");
    kms.untag_resource().key_id(&key).tag_keys("landfall:organization").send().await.expect("changed");
    assert_eq!(
        world.plan().await,
        ["~ log-archive/eu-west-1/key/audit [rotation  off -> every 365 days; tags.landfall:organization  + acme]"]
    );
    world.repaired().await;

    // Switched off, it opens nothing; without its alias it is still the one by its tags.
    kms.disable_key().key_id(&key).send().await.expect("changed");
    kms.delete_alias().alias_name(ALIAS).send().await.expect("changed");
    assert_eq!(world.plan().await, ["~ log-archive/eu-west-1/key/audit [state  disabled -> enabled; alias  + alias/landfall/audit]"]);
    world.repaired().await;
    let again = kms.describe_key().key_id(ALIAS).send().await.expect("there").key_metadata.expect("there").key_id;
    assert_eq!(again, key, "no second key is made");

    kms.schedule_key_deletion().key_id(&key).send().await.expect("changed");
    let lines = world.plan().await;
    assert!(
        lines.len() == 1 && lines[0].starts_with("! log-archive/eu-west-1/key/audit: ") && lines[0].contains("is scheduled for deletion")
    );
    assert!(lines[0].contains(&format!("aws kms cancel-key-deletion --region eu-west-1 --key-id {key}")), "{lines:?}");
    kms.cancel_key_deletion().key_id(&key).send().await.expect("saved");
    world.repaired().await;
}

#[tokio::test]
async fn drift_of_the_trail_is_shown_and_repaired() {
    let world = World::built().await;
    let trails = aws_sdk_cloudtrail::Client::new(&world.config());
    trails.stop_logging().name(TRAIL).send().await.expect("changed");
    trails.update_trail().name(TRAIL).enable_log_file_validation(false).is_multi_region_trail(false).send().await.expect("changed");
    let writes = EventSelector::builder().read_write_type(ReadWriteType::WriteOnly).include_management_events(true).build();
    trails.put_event_selectors().trail_name(TRAIL).event_selectors(writes).send().await.expect("changed");
    let tag = aws_sdk_cloudtrail::types::Tag::builder().key("landfall:organization").value("acme").build().expect("complete");
    trails.remove_tags().resource_id(TRAIL_ARN).tags_list(tag).send().await.expect("changed");
    assert_eq!(
        world.plan().await,
        ["~ management/eu-west-1/trail/organization [every Region  off -> on; validation  off -> on; events  management events, \
          WriteOnly -> all management events; logging  off -> on; tags.landfall:organization  + acme]"]
    );
    world.repaired().await;
    trails.delete_trail().name(TRAIL).send().await.expect("deleted");
    assert_eq!(world.plan().await, ["+ management/eu-west-1/trail/organization []"]);
    world.repaired().await;
}

#[tokio::test]
async fn management_events_are_repaired_and_the_data_events_stay() {
    use aws_sdk_cloudtrail::types::{AdvancedEventSelector, AdvancedFieldSelector, DataResource};
    let world = World::built().await;
    let trails = aws_sdk_cloudtrail::Client::new(&world.config());
    let field = |field: &str, value: &str| AdvancedFieldSelector::builder().field(field).equals(value).build().expect("complete");
    let selector = |fields: Vec<AdvancedFieldSelector>| AdvancedEventSelector::builder().set_field_selectors(Some(fields));
    let kms = AdvancedFieldSelector::builder().field("eventSource").not_equals("kms.amazonaws.com").build().expect("complete");
    let management = selector(vec![field("eventCategory", "Management"), kms]).build().expect("complete");
    let objects = selector(vec![field("eventCategory", "Data"), field("resources.type", "AWS::S3::Object")]).build().expect("complete");
    let put = trails.put_event_selectors().trail_name(TRAIL).advanced_event_selectors(management);
    put.advanced_event_selectors(objects.clone()).send().await.expect("put");
    assert_eq!(
        world.plan().await,
        ["~ management/eu-west-1/trail/organization [events  not all management events (advanced selectors), and 1 selector of data \
          events -> all management events, and 1 selector of data events]"]
    );
    world.repaired().await;
    let kept = trails.get_event_selectors().trail_name(TRAIL).send().await.expect("there");
    let kept = kept.advanced_event_selectors();
    assert!(kept.len() == 2 && kept[0].field_selectors() == objects.field_selectors(), "{kept:?}");

    let data = DataResource::builder().r#type("AWS::S3::Object").values("arn:aws:s3:::shop/").build();
    let writes =
        EventSelector::builder().read_write_type(ReadWriteType::WriteOnly).include_management_events(true).data_resources(data.clone());
    trails.put_event_selectors().trail_name(TRAIL).event_selectors(writes.build()).send().await.expect("put");
    world.repaired().await;
    let kept = trails.get_event_selectors().trail_name(TRAIL).send().await.expect("there");
    assert_eq!(kept.event_selectors()[0].data_resources(), [data]);
    assert_eq!(kept.event_selectors()[0].read_write_type(), Some(&ReadWriteType::WriteOnly));
}

#[tokio::test]
async fn a_shorter_retention_and_logs_that_move_are_hazards() {
    let world = World::built().await;
    let hazards = async |manifest: &str| {
        let (_, plan) = planned(&world.config(), &organization(manifest)).await.expect("observed");
        plan.hazards(&[]).map(|(address, hazard)| format!("{address} {}: {}", hazard.name, hazard.text)).collect::<Vec<_>>()
    };
    assert_eq!(hazards(STARTUP).await, [""; 0]);
    assert_eq!(hazards(&format!("{STARTUP}\n[audit]\nretention = \"8y\"\n")).await, [""; 0], "longer loses nothing");
    let shorter = hazards(&format!("{STARTUP}\n[audit]\nretention = \"1y\"\n")).await;
    assert_eq!(
        shorter,
        [
            "log-archive/eu-west-1/bucket/audit shorten-retention: Amazon S3 deletes objects under AWSLogs/ that are older than 365 days, where \
          it kept them for 2555"
        ]
    );
    let sandbox = hazards(&STARTUP.replacen("tier    = \"development\"", "tier    = \"sandbox\"", 1)).await;
    assert!(sandbox.len() == 1 && sandbox[0].starts_with("dev/eu-west-1/flow-log/vpc move-logs: flow logs go to "), "{sandbox:?}");
}

#[tokio::test]
async fn a_policy_that_denies_cloudtrail_is_repaired_with_the_trail() {
    let world = World::built().await;
    let ((s3, kms), bucket) = (world.archive(), world.bucket());
    let trails = aws_sdk_cloudtrail::Client::new(&world.config());
    trails.delete_trail().name(TRAIL).send().await.expect("deleted");
    s3.delete_bucket_policy().bucket(&bucket).send().await.expect("changed");
    let key = kms.describe_key().key_id(ALIAS).send().await.expect("there").key_metadata.expect("there").key_id;
    let open = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"Account","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{}:root"}},"Action":"kms:*","Resource":"*"}}]}}"#,
        world.archive
    );
    kms.put_key_policy().key_id(&key).policy(open).send().await.expect("changed");
    let lines = world.plan().await;
    assert_eq!(lines.len(), 3, "{lines:?}");
    world.repaired().await;
}
