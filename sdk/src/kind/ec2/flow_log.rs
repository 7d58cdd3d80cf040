//! Flow logs: the connections in a VPC, written to the log archive's bucket; found by their address tag.
//!
//! A flow log cannot be changed: one that differs is deleted and created again, and the seconds between are not logged. It is never moved
//! away from a VPC that still exists. One that does not deliver is left alone: AWS keeps trying, and the cause is in the log archive. AWS
//! reports a failed creation in a successful answer.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::api::{self, Deleted, Tag, TagSpecification, UnsuccessfulItem, lists};
use super::{
    PAUSES, PROPAGATION, carried, carries, gone, our_vpcs, ours_at, same_address, tag, token_now, unsuccessful, untagged, until_visible,
    vpcs, were_ours,
};
use crate::address::Address;
use crate::aws::client::{Operation as _, items, requests};
use crate::aws::error::AwsError;
use crate::aws::tags::Tags;
use crate::id::ec2::FlowLogId;
use crate::kind::terraform::{Import, Place};
use crate::kind::{Adoption, Blocked, Charge, Context, Facts, Field, Hazard, HazardName, Item, Kind, Made, ScopeSet, StepError, Text};

/// EC2's codes while the bucket or its policy is too new to be visible.
const CLOSED: &[&str] = &["LogDestinationPermissionIssue", "LogDestinationNotFound", "LogDestinationNotFoundException"];
/// The same, item by item: the code is a bare number there.
const CLOSED_WORDS: &str = "Access Denied for LogDestination";
/// The word for a delivery that does not work; the flow log stays active anyway.
const FAILED: &str = "FAILED";

/// EC2's word for all traffic.
const ALL: &str = "ALL";
/// EC2's word for a destination in S3.
const S3: &str = "s3";
/// The field of its destination.
const DESTINATION: &str = "destination";

/// What one is billed for: writing the records, and keeping them in the log archive.
const COST: [Charge; 2] =
    [Charge::per_use(Item::FlowLogDelivery, 10, "a month from each flow log"), Charge::per_use(Item::Storage, 10, "kept of each flow log")];

/// The kind `flow-log`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FlowLog;

/// What a flow log should be; it records all traffic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desired {
    /// The VPC that it watches.
    pub vpc: Text,
    /// The ARN of the folder that it writes to, with a slash at the end.
    pub destination: Text,
    /// The seconds that one record covers, 60 or 600.
    pub interval: i32,
    /// Its tags.
    pub tags: Tags,
}

/// What a flow log is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Its id, `fl-…`.
    pub id: FlowLogId,
    /// The VPC that it watches.
    pub vpc: String,
    /// The ARN of the folder that it writes to, with a slash at the end.
    pub destination: String,
    /// The seconds that one record covers.
    pub interval: i32,
    /// `ALL`, `ACCEPT` or `REJECT`.
    pub traffic: String,
    /// Why it does not deliver, if so.
    pub failure: Option<String>,
    /// Whether the VPC that it watches still exists.
    pub vpc_exists: bool,
    /// Its tags.
    pub tags: Tags,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "made and matched in this file only")]
pub enum Edit {
    /// It is deleted and created again, because of these differences.
    Renew(Vec<Field>),
}

impl Kind for FlowLog {
    const NAME: &'static str = "flow-log";
    const SCOPES: ScopeSet = ScopeSet::Region;
    const SERVICE: &'static str = "EC2";
    /// The bucket's policy must be visible first (docs/AWS.md 5.5).
    const USUAL: Duration = Duration::from_secs(15);
    // After its VPC: if the removal of the VPC fails, its log is kept.
    const REMOVAL_RANK: u8 = 30;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn visit_references(desired: &mut Desired, visit: &mut dyn FnMut(&mut Text)) {
        visit(&mut desired.vpc);
        visit(&mut desired.destination);
    }

    fn matches(desired: &Desired, observed: &Observed) -> bool {
        same_address(&desired.tags, &observed.tags)
    }

    fn tags(observed: &Observed) -> Option<&Tags> {
        Some(&observed.tags)
    }

    /// It was found by one of landfall's tags, so only the other one can be missing.
    fn adoption(_: &Desired, _: &Observed) -> Adoption {
        Adoption::Adopt
    }

    /// A VPC can have one flow log per destination.
    fn rival(desired: &Desired, observed: &Observed) -> Option<Blocked> {
        let is_there = desired.vpc.as_str() == observed.vpc && desired.destination.as_str() == observed.destination;
        let what = || format!("{} of {} writes to {} and has {}", observed.id, observed.vpc, observed.destination, carried(&observed.tags));
        is_there.then(|| untagged(what(), &observed.id, &desired.tags))
    }

