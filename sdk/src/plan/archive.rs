//! The lock-out check of the log archive: no guardrail there may deny CloudTrail and flow logs what they write, or landfall what it manages
//! them with.
//!
//! Guardrails on principals bind no service; those on resources bind everyone but service-linked roles. The lock's bucket is in the
//! management account, which neither binds.

use super::check::{Refused, Stopped};
use super::judged::{self, Call};
use super::links::{Links, of_account};
use crate::address::Address;
use crate::aws::policy::{Caller, Request};
use crate::desired::DesiredState;
use crate::id::{AccountId, iam_arn};
use crate::kind::{Desired, Kind, cloudtrail::trail, s3::bucket};
use crate::model::Organization;
use crate::name::AccountKey;
use crate::observed::Observation;
use crate::ours::{self, AUDIT, PROVISIONER};

/// The principal of CloudTrail, and that which delivers flow logs.
const CLOUDTRAIL: &str = "cloudtrail.amazonaws.com";
const FLOW_LOGS: &str = "delivery.logs.amazonaws.com";
/// Keys that a service's call has none of: it has no principal of an account, and comes from no VPC (docs/AWS.md 4.2, 5.5).
const OF_NO_SERVICE: [&str; 6] =
    ["aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:SourceVpc", "aws:SourceVpce"];

/// What a call is done with.
#[derive(Clone, Copy)]
enum On {
    Bucket,
    /// An object, by the beginning of its key.
    Objects(&'static str),
    Key,
}

/// Who calls what, and what stops without it.
struct Need {
    who: fn() -> String,
    stops: &'static str,
    calls: &'static [(&'static str, On)],
}

/// What is needed in the log archive (docs/AWS.md 4.2, 4.3, 5.5); of landfall's own calls, one of each kind.
const NEEDED: [Need; 3] = [
    Need {
        who: || CLOUDTRAIL.to_owned(),
        stops: "the audit trail would no longer be delivered",
        calls: &[
            ("s3:GetBucketAcl", On::Bucket),
            ("s3:PutObject", On::Objects("AWSLogs/")),
            ("kms:GenerateDataKey", On::Key),
            ("kms:DescribeKey", On::Key),
            ("kms:Decrypt", On::Key),
        ],
    },
    Need {
        who: || FLOW_LOGS.to_owned(),
        stops: "flow logs would no longer be delivered",
        calls: &[("s3:PutObject", On::Objects("flow-logs/")), ("kms:GenerateDataKey", On::Key), ("kms:DescribeKey", On::Key)],
    },
    Need {
        who: || ours::role(PROVISIONER),
        stops: "landfall could no longer read or change the bucket and the key of the audit log",
        calls: &[
            ("s3:GetBucketPolicy", On::Bucket),
            ("s3:PutBucketPolicy", On::Bucket),
            ("s3:GetLifecycleConfiguration", On::Bucket),
            ("s3:PutLifecycleConfiguration", On::Bucket),
            ("kms:DescribeKey", On::Key),
            ("kms:GetKeyPolicy", On::Key),
            ("kms:PutKeyPolicy", On::Key),
        ],
    },
];

/// Refuses guardrails on the log archive, or above it, that deny one of these.
pub(super) fn check(
    organization: &Organization,
    desired: &DesiredState,
    observation: &Observation,
    links: &Links<'_>,
) -> Result<(), Refused> {
    let archive = of_account(&AccountKey::log_archive());
    let calls = calls(organization, desired, observation, &archive);
    for attached in links.guarding(&archive) {
        let Some(wanted) = desired.wanted.iter().find(|wanted| wanted.address == attached.guardrail) else { continue };
        let Desired::Guardrail(guardrail) = observation.resolved(&wanted.thing) else { continue };
        if !guardrail.policy_type.is_authorization() {
            continue;
        }
        for (need, call) in &calls {
            if let Some(statement) = judged::denying(guardrail.content.as_str(), guardrail.policy_type, call) {
                return Err(Refused::LogArchive(Box::new(Stopped {
                    guardrail: wanted.address.name().to_owned(),
                    statement,
                    target: attached.target.to_string(),
                    action: call.action().to_owned(),
                    who: (need.who)(),
                    stops: need.stops.to_owned(),
                })));
            }
        }
    }
    Ok(())
}

/// Returns the calls, as AWS sees them.
fn calls(organization: &Organization, desired: &DesiredState, observation: &Observation, archive: &Address) -> Vec<(&'static Need, Call)> {
    let partition = organization.partition;
    let wanted = |kind: &str| {
        let mut all = desired.wanted.iter().filter(|wanted| wanted.address.kind() == kind);
        all.find(|wanted| kind != bucket::Bucket::NAME || wanted.address.name() == AUDIT).map(|wanted| observation.resolved(&wanted.thing))
    };
    let (Some(Desired::Bucket(bucket)), Some(Desired::Trail(trail))) = (wanted(bucket::Bucket::NAME), wanted(trail::Trail::NAME)) else {
        return Vec::new();
    };
    let account: Option<AccountId> = observation.facts.find(archive, "id").and_then(|id| id.parse().ok());
    let id = account.as_ref().map_or(super::check::ANY_ACCOUNT, AccountId::as_str);
    let own = judged::organization_id(organization, observation);
    let management = observation.management.as_str();
    let bucket = format!("arn:{partition}:s3:::{}", bucket.name.as_str());
    let call = |need: &'static Need, action: &str, on: On| {
        let resource = match on {
            On::Bucket => bucket.clone(),
            On::Objects(prefix) => format!("{bucket}/{prefix}landfall"),
            On::Key => format!("arn:{partition}:kms:{}:{id}:key/landfall", organization.region),
        };
        let who = (need.who)();
        let is_role = who.starts_with("role/");
        let caller = if is_role { Caller::role(&iam_arn(partition, id, &who), "landfall") } else { Caller::service(&who) };
        let mut request = Request::new(caller, action, resource).with("aws:SecureTransport", "true").with("aws:ResourceAccount", id);
        let mut known = vec!["aws:PrincipalIsAWSService", "aws:PrincipalServiceName", "aws:SecureTransport"];
        if is_role {
            request = request.with("aws:RequestedRegion", organization.region.as_str());
            known.extend(["aws:PrincipalArn", "aws:PrincipalType", "aws:RequestedRegion"]);
        } else {
            known.extend(OF_NO_SERVICE);
        }
        if account.is_some() {
            known.push("aws:ResourceAccount");
            known.extend(is_role.then_some("aws:PrincipalAccount"));
        }
        if who == CLOUDTRAIL {
            let arn = format!("arn:{partition}:cloudtrail:{}:{management}:trail/{}", trail.home, trail.name);
            request = request.with("aws:SourceAccount", management).with("aws:SourceArn", arn);
            known.extend(["aws:SourceAccount", "aws:SourceArn"]);
        }
        if matches!(on, On::Objects(_)) {
            request = request.with("s3:x-amz-acl", "bucket-owner-full-control");
            known.push("s3:x-amz-acl");
        }
        let of_organization: &[&str] =
            if is_role { &["aws:PrincipalOrgID", "aws:ResourceOrgID"] } else { &["aws:SourceOrgID", "aws:ResourceOrgID"] };
        Call::new(request, id, &known).of_organization(own, of_organization)
    };
    NEEDED
        .iter()
        .flat_map(|need| need.calls.iter().map(move |(action, on)| (need, *action, *on)))
        .map(|(need, action, on)| (need, call(need, action, on)))
        .collect()
}
