//! Types without a service here: their resources are kept as they were evaluated, with an id and attributes, and do nothing.
//!
//! One action of the type's service decides whether each may be made, changed and removed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::sort::{Hands, Job, Kept, Made, Sort, TagForm, new_name};
use crate::simulator::failure::Failure;
use crate::simulator::service::cloudformation::actor::By;
use crate::simulator::world::World;

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
    hands: HANDS,
    kept: Some(&Kept {
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
    hands: HANDS,
    kept: Some(&WATCHED),
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
    hands: HANDS,
    kept: Some(&Kept { create: "cloudwatch:PutCompositeAlarm", change: "cloudwatch:PutCompositeAlarm", ..WATCHED }),
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
    hands: HANDS,
    kept: Some(&Kept {
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

const HANDS: Hands = Hands { make, change, remove, attributes: None };

fn make(world: &mut World, job: &Job<'_>, sort: &Sort, properties: &Value) -> Result<Made, (Failure, Option<String>)> {
    let kept = kept(sort).map_err(|failure| (failure, None))?;
    let name = match sort.named(properties) {
        Some(name) => name.to_owned(),
        None if kept.is_lower_case => new_name(world, job, kept.longest).to_ascii_lowercase(),
        None => new_name(world, job, kept.longest),
    };
    job.by.may(world, kept.create, &(kept.arn)(job.by, &name)).map_err(|failure| (failure, None))?;
    let attributes = (kept.attributes)(job.by, &name).into_iter();
    let attributes: BTreeMap<String, String> = attributes.map(|(attribute, value)| (attribute.to_owned(), value)).collect();
    Ok(Made { physical: name, attributes })
}

fn change(world: &mut World, job: &Job<'_>, sort: &Sort, name: &str, _: &Value, _: &Value) -> Result<(), Failure> {
    let kept = kept(sort)?;
    job.by.may(world, kept.change, &(kept.arn)(job.by, name))
}

fn remove(world: &mut World, job: &Job<'_>, sort: &Sort, name: &str, _: &Value) -> Result<(), Failure> {
    let kept = kept(sort)?;
    job.by.may(world, kept.delete, &(kept.arn)(job.by, name))
}

fn kept(sort: &Sort) -> Result<&'static Kept, Failure> {
    sort.kept.ok_or_else(|| Failure::internal(format_args!("{} is no kept type", sort.name)))
}