    fn tagging<'a>(desired: &'a Desired, observed: &'a Observed) -> Option<(&'a Tags, &'a Tags)> {
        Some((&observed.tags, &desired.tags))
    }

    fn diff(desired: &Desired, observed: &Observed) -> Result<Vec<Edit>, Blocked> {
        if desired.vpc.as_str() != observed.vpc && observed.vpc_exists {
            return Err(Blocked::new(
                format!("{} watches {}, which still exists, and not {}", observed.id, observed.vpc, desired.vpc),
                format!(
                    "restore the tags of {}, or remove it with all that is in it: its flow log is kept as long as it exists",
                    observed.vpc
                ),
            ));
        }
        let all = ALL;
        let mut fields = Vec::new();
        if desired.vpc.as_str() != observed.vpc {
            fields.push(Field::new("vpc", &observed.vpc, &desired.vpc));
        }
        if desired.destination.as_str() != observed.destination {
            fields.push(Field::new(DESTINATION, &observed.destination, &desired.destination));
        }
        if desired.interval != observed.interval {
            fields.push(Field::new("interval", seconds(observed.interval), seconds(desired.interval)));
        }
        if observed.traffic != all {
            fields.push(Field::new("traffic", &observed.traffic, all));
        }
        Ok(if fields.is_empty() { Vec::new() } else { vec![Edit::Renew(fields)] })
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        match edit {
            Edit::Renew(fields) => fields.clone(),
        }
    }

    fn summary(desired: &Desired) -> String {
        format!("all traffic, every {}", seconds(desired.interval))
    }

    fn display_name(observed: &Observed) -> String {
        format!("{} of {}", observed.id, observed.vpc)
    }

    fn hazards(edit: &Edit) -> Vec<Hazard> {
        let Edit::Renew(fields) = edit;
        let moved = fields.iter().find(|field| field.name == DESTINATION);
        let text = |field: &Field| {
            let (from, to) = (field.from.as_deref().unwrap_or_default(), field.to.as_deref().unwrap_or_default());
            format!("flow logs go to {to}; those in {from} stay there, under the retention of that folder")
        };
        moved.map(|field| Hazard::new(HazardName::MoveLogs, text(field))).into_iter().collect()
    }

    fn watches(observed: &Observed) -> Option<&str> {
        observed.vpc_exists.then_some(observed.vpc.as_str())
    }

    fn cost(_: &Desired) -> Vec<Charge> {
        COST.to_vec()
    }

    fn present_cost(_: &Observed) -> Vec<Charge> {
        COST.to_vec()
    }

    fn terraform(observed: &Observed, _: &Place<'_>) -> Import {
        Import::new("aws_flow_log", &observed.id)
    }

    fn check_removable(_: &Observed) -> Result<(), Blocked> {
        Ok(())
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        Facts::one(address, "id", &observed.id)
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        let found = cx.pages(DescribeFlowLogs::by([])).await?;
        let (vpcs, ours) = (vpcs(cx).await?, our_vpcs(cx).await?);
        let in_view = |log: &Observed| were_ours(cx, &log.tags) || ours.iter().any(|vpc| *vpc == log.vpc.as_str());
        let exists = |id: &str| vpcs.iter().any(|vpc| *vpc.vpc_id == *id);
        Ok(found.iter().map(read).filter(in_view).map(|log| Observed { vpc_exists: exists(&log.vpc), ..log }).collect())
    }

    async fn create(cx: &Context<'_>, address: &Address, desired: &Desired) -> Result<Made<Observed>, StepError> {
        if let Some(found) = find(cx, address).await? {
            return Ok(Made::Found(found));
        }
        let (vpc, destination) = (desired.vpc.as_str().to_owned(), desired.destination.as_str().to_owned());
        let (interval, traffic, tags) = (desired.interval, ALL.to_owned(), desired.tags.clone());
        let id = make(cx, address, desired).await?;
        Ok(Made::New(Observed { id, vpc, vpc_exists: true, destination, interval, traffic, failure: None, tags }))
    }

    async fn edit(cx: &Context<'_>, address: &Address, desired: &Desired, observed: &Observed, edits: &[Edit]) -> Result<Facts, StepError> {
        let mut id = observed.id.clone();
        for edit in edits {
            match edit {
                Edit::Renew(_) => {
                    // In this order: a second one of the same VPC and destination is refused.
                    delete(cx, &id).await?;
                    id = make(cx, address, desired).await?;
                }
            }
        }
        Ok(Facts::one(address, "id", &id))
    }

    async fn tag(cx: &Context<'_>, observed: &Observed, tags: &Tags) -> Result<(), StepError> {
        tag(cx, &observed.id, tags).await
    }

    async fn remove(cx: &Context<'_>, observed: &Observed) -> Result<(), StepError> {
        delete(cx, &observed.id).await
    }
}

fn seconds(interval: i32) -> String {
    format!("{interval} s")
}

