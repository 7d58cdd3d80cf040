//! The audit trail: built and logging; its drift is in `drift`, what is in its way in `others`, who cannot touch it in `touch`.

mod drift;
mod others;
mod touch;

use aws_credential_types::Credentials;
use aws_sdk_cloudtrail::types::{EventSelector, ReadWriteType};
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use aws_types::SdkConfig;
use landfall::model::Organization;
use landfall::simulator::{Options, Principal, Simulator};
use landfall_tests::{account_id, applied, clock, failures, organization, planned};

const STARTUP: &str = include_str!("../../../examples/startup/landfall.toml");
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
        let id = |key: &str| account_id(&plan, key);
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

    /// Returns the bucket with that one's access logs.
    fn access_logs(&self) -> String {
        format!("acme-audit-access-{}-eu-west-1", self.archive)
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

    async fn repaired(&self) {
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
    world.repaired().await;
    let writes: Vec<_> = world.simulator.calls().into_iter().filter(|call| call.mutating && call.service != "sts").collect();
    assert!(writes.is_empty(), "{writes:?}");
}
