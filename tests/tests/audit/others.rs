//! What is in the way of the trail: names, keys, buckets and trails of other owners.

use super::*;

#[tokio::test]
async fn unreadable_keys_and_buckets_of_other_owners_hide_nothing() {
    let world = World::built().await;
    let (s3, kms) = world.archive();
    let _ = world.administrator(&world.archive).await;
    let closed = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{}:role/local-admin"}},"Action":"kms:*","Resource":"*"}},{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{}:root"}},"Action":"kms:UpdateAlias","Resource":"*"}}]}}"#,
        world.archive, world.archive
    );
    let make = kms.create_key().policy(&closed).bypass_policy_lockout_safety_check(true);
    let foreign = make.send().await.expect("made").key_metadata.expect("made").key_id;
    let (bucket, home) = (format!("acme-config-{}-eu-west-1", world.archive), aws_sdk_s3::types::CreateBucketConfiguration::builder());
    let home = home.location_constraint("eu-west-1".into()).build();
    s3.create_bucket().bucket(&bucket).create_bucket_configuration(home).send().await.expect("made");
    let deny = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Principal":"*","Action":"s3:GetBucketTagging","Resource":"arn:aws:s3:::{bucket}"}}]}}"#
    );
    s3.put_bucket_policy().bucket(&bucket).policy(deny).send().await.expect("put");
    // Without landfall's alias the tags of every key are read.
    kms.delete_alias().alias_name(ALIAS).send().await.expect("changed");
    assert_eq!(world.plan().await, ["~ log-archive/eu-west-1/key/audit [alias  + alias/landfall/audit]"]);
    world.repaired().await;

    // The same key under our alias blocks the key, and what needs it; the account can still be read.
    kms.update_alias().alias_name(ALIAS).target_key_id(&foreign).send().await.expect("changed");
    let (_, plan) = planned(&world.config(), &world.organization).await.expect("observed");
    assert_eq!(plan.unreadable, []);
    let lines = world.plan().await;
    let key = lines.iter().find(|line| line.starts_with("! log-archive/eu-west-1/key/audit: ")).unwrap_or_else(|| panic!("{lines:?}"));
    assert!(key.contains(&format!("key/{foreign}, which cannot be read: AWS refused DescribeKey: AccessDeniedException")), "{key}");
    assert!(plan.steps.is_empty(), "{lines:?}");
}

#[tokio::test]
async fn an_own_unreadable_bucket_or_key_is_blocked_by_itself() {
    let world = World::built().await;
    let ((s3, kms), bucket) = (world.archive(), world.bucket());
    let deny = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Principal":"*","Action":"s3:GetBucketVersioning","Resource":"arn:aws:s3:::{bucket}"}}]}}"#
    );
    let before = s3.get_bucket_policy().bucket(&bucket).send().await.expect("there").policy.expect("there");
    s3.put_bucket_policy().bucket(&bucket).policy(deny).send().await.expect("put");
    let lines = world.plan().await;
    let told =
        format!("! log-archive/eu-west-1/bucket/audit: bucket {bucket} cannot be read: AWS refused GetBucketVersioning: AccessDenied");
    assert!(lines.iter().any(|line| line.starts_with(&told)), "{lines:?}");
    let (_, plan) = planned(&world.config(), &world.organization).await.expect("observed");
    assert_eq!(plan.unreadable, []);
    s3.put_bucket_policy().bucket(&bucket).policy(before).send().await.expect("put");
    assert_eq!(world.plan().await, [""; 0]);

    let key = kms.describe_key().key_id(ALIAS).send().await.expect("there").key_metadata.expect("there").key_id;
    let before = kms.get_key_policy().key_id(&key).policy_name("default").send().await.expect("there").policy.expect("there");
    let denied = r#"{"Sid":"No","Effect":"Deny","Principal":"*","Action":"kms:GetKeyRotationStatus","Resource":"*"}"#;
    let mut document: serde_json::Value = serde_json::from_str(&before).expect("JSON");
    document["Statement"].as_array_mut().expect("a list").push(serde_json::from_str(denied).expect("JSON"));
    kms.put_key_policy().key_id(&key).policy(document.to_string()).send().await.expect("put");
    let lines = world.plan().await;
    assert!(lines[0].contains(&format!("key/{key} cannot be read: AWS refused GetKeyRotationStatus: ")), "{lines:?}");
    kms.put_key_policy().key_id(&key).policy(before).send().await.expect("put");
    assert_eq!(world.plan().await, [""; 0]);
}

