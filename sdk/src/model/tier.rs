//! Tiers: four sets of defaults for environments. Every one can be overridden in the manifest.

use std::fmt;
use std::str::FromStr;

use super::network::{Nat, SubnetKind};
use crate::name::{NameError, Retention};

/// The tier of an environment; decides its unit, network, log retention and guardrails unless the manifest does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Tier {
    /// Playground: own unit, no NAT gateway, logs for 14 days.
    Sandbox,
    /// The first stage that code is deployed to: one NAT gateway, logs for 30 days.
    Development,
    /// Like production, for tests: three AZs, isolated subnets, logs for 90 days.
    Staging,
    /// Production: a NAT gateway per AZ, logs for a year, strict guardrails, required reasons.
    Production,
}

impl Tier {
    /// Every tier, from the least to the most restrictive.
    pub const ALL: [Self; 4] = [Self::Sandbox, Self::Development, Self::Staging, Self::Production];

    /// Returns the tier's name in the manifest.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Development => "development",
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }

    /// Returns the unit its accounts belong in.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::Sandbox => "Sandbox",
            Self::Development | Self::Staging => "Workloads/NonProduction",
            Self::Production => "Workloads/Production",
        }
    }

    /// Returns how many availability zones its networks span.
    #[must_use]
    pub fn azs(self) -> u8 {
        match self {
            Self::Sandbox | Self::Development => 2,
            Self::Staging | Self::Production => 3,
        }
    }

    /// Returns its NAT gateways.
    #[must_use]
    pub fn nat(self) -> Nat {
        match self {
            Self::Sandbox => Nat::None,
            Self::Development | Self::Staging => Nat::Single,
            Self::Production => Nat::PerAz,
        }
    }

    /// Returns the subnets it has in each availability zone.
    #[must_use]
    pub fn subnets(self) -> &'static [SubnetKind] {
        match self {
            Self::Sandbox | Self::Development => &[SubnetKind::Public, SubnetKind::Private],
            Self::Staging | Self::Production => &[SubnetKind::Public, SubnetKind::Private, SubnetKind::Isolated],
        }
    }

    /// Returns the flow log aggregation interval in seconds; AWS allows 60 and 600.
    #[must_use]
    pub fn flow_log_interval_seconds(self) -> u16 {
        match self {
            Self::Sandbox | Self::Development | Self::Staging => 600,
            Self::Production => 60,
        }
    }

    /// Returns how long flow logs are kept, in days.
    #[must_use]
    pub fn log_retention_days(self) -> u32 {
        match self {
            Self::Sandbox => 14,
            Self::Development => 30,
            Self::Staging => 90,
            Self::Production => 365,
        }
    }

    /// Returns how long new log groups of CloudWatch Logs keep their events: at least 30 days, the least that AWS takes for a whole account.
    #[must_use]
    pub fn log_group_retention(self) -> Retention {
        match self {
            Self::Sandbox | Self::Development => Retention::Days(30),
            Self::Staging => Retention::Days(90),
            Self::Production => Retention::Days(365),
        }
    }

    /// Returns how long daily backups are kept, in days; `None` without backups. Five weeks: a month's last backup outlives the month.
    #[must_use]
    pub fn backup_days(self) -> Option<u32> {
        match self {
            Self::Sandbox | Self::Development | Self::Staging => None,
            Self::Production => Some(35),
        }
    }

    /// Returns the guardrails it has beyond `base`.
    #[must_use]
    pub fn guardrails(self) -> &'static [&'static str] {
        match self {
            Self::Sandbox | Self::Development | Self::Staging => &[],
            Self::Production => &["strict"],
        }
    }

    /// Returns whether roles that write require a reason and GitHub is bound to its protected environment.
    #[must_use]
    pub fn is_production(self) -> bool {
        self == Self::Production
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Tier {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::ALL
            .into_iter()
            .find(|tier| tier.as_str() == text)
            .ok_or_else(|| NameError::new(text, "is not a tier: sandbox, development, staging or production"))
    }
}
