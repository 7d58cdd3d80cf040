//! Manual changes, made with plain clients, on any AWS that has the startup example. Each has the address at which a plan must
//! show it.

use aws_types::SdkConfig;
use landfall::simulator::{Answer, ask, ask_json};
use serde_json::{Value, json};

use crate::ec2::{Ec2, at};

/// Plain configurations of the accounts that are tampered with; each may do everything in its account.
#[derive(Debug, Clone)]
pub struct Places {
    /// The management account.
    pub management: SdkConfig,
    /// The log archive.
    pub archive: SdkConfig,
    /// The account `prod`.
    pub prod: SdkConfig,
}

/// One thing that was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// What was done, in words.
    pub done: &'static str,
    /// Where a plan must show it.
    pub address: &'static str,
    /// What a field of that step must say; none where the thing is gone and made again.
    pub says: Option<&'static str>,
}

impl Drift {
    /// Returns whether a step of a plan shows it: the step's address, and its fields as `name  from -> to`.
    #[must_use]
    pub fn is_shown(&self, address: &str, fields: &[String]) -> bool {
        address == self.address && self.says.map_or(fields.is_empty(), |says| fields.iter().any(|field| field.contains(says)))
    }
}

const fn drift(done: &'static str, address: &'static str, says: &'static str) -> Drift {
    Drift { done, address, says: Some(says) }
}

/// Makes all of them and returns what was changed.
///
/// # Panics
///
/// When one of them cannot be changed.
pub async fn everything(places: &Places) -> Vec<Drift> {
    vec![
        route(&places.prod).await,
        bucket_statement(&places.archive).await,
        versioning(&places.archive).await,
        logging(&places.management).await,
        acl_rule(&places.prod).await,
        group_rule(&places.prod).await,
        name_tag(&places.prod).await,
        trust(&places.prod).await,
        guardrail(&places.management).await,
        subnet_attribute(&places.prod).await,
        encryption(&places.prod).await,
        passwords(&places.prod).await,
        root_sessions(&places.management).await,
        budget_amount(&places.management).await,
        budget_notification(&places.management).await,
        topic_policy(&places.management).await,
        subscriber(&places.management).await,
    ]
}

/// Sends private traffic around the NAT gateway.
async fn route(prod: &SdkConfig) -> Drift {
    let ec2 = Ec2::new(prod.clone());
    let main = [at("prod/eu-west-1/internet-gateway/main")];
    let gateway = ec2.first("DescribeInternetGateways", &main, "internetGatewaySet/item/internetGatewayId").await;
    let table = [at("prod/eu-west-1/route-table/private-a")];
    let table = ec2.first("DescribeRouteTables", &table, "routeTableSet/item/routeTableId").await;
    let route = [("RouteTableId", table.as_str()), ("DestinationCidrBlock", "0.0.0.0/0"), ("GatewayId", &gateway)];
    ec2.ask("ReplaceRoute", &route).await;
    drift(
        "a private default route led to the internet gateway",
        "prod/eu-west-1/route-table/private-a",
        "route 0.0.0.0/0  prod/eu-west-1/internet-gateway/main -> prod/eu-west-1/nat/a",
    )
}

/// Lets the bucket be read without TLS.
async fn bucket_statement(archive: &SdkConfig) -> Drift {
    let (s3, bucket) = bucket(archive).await;
    let policy = s3.get_bucket_policy().bucket(&bucket).send().await.expect("read");
    let mut policy: Value = serde_json::from_str(policy.policy().expect("has one")).expect("JSON");
    policy["Statement"].as_array_mut().expect("a list").retain(|statement| statement["Sid"] != "TlsOnly");
    s3.put_bucket_policy().bucket(&bucket).policy(policy.to_string()).send().await.expect("put");
    drift("the statement TlsOnly taken out of the bucket's policy", "log-archive/eu-west-1/bucket/audit", "policy TlsOnly  + ")
}

async fn versioning(archive: &SdkConfig) -> Drift {
    let (s3, bucket) = bucket(archive).await;
    let suspended =
        aws_sdk_s3::types::VersioningConfiguration::builder().status(aws_sdk_s3::types::BucketVersioningStatus::Suspended).build();
    s3.put_bucket_versioning().bucket(&bucket).versioning_configuration(suspended).send().await.expect("put");
    drift("the bucket's versioning suspended", "log-archive/eu-west-1/bucket/audit", "versioning  suspended -> enabled")
}

async fn logging(management: &SdkConfig) -> Drift {
    aws_sdk_cloudtrail::Client::new(management).stop_logging().name("acme-organization").send().await.expect("stopped");
    drift("the trail switched off", "management/eu-west-1/trail/organization", "logging  off -> on")
}

