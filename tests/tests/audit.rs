//! The audit trail: built and logging, drift shown and mended, what is in its way, and who cannot touch it.

use aws_credential_types::Credentials;
use aws_sdk_cloudtrail::types::{EventSelector, ReadWriteType};
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use aws_types::SdkConfig;
use landfall::model::Organization;
use landfall::simulator::{Options, Principal, Simulator};
use landfall_tests::{applied, clock, failures, organization, planned};

const STARTUP: &str = include_str!("../../examples/startup/landfall.toml");
const TRAIL: &str = "acme-organization";
const TRAIL_ARN: &str = "arn:aws:cloudtrail:eu-west-1:111111111111:trail/acme-organization";
const ALIAS: &str = "alias/landfall/audit";

struct World {
    simulator: Simulator,
    organization: Organization,
    dev: String,
    archive: String,
}

impl World {
    async fn built() -> Self {
        let simulator = Simulator::new(Options::default(), clock());
        let organization = organization(STARTUP);
        let config = simulator.sdk_config("eu-west-1");
        assert_eq!(applied(&config, &organization).await.expect("observed").0.exit, 0);
        let (_, plan) = planned(&config, &organization).await.expect("observed");
        let id = |key: &str| plan.facts.find(&format!("account/{key}").parse().expect("valid"), "id").expect("built").to_owned();
        Self { dev: id("dev"), archive: id("log-archive"), simulator, organization }
    }

    fn config(&self) -> SdkConfig {
        self.simulator.sdk_config("eu-west-1")
    }

    /// Returns a configuration for a role that exists in an account.
    fn as_role(&self, account: &str, role: &str) -> SdkConfig {
        let principal = Principal::Session(account.parse().expect("an id"), role.to_owned(), "eve".to_owned());
        self.simulator.sdk_config_with("eu-west-1", self.simulator.credentials_for(&principal).expect("exists"))
    }

    fn archive(&self) -> (aws_sdk_s3::Client, aws_sdk_kms::Client) {
        let config = self.as_role(&self.archive, "OrganizationAccountAccessRole");
        (aws_sdk_s3::Client::new(&config), aws_sdk_kms::Client::new(&config))
    }

    fn bucket(&self) -> String {
        format!("acme-audit-{}-eu-west-1", self.archive)
    }

    /// Makes an administrator in an account, by the access role.
    async fn administrator(&self, account: &str) -> SdkConfig {
        let iam = aws_sdk_iam::Client::new(&self.as_role(account, "OrganizationAccountAccessRole"));
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;
        iam.create_role().role_name("local-admin").assume_role_policy_document(trust).send().await.expect("made");
        let everything = "arn:aws:iam::aws:policy/AdministratorAccess";
        iam.attach_role_policy().role_name("local-admin").policy_arn(everything).send().await.expect("attached");
        self.as_role(account, "local-admin")
    }

    /// Plans; returns a line per step with its fields, and one per blocked thing.
    async fn plan(&self) -> Vec<String> {
        let (_, plan) = planned(&self.config(), &self.organization).await.expect("observed");
        let view = plan.view();
        let steps = view.steps.iter().map(|step| {
            let fields: Vec<String> = step.fields.iter().map(ToString::to_string).collect();
            format!("{} {} [{}]", step.action.sign(), step.address, fields.join("; "))
        });
        let blocked = plan.blocked.iter().map(|blocked| {
            format!("! {}: {} ({})", blocked.address, blocked.blocked.reason, blocked.blocked.hint.as_deref().unwrap_or_default())
        });
        steps.chain(blocked).collect()
    }

    async fn mended(&self) {
        let (report, events) = applied(&self.config(), &self.organization).await.expect("observed");
        assert_eq!(report.exit, 0, "{events:?}");
        assert_eq!(self.plan().await, [""; 0]);
    }
}

#[tokio::test]
async fn the_trail_logs_into_the_archive() {
    let world = World::built().await;
    let trails = aws_sdk_cloudtrail::Client::new(&world.config());
    let trail = trails.get_trail().name(TRAIL_ARN).send().await.expect("there").trail.expect("there");
    assert_eq!(trail.s3_bucket_name(), Some(world.bucket().as_str()));
    assert!(trail.is_organization_trail() == Some(true) && trail.is_multi_region_trail() == Some(true));
    assert!(trail.log_file_validation_enabled() == Some(true) && trail.kms_key_id().is_some_and(|key| key.contains(&world.archive)));
    let status = trails.get_trail_status().name(TRAIL_ARN).send().await.expect("there");
    assert_eq!((status.is_logging(), status.latest_delivery_error()), (Some(true), None));
    world.simulator.forget_calls();
    world.mended().await;
    let writes: Vec<_> = world.simulator.calls().into_iter().filter(|call| call.mutating && call.service != "sts").collect();
    assert!(writes.is_empty(), "{writes:?}");
}

