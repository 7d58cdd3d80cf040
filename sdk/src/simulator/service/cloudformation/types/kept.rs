//! Types without a service here: their resources are kept as they were evaluated, with an id and attributes, and do nothing.
//!
//! One action of the type's service decides whether each may be made, changed and removed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Hands, Job, Made, Sort, TagForm, new_name};
use crate::simulator::failure::Failure;
use crate::simulator::service::cloudformation::actor::By;
use crate::simulator::world::World;

/// What a kept type has.
pub(super) struct Kept {
    create: &'static str,
    change: &'static str,
    delete: &'static str,
    /// The ARN by the name.
    arn: fn(&By, &str) -> String,
    /// The attributes besides those that every type has.
    attributes: fn(&By, &str) -> Vec<(&'static str, String)>,
    is_lower_case: bool,
    longest: usize,
}

pub(super) static LOG_GROUP: Sort = Sort {
    name: "AWS::Logs::LogGroup",
    required: &[],
    known: &["KmsKeyId", "LogGroupClass", "LogGroupName", "RetentionInDays", "Tags"],
    untaught: &[
        "BearerTokenAuthenticationEnabled",
        "DataProtectionPolicy",
        "DeletionProtectionEnabled",
        "FieldIndexPolicies",
        "ResourcePolicyDocument",
    ],
    create_only: &["LogGroupClass", "LogGroupName"],
    naming: "LogGroupName",
    tags: TagForm::List,
    hands: Hands::Kept(&Kept {
        create: "logs:CreateLogGroup",
        change: "logs:PutRetentionPolicy",
        delete: "logs:DeleteLogGroup",
        arn: |by, name| format!("arn:aws:logs:{}:{}:log-group:{name}", by.region, by.account),
        // `Arn` covers the streams of the group (CloudFormation reference, "AWS::Logs::LogGroup").
        attributes: |by, name| vec![("Arn", format!("arn:aws:logs:{}:{}:log-group:{name}:*", by.region, by.account))],
        is_lower_case: false,
        longest: 512,
    }),
};

pub(super) static ALARM: Sort = Sort {
    name: "AWS::CloudWatch::Alarm",
    required: &["ComparisonOperator", "EvaluationPeriods"],
    known: &[
        "ActionsEnabled",
        "AlarmActions",
        "AlarmDescription",
        "AlarmName",
        "ComparisonOperator",
        "DatapointsToAlarm",
        "Dimensions",
        "EvaluateLowSampleCountPercentile",
        "EvaluationPeriods",
        "ExtendedStatistic",
        "InsufficientDataActions",
        "MetricName",
        "Metrics",
        "Namespace",
        "OKActions",
        "Period",
        "Statistic",
        "Tags",
        "Threshold",
        "ThresholdMetricId",
        "TreatMissingData",
        "Unit",
    ],
    untaught: &[],
    create_only: &["AlarmName"],
    naming: "AlarmName",
    tags: TagForm::List,
    hands: Hands::Kept(&WATCHED),
};

pub(super) static COMPOSITE_ALARM: Sort = Sort {
    name: "AWS::CloudWatch::CompositeAlarm",
    required: &["AlarmRule"],
    known: &[
        "ActionsEnabled",
        "ActionsSuppressor",
        "ActionsSuppressorExtensionPeriod",
        "ActionsSuppressorWaitPeriod",
        "AlarmActions",
        "AlarmDescription",
        "AlarmName",
        "AlarmRule",
        "InsufficientDataActions",
        "OKActions",
        "Tags",
    ],
    untaught: &[],
    create_only: &["AlarmName"],
    naming: "AlarmName",
    tags: TagForm::List,
    hands: Hands::Kept(&Kept { create: "cloudwatch:PutCompositeAlarm", change: "cloudwatch:PutCompositeAlarm", ..WATCHED }),
};

const WATCHED: Kept = Kept {
    create: "cloudwatch:PutMetricAlarm",
    change: "cloudwatch:PutMetricAlarm",
    delete: "cloudwatch:DeleteAlarms",
    arn: alarm_arn,
    attributes: |by, name| vec![("Arn", alarm_arn(by, name))],
    is_lower_case: false,
    longest: 255,
};

pub(super) static REPOSITORY: Sort = Sort {
    name: "AWS::ECR::Repository",
    required: &[],
    known: &[
        "EmptyOnDelete",
        "EncryptionConfiguration",
        "ImageScanningConfiguration",
        "ImageTagMutability",
        "LifecyclePolicy",
        "RepositoryName",
        "RepositoryPolicyText",
        "Tags",
    ],
    untaught: &["ImageTagMutabilityExclusionFilters"],
    create_only: &["EncryptionConfiguration", "RepositoryName"],
    naming: "RepositoryName",
    tags: TagForm::List,
    hands: Hands::Kept(&Kept {
        create: "ecr:CreateRepository",
        change: "ecr:PutLifecyclePolicy",
        delete: "ecr:DeleteRepository",
        arn: repository_arn,
        attributes: |by, name| {
            let uri = format!("{}.dkr.ecr.{}.amazonaws.com/{name}", by.account, by.region);
            vec![("Arn", repository_arn(by, name)), ("RepositoryUri", uri)]
        },
        is_lower_case: true,
        longest: 256,
    }),
};

fn alarm_arn(by: &By, name: &str) -> String {
    format!("arn:aws:cloudwatch:{}:{}:alarm:{name}", by.region, by.account)
}

fn repository_arn(by: &By, name: &str) -> String {
    format!("arn:aws:ecr:{}:{}:repository/{name}", by.region, by.account)
}

/// Returns whether resources of a type are alarms.
pub(in crate::simulator::service::cloudformation) fn is_alarm(sort: &str) -> bool {
    [ALARM.name, COMPOSITE_ALARM.name].contains(&sort)
}

impl Kept {
    pub(super) fn make(&self, world: &mut World, job: &Job<'_>, sort: &Sort, properties: &Value) -> Result<Made, Failure> {
        let name = match sort.named(properties) {
            Some(name) => name.to_owned(),
            None if self.is_lower_case => new_name(world, job, self.longest).to_ascii_lowercase(),
            None => new_name(world, job, self.longest),
        };
        job.by.may(world, self.create, &(self.arn)(job.by, &name))?;
        let attributes = (self.attributes)(job.by, &name).into_iter();
        let attributes: BTreeMap<String, String> = attributes.map(|(attribute, value)| (attribute.to_owned(), value)).collect();
        Ok(Made { physical: name, attributes })
    }

    pub(super) fn change(&self, world: &World, job: &Job<'_>, name: &str) -> Result<(), Failure> {
        job.by.may(world, self.change, &(self.arn)(job.by, name))
    }

    pub(super) fn remove(&self, world: &World, job: &Job<'_>, name: &str) -> Result<(), Failure> {
        job.by.may(world, self.delete, &(self.arn)(job.by, name))
    }
}