/// Returns the flow log with an address tag.
async fn find(cx: &Context<'_>, address: &Address) -> Result<Option<Observed>, AwsError> {
    let found = cx.pages(DescribeFlowLogs::by(ours_at(cx, address))).await?;
    Ok(found.iter().map(read).find(|flow_log| carries(cx, address, &flow_log.tags)))
}

/// Creates a flow log. The bucket's policy may be seconds old, and is waited for.
async fn make(cx: &Context<'_>, address: &Address, desired: &Desired) -> Result<FlowLogId, StepError> {
    let until = cx.clock().now() + PROPAGATION;
    loop {
        let error = match send(cx, address, desired).await? {
            Ok(id) => return Ok(id),
            Err(error) => error,
        };
        if error.is(&["FlowLogAlreadyExists"])
            && let Some(made) = find(cx, address).await?
        {
            return Ok(made.id);
        }
        if !is_closed(&error) || cx.clock().now() >= until {
            return Err(explained(error));
        }
        cx.pause("the audit bucket to accept flow logs", PAUSES.1).await?;
    }
}

/// Sends the creation once; an error in the items of the answer is an error of the call.
async fn send(cx: &Context<'_>, address: &Address, desired: &Desired) -> Result<Result<FlowLogId, AwsError>, StepError> {
    let create = CreateFlowLogs {
        resource_type: "VPC",
        resource_id: vec![desired.vpc.known()?.to_owned()],
        traffic_type: ALL,
        log_destination_type: S3,
        log_destination: desired.destination.known()?.to_owned(),
        max_aggregation_interval: desired.interval,
        // Each attempt has its own token: AWS would repeat the earlier failure for a known one.
        client_token: token_now(cx, address),
        tag_specification: TagSpecification::new("vpc-flow-log", &desired.tags),
    };
    Ok(cx.send_with(&until_visible(cx), &create).await.and_then(|made| {
        unsuccessful(CreateFlowLogs::CALL, &made.unsuccessful)?;
        made.ids.into_iter().next().ok_or_else(|| AwsError::incomplete(CreateFlowLogs::CALL, "FlowLogIds"))
    }))
}

async fn delete(cx: &Context<'_>, id: &FlowLogId) -> Result<(), StepError> {
    let sent = cx.send(&DeleteFlowLogs { flow_log_id: vec![id.clone()] }).await;
    Ok(gone(sent.and_then(|Deleted { unsuccessful: items }| unsuccessful(DeleteFlowLogs::CALL, &items)))?)
}

fn is_closed(error: &AwsError) -> bool {
    error.is(CLOSED) || error.message.contains(CLOSED_WORDS)
}

fn explained(error: AwsError) -> StepError {
    let hint = if is_closed(&error) {
        "the log archive's bucket does not accept flow logs: `landfall plan` shows whether its policy or its key was changed"
    } else if error.is(&["FlowLogAlreadyExists"]) {
        "another flow log of the VPC writes to this destination since the plan: run `landfall plan` to see it"
    } else if error.is_denied() {
        "allow the caller ec2:CreateFlowLogs, logs:CreateLogDelivery and logs:DeleteLogDelivery; then `landfall apply`"
    } else {
        return error.into();
    };
    StepError::explained(error, hint)
}

fn read(found: &Found) -> Observed {
    let failed = found.deliver_logs_status.as_deref() == Some(FAILED);
    // A flow log to CloudWatch Logs has no destination.
    let destination = found.log_destination.as_deref().unwrap_or_default();
    Observed {
        id: found.flow_log_id.clone(),
        vpc: found.resource_id.clone(),
        // The folder is the same with or without the slash.
        destination: format!("{}/", destination.trim_end_matches('/')),
        interval: found.max_aggregation_interval,
        traffic: found.traffic_type.clone(),
        vpc_exists: true,
        failure: failed.then(|| found.deliver_logs_error_message.clone().unwrap_or_else(|| FAILED.to_owned())),
        tags: api::read(&found.tags),
    }
}

lists! { DescribeFlowLogs -> FlowLogs { "flowLogSet": Found } by 1000 }
requests! { EC2, "ec2":
    CreateFlowLogs {
        resource_type: &'static str, resource_id: Vec<String>, traffic_type: &'static str, log_destination_type: &'static str,
        log_destination: String, max_aggregation_interval: i32, client_token: String, tag_specification: Vec<TagSpecification>,
    } -> Answered,
    DeleteFlowLogs { flow_log_id: Vec<FlowLogId> } -> Deleted,
}

