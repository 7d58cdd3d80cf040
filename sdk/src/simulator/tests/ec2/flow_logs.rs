//! Flow logs, and where they can be delivered.

use aws_sdk_ec2::operation::create_flow_logs::CreateFlowLogsOutput;
use aws_sdk_ec2::types::{FlowLogsResourceType, LogDestinationType, TrafficType};
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};

use super::*;

const DESTINATION: &str = "arn:aws:s3:::acme-logs/flow/";

/// The account of the bucket, and one that has a VPC.
struct Stage {
    logs: Clients,
    member: Clients,
    vpc: String,
    organization: String,
}

impl Stage {
    async fn new(simulator: &Simulator) -> Self {
        let admin = Clients::administrator(simulator);
        admin.organize().await;
        let described = admin.organizations.describe_organization().send().await.expect("one").organization.expect("one");
        let logs = admin.reach(simulator, &admin.account("logs").await).await;
        let member = admin.reach(simulator, &admin.account("prod").await).await;
        let here = CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::EuWest1).build();
        logs.s3.create_bucket().bucket("acme-logs").create_bucket_configuration(here).send().await.expect("a bucket");
        let vpc = vpc(&member, "10.0.0.0/16", "main").await.vpc_id.expect("an id");
        Self { logs, member, vpc, organization: described.id.expect("an id") }
    }

    /// Lets flow logs of an organization into the bucket.
    async fn open(&self, organization: &str) {
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"delivery.logs.amazonaws.com"}},"Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-logs/flow/AWSLogs/*","Condition":{{"StringEquals":{{"s3:x-amz-acl":"bucket-owner-full-control","aws:SourceOrgID":"{organization}"}},"ArnLike":{{"aws:SourceArn":"arn:aws:logs:*:*:*"}}}}}}]}}"#
        );
        self.logs.s3.put_bucket_policy().bucket("acme-logs").policy(policy).send().await.expect("put");
    }

    async fn create(&self, clients: &Clients, vpc: &str, destination: &str, token: &str) -> Result<CreateFlowLogsOutput, String> {
        let create = clients.ec2.create_flow_logs().resource_type(FlowLogsResourceType::Vpc).resource_ids(vpc);
        let create = create.traffic_type(TrafficType::All).log_destination_type(LogDestinationType::S3).log_destination(destination);
        let create = create.max_aggregation_interval(60).client_token(token);
        let create = create.tag_specifications(tags(ResourceType::VpcFlowLog, "Name", "f"));
        create.send().await.map_err(|error| code(&error))
    }
}

/// The code and message of the one thing that has no flow log.
fn refusal(made: &CreateFlowLogsOutput) -> (&str, &str) {
    assert_eq!((made.unsuccessful().len(), made.flow_log_ids().len()), (1, 0), "{made:?}");
    let error = made.unsuccessful()[0].error().expect("an error");
    (error.code().expect("a code"), error.message().expect("a message"))
}

#[tokio::test(start_paused = true)]
async fn the_policy_of_the_bucket_decides() {
    let simulator = instant();
    let stage = Stage::new(&simulator).await;
    let create = async |destination: &str, token: &str| stage.create(&stage.member, &stage.vpc, destination, token).await;
    let closed = create(DESTINATION, "t").await.expect("an answer");
    let (code_, message) = refusal(&closed);
    assert_eq!(code_, "400");
    assert!(message.starts_with("Access Denied for LogDestination: acme-logs."), "{message}");
    stage.open("o-other00000").await;
    assert_eq!(refusal(&create(DESTINATION, "t").await.expect("an answer")).0, "400");
    let nowhere = create("arn:aws:s3:::acme-nowhere", "t").await.expect("an answer");
    assert_eq!(refusal(&nowhere).0, "LogDestinationNotFound");
    for destination in ["acme-logs", "arn:aws:s3:::acme-logs/AWSLogs/"] {
        assert_eq!(create(destination, "t").await.map(drop), Err("InvalidParameterValue".to_owned()), "{destination}");
    }

    stage.open(&stage.organization).await;
    assert_eq!(refusal(&create("arn:aws:s3:::acme-logs/other", "t").await.expect("an answer")).0, "400", "another folder");
    let made = create(DESTINATION, "t").await.expect("made");
    assert_eq!((made.unsuccessful().len(), made.flow_log_ids().len()), (0, 1));
    assert_eq!(create(DESTINATION, "t").await.expect("the same").flow_log_ids(), made.flow_log_ids());
    assert_eq!(create(DESTINATION, "u").await.map(drop), Err("FlowLogAlreadyExists".to_owned()));
    let missing = stage.create(&stage.member, "vpc-00000000000000000", DESTINATION, "u").await;
    assert_eq!(missing.map(drop), Err("InvalidVpcID.NotFound".to_owned()));

    let ec2 = &stage.member.ec2;
    let describe = || ec2.describe_flow_logs().filter(filter("resource-id", &stage.vpc)).filter(filter("tag:Name", "f")).send();
    let found = describe().await.expect("flow logs").flow_logs.expect("a list").remove(0);
    assert_eq!((found.log_destination(), found.deliver_logs_status()), (Some(DESTINATION), Some("SUCCESS")));
    assert_eq!((found.max_aggregation_interval(), found.flow_log_status()), (Some(60), Some("ACTIVE")));
    stage.open("o-other00000").await;
    let found = describe().await.expect("flow logs").flow_logs.expect("a list").remove(0);
    assert_eq!((found.deliver_logs_status(), found.deliver_logs_error_message()), (Some("FAILED"), Some("Access error")));

    let delete = || ec2.delete_flow_logs().set_flow_log_ids(made.flow_log_ids.clone()).send();
    assert_eq!(delete().await.expect("deleted").unsuccessful().len(), 0);
    let again = delete().await.expect("an answer");
    assert_eq!(again.unsuccessful()[0].error().and_then(|error| error.code()), Some("InvalidFlowLogId.NotFound"));
}

#[tokio::test(start_paused = true)]
async fn who_makes_flow_logs_must_be_let() {
    let simulator = instant();
    let stage = Stage::new(&simulator).await;
    stage.open(&stage.organization).await;
    let iam = &stage.member.iam;
    let account = "222200000002";
    iam.create_role().role_name("r").assume_role_policy_document(trust(account)).send().await.expect("a role");
    iam.put_role_policy().role_name("r").policy_name("p").policy_document(policy("Allow", "ec2:*")).send().await.expect("put");
    let role = stage.member.assume(&format!("arn:aws:iam::{account}:role/r")).await.expect("assumed");
    let role = Clients::with(&simulator, role);
    let refused = stage.create(&role, &stage.vpc, DESTINATION, "t").await;
    assert_eq!(refused.map(drop), Err("UnauthorizedOperation".to_owned()), "logs:CreateLogDelivery is missing");

    // AWS would write the policy of a bucket that is the caller's own, which is not simulated.
    let own = vpc(&stage.logs, "10.1.0.0/16", "own").await.vpc_id.expect("an id");
    assert!(stage.create(&stage.logs, &own, DESTINATION, "t").await.is_ok());
    let closed = stage.create(&stage.logs, &own, "arn:aws:s3:::acme-logs/other", "u").await;
    assert_eq!(closed.map(drop), Err("NotImplemented".to_owned()));
}