/// Opens SSH at the border of the network.
async fn acl_rule(prod: &SdkConfig) -> Drift {
    let ec2 = Ec2::new(prod.clone());
    let vpc = vpc(&ec2).await;
    let acl = ec2.list("DescribeNetworkAcls", &[("vpc-id", &vpc), ("default", "true")]).await.each("networkAclSet/item").remove(0);
    let denies_ssh = |entry: &Answer| {
        let is = |path: &str, value: &str| entry.text(path).as_deref() == Some(value);
        is("egress", "false") && is("portRange/from", "22") && entry.text("cidrBlock").is_some()
    };
    let rule = acl.each("entrySet/item").into_iter().find(denies_ssh).expect("SSH is denied");
    let (id, number) = (acl.text("networkAclId").expect("has an id"), rule.text("ruleNumber").expect("has a number"));
    ec2.ask("DeleteNetworkAclEntry", &[("NetworkAclId", &id), ("RuleNumber", &number), ("Egress", "false")]).await;
    drift("the rule that denies port 22 deleted", "prod/eu-west-1/network-acl/default", "  + deny tcp 22 from 0.0.0.0/0")
}

/// Opens the default security group to everyone.
async fn group_rule(prod: &SdkConfig) -> Drift {
    let ec2 = Ec2::new(prod.clone());
    let vpc = vpc(&ec2).await;
    let default = [("vpc-id", vpc.as_str()), ("group-name", "default")];
    let id = ec2.first("DescribeSecurityGroups", &default, "securityGroupInfo/item/groupId").await;
    let ssh = [
        ("GroupId", id.as_str()),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", "22"),
        ("IpPermissions.1.ToPort", "22"),
        ("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0"),
    ];
    ec2.ask("AuthorizeSecurityGroupIngress", &ssh).await;
    drift("port 22 opened in the default security group", "prod/eu-west-1/security-group/default", "ingress  - tcp 22 from 0.0.0.0/0")
}

async fn name_tag(prod: &SdkConfig) -> Drift {
    let ec2 = Ec2::new(prod.clone());
    let vpc = vpc(&ec2).await;
    ec2.ask("CreateTags", &[("ResourceId.1", &vpc), ("Tag.1.Key", "Name"), ("Tag.1.Value", "mine now")]).await;
    drift("the VPC renamed", "prod/eu-west-1/vpc/main", "tags.Name  mine now -> acme-prod-main")
}

/// Trusts another company's account.
async fn trust(prod: &SdkConfig) -> Drift {
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999999999999:root"},"Action":"sts:AssumeRole"}]}"#;
    let iam = aws_sdk_iam::Client::new(prod);
    iam.update_assume_role_policy().role_name("auditor").policy_document(document).send().await.expect("updated");
    drift("auditor's trust given to another account", "prod/iam-role/auditor", "999999999999")
}

async fn guardrail(management: &SdkConfig) -> Drift {
    let client = aws_sdk_organizations::Client::new(management);
    let kind = aws_sdk_organizations::types::PolicyType::ServiceControlPolicy;
    let root = client.list_roots().send().await.expect("listed").roots()[0].id().expect("has an id").to_owned();
    let units = client.list_organizational_units_for_parent().parent_id(root).send().await.expect("listed");
    let unit = units.organizational_units().iter().find(|unit| unit.name() == Some("Workloads")).and_then(|unit| unit.id());
    let unit = unit.expect("made").to_owned();
    let attached = client.list_policies_for_target().target_id(&unit).filter(kind).send().await.expect("listed");
    let base = attached.policies().iter().find(|policy| policy.name() == Some("landfall-base")).and_then(|policy| policy.id());
    client.detach_policy().policy_id(base.expect("attached")).target_id(unit).send().await.expect("detached");
    Drift { done: "the guardrail base detached from Workloads", address: "attachment/Workloads/base", says: None }
}

async fn subnet_attribute(prod: &SdkConfig) -> Drift {
    let ec2 = Ec2::new(prod.clone());
    let id = ec2.first("DescribeSubnets", &[at("prod/eu-west-1/subnet/private-a")], "subnetSet/item/subnetId").await;
    ec2.ask("ModifySubnetAttribute", &[("SubnetId", &id), ("MapPublicIpOnLaunch.Value", "true")]).await;
    drift("public addresses switched on in a private subnet", "prod/eu-west-1/subnet/private-a", "public address on launch  true -> false")
}

