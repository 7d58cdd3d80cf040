//! The first checks, with reads only: who the caller is, who manages the organization, and which notices a plan should begin with.

use super::context::context;
use crate::address::Scope;
use crate::aws::error::AwsError;
use crate::aws::quotas::{self, ACCOUNTS};
use crate::aws::retry::RetryPolicy;
use crate::aws::tags::{self, Owner};
use crate::desired::{DesiredState, Notice};
use crate::id::{AccountId, Partition};
use crate::kind::organizations::organization;
use crate::kind::{Desired, Facts, Kind, Observed};
use crate::model::Organization;
use crate::observed::Observation;
use crate::session::{Identity, Sessions};

/// The code of AWS if there is no organization.
pub(super) const NO_ORGANIZATION: &[&str] = &["AWSOrganizationsNotInUseException"];
/// The service whose trusted access shows that it runs the organization (docs/AWS.md 1.1).
const CONTROL_TOWER: &str = "controltower.amazonaws.com";

/// Why nothing could be observed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ObserveError {
    /// The credentials are the root user's.
    #[error("these are root user credentials of account {0}, and root cannot assume roles")]
    RootUser(AccountId),
    /// The credentials are a member account's.
    #[error("these are credentials of member account {account}; the management account is {management}")]
    MemberAccount {
        /// The account of the credentials.
        account: AccountId,
        /// The management account.
        management: String,
    },
    /// The credentials are of a partition that is not supported.
    #[error("partition {0} is not supported")]
    Partition(String),
    /// The tags of the organization's root have another name or another home Region.
    #[error("this organization was made as {name} in {region}; these two cannot change")]
    OtherOrganization {
        /// The name it was made with.
        name: String,
        /// The home Region it was made with.
        region: String,
    },
    /// Not even the organization itself could be read.
    #[error("could not read the organization in account {account}")]
    Unreadable {
        /// The management account.
        account: AccountId,
        /// AWS's error.
        #[source]
        source: Box<AwsError>,
    },
}

impl ObserveError {
    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::RootUser(_) => "create an administrator: enable IAM Identity Center and sign in with `aws sso login`, or \
                `aws iam create-user --user-name admin` with AdministratorAccess and its own access key"
                .to_owned(),
            Self::MemberAccount { management, .. } => format!("use credentials of {management}; nothing was changed"),
            Self::Partition(_) => "landfall works in the commercial partition `aws` only".to_owned(),
            Self::OtherOrganization { .. } => {
                "put the former name and Region back into the manifest, or use another management account".to_owned()
            }
            Self::Unreadable { source, .. } if source.is_denied() => {
                "allow the caller organizations:Describe* and organizations:List* (AWS's policy AWSOrganizationsReadOnlyAccess has them)"
                    .to_owned()
            }
            Self::Unreadable { .. } => "run it again; with -v it shows AWS's request id".to_owned(),
        }
    }
}

/// Refuses credentials that cannot be used.
pub(super) fn identity(identity: &Identity) -> Result<(), ObserveError> {
    match Partition::of_arn(&identity.arn) {
        Some(Partition::Aws) => {}
        Some(other) => return Err(ObserveError::Partition(other.to_string())),
        None => return Err(ObserveError::Partition(identity.arn.clone())),
    }
    if identity.is_root() { Err(ObserveError::RootUser(identity.account.clone())) } else { Ok(()) }
}

/// Reads the organization, and refuses one that is managed elsewhere or was made under another name.
pub(super) async fn organization(
    sessions: &Sessions,
    organization: &Organization,
    facts: &Facts,
) -> Result<Option<organization::Observed>, ObserveError> {
    let account = &sessions.identity().account;
    let scope = Scope::Organization;
    let cx = context(sessions, organization, &scope, sessions.own(), facts, RetryPolicy::repeatable());
    let found = organization::Organization::observe(&cx)
        .await
        .map_err(|source| ObserveError::Unreadable { account: account.clone(), source: Box::new(source) })?
        .pop();
    if let Some(found) = &found {
        if found.management != account.as_str() {
            return Err(ObserveError::MemberAccount { account: account.clone(), management: found.management.clone() });
        }
        let tag = |key: &str| found.tags.get(key).cloned();
        let name = tag(tags::ORGANIZATION).unwrap_or_else(|| organization.name.to_string());
        let region = tag(tags::REGION).unwrap_or_else(|| organization.region.to_string());
        if name != organization.name.as_str() || region != organization.region.as_str() {
            return Err(ObserveError::OtherOrganization { name, region });
        }
    }
    Ok(found)
}

