//! Hazards: changes that a plan makes only if they are allowed by name, because they destroy, expose or give up something.
//!
//! They are few, so that allowing one stays a decision. Each kind declares which of its changes are hazards; the names for `--allow` and
//! `--help` are here. Removing an account from the manifest is not a hazard: nothing happens to the account, and a notice reports that.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// A change that a plan makes only if it is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Hazard {
    /// The name for `--allow`.
    pub name: HazardName,
    /// What would happen to this resource.
    pub text: String,
}

impl Hazard {
    /// Returns a hazard of one resource.
    pub fn new(name: HazardName, text: impl Into<String>) -> Self {
        Self { name, text: text.into() }
    }
}

/// The names of all hazards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum HazardName {
    /// A unit that another owner made is adopted, with the accounts in it.
    AdoptUnit,
    /// Principals of other organizations lose access to resources that they may use now.
    CloseForeignAccess,
    /// Buckets, AMIs, snapshots or VPCs that may be public now are closed.
    ClosePublicAccess,
    /// Administrators, break-glass users, pipelines or accounts of others get access that they did not have before.
    GrantAccess,
    /// The trail or a flow log writes to another place.
    MoveLogs,
    /// An account's access role can be assumed by administrators only, and no longer by every principal of the management account.
    NarrowAccess,
    /// An endpoint that let every request pass lets those of the organization pass only.
    NarrowEndpoints,
    /// Guardrails deny a Region in which something may run.
    NarrowRegions,
    /// Accounts lose a guardrail that they have.
    RemoveGuardrail,
    /// A network, or its route to the internet, is removed.
    RemoveNetwork,
    /// A role is removed.
    RemoveRole,
    /// Logs are kept for a shorter time: older ones are deleted.
    ShortenRetention,
}

impl HazardName {
    /// Every name, in alphabetical order.
    pub const ALL: [Self; 12] = [
        Self::AdoptUnit,
        Self::CloseForeignAccess,
        Self::ClosePublicAccess,
        Self::GrantAccess,
        Self::MoveLogs,
        Self::NarrowAccess,
        Self::NarrowEndpoints,
        Self::NarrowRegions,
        Self::RemoveGuardrail,
        Self::RemoveNetwork,
        Self::RemoveRole,
        Self::ShortenRetention,
    ];

    /// Returns the name as `--allow` takes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AdoptUnit => "adopt-unit",
            Self::CloseForeignAccess => "close-foreign-access",
            Self::ClosePublicAccess => "close-public-access",
            Self::GrantAccess => "grant-access",
            Self::MoveLogs => "move-logs",
            Self::NarrowAccess => "narrow-access",
            Self::NarrowEndpoints => "narrow-endpoints",
            Self::NarrowRegions => "narrow-regions",
            Self::RemoveGuardrail => "remove-guardrail",
            Self::RemoveNetwork => "remove-network",
            Self::RemoveRole => "remove-role",
            Self::ShortenRetention => "shorten-retention",
        }
    }

    /// Returns what allowing it means, in one line.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::AdoptUnit => "a unit that landfall did not make, and the accounts in it, come under its guardrails",
            Self::CloseForeignAccess => {
                "principals of other organizations lose access to S3, SQS, KMS and Secrets Manager in existing accounts"
            }
            Self::ClosePublicAccess => "what is public in existing accounts is closed: S3 buckets, AMIs, EBS snapshots, VPCs",
            Self::GrantAccess => "more administrators, break-glass users, pipelines or accounts of others get access",
            Self::MoveLogs => "the trail or a flow log writes to another place from now on",
            Self::NarrowAccess => {
                "only access.administrators can assume an account's access role: other principals of the management account cannot"
            }
            Self::NarrowEndpoints => {
                "programs in a VPC reach S3 and DynamoDB through its endpoints with credentials of the organization only"
            }
            Self::NarrowRegions => "guardrails deny Regions that were allowed: what runs there can no longer be managed",
            Self::RemoveGuardrail => "accounts lose a guardrail that they have now",
            Self::RemoveNetwork => "a VPC, a NAT gateway or an interface endpoint is deleted",
            Self::RemoveRole => "a role is deleted: its users lose access",
            Self::ShortenRetention => "logs older than the new retention are deleted by Amazon S3",
        }
    }
}

impl fmt::Display for HazardName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that is not the name of a hazard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no hazard `{0}`")]
pub struct UnknownHazard(pub String);

impl FromStr for HazardName {
    type Err = UnknownHazard;

    fn from_str(text: &str) -> Result<Self, UnknownHazard> {
        Self::ALL.into_iter().find(|name| name.as_str() == text).ok_or_else(|| UnknownHazard(text.to_owned()))
    }
}

impl Serialize for HazardName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_sorted_and_read_back() {
        let names: Vec<&str> = HazardName::ALL.iter().map(|name| name.as_str()).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(names, sorted);
        for name in HazardName::ALL {
            assert_eq!(name.as_str().parse(), Ok(name));
            assert!(!name.description().is_empty());
        }
        assert_eq!("foo".parse::<HazardName>(), Err(UnknownHazard("foo".to_owned())));
    }
}