#[derive(Debug, Deserialize)]
struct Answered {
    #[serde(default, rename = "flowLogIdSet", deserialize_with = "items")]
    ids: Vec<FlowLogId>,
    #[serde(default, deserialize_with = "items")]
    unsuccessful: Vec<UnsuccessfulItem>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    flow_log_id: FlowLogId,
    resource_id: String,
    log_destination: Option<String>,
    #[serde(default)]
    max_aggregation_interval: i32,
    #[serde(default)]
    traffic_type: String,
    deliver_logs_status: Option<String>,
    deliver_logs_error_message: Option<String>,
    #[serde(default, rename = "tagSet", deserialize_with = "items")]
    tags: Vec<Tag>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::tags;
    use crate::kind::ec2::api::ItemError;
    use crate::name::literal;

    fn desired() -> Desired {
        Desired {
            vpc: "vpc-1".into(),
            destination: "arn:aws:s3:::logs/flow-logs/365d/".into(),
            interval: 60,
            tags: Tags::from([(tags::ADDRESS.to_owned(), "prod/eu-west-1/flow-log/vpc".to_owned())]),
        }
    }

    fn found() -> Found {
        Found {
            flow_log_id: literal("fl-1"),
            resource_id: "vpc-1".to_owned(),
            log_destination: Some("arn:aws:s3:::logs/flow-logs/365d".to_owned()),
            max_aggregation_interval: 60,
            traffic_type: ALL.to_owned(),
            deliver_logs_status: Some("SUCCESS".to_owned()),
            deliver_logs_error_message: None,
            tags: Vec::new(),
        }
    }

    fn observed() -> Observed {
        Observed { tags: desired().tags, ..read(&found()) }
    }

    fn shown(observed: &Observed) -> Vec<String> {
        let edits = FlowLog::diff(&desired(), observed).expect("open");
        edits.iter().flat_map(FlowLog::fields).map(|field| field.to_string()).collect()
    }

    #[test]
    fn any_difference_replaces_it_and_the_slash_is_not_one() {
        assert_eq!(shown(&observed()), [""; 0]);
        let other = Observed { interval: 600, traffic: "REJECT".to_owned(), ..observed() };
        assert_eq!(shown(&other), ["interval  600 s -> 60 s", "traffic  REJECT -> ALL"]);
    }

    #[test]
    fn another_destination_is_a_hazard_and_another_interval_is_not() {
        let hazards = |observed: &Observed| {
            let edits = FlowLog::diff(&desired(), observed).expect("open");
            edits.iter().flat_map(FlowLog::hazards).map(|hazard| (hazard.name, hazard.text)).collect::<Vec<_>>()
        };
        assert_eq!(hazards(&Observed { interval: 600, ..observed() }), []);
        let elsewhere = hazards(&Observed { destination: "arn:aws:s3:::logs/flow-logs/30d/".to_owned(), ..observed() });
        assert_eq!(elsewhere.len(), 1);
        assert_eq!(elsewhere[0].0, HazardName::MoveLogs);
        assert!(elsewhere[0].1.starts_with("flow logs go to arn:aws:s3:::logs/flow-logs/365d/; those in "), "{elsewhere:?}");
    }

    #[test]
    fn it_is_moved_only_from_a_vpc_that_is_gone() {
        let elsewhere = Observed { vpc: "vpc-9".to_owned(), ..observed() };
        let blocked = FlowLog::diff(&desired(), &elsewhere).expect_err("it stays");
        assert_eq!(blocked.reason, "fl-1 watches vpc-9, which still exists, and not vpc-1");
        assert_eq!(shown(&Observed { vpc_exists: false, ..elsewhere }), ["vpc  vpc-9 -> vpc-1"]);
    }

    #[test]
    fn one_that_does_not_deliver_shows_why_and_is_left_alone() {
        let failing =
            Found { deliver_logs_status: Some(FAILED.to_owned()), deliver_logs_error_message: Some("Access error".to_owned()), ..found() };
        let failing = Observed { failure: read(&failing).failure, ..observed() };
        assert_eq!(failing.failure.as_deref(), Some("Access error"));
        assert_eq!(shown(&failing), [""; 0]);
    }

    #[test]
    fn an_error_in_a_successful_answer_is_an_error() {
        let refusal = |message: &str| {
            let error = ItemError { code: Some("400".to_owned()), message: Some(message.to_owned()) };
            unsuccessful("ec2:CreateFlowLogs", &[UnsuccessfulItem { error }]).expect_err("refused")
        };
        let error = refusal("Access Denied for LogDestination: logs. Please check LogDestination permission");
        assert!(is_closed(&error) && !is_closed(&refusal("Invalid LogDestination")));
        let StepError::Explained { error, hint } = explained(error) else { panic!("explained") };
        assert!(error.to_string().starts_with("AWS refused CreateFlowLogs: 400: Access Denied for LogDestination"), "{error}");
        assert!(hint.contains("its policy or its key"), "{hint}");
        assert_eq!(unsuccessful("ec2:CreateFlowLogs", &[]), Ok(()));
    }
}