/// Warns that AWS may stop at its default number of accounts; the real quota is not read.
pub(super) fn quota(desired: &DesiredState, observation: &Observation) -> Option<Notice> {
    let existing = observation.things.iter().filter(|(_, thing)| matches!(thing, Observed::Account(_))).count();
    let missing = desired
        .wanted
        .iter()
        .filter(|wanted| matches!(wanted.thing, Desired::Account(_)) && observation.facts.find(&wanted.address, "id").is_none())
        .count();
    // The management account counts too. If there are more accounts already, the quota is larger.
    let total = existing + missing + 1;
    (missing > 0 && total > quotas::ACCOUNTS && existing < quotas::ACCOUNTS).then(|| {
        Notice::new(
            format!("this makes {total} accounts; AWS lets a new organization have {ACCOUNTS}, closed ones included"),
            "unless your quota is already higher, ask for an increase first: Service Quotas console in us-east-1, AWS Organizations, \
             \"Maximum number of accounts\"",
        )
    })
}

/// Reports other trails that record the whole organization.
pub(super) fn other_trails(organization: &Organization, desired: &DesiredState, observation: &Observation) -> Vec<Notice> {
    let is_ours = |thing: &Observed| desired.wanted.iter().any(|wanted| observation.resolved(&wanted.thing).matches(thing));
    let trails = observation.things.iter().filter_map(|(_, thing)| match thing {
        // A trail with the name of landfall's is that trail without its tags, or blocks it: the plan shows which.
        Observed::Trail(trail) if trail.settings.organization && !is_ours(thing) && thing.owner(&organization.name) == Owner::Nobody => {
            Some(trail)
        }
        _ => None,
    });
    trails
        .map(|trail| {
            let home = if trail.home == organization.region.as_str() { String::new() } else { format!(" (home Region {})", trail.home) };
            Notice::new(
                format!("trail {}{home} records the whole organization too, into bucket {}", trail.name, trail.settings.bucket),
                "AWS bills the second copy of management events; delete the one you do not need",
            )
        })
        .collect()
}

/// Reports logs that do not arrive. AWS keeps trying, so nothing has to be changed at the sender.
pub(super) fn undelivered(organization: &Organization, observation: &Observation) -> Vec<Notice> {
    let late = observation.things.iter().filter_map(|(scope, thing)| {
        let (what, why) = match thing {
            Observed::FlowLog(log) => (format!("the flow logs of {scope}"), log.failure.as_ref()?),
            Observed::Trail(trail) => (format!("the files of trail {}", trail.name), trail.trouble.as_ref()?),
            _ => return None,
        };
        matches!(thing.owner(&organization.name), Owner::Ours(_)).then(|| {
            Notice::new(
                format!("{what} do not arrive in the log archive: {why}"),
                "AWS tries again by itself once the bucket and its key are as landfall wants them",
            )
        })
    });
    late.collect()
}

/// Reports that AWS Control Tower runs this organization.
pub(super) fn control_tower(observation: &Observation) -> Option<Notice> {
    let runs = |thing: &Observed| matches!(thing, Observed::TrustedAccess(access) if access.thing.service == CONTROL_TOWER);
    observation.of(&Scope::Organization).any(runs).then(|| {
        Notice::new(
            "AWS Control Tower runs this organization; accounts that landfall makes are not enrolled in it",
            "use one or the other: both write guardrails and roles into the same accounts",
        )
    })
}
