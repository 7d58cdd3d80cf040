//! The services, and whether an operation reads or writes. Every other file of the simulator may use this one.

use serde::{Deserialize, Serialize};

/// A service that is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Service {
    Organizations,
    Iam,
    Sts,
    Kms,
    S3,
    CloudTrail,
    Ec2,
    Ssm,
    Account,
    Backup,
    Logs,
    Tagging,
    Sns,
    Budgets,
    SecretsManager,
    CloudFormation,
}

/// Whether an operation changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Read,
    Write,
}

impl Service {
    pub(crate) const ALL: [Self; 16] = [
        Self::Organizations,
        Self::Iam,
        Self::Sts,
        Self::Kms,
        Self::S3,
        Self::CloudTrail,
        Self::Ec2,
        Self::Ssm,
        Self::Account,
        Self::Backup,
        Self::Logs,
        Self::Tagging,
        Self::Sns,
        Self::Budgets,
        Self::SecretsManager,
        Self::CloudFormation,
    ];

    /// Returns the name that signatures use.
    pub(crate) fn signing(self) -> &'static str {
        match self {
            Self::Tagging => "tagging",
            other => other.name(),
        }
    }

    /// Returns the name that policies use.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Organizations => "organizations",
            Self::Iam => "iam",
            Self::Sts => "sts",
            Self::Kms => "kms",
            Self::S3 => "s3",
            Self::CloudTrail => "cloudtrail",
            Self::Ec2 => "ec2",
            Self::Ssm => "ssm",
            Self::Account => "account",
            Self::Backup => "backup",
            Self::Logs => "logs",
            Self::Tagging => "tag",
            Self::Sns => "sns",
            Self::Budgets => "budgets",
            Self::SecretsManager => "secretsmanager",
            Self::CloudFormation => "cloudformation",
        }
    }

    /// Returns the prefix of `X-Amz-Target` for services that speak JSON; of the others S3 speaks REST in XML, Account
    /// Management and AWS Backup in JSON, EC2 its own Query, the rest Query.
    pub(crate) fn target(self) -> Option<&'static str> {
        match self {
            Self::Organizations => Some("AWSOrganizationsV20161128"),
            Self::Kms => Some("TrentService"),
            Self::CloudTrail => Some("CloudTrail_20131101"),
            Self::Ssm => Some("AmazonSSM"),
            Self::Logs => Some("Logs_20140328"),
            Self::Tagging => Some("ResourceGroupsTaggingAPI_20170126"),
            Self::Budgets => Some("AWSBudgetServiceGateway"),
            Self::SecretsManager => Some("secretsmanager"),
            Self::Iam | Self::Sts | Self::S3 | Self::Ec2 | Self::Account | Self::Sns | Self::Backup | Self::CloudFormation => None,
        }
    }
}
