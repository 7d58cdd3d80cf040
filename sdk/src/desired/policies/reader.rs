//! The policy of a reader: what it sees, and what it must not see.

use serde_json::{Value, json};

use super::apps::shown_to_readers;
use super::document;
use crate::model::Organization;

/// Reads that `SecurityAudit` and `ViewOnlyAccess` allow but that return data, a credential, or a setting that often contains
/// secrets as plain text: environment variables, user data, arguments of jobs.
const NO_DATA: &[&str] = &[
    "apprunner:DescribeService",
    "appsync:ListApiKeys",
    "autoscaling:DescribeLaunchConfigurations",
    "batch:DescribeJobDefinitions",
    "chime:ListChannelMessages",
    "codebuild:BatchGetProjects",
    "cognito-idp:DescribeIdentityProvider",
    "cognito-idp:DescribeUserPoolClient",
    "cognito-idp:ListUserPoolClientSecrets",
    "cognito-idp:ListUsers*",
    "cognito-sync:ListRecords",
    "datapipeline:EvaluateExpression",
    "datapipeline:QueryObjects",
    "directconnect:DescribeRouterConfiguration",
    "directconnect:DescribeVirtualInterfaces",
    "ec2:DescribeInstanceAttribute",
    "ec2:DescribeLaunchTemplateVersions",
    "ec2:DescribeSpotFleetRequests",
    "ec2:DescribeSpotInstanceRequests",
    "ec2:DescribeVpnConnections",
    "ecs:DescribeTaskDefinition",
    "ecs:DescribeTasks",
    "elasticbeanstalk:DescribeConfigurationSettings",
    "elasticmapreduce:DescribeJobFlows",
    "elasticmapreduce:DescribeStep",
    "elasticmapreduce:ListBootstrapActions",
    "elasticmapreduce:ListSteps",
    "glue:GetJobRuns",
    "glue:GetJobs",
    "iot:ListRetainedMessages",
    "kafkaconnect:DescribeConnector",
    "lambda:GetFunctionConfiguration",
    "lambda:ListFunctions",
    "lambda:ListVersionsByFunction",
    "lightsail:GetContainerServices",
    "opsworks:DescribeApps",
    "rds:DownloadDBLogFilePortion",
    "sagemaker:Describe*",
    "ssm:ListCommands",
];

/// Returns the policy of a reader beside `SecurityAudit` and `ViewOnlyAccess`: what it may see in addition, and what it must not
/// see.
///
/// Both are AWS's policies for reading configuration (tests/policies/managed has them); `ReadOnlyAccess` reads data and returns
/// tokens in more than a hundred services, and in more each year.
pub(in crate::desired) fn reading(organization: &Organization) -> Value {
    let mut statements = vec![
        // Costs: operators need them, and the two policies leave them out.
        json!({"Sid": "Costs", "Effect": "Allow", "Action": ["ce:Describe*", "ce:Get*", "ce:List*"], "Resource": "*"}),
        json!({"Sid": "NoData", "Effect": "Deny", "Resource": "*", "Action": NO_DATA}),
    ];
    statements.extend(shown_to_readers(organization));
    document(&statements)
}
