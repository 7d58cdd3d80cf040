//! Flow logs to a bucket: created if they can be delivered, described, deleted. No line is ever written.

use serde_json::{Value, json};

use super::look::{Look, PAGE_MAX, one};
use super::want::{Want, failure, invalid, made_before, read_new_tags, read_token, show_tags, unsuccessful};
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::s3::delivery::Undeliverable;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::stored::Tags;
use crate::simulator::wire::Params;
use crate::simulator::world::World;
use crate::simulator::world::network::{FlowLog, Kind, Label};

pub(super) const OPERATIONS: &[Operation] =
    &[write("CreateFlowLogs", create_flow_logs), read("DescribeFlowLogs", describe_flow_logs), write("DeleteFlowLogs", delete_flow_logs)];

/// The principal that delivers flow logs.
const DELIVERY: &str = "delivery.logs.amazonaws.com";
/// The one destination that is simulated.
const DESTINATION: &str = "s3";
const BUCKETS: &str = "arn:aws:s3:::";
/// The folder that AWS creates itself, and that no destination may name (docs/AWS.md 5.5).
const RESERVED_FOLDER: &str = "AWSLogs";
/// Aggregation intervals in seconds; the second is the default.
const INTERVALS: [i64; 2] = [60, 600];
/// The fields of version 2 (VPC User Guide, "Flow log records").
const FORMAT: &str = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}";

fn create_flow_logs(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (kind, ids, token) = (read_kind(&params)?, params.texts("ResourceId")?, read_token(&params)?);
    let (draft, tags) = (read_draft(&params, call)?, read_new_tags(&params, Kind::FlowLog)?);
    let want = Want::to("ec2:CreateFlowLogs").makes(Kind::FlowLog, &tags).on_all(kind, ids.iter().copied());
    let pass = want.enter(world, call, params)?;
    call.may(world, Ask::new("logs:CreateLogDelivery", "*"))?;
    let text = token.as_ref().map(|token| token.text.clone());
    let logs = &world.network(call)?.flow_logs;
    if let Some(earlier) = made_before(logs.values(), |log| log.token.as_ref(), token.as_ref())? {
        let made: Vec<&str> = logs.values().filter(|log| log.token == earlier.token).map(|log| log.label.id.as_str()).collect();
        return Ok(pass.answer(json!({ "flowLogIdSet": made, "clientToken": text, "unsuccessful": [] })));
    }
    if logs.values().any(|log| ids.contains(&log.resource.as_str()) && log.destination == draft.destination) {
        let message = "There is an existing Flow Log with the same configuration and log destination.";
        return Err(failure("FlowLogAlreadyExists", message));
    }
    if let Err(reason) = deliverable(world, call, &draft)? {
        check_overwriting(world, call, &draft)?;
        let failed: Value = ids.iter().map(|id| undelivered(id, &draft, &reason)).collect();
        return Ok(pass.answer(json!({ "flowLogIdSet": [], "clientToken": text, "unsuccessful": failed })));
    }
    let mut made = Vec::new();
    for id in ids {
        let label = Label::new(world.hex_id(Kind::FlowLog.prefix()), call.now, tags.clone());
        made.push(label.id.clone());
        let log = FlowLog { label, resource: id.to_owned(), token: token.clone(), ..draft.clone() };
        world.network_mut(call)?.flow_logs.insert(log.label.id.clone(), log);
    }
    Ok(pass.answer(json!({ "flowLogIdSet": made, "clientToken": text, "unsuccessful": [] })))
}

fn describe_flow_logs(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let look = Look::read(&params, "FlowLogId", PAGE_MAX)?;
    let pass = Want::to("ec2:DescribeFlowLogs").enter(world, call, params)?;
    let status = |log: &FlowLog| match deliverable(world, call, log) {
        Ok(Ok(())) => "SUCCESS",
        Ok(Err(_)) | Err(_) => "FAILED",
    };
    let answer = look.answer(
        world,
        call,
        "flowLogSet",
        &world.network(call)?.flow_logs,
        &[
            ("flow-log-id", &|log| one(&log.label.id)),
            ("resource-id", &|log| one(&log.resource)),
            ("traffic-type", &|log| one(&log.traffic)),
            ("log-destination-type", &|_| one(DESTINATION)),
            ("deliver-log-status", &|log| one(status(log))),
        ],
        |log| show(status(log), log),
    )?;
    Ok(pass.answer(answer))
}

/// Deletes flow logs, each that exists.
fn delete_flow_logs(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let ids = params.texts("FlowLogId")?;
    let pass = Want::to("ec2:DeleteFlowLogs").on_all(Kind::FlowLog, ids.iter().copied()).ask(world, call, params)?;
    call.may(world, Ask::new("logs:DeleteLogDelivery", "*"))?;
    let mut failed = Vec::new();
    for id in ids {
        match world.see(call, Kind::FlowLog, id) {
            Ok(()) => {
                world.network_mut(call)?.flow_logs.remove(id);
            }
            Err(failure) => failed.push(unsuccessful(id, &failure.code, &failure.message)),
        }
    }
    Ok(pass.answer(json!({ "unsuccessful": failed })))
}

fn read_kind(params: &Params<'_>) -> Result<Kind, Failure> {
    match params.text("ResourceType")? {
        "VPC" => Ok(Kind::Vpc),
        "Subnet" => Ok(Kind::Subnet),
        "NetworkInterface" => Ok(Kind::NetworkInterface),
        other => Err(Failure::not_implemented(format_args!("flow logs of type {other}"))),
    }
}

