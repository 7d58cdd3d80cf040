//! Flow logs, and where they can be delivered.

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
        let vpc = vpc_id(&member, "10.0.0.0/16", "main").await;
        Self { logs, member, vpc, organization: described.id.expect("an id") }
    }

    /// Allows flow logs of an organization to be written to the bucket.
    async fn open(&self, organization: &str) {
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"delivery.logs.amazonaws.com"}},"Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-logs/flow/AWSLogs/*","Condition":{{"StringEquals":{{"s3:x-amz-acl":"bucket-owner-full-control","aws:SourceOrgID":"{organization}"}},"ArnLike":{{"aws:SourceArn":"arn:aws:logs:*:*:*"}}}}}}]}}"#
        );
        self.logs.s3.put_bucket_policy().bucket("acme-logs").policy(policy).send().await.expect("put");
    }

    async fn create(&self, clients: &Clients, vpc: &str, destination: &str, token: &str) -> Result<Answer, String> {
        let [kind, key, value] = named("vpc-flow-log", "f");
        let of_vpc = [("ResourceType", "VPC"), ("ResourceId.1", vpc), ("TrafficType", "ALL"), ("MaxAggregationInterval", "60")];
        let to = [("LogDestinationType", "s3"), ("LogDestination", destination), ("ClientToken", token), kind, key, value];
        clients.ec2("CreateFlowLogs", &[&of_vpc[..], &to].concat()).await
    }
}

/// The code and message for the one resource without a flow log.
fn refusal(made: &Answer) -> [String; 2] {
    assert_eq!((made.each("unsuccessful/item").len(), made.texts("flowLogIdSet/item").len()), (1, 0), "{made:?}");
    texts_at(made, ["unsuccessful/item/error/code", "unsuccessful/item/error/message"])
}

#[tokio::test(start_paused = true)]
async fn the_policy_of_the_bucket_decides() {
    let simulator = instant();
    let stage = Stage::new(&simulator).await;
    let create = async |destination: &str, token: &str| stage.create(&stage.member, &stage.vpc, destination, token).await;
    let closed = create(DESTINATION, "t").await.expect("an answer");
    let [code, message] = refusal(&closed);
    assert_eq!(code, "400");
    assert!(message.starts_with("Access Denied for LogDestination: acme-logs."), "{message}");
    stage.open("o-other00000").await;
    assert_eq!(refusal(&create(DESTINATION, "t").await.expect("an answer"))[0], "400");
    let nowhere = create("arn:aws:s3:::acme-nowhere", "t").await.expect("an answer");
    assert_eq!(refusal(&nowhere)[0], "LogDestinationNotFound");
    for destination in ["acme-logs", "arn:aws:s3:::acme-logs/AWSLogs/"] {
        assert_eq!(create(destination, "t").await.map(drop), refused("InvalidParameterValue"), "{destination}");
    }

    stage.open(&stage.organization).await;
    assert_eq!(refusal(&create("arn:aws:s3:::acme-logs/other", "t").await.expect("an answer"))[0], "400", "another folder");
    let made = create(DESTINATION, "t").await.expect("made");
    let ids = made.texts("flowLogIdSet/item");
    assert_eq!((made.each("unsuccessful/item").len(), ids.len()), (0, 1));
    assert_eq!(create(DESTINATION, "t").await.expect("the same").texts("flowLogIdSet/item"), ids);
    assert_eq!(create(DESTINATION, "u").await.map(drop), refused("FlowLogAlreadyExists"));
    let missing = stage.create(&stage.member, "vpc-00000000000000000", DESTINATION, "u").await;
    assert_eq!(missing.map(drop), refused("InvalidVpcID.NotFound"));

    let member = &stage.member;
    let describe = async || {
        let found = member.found("DescribeFlowLogs", &[("resource-id", &stage.vpc), ("tag:Name", "f")]).await;
        found.each("flowLogSet/item").remove(0)
    };
    let found = describe().await;
    assert_eq!(texts_at(&found, ["logDestination", "deliverLogsStatus"]), [DESTINATION, "SUCCESS"]);
    assert_eq!(texts_at(&found, ["maxAggregationInterval", "flowLogStatus"]), ["60", "ACTIVE"]);
    stage.open("o-other00000").await;
    assert_eq!(texts_at(&describe().await, ["deliverLogsStatus", "deliverLogsErrorMessage"]), ["FAILED", "Access error"]);

    let delete = async || member.ec2("DeleteFlowLogs", &[("FlowLogId.1", &ids[0])]).await.expect("an answer");
    assert_eq!(delete().await.each("unsuccessful/item").len(), 0);
    assert_eq!(delete().await.text("unsuccessful/item/error/code").as_deref(), Some("InvalidFlowLogId.NotFound"));
}

#[tokio::test(start_paused = true)]
async fn creating_flow_logs_needs_permissions() {
    let simulator = instant();
    let stage = Stage::new(&simulator).await;
    stage.open(&stage.organization).await;
    let iam = &stage.member.iam;
    let account = "222200000002";
    iam.create_role().role_name("r").assume_role_policy_document(trust(account)).send().await.expect("a role");
    iam.put_role_policy().role_name("r").policy_name("p").policy_document(policy("Allow", "ec2:*")).send().await.expect("put");
    let role = stage.member.assume(&format!("arn:aws:iam::{account}:role/r")).await.expect("assumed");
    let role = Clients::with(&simulator, role);
    let denied = stage.create(&role, &stage.vpc, DESTINATION, "t").await;
    assert_eq!(denied.map(drop), refused("UnauthorizedOperation"), "logs:CreateLogDelivery is missing");

    // AWS would write the policy of the caller's own bucket, which is not simulated.
    let own = vpc_id(&stage.logs, "10.1.0.0/16", "own").await;
    assert!(stage.create(&stage.logs, &own, DESTINATION, "t").await.is_ok());
    let closed = stage.create(&stage.logs, &own, "arn:aws:s3:::acme-logs/other", "u").await;
    assert_eq!(closed.map(drop), refused("NotImplemented"));
}
