//! Who cannot touch the trail, its bucket and its key, and who reads the logs.

use super::*;

/// Returns which error an answer is, and what it says.
fn refusal<T: std::fmt::Debug, E: aws_sdk_s3::error::ProvideErrorMetadata>(
    answer: Result<T, aws_sdk_s3::error::SdkError<E>>,
) -> (String, String) {
    let error = answer.expect_err("must be refused");
    let said = error.as_service_error();
    let text = |text: Option<&str>| text.unwrap_or("no AWS error").to_owned();
    (text(said.and_then(|error| error.code())), text(said.and_then(|error| error.message())))
}

/// Returns which error an answer is.
fn code<T: std::fmt::Debug, E: aws_sdk_s3::error::ProvideErrorMetadata>(answer: Result<T, aws_sdk_s3::error::SdkError<E>>) -> String {
    let error = answer.expect_err("must be refused");
    error.as_service_error().and_then(|error| error.code()).unwrap_or("no AWS error").to_owned()
}

/// What an administrator of an account can do to the trail, its bucket and its key: for each attempt AWS's error and text.
async fn attempts(world: &World, config: &SdkConfig) -> Vec<(&'static str, (String, String))> {
    let (trails, s3, kms) = (aws_sdk_cloudtrail::Client::new(config), aws_sdk_s3::Client::new(config), aws_sdk_kms::Client::new(config));
    let (_, owner) = world.archive();
    let key = owner.describe_key().key_id(ALIAS).send().await.expect("there").key_metadata.expect("there").arn.expect("an ARN");
    let (bucket, object) = (world.bucket(), "AWSLogs/o-1/x.json.gz");
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;
    let (access, unlogged) = (world.access_logs(), aws_sdk_s3::types::BucketLoggingStatus::builder().build());
    let suspended = VersioningConfiguration::builder().status(BucketVersioningStatus::Suspended).build();
    vec![
        ("StopLogging", refusal(trails.stop_logging().name(TRAIL_ARN).send().await)),
        ("DeleteTrail", refusal(trails.delete_trail().name(TRAIL_ARN).send().await)),
        ("UpdateTrail", refusal(trails.update_trail().name(TRAIL_ARN).is_multi_region_trail(false).send().await)),
        ("PutBucketPolicy", refusal(s3.put_bucket_policy().bucket(&bucket).policy(policy).send().await)),
        ("DeleteBucketPolicy", refusal(s3.delete_bucket_policy().bucket(&bucket).send().await)),
        ("DeleteObject", refusal(s3.delete_object().bucket(&bucket).key(object).send().await)),
        ("PutObject", refusal(s3.put_object().bucket(&bucket).key(object).body(b"{}".to_vec().into()).send().await)),
        ("DeleteBucket", refusal(s3.delete_bucket().bucket(&bucket).send().await)),
        ("PutBucketVersioning", refusal(s3.put_bucket_versioning().bucket(&bucket).versioning_configuration(suspended).send().await)),
        ("PutBucketLogging", refusal(s3.put_bucket_logging().bucket(&bucket).bucket_logging_status(unlogged).send().await)),
        ("DeleteBucketPolicy of the access logs", refusal(s3.delete_bucket_policy().bucket(&access).send().await)),
        ("DeleteObject of the access logs", refusal(s3.delete_object().bucket(&access).key("audit/x").send().await)),
        ("DeleteBucketLifecycle", refusal(s3.delete_bucket_lifecycle().bucket(&bucket).send().await)),
        ("DeletePublicAccessBlock", refusal(s3.delete_public_access_block().bucket(&bucket).send().await)),
        ("DeleteBucketTagging", refusal(s3.delete_bucket_tagging().bucket(&bucket).send().await)),
        ("ScheduleKeyDeletion", refusal(kms.schedule_key_deletion().key_id(&key).send().await)),
        ("DisableKey", refusal(kms.disable_key().key_id(&key).send().await)),
        ("DisableKeyRotation", refusal(kms.disable_key_rotation().key_id(&key).send().await)),
        ("PutKeyPolicy", refusal(kms.put_key_policy().key_id(&key).policy(policy).send().await)),
        ("DeleteAlias", refusal(kms.delete_alias().alias_name(ALIAS).send().await)),
        ("UntagResource", refusal(kms.untag_resource().key_id(&key).tag_keys("landfall:address").send().await)),
    ]
}

#[tokio::test]
async fn an_administrator_of_a_member_account_cannot_touch_it() {
    let world = World::built().await;
    for account in [&world.dev, &world.archive] {
        let administrator = world.administrator(account).await;
        let refusals = attempts(&world, &administrator).await;
        for (attempt, (error, _)) in &refusals {
            let denied = ["AccessDenied", "AccessDeniedException"].contains(&error.as_str());
            // In an account without this alias there is nothing that could be denied.
            let nothing = account == &world.dev && *attempt == "DeleteAlias" && error == "NotFoundException";
            assert!(denied || nothing, "{account}: {attempt}: {error}");
        }
        // Which layer it was: the last words of AWS's text.
        let layer =
            |said: &str| said.split_once(" with ").map_or(said, |(_, layer)| layer).split(" arn:").next().unwrap_or_default().to_owned();
        let layers: Vec<String> = refusals.iter().map(|(attempt, (_, said))| format!("{attempt}: {}", layer(said))).collect();
        let who = if account == &world.dev { "of_dev" } else { "of_the_archive" };
        insta::assert_snapshot!(format!("refused_to_an_administrator_{who}"), layers.join("\n"));
    }
    assert_eq!(world.plan().await, [""; 0]);
}

#[tokio::test]
async fn an_auditor_of_the_archive_reads_the_logs() {
    let world = World::built().await;
    let (s3, _) = world.archive();
    s3.put_object().bucket(world.bucket()).key("AWSLogs/x").body(b"{}".to_vec().into()).send().await.expect("put");
    let sts = aws_sdk_sts::Client::new(&world.config());
    let role = format!("arn:aws:iam::{}:role/landfall/auditor", world.archive);
    let given = sts.assume_role().role_arn(role).role_session_name("ada").send().await.expect("assumed").credentials.expect("credentials");
    let credentials = Credentials::new(given.access_key_id, given.secret_access_key, Some(given.session_token), None, "test");
    let s3 = aws_sdk_s3::Client::new(&world.simulator.sdk_config_with("eu-west-1", credentials));
    assert_eq!(s3.list_objects_v2().bucket(world.bucket()).send().await.expect("listed").contents().len(), 1);
    s3.get_object().bucket(world.bucket()).key("AWSLogs/x").send().await.expect("read");
    assert_eq!(code(s3.delete_object().bucket(world.bucket()).key("AWSLogs/x").send().await), "AccessDenied");
}
