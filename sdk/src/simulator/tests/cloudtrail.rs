//! CloudTrail: the trail of an organization, and all reasons to refuse it.

use aws_sdk_cloudtrail::types::{EventSelector, ReadWriteType, Tag};
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};

use super::*;
use crate::simulator::{PROPAGATION, TRAIL};

const BUCKET: &str = "acme-logs";
const TRAIL_ARN: &str = "arn:aws:cloudtrail:eu-west-1:111111111111:trail/organization";

/// The management account, and the account of the bucket and key.
struct Stage {
    admin: Clients,
    logs: Clients,
    organization: String,
    key: String,
}

impl Stage {
    async fn new(simulator: &Simulator) -> Self {
        let admin = Clients::administrator(simulator);
        admin.organize().await;
        let described = admin.organizations.describe_organization().send().await.expect("one").organization.expect("one");
        let account = admin.account("logs").await;
        let logs = admin.reach(simulator, &account).await;
        let here = CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::EuWest1).build();
        logs.s3.create_bucket().bucket(BUCKET).create_bucket_configuration(here).send().await.expect("a bucket");
        let key = logs.kms.create_key().send().await.expect("a key").key_metadata.expect("a key");
        Self { admin, logs, organization: described.id.expect("an id"), key: key.arn.expect("an ARN") }
    }

    async fn trust(&self) {
        let enable = self.admin.organizations.enable_aws_service_access();
        enable.service_principal("cloudtrail.amazonaws.com").send().await.expect("enabled");
    }

    async fn open_bucket(&self) {
        let organization = &self.organization;
        let service = r#""Principal":{"Service":"cloudtrail.amazonaws.com"}"#;
        let from = format!(r#""aws:SourceArn":"{TRAIL_ARN}""#);
        let put = |owner: &str| {
            format!(
                r#"{{"Effect":"Allow",{service},"Action":"s3:PutObject","Resource":"arn:aws:s3:::{BUCKET}/AWSLogs/{owner}/*","Condition":{{"StringEquals":{{"s3:x-amz-acl":"bucket-owner-full-control",{from}}}}}}}"#
            )
        };
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{service},"Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::{BUCKET}","Condition":{{"StringEquals":{{{from}}}}}}},{},{}]}}"#,
            put("111111111111"),
            put(organization)
        );
        self.logs.s3.put_bucket_policy().bucket(BUCKET).policy(policy).send().await.expect("put");
    }

    async fn open_key(&self) {
        let account = self.key.split(':').nth(4).expect("an account");
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{account}:root"}},"Action":"kms:*","Resource":"*"}},{{"Effect":"Allow","Principal":{{"Service":"cloudtrail.amazonaws.com"}},"Action":"kms:GenerateDataKey*","Resource":"*","Condition":{{"StringEquals":{{"aws:SourceArn":"{TRAIL_ARN}"}},"StringLike":{{"kms:EncryptionContext:aws:cloudtrail:arn":"arn:aws:cloudtrail:*:111111111111:trail/*"}}}}}},{{"Effect":"Allow","Principal":{{"Service":"cloudtrail.amazonaws.com"}},"Action":"kms:DescribeKey","Resource":"*"}}]}}"#
        );
        self.logs.kms.put_key_policy().key_id(&self.key).policy(policy).send().await.expect("put");
    }

    /// Creates the organization's trail, and returns the error code.
    async fn create(&self) -> Result<(), String> {
        let create = self.admin.cloudtrail.create_trail().name("organization").s3_bucket_name(BUCKET).kms_key_id(&self.key);
        let create = create.is_organization_trail(true).is_multi_region_trail(true).enable_log_file_validation(true);
        let create = create.tags_list(Tag::builder().key("a").value("b").build().expect("a tag"));
        create.send().await.map(drop).map_err(|error| code(&error))
    }
}

#[tokio::test(start_paused = true)]
async fn an_organization_trail_wants_everything_in_place() {
    let simulator = instant();
    let stage = Stage::new(&simulator).await;
    let refused = |code: &str| Err(code.to_owned());
    assert_eq!(stage.create().await, refused("CloudTrailAccessNotEnabledException"));
    stage.trust().await;
    assert_eq!(stage.create().await, refused("InsufficientS3BucketPolicyException"));
    stage.open_bucket().await;
    assert_eq!(stage.create().await, refused("InsufficientEncryptionPolicyException"));
    stage.open_key().await;
    stage.logs.kms.disable_key().key_id(&stage.key).send().await.expect("off");
    assert_eq!(stage.create().await, refused("KmsException"));
    stage.logs.kms.enable_key().key_id(&stage.key).send().await.expect("on");
    assert_eq!(stage.create().await, Ok(()));
    assert_eq!(stage.create().await, refused("TrailAlreadyExistsException"));
    stage.admin.iam.get_role().role_name("AWSServiceRoleForCloudTrail").send().await.expect("made along with it");

    let trails = &stage.admin.cloudtrail;
    let trail = trails.get_trail().name("organization").send().await.expect("a trail").trail.expect("a trail");
    assert_eq!((trail.trail_arn(), trail.home_region()), (Some(TRAIL_ARN), Some("eu-west-1")));
    assert_eq!((trail.kms_key_id(), trail.log_file_validation_enabled()), (Some(stage.key.as_str()), Some(true)));
    let status = || async { trails.get_trail_status().name("organization").send().await.expect("a status") };
    assert_eq!(status().await.is_logging(), Some(false));
    for _ in 0..2 {
        trails.start_logging().name(TRAIL_ARN).send().await.expect("also on repeat");
    }
    assert_eq!((status().await.is_logging(), status().await.latest_delivery_error()), (Some(true), None));
    stage.logs.s3.delete_bucket_policy().bucket(BUCKET).send().await.expect("closed");
    assert_eq!(status().await.latest_delivery_error(), Some("AccessDenied"));
    let update = trails.update_trail().name("organization").enable_log_file_validation(false);
    assert_eq!(code(&update.clone().send().await.expect_err("the bucket is closed")), "InsufficientS3BucketPolicyException");
    stage.open_bucket().await;
    let updated = update.send().await.expect("updated");
    assert_eq!((updated.log_file_validation_enabled(), updated.is_multi_region_trail()), (Some(false), Some(true)));
    let gone = trails.update_trail().name("organization").s3_bucket_name("none").send().await;
    assert_eq!(code(&gone.expect_err("no bucket")), "S3BucketDoesNotExistException");
}

#[tokio::test(start_paused = true)]
async fn members_see_the_trail_and_cannot_change_it() {
    let simulator = instant();
    let stage = Stage::new(&simulator).await;
    stage.trust().await;
    stage.open_bucket().await;
    stage.open_key().await;
    stage.create().await.expect("made");
    let member = &stage.logs.cloudtrail;
    let shown = member.describe_trails().send().await.expect("trails");
    assert_eq!(shown.trail_list()[0].trail_arn(), Some(TRAIL_ARN));
    let own = member.describe_trails().include_shadow_trails(false).send().await.expect("trails");
    assert!(own.trail_list().is_empty());
    let stop = member.stop_logging().name(TRAIL_ARN).send().await;
    assert_eq!(code(&stop.expect_err("not theirs")), "NotOrganizationMasterAccountException");
    let elsewhere = Clients::in_region(&simulator, "eu-central-1", Simulator::management_credentials()).cloudtrail;
    let named = elsewhere.describe_trails().trail_name_list("organization").trail_name_list("none").send().await.expect("trails");
    assert_eq!(named.trail_list().len(), 1, "a trail of every Region is seen in each");
    let stop = elsewhere.stop_logging().name(TRAIL_ARN).send().await;
    assert_eq!(code(&stop.expect_err("only at home")), "InvalidHomeRegionException");
    let missing = member.get_trail().name("other").send().await;
    assert_eq!(code(&missing.expect_err("there is none")), "TrailNotFoundException");

    let trails = &stage.admin.cloudtrail;
    let selector = EventSelector::builder().read_write_type(ReadWriteType::WriteOnly).include_management_events(true).build();
    trails.put_event_selectors().trail_name("organization").event_selectors(selector).send().await.expect("put");
    let selectors = trails.get_event_selectors().trail_name(TRAIL_ARN).send().await.expect("selectors");
    assert_eq!(selectors.event_selectors()[0].read_write_type(), Some(&ReadWriteType::WriteOnly));
    let tag = |key: &str| Tag::builder().key(key).value("1").build().expect("a tag");
    trails.add_tags().resource_id(TRAIL_ARN).tags_list(tag("c")).send().await.expect("tagged");
    trails.remove_tags().resource_id(TRAIL_ARN).tags_list(tag("a")).send().await.expect("untagged");
    let tags = trails.list_tags().resource_id_list(TRAIL_ARN).send().await.expect("tags");
    assert_eq!(tags.resource_tag_list()[0].tags_list(), [tag("c")]);
    assert_eq!(trails.list_trails().send().await.expect("trails").trails().len(), 1);
    trails.stop_logging().name("organization").send().await.expect("stopped");
    trails.delete_trail().name("organization").send().await.expect("deleted");
    assert!(member.describe_trails().send().await.expect("trails").trail_list().is_empty());
}

#[tokio::test(start_paused = true)]
async fn five_trails_in_a_region_are_the_most() {
    let simulator = instant();
    let stage = Stage::new(&simulator).await;
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"cloudtrail.amazonaws.com"}},"Action":["s3:GetBucketAcl","s3:PutObject"],"Resource":["arn:aws:s3:::{BUCKET}","arn:aws:s3:::{BUCKET}/AWSLogs/111111111111/*"],"Condition":{{"StringEquals":{{"aws:SourceAccount":"111111111111"}}}}}}]}}"#
    );
    stage.logs.s3.put_bucket_policy().bucket(BUCKET).policy(policy).send().await.expect("put");
    let create = |name: String| stage.admin.cloudtrail.create_trail().name(name).s3_bucket_name(BUCKET).send();
    for number in 0..5 {
        create(format!("trail-{number}")).await.expect("one of five");
    }
    assert_eq!(code(&create("trail-5".to_owned()).await.expect_err("five")), "MaximumNumberOfTrailsExceededException");
    assert_eq!(code(&create("a".to_owned()).await.expect_err("too short")), "InvalidTrailNameException");
    let member = stage.logs.cloudtrail.create_trail().name("mine").s3_bucket_name(BUCKET).is_organization_trail(true).send().await;
    assert_eq!(code(&member.expect_err("a member")), "NotOrganizationMasterAccountException");
    let topic = stage.admin.cloudtrail.create_trail().name("topic").s3_bucket_name(BUCKET).sns_topic_name("t").send().await;
    assert_eq!(code(&topic.expect_err("not simulated")), "NotImplemented");
    let history = stage.admin.cloudtrail.lookup_events().send().await.expect_err("an empty one would be a lie");
    assert!(message(&history).contains("records no events"), "{}", message(&history));
}

#[tokio::test(start_paused = true)]
async fn everything_takes_its_time() {
    let simulator = realistic();
    let admin = Clients::administrator(&simulator);
    admin.organize().await;
    tokio::time::sleep(crate::simulator::FINALIZING).await;
    let asked = admin.ask_for_account("logs").await;
    tokio::time::sleep(crate::simulator::CREATE_ACCOUNT).await;
    let account = admin.status(asked.id().expect("an id")).await.account_id().expect("an account").to_owned();
    tokio::time::sleep(crate::simulator::READINESS).await;
    let organization = admin.organizations.describe_organization().send().await.expect("one").organization.expect("one").id.expect("an id");
    let logs = admin.reach(&simulator, &account).await;
    let here = CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::EuWest1).build();
    logs.s3.create_bucket().bucket(BUCKET).create_bucket_configuration(here).send().await.expect("a bucket");
    let key = logs.kms.create_key().send().await.expect("a key").key_metadata.expect("a key").arn.expect("an ARN");
    let stage = Stage { admin, logs, organization, key };
    stage.open_bucket().await;
    stage.open_key().await;
    stage.trust().await;
    let refused = |code: &str| Err(code.to_owned());
    assert_eq!(stage.create().await, refused("CloudTrailAccessNotEnabledException"));
    tokio::time::sleep(PROPAGATION).await;
    stage.logs.s3.delete_bucket_policy().bucket(BUCKET).send().await.expect("closed");
    assert_eq!(stage.create().await, Ok(()), "the old policy lingers");
    let get = || stage.admin.cloudtrail.get_trail().name("organization").send();
    assert_eq!(code(&get().await.expect_err("it is new")), "TrailNotFoundException");
    // `CreateTrail` may be called once a second.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!(stage.create().await, refused("TrailAlreadyExistsException"));
    tokio::time::sleep(TRAIL).await;
    get().await.expect("it is there");
    let restored = Simulator::from_json(&simulator.to_json(), Clock::virtual_from).expect("what was written is read");
    assert_eq!(restored.to_json(), simulator.to_json());
}