/// Reads the parameters that the flow logs of a call share.
fn read_draft(params: &Params<'_>, call: &Call<'_>) -> Result<FlowLog, Failure> {
    let sort = params.optional_text("LogDestinationType")?.unwrap_or("cloud-watch-logs");
    if sort != DESTINATION {
        return Err(Failure::not_implemented(format_args!("flow logs to {sort}")));
    }
    let traffic = params.text("TrafficType")?;
    if !["ALL", "ACCEPT", "REJECT"].contains(&traffic) {
        return Err(invalid(format!("Invalid value '{traffic}' for trafficType.")));
    }
    let destination = params.text("LogDestination")?;
    let named = destination.strip_prefix(BUCKETS).filter(|path| !path.is_empty());
    let named = named.ok_or_else(|| invalid(format!("LogDestination: {destination} is not a valid ARN of a bucket.")))?;
    if named.split('/').nth(1) == Some(RESERVED_FOLDER) {
        return Err(invalid(format!("LogDestination: {RESERVED_FOLDER} is a reserved folder.")));
    }
    let interval = params.optional_integer("MaxAggregationInterval", INTERVALS[0]..=INTERVALS[1])?.unwrap_or(INTERVALS[1]);
    if !INTERVALS.contains(&interval) {
        return Err(invalid(format!("Invalid value '{interval}' for maxAggregationInterval.")));
    }
    let format = params.optional_text("LogFormat")?.unwrap_or(FORMAT);
    let (mut file_format, mut hive_compatible, mut per_hour) = ("plain-text", false, false);
    if let Some(options) = params.structure("DestinationOptions")? {
        file_format = options.optional_text("FileFormat")?.unwrap_or(file_format);
        hive_compatible = options.optional_boolean("HiveCompatiblePartitions")?.unwrap_or_default();
        per_hour = options.optional_boolean("PerHourPartition")?.unwrap_or_default();
        options.finish()?;
    }
    if !["plain-text", "parquet"].contains(&file_format) {
        return Err(invalid(format!("Invalid value '{file_format}' for fileFormat.")));
    }
    Ok(FlowLog {
        label: Label::new("", call.now, Tags::new()),
        resource: String::new(),
        destination: destination.to_owned(),
        traffic: traffic.to_owned(),
        interval,
        format: format.to_owned(),
        file_format: file_format.to_owned(),
        hive_compatible,
        per_hour,
        token: None,
    })
}

/// Returns why a flow log's files cannot be written under the current policies.
fn deliverable(world: &World, call: &Call<'_>, log: &FlowLog) -> Result<Result<(), Undeliverable>, Failure> {
    let account = call.account()?;
    let (bucket, folder) = bucket_and_folder(log);
    let owner = if log.hive_compatible { format!("aws-account-id={account}") } else { account.to_string() };
    let prefix = format!("{folder}/{RESERVED_FOLDER}/{owner}/");
    let source = world.source_keys(account, &format!("arn:aws:logs:{}:{account}:*", call.region));
    Ok(world.may_deliver(call.now, &bucket, &prefix, DELIVERY, &source))
}

/// Refuses if AWS would write the policy of the caller's own bucket (docs/AWS.md 5.5).
fn check_overwriting(world: &World, call: &Call<'_>, log: &FlowLog) -> Result<(), Failure> {
    let (arn, _) = bucket_and_folder(log);
    let bucket = world.bucket_for_services(call.now, &arn);
    let is_own = bucket.is_some_and(|bucket| call.account().is_ok_and(|account| *account == bucket.account));
    let may = |action| call.may(world, Ask::new(action, arn.as_str())).is_ok();
    if is_own && may("s3:GetBucketPolicy") && may("s3:PutBucketPolicy") {
        return Err(Failure::not_implemented("flow logs that change the policy of their bucket"));
    }
    Ok(())
}

fn bucket_and_folder(log: &FlowLog) -> (String, &str) {
    let path = log.destination.strip_prefix(BUCKETS).unwrap_or_default();
    let (bucket, folder) = path.split_once('/').unwrap_or((path, ""));
    (format!("{BUCKETS}{bucket}"), folder.trim_matches('/'))
}

/// Writes the reason why one resource has no flow log.
fn undelivered(id: &str, log: &FlowLog, reason: &Undeliverable) -> Value {
    let (arn, _) = bucket_and_folder(log);
    let bucket = arn.trim_start_matches(BUCKETS);
    match reason {
        Undeliverable::NoBucket => unsuccessful(
            id,
            "LogDestinationNotFound",
            &format!("LogDestination: {bucket} does not exist. The specified Amazon S3 bucket does not exist."),
        ),
        Undeliverable::Denied(_) => {
            unsuccessful(id, "400", &format!("Access Denied for LogDestination: {bucket}. Please check LogDestination permission"))
        }
    }
}

fn show(status: &str, log: &FlowLog) -> Value {
    json!({
        "flowLogId": log.label.id,
        "flowLogStatus": "ACTIVE",
        "resourceId": log.resource,
        "trafficType": log.traffic,
        "logDestinationType": DESTINATION,
        "logDestination": log.destination,
        "logFormat": log.format,
        "maxAggregationInterval": log.interval,
        "destinationOptions": {
            "fileFormat": log.file_format,
            "hiveCompatiblePartitions": log.hive_compatible,
            "perHourPartition": log.per_hour,
        },
        "deliverLogsStatus": status,
        "deliverLogsErrorMessage": (status == "FAILED").then_some("Access error"),
        "creationTime": log.label.made.iso(),
        "tagSet": show_tags(&log.label.tags),
    })
}