#[tokio::test]
async fn drift_of_the_bucket_is_shown_and_mended() {
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
    world.mended().await;
    let tags = s3.get_bucket_tagging().bucket(&bucket).send().await.expect("tags").tag_set;
    assert!(tags.iter().any(|tag| tag.key() == "team"), "others' tags stay: {tags:?}");
}

#[tokio::test]
async fn drift_of_the_key_is_shown_and_mended() {
    let world = World::built().await;
    let (_, kms) = world.archive();
    let key = kms.describe_key().key_id(ALIAS).send().await.expect("there").key_metadata.expect("there").key_id;
    kms.enable_key_rotation().key_id(&key).rotation_period_in_days(2560).send().await.expect("changed");
    assert_eq!(world.plan().await, ["~ log-archive/eu-west-1/key/audit [rotation  every 2560 days -> every 365 days]"]);
    world.mended().await;
    kms.disable_key_rotation().key_id(&key).send().await.expect("changed");
    kms.untag_resource().key_id(&key).tag_keys("landfall:organization").send().await.expect("changed");
    assert_eq!(
        world.plan().await,
        ["~ log-archive/eu-west-1/key/audit [rotation  off -> every 365 days; tags.landfall:organization  + acme]"]
    );
    world.mended().await;

    // Switched off, it opens nothing; without its alias it is still the one by its tags.
    kms.disable_key().key_id(&key).send().await.expect("changed");
    kms.delete_alias().alias_name(ALIAS).send().await.expect("changed");
    assert_eq!(world.plan().await, ["~ log-archive/eu-west-1/key/audit [state  disabled -> enabled; alias  + alias/landfall/audit]"]);
    world.mended().await;
    let again = kms.describe_key().key_id(ALIAS).send().await.expect("there").key_metadata.expect("there").key_id;
    assert_eq!(again, key, "no second key is made");

    kms.schedule_key_deletion().key_id(&key).send().await.expect("changed");
    let lines = world.plan().await;
    assert!(
        lines.len() == 1 && lines[0].starts_with("! log-archive/eu-west-1/key/audit: ") && lines[0].contains("is scheduled for deletion")
    );
    assert!(lines[0].contains(&format!("aws kms cancel-key-deletion --region eu-west-1 --key-id {key}")), "{lines:?}");
    kms.cancel_key_deletion().key_id(&key).send().await.expect("saved");
    world.mended().await;
}

#[tokio::test]
async fn drift_of_the_trail_is_shown_and_mended() {
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
    world.mended().await;
    trails.delete_trail().name(TRAIL).send().await.expect("deleted");
    assert_eq!(world.plan().await, ["+ management/eu-west-1/trail/organization []"]);
    world.mended().await;
}

#[tokio::test]
async fn keys_and_buckets_of_others_that_keep_us_out_hide_nothing_of_ours() {
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
    // Without an alias of ours every key is asked for its tags.
    kms.delete_alias().alias_name(ALIAS).send().await.expect("changed");
    assert_eq!(world.plan().await, ["~ log-archive/eu-west-1/key/audit [alias  + alias/landfall/audit]"]);
    world.mended().await;

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
async fn our_own_bucket_and_key_that_keep_us_out_block_by_themselves() {
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
async fn an_organization_trail_that_is_at_home_elsewhere_is_said_with_its_region() {
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
async fn a_trail_of_our_name_that_is_at_home_elsewhere_blocks_in_the_plan() {
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
async fn management_events_are_mended_and_the_data_events_stay() {
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
    world.mended().await;
    let kept = trails.get_event_selectors().trail_name(TRAIL).send().await.expect("there");
    let kept = kept.advanced_event_selectors();
    assert!(kept.len() == 2 && kept[0].field_selectors() == objects.field_selectors(), "{kept:?}");

    let data = DataResource::builder().r#type("AWS::S3::Object").values("arn:aws:s3:::shop/").build();
    let writes =
        EventSelector::builder().read_write_type(ReadWriteType::WriteOnly).include_management_events(true).data_resources(data.clone());
    trails.put_event_selectors().trail_name(TRAIL).event_selectors(writes.build()).send().await.expect("put");
    world.mended().await;
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
async fn a_policy_that_keeps_cloudtrail_out_is_mended_with_the_trail() {
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
    world.mended().await;
}

#[tokio::test]
async fn a_bucket_name_that_somebody_else_has_fails_only_what_writes_into_it() {
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
async fn a_trail_and_a_key_of_our_names_that_somebody_else_made_stay_theirs() {
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
async fn a_second_trail_and_logs_that_do_not_arrive_are_said_first() {
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