/// Returns a trail of the whole organization that another tool made in that Region, with a bucket of its own.
async fn foreign_trail(world: &World, region: &'static str, name: &str) {
    let s3 = aws_sdk_s3::Client::new(&world.config());
    let home = aws_sdk_s3::types::CreateBucketConfiguration::builder().location_constraint("eu-west-1".into()).build();
    s3.create_bucket().bucket("old-logs").create_bucket_configuration(home).send().await.expect("made");
    let open = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":["s3:GetBucketAcl","s3:PutObject"],"Resource":["arn:aws:s3:::old-logs","arn:aws:s3:::old-logs/*"]}]}"#;
    s3.put_bucket_policy().bucket("old-logs").policy(open).send().await.expect("put");
    let trails = aws_sdk_cloudtrail::Client::new(&world.simulator.sdk_config(region));
    let make = trails.create_trail().name(name).s3_bucket_name("old-logs").is_organization_trail(true).is_multi_region_trail(true);
    make.send().await.expect("made");
}

#[tokio::test]
async fn an_organization_trail_with_another_home_region_is_reported_with_it() {
    let world = World::built().await;
    foreign_trail(&world, "us-east-1", "aws-controltower-BaselineCloudTrail").await;
    world.simulator.forget_calls();
    let (_, plan) = planned(&world.config(), &world.organization).await.expect("observed");
    assert!(plan.is_settled(), "{:?}", plan.view());
    let told = "trail aws-controltower-BaselineCloudTrail (home Region us-east-1) records the whole organization too, into bucket old-logs";
    assert!(plan.notices.iter().any(|notice| notice.text == told), "{:?}", plan.notices);
    let asked = world.simulator.calls().into_iter().filter(|call| call.service == "cloudtrail").count();
    assert_eq!(asked, 3, "what is another's is listed and read no further");
}

#[tokio::test]
async fn a_trail_of_the_same_name_with_another_home_region_blocks_in_the_plan() {
    let world = World::built().await;
    let trails = aws_sdk_cloudtrail::Client::new(&world.config());
    trails.delete_trail().name(TRAIL).send().await.expect("deleted");
    foreign_trail(&world, "us-east-1", TRAIL).await;
    let lines = world.plan().await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(
        lines[0].starts_with("! management/eu-west-1/trail/organization: a trail acme-organization exists with home Region us-east-1"),
        "{lines:?}"
    );
    assert!(lines[0].contains("aws cloudtrail delete-trail --region us-east-1 --name arn:aws:cloudtrail:us-east-1:"), "{lines:?}");
}

#[tokio::test]
async fn a_bucket_name_of_another_account_fails_only_what_writes_into_it() {
    // The first account that is made gets this id, and the log archive comes first.
    let probe = World::built().await;
    let simulator = Simulator::new(Options::default().with_bucket_name_taken(probe.bucket()), clock());
    let organization = organization(STARTUP);
    let (report, events) = applied(&simulator.sdk_config("eu-west-1"), &organization).await.expect("observed");
    // The trail, and the flow logs of three networks.
    assert_eq!((report.exit, report.failed, report.skipped), (4, 1, 4), "{:?}", failures(&events));
    let failures = failures(&events);
    let name = probe.bucket();
    assert!(failures[0].contains(&format!("the bucket name {name} is taken by another AWS account")), "{failures:?}");
    assert_eq!(failures[1], "management/eu-west-1/trail/organization skipped: it needs log-archive/eu-west-1/bucket/audit");
}

#[tokio::test]
async fn an_unmanaged_trail_and_key_of_the_same_names_are_not_touched() {
    let world = World::built().await;
    let trails = aws_sdk_cloudtrail::Client::new(&world.config());
    for (key, value) in [("landfall:organization", "acme"), ("landfall:address", "management/eu-west-1/trail/organization")] {
        let tag = aws_sdk_cloudtrail::types::Tag::builder().key(key).value(value).build().expect("complete");
        trails.remove_tags().resource_id(TRAIL_ARN).tags_list(tag).send().await.expect("changed");
    }
    let (_, kms) = world.archive();
    let other = kms.create_key().send().await.expect("made").key_metadata.expect("made").key_id;
    kms.update_alias().alias_name(ALIAS).target_key_id(&other).send().await.expect("changed");
    world.simulator.forget_calls();
    let (report, _) = applied(&world.config(), &world.organization).await.expect("observed");
    assert_eq!(report.done, 0);
    let writes: Vec<_> = world.simulator.calls().into_iter().filter(|call| call.mutating && call.service != "sts").collect();
    assert!(writes.is_empty(), "{writes:?}");
    let lines = world.plan().await;
    let find = |start: &str| lines.iter().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{start}: {lines:?}"));
    assert!(find("! log-archive/eu-west-1/key/audit: ").contains("names"), "{lines:?}");
    assert!(find("! log-archive/eu-west-1/bucket/audit: ").contains("it needs log-archive/eu-west-1/key/audit"), "{lines:?}");
    let trail = find("! management/eu-west-1/trail/organization: ");
    assert!(trail.contains("that landfall did not make: it records the whole organization into bucket acme-audit-"), "{trail}");
}

#[tokio::test]
async fn a_second_trail_and_logs_that_do_not_arrive_are_reported_first() {
    let world = World::built().await;
    let notices = async || {
        let (_, plan) = planned(&world.config(), &world.organization).await.expect("observed");
        plan.notices.iter().map(|notice| notice.text.clone()).collect::<Vec<_>>()
    };
    let before = notices().await;
    let s3 = aws_sdk_s3::Client::new(&world.config());
    let home = aws_sdk_s3::types::CreateBucketConfiguration::builder().location_constraint("eu-west-1".into()).build();
    s3.create_bucket().bucket("old-logs").create_bucket_configuration(home).send().await.expect("made");
    let open = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":["s3:GetBucketAcl","s3:PutObject"],"Resource":["arn:aws:s3:::old-logs","arn:aws:s3:::old-logs/*"]}]}"#;
    s3.put_bucket_policy().bucket("old-logs").policy(open).send().await.expect("put");
    let trails = aws_sdk_cloudtrail::Client::new(&world.config());
    trails
        .create_trail()
        .name("old")
        .s3_bucket_name("old-logs")
        .is_organization_trail(true)
        .is_multi_region_trail(true)
        .send()
        .await
        .expect("made");
    let second = "trail old records the whole organization too, into bucket old-logs".to_owned();
    let after = notices().await;
    assert!(!before.contains(&second) && after.contains(&second), "{after:?}");
    assert_eq!(after.len(), before.len() + 1, "our own trail is none of them: {after:?}");

    let (s3, _) = world.archive();
    s3.delete_bucket_policy().bucket(world.bucket()).send().await.expect("deleted");
    let late = notices().await;
    for what in ["the files of trail acme-organization do not arrive", "the flow logs of dev/eu-west-1 do not arrive", &second] {
        assert!(late.iter().any(|notice| notice.starts_with(what)), "{what}: {late:?}");
    }
}