/// Leaves new volumes unencrypted.
async fn encryption(prod: &SdkConfig) -> Drift {
    Ec2::new(prod.clone()).ask("DisableEbsEncryptionByDefault", &[]).await;
    drift("encryption of volumes switched off", "prod/eu-west-1/ebs-encryption/main", "encryption by default  off -> on")
}

/// Allows short passwords; a member that is left out is reset.
async fn passwords(prod: &SdkConfig) -> Drift {
    aws_sdk_iam::Client::new(prod).update_account_password_policy().minimum_password_length(8).send().await.expect("updated");
    drift("the password policy weakened", "prod/password-policy/main", "characters  8 -> 14")
}

async fn root_sessions(management: &SdkConfig) -> Drift {
    aws_sdk_iam::Client::new(management).disable_organizations_root_sessions().send().await.expect("disabled");
    drift("root sessions switched off", "root-access/main", "root sessions from the management account  off -> on")
}

/// Raises a budget.
async fn budget_amount(management: &SdkConfig) -> Drift {
    let account = account(management).await;
    let budgets = ask_json(management, "budgets", "DescribeBudgets", &json!({ "AccountId": account })).await.expect("listed");
    let budget = budgets["Budgets"].as_array().expect("a list").iter().find(|budget| budget["BudgetName"] == "landfall-prod");
    let mut budget = budget.expect("made").clone();
    budget["BudgetLimit"]["Amount"] = "9000".into();
    budget.as_object_mut().expect("a structure").retain(|member, _| !["CalculatedSpend", "LastUpdatedTime"].contains(&member.as_str()));
    let update = json!({ "AccountId": account, "NewBudget": budget });
    ask_json(management, "budgets", "UpdateBudget", &update).await.expect("updated");
    drift("the budget of prod raised", "management/eu-west-1/budget/prod", "amount  USD 9000 -> USD 400")
}

/// Silences a budget.
async fn budget_notification(management: &SdkConfig) -> Drift {
    let notification = json!({ "NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 100.0,
        "ThresholdType": "PERCENTAGE" });
    let delete = json!({ "AccountId": account(management).await, "BudgetName": "landfall-organization", "Notification": notification });
    ask_json(management, "budgets", "DeleteNotification", &delete).await.expect("deleted");
    drift("a notification of a budget deleted", "management/eu-west-1/budget/organization", "notification  + costs above 100 %")
}

/// Lets budgets of any customer publish.
async fn topic_policy(management: &SdkConfig) -> Drift {
    let topic = topic(management).await;
    let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Sid": "Publish", "Effect": "Allow",
        "Principal": { "Service": "budgets.amazonaws.com" }, "Action": "sns:Publish", "Resource": topic }] });
    let set = [("TopicArn", topic.as_str()), ("AttributeName", "Policy"), ("AttributeValue", &policy.to_string())];
    ask(management, "sns", "SetTopicAttributes", &set).await.expect("set");
    drift("the topic's policy opened to every account", "management/eu-west-1/topic/money", "policy Publish Condition  + ")
}

async fn subscriber(management: &SdkConfig) -> Drift {
    let topic = topic(management).await;
    let listed = ask(management, "sns", "ListSubscriptionsByTopic", &[("TopicArn", &topic)]).await.expect("listed");
    let arn = listed.text("ListSubscriptionsByTopicResult/Subscriptions/member/SubscriptionArn").expect("subscribed");
    ask(management, "sns", "Unsubscribe", &[("SubscriptionArn", &arn)]).await.expect("ended");
    let address = "management/eu-west-1/subscription/money/finance@acme.example";
    Drift { done: "a subscriber of the topic removed", address, says: None }
}

async fn topic(management: &SdkConfig) -> String {
    format!("arn:aws:sns:eu-west-1:{}:landfall-money", account(management).await)
}

async fn account(config: &SdkConfig) -> String {
    let identity = aws_sdk_sts::Client::new(config).get_caller_identity().send().await.expect("identity");
    identity.account().expect("an account").to_owned()
}

async fn bucket(archive: &SdkConfig) -> (aws_sdk_s3::Client, String) {
    let s3 = aws_sdk_s3::Client::from_conf(aws_sdk_s3::config::Builder::from(archive).force_path_style(true).build());
    let buckets = s3.list_buckets().send().await.expect("listed");
    let name = buckets
        .buckets()
        .iter()
        .filter_map(|bucket| bucket.name())
        .find(|name| name.starts_with("acme-audit-") && !name.starts_with("acme-audit-access-"));
    let name = name.expect("made").to_owned();
    (s3, name)
}

async fn vpc(ec2: &Ec2) -> String {
    ec2.first("DescribeVpcs", &[at("prod/eu-west-1/vpc/main")], "vpcSet/item/vpcId").await
}
